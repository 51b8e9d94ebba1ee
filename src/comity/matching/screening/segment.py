"""One set of columns at work: room for the kernels, what tokens reach, and who may be whom in it.

Everything here but the columns is scratch that is made anew in each process; a lock keeps threads apart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.names.channel import consonants
from comity.matching.names.likeness import Name
from comity.matching.names.tokens import Token, is_whole
from comity.matching.screening.aligning import make_room
from comity.matching.screening.building import own_codes
from comity.matching.screening.chunks import Chunks, Slate, chunks, make_slate
from comity.matching.screening.columns import Bytes, Columns, Ints, Joined, Longs, Names, Owners, Tokens
from comity.matching.screening.gathering import birth_years, hash_of_key
from comity.matching.screening.handles import (
    ChunksHandle,
    DeskHandle,
    FoundHandle,
    JoinedHandle,
    NamesHandle,
    NumbersHandle,
    OwnersHandle,
    RoomHandle,
    SlateHandle,
    SoughtHandle,
    TokensHandle,
)
from comity.matching.screening.letters import codes_of
from comity.matching.screening.numbers import Numbers, numbers
from comity.matching.screening.reaching import reach
from comity.matching.screening.records import unpack
from comity.matching.screening.retrieval import retrieve
from comity.matching.screening.scratch import Desk, Found, Room
from comity.matching.subject import Subject, may_be

ROWS = 1 << 22
"""Rows of what tokens reach that are kept before all are forgotten."""
SUBJECTS = 1 << 14
_NEW_STAMPS = 1 << 22


class Possible(NamedTuple):
    """Owners that may be the query, in no order: the most evidence each may have, that of its best pair of names,
    and which names these are (-1 where an identifier alone is shared)."""

    owners: Longs
    bounds: NDArray[np.float64]
    names: Longs
    asked: Longs


@dataclass(frozen=True, slots=True)
class Least:
    """What is looked for: names of at least ``name`` evidence, owners that may come to ``owner``, given the most that
    the birth date can add where a year is shared and where not, and that all the rest can add."""

    name: float
    owner: float
    same_year: float
    other_year: float
    rest: float


class Segment:
    """The columns of one list, or of what changed in it; ``withdrawn`` says which owners no longer count."""

    def __init__(self, columns: Columns, withdrawn: NDArray[np.bool_] | None = None) -> None:
        self.columns = columns
        self.withdrawn = np.zeros(columns.count, dtype=np.bool_) if withdrawn is None else withdrawn
        self._lock = threading.Lock()
        self._reached: dict[Token, tuple[int, int]] = {}
        self._subjects: dict[int, Subject] = {}
        self._kinds: dict[str, NDArray[np.bool_]] = {}
        self._scratch: _Scratch | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Segment, (self.columns, self.withdrawn)

    def subject(self, owner: int) -> Subject:
        """The subject of an owner."""
        found = self._subjects.get(owner)
        if found is None:
            if len(self._subjects) >= SUBJECTS:
                self._subjects.clear()
            found = self._subjects[owner] = unpack(self.columns.record_of(owner))
        return found

    def name(self, owner: int, number: int) -> Name:
        """The name with this number, one of the owner's."""
        begin = int(np.searchsorted(self.columns.names.owners, np.int32(owner)))
        named = sorted(self.subject(owner).names, key=lambda name: name.text)
        return named[number - begin]

    def reached(self, token: Token, held: Sequence[Token]) -> Iterator[tuple[Token, tuple[int, int]]]:
        """What ``token`` agrees on and shares with those of ``held``, the list's tokens in their order, that it may be
        taken for."""
        with self._lock:
            scratch = self._scratch = self._scratch or _Scratch.of(self.columns)
            if scratch.used + len(self.columns.tokens.weights) + 1 > len(scratch.rows):
                self._reached.clear()
                scratch.used = 0
            begin, count = self._reach(token, scratch)
            rows = scratch.rows[begin : begin + count].tolist()
        for number, agreed, shared in rows:
            yield held[number], (agreed, shared)

    def possible(self, query: Subject, names: Sequence[Name], least: Least) -> Possible:
        """Every owner that ``query`` may be under the rule of candidates, as far as it may come to ``least``."""
        with self._lock:
            if self._scratch is None:
                self._scratch = _Scratch.of(self.columns)
            return self._search(query, names, least, self._scratch)

    def _search(self, query: Subject, names: Sequence[Name], least: Least, scratch: _Scratch) -> Possible:
        kinds = self._kinds_of(query.schema)
        asked_stamp = scratch.next_stamp()
        found = 0
        for number, name in enumerate(names):
            codes, joined, table = self._asked(name, scratch)
            found = retrieve(
                scratch.tokens,
                scratch.names,
                scratch.joined,
                scratch.owners,
                scratch.numbers,
                codes,
                joined,
                table,
                name.is_weak,
                scratch.rows,
                number,
                kinds,
                least.name,
                scratch.desk,
                scratch.room,
                scratch.next_stamp(),
                asked_stamp,
                found,
            )
        holders = self._holders(query, kinds)
        years = np.array(birth_years(query), dtype=np.int32)
        limits = np.array((least.owner, least.same_year, least.other_year, least.rest))
        return Possible(
            *_gather(scratch.owners, self.withdrawn, scratch.desk, found, asked_stamp, years, holders, limits)
        )

    def _kinds_of(self, schema: str) -> NDArray[np.bool_]:
        found = self._kinds.get(schema)
        if found is None:
            may = [may_be(schema, other) for other in self.columns.schemas]
            found = self._kinds[schema] = np.array([*may, False], dtype=np.bool_)
        return found

    def _holders(self, query: Subject, kinds: NDArray[np.bool_]) -> Longs:
        """Owners that hold a number of the query's, by the number alone; the scorer looks at its issuer."""
        owners = self.columns.owners
        held: set[int] = set()
        for one in query.identifiers:
            hashed = np.uint64(hash_of_key(one.key))
            low, high = np.searchsorted(owners.identifier_hashes, [hashed, hashed + np.uint64(1)])
            held.update(owners.identifier_owners[low:high].tolist())
        kept = sorted(owner for owner in held if kinds[owners.kinds[owner]] and not self.withdrawn[owner])
        return np.array(kept, dtype=np.int64)

    def _asked(self, name: Name, scratch: _Scratch) -> tuple[Bytes, Bytes, Longs]:
        if scratch.used + len(name.tokens) * (len(self.columns.tokens.weights) + 1) > len(scratch.rows):
            self._make_room(name, scratch)
        rows = []
        start = 0
        for token, tag, cost in zip(name.tokens, name.tags, name.costs, strict=True):
            reached = self._reached.get(token)
            if reached is None:
                reached = self._reached[token] = self._reach(token, scratch)
            rows.append((start, token.weight, tag, cost, *reached))
            start += len(token.text)
        rows.append((start, 0, 0, 0, 0, 0))
        table = np.ascontiguousarray(np.array(rows, dtype=np.int64).T)
        codes = b"".join(codes_of(token.text) for token in name.tokens)
        joined = codes_of(name.joined)
        return np.frombuffer(codes, dtype=np.uint8), np.frombuffer(joined, dtype=np.uint8), table

    def _make_room(self, name: Name, scratch: _Scratch) -> None:
        """Forgets what tokens reach where the rows might not do, and makes more if they never would."""
        self._reached.clear()
        scratch.used = 0
        needed = (len(name.tokens) + 1) * (len(self.columns.tokens.weights) + 1)
        if needed > len(scratch.rows):
            scratch.rows = np.zeros((2 * needed, 3), dtype=np.int32)

    def _reach(self, token: Token, scratch: _Scratch) -> tuple[int, int]:
        sought = SoughtHandle(
            np.frombuffer(codes_of(token.text), dtype=np.uint8),
            np.array(own_codes(token), dtype=np.uint16),
            token.script,
            token.weight,
            np.array(token.classes, dtype=np.int64),
            is_whole(token),
            consonants(token.text, token.native, token.script),
            scratch.next_stamp(),
        )
        begin = scratch.used
        count = reach(
            scratch.tokens,
            scratch.numbers,
            scratch.chunks,
            scratch.slate,
            sought,
            scratch.found,
            scratch.rows[begin:],
        )
        scratch.used += count
        return begin, count


