"""What tells how officers look: the acts and matters behind disclosures, and what came of asking about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, insert, select, update

from comity.storage import schema
from comity.storage.rows import slices


def matters_of_acts(unit: Connection, digests: Iterable[str]) -> dict[str, str]:
    """The matter of each of these acts, as far as they are here."""
    found: dict[str, str] = {}
    for some in slices(sorted(set(digests))):
        query = select(schema.act.c.digest, schema.act.c.matter).where(schema.act.c.digest.in_(some))
        found.update({row.digest: row.matter for row in unit.execute(query)})
    return found


def headers_of_agency(unit: Connection, agency: str, matters: Iterable[str]) -> Iterator[bytes]:
    """The header of each act that an agency wrote in these matters."""
    for some in slices(sorted(set(matters))):
        query = select(schema.act.c.header).where(schema.act.c.agency == agency, schema.act.c.matter.in_(some))
        yield from (bytes(row.header) for row in unit.execute(query))


def matters_with_track(unit: Connection, track: str, matters: Iterable[str]) -> set[str]:
    """Those of ``matters`` in which something stands on a track."""
    found: set[str] = set()
    for some in slices(sorted(set(matters))):
        on = (schema.act.c.track == track) | schema.act.c.track.startswith(f"{track}/")
        found.update(unit.execute(select(schema.act.c.matter).where(on, schema.act.c.matter.in_(some))).scalars())
    return found


def values_in_acts(unit: Connection, digests: Iterable[str], props: Iterable[str]) -> dict[str, set[str]]:
    """By act, what the entities in its parts say under these properties, as far as it is not hidden."""
    found: dict[str, set[str]] = {}
    joined = schema.act_part.join(schema.statement, schema.statement.c.commitment == schema.act_part.c.commitment)
    joined = joined.join(schema.part, schema.part.c.commitment == schema.act_part.c.commitment)
    for some in slices(sorted(set(digests))):
        query = select(schema.act_part.c.digest, schema.statement.c.value).select_from(joined)
        query = query.where(schema.act_part.c.digest.in_(some), schema.statement.c.prop.in_(sorted(set(props))))
        for row in unit.execute(query.where(schema.part.c.hidden.is_(None))):
            found.setdefault(row.digest, set()).add(row.value)
    return found


def reviews(unit: Connection, since: str) -> dict[tuple[str, str, str], Mapping[str, str]]:
    """``outcome``, ``by`` and ``at`` by (officer, kind, day), for days from ``since`` (ISO) on."""
    table = schema.look_review
    rows = unit.execute(select(table).where(table.c.day >= since)).mappings()
    return {(row["officer"], row["kind"], row["day"]): dict(row) for row in rows}


def put_review(unit: Connection, *, officer: str, kind: str, day: str, outcome: str, by: str, at: str) -> None:
    """Writes what came of it in place of what stood there."""
    table = schema.look_review
    mine = (table.c.officer == officer, table.c.kind == kind, table.c.day == day)
    said = {"outcome": outcome, "by": by, "at": at}
    if unit.execute(update(table).where(*mine).values(**said)).rowcount == 0:
        unit.execute(insert(table).values(officer=officer, kind=kind, day=day, **said))
