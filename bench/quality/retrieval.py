"""Comparing each query with whatever shares a word, a class or a key with it; for measuring scores, not speed.

More is compared than screening compares, so that what is measured is the scorer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from comity.matching.names.likeness import Name, compare_names, pair
from comity.matching.names.tokens import Token
from comity.matching.scorer import Comparison, best_pair, judge
from comity.matching.subject import Subject, may_be

MOST = 60
"""Names compared for one query name, those that agree most word by word first."""


class Retrieval:
    """The names of a list by the words they hold."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self.subjects = list(subjects)
        self.names: list[tuple[Name, int]] = [(n, o) for o, s in enumerate(self.subjects) for n in s.names]
        held: dict[Token, list[int]] = defaultdict(list)
        for number, (name, _) in enumerate(self.names):
            for token in dict.fromkeys(name.tokens):
                held[token].append(number)
        self.tokens = list(held)
        self.postings = [held[token] for token in self.tokens]
        self.by: dict[object, list[int]] = defaultdict(list)
        for number, token in enumerate(self.tokens):
            for key in self._keys(token):
                self.by[key].append(number)
        self.joined: dict[object, list[int]] = defaultdict(list)
        for number, (name, _) in enumerate(self.names):
            for key in self._deletions(name.joined):
                self.joined[key].append(number)
        self.cache: dict[Token, list[tuple[int, int]]] = {}

    def _keys(self, token: Token) -> Iterator[object]:
        yield token.text
        yield from token.classes
        yield from (("x", key) for key in token.keys)
        yield from self._deletions(token.text)
        if len(token.text) >= 7:
            yield from (("h", half) for half in (token.text[:4], token.text[-4:], token.text[2:6]))

    @staticmethod
    def _deletions(text: str) -> Iterator[object]:
        yield ("d", text)
        if len(text) >= 4:
            yield from {("d", text[:n] + text[n + 1 :]) for n in range(len(text))}

    def _reach(self, token: Token) -> list[tuple[int, int]]:
        found = self.cache.get(token)
        if found is None:
            near = {number for key in self._keys(token) for number in self.by.get(key, ())}
            alike = [(number, pair(token, self.tokens[number])[0]) for number in near]
            found = self.cache[token] = [one for one in alike if one[1] > 0]
        return found

    def compared(self, query: Subject) -> Iterator[tuple[Subject, Comparison]]:
        """The subjects that may be the query, with the comparison."""
        pairs: dict[int, list[object]] = defaultdict(list)
        for name in query.names:
            scores: dict[int, int] = defaultdict(int)
            for token in name.tokens:
                best: dict[int, int] = {}
                for number, agreed in self._reach(token):
                    for one in self.postings[number]:
                        best[one] = max(best.get(one, 0), agreed)
                for one, agreed in best.items():
                    scores[one] += agreed
            ranked = sorted(scores, key=lambda one: -2 * scores[one] / (self.names[one][0].weight + name.weight + 1))
            joined = {one for key in self._deletions(name.joined) for one in self.joined.get(key, ())}
            for one in {*ranked[:MOST], *joined}:
                listed, owner = self.names[one]
                if may_be(query.schema, self.subjects[owner].schema):
                    pairs[owner].append((name, listed, compare_names(name, listed)))
        for owner, found in pairs.items():
            compared = judge(query, self.subjects[owner], best_pair(found))  # type: ignore[arg-type]
            if compared is not None:
                yield self.subjects[owner], compared
