"""Documents as acts reported them: batches, rows that no generation of the register holds yet, ranges of blanks.

Each part that reports documents is one batch; its number stands beside each of its rows, here and in the register's
files (:mod:`comity.storage.register`). Whether a batch stands is said here alone, in the transaction of the act that
reports or recalls: what a file says of a batch that is not here, or has ended, counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, tuple_, update

from comity.errors import OwnFault
from comity.model.travel_document import BlankRange
from comity.storage import schema
from comity.storage.rows import Batch, asked, slices

MERGED = "register_generation"
"""The setting that names the newest generation whose rows have left these tables."""
MERGING = "register_next"
"""The setting that names the generation that is being made, before it can be in use: files of another name are of
another database, as after a restore."""
_BATCH, _ROW, _RANGE = schema.document_batch, schema.document_row, schema.document_range
_HIGHEST = 1 << 32
IN_LIST = 500
"""Values in one question."""
_STANDING = "SELECT batch, commitment, matter, agency, source FROM document_batch WHERE ended IS NULL AND batch IN ({})"
_BEFORE = (
    "SELECT name, value FROM setting WHERE name IN ({})"
    " UNION ALL SELECT '/rows', '' WHERE EXISTS(SELECT 1 FROM document_row)"
    " UNION ALL SELECT '/ranges', '' WHERE EXISTS(SELECT 1 FROM document_range)"
)
_ROWS = "SELECT key, batch, state, day FROM document_row WHERE key IN ({})"
_RANGES = "SELECT series, batch, first, last, state, day FROM document_range WHERE series IN ({})"


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """One document that a batch reports: its key, state, and day (days since 1970, 0 where none was named)."""

    key: bytes
    state: str
    day: int


@dataclass(frozen=True, slots=True)
class ReportedRange:
    """One range of blanks that a batch reports."""

    batch: int
    first: int
    last: int
    state: str
    day: int


@dataclass(frozen=True, slots=True)
class StandingBatch:
    """A batch that stands: the part that it is made of, its matter, the agency that reported it, and a digest of the
    acts that it was made from."""

    batch: int
    commitment: str
    matter: str
    agency: str
    source: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many rows wait, the newest batch among them, and when the oldest was reported (empty for none)."""

    rows: int
    newest: int
    oldest: str


@dataclass(frozen=True, slots=True)
class BeforeFiles:
    """The generations that may be in use, by name, and whether there are rows that wait, and ranges."""

    generations: tuple[str, str]
    rows: bool
    ranges: bool


def open_batch(unit: Connection, *, commitment: str, matter: str, agency: str, source: str, at: str) -> int:
    """Begins the batch of one part, made from the acts that ``source`` is a digest of; returns its number, which is
    never given again."""
    made = unit.execute(
        insert(_BATCH).values(commitment=commitment, matter=matter, agency=agency, source=source, at=at, ended=None)
    )
    number = int((made.inserted_primary_key or (0,))[0])
    if not 0 < number < _HIGHEST:
        raise OwnFault("The register has no number left for a batch.", rule="register.full")
    return number


def put_rows(unit: Connection, batch: int, rows: Iterable[ReportedRow]) -> None:
    """Writes the documents of a batch, each once."""
    gathered = Batch()
    values = {row.key: (batch, row.key, row.state, row.day) for row in rows}
    gathered.extend(_ROW, ("batch", "key", "state", "day"), sorted(values.values()))
    gathered.write(unit)


def put_range(unit: Connection, batch: int, blanks: BlankRange, *, state: str, day: int) -> None:
    """Writes a range of blanks of a batch."""
    unit.execute(
        insert(_RANGE).values(
            batch=batch, series=blanks.series, first=blanks.first, last=blanks.last, state=state, day=day
        )
    )


def end_batches(unit: Connection, commitments: Iterable[str], *, at: str) -> int:
    """Ends the batches of these parts and takes their rows and ranges out; returns how many ended."""
    ended = 0
    for some in slices(commitments):
        standing = (_BATCH.c.commitment.in_(some), _BATCH.c.ended.is_(None))
        numbers = [int(n) for n in unit.execute(select(_BATCH.c.batch).where(*standing)).scalars()]
        if len(numbers) == 0:
            continue
        unit.execute(update(_BATCH).where(_BATCH.c.batch.in_(numbers)).values(ended=at))
        unit.execute(delete(_ROW).where(_ROW.c.batch.in_(numbers)))
        unit.execute(delete(_RANGE).where(_RANGE.c.batch.in_(numbers)))
        ended += len(numbers)
    return ended


