"""How alike two names are: their tokens aligned one to one, each pair weighed by rarity.

Similarity is a weighted Dice coefficient in 0..1. A second way catches merged and split words: names with
different numbers of tokens may agree when written without spaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from comity.matching.names.rarity import rarity
from comity.matching.names.tokens import Token, tokens_of

SAME_CLASS = 0.92
"""Likeness of two spellings of one name class, such as YUSUF and YOUSSEF."""
OTHER_START = 0.1
"""Deducted when the first letters differ: misspellings rarely start a name."""
JOINED_LEAST = 0.9
JOINED_LENGTH = 8
JOINED_DEDUCTION = 0.03
"""Names without spaces: least similarity, least length in letters, and what is deducted from it."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a subject: ``is_weak`` for a weak alias; ``weight`` is the sum of the tokens' rarity."""

    text: str
    is_weak: bool
    tokens: tuple[Token, ...]
    weights: tuple[float, ...]
    weight: float
    joined: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two names are: ``shared`` is the rarity they agree on; the rest names the tokens of one side."""

    similarity: float
    shared: float
    query_only: tuple[str, ...] = ()
    match_only: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 17)
def name_of(text: str, is_weak: bool = False) -> Name:
    """The name in ``text``."""
    tokens = tokens_of(text)
    weights = tuple(rarity(token.text) for token in tokens)
    return Name(text, is_weak, tokens, weights, sum(weights), "".join(token.text for token in tokens))


def allowed_edits(length: int) -> int:
    """How many letters two tokens may differ in, by the length of the longer."""
    return 0 if length < 4 else 1 if length < 7 else 2 if length < 10 else 3


def edit_likeness(first: str, second: str, distance: int) -> float:
    """Likeness of two tokens that are ``distance`` edits apart; 0 for too many."""
    length = max(len(first), len(second))
    if distance > allowed_edits(length):
        return 0.0
    deduction = OTHER_START if first[0] != second[0] else 0.0
    return max(0.0, 1.0 - distance / length - deduction)


def token_likeness(first: Token, second: Token) -> float:
    """Likeness of two tokens in 0..1; 0 means that they are not taken for each other."""
    if first.text == second.text:
        return 1.0
    alike = edit_likeness(first.text, second.text, OSA.distance(first.text, second.text, score_cutoff=3))
    if not first.symbols.isdisjoint(second.symbols):
        return max(alike, SAME_CLASS)
    return alike


def compare_names(query: Name, match: Name) -> Likeness:
    """How alike two names are."""
    alike = [{token: token_likeness(mine, token) for token in match.tokens} for mine in query.tokens]
    return align(query, match, alike)


def align(query: Name, match: Name, alike: Sequence[Mapping[Token, float]]) -> Likeness:
    """As :func:`compare_names`, with the likeness of each query token to the match's tokens given."""
    pairs = []
    for i, found in enumerate(alike):
        for j, token in enumerate(match.tokens):
            likeness = found.get(token, 0.0)
            if likeness > 0.0:
                weight = min(query.weights[i], match.weights[j])
                pairs.append((-weight * likeness, i, j, weight))
    pairs.sort()
    mine: set[int] = set()
    theirs: set[int] = set()
    agreed = shared = 0.0
    for negative, i, j, weight in pairs:
        if i not in mine and j not in theirs:
            mine.add(i)
            theirs.add(j)
            agreed -= negative
            shared += weight
    query_only = [i for i in range(len(query.tokens)) if i not in mine]
    match_only = [j for j in range(len(match.tokens)) if j not in theirs]
    rest = sum(query.weights[i] for i in query_only) + sum(match.weights[j] for j in match_only)
    similarity = 2 * agreed / (2 * shared + rest) if shared > 0.0 else 0.0
    joined = joined_similarity(query, match)
    if joined > similarity:
        return Likeness(joined, min(query.weight, match.weight) * joined)
    left = tuple(query.tokens[i].text for i in query_only)
    return Likeness(similarity, agreed, left, tuple(match.tokens[j].text for j in match_only))


def joined_similarity(query: Name, match: Name) -> float:
    """Similarity of two names without their spaces, where one may have merged or split words; else 0."""
    if len(query.tokens) == len(match.tokens) or min(len(query.joined), len(match.joined)) < JOINED_LENGTH:
        return 0.0
    found = OSA.normalized_similarity(query.joined, match.joined, score_cutoff=JOINED_LEAST)
    return found - JOINED_DEDUCTION if found > 0.0 else 0.0
