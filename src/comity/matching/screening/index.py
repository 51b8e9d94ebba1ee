"""The immutable index of one list: built once, asked many times, losing nothing that comparing all would find.

Three channels give candidates: tokens like those of the query (with an upper bound on name similarity that is
never too low), whole names written without spaces, and equal identifiers. Each candidate is then compared as
:func:`comity.matching.scorer.compare` compares it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from comity.matching.hit import Hit
from comity.matching.names.likeness import (
    JOINED_LEAST,
    JOINED_LENGTH,
    SAME_CLASS,
    Name,
    align,
    allowed_edits,
    edit_likeness,
)
from comity.matching.names.rarity import rarity
from comity.matching.names.tokens import Token
from comity.matching.scorer import LEAST_SIMILARITY, Comparison, best_pair, judge
from comity.matching.subject import Subject, may_be

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
CACHED_TOKENS = 1 << 16
_SLACK = 1e-4
"""Bounds are held in 32 bits; the slack keeps rounding from losing a candidate."""


@dataclass(frozen=True, slots=True)
class _Reached:
    """What one query token reaches: its likeness to each token of the list, the names that hold any, and for
    each the most it can agree on and the weight it can cover there."""

    alike: dict[Token, float]
    names: Ints
    agrees: Floats
    covers: Floats


@dataclass(frozen=True, slots=True)
class Index:
    """One version of one list, ready to screen; make it with :meth:`build`."""

    list_name: str
    list_version: str
    subjects: tuple[Subject, ...]
    names: tuple[Name, ...]
    owners: Ints
    weights: Floats
    vocabulary: _Vocabulary
    joined: _Joined
    by_identifier: dict[str, tuple[int, ...]]
    cache: dict[Token, _Reached]

    @classmethod
    def build(cls, subjects: Iterable[Subject], *, list_name: str = "", list_version: str = "") -> Index:
        """The index of ``subjects``; equal subjects give equal answers whatever their order."""
        held = tuple(sorted(subjects, key=lambda subject: subject.id))
        pairs = [(name, owner) for owner, subject in enumerate(held) for name in subject.names]
        names = tuple(name for name, _ in pairs)
        by_identifier: dict[str, list[int]] = {}
        for owner, subject in enumerate(held):
            for one in subject.identifiers:
                by_identifier.setdefault(one.key, []).append(owner)
        return cls(
            list_name=list_name,
            list_version=list_version,
            subjects=held,
            names=names,
            owners=np.array([owner for _, owner in pairs], dtype=np.int32),
            weights=np.array([name.weight for name in names], dtype=np.float32),
            vocabulary=_Vocabulary.build(names),
            joined=_Joined.build(names),
            by_identifier={key: tuple(owners) for key, owners in by_identifier.items()},
            cache={},
        )

    def screen(self, query: Subject, *, threshold: float = 0.7, limit: int = 5) -> list[Hit]:
        """The possible hits of one query, best first, ties by the listed id."""
        least = math.log(threshold / (1.0 - threshold)) if 0.0 < threshold < 1.0 else -math.inf
        found = [(compared, subject) for subject, compared in self.compared(query) if compared.evidence >= least]
        kept = [(compared, subject) for compared, subject in found if compared.score >= threshold]
        kept.sort(key=lambda pair: (-pair[0].evidence, pair[1].id))
        return [self._hit(query, subject, compared) for compared, subject in kept[:limit]]

    def compared(self, query: Subject) -> Iterator[tuple[Subject, Comparison]]:
        """Every subject that the rule of candidates lets be compared with ``query``, with the comparison."""
        pairs: dict[int, list[tuple[Name, Name, Any]]] = {}
        for name in query.names:
            reached = [self._reach(token) for token in name.tokens]
            alike = [one.alike for one in reached]
            for number in self._candidates(name, reached):
                owner = int(self.owners[number])
                if may_be(query.schema, self.subjects[owner].schema):
                    listed = self.names[number]
                    pairs.setdefault(owner, []).append((name, listed, align(name, listed, alike)))
        for one in query.identifiers:
            for owner in self.by_identifier.get(one.key, ()):
                if may_be(query.schema, self.subjects[owner].schema):
                    pairs.setdefault(owner, [])
        for owner, found in pairs.items():
            compared = judge(query, self.subjects[owner], best_pair(found))
            if compared is not None:
                yield self.subjects[owner], compared

    def _hit(self, query: Subject, subject: Subject, compared: Comparison) -> Hit:
        return Hit(
            query=query.id,
            match=subject.id,
            score=compared.score,
            caption=subject.caption,
            reasons=compared.reasons(),
            list=self.list_name,
            list_version=self.list_version,
        )

    def _reach(self, token: Token) -> _Reached:
        found = self.cache.get(token)
        if found is None:
            if len(self.cache) >= CACHED_TOKENS:
                self.cache.clear()
            found = self.cache[token] = self.vocabulary.reach(token)
        return found

    def _candidates(self, name: Name, reached: list[_Reached]) -> list[int]:
        """Numbers of the names whose similarity to ``name`` can reach the least similarity."""
        agrees = np.zeros(len(self.names), dtype=np.float32)
        covers = np.zeros(len(self.names), dtype=np.float32)
        spent = np.zeros(len(self.names), dtype=np.float32)
        for weight, one in zip(name.weights, reached, strict=True):
            agrees[one.names] += one.agrees
            covers[one.names] += one.covers
            spent[one.names] += np.float32(weight)
        # similarity = 2 agreed / (2 shared + rest); shared is at least agreed, the rest at least what nobody covers.
        rest = np.maximum(name.weight - spent, 0) + np.maximum(self.weights - covers, 0)
        touched = (2 * agrees + _SLACK) >= (LEAST_SIMILARITY - _SLACK) * (2 * agrees + rest)
        numbers = np.nonzero(touched & (agrees > 0))[0]
        return sorted({*numbers.tolist(), *self.joined.near(name)})


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The tokens of a list by length, each with the letters it holds and the names it stands in."""

    tokens: tuple[Token, ...]
    lengths: Ints
    letters: NDArray[np.uint64]
    weights: Floats
    postings: tuple[Ints, ...]
    by_text: dict[str, tuple[int, ...]]
    by_symbol: dict[str, tuple[int, ...]]

    @classmethod
    def build(cls, names: tuple[Name, ...]) -> _Vocabulary:
        held: dict[Token, list[int]] = {}
        for number, name in enumerate(names):
            for token in dict.fromkeys(name.tokens):
                held.setdefault(token, []).append(number)
        tokens = tuple(sorted(held, key=lambda token: (len(token.text), token.text, sorted(token.symbols))))
        by_text: dict[str, list[int]] = {}
        by_symbol: dict[str, list[int]] = {}
        for number, token in enumerate(tokens):
            by_text.setdefault(token.text, []).append(number)
            for symbol in token.symbols:
                by_symbol.setdefault(symbol, []).append(number)
        return cls(
            tokens=tokens,
            lengths=np.array([len(token.text) for token in tokens], dtype=np.int32),
            letters=np.array([_letters(token.text) for token in tokens], dtype=np.uint64),
            weights=np.array([rarity(token.text) for token in tokens], dtype=np.float32),
            postings=tuple(np.array(held[token], dtype=np.int32) for token in tokens),
            by_text={text: tuple(numbers) for text, numbers in by_text.items()},
            by_symbol={symbol: tuple(numbers) for symbol, numbers in by_symbol.items()},
        )

    def reach(self, token: Token) -> _Reached:
        """What ``token`` reaches in the list; the same likeness as :func:`token_likeness` gives."""
        alike = self._alike(token)
        weight = rarity(token.text)
        order = sorted(alike, key=lambda number: min(weight, float(self.weights[number])) * alike[number])
        names = [self.postings[number] for number in order]
        sizes = [len(one) for one in names]
        gathered = np.concatenate(names) if len(names) > 0 else np.zeros(0, dtype=np.int32)
        agrees = np.array([min(weight, float(self.weights[n])) * alike[n] for n in order], dtype=np.float32)
        covers = np.array([self.weights[n] for n in order], dtype=np.float32)
        unique, place = np.unique(gathered, return_inverse=True)
        most = np.zeros(len(unique), dtype=np.float32)
        widest = np.zeros(len(unique), dtype=np.float32)
        np.maximum.at(most, place, np.repeat(agrees, sizes))
        np.maximum.at(widest, place, np.repeat(covers, sizes))
        return _Reached({self.tokens[n]: alike[n] for n in order}, unique.astype(np.int32), most, widest)

    def _alike(self, token: Token) -> dict[int, float]:
        """Numbers of the tokens that ``token`` may be taken for, with the likeness."""
        found = dict.fromkeys(self.by_text.get(token.text, ()), 1.0)
        for number, likeness in self._edited(token.text):
            found.setdefault(number, likeness)
        for symbol in token.symbols:
            for number in self.by_symbol.get(symbol, ()):
                found[number] = max(found.get(number, 0.0), SAME_CLASS)
        return found

    def _edited(self, text: str) -> Iterator[tuple[int, float]]:
        length = len(text)
        longest = max(other for other in range(length, length + 4) if other - length <= allowed_edits(other))
        low, high = np.searchsorted(self.lengths, [length - allowed_edits(length), longest + 1])
        edits = _ALLOWED[np.minimum(np.maximum(self.lengths[low:high], length), len(_ALLOWED) - 1)]
        numbers = (np.nonzero(_apart(self.letters[low:high], text) <= 2 * edits)[0] + low).tolist()
        if len(numbers) == 0:
            return
        others = [self.tokens[number].text for number in numbers]
        distances = cdist([text], others, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8)[0]
        for number, other, distance in zip(numbers, others, distances.tolist(), strict=True):
            likeness = edit_likeness(text, other, distance)
            if likeness > 0.0:
                yield number, likeness


