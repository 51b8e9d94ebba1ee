"""A query by example: whatever another system sends is an entity with notices, or refused; never a fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import InputRefused
from comity.matching.screening.index import Index
from comity.matching.subject import subject_of
from comity.model.entity import vocabulary
from comity.node.example import MOST_VALUES, example_of

LISTED = {"id": "L", "schema": "Person", "properties": {"name": ["Drazen LUKIC"], "birthDate": ["1971-03-12"]}}
INDEX = Index.build([subject_of(LISTED)], list_name="demo", list_version="1")
TEXTS = st.text(max_size=40) | st.sampled_from(["\u202e\u0000", "Z̷̢̛a̶l̷", "a", "1971-02-31", "李", "٣", "x " * 500])
VALUES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
NAMES = st.sampled_from(["name", "birthDate", "nationality", "gender", "idNumber", "firstName", "lastName", "nonsense"])
SCHEMAS = st.sampled_from(["Person", "Company", "Vessel", "Thing", "CryptoWallet", "LegalEntity"])


@settings(max_examples=300, deadline=None)
@given(
    SCHEMAS, st.dictionaries(NAMES, VALUES | st.lists(VALUES | st.dictionaries(TEXTS, TEXTS), max_size=5), max_size=6)
)
def test_anything_sent_is_screened_or_said(schema: str, properties: dict[str, Any]) -> None:
    example = example_of("q", schema, properties)
    kept = sum(len(values) for values in example.tree["properties"].values())
    given = sum(len(values) if isinstance(values, list) else 1 for values in properties.values())
    assert kept <= given + 16
    assert len(example.notices) <= given
    hits = INDEX.screen(subject_of(example.tree), threshold=0.5, limit=5)
    assert all(len(hit.reasons) > 0 for hit in hits)


def test_countries_dates_and_numbers_are_read_generously() -> None:
    example = example_of("q", "Person", {"name": "A", "nationality": ["Germany", "QM"], "birthDate": 1971})
    assert example.tree["properties"] == {"name": ["A"], "nationality": ["de", "qm"], "birthDate": ["1971"]}
    assert example.notices == ()


def test_a_name_is_put_together_from_its_parts_in_order() -> None:
    parts = {"lastName": ["Ruiz", "Ruis"], "firstName": "Ana", "middleName": "Maria"}
    assert example_of("q", "Person", parts).tree["properties"]["name"] == ["Ana Maria Ruiz", "Ana Maria Ruis"]
    assert example_of("q", "Person", {**parts, "name": "X"}).tree["properties"]["name"] == ["X"]


@pytest.mark.parametrize("schema", ["Nonsense", "Address", "Payment", "Interval"])
def test_what_is_not_screened_is_refused(schema: str) -> None:
    with pytest.raises(InputRefused, match=schema):
        example_of("q", schema, {})


def test_a_flood_of_values_is_refused() -> None:
    with pytest.raises(InputRefused, match="values"):
        example_of("q", "Person", {"name": ["x"] * (MOST_VALUES + 1)})


def test_every_schema_that_is_screened_can_be_asked_about() -> None:
    for schema in vocabulary().schemata.values():
        if schema.matchable and (schema.is_a("LegalEntity") or schema.is_a("Vehicle")):
            assert example_of("q", schema.name, {"name": "X"}).tree["properties"] == {"name": ["X"]}
