"""Rows of look-ups: who asked about whom or what, as keyed digests, and the batches that the ledger covers.

A row's bytes are made of its columns alone, so that a changed column is a changed hash. Rows are only added, and go
whole batches at a time when their term is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.model.canon import encode
from comity.storage import schema
from comity.storage.rows import Batch

COLUMNS = ("id", "at", "actor", "purpose", "rule", "about", "asked", "outcome", "told", "call", "n")


@dataclass(frozen=True, slots=True)
class LookUp:
    """One question: when, by whom, for what, by which rule, about a document or a person (``asked``, a keyed
    digest), what came of it (hit, none, not_checked), a digest of what was told, and its place in its call."""

    at: str
    actor: str
    purpose: str
    rule: str
    about: str
    asked: bytes
    outcome: str
    told: str = ""
    call: str = ""
    n: int = 0
    id: int = 0

    def raw(self) -> bytes:
        """The bytes that are hashed."""
        values = {name: getattr(self, name) for name in COLUMNS}
        return encode({**values, "asked": self.asked.hex()})


@dataclass(frozen=True, slots=True)
class LookUpBatch:
    """The rows from ``first`` to ``last`` under one entry of the disclosure log; ``gone`` once their term was over."""

    leaf: int
    first: int
    last: int
    at: str
    gone: str | None


def next_id(unit: Connection) -> int:
    """The number of the next row; no number is ever given twice, though rows go."""
    newest = unit.execute(select(func.max(schema.look_up.c.id))).scalar() or 0
    return 1 + max(int(newest), last_in_batch(unit))


def add(unit: Connection, rows: Sequence[LookUp]) -> None:
    """Adds rows, which bear their numbers."""
    batch = Batch()
    values = (tuple(getattr(row, name) for name in COLUMNS) for row in rows)
    batch.extend(schema.look_up, COLUMNS, values)
    batch.write(unit)


def after(unit: Connection, first: int, last: int = 0) -> Iterator[LookUp]:
    """The rows from ``first`` on, up to ``last`` if it is given, in order."""
    table = schema.look_up
    query = select(table).where(table.c.id >= first).order_by(table.c.id)
    if last > 0:
        query = query.where(table.c.id <= last)
    for row in unit.execute(query.execution_options(yield_per=5000)):
        yield _read(row)


def hits(unit: Connection) -> Iterator[LookUp]:
    """The questions that met a hit, in order."""
    table = schema.look_up
    query = select(table).where(table.c.outcome == "hit").order_by(table.c.id)
    for row in unit.execute(query.execution_options(yield_per=5000)):
        yield _read(row)


def asked_about(unit: Connection, digests: Iterable[bytes]) -> list[LookUp]:
    """Every question about these, the last one first."""
    table = schema.look_up
    rows = unit.execute(select(table).where(table.c.asked.in_(list(digests))).order_by(table.c.id.desc()))
    return [_read(row) for row in rows]


def last_in_batch(unit: Connection) -> int:
    """The last row that an entry covers."""
    return int(unit.execute(select(func.max(schema.look_up_batch.c.last))).scalar() or 0)


def put_batch(unit: Connection, batch: LookUpBatch) -> None:
    """Keeps which rows an entry covers."""
    values = {"leaf": batch.leaf, "first": batch.first, "last": batch.last, "at": batch.at, "gone": batch.gone}
    unit.execute(insert(schema.look_up_batch).values(**values))


def batches(unit: Connection) -> list[LookUpBatch]:
    """Every batch, the first one first."""
    rows = unit.execute(select(schema.look_up_batch).order_by(schema.look_up_batch.c.leaf))
    return [LookUpBatch(row.leaf, row.first, row.last, row.at, row.gone) for row in rows]


def drop_batches(unit: Connection, before: str, at: str, *, limit: int) -> int:
    """Forgets the rows of batches older than ``before``; what they were is still in the ledger, as a digest."""
    table, rows = schema.look_up_batch, schema.look_up
    old = select(table).where(table.c.at < before, table.c.gone.is_(None)).order_by(table.c.leaf).limit(limit)
    count = 0
    for batch in unit.execute(old).all():
        count += unit.execute(delete(rows).where(rows.c.id >= batch.first, rows.c.id <= batch.last)).rowcount
        unit.execute(update(table).where(table.c.leaf == batch.leaf).values(gone=at))
    return count


def _read(row: object) -> LookUp:
    values = {name: getattr(row, name) for name in COLUMNS}
    return LookUp(**{**values, "asked": bytes(values["asked"])})
