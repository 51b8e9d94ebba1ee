"""Reasons of possible hits are said in the reader's language; a stranger's text is never filled in as a sentence."""

from __future__ import annotations

from comity.node.hits import reason_said
from comity.node.words import Says

NAMES = "Names differ: %(query)s / %(match)s"


def test_a_reason_of_the_scorer_keeps_its_values_apart() -> None:
    told = {"feature": "name", "says": "x", "weight": -4.0, "text": NAMES, "values": {"query": "A", "match": "B"}}
    assert reason_said(told) == Says(NAMES, {"query": "A", "match": "B"})


def test_a_sentence_that_is_not_ours_is_shown_as_it_was_said() -> None:
    told = {"feature": "name", "says": "as said", "weight": 1.0, "text": "%(query)999999999s", "values": {"query": ""}}
    assert reason_said(told) == "as said"


def test_a_sentence_without_its_values_is_shown_as_it_was_said() -> None:
    for values in ({}, {"query": "A"}, ["A"], None):
        assert reason_said({"says": "as said", "text": NAMES, "values": values}) == "as said"


def test_a_reason_of_an_older_version_is_shown_as_it_was_said() -> None:
    assert reason_said({"feature": "name", "says": "Names agree: A = B", "weight": 3.0}) == "Names agree: A = B"