@dataclass(slots=True)
class _Scratch:
    """Room for the kernels; ``rows`` hold what tokens reach, as far as ``used``."""

    tokens: Tokens
    names: Names
    joined: Joined
    owners: Owners
    numbers: Numbers
    chunks: Chunks
    slate: Slate
    found: Found
    desk: Desk
    room: Room
    rows: Ints
    stamped: tuple[Ints, ...]
    used: int
    stamp: int

    @classmethod
    def of(cls, columns: Columns) -> _Scratch:
        tokens = len(columns.tokens.weights)
        found = Found(*(np.zeros(tokens, dtype=np.int32) for _ in range(4)))
        desk = _desk(tokens, len(columns.names.weights), columns.count)
        return cls(
            TokensHandle(*columns.tokens),
            NamesHandle(*columns.names),
            JoinedHandle(*columns.joined),
            OwnersHandle(*columns.owners),
            NumbersHandle(*numbers()),
            ChunksHandle(*chunks()),
            SlateHandle(*make_slate(tokens)),
            FoundHandle(*found),
            DeskHandle(*desk),
            RoomHandle(*make_room()),
            np.zeros((max(ROWS, 2 * tokens), 3), dtype=np.int32),
            (desk.done, desk.owner_stamp, found.seen),
            0,
            0,
        )

    def next_stamp(self) -> int:
        """A number that no row bears."""
        self.stamp += 1
        if self.stamp >= _NEW_STAMPS:
            for held in self.stamped:
                held[:] = 0
            self.stamp = 1
        return self.stamp


