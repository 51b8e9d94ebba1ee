"""Looking lists of documents up: in constant memory, with a state beside the result, resumed where it stopped.

Two passes: the first reads everything and refuses with every defect before anything is asked; the second asks and
appends. Each piece is written down in the log of look-ups before its answers are written; a piece that a kill broke
off is asked, and written down, once more.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from comity.errors import Defect, InputRefused
from comity.formats.asked_csv import AskedRow, rows
from comity.node.checking import Who
from comity.node.document_desk import CheckedRow, check_rows
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.resumption import (
    digest_of,
    opened,
    read_state,
    require_same,
    state_path,
    sync,
    texts,
    write_state,
)

PIECE = 2_000
"""Rows that are asked, and written down, at once."""
DEFECTS = 1_000
"""Defects after which reading stops."""
SAME = ("file", "sha256", "form")
COLUMNS = ("id", "row", "outcome", "state", "said_on", "owner", "matter", "blank_range", "not_checked", "at")
FORMULA = ("=", "+", "-", "@", "\t")


class State(msgspec.Struct):
    """How far a run has come; ``bytes`` is the result's length."""

    file: str
    sha256: str
    form: str
    rows: int
    done: int = 0
    bytes: int = 0
    hits: int = 0
    not_checked: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A list and in which form its answers are written: csv or json (one object a line)."""

    path: Path
    form: str = "csv"


class _Enough(Exception):
    """So many defects were found that reading on would not help."""


class _Defects(list[Defect]):
    """Defects up to :data:`DEFECTS`."""

    def append(self, defect: Defect) -> None:
        super().append(defect)
        if len(self) >= DEFECTS:
            raise _Enough

    def extend(self, defects: Iterable[Defect]) -> None:
        for defect in defects:
            self.append(defect)


def begin(source: Source, target: Path, now: datetime) -> State:
    """The state of this run: of the one that stopped, or a new one after reading everything.

    Raises :class:`InputRefused` with every defect, and for a result of another run that was not finished.
    """
    fresh = State(source.path.name, digest_of(source.path), source.form, 0)
    known = read_state(target, State)
    if known is not None:
        require_same(known, fresh, target, SAME, known.bytes)
        return known
    fresh.rows = survey(source.path, now)
    target.write_bytes(b"" if source.form == "json" else _line(COLUMNS))
    fresh.bytes = target.stat().st_size
    write_state(target, fresh)
    return fresh


def run(
    node: Node,
    who: Who,
    source: Source,
    target: Path,
    state: State,
    *,
    moved: Callable[[int], None],
    clock: Callable[[], datetime],
) -> State:
    """Asks what is not asked yet and appends the answers to ``target``; the state is gone when all is done."""
    asked = islice(_rows(source.path, clock(), []), state.done, None)
    with target.open("r+b") as out:
        out.truncate(state.bytes)
        out.seek(state.bytes)
        while len(piece := list(islice(asked, PIECE))) > 0:
            now = clock()
            checked = check_rows(node, who, piece, now)
            data = b"".join(_told(one, source.form, now) for one in checked)
            out.write(data)
            state.done, state.bytes = state.done + len(piece), state.bytes + len(data)
            state.hits += sum(one.outcome == "hit" for one in checked)
            state.not_checked += sum(one.outcome == "not_checked" for one in checked)
            sync(out, target, state)
            moved(state.done)
    state_path(target).unlink()
    return state


def survey(path: Path, now: datetime) -> int:
    """Reads a list once; returns how many rows it has, or raises :class:`InputRefused` with every defect."""
    defects = _Defects()
    count = 0
    try:
        for _ in _rows(path, now, defects):
            count += 1
    except _Enough:
        pass
    if count == 0 and len(defects) == 0:
        list.append(defects, Defect("asked.empty", "The list has no row.", "Give one document in each row.", path.name))
    if len(defects) > 0:
        raise InputRefused("The list cannot be looked up.", defects, recorded="Nothing was looked up.")
    return count


def _rows(path: Path, now: datetime, defects: list[Defect]) -> Iterator[AskedRow]:
    with opened(path) as file:
        yield from rows(path.name, texts(path.name, file, defects), now.date(), defects)


def _told(one: CheckedRow, form: str, now: datetime) -> bytes:
    """The lines of one row's answer."""
    if form == "json":
        return f"{json.dumps({**asdict(one), 'at': stamp(now)}, ensure_ascii=False)}\n".encode()
    return b"".join(_line(cells) for cells in cells_of(one, now))


def cells_of(one: CheckedRow, now: datetime) -> Iterator[tuple[object, ...]]:
    """The answer to one row in the order of :data:`COLUMNS`, a line for each record."""
    name, at = f"'{one.id}" if one.id.startswith(FORMULA) else one.id, stamp(now)  # no spreadsheet takes it for a sum
    if len(one.findings) == 0:
        yield name, one.row, one.outcome, "", "", "", "", "", one.why, at
    for f in one.findings:
        blank = "yes" if f.blank_range else "no"
        yield name, one.row, one.outcome, f.state, f.said_on or "", f.owner, f.matter, blank, "", at


def _line(cells: Iterable[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(tuple(cells))
    return out.getvalue().encode()


def as_csv(some: Iterable[CheckedRow], now: datetime) -> bytes:
    """A whole list's answers as CSV."""
    return b"".join((_line(COLUMNS), *(_line(cells) for one in some for cells in cells_of(one, now))))
