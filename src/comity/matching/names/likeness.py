"""How alike two names are: their tokens aligned one to one, each pair weighed by rarity.

This is the reference: the screening kernel computes the same function. A second way catches merged and split words:
names with different numbers of tokens may agree when written without spaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from comity.matching.names.channel import codes_of, consonants, cross_evidence, differ, model
from comity.matching.names.compounds import LIGHT
from comity.matching.names.evidence import NOTHING, evidence
from comity.matching.names.parameters import LENGTHS, parameters
from comity.matching.names.parts import tags_of
from comity.matching.names.script import HAN, HANGUL
from comity.matching.names.tokens import PERSON, WEAK_CLASS, Token, is_whole, tokens_and_joined
from comity.matching.names.words import NUMBER

SAME, CLASS, EDITED, CROSS, FIRST_LETTER, MERGED, JOINED = range(7)
"""How two words were found alike."""
JOINED_LEAST = 4
"""Letters; shorter names are not compared without their spaces."""
MERGED_LEAST = 5
SHORT_WORD = 3
"""Letters; of words so short, one may be the other with a letter missing, but never with another letter in its place
nor where both are numbers or syllables of Chinese or Korean names, which are full of such pairs."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a subject: ``is_weak`` for a weak alias; ``tags`` and ``costs`` by token, in its place."""

    text: str
    is_weak: bool
    kind: int
    tokens: tuple[Token, ...]
    joined: str
    tags: tuple[int, ...]
    costs: tuple[int, ...]
    weight: int

    def __hash__(self) -> int:
        return hash(self.text)


