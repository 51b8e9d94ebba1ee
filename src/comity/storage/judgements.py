"""Rows of what officers decided about pairs: which hit of which matter was about which two keyed digests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from comity.storage import schema
from comity.storage.rows import slices


@dataclass(frozen=True, slots=True)
class JudgedHit:
    """One hit that was decided: its commitment, whose decision it was, the pair's digests, the matter it lies in."""

    hit: str
    agency: str
    asked: str
    listed: str
    matter: str
    at: str


def put_judged(unit: Connection, judged: JudgedHit) -> None:
    """Keeps which pair a decided hit was about; the same hit of the same agency is kept once."""
    table = schema.judged_hit
    known = select(table.c.hit).where(table.c.hit == judged.hit, table.c.agency == judged.agency)
    if unit.execute(known).first() is None:
        values = {name: getattr(judged, name) for name in JudgedHit.__dataclass_fields__}
        unit.execute(insert(table).values(**values))


def judged_hits(unit: Connection, agency: str, asked: Iterable[str]) -> list[JudgedHit]:
    """The decided hits of one agency whose asked side is one of these digests."""
    table, found = schema.judged_hit, []
    for some in slices(sorted(set(asked))):
        query = select(table).where(table.c.agency == agency, table.c.asked.in_(some)).order_by(table.c.hit)
        found += [JudgedHit(**row) for row in unit.execute(query).mappings()]
    return found


def listed_of_judged(unit: Connection) -> set[str]:
    """The digests of every listed side that was decided about."""
    return set(unit.execute(select(schema.judged_hit.c.listed).distinct()).scalars())


def forget_judged(unit: Connection, listed: Iterable[str]) -> int:
    """Drops what was decided about these listed sides; returns how many rows."""
    table = schema.judged_hit
    return sum(unit.execute(delete(table).where(table.c.listed.in_(some))).rowcount for some in slices(sorted(listed)))
