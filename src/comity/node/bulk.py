"""Screening files of millions of rows: in constant memory, with a state beside the result, resumed where it stopped.

Two passes: the first reads everything and refuses with every defect before anybody is screened; the second screens
and appends. The state says how many rows are done and how long the result was then; both are synced, so a run that
was killed at any moment goes on from there and ends with the same bytes as one that was not. CSV and FollowTheMoney
entities are read so; in a file of entities, papers follow their holder.

Not handled here: manifests, which are small and are read whole (:mod:`comity.node.reference`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from comity.errors import Defect, InputRefused
from comity.formats import Tree, detect, ftm, screening_csv
from comity.matching.hit import MODEL
from comity.matching.identifiers import HOLDING
from comity.matching.subject import is_comparable, subjects_of
from comity.node.asking import ask
from comity.node.pool import Asked, spread

STREAMED = ("csv", "ftm")
"""Formats that are read row by row."""
CHUNK = 256
"""Rows that a worker is given at once."""
SYNCED_EVERY = 4096
"""Rows after which result and state are synced: what a kill costs at most."""
DEFECTS = 1000
"""Defects after which reading stops."""
BOM = b"\xef\xbb\xbf"

Group = tuple[Tree, ...]
"""One person or thing with the papers it holds."""
Asks = tuple[str, Group]
"""What stands before the id, where several files are screened, and who is asked about."""
Moved = Callable[[int], None]
"""Is told how many rows are done."""


@dataclass(frozen=True, slots=True)
class Source:
    """One input file and how it is read."""

    path: Path
    form: str


class State(msgspec.Struct):
    """How far a run has come. Everything up to ``rows`` says which run it is; ``bytes`` is the result's length."""

    inputs: list[tuple[str, str, str]]
    lists: list[tuple[str, str]]
    threshold: float
    limit: int
    model: str
    rows: int
    done: int = 0
    bytes: int = 0
    hits: int = 0
    hit: int = 0
    nameless: int = 0


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


@dataclass(slots=True)
class _Survey:
    """What the first pass gathers: eight bytes for each id and for each holder of a paper that stands apart."""

    now: datetime
    defects: _Defects = field(default_factory=_Defects)
    ids: array[int] = field(default_factory=lambda: array("Q"))
    apart: array[int] = field(default_factory=lambda: array("Q"))
    rows: int = 0


@dataclass(frozen=True, slots=True)
class _Screened:
    """What became of one chunk: the lines of its hits, and counts."""

    lines: bytes
    rows: int
    hits: int
    hit: int
    nameless: int


def sources_of(paths: Iterable[Path], form: str) -> tuple[Source, ...]:
    """The files with their formats, if all of them can be read row by row; else nothing."""
    found = []
    for path in paths:
        try:
            with _opened(path) as file:
                head = file.read(1 << 20)
            name = form if form not in ("", "auto") else detect(path.name, head).name
        except (OSError, EOFError, InputRefused):
            return ()
        if name not in STREAMED:
            return ()
        found.append(Source(path, name))
    return tuple(found)


def begin(sources: tuple[Source, ...], asked: Asked, target: Path, now: datetime) -> State:
    """The state of this run: of the one that stopped, or a new one after reading everything.

    Raises :class:`InputRefused` with every defect, and for a result of another run that was not finished.
    """
    inputs = [(one.path.name, one.form, _digest(one.path)) for one in sources]
    lists = [(index.list_name, index.list_version) for index in asked.indices]
    fresh = State(inputs, lists, asked.threshold, asked.limit, MODEL, 0)
    known = _read_state(target)
    if known is not None:
        _require_same(known, fresh, target)
        return known
    fresh.rows = _survey(sources, now)
    target.write_bytes(b"")
    _write_state(target, fresh)
    return fresh


def run(
    sources: tuple[Source, ...], asked: Asked, target: Path, state: State, *, workers: int, moved: Moved, now: datetime
) -> State:
    """Screens what is not done yet and appends the hits to ``target``; the state is gone when all is done."""
    groups = islice(_groups(sources, now), state.done, None)
    with target.open("r+b") as out:
        out.truncate(state.bytes)
        out.seek(state.bytes)
        synced = state.done
        for one in spread(asked, _screen, _chunks(groups), workers=workers):
            out.write(one.lines)
            state.done, state.bytes = state.done + one.rows, state.bytes + len(one.lines)
            state.hits, state.hit = state.hits + one.hits, state.hit + one.hit
            state.nameless += one.nameless
            moved(state.done)
            if state.done - synced >= SYNCED_EVERY:
                _sync(out, target, state)
                synced = state.done
        _sync(out, target, state)
    _state_path(target).unlink()
    return state


def _screen(asked: Asked, groups: list[Asks]) -> _Screened:
    lines, hits, hit, nameless = [], 0, 0, 0
    for before, group in groups:
        for subject in subjects_of(group):
            answer = ask(asked, replace(subject, id=f"{before}{subject.id}"))
            nameless += len(subject.names) == 0 and len(subject.identifiers) == 0
            hits, hit = hits + len(answer.hits), hit + (len(answer.hits) > 0)
            lines += [json.dumps(one.to_json(), ensure_ascii=False) for one in answer.hits]
    return _Screened("".join(f"{line}\n" for line in lines).encode(), len(groups), hits, hit, nameless)


def _chunks(groups: Iterator[Asks]) -> Iterator[list[Asks]]:
    while len(chunk := list(islice(groups, CHUNK))) > 0:
        yield chunk


