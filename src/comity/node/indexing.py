"""A long list made into columns by two processes, each of which reads the list and works on the chunks that the other
has not taken.

Nothing is handed over but what was read of the chunks, at the end. Both halves are put together and sorted, so that
the columns do not depend on who read what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from typing import Any, Protocol

import msgspec

from comity.errors import OwnFault
from comity.matching.screening.building import columns_of
from comity.matching.screening.columns import Columns
from comity.matching.screening.gathering import Gathered
from comity.matching.subject import Head, Subject, listed_parts, subject_of
from comity.model.collector import without_collector

CHUNK = 2000
"""Entities that are taken at once: a tenth of a second of work."""
TWO_FROM = 50_000
"""Entities of a list from which a second process is worth its start and its memory."""
Lines = Callable[[], Iterable[bytes]]
"""A list from its beginning, each time that it is called: one entity a line, as JSON. It can be sent to a process."""
Line = tuple[bytes, tuple[bytes, ...]]
"""An entity's line with those of the papers, wallets and accounts that it holds."""


class Turn(Protocol):
    """The next chunk that nobody has taken."""

    value: int

    def get_lock(self) -> Any: ...


def build_list(lines: Lines, entities: int) -> Columns:
    """The columns of a list of so many entities: by two processes from :data:`TWO_FROM` on, unless this one ends with
    its parent and may have no other beside it."""
    if entities < TWO_FROM or current_process().daemon:
        return columns_of(_all(lines))
    return build_in_two(lines)


def build_in_two(lines: Lines) -> Columns:
    """The columns of a list, by this process and one beside it."""
    context = get_context("spawn")
    turn = context.Value("q", 0)
    ours, theirs = context.Pipe(duplex=False)
    beside = context.Process(target=_beside, args=(theirs, lines, turn), daemon=True)
    beside.start()
    theirs.close()
    with without_collector():
        try:
            gathered = _taken(lines, turn)
            _absorb(gathered, ours)
        except (EOFError, ConnectionError) as error:
            raise _ended() from error
        finally:
            ours.close()
            beside.kill()  # it has sent everything, or is not needed
            beside.join()
        return columns_of(gathered)


def _ended() -> OwnFault:
    return OwnFault(
        "The second process that reads the list ended before it was done.",
        rule="indexing.ended",
        remedy="Look at the log and at the memory that is free, then start again.",
        recorded="",
    )


def _beside(theirs: Connection, lines: Lines, turn: Turn) -> None:
    """Reads the chunks that it can take, and sends what it read."""
    with without_collector():
        for part in _taken(lines, turn).parts():
            theirs.send(part)
        theirs.send(None)


def _absorb(gathered: Gathered, ours: Connection) -> None:
    other = Gathered()
    while (part := ours.recv()) is not None:
        other.put(part)
    gathered.absorb(other)


def _all(lines: Lines) -> Gathered:
    with without_collector():
        gathered = Gathered()
        for line in _parted(lines):
            gathered.add(_subject(line))
        return gathered


def _taken(lines: Lines, turn: Turn) -> Gathered:
    """What this process reads: chunk after chunk, those left out that the other takes."""
    gathered = Gathered()
    held = _parted(lines)
    at = 0
    while True:
        with turn.get_lock():
            mine = turn.value
            turn.value += 1
        for _ in islice(held, (mine - at) * CHUNK):
            pass
        chunk = list(islice(held, CHUNK))
        if len(chunk) == 0:
            return gathered
        for line in chunk:
            gathered.add(_subject(line))
        at = mine + 1


class _Head(msgspec.Struct):
    id: str
    schema: str


def _parted(lines: Lines) -> Iterator[Line]:
    head_of = msgspec.json.Decoder(_Head).decode

    def heads() -> Iterator[Head[bytes]]:
        for line in lines():
            head = head_of(line)
            yield head.id, head.schema, line

    return listed_parts(heads, msgspec.json.decode)


def _subject(line: Line) -> Subject:
    return subject_of(msgspec.json.decode(line[0]), map(msgspec.json.decode, line[1]))
