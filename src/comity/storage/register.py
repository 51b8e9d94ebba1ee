"""A register of document numbers in mapped columns: sorted keys, exact answers, a hundred million on a small machine.

Kept are keys under a secret of the node (:func:`comity.model.travel_document.document_key`), never numbers. A
generation is a folder of columns that is written whole beside the one in use and then named in ``current`` at once;
whatever dies before that changes nothing. What is recalled is overwritten in place: first it says nothing, then its key
becomes its neighbour's, from the first row to the last, so that whoever reads meanwhile finds the order as it stands.
A mark lies beside the columns until that is on disk; whoever opens a generation with the mark ends the work first.

One process at a time adds or erases, under a lock on the folder; any number look up, and take a new generation up with
:meth:`Register.reload`.

Not handled here: rows younger than a generation, ranges of blanks, and who may write (:mod:`comity.node`).
"""

from __future__ import annotations

import fcntl
import os
import shutil
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from comity.errors import OwnFault
from comity.model.travel_document import KEY_BYTES, STATES

FORMAT = 1
ROW = np.dtype([("high", ">u8"), ("low", ">u4"), ("info", "<u8")])
"""A row as it is gathered: the key in two numbers, and what is known of it."""
BUCKETS = 256
"""A generation is made in so many pieces, by the first byte of the key: memory stays at a few hundredths of it."""
GATHERED = 1 << 21
"""Rows held in memory before they are put into their pieces."""
SCANNED = 1 << 22
"""Rows that are looked at together when some are overwritten."""
FEW = 8
"""Keys up to which each is asked for by itself."""
UNFINISHED = "overwriting"
"""The mark of a generation in which rows are being overwritten."""
_CODES = {code: n for n, (code, _) in enumerate(STATES, 1)}
_STATES = {n: code for code, n in _CODES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a register says of a document: its state, the day (days since 1970), and the batch that said so."""

    state: str
    day: int
    batch: int


class _Head(msgspec.Struct, frozen=True):
    format: int
    rows: int


class Generation:
    """One mapped set of columns; the files live as long as it is referred to."""

    def __init__(self, folder: Path, rows: int, *, mode: Any = "r") -> None:
        self.folder = folder
        self.rows = rows
        self.high = _mapped(folder / "high", "<u8", rows, mode)
        self.low = _mapped(folder / "low", "<u4", rows, mode)
        self.info = _mapped(folder / "info", "<u8", rows, mode)

    def find(self, keys: Sequence[bytes]) -> list[tuple[Entry, ...]]:
        """What is said of each key, in order; nothing where it is not in it."""
        if self.rows == 0:
            return [()] * len(keys)
        return [self._find_one(key) for key in keys] if len(keys) <= FEW else self._find_many(keys)

    def _find_one(self, key: bytes) -> tuple[Entry, ...]:
        """The same for one key, without the cost of arrays."""
        high, low = int.from_bytes(key[:8], "big"), int.from_bytes(key[8:], "big")
        at = bisect_left(range(self.rows), high, key=self.high.item)
        found: dict[Entry, None] = {}
        while at < self.rows and self.high.item(at) == high:
            entry = _entry(self.info.item(at)) if self.low.item(at) == low else None
            if entry is not None:
                found[entry] = None
            at += 1
        return tuple(found)

    def _find_many(self, keys: Sequence[bytes]) -> list[tuple[Entry, ...]]:
        found: list[tuple[Entry, ...]] = [()] * len(keys)
        asked = np.frombuffer(b"".join(keys), dtype=[("high", ">u8"), ("low", ">u4")])
        high, low = asked["high"].astype(np.uint64), asked["low"].astype(np.uint32)
        order = np.argsort(high)  # in the order of the file, so that each of its pages is fetched once
        at = np.empty(len(keys), dtype=np.int64)
        at[order] = np.searchsorted(self.high, high[order])
        live = np.flatnonzero(at < self.rows)
        while live.size > 0:
            places = at[live]
            same = self.high[places] == high[live]
            live, places = live[same], places[same]
            agree = self.low[places] == low[live]
            for n, info in zip(live[agree], self.info[places[agree]], strict=True):
                entry = _entry(int(info))
                if entry is not None and entry not in found[n]:
                    found[n] = (*found[n], entry)
            at[live] += 1
            live = live[at[live] < self.rows]
        return found


class Register:
    """The register in one folder; ``current`` names the generation in use."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._current = folder / "current"
        self._generation = Generation(folder, 0)
        self.name = ""
        self.reload()

    @property
    def rows(self) -> int:
        """Rows of the generation in use, recalled ones that were overwritten included."""
        return self._generation.rows

    def find(self, keys: Sequence[bytes]) -> list[tuple[Entry, ...]]:
        """What is said of each key, in order."""
        return self._generation.find(keys)

    @contextmanager
    def alone(self, *, wait: bool = True) -> Iterator[bool]:
        """Holds the folder's lock, which adding and erasing need; False, without ``wait``, where another has it. What
        somebody left half done is ended or taken away first."""
        with locked(self.folder, wait=wait) as held:
            if held:
                self.reload()
                self._clear()
                self._end_unfinished()
            yield held

    def add(self, rows: Iterable[tuple[bytes, Entry]], name: str = "") -> int:
        """Merges rows into a new generation, of the name that :meth:`next_name` gave, and puts it into use; returns
        its rows. Adding the same again changes nothing, so that whoever died in the middle adds again. Call it under
        :meth:`alone` where there are others."""
        self._clear()
        name = name or self.next_name()
        beside = self.folder / f"{name}.tmp"
        beside.mkdir()
        _gather(beside, rows)
        count = _merge(beside, self._generation)
        (beside / "head").write_bytes(msgspec.json.encode(_Head(FORMAT, count)))
        for path in sorted(beside.iterdir()):
            _sync(path)
        beside.rename(self.folder / name)
        _sync(self.folder)
        self._switch(name)
        return count

    def erase(self, batches: Iterable[int]) -> int:
        """Overwrites every row of these batches; returns how many there were. Durable before it returns. Call it
        under :meth:`alone` where there are others."""
        wanted = np.array(sorted(set(batches)), dtype=np.uint64)
        held = self._generation
        if held.rows == 0 or wanted.size == 0:
            return 0
        with _marked(held.folder):
            written = Generation(held.folder, held.rows, mode="r+")
            count = _silence(written, wanted)
            if count > 0:
                _overwrite(written)
        return count

    def reload(self) -> None:
        """Takes up the generation that another process has put into use; ``name`` is its name, empty before the
        first, and a later one sorts behind. Raises :class:`OwnFault` for one that cannot be read."""
        while (named := self._named()) != self.name:
            try:
                self._generation = _opened(self.folder / named) if named != "" else Generation(self.folder, 0)
            except OwnFault:
                if self._named() == named:
                    raise
                continue  # it was replaced and cleared away in between
            self.name = named
            if (self._generation.folder / UNFINISHED).exists():
                with self.alone(wait=False):
                    pass  # whoever holds the lock ends it

    def _end_unfinished(self) -> None:
        """Ends the overwriting that somebody died in."""
        held = self._generation
        if held.rows > 0 and (held.folder / UNFINISHED).exists():
            with _marked(held.folder):
                _overwrite(Generation(held.folder, held.rows, mode="r+"))

    def _named(self) -> str:
        try:
            with open(self._current, "rb") as file:
                return file.read().decode("ascii").strip()
        except FileNotFoundError:
            return ""

    def _clear(self) -> None:
        """Takes away what somebody died in the middle of making, and generations that are no longer in use."""
        for path in self.folder.iterdir():
            if path.is_dir() and path.name != self.name:
                shutil.rmtree(path, ignore_errors=True)

    def next_name(self) -> str:
        """A name behind the present one, and unlike every name before: nobody takes a new one for what it has open."""
        return f"{1 + int(self.name[:8] or 0):08d}-{os.urandom(4).hex()}"

    def _switch(self, name: str) -> None:
        before = self._generation.folder
        beside = self.folder / "current.tmp"
        beside.write_text(name)
        _sync(beside)
        beside.replace(self.folder / "current")
        _sync(self.folder)
        self.reload()
        if before != self.folder:
            shutil.rmtree(before, ignore_errors=True)


def _opened(folder: Path) -> Generation:
    try:
        head = msgspec.json.decode((folder / "head").read_bytes(), type=_Head)
        found = Generation(folder, head.rows)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise _damaged(folder) from error
    if head.format != FORMAT:
        raise _damaged(folder)
    return found


@contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Holds the lock of a register's folder; False, without ``wait``, where another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def begin_anew(folder: Path) -> None:
    """Takes away every generation, whatever state it is in; call it under :func:`locked`."""
    (folder / "current").unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def pack(entry: Entry) -> int:
    """An entry as the number that a row holds."""
    return (entry.batch << 32) | (entry.day << 8) | _CODES[entry.state]


def _entry(info: int) -> Entry | None:
    state = _STATES.get(info & 0xFF)
    return None if state is None else Entry(state, (info >> 8) & 0xFFFFFF, info >> 32)


def _mapped(path: Path, kind: str, rows: int, mode: Any) -> NDArray[Any]:
    if rows == 0:
        return np.zeros(0, dtype=kind)
    if path.stat().st_size != rows * np.dtype(kind).itemsize:
        raise _damaged(path.parent)
    return np.memmap(path, dtype=kind, mode=mode, shape=(rows,))


def _gather(folder: Path, rows: Iterable[tuple[bytes, Entry]]) -> None:
    """Puts the rows into their pieces, a limited number in memory at a time."""
    keys: list[bytes] = []
    infos: list[int] = []
    for key, entry in rows:
        keys.append(key)
        infos.append(pack(entry))
        if len(keys) == GATHERED:
            _put(folder, keys, infos)
            keys, infos = [], []
    _put(folder, keys, infos)


def _put(folder: Path, keys: list[bytes], infos: list[int]) -> None:
    if len(keys) == 0:
        return
    found = np.empty(len(keys), dtype=ROW)
    halves = np.frombuffer(b"".join(keys), dtype=[("high", ">u8"), ("low", ">u4")])
    if halves.itemsize != KEY_BYTES:
        raise _damaged(folder)
    found["high"], found["low"], found["info"] = halves["high"], halves["low"], np.array(infos, dtype=np.uint64)
    piece = (halves["high"] >> np.uint64(56)).astype(np.uint16)
    order = np.argsort(piece, kind="stable")
    bounds = np.searchsorted(piece[order], np.arange(BUCKETS + 1))
    for n in range(BUCKETS):
        if bounds[n] < bounds[n + 1]:
            with (folder / f"piece-{n:03d}").open("ab") as file:
                file.write(found[order[bounds[n] : bounds[n + 1]]].tobytes())


def _merge(folder: Path, before: Generation) -> int:
    """Writes the columns of old and new rows, sorted, each row once; the pieces go."""
    count = 0
    edges = [np.uint64(n << 56) for n in range(BUCKETS)]
    starts = [*np.searchsorted(before.high, np.array(edges, dtype=np.uint64)), before.rows]
    with (folder / "high").open("wb") as high, (folder / "low").open("wb") as low, (folder / "info").open("wb") as info:
        for n in range(BUCKETS):
            piece = folder / f"piece-{n:03d}"
            new = np.fromfile(piece, dtype=ROW) if piece.is_file() else np.empty(0, dtype=ROW)
            old = slice(int(starts[n]), int(starts[n + 1]))
            columns = (
                np.concatenate([np.asarray(before.high[old]), new["high"].astype(np.uint64)]),
                np.concatenate([np.asarray(before.low[old]), new["low"].astype(np.uint32)]),
                np.concatenate([np.asarray(before.info[old]), new["info"].astype(np.uint64)]),
            )
            order = np.lexsort((columns[2], columns[1], columns[0]))
            kept = [column[order] for column in columns]
            if order.size > 0:
                said = (kept[2] & np.uint64(0xFF)) != 0
                kept = [column[said] for column in kept]
            if kept[0].size > 0:
                fresh = np.ones(kept[0].size, dtype=bool)
                fresh[1:] = np.any([column[1:] != column[:-1] for column in kept], axis=0)
                kept = [column[fresh] for column in kept]
            for file, column in zip((high, low, info), kept, strict=True):
                file.write(column.tobytes())
            count += int(kept[0].size)
            piece.unlink(missing_ok=True)
    return count


def _silence(held: Generation, wanted: NDArray[np.uint64]) -> int:
    """Makes the rows of these batches say nothing; returns how many there were."""
    count = 0
    for start in range(0, held.rows, SCANNED):
        info = held.info[start : start + SCANNED]
        gone = np.flatnonzero(np.isin(info >> np.uint64(32), wanted) & (info != 0))
        if gone.size > 0:
            info[gone] = 0
            count += int(gone.size)
    _flush(held.info)
    return count


def _overwrite(held: Generation) -> None:
    """Gives each row that says nothing the key of the nearest one before it that does, or zeros where there is none.

    The rows are written from the first to the last, so that the column is in order at every moment.
    """
    columns = (held.high, held.low)
    carried = [column.dtype.type(0) for column in columns]
    for start in range(0, held.rows, SCANNED):
        silent = held.info[start : start + SCANNED] == 0
        last = np.maximum.accumulate(np.where(silent, -1, np.arange(silent.size)))
        for n, column in enumerate(columns):
            part = column[start : start + SCANNED]
            kept = np.where(last < 0, carried[n], np.asarray(part)[np.maximum(last, 0)])
            changed = np.flatnonzero(silent & (part != kept))
            part[changed] = kept[changed]
            carried[n] = kept[-1]
    for column in columns:
        _flush(column)


def _flush(column: NDArray[Any]) -> None:
    if isinstance(column, np.memmap):
        column.flush()


@contextmanager
def _marked(folder: Path) -> Iterator[None]:
    """Marks a generation as being overwritten while that lasts; whoever dies leaves the mark."""
    mark = folder / UNFINISHED
    mark.touch()
    _sync(folder)
    yield
    mark.unlink()
    _sync(folder)


def _sync(path: Path) -> None:
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _damaged(folder: Path) -> OwnFault:
    return OwnFault(
        f"The register's generation {folder.name} is damaged.",
        rule="register.damaged",
        remedy="Stop looking numbers up; build the register again from the matters.",
    )
