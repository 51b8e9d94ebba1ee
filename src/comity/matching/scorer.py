"""The explainable scorer: the features' log-odds, summed; their sum is the evidence.

Two subjects are compared at all only if a pair of their names is a candidate (its evidence reaches ``least`` of
:class:`comity.matching.names.parameters.Parameters`, and more than initials agree) or they share an identifier:
that is the declared rule of candidates, and retrieval must keep it without loss.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from comity.matching.features import FEATURES, strangers
from comity.matching.hit import Reason
from comity.matching.identifiers import shared_identifier
from comity.matching.names.likeness import Likeness, Name, compare_names
from comity.matching.reasons import Feature, Finding, NamePair, weights
from comity.matching.subject import Subject, may_be

__all__ = ["FEATURES", "Ceiling", "Comparison", "NamePair", "best_pair", "ceiling", "compare", "judge", "name_pair"]


MOST = 30.0
"""Evidence above which the score stands still."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The summed log-odds and the findings it is made of."""

    evidence: float
    findings: tuple[tuple[Feature, Finding], ...]

    @property
    def score(self) -> float:
        """The logistic of the evidence to four places, and near 1 to three figures of what is missing from it, so
        that strong evidence stays graded."""
        missing = 1.0 / (1.0 + math.exp(min(self.evidence, MOST)))
        return round(1.0 - missing, max(4, 2 - math.floor(math.log10(missing))))

    def reasons(self) -> tuple[Reason, ...]:
        """The findings in words, in the order of the features."""
        return tuple(feature.reason(finding) for feature, finding in self.findings)


def best_pair(pairs: Iterable[tuple[Name, Name, Likeness]]) -> NamePair | None:
    """The pair of names that says most among the candidates; ties by the names' text."""
    best: NamePair | None = None
    for query, match, likeness in pairs:
        if not likeness.is_candidate:
            continue
        pair = NamePair(query, match, likeness, round(likeness.evidence, 4))
        if best is None or _rank(pair) < _rank(best):
            best = pair
    return best


def _rank(pair: NamePair) -> tuple[float, str, str]:
    return -pair.likeness.evidence, pair.query.text, pair.match.text


def compare(query: Subject, match: Subject) -> Comparison | None:
    """Compares two subjects in full; None where the rule of candidates says that they are not compared."""
    if not may_be(query.schema, match.schema):
        return None
    pairs = ((mine, theirs, compare_names(mine, theirs)) for mine in query.names for theirs in match.names)
    return judge(query, match, best_pair(pairs))


def judge(query: Subject, match: Subject, names: NamePair | None) -> Comparison | None:
    """As :func:`compare`, with the best pair of names given; both must be of kinds that may be one."""
    if names is None:
        if shared_identifier(query.identifiers, match.identifiers) is None:
            return None
        names = strangers(query, match)
    found = []
    for one in FEATURES:
        finding = one.judge(query, match, names)
        if finding is not None:
            found.append((one, finding))
    evidence = round(sum(finding.weight for _, finding in found), 4)
    return Comparison(evidence, tuple(found))


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that a query's features can say: the birth date where a year is shared and where none is, and all
    others but names and identifiers together."""

    same_year: float
    other_year: float
    rest: float


_SHARING = ("agree", "swapped", "month", "year", "span", "about", "slip", "same_year")
_NOT_SHARING = ("slip", "near", "few_years", "differ")


def ceiling(query: Subject) -> Ceiling:
    """The most that the features can say of ``query``, whoever is compared with it; retrieval leaves out by it."""
    said = ((query.countries, "nationality"), (query.birth_places, "birth_place"), (query.genders, "gender"))
    rest = sum(max(0.0, *weights(feature).values()) for values, feature in said if len(values) > 0)
    if len(query.births) == 0:
        return Ceiling(0.0, 0.0, rest)
    dated = weights("birth_date")
    sharing, others = (max(0.0, *(dated[outcome] for outcome in outcomes)) for outcomes in (_SHARING, _NOT_SHARING))
    return Ceiling(sharing, others, rest)


def name_pair(query: Name, match: Name) -> NamePair:
    """Two names that are known to be the best pair of two subjects."""
    likeness = compare_names(query, match)
    return NamePair(query, match, likeness, round(likeness.evidence, 4))