_ALLOWED = np.array([allowed_edits(length) for length in range(16)], dtype=np.uint8)


def _letters(text: str) -> int:
    """Which letters a text holds once and twice, and which digits, one bit each.

    An edit changes at most two bits, so texts k edits apart differ in at most 2k bits: a filter without loss.
    """
    mask = 0
    for char in text:
        if "A" <= char <= "Z":
            bit = 1 << (2 * (ord(char) - 65))
            mask |= bit if mask & bit == 0 else bit << 1
        else:
            mask |= 1 << (52 + ord(char) % 12)
    return mask


def _apart(letters: NDArray[np.uint64], text: str) -> NDArray[np.uint8]:
    apart: NDArray[np.uint8] = np.bitwise_count(letters ^ np.uint64(_letters(text)))
    return apart


@dataclass(frozen=True, slots=True)
class _Joined:
    """Names without their spaces, by length, for words that were merged or split."""

    texts: tuple[str, ...]
    lengths: Ints
    letters: NDArray[np.uint64]
    counts: Ints
    numbers: Ints

    @classmethod
    def build(cls, names: tuple[Name, ...]) -> _Joined:
        order = sorted(range(len(names)), key=lambda number: len(names[number].joined))
        return cls(
            texts=tuple(names[number].joined for number in order),
            lengths=np.array([len(names[number].joined) for number in order], dtype=np.int32),
            letters=np.array([_letters(names[number].joined) for number in order], dtype=np.uint64),
            counts=np.array([len(names[number].tokens) for number in order], dtype=np.int32),
            numbers=np.array(order, dtype=np.int32),
        )

    def near(self, name: Name) -> list[int]:
        """Numbers of the names with another count of tokens that agree when written without spaces."""
        length = len(name.joined)
        if length < JOINED_LENGTH:
            return []
        shortest = max(JOINED_LENGTH, math.floor(length * JOINED_LEAST))
        low, high = np.searchsorted(self.lengths, [shortest, math.ceil(length / JOINED_LEAST) + 1])
        edits = np.floor((1.0 - JOINED_LEAST) * np.maximum(self.lengths[low:high], length) + 1e-6)
        is_near = _apart(self.letters[low:high], name.joined) <= 2 * edits
        places = np.nonzero(is_near & (self.counts[low:high] != len(name.tokens)))[0] + low
        if len(places) == 0:
            return []
        texts = [self.texts[place] for place in places.tolist()]
        found = cdist([name.joined], texts, scorer=OSA.normalized_similarity, score_cutoff=JOINED_LEAST)[0]
        numbers: list[int] = self.numbers[places[np.nonzero(found > 0)[0]]].tolist()
        return numbers
