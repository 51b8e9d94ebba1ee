"""Dates of every precision become the days that they may mean; what is no date says so."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.model.entity import clean_value, vocabulary
from comity.model.span import LONGEST, span_of
from comity.policy.ages import latest_birth


@pytest.mark.parametrize(
    ("text", "canonical", "first", "last"),
    [
        ("1960", "1960", "1960-01-01", "1960-12-31"),
        ("1960-07", "1960-07", "1960-07-01", "1960-07-31"),
        ("1960-7-3", "1960-07-03", "1960-07-03", "1960-07-03"),
        ("1960-07-03T00:00:00Z", "1960-07-03", "1960-07-03", "1960-07-03"),
        ("1960-XX-XX", "1960", "1960-01-01", "1960-12-31"),
        ("1960-00-00", "1960", "1960-01-01", "1960-12-31"),
        ("196X", "1960/1969", "1960-01-01", "1969-12-31"),
        ("1960~", "1960~", "1958-01-01", "1962-12-31"),
        ("circa 1960", "1960~", "1958-01-01", "1962-12-31"),
        ("1960/1962", "1960/1962", "1960-01-01", "1962-12-31"),
        ("between 1960 and 1962", "1960/1962", "1960-01-01", "1962-12-31"),
        ("1960 to 1962", "1960/1962", "1960-01-01", "1962-12-31"),
        ("1960-05-01/1961-02", "1960-05-01/1961-02", "1960-05-01", "1961-02-28"),
        ("1960-23-07", "1960-07-23", "1960-07-23", "1960-07-23"),
        ("1960-02-30", "1960-02", "1960-02-01", "1960-02-29"),
        ("1960-13-40", "1960", "1960-01-01", "1960-12-31"),
    ],
)
def test_what_a_date_may_mean(text: str, canonical: str, first: str, last: str) -> None:
    found = span_of(text)
    assert found is not None
    assert (found.text, found.first.isoformat(), found.last.isoformat()) == (canonical, first, last)


@pytest.mark.parametrize(
    "text", ["", "x", "0000-00-00", "9999-12-31", "1900/1990", "1965/1960", "19XX", "1960/", "07", "1" * 5000]
)
def test_what_is_no_date_or_too_long_a_span_says_nothing(text: str) -> None:
    assert span_of(text) is None


def test_rough_dates_are_written_for_people() -> None:
    assert [span.says for span in map(span_of, ("1960~", "1960/1962", "1960~/1962", "1960")) if span is not None] == [
        "ca. 1960", "1960–1962", "ca. 1960–1962", "1960",
    ]  # fmt: skip


@given(st.text("0123456789-/~?XxTt .ca", max_size=30) | st.text(max_size=100))
def test_any_text_has_an_answer_that_reads_back(text: str) -> None:
    found = span_of(text)
    if found is not None:
        assert found.first <= found.last
        assert len(found.years) <= LONGEST + 4
        assert span_of(found.text) == found


def test_entities_keep_what_is_rough_about_a_birth_date() -> None:
    person = vocabulary()["Person"]
    values = {"circa 1960": "1960~", "1960/1962": "1960/1962", "1960-XX-XX": "1960", "1960-07-03": "1960-07-03"}
    assert {text: clean_value(person, "birthDate", text) for text in values} == values


def test_who_was_born_about_a_year_may_be_as_young_as_that_allows() -> None:
    assert latest_birth("2008~") == date(2010, 12, 31)
    assert latest_birth("2008/2009") == date(2009, 12, 31)
    assert latest_birth("soon") is None