@dataclass(frozen=True, slots=True)
class Pair:
    """Tokens taken for each other: where each stands, how many each side gives, what they agree on and share."""

    query: int
    match: int
    query_count: int
    match_count: int
    agreed: int
    shared: int
    kind: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two names agree on, lack in what they share, and leave over on each side, in millinats."""

    evidence: float
    agreed: int = 0
    lacking: int = 0
    query_missing: int = 0
    match_missing: int = 0
    pairs: tuple[Pair, ...] = ()
    query_only: tuple[int, ...] = ()
    match_only: tuple[int, ...] = ()
    is_joined: bool = False
    is_candidate: bool = False


@lru_cache(maxsize=1 << 14)
def name_of(text: str, is_weak: bool = False, kind: int = PERSON) -> Name:
    """The name in ``text``."""
    tokens, joined = tokens_and_joined(text, kind)
    tags = tags_of(tokens, kind)
    costs = tuple(map(_cost, tokens, tags))
    return Name(text, is_weak, kind, tokens, joined, tags, costs, sum(token.weight for token in tokens))


def _cost(token: Token, tag: int) -> int:
    p = parameters()
    if token.script in (HAN, HANGUL):  # no syllable of a name is left out
        return token.weight
    cost = token.weight * p.costs[tag] // 1000
    if tag == NUMBER:
        return max(cost, p.number_cost)
    return max(cost, p.light_cost) if (token.native or token.text) in LIGHT else cost


@lru_cache(maxsize=1 << 18)
def pair(query: Token, match: Token) -> tuple[int, int, int]:
    """What two tokens agree on and share, in millinats, and how they were found alike; agreed 0 = they are not."""
    p = parameters()
    shared = min(query.weight, match.weight)
    if query.text == match.text:
        return shared, shared, SAME
    found = max(_classed(query, match, shared), _edited(query, match, shared), key=lambda one: one[0])
    crossed = min(_crossed(query, match), shared)
    if crossed > found[0]:
        return crossed, crossed, CROSS
    is_initial = (len(query.text) == 1) != (len(match.text) == 1) and query.text[0] == match.text[0]
    if is_initial:
        agreed = min(p.initial, max(query.weight, match.weight) // 2)
        if agreed > found[0]:
            return agreed, agreed, FIRST_LETTER
    return found


def _classed(query: Token, match: Token, shared: int) -> tuple[int, int, int]:
    common = set(query.classes).intersection(match.classes)
    if len(common) == 0:
        return 0, shared, CLASS
    likeness = parameters().same_class if min(common) < WEAK_CLASS else parameters().like_class
    return shared * likeness // 1000, shared, CLASS


def _edited(query: Token, match: Token, shared: int) -> tuple[int, int, int]:
    if query.script == match.script and query.script in (HAN, HANGUL):
        return 0, shared, EDITED
    p = parameters()
    longer = max(len(query.text), len(match.text))
    if longer <= SHORT_WORD:
        is_slip = query.script == match.script and len(query.text) != len(match.text)
        if not is_slip or (is_whole(query) and is_whole(match)):
            return 0, shared, EDITED
    table = p.edited[min(longer, LENGTHS - 1)]
    distance = OSA.distance(query.text, match.text, score_cutoff=3)
    likeness = table[distance] if distance < len(table) else 0
    if likeness > 0 and query.text[0] != match.text[0]:
        likeness -= p.other_start
    return max(0, shared * likeness // 1000), shared, EDITED


def _crossed(query: Token, match: Token) -> int:
    if query.script == match.script:
        return 0
    sounds = (consonants(one.text, one.native, one.script) for one in (query, match))
    if differ(*sounds):
        return 0
    mine, theirs = codes_of(query.native or query.text), codes_of(match.native or match.text)
    return int(cross_evidence(mine, query.script, query.weight, theirs, match.script, match.weight, model()))


def joined_edits(length: int) -> int:
    """How many letters two names written without spaces may differ in, by the length of the longer."""
    return 0 if length < 10 else 1 if length < 20 else 2 if length < 30 else 3


@cache
def coefficients() -> NDArray[np.float64]:
    """The coefficients of the name evidence, as its function takes them."""
    return np.array(parameters().evidence, dtype=np.float64)


def compare_names(query: Name, match: Name) -> Likeness:
    """How alike two names are; the better of aligned and joined."""
    aligned, joined = align(query, match), join(query, match)
    return joined if joined.evidence > aligned.evidence else aligned


def align(query: Name, match: Name) -> Likeness:
    """The tokens of two names aligned one to one, the best pairs first."""
    taken: list[Pair] = []
    mine: set[int] = set()
    theirs: set[int] = set()
    for one in sorted(_pairs(query, match), key=lambda p: (-p.agreed, p.query, p.match, p.query_count, p.match_count)):
        left = set(range(one.query, one.query + one.query_count))
        right = set(range(one.match, one.match + one.match_count))
        if mine.isdisjoint(left) and theirs.isdisjoint(right):
            mine |= left
            theirs |= right
            taken.append(one)
    query_only = tuple(i for i in range(len(query.tokens)) if i not in mine)
    match_only = tuple(j for j in range(len(match.tokens)) if j not in theirs)
    agreed = sum(one.agreed for one in taken)
    lacking = sum(one.shared for one in taken) - agreed
    missing = sum(query.costs[i] for i in query_only), sum(match.costs[j] for j in match_only)
    found = _evidence(query, match, agreed, lacking, *missing)
    speaks = query.joined == match.joined or any(_speaks(query, match, one) for one in taken)
    is_candidate = speaks and found >= parameters().least
    return Likeness(found, agreed, lacking, *missing, tuple(taken), query_only, match_only, False, is_candidate)


def _speaks(query: Name, match: Name, one: Pair) -> bool:
    """Whether a pair of tokens may make two names candidates: initials and single letters may not."""
    if one.kind == MERGED:
        return True
    lengths = len(query.tokens[one.query].text), len(match.tokens[one.match].text)
    return one.kind != FIRST_LETTER and min(lengths) > 1


def _evidence(query: Name, match: Name, agreed: int, lacking: int, query_missing: int, match_missing: int) -> float:
    left = agreed, lacking, query_missing, match_missing, query.weight, match.weight
    return float(evidence(*left, query.is_weak or match.is_weak, coefficients()))


def _pairs(query: Name, match: Name) -> Iterator[Pair]:
    p = parameters()
    for i, mine in enumerate(query.tokens):
        for j, theirs in enumerate(match.tokens):
            agreed, shared, kind = pair(mine, theirs)
            agreed = agreed * p.tags[query.tags[i]][match.tags[j]] // 1000
            if agreed > 0:
                yield Pair(i, j, 1, 1, agreed, shared, kind)
    yield from (Pair(i, j, 2, 1, *found) for i, j, found in _merged(query, match))
    yield from (Pair(i, j, 1, 2, *found) for j, i, found in _merged(match, query))


def _merged(split: Name, whole: Name) -> Iterator[tuple[int, int, tuple[int, int, int]]]:
    """Two tokens in a row of one name that, written together, are one token of the other."""
    texts = {token.text: j for j, token in reversed(list(enumerate(whole.tokens)))}
    for i in range(len(split.tokens) - 1):
        first, second = split.tokens[i], split.tokens[i + 1]
        together = first.text + second.text
        if len(together) < MERGED_LEAST or together not in texts:
            continue
        for j, token in enumerate(whole.tokens):
            if token.text == together:
                shared = min(first.weight + second.weight, token.weight)
                yield i, j, (shared * parameters().merged // 1000, shared, MERGED)


def join(query: Name, match: Name) -> Likeness:
    """Two names without their spaces, where one may have merged or split words."""
    nothing = Likeness(NOTHING)
    length = max(len(query.joined), len(match.joined))
    if len(query.tokens) == len(match.tokens) or min(len(query.joined), len(match.joined)) < JOINED_LEAST:
        return nothing
    most = joined_edits(length)
    distance = OSA.distance(query.joined, match.joined, score_cutoff=most)
    if distance > most:
        return nothing
    p = parameters()
    shared = min(query.weight, match.weight)
    agreed = shared * (1000 - 1000 * distance // length - p.joined_deduction) // 1000
    found = _evidence(query, match, agreed, shared - agreed, 0, 0)
    return Likeness(found, agreed, shared - agreed, is_joined=True, is_candidate=found >= p.least)
