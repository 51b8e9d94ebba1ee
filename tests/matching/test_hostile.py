"""Whatever a register or a traveller types has a defined answer, the same from the index as from comparing all."""

from __future__ import annotations

import unicodedata
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.matching.names.tokens import MAX_LETTERS, MAX_TOKENS
from comity.matching.scorer import compare
from comity.matching.screening.index import Index
from comity.matching.subject import Subject, subject_of

LISTED = ("Drazen LUKIC", "محمد خالد الجبوري", "Юрий Щербаков", "习近平", "김정은", "X", "Ab", "بنيامين", "Zuñiga", "7")
SCRIPTS = "AaZzéßøİıſﬁÀ̂АяЁіەیكםןא가힣一龥ァンあกाក߀‌‍‎‏‮⁦⁩­\u0000\u001f\ufeff\ud7ff👮٣५０①Ⅷ'’-./,;:()&@"
HOSTILE = {
    "empty": "",
    "blanks": " \t\u00a0\u3000 ",
    "one letter": "X",
    "one Han sign": "习",
    "control characters": "Dra\x00zen\x07 LU\x1bKIC",
    "bidirectional overrides": "\u202eCIKUL nezarD\u202c",
    "isolates around a name": "\u2068Drazen LUKIC\u2069",
    "zero width": "Dra\u200bzen LU\u200dKIC",
    "zalgo": "D̷̢r̸̡ą̴̡z̶̢e̷n̸ ̶L̷u̵k̶i̸c̵",
    "one letter under 600 marks": "a" + "\u0301" * 600,
    "mixed scripts": "Draжen محمد LUKІC",
    "digits": "1234567890 007",
    "500 tokens": " ".join(f"name{n}" for n in range(500)),
    "500 initials": " ".join("ABCDEFGHIJ"[n % 10] for n in range(500)),
    "one word of 10,000 letters": "a" * 10_000,
    "a ligature of 18 letters": "ﷺ" * 100,
    "lone surrogate": "Drazen \ud800 LUKIC",
    "private use": "\ue000\uf8ff LUKIC",
    "emoji": "👮‍♀️ 🏴‍☠️",
    "markup": "<script>alert(1)</script>",
    "format marks": "%s%(query)s{0}",
    "no script of ours": "ប៉ុល ពត",
}


@cache
def index() -> Index:
    return Index.build(person(f"e{n}", name) for n, name in enumerate(LISTED))


def person(entity: str, name: str, **values: str) -> Subject:
    return subject_of(
        {
            "id": entity,
            "schema": "Person",
            "properties": {"name": [name], **{key: [text] for key, text in values.items()}},
        }
    )


def agree(query: Subject) -> list[str]:
    """The entries found, after it was seen that comparing with each finds the same with the same evidence."""
    found = {subject.id: compared.evidence for subject, compared in index().compared(query)}
    alone = {f"e{n}": compare(query, person(f"e{n}", name)) for n, name in enumerate(LISTED)}
    assert found == {entity: one.evidence for entity, one in alone.items() if one is not None}
    for hit in index().screen(query, threshold=0.5):
        assert len(hit.reasons) > 0
        assert all(reason.says != "" for reason in hit.reasons)
    return sorted(found)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_has_a_defined_answer(text: str) -> None:
    query = person("q", text)
    assert all(len(name.tokens) <= MAX_TOKENS for name in query.names)
    agree(query)


@pytest.mark.parametrize(
    "case", ["control characters", "isolates around a name", "zero width", "zalgo", "lone surrogate"]
)
def test_what_does_not_show_hides_nobody(case: str) -> None:
    assert "e0" in agree(person("q", HOSTILE[case]))


def test_a_name_of_one_letter_finds_nobody_but_that_letter() -> None:
    assert agree(person("q", "D")) == []
    assert agree(person("q", "X")) == ["e5"]


def test_an_empty_name_and_an_empty_list_are_no_mistake() -> None:
    assert agree(person("q", "")) == []
    assert Index.build([]).screen(person("q", "Drazen Lukic")) == []
    assert Index.build([person("e", "")]).screen(person("q", "Drazen Lukic", passportNumber="C1234567")) == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(SCRIPTS, max_size=60) | st.text(max_size=200))
def test_any_text_is_answered_alike_by_index_and_comparison(text: str) -> None:
    agree(person("q", text))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(LISTED),
    st.text("\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\u00ad", min_size=1, max_size=8),
    st.integers(0, 20),
)
def test_marks_that_do_not_show_change_nothing(name: str, marks: str, at: int) -> None:
    hidden = name[:at] + marks + name[at:]
    assert agree(person("q", hidden)) == agree(person("q", name))


@given(
    st.text(max_size=40),
    st.sampled_from(["birthDate", "birthPlace", "gender", "nationality", "passportNumber", "phone"]),
)
def test_any_fact_is_compared_or_says_nothing(text: str, prop: str) -> None:
    query = person("q", "Drazen Lukic", **{prop: text})
    compared = compare(query, person("e", "Drazen LUKIC", **{prop: text}))
    assert compared is not None
    assert all(reason.says != "" for reason in compared.reasons())


@pytest.mark.parametrize(
    "text", ["0000-00-00", "1971-02-31", "9999-99-99", "-1", "1971-13", "31/12/1971", "yesterday", "1" * 99]
)
def test_an_impossible_date_says_at_most_what_is_possible_in_it(text: str) -> None:
    compared = compare(person("q", "Ann Bell", birthDate=text), person("e", "Ann Bell", birthDate="1971-02-28"))
    assert compared is not None
    (reason,) = [one for one in compared.reasons() if one.feature == "birth_date"]
    assert reason.says in (
        "Birth date not given in the query",
        "Birth dates agree in year and month: 1971-02 / 1971-02-28",
        "Birth years agree: 1971 / 1971-02-28",
    )


def test_nfkc_cannot_make_a_name_long() -> None:
    assert len(unicodedata.normalize("NFKC", HOSTILE["a ligature of 18 letters"])) == 1800
    (name,) = person("q", HOSTILE["a ligature of 18 letters"]).names
    assert sum(len(token.text) for token in name.tokens) <= MAX_LETTERS * MAX_TOKENS
