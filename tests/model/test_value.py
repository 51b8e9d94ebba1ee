"""Values in the vocabulary's own form: sooner, and the same as FollowTheMoney makes them."""

from __future__ import annotations

import string

import pytest
from followthemoney.types import registry
from hypothesis import given
from hypothesis import strategies as st
from rigour.territories.lookup import _get_territory_names

from comity.model import territory
from comity.model.territory import country_code
from comity.model.value import clean, value_of

KINDS = tuple(sorted(one.name for one in registry.types if one.name != "entity"))
PRINTED = st.text(st.sampled_from(string.ascii_letters + string.digits + " .,;:'\"()<>/-_@+ESQ"), max_size=24)
ANY = st.text(max_size=16)


@given(st.sampled_from(KINDS), PRINTED | ANY)
def test_every_type_cleans_as_the_vocabulary_does(kind: str, text: str) -> None:
    assert value_of(kind, text) == registry.get(kind).clean(text)


@given(st.dates() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True))
def test_days_are_cleaned_as_the_vocabulary_does(day: object) -> None:
    assert value_of("date", str(day)) == registry.date.clean(str(day))


@pytest.mark.parametrize("text", ['"x"', "'x", "a  b", "a;b", "a,, b", "a, .b", "1 Road ESQ, Town", "<BR>", " x ", ""])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_changed_is_changed_alike(kind: str, text: str) -> None:
    assert value_of(kind, text) == registry.get(kind).clean(text)


def test_every_name_of_a_country_gives_the_code_that_the_vocabulary_gives() -> None:
    for name in _get_territory_names():
        assert country_code(name) == registry.country.clean(name)


def test_the_packaged_table_is_that_of_the_installed_names() -> None:
    names = territory._names()
    assert names is not None, "make it anew: python -m bench.territories_build"
    assert names == {name: one.ftm_country or "" for name, one in _get_territory_names().items()}


def test_other_names_than_the_table_was_made_from_are_asked_of_rigour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(territory, "_names", lambda: None)
    territory.country_code.cache_clear()
    assert country_code("Republic of Chile") == "cl"
    assert country_code("Nowhere at all") is None


def test_a_property_that_a_schema_lacks_takes_nothing() -> None:
    assert clean("Vessel", "birthDate", "1970") is None
    assert clean("Person", "birthDate", "1970-01-02") == "1970-01-02"
