"""How alike two names are: their tokens aligned one to one, each pair weighed by rarity. All in millinats.

This is the reference; :mod:`comity.matching.screening` computes the same in compiled kernels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from comity.matching.names.evidence import evidence
from comity.matching.names.parameters import LONGEST, parameters
from comity.matching.names.tokens import Token, tokens_of

STRONG = 1 << 32
"""Class ids below are spellings of one name; from here on they are only like each other."""
MERGED_LEAST = 5
JOINED_LEAST = 4
MAX_TOKENS = 32
PERSON = 0


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a subject: ``is_weak`` for a weak alias; ``costs`` what each token costs if it stays alone."""

    text: str
    is_weak: bool
    kind: int
    tokens: tuple[Token, ...]
    tags: tuple[int, ...]
    costs: tuple[int, ...]
    joined: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two names are, in millinats and as log-odds; the rest names the tokens of one side."""

    evidence: float
    agreed: int
    lacking: int
    query_missing: int
    match_missing: int
    is_candidate: bool
    query_only: tuple[str, ...] = ()
    match_only: tuple[str, ...] = ()

    @property
    def similarity(self) -> float:
        """A share in 0..1."""
        whole = 2 * (self.agreed + self.lacking) + self.query_missing + self.match_missing
        return 2 * self.agreed / whole if self.agreed > 0 else 0.0


@lru_cache(maxsize=1 << 17)
def name_of(text: str, is_weak: bool = False, kind: int = PERSON) -> Name:
    """The name in ``text``."""
    tokens = tokens_of(text)[:MAX_TOKENS]
    joined = "".join(token.text for token in tokens)
    costs = tuple(token.weight for token in tokens)
    return Name(text, is_weak, kind, tokens, (0,) * len(tokens), costs, joined)


@cache
def _numbers() -> NDArray[np.float64]:
    return np.array(parameters().evidence)


@lru_cache(maxsize=1 << 16)
def pair(first: Token, second: Token) -> tuple[int, int]:
    """What two tokens agree on and could share, in millinats; (0, 0) if they are not taken for each other."""
    p = parameters()
    shared = min(first.weight, second.weight)
    if first.text == second.text:
        return shared, shared
    best = 0
    for one in set(first.classes) & set(second.classes):
        best = max(best, shared * (p.same_class if one < STRONG else p.like_class) // 1000)
    best = max(best, shared * _edited(first.text, second.text) // 1000)
    if best > 0:
        return best, shared
    if (len(first.text) == 1) != (len(second.text) == 1) and first.text[0] == second.text[0]:
        return p.initial, p.initial
    return 0, 0


def _edited(first: str, second: str) -> int:
    p = parameters()
    distance = OSA.distance(first, second, score_cutoff=3)
    if distance > 3:
        return 0
    found = p.edited[min(max(len(first), len(second)), LONGEST - 1)][distance]
    return max(0, found - p.other_start) if first[0] != second[0] else found


def compare_names(query: Name, match: Name) -> Likeness:
    """How alike two names are."""
    aligned, is_firm, mine, theirs = _align(query, match)
    joined = _joined(query, match)
    is_equal = query.joined == match.joined != ""
    if joined is not None:
        found = _evidence(query, match, *joined, 0, 0)
        if found > aligned[0]:
            return Likeness(found, *joined, 0, 0, found >= parameters().least)
    is_candidate = aligned[0] >= parameters().least and (is_firm or is_equal)
    return Likeness(*aligned, is_candidate, mine, theirs)


def _evidence(query: Name, match: Name, agreed: int, lacking: int, mine: int, theirs: int) -> float:
    weights = (sum(token.weight for token in one.tokens) for one in (query, match))
    return float(evidence(agreed, lacking, mine, theirs, *weights, query.is_weak or match.is_weak, _numbers()))


def _pairs(query: Name, match: Name) -> list[tuple[int, int, int, int, int]]:
    """(-agreed, i, j, kind, shared)."""
    p = parameters()
    found = []
    for i, mine in enumerate(query.tokens):
        for j, theirs in enumerate(match.tokens):
            agreed, shared = pair(mine, theirs)
            found.append((-(agreed * p.tags[query.tags[i]][match.tags[j]] // 1000), i, j, 0, shared))
    for kind, one, other in ((1, query, match), (2, match, query)):
        for k in range(len(one.tokens) - 1):
            merged = one.tokens[k].text + one.tokens[k + 1].text
            for n, single in enumerate(other.tokens):
                if len(merged) >= MERGED_LEAST and merged == single.text:
                    shared = min(one.tokens[k].weight + one.tokens[k + 1].weight, single.weight)
                    i, j = (k, n) if kind == 1 else (n, k)
                    found.append((-(shared * p.merged // 1000), i, j, kind, shared))
    return sorted(one for one in found if one[0] < 0)


def _align(
    query: Name, match: Name
) -> tuple[tuple[float, int, int, int, int], bool, tuple[str, ...], tuple[str, ...]]:
    mine: set[int] = set()
    theirs: set[int] = set()
    agreed = lacking = 0
    is_firm = False
    for negative, i, j, kind, shared in _pairs(query, match):
        left, right = {i, i + (kind == 1)}, {j, j + (kind == 2)}
        if left.isdisjoint(mine) and right.isdisjoint(theirs):
            mine |= left
            theirs |= right
            agreed -= negative
            lacking += shared + negative
            is_firm = is_firm or min(len(query.tokens[i].text), len(match.tokens[j].text)) > 1 or kind > 0
    alone = [i for i in range(len(query.tokens)) if i not in mine]
    others = [j for j in range(len(match.tokens)) if j not in theirs]
    missing = sum(query.costs[i] for i in alone), sum(match.costs[j] for j in others)
    found = _evidence(query, match, agreed, lacking, *missing)
    words = tuple(query.tokens[i].text for i in alone), tuple(match.tokens[j].text for j in others)
    return (found, agreed, lacking, *missing), is_firm, *words


def _joined(query: Name, match: Name) -> tuple[int, int] | None:
    length = max(len(query.joined), len(match.joined))
    if len(query.tokens) == len(match.tokens) or min(len(query.joined), len(match.joined)) < JOINED_LEAST:
        return None
    allowed = 0 if length < 10 else 1 if length < 20 else 2 if length < 30 else 3
    distance = OSA.distance(query.joined, match.joined, score_cutoff=allowed)
    if distance > allowed:
        return None
    weights = (sum(token.weight for token in one.tokens) for one in (query, match))
    shared = min(weights)
    agreed = shared * (1000 - 1000 * distance // length - parameters().joined_deduction) // 1000
    return agreed, shared - agreed
