"""Screening files of millions of rows: in constant memory, with a state beside the result, resumed where it stopped.

Two passes: the first reads everything and refuses with every defect before anybody is screened; the second screens
and appends. The state says how many rows are done and how long the result was then; both are synced, so a run that
was killed at any moment goes on from there and ends with the same bytes as one that was not. CSV and FollowTheMoney
entities are read so; in a file of entities, papers follow their holder.

Not handled here: manifests, which are small and are read whole (:mod:`comity.node.reference`).
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

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
from comity.node.resumption import (
    BOM,
    digest_of,
    opened,
    read_state,
    require_same,
    state_path,
    sync,
    texts,
    write_state,
)

STREAMED = ("csv", "ftm")
"""Formats that are read row by row."""
CHUNK = 256
"""Rows that a worker is given at once."""
SYNCED_EVERY = 4096
"""Rows after which result and state are synced: what a kill costs at most."""
DEFECTS = 1000
"""Defects after which reading stops."""
SAME = ("inputs", "lists", "threshold", "limit", "model")
"""What a run that goes on must have in common with the one that stopped."""

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
            with opened(path) as file:
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
    inputs = [(one.path.name, one.form, digest_of(one.path)) for one in sources]
    lists = [(index.list_name, index.list_version) for index in asked.indices]
    fresh = State(inputs, lists, asked.threshold, asked.limit, MODEL, 0)
    known = read_state(target, State)
    if known is not None:
        require_same(known, fresh, target, SAME, known.bytes)
        return known
    fresh.rows = _survey(sources, now)
    target.write_bytes(b"")
    write_state(target, fresh)
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
                sync(out, target, state)
                synced = state.done
        sync(out, target, state)
    state_path(target).unlink()
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
    with opened(source.path) as file:
        if source.form == "csv":
            rows = screening_csv.rows(name, texts(name, file, defects), now.date(), defects)
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


def _short(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
