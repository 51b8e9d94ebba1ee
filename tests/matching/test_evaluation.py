"""What a threshold gives, how far scores can be taken at their word, and the threshold that a budget allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.matching.evaluation import (
    LEAST,
    Scored,
    area,
    at_share,
    at_threshold,
    propose,
    reliability,
    score_pairs,
)
from comity.matching.screening.index import Index
from comity.matching.subject import subject_of

SCORES = st.floats(0.0, 1.0).map(lambda score: round(score, 4))
SCORED = st.lists(st.builds(Scored, SCORES, st.booleans()), max_size=40)


def person(name: str, entity: str = "x", schema: str = "Person") -> dict[str, object]:
    return {"id": entity, "schema": schema, "properties": {"name": [name]}}


def test_a_pair_scores_as_screening_one_side_against_the_other_does() -> None:
    names = [("Drazen Lukic", "Drazen LUKIC"), ("Ana Ruiz", "Petra Novak"), ("Olaf Scholze", "Olaf Scholz")]
    pairs = [(person(left), person(right)) for left, right in names] * 300
    scores = list(score_pairs(pairs))
    alone = [Index.build([subject_of(r)]).screen(subject_of(p), threshold=LEAST, limit=1) for p, r in pairs[:3]]
    assert scores == [hits[0].score if len(hits) > 0 else 0.0 for hits in alone] * 300
    assert scores[0] > scores[2] > scores[1] == 0.0


def test_things_of_different_kinds_and_kinds_that_are_not_screened_score_nothing() -> None:
    assert list(score_pairs([(person("Snow"), person("Snow", schema="Vessel"))])) == [0.0]
    assert list(score_pairs([(person("Snow"), person("Snow", schema="Address"))])) == [0.0]


@given(SCORED, SCORES)
def test_the_figures_add_up(scored: list[Scored], threshold: float) -> None:
    row = at_threshold(scored, threshold)
    assert row.found + row.missed == sum(one.is_same for one in scored)
    assert row.alarms == sum(one.score >= threshold for one in scored)
    assert 0.0 <= row.f1 <= 1.0
    assert sum(band.pairs for band in reliability(scored).bands) == len(scored)


@given(SCORED)
def test_the_area_is_the_share_of_pairs_in_the_right_order(scored: list[Scored]) -> None:
    same = [one.score for one in scored if one.is_same]
    other = [one.score for one in scored if not one.is_same]
    right = [1.0 if a > b else 0.5 if a == b else 0.0 for a in same for b in other]
    assert area(scored) == (pytest.approx(sum(right) / len(right)) if len(right) > 0 else None)


@given(st.lists(SCORES, min_size=1, max_size=60), st.integers(0, 20), st.integers(1, 60))
def test_the_proposal_keeps_the_budget_and_a_lower_one_would_not(best: list[float], alarms: int, among: int) -> None:
    found = propose(best, alarms, among)
    assert found.allowed == len(best) * alarms // among
    if found.threshold is None:
        assert sum(one >= 1.0 for one in best) > found.allowed
        return
    assert sum(one >= found.threshold for one in best) == found.alarms <= found.allowed
    if found.threshold > LEAST + 0.0001:
        assert sum(one >= round(found.threshold - 0.0001, 4) for one in best) > found.allowed


def test_perfect_scores_have_no_error_and_blind_ones_have_half() -> None:
    right = [Scored(1.0, True)] * 5 + [Scored(0.0, False)] * 5
    assert reliability(right).error == 0.0
    assert reliability([Scored(1.0, False)] * 4 + [Scored(1.0, True)] * 4).error == 0.5
    assert at_share(0.5, 0.1) == pytest.approx(0.1)
    assert at_share(0.9, 0.5) == pytest.approx(0.9)
