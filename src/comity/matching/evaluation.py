"""How good a threshold is: precision, recall, alarms and reliability on judged pairs, and a threshold that a desk
can bear.

A score is evidence at an even prior. Reliability therefore stands twice: as the score is, and read at the file's
own share of same pairs, which is what a calibrated score would meet there. At a border the share is far lower than
in any file of judged pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comity.matching.screening.index import Index
from comity.matching.subject import Tree, is_comparable, subject_of

LEAST = 0.001
"""A pair that is not compared, or scores below this, counts as nothing."""
TOGETHER = 500
"""Pairs whose listed sides are indexed together."""
BANDS = (0.0, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Where the bands of the reliability table begin."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One judged pair with its score; ``label`` says how sure the judgement is."""

    score: float
    is_same: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What one threshold gives: how many are the same and found, found though not the same, and missed."""

    threshold: float
    found: int
    false: int
    missed: int

    @property
    def alarms(self) -> int:
        """Pairs that reach the threshold."""
        return self.found + self.false

    @property
    def precision(self) -> float:
        """The share of alarms that are right; 1 where there is none."""
        return self.found / self.alarms if self.alarms > 0 else 1.0

    @property
    def recall(self) -> float:
        """The share of same pairs that are found; 1 where there is none."""
        same = self.found + self.missed
        return self.found / same if same > 0 else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """The pairs whose score lies from ``least`` to below ``below``: the mean score, that score read at the file's
    share, and the share that is in fact the same."""

    least: float
    below: float
    pairs: int
    score: float
    expected: float
    same: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The bands, and the mean distance between what the score says and what is so, weighted by pairs (expected
    calibration error): as the score is, and read at the file's share."""

    bands: tuple[Band, ...]
    error: float
    error_at_share: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """The lowest threshold within the budget; None where even a score of 1 alarms too often."""

    threshold: float | None
    alarms: int
    innocents: int
    allowed: int


def score_pairs(pairs: Sequence[tuple[Tree, Tree]]) -> Iterator[float]:
    """The score of each pair, as screening the first side against the second gives it; 0 where it gives none."""
    for first in range(0, len(pairs), TOGETHER):
        some = pairs[first : first + TOGETHER]
        listed = [{**right, "id": str(n)} for n, (_, right) in enumerate(some)]
        index = Index.build(subject_of(tree) for tree in listed if is_comparable(tree["schema"]))
        for n, (left, _) in enumerate(some):
            hits = index.screen(subject_of(left), threshold=LEAST, limit=len(some))
            yield next((hit.score for hit in hits if hit.match == str(n)), 0.0)


def at_threshold(scored: Sequence[Scored], threshold: float) -> AtThreshold:
    """What a threshold gives on judged pairs."""
    reached = [one.is_same for one in scored if one.score >= threshold]
    same = sum(one.is_same for one in scored)
    return AtThreshold(threshold, sum(reached), len(reached) - sum(reached), same - sum(reached))


def reliability(scored: Sequence[Scored]) -> Reliability:
    """How far the scores can be taken at their word."""
    share = sum(one.is_same for one in scored) / len(scored) if len(scored) > 0 else 0.5
    bands = []
    for least, below in zip(BANDS, (*BANDS[1:], math.inf), strict=True):
        some = [one for one in scored if least <= one.score < below]
        if len(some) > 0:
            mean = sum(one.score for one in some) / len(some)
            expected = sum(at_share(one.score, share) for one in some) / len(some)
            same = sum(one.is_same for one in some) / len(some)
            bands.append(Band(least, min(below, 1.0), len(some), mean, expected, same))
    error = sum(band.pairs * abs(band.score - band.same) for band in bands) / max(1, len(scored))
    shifted = sum(band.pairs * abs(band.expected - band.same) for band in bands) / max(1, len(scored))
    return Reliability(tuple(bands), error, shifted)


def at_share(score: float, share: float) -> float:
    """A score at an even prior, read where ``share`` of the pairs are the same (Bayes' rule in odds)."""
    if not 0.0 < share < 1.0:
        return share
    yes, no = score * share, (1.0 - score) * (1.0 - share)
    return yes / (yes + no) if yes + no > 0 else 0.0


def area(scored: Sequence[Scored]) -> float | None:
    """The area under the ROC curve: how often a same pair scores above another, ties half; None without both kinds."""
    ranked = sorted(scored, key=lambda one: one.score)
    same = sum(one.is_same for one in ranked)
    other = len(ranked) - same
    if same == 0 or other == 0:
        return None
    total, first = 0.0, 0
    while first < len(ranked):
        last = first
        while last < len(ranked) and ranked[last].score == ranked[first].score:
            last += 1
        total += sum(one.is_same for one in ranked[first:last]) * (first + last + 1) / 2
        first = last
    return (total - same * (same + 1) / 2) / (same * other)


def propose(innocents: Sequence[float], alarms: int, among: int) -> Proposal:
    """The lowest threshold, to four places, at which at most ``alarms`` of every ``among`` innocents alarm.

    ``innocents`` holds the best score of each innocent, 0 for one that nothing was found for.
    """
    allowed = len(innocents) * alarms // among
    ranked = sorted(innocents, reverse=True)
    least = 0.0 if allowed >= len(ranked) else ranked[allowed]
    threshold = max(LEAST, round(math.floor(least * 10_000 + 0.5) / 10_000 + 0.0001, 4))
    if threshold > 1.0:
        return Proposal(None, sum(one >= 1.0 for one in ranked), len(ranked), allowed)
    return Proposal(threshold, sum(one >= threshold for one in ranked), len(ranked), allowed)
