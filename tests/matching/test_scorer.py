"""The scorer explains itself, feature by feature, in sentences that a screen can say in any language."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.matching.features import FEATURES
from comity.matching.hit import Hit, Reason
from comity.matching.reasons import feature, weights
from comity.matching.scorer import ceiling, compare
from comity.matching.subject import Subject, either, subject_of
from comity.web.language import languages

DATES = st.dates().map(lambda day: day.isoformat())


def person(entity_id: str = "q", **values: object) -> Subject:
    lists = {name: [value] if isinstance(value, str) else value for name, value in values.items()}
    return subject_of({"id": entity_id, "schema": "Person", "properties": lists})


def said(query: Subject, match: Subject) -> dict[str, str]:
    compared = compare(query, match)
    assert compared is not None
    return {reason.feature: reason.says for reason in compared.reasons()}


@pytest.mark.parametrize(
    ("mine", "theirs", "says"),
    [
        ("Drazen Lukic", "Drazen LUKIC", "Names agree: Drazen Lukic = Drazen LUKIC"),
        ("LUKIC Drazen", "Drazen LUKIC", "Names agree: LUKIC Drazen = Drazen LUKIC"),
        ("Drazen Lukich", "Drazen LUKIC", "Names are alike, spelt differently: Drazen Lukich ~ Drazen LUKIC"),
        ("محمد سلمان", "Mohammed SALMAN", "Names agree across scripts: محمد سلمان ~ Mohammed SALMAN"),
        ("DrazenLukic", "Drazen LUKIC", "Names agree when written without spaces: DrazenLukic ~ Drazen LUKIC"),
        (
            "Drazen Lukic",
            "Drazen Petar LUKIC",
            "Names agree in part: Drazen Lukic ~ Drazen Petar LUKIC; only on the list: PETAR",
        ),
        (
            "Drazen Petar Lukic",
            "Drazen LUKIC",
            "Names agree in part: Drazen Petar Lukic ~ Drazen LUKIC; not on the list: PETAR",
        ),
        (
            "Drazen Bosko Zvonimir Luk",
            "Drazen Petar Zvonimir LUK",
            "Names agree in part: Drazen Bosko Zvonimir Luk ~ Drazen Petar Zvonimir LUK; BOSKO stands against PETAR",
        ),
    ],
)
def test_names_in_words(mine: str, theirs: str, says: str) -> None:
    assert said(person(name=mine), person("e", name=theirs))["name"] == says


def test_words_that_are_left_out_of_the_sentence_are_those_that_say_nothing() -> None:
    says = said(person(name="Dr. Khalid Nasrawi"), person("e", name="Khalid AL-NASRAWI"))
    assert says["name"] == "Names agree: Dr. Khalid Nasrawi = Khalid AL-NASRAWI"


@given(DATES, DATES)
def test_two_dates_say_the_same_whichever_is_asked(first: str, second: str) -> None:
    there = compare(person(name="Ann Bell", birthDate=first), person("e", name="Ann Bell", birthDate=second))
    back = compare(person(name="Ann Bell", birthDate=second), person("e", name="Ann Bell", birthDate=first))
    assert there is not None
    assert back is not None
    assert there.evidence == back.evidence


@given(DATES, DATES, st.sampled_from(["", "ru", "sy"]), st.sampled_from(["", "male", "female"]))
def test_no_comparison_says_more_than_the_ceiling(mine: str, theirs: str, country: str, sex: str) -> None:
    values = {"nationality": country, "gender": sex}
    known = {name: value for name, value in values.items() if value != ""}
    query = person(name="Ann Bell", birthDate=mine, birthPlace="Homs", **known)
    entry = person("e", name="Ann Bell", birthDate=theirs, birthPlace="Homs", nationality="ru", gender="male")
    compared = compare(query, entry)
    bare = compare(person(name="Ann Bell"), entry)
    assert compared is not None
    assert bare is not None
    most = ceiling(query)
    dated = most.same_year if mine[:4] == theirs[:4] else most.other_year
    assert compared.evidence <= bare.evidence + dated + most.rest + 1e-9


def test_stronger_agreement_of_dates_never_weighs_less() -> None:
    dated = weights("birth_date")
    ranked = (
        "agree", "swapped", "month", "year", "span", "about", "slip", "near", "same_year", "few_years", "differ"
    )  # fmt: skip
    assert [dated[one] for one in ranked] == sorted(dated.values(), reverse=True)
    assert dated["agree"] > 0 > dated["differ"]


def test_every_weight_belongs_to_an_outcome_that_can_be_said() -> None:
    for one in FEATURES:
        unsaid = {"name": {"strangers"}, "identifiers": {"lent"}}.get(one.name, set())
        assert set(weights(one.name)) - unsaid <= set(one.texts)


def test_every_reason_is_said_in_every_language_with_its_values() -> None:
    for language in languages().values():
        for one in FEATURES:
            for text in one.texts.values():
                spoken = language.say(text)
                assert set(re.findall(r"%\(\w+\)s", spoken)) == set(re.findall(r"%\(\w+\)s", text))
                assert language.code == "en" or spoken != text


def test_a_reason_keeps_the_sentence_apart_from_its_values() -> None:
    reason = Reason("name", "Names differ: %(query)s / %(match)s", -4.0, {"query": "100%s", "match": "B"})
    assert reason.says == "Names differ: 100%s / B"
    assert reason.to_json() == {
        "feature": "name",
        "says": "Names differ: 100%s / B",
        "weight": -4.0,
        "text": "Names differ: %(query)s / %(match)s",
        "values": {"query": "100%s", "match": "B"},
    }


def test_a_feature_without_its_sentences_cannot_be_registered() -> None:
    def silent(query: Subject, match: Subject, names: object) -> None:
        """Says nothing of its outcomes."""

    with pytest.raises(ValueError, match="silent"):
        feature(silent)


def test_a_score_without_reasons_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="without reasons"):
        Hit("q", "e", 0.9, "x", (), "l", "1")


def test_a_stroke_between_two_names_means_either() -> None:
    assert either("Al-Qa'ida/Islamic Army") == ("Al-Qa'ida/Islamic Army", "Al-Qa'ida", "Islamic Army")
    assert either("M/V Victory") == ("M/V Victory",)
    assert either("A/S Norden") == ("A/S Norden",)
