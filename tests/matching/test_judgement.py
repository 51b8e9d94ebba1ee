"""When an officer's decision speaks for a later hit: the same pair, one person, the last word; and never beyond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comity.matching.judgement import Judgement, Pair, compared, pair_of, prevailing, settles

KEY = b"k" * 32
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LISTED = {"id": "L1", "schema": "Person", "properties": {"name": ["Drazen LUKIC"], "birthDate": ["1971-03-12"]}}


def person(**values: list[str]) -> dict[str, Any]:
    return {
        "id": "q",
        "schema": "Person",
        "properties": {"name": ["Drazen Lukic"], "birthDate": ["1971-03-12"], **values},
    }


def passport(number: str = "A1234567", **values: list[str]) -> dict[str, Any]:
    return {
        "id": "d",
        "schema": "Passport",
        "properties": {"holder": ["q"], "number": [number], "country": ["ch"], **values},
    }


def pair(asked: dict[str, Any], *papers: dict[str, Any], listed: dict[str, Any] = LISTED, source: str = "demo") -> Pair:
    return pair_of(KEY, asked, papers, listed, (), source=source)


def said(decision: str, minutes: int = 0) -> Judgement:
    return Judgement(decision, "document", "Second line", NOW + timedelta(minutes=minutes))


def test_the_same_traveller_under_another_id_is_the_same_pair() -> None:
    assert pair(person(), passport()) == pair({**person(), "id": "other"}, {**passport(), "id": "x"})
    assert pair(person(name=["DRAZEN  lukic"]), passport()) == pair(person(), passport())
    assert pair(person(), passport(endDate=["2031-01-01"])) == pair(person(), passport())


def test_any_change_of_what_is_compared_on_either_side_makes_another_pair() -> None:
    first = pair(person(), passport())
    for asked in (person(name=["Drazen Lukis"]), person(birthDate=["1971-12-03"]), person(nationality=["ch"]),
                  person(gender=["male"]), person(birthPlace=["Arv"])):  # fmt: skip
        assert pair(asked, passport()).asked != first.asked
    assert pair(person(), passport("A1234568")).asked != first.asked
    assert pair(person(), passport(), passport("B7654321")).asked != first.asked
    changed = {**LISTED, "properties": {**LISTED["properties"], "alias": ["Drago"]}}
    assert pair(person(), passport(), listed=changed).listed != first.listed
    assert pair(person(), passport(), listed={**LISTED, "id": "L2"}).listed != first.listed
    assert pair(person(), passport(), source="other").listed != first.listed
    noted = {**LISTED, "properties": {**LISTED["properties"], "notes": ["renewed"]}}
    assert pair(person(), passport(), listed=noted) == first


def test_no_decision_speaks_for_a_namesake_who_cannot_be_told_apart() -> None:
    assert settles(pair(person()), [said("not_same")]) is None
    assert settles(pair(person(), passport("00000000")), [said("not_same")]) is None
    assert settles(pair(person(), passport()), [said("not_same")]) is not None
    assert settles(pair(person(passportNumber=["A1234567"])), [said("not_same")]) is not None


def test_the_last_word_counts_and_only_not_same_takes_a_hit_away() -> None:
    one = pair(person(), passport())
    assert settles(one, []) is None
    assert settles(one, [said("not_same"), said("same", 1)]) is None
    assert settles(one, [said("not_same"), said("cant_tell", 1)]) is None
    assert settles(one, [said("same", 1), said("not_same", 2), said("same")]) == said("not_same", 2)
    assert prevailing([]) is None


def test_the_digests_tell_nothing_without_the_key() -> None:
    mine, theirs = pair(person(), passport()), pair_of(b"x" * 32, person(), [passport()], LISTED, (), source="demo")
    assert {mine.asked, mine.listed}.isdisjoint({theirs.asked, theirs.listed})


@given(st.permutations(["Ana Ruiz", "Ana R.", "Анна", "x"]), st.permutations([0, 1, 2]))
def test_the_order_of_values_and_papers_does_not_matter(names: list[str], order: list[int]) -> None:
    papers = [passport(f"A123456{n}") for n in order]
    straight = [passport(f"A123456{n}") for n in range(3)]
    first = compared(person(alias=["Ana Ruiz", "Ana R.", "Анна", "x"]), straight)
    assert compared(person(alias=list(names)), papers) == first
