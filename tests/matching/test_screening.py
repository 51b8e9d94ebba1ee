"""Retrieval loses nothing, the scorer explains itself, and what must never happen does not."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import DATA

from comity.formats.ofac_sdn import read
from comity.matching.features import FEATURES
from comity.matching.hit import BANDS, Hit, band
from comity.matching.identifiers import normal_number
from comity.matching.names.evidence import WEAK_CEILING
from comity.matching.names.likeness import compare_names, name_of
from comity.matching.names.rarity import rarity
from comity.matching.names.tokens import tokens_of
from comity.matching.reasons import feature
from comity.matching.scorer import compare
from comity.matching.screening.index import Index
from comity.matching.subject import Subject, may_be, subject_of, subjects_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def person(entity_id: str = "q", **values: object) -> Subject:
    lists = {name: [value] if isinstance(value, str) else value for name, value in values.items()}
    return subject_of({"id": entity_id, "schema": "Person", "properties": lists})


@cache
def listed() -> Index:
    folder = DATA / "01_sanctions/ofac_2022-01"
    trees = read({path.name: path.read_bytes() for path in folder.glob("*.csv")}, NOW).entities
    return Index.build(subjects_of(trees), list_name="ofac-sdn", list_version="1")


def exhaustive(index: Index, query: Subject) -> dict[str, float]:
    found = ((subject.id, compare(query, subject)) for subject in index.subjects)
    return {key: compared.evidence for key, compared in found if compared is not None}


def retrieved(index: Index, query: Subject) -> dict[str, float]:
    return {subject.id: compared.evidence for subject, compared in index.compared(query)}


@st.composite
def mutated(draw: st.DrawFn) -> str:
    subjects = [subject for subject in listed().subjects if len(subject.names) > 0]
    text = draw(st.sampled_from(draw(st.sampled_from(subjects)).names)).text
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(text) - 1)))
        kind = draw(st.sampled_from(["drop", "space", "put", "swap", "unspace", "word"]))
        if kind == "drop":
            text = text[:at] + text[at + 1 :]
        elif kind == "unspace":
            text = text.replace(" ", "", 1)
        elif kind == "swap":
            text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
        elif kind == "word":
            text = " ".join(text.split()[1:] + text.split()[:1])
        else:
            text = text[:at] + (" " if kind == "space" else draw(st.sampled_from("AEIOUHKRSTZ"))) + text[at:]
    return text


@pytest.mark.data
@settings(max_examples=60, deadline=None)
@given(mutated(), st.sampled_from(["Person", "LegalEntity", "Vessel", "Organization"]))
def test_retrieval_finds_all_that_comparing_everything_finds(text: str, schema: str) -> None:
    query = subject_of({"id": "q", "schema": schema, "properties": {"name": [text]}})
    assert retrieved(listed(), query) == exhaustive(listed(), query)


TOKENS = st.text("ABCDEK1Ω", min_size=1, max_size=12)
TEXTS = st.lists(TOKENS, min_size=1, max_size=5).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=12), TEXTS)
def test_retrieval_loses_nothing_on_hard_small_lists(names: list[str], text: str) -> None:
    index = Index.build(person(f"e{n}", name=name) for n, name in enumerate(names))
    query = person(name=text)
    assert retrieved(index, query) == exhaustive(index, query)


@pytest.mark.data
def test_names_with_a_typo_or_a_lost_space_are_found() -> None:
    chance = random.Random(5)
    sample = chance.sample([s for s in listed().subjects if s.schema == "Person" and len(s.names[0].joined) > 9], 300)
    found = 0
    for subject in sample:
        text = subject.names[0].text
        at = chance.randrange(len(text))
        hits = listed().screen(person(name=text[:at] + text[at + 1 :]))
        found += any(hit.match == subject.id for hit in hits)
    assert found >= 285


@pytest.mark.data
def test_common_names_alone_raise_no_flood() -> None:
    common = ["Maria Garcia", "John Smith", "Mohammed Ali", "Ahmed Hassan", "Kim Chol", "Wang Wei", "Ali Hussein"]
    hits = [hit for name in common for hit in listed().screen(person(name=name, birthDate="1985-06-14"))]
    assert len(hits) <= len(common)


def test_same_person_scores_above_namesake_above_stranger() -> None:
    entry = person("e", name="Drazen LUKIC", birthDate="1971-03-12", nationality="ba")
    index = Index.build([entry])

    def score(**values: object) -> float:
        return sum(hit.score for hit in index.screen(person(**values), threshold=0.01))

    same = score(name="Drazen Lukic", birthDate="1971-03-12", nationality="ba")
    silent = score(name="Drazen Lukic")
    namesake = score(name="Drazen Lukic", birthDate="1990-07-01", nationality="ba")
    assert same > silent > namesake
    assert score(name="Petra Novak") == 0.0


def test_spellings_and_scripts_of_one_name_are_alike() -> None:
    assert compare_names(name_of("Yousef Husayn"), name_of("YUSUF HUSSEIN")).evidence > 1.0
    assert compare_names(name_of("محمد حسين"), name_of("Mohammed HUSSEIN")).evidence > 1.0
    assert compare_names(name_of("Иван Петров"), name_of("Ivan PETROV")).evidence > 1.0


def test_a_swapped_rare_surname_is_no_hit() -> None:
    index = Index.build([person("e", name="Ali Saddam Hussein AL-RAWI")])
    assert index.screen(person(name="Ali Saddam Hussein AL-TIKRITI")) == []


@settings(max_examples=200)
@given(TEXTS)
def test_a_weak_alias_alone_never_reaches_the_top_band(text: str) -> None:
    index = Index.build([person("e", name="Zzyzx Qwertyuiop", weakAlias=text)])
    for hit in index.screen(person(name=text), threshold=0.0):
        assert hit.score < BANDS[0][0]
        assert band(hit.score) != BANDS[0][1]
    assert 1 / (1 + math.exp(-WEAK_CEILING)) < BANDS[0][0]


def test_a_shared_number_settles_it_whatever_the_names() -> None:
    entry = person("e", name="Drazen LUKIC", passportNumber="A12 34567")
    hits = Index.build([entry]).screen(person(name="Someone Else", passportNumber="a1234567"))
    assert [hit.match for hit in hits] == ["e"]
    says = [reason.says for reason in hits[0].reasons]
    assert says[0] == "Names differ: Someone Else / Drazen LUKIC"
    assert "The document number agrees: A1234567" in says


def test_the_same_number_of_another_issuer_settles_nothing() -> None:
    def held(entity_id: str, name: str, country: str) -> list[dict[str, object]]:
        paper = {"holder": [entity_id], "number": ["A1234567"], "country": [country]}
        return [
            {"id": entity_id, "schema": "Person", "properties": {"name": [name]}},
            {"id": f"{entity_id}-doc", "schema": "Passport", "properties": paper},
        ]

    index = Index.build(subjects_of(held("e", "Drazen LUKIC", "ba")))
    (query,) = subjects_of(held("q", "Someone Else", "ch"))
    assert index.screen(query) == []


@pytest.mark.parametrize("number", ["123456789", "000000", "1111111", "987654321", "1234", "ABCDEFG"])
def test_stand_in_numbers_are_no_identifiers(number: str) -> None:
    assert normal_number("document", number) is None


def test_wallets_are_found_through_their_holder() -> None:
    address = "12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h"
    trees = [
        {"id": "e", "schema": "Person", "properties": {"name": ["Yan LI"]}},
        {"id": "w", "schema": "CryptoWallet", "properties": {"holder": ["e"], "publicKey": [address]}},
    ]
    index = Index.build(subjects_of(trees))
    (subject,) = index.subjects
    assert [one.key for one in subject.identifiers] == [f"wallet:{address}"]
    assert may_be("Person", "LegalEntity")
    assert not may_be("Person", "Vessel")
    assert not may_be("Person", "Organization")


@pytest.mark.parametrize(
    ("mine", "theirs", "says", "sign"),
    [
        ("1971-03-12", "1971-03-12", "Birth dates agree: 1971-03-12 = 1971-03-12", 1),
        ("1971-03-12", "1971-12-03", "Birth dates agree with day and month swapped: 1971-03-12 / 1971-12-03", 1),
        ("1971-03-12", "1971", "Birth years agree: 1971-03-12 / 1971", 1),
        ("1971-03-12", "1971-03", "Birth dates agree in year and month: 1971-03-12 / 1971-03", 1),
        ("1964-05-01", "1971-03-12", "Birth dates differ: 1964-05-01 / 1971-03-12", -1),
        ("1964", "1971", "Birth dates differ: 1964 / 1971", -1),
        ("1971-03-12", [], "Birth date not given on the list", 0),
        ([], [], "Birth date not given on either side", 0),
    ],
)
def test_birth_dates_in_words(mine: object, theirs: object, says: str, sign: int) -> None:
    compared = compare(person(name="Ann Bell", birthDate=mine), person("e", name="Ann Bell", birthDate=theirs))
    assert compared is not None
    reason = next(reason for reason in compared.reasons() if reason.feature == "birth_date")
    assert reason.says == says
    assert (reason.weight > 0) - (reason.weight < 0) == sign


def test_missing_details_are_said_and_weigh_nothing() -> None:
    compared = compare(person(name="Ann Bell", gender="female"), person("e", name="Ann Bell"))
    assert compared is not None
    says = {reason.feature: (reason.says, reason.weight) for reason in compared.reasons()}
    assert says["gender"] == ("Gender not given on the list", 0.0)
    assert says["nationality"] == ("Country not given on either side", 0.0)


def test_a_hit_has_exactly_the_agreed_form() -> None:
    index = Index.build([person("e", name="Drazen LUKIC")], list_name="demo", list_version="3")
    (hit,) = index.screen(person(name="Drazen LUKIC"))
    tree = hit.to_json()
    assert list(tree) == ["query", "match", "score", "caption", "reasons", "list", "list_version", "model"]
    assert tree["list"] == "demo"
    assert tree["list_version"] == "3"
    assert tree["reasons"][0] == {  # type: ignore[index]
        "feature": "name",
        "says": "Names agree: Drazen LUKIC = Drazen LUKIC",
        "weight": hit.reasons[0].weight,
    }
    evidence = sum(reason.weight for reason in hit.reasons)
    assert hit.score == pytest.approx(1 / (1 + math.exp(-evidence)), abs=1e-3)


def test_a_hit_without_reasons_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="without reasons"):
        Hit("q", "e", 0.9, "x", (), "l", "1")


def test_a_feature_without_its_texts_cannot_be_registered() -> None:
    def silent(query: Subject, match: Subject, names: object) -> None:
        """Says nothing of its outcomes."""

    with pytest.raises(ValueError, match="silent"):
        feature(silent)
    assert len({one.name for one in FEATURES}) == len(FEATURES)
    assert all(one.docs.endswith(".") for one in FEATURES)


def test_answers_do_not_depend_on_the_order_of_the_list() -> None:
    entries = [person(f"e{n}", name=name) for n, name in enumerate(["Ann Bell", "Anne Bell", "Ann Bel", "Ann Bell"])]
    query = person(name="Ann Bell")
    answers = Index.build(entries).screen(query, threshold=0.1)
    assert answers == Index.build(reversed(entries)).screen(query, threshold=0.1)
    assert [hit.match for hit in answers[:2]] == ["e0", "e3"]


def test_an_empty_list_answers_nothing() -> None:
    assert Index.build([]).screen(person(name="Ann Bell")) == []
    assert Index.build([person("e", name="Ann Bell")]).screen(person()) == []


def test_rare_words_weigh_more_than_common_ones_and_particles_hardly() -> None:
    assert rarity("AL") < rarity("JOHN") < rarity("SMITH") < rarity("ZUGHAYR")
    assert [token.text for token in tokens_of("Möller-Straße, Änne")] == ["MOLLER", "STRASSE", "ANNE"]
