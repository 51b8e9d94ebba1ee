"""A long list made into columns by two processes: the one that reads it, and one beside it.

Chunks go to the second process as long as it keeps up; the first works on the others itself. What both read is put
together and sorted, so that the columns do not depend on who read what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from typing import TypeVar

from comity.errors import OwnFault
from comity.matching.screening.building import build_columns, columns_of
from comity.matching.screening.columns import Columns
from comity.matching.screening.gathering import Gathered
from comity.matching.subject import Held, Subject, Tree, listed_parts, listed_subjects, subject_of
from comity.model.collector import without_collector

CHUNK = 2000
"""Entities that are handed over at once: some tenths of a second of work."""
AHEAD = 2
"""Chunks that may wait for the second process."""
TWO_FROM = 50_000
"""Entities of a list from which a second process is worth its start and its memory."""
GRACE = 10.0
"""Seconds that the second process has to end by itself."""
Item = TypeVar("Item")
Reading = Callable[[Item], Subject]


def build_list(trees: Iterable[Tree], entities: int) -> Columns:
    """The columns of a list of so many entities: by two processes from :data:`TWO_FROM` on, unless this one ends with
    its parent and may have no other beside it."""
    if entities < TWO_FROM or current_process().daemon:
        with without_collector():
            return build_columns(listed_subjects(trees))
    return build_in_two(listed_parts(trees), _subject)


def _subject(held: Held) -> Subject:
    return subject_of(*held)


def build_in_two(items: Iterable[Item], read: Reading[Item]) -> Columns:
    """The columns of what ``read``, a function of a module, makes of each of ``items``, which are read once."""
    waiting = iter(items)
    first = list(islice(waiting, CHUNK * AHEAD))
    gathered = Gathered()
    with without_collector():
        if len(first) < CHUNK * AHEAD:
            _take(gathered, first, read)
            return columns_of(gathered)
        ours, theirs = get_context("spawn").Pipe()
        beside = get_context("spawn").Process(target=_beside, args=(theirs, read), daemon=True)
        beside.start()
        theirs.close()
        try:
            _share(gathered, ours, first, waiting, read)
            gathered.absorb(ours.recv())
        except (EOFError, ConnectionError) as error:
            raise _ended() from error
        finally:
            ours.close()
            beside.join(GRACE)
            beside.kill()
        return columns_of(gathered)


def _ended() -> OwnFault:
    return OwnFault(
        "The second process that reads the list ended before it was done.",
        rule="indexing.ended",
        remedy="Look at the log and at the memory that is free, then start again.",
        recorded="",
    )


def _share(
    gathered: Gathered, ours: Connection, first: list[Item], waiting: Iterator[Item], read: Reading[Item]
) -> None:
    """Hands chunks over while fewer than :data:`AHEAD` wait there, and reads the others here."""
    ours.send(first)
    sent = 1
    while len(chunk := list(islice(waiting, CHUNK))) > 0:
        while ours.poll():
            ours.recv()
            sent -= 1
        if sent < AHEAD:
            ours.send(chunk)
            sent += 1
        else:
            _take(gathered, chunk, read)
    ours.send([])
    for _ in range(sent):
        ours.recv()


def _beside(theirs: Connection, read: Reading[Item]) -> None:
    """Reads chunks until an empty one, says when each is done, and sends all that was read."""
    gathered = Gathered()
    with without_collector():
        while len(chunk := theirs.recv()) > 0:
            _take(gathered, chunk, read)
            theirs.send(True)
        theirs.send(gathered)


def _take(gathered: Gathered, chunk: list[Item], read: Reading[Item]) -> None:
    for item in chunk:
        gathered.add(read(item))