def _survey(sources: tuple[Source, ...], now: datetime) -> int:
    """Reads everything once; returns how many persons and things there are, or raises with every defect."""
    survey = _Survey(now)
    for source in sources:
        with suppress(_Enough):
            for group in _read(source, survey.now, survey.defects, survey.apart):
                survey.rows += 1
                survey.ids.append(_short(str(group[0]["id"])))
        _require_one_of_each(survey)
    if len(survey.defects) > 0:
        raise InputRefused("The files cannot be screened.", survey.defects, recorded="Nobody was screened.")
    return survey.rows


def _require_one_of_each(survey: _Survey) -> None:
    """An id that a file gives twice, and a paper away from its holder, are defects of the file as a whole."""
    ids, apart = survey.ids, survey.apart
    survey.ids, survey.apart = array("Q"), array("Q")
    if len(ids) == 0:
        return
    known = np.frombuffer(ids, dtype=np.uint64)
    known.sort()  # in place: the numbers are held once
    twice = sum(int(np.count_nonzero(some[1:] == some[:-1])) for some in _overlapping(known))
    if twice > 0:
        says = f"{twice} ids are given more than once." if twice > 1 else "One id is given twice."
        list.append(survey.defects, Defect("bulk.repeated", says, "Give each row an id of its own.", field="id"))
    places = np.searchsorted(known, np.array(apart, dtype=np.uint64))
    strays = sum(known[min(int(at), len(known) - 1)] == holder for at, holder in zip(places, apart, strict=True))
    if strays > 0:
        says = f"Papers stand apart from their holder: {strays}."
        list.append(
            survey.defects, Defect("bulk.apart", says, "Put each paper right below its holder.", field="holder")
        )


def _overlapping(numbers: NDArray[np.uint64], size: int = 1 << 16) -> Iterator[NDArray[np.uint64]]:
    """Pieces that share their last number with the next one, so that comparing neighbours needs little room."""
    for first in range(0, len(numbers), size):
        yield numbers[first : first + size + 1]


def _groups(sources: tuple[Source, ...], now: datetime) -> Iterator[Asks]:
    """Everything again, after it was found to be without defect."""
    for source in sources:
        before = f"{source.path.name}#" if len(sources) > 1 else ""
        for group in _read(source, now, [], array("Q")):
            yield before, group


def _read(source: Source, now: datetime, defects: list[Defect], apart: array[int]) -> Iterator[Group]:
    name = str(source.path)
    with _opened(source.path) as file:
        if source.form == "csv":
            rows = screening_csv.rows(name, _texts(name, file, defects), now.date(), defects)
            yield from (trees for _, trees in rows if len(trees) > 0)
            return
        lines = (line.removeprefix(BOM) if n == 0 else line for n, line in enumerate(file))
        yield from _with_papers((tree for _, tree in ftm.rows(name, lines, defects)), apart)


def _with_papers(trees: Iterable[Tree], apart: array[int]) -> Iterator[Group]:
    """Each thing that is screened with the papers below it; holders of papers that stand elsewhere go to ``apart``."""
    group: list[Tree] = []
    for tree in trees:
        holders = tree["properties"].get("holder", ()) if tree["schema"] in HOLDING else ()
        if len(group) > 0 and group[0]["id"] in holders:
            group.append(tree)
            continue
        apart.extend(_short(str(holder)) for holder in holders)
        if is_comparable(tree["schema"]):
            if len(group) > 0:
                yield tuple(group)
            group = [tree]
    if len(group) > 0:
        yield tuple(group)


def _texts(name: str, file: Iterable[bytes], defects: list[Defect]) -> Iterator[str]:
    """The lines as text; an undecodable byte or a null character is a defect that names its line."""
    for number, line in enumerate(file, 1):
        raw = line.removeprefix(BOM) if number == 1 else line
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            says = f"Byte {raw[error.start]:#04x} is not utf-8."
            defects.append(Defect("text.encoding", says, "Save the file as utf-8.", name, f"line {number}"))
            text = raw.decode("utf-8", "replace")
        if "\x00" in text:
            says = "The line holds null characters."
            defects.append(Defect("csv.null", says, "Save it as UTF-8 text.", name, f"line {number}"))
            text = text.replace("\x00", "")
        yield text


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    opened: Any = gzip.open(path, "rb") if packed else path.open("rb")  # noqa: SIM115 - the caller closes it
    return opened  # type: ignore[no-any-return]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _short(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _state_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.state")


def _read_state(target: Path) -> State | None:
    path = _state_path(target)
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except (msgspec.DecodeError, OSError) as error:
        remedy = f"Delete {path.name} to begin anew."
        raise InputRefused(
            "The state of the run that stopped cannot be read.", [Defect("bulk.state", str(error), remedy, path.name)]
        ) from error


def _require_same(known: State, fresh: State, target: Path) -> None:
    """A run goes on only with the same files, lists and limits: its result would be of two minds otherwise."""
    names = ("inputs", "lists", "threshold", "limit", "model")
    other = [name for name in names if getattr(known, name) != getattr(fresh, name)]
    if not target.is_file() or target.stat().st_size < known.bytes:
        other.append("result")
    if len(other) == 0:
        return
    remedy = f"Choose another --out, or delete {_state_path(target).name} to begin anew."
    says = f"{target.name} is of a run that stopped; since then this differs: {', '.join(other)}."
    defect = Defect("bulk.other", says, remedy, target.name)
    raise InputRefused("The run cannot go on.", [defect], recorded="The result so far is kept.")


def _sync(out: IO[bytes], target: Path, state: State) -> None:
    """First the result, then the state that counts it."""
    out.flush()
    os.fsync(out.fileno())
    _write_state(target, state)


def _write_state(target: Path, state: State) -> None:
    path = _state_path(target)
    beside = path.with_name(f"{path.name}.tmp")
    with beside.open("wb") as file:
        file.write(msgspec.json.encode(state))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
