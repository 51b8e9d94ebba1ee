"""The immutable index of one list: built once or mapped from a snapshot, asked many times, losing nothing that
comparing all would find.

Kernels over columns find and compare the names; :mod:`comity.matching.scorer` then judges, best bound first, only
the subjects that may still be among the best, and gives the reasons. What changed since the columns were built is
held in a second, small set of columns, so that an update does not rebuild the list.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from comity.matching.hit import Hit
from comity.matching.names.likeness import Name, compare_names
from comity.matching.names.parameters import parameters
from comity.matching.scorer import Comparison, NamePair, best_pair, ceiling, judge, name_pair
from comity.matching.screening.building import build_columns
from comity.matching.screening.columns import Columns
from comity.matching.screening.segment import Least, Possible, Segment
from comity.matching.subject import Subject

SLACK = 0.02
"""Log-odds that rounding may add to a bound."""


@dataclass(frozen=True, slots=True)
class Index:
    """One version of one list, ready to screen; make it with :meth:`build`, :meth:`of` or :meth:`updated`.

    ``ended`` maps ids of entries that the list still carries to the last day on which it named them.
    """

    list_name: str
    list_version: str
    segments: tuple[Segment, ...]
    ended: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, subjects: Iterable[Subject], *, list_name: str = "", list_version: str = "") -> Index:
        """The index of ``subjects``, read once; equal subjects give equal answers whatever their order."""
        return cls.of(build_columns(subjects), list_name=list_name, list_version=list_version)

    @classmethod
    def of(cls, columns: Columns, *, list_name: str = "", list_version: str = "") -> Index:
        """The index of columns that are there, for example mapped from a snapshot."""
        return cls(list_name, list_version, (Segment(columns),))

    def fresh(self) -> Index:
        """The same index with room of its own, for a process that was forked while others used this one."""
        segments = tuple(Segment(segment.columns, segment.withdrawn) for segment in self.segments)
        return Index(self.list_name, self.list_version, segments, self.ended)

    def over(self, ended: Mapping[str, str], *, is_asked: bool = False) -> Index:
        """The index in which these entries are over: no hit any more or, where they ``is_asked`` for, marked so."""
        if len(ended) == 0:
            return self
        if is_asked:
            return Index(self.list_name, self.list_version, self.segments, {**self.ended, **ended})
        return Index(self.list_name, self.list_version, tuple(_without(one, ended) for one in self.segments))

    def updated(self, changed: Iterable[Subject], removed: Iterable[str] = (), *, list_version: str = "") -> Index:
        """The index with subjects added or replaced and others removed; it answers as one built anew.

        Only what changed since the columns were built is indexed again, so build anew once that is much.
        """
        main = self.segments[0]
        fresh = {subject.id: subject for subject in changed}
        gone = {*fresh, *removed}
        kept = [s for part in self.segments[1:] for s in _subjects(part) if s.id not in gone]
        withdrawn = main.withdrawn.copy()
        for owner in main.columns.owners_of(gone):
            withdrawn[owner] = True
        change = build_columns([*kept, *fresh.values()])
        segments = (Segment(main.columns, withdrawn), *([Segment(change)] if change.count > 0 else []))
        return Index(self.list_name, list_version or self.list_version, segments)

    @property
    def subjects(self) -> Sequence[Subject]:
        """Every subject, by id; read from its record when asked for."""
        if len(self.segments) == 1 and not self.segments[0].withdrawn.any():
            return _Subjects(self.segments[0])
        return sorted((s for segment in self.segments for s in _subjects(segment)), key=lambda subject: subject.id)

    def screen(self, query: Subject, *, threshold: float = 0.7, limit: int = 5) -> list[Hit]:
        """The possible hits of one query, best first, ties by the listed id."""
        most = ceiling(query)
        other = max(most.same_year, most.other_year) + most.rest
        least = (
            math.log(threshold / (1.0 - threshold)) if 0.0 < threshold < 1.0 else -math.inf if threshold <= 0 else 8.0
        )
        wanted = Least(
            name=max(parameters().least, least - other - SLACK),
            owner=least - SLACK,
            same_year=most.same_year,
            other_year=most.other_year,
            rest=most.rest,
        )
        best: list[float] = []
        kept = []
        for bound, subject, names in self._possible(query, wanted):
            if len(best) >= limit and bound + SLACK < best[0]:
                break
            compared = judge(query, subject, names)
            if compared is None or compared.score < threshold:
                continue
            kept.append((compared, subject))
            heapq.heappush(best, compared.evidence)
            if len(best) > limit:
                heapq.heappop(best)
        kept.sort(key=lambda pair: (-pair[0].evidence, pair[1].id))
        return [self._hit(query, subject, compared) for compared, subject in kept[:limit]]

    def compared(self, query: Subject) -> Iterator[tuple[Subject, Comparison]]:
        """Every subject that the rule of candidates lets be compared with ``query``, with the comparison."""
        everything = Least(parameters().least, -math.inf, 0.0, 0.0, 0.0)
        for _, subject, names in self._possible(query, everything):
            compared = judge(query, subject, names)
            if compared is not None:
                yield subject, compared

    def _possible(self, query: Subject, least: Least) -> Iterator[tuple[float, Subject, NamePair | None]]:
        """(bound, subject, best pair of names) of all that may be the query, the greatest bound first."""
        asked = sorted((name for name in query.names if len(name.tokens) > 0), key=lambda name: name.text)
        found = [(segment, segment.possible(query, asked, least)) for segment in self.segments]
        if len(found) == 1:
            segment, possible = found[0]
            for n in np.argsort(-possible.bounds, kind="stable").tolist():
                yield _opened(segment, possible, n, asked)
            return
        rows = [(-bound, k, n) for k, (_, one) in enumerate(found) for n, bound in enumerate(one.bounds.tolist())]
        for _, k, n in sorted(rows):
            yield _opened(*found[k], n, asked)

    def _hit(self, query: Subject, subject: Subject, compared: Comparison) -> Hit:
        return Hit(
            query=query.id,
            match=subject.id,
            score=compared.score,
            caption=subject.caption,
            reasons=compared.reasons(),
            list=self.list_name,
            list_version=self.list_version,
            ended=self.ended.get(subject.id, ""),
        )


def _without(segment: Segment, ids: Collection[str]) -> Segment:
    withdrawn = segment.withdrawn.copy()
    for owner in segment.columns.owners_of(ids):
        withdrawn[owner] = True
    return Segment(segment.columns, withdrawn)


def _opened(
    segment: Segment, possible: Possible, n: int, asked: Sequence[Name]
) -> tuple[float, Subject, NamePair | None]:
    subject = segment.subject(int(possible.owners[n]))
    place = int(possible.asked[n])
    if place < 0:  # a shared number alone; its names may agree too little to have been looked for
        pairs = ((mine, other, compare_names(mine, other)) for mine in asked for other in subject.names)
        return float(possible.bounds[n]), subject, best_pair(pairs)
    theirs = segment.name(int(possible.owners[n]), int(possible.names[n]))
    return float(possible.bounds[n]), subject, name_pair(asked[place], theirs)


def _subjects(segment: Segment) -> Iterator[Subject]:
    for owner in range(segment.columns.count):
        if not segment.withdrawn[owner]:
            yield segment.subject(owner)


class _Subjects(Sequence[Subject]):
    """The subjects of one segment, read when asked for."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment

    def __len__(self) -> int:
        return self._segment.columns.count

    def __getitem__(self, at):  # type: ignore[no-untyped-def]
        if isinstance(at, slice):
            return [self._segment.subject(owner) for owner in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self._segment.subject(at % len(self))