def batches_of(unit: Connection, matter: str) -> dict[str, StandingBatch]:
    """The batches of one matter that stand, by commitment."""
    query = select(_BATCH).where(_BATCH.c.matter == matter, _BATCH.c.ended.is_(None))
    return {str(row.commitment): _standing(row) for row in unit.execute(query)}


def standing_batches(unit: Connection, numbers: Iterable[int]) -> dict[int, StandingBatch]:
    """Those of these batches that stand, by number."""
    wanted = sorted(set(numbers))
    found: dict[int, StandingBatch] = {}
    for first in range(0, len(wanted), IN_LIST):
        for row in asked(unit, _STANDING, wanted[first : first + IN_LIST]):
            found[int(row[0])] = StandingBatch(*row)
    return found


def _standing(row: Any) -> StandingBatch:
    return StandingBatch(int(row.batch), row.commitment, row.matter, row.agency, row.source)


def ended_batches(unit: Connection) -> list[int]:
    """Batches that ended and may still stand in the register's files."""
    return [int(n) for n in unit.execute(select(_BATCH.c.batch).where(_BATCH.c.ended.is_not(None))).scalars()]


def drop_batches(unit: Connection, numbers: Sequence[int]) -> None:
    """Forgets batches of which nothing is left anywhere."""
    for first in range(0, len(numbers), 400):
        some = numbers[first : first + 400]
        unit.execute(delete(_BATCH).where(_BATCH.c.batch.in_(some), _BATCH.c.ended.is_not(None)))


def has_rows(unit: Connection) -> bool:
    """Whether any document waits for the next generation."""
    return unit.execute(select(_ROW.c.batch).limit(1)).first() is not None


def has_ranges(unit: Connection) -> bool:
    """Whether any range of blanks is reported."""
    return unit.execute(select(_RANGE.c.batch).limit(1)).first() is not None


def before_files(unit: Connection) -> BeforeFiles:
    """What a look-up has to know before it asks the files, in one question."""
    said = dict(asked(unit, _BEFORE, (MERGED, MERGING)))
    return BeforeFiles((said.get(MERGED, ""), said.get(MERGING, "")), "/rows" in said, "/ranges" in said)


def rows_of(unit: Connection, keys: Sequence[bytes]) -> dict[bytes, list[tuple[int, str, int]]]:
    """(batch, state, day) of each of these keys (at most 500 a query) that waits for the next generation."""
    found: dict[bytes, list[tuple[int, str, int]]] = {}
    for first in range(0, len(keys), IN_LIST):
        for key, batch, state, day in asked(unit, _ROWS, keys[first : first + IN_LIST]):
            found.setdefault(bytes(key), []).append((int(batch), state, int(day)))
    return found


def ranges_of(unit: Connection, series: Iterable[str]) -> dict[str, list[ReportedRange]]:
    """The ranges of blanks in each of these series."""
    wanted = list(dict.fromkeys(series))
    found: dict[str, list[ReportedRange]] = {}
    for first in range(0, len(wanted), IN_LIST):
        for name, *row in asked(unit, _RANGES, wanted[first : first + IN_LIST]):
            found.setdefault(name, []).append(ReportedRange(*row))
    return found


def waiting(unit: Connection) -> Waiting:
    """What waits for the next generation."""
    count, newest, first = unit.execute(select(func.count(), func.max(_ROW.c.batch), func.min(_ROW.c.batch))).one()
    oldest = unit.execute(select(_BATCH.c.at).where(_BATCH.c.batch == first)).scalar()
    return Waiting(int(count), int(newest or 0), str(oldest or ""))


def rows_after(unit: Connection, after: tuple[int, bytes], *, upto: int, limit: int) -> list[tuple[int, ReportedRow]]:
    """(batch, row) of the rows that wait, in order, after (batch, key) and up to a batch."""
    place = tuple_(_ROW.c.batch, _ROW.c.key)
    query = select(_ROW).where(place > after, _ROW.c.batch <= upto).order_by(_ROW.c.batch, _ROW.c.key).limit(limit)
    return [(int(r.batch), ReportedRow(bytes(r.key), str(r.state), int(r.day))) for r in unit.execute(query)]


def drop_rows(unit: Connection, *, upto: int, limit: int) -> int:
    """Takes out up to so many rows that a generation in use holds; returns how many went."""
    place = tuple_(_ROW.c.batch, _ROW.c.key)
    some = select(_ROW.c.batch, _ROW.c.key).where(_ROW.c.batch <= upto).limit(limit)
    return unit.execute(delete(_ROW).where(place.in_(some))).rowcount