def _desk(tokens: int, names: int, owners: int) -> Desk:
    return Desk(
        masks=np.zeros(names, dtype=np.uint16),
        done=np.zeros(names, dtype=np.int32),
        touched=np.zeros(names + 1, dtype=np.int32),
        heads=np.full(tokens, -1, dtype=np.int32),
        entries=np.zeros((1 << 14, 4), dtype=np.int32),
        best=np.zeros(owners, dtype=np.float64),
        best_name=np.zeros(owners, dtype=np.int32),
        best_asked=np.zeros(owners, dtype=np.int32),
        owner_stamp=np.zeros(owners, dtype=np.int32),
        owners=np.zeros(owners, dtype=np.int32),
    )


@compiled
def _gather(
    owners: Owners,
    withdrawn: NDArray[np.bool_],
    desk: Desk,
    found: int,
    stamp: int,
    years: Ints,
    holders: Longs,
    limits: NDArray[np.float64],
) -> tuple[Longs, NDArray[np.float64], Longs, Longs]:
    """Owners found by name that may come to the least evidence, and all that share an identifier."""
    room = found + len(holders)
    numbers = np.empty(room, dtype=np.int64)
    bounds = np.empty(room, dtype=np.float64)
    names = np.empty(room, dtype=np.int64)
    asked = np.empty(room, dtype=np.int64)
    count = 0
    for owner in holders:
        is_named = desk.owner_stamp[owner] == stamp
        numbers[count] = owner
        bounds[count] = np.inf
        names[count] = desk.best_name[owner] if is_named else -1
        asked[count] = desk.best_asked[owner] if is_named else -1
        count += 1
        desk.owner_stamp[owner] = -stamp
    for n in range(found):
        owner = desk.owners[n]
        if withdrawn[owner] or desk.owner_stamp[owner] != stamp:
            continue
        is_same = False
        for at in range(owners.year_starts[owner], owners.year_starts[owner + 1]):
            for year in years:
                is_same = is_same or owners.years[at] == year
        bound = desk.best[owner] + (limits[1] if is_same else limits[2]) + limits[3]
        if bound >= limits[0]:
            numbers[count] = owner
            bounds[count] = bound
            names[count] = desk.best_name[owner]
            asked[count] = desk.best_asked[owner]
            count += 1
    return numbers[:count], bounds[:count], names[:count], asked[:count]
