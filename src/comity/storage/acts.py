"""Rows of acts, their parts and statements, matters and tracks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from comity.model.act import Act, PartHead
from comity.model.entity import Statement
from comity.model.handling import Handling
from comity.model.track import member_of
from comity.storage import schema
from comity.storage.reported import end_batches
from comity.storage.rows import Row, as_set, slices

NO_DAY = 10_000_000
"""``until_day`` of a part without a last day; days are counted from 1970-01-01."""


@dataclass(frozen=True, slots=True)
class StoredAct:
    """An act as recorded: header, signature and assertion are the exact bytes that came."""

    digest: str
    matter: str
    header: bytes
    signature: bytes
    assertion: bytes
    recorded: str
    sender: str
    verdict: str
    skewed: bool


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as kept: sealed bytes are None once keyless."""

    commitment: str
    matter: str
    track: str
    agency: str
    kind: str
    handling: Handling
    sealed: bytes | None
    hidden: str | None
    keyless: str | None
    gone: str | None
    recall: str | None


def day_number(day: str) -> int:
    """Days from 1970-01-01 to an ISO day; :data:`NO_DAY` for the empty text."""
    return NO_DAY if day == "" else (date.fromisoformat(day) - date(1970, 1, 1)).days


def act_row(act: Act, *, recorded: str, sender: str, verdict: str, skewed: bool) -> Row:
    """The row of one act."""
    header = act.header
    return {
        "digest": act.digest,
        "matter": header.matter,
        "track": header.track,
        "procedure": header.procedure,
        "version": header.version,
        "step": header.step,
        "agency": header.agency,
        "time": header.time,
        "header": act.raw,
        "signature": act.signature,
        "assertion": act.assertion,
        "recorded": recorded,
        "sender": sender,
        "verdict": verdict,
        "skewed": skewed,
    }


def part_row(act: Act, head: PartHead, sealed: bytes, *, dies: str | None) -> Row:
    """The row of one part of one act; ``dies`` is when it is erased by itself."""
    return {
        "commitment": head.commitment,
        "matter": act.header.matter,
        "track": act.header.track,
        "agency": act.header.agency,
        "member": member_of(act.header.agency),
        "kind": head.kind,
        "tlp": head.handling.tlp,
        "code": head.handling.code,
        "purposes": as_set(head.handling.purposes),
        "until_day": day_number(head.handling.until),
        "sealed": sealed,
        "hidden": None,
        "keyless": None,
        "gone": None,
        "recall": None,
        "dies": dies,
    }


STATEMENT_COLUMNS = ("commitment", "entity", "schema", "prop", "value", "lang")


def statement_values(statement: Statement) -> tuple[str, ...]:
    """The values of one statement in the order of :data:`STATEMENT_COLUMNS`."""
    s = statement
    return (s.commitment, s.entity, s.schema, s.prop, s.value, s.lang)


def acts_of(unit: Connection, matters: Iterable[str]) -> dict[str, list[StoredAct]]:
    """Every act of each matter, in the order recorded."""
    found: dict[str, list[StoredAct]] = {}
    for some in slices(matters):
        for row in unit.execute(_ACTS.where(schema.act.c.matter.in_(some)).order_by(schema.act.c.recorded)):
            found.setdefault(row.matter, []).append(_act(row))
    return found


def acts_by_digest(unit: Connection, digests: Iterable[str]) -> dict[str, StoredAct]:
    """These acts, as far as they are recorded."""
    found: dict[str, StoredAct] = {}
    for some in slices(digests):
        found.update({row.digest: _act(row) for row in unit.execute(_ACTS.where(schema.act.c.digest.in_(some)))})
    return found


def known_acts(unit: Connection, digests: Iterable[str]) -> set[str]:
    """Which of these acts are recorded."""
    found: set[str] = set()
    for some in slices(digests):
        found.update(unit.execute(select(schema.act.c.digest).where(schema.act.c.digest.in_(some))).scalars())
    return found


def counts_from(unit: Connection, sender: str, matters: Iterable[str]) -> dict[str, int]:
    """How many acts of one sender are recorded in each of these matters."""
    found: dict[str, int] = {}
    act = schema.act
    for some in slices(matters):
        query = select(act.c.matter, func.count()).where(act.c.matter.in_(some), act.c.sender == sender)
        found.update({str(matter): int(n) for matter, n in unit.execute(query.group_by(act.c.matter))})
    return found


def waiting_from(unit: Connection, sender: str) -> list[bytes]:
    """The headers of acts from one sender that still wait for what came before them."""
    table = schema.act
    waits = table.c.verdict == literal_column("'waiting'")  # as the index of what waits says it
    query = select(table.c.header).where(waits, table.c.sender == sender)
    return [bytes(raw) for raw in unit.execute(query).scalars()]


def parts_of_acts(unit: Connection, digests: Iterable[str]) -> dict[str, list[StoredPart]]:
    """The parts that are held of each act, hidden ones included."""
    found: dict[str, list[StoredPart]] = {}
    joined = schema.act_part.join(schema.part, schema.act_part.c.commitment == schema.part.c.commitment).join(
        schema.act, schema.act.c.digest == schema.act_part.c.digest
    )
    for some in slices(digests):
        query = select(schema.act_part.c.digest.label("act"), schema.part).select_from(joined)
        query = query.where(schema.part.c.agency == schema.act.c.agency)  # a header that names it is not its author
        for row in unit.execute(query.where(schema.act_part.c.digest.in_(some))):
            found.setdefault(row.act, []).append(_part(row))
    return found


def parts_by_commitment(unit: Connection, commitments: Iterable[str]) -> dict[str, StoredPart]:
    """The parts that are held, by commitment."""
    found: dict[str, StoredPart] = {}
    for some in slices(commitments):
        for row in unit.execute(select(schema.part).where(schema.part.c.commitment.in_(some))):
            found[row.commitment] = _part(row)
    return found


def said_when(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Condition on a row of ``part``: its own agency said it in an act that was reached in its matter, and ``more``
    about that act. What a stranger or a refused act brought into a matter is kept as evidence and is nobody's data."""
    carries, act, part = schema.act_part, schema.act, schema.part
    return exists(
        select(literal_column("1"))
        .select_from(carries.join(act, act.c.digest == carries.c.digest))
        .where(
            carries.c.commitment == part.c.commitment,
            act.c.agency == part.c.agency,
            act.c.matter == part.c.matter,
            act.c.verdict == "applied",
            *more,
        )
        .correlate_except(carries, act)
    )


def chunks_of(unit: Connection, commitments: Iterable[str]) -> dict[str, list[bytes]]:
    """The sealed chunks of each attachment, in order."""
    found: dict[str, list[bytes]] = {}
    table = schema.chunk
    for some in slices(commitments):
        for row in unit.execute(select(table).where(table.c.commitment.in_(some)).order_by(table.c.n)):
            found.setdefault(row.commitment, []).append(bytes(row.data))
    return found


def with_derived(unit: Connection, commitments: Iterable[str]) -> set[str]:
    """``commitments`` and every part that was made from one of them, at any remove."""
    found: set[str] = set()
    todo = set(commitments)
    table = schema.part_source
    while len(todo) > 0:
        found |= todo
        nearer: set[str] = set()
        for some in slices(todo):
            nearer.update(unit.execute(select(table.c.commitment).where(table.c.source.in_(some))).scalars())
        todo = nearer - found
    return found


def hide(unit: Connection, commitments: Iterable[str], *, at: str, recall: str | None) -> None:
    """The first moment of erasure: a tombstone, no statement left, and no document in the register."""
    marks = [{"c": commitment, "at": at, "recall": recall} for commitment in commitments]
    if len(marks) == 0:
        return
    table = schema.part
    unit.execute(
        update(table)
        .where(table.c.commitment == bindparam("c"), table.c.hidden.is_(None))
        .values(hidden=bindparam("at"), recall=bindparam("recall")),
        marks,
    )
    unit.execute(
        delete(schema.statement).where(schema.statement.c.commitment == bindparam("c")), [{"c": m["c"]} for m in marks]
    )
    end_batches(unit, [str(m["c"]) for m in marks], at=at)


def hide_again(unit: Connection, commitments: Iterable[str], *, at: str, recall: str) -> None:
    """Begins the erasure of parts anew under another recall: all three moments are gone through and answered again."""
    marks = [{"c": commitment, "at": at, "recall": recall} for commitment in commitments]
    if len(marks) > 0:
        table = schema.part
        values: dict[str, Any] = {
            "hidden": bindparam("at"),
            "recall": bindparam("recall"),
            "keyless": None,
            "gone": None,
        }
        unit.execute(update(table).where(table.c.commitment == bindparam("c")).values(**values), marks)


def keep_until(unit: Connection, matter: str, agency: str, tracks: Iterable[str], last: str) -> None:
    """Gives what an agency said on these tracks of a matter one last moment, where it has another or none."""
    table = schema.part
    mine = (table.c.matter == matter, table.c.agency == agency, table.c.track.in_(list(tracks)))
    other = table.c.dies.is_(None) | (table.c.dies != last)
    unit.execute(update(table).where(*mine, other, table.c.hidden.is_(None)).values(dies=last))


def dying(unit: Connection, now: str) -> list[StoredPart]:
    """Parts whose own time has come and that are still shown."""
    table = schema.part
    query = select(table).where(table.c.dies.is_not(None), table.c.dies <= now, table.c.hidden.is_(None))
    return [_part(row) for row in unit.execute(query)]


def drawn_from_hidden(unit: Connection, commitments: Iterable[str]) -> dict[str | None, list[str]]:
    """Those of the parts that were drawn from one that is hidden by now, by the recall that hid it."""
    found: dict[str | None, list[str]] = {}
    source = schema.part.alias("source")
    joined = schema.part_source.join(source, schema.part_source.c.source == source.c.commitment)
    for some in slices(commitments):
        query = select(schema.part_source.c.commitment, source.c.recall).select_from(joined)
        mine = (schema.part_source.c.commitment.in_(some), source.c.hidden.is_not(None))
        for row in unit.execute(query.where(*mine)):
            found.setdefault(row.recall, []).append(row.commitment)
    return found


def drop_sealed(unit: Connection, commitments: Iterable[str], *, at: str) -> None:
    """The second moment: sealed bytes and chunks leave the tables; their keys are destroyed already."""
    marks = [{"c": commitment, "at": at} for commitment in commitments]
    if len(marks) == 0:
        return
    table = schema.part
    unit.execute(
        update(table).where(table.c.commitment == bindparam("c")).values(keyless=bindparam("at"), sealed=None), marks
    )
    unit.execute(
        delete(schema.chunk).where(schema.chunk.c.commitment == bindparam("c")), [{"c": m["c"]} for m in marks]
    )


def mark_gone(unit: Connection, commitments: Iterable[str], *, at: str) -> None:
    """The third moment."""
    marks = [{"c": commitment, "at": at} for commitment in commitments]
    if len(marks) > 0:
        table = schema.part
        unit.execute(update(table).where(table.c.commitment == bindparam("c")).values(gone=bindparam("at")), marks)


def parts_to_erase(unit: Connection) -> tuple[list[StoredPart], list[StoredPart]]:
    """Parts that are hidden and still have a key; parts that are keyless and not yet gone."""
    table = schema.part
    erasing = (table.c.hidden.is_not(None), table.c.gone.is_(None))
    hidden = unit.execute(select(table).where(*erasing, table.c.keyless.is_(None)))
    keyless = unit.execute(select(table).where(*erasing, table.c.keyless.is_not(None)))
    return [_part(row) for row in hidden], [_part(row) for row in keyless]


def acts_of_parts(unit: Connection, commitments: Iterable[str]) -> dict[str, set[str]]:
    """For each part, the acts of its own agency and matter that carry it: an act that only names it carries nothing."""
    found: dict[str, set[str]] = {}
    table, act, part = schema.act_part, schema.act, schema.part
    joined = table.join(act, act.c.digest == table.c.digest).join(part, part.c.commitment == table.c.commitment)
    query = select(table).select_from(joined)
    query = query.where(act.c.agency == part.c.agency, act.c.matter == part.c.matter)
    for some in slices(commitments):
        for row in unit.execute(query.where(table.c.commitment.in_(some))):
            found.setdefault(row.commitment, set()).add(row.digest)
    return found


def participants_of(unit: Connection, matters: Iterable[str]) -> dict[str, dict[str, set[str]]]:
    """For each matter, seat to the members in it."""
    found: dict[str, dict[str, set[str]]] = {}
    table = schema.participant
    for some in slices(matters):
        for row in unit.execute(select(table).where(table.c.matter.in_(some))):
            found.setdefault(row.matter, {}).setdefault(row.seat, set()).add(row.member)
    return found


def matter_rows(unit: Connection, matters: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The rows of these matters."""
    found: dict[str, Mapping[str, Any]] = {}
    for some in slices(matters):
        for row in unit.execute(select(schema.matter).where(schema.matter.c.matter.in_(some))).mappings():
            found[row["matter"]] = dict(row)
    return found


def matters_of(unit: Connection, procedures: Iterable[str]) -> list[str]:
    """Every matter of these kinds of procedure."""
    table = schema.matter
    query = select(table.c.matter).where(table.c.procedure.in_(list(procedures))).order_by(table.c.matter)
    return [str(matter) for matter in unit.execute(query).scalars()]


def recent_matters(unit: Connection, *, limit: int = 50) -> list[Mapping[str, Any]]:
    """The matters that changed last."""
    query = select(schema.matter).order_by(schema.matter.c.changed.desc(), schema.matter.c.matter).limit(limit)
    return [dict(row) for row in unit.execute(query).mappings()]


def put_matter(unit: Connection, row: Row) -> None:
    """Writes a matter's row in place of an earlier one."""
    table = schema.matter
    fresh = {name: value for name, value in row.items() if name not in ("matter", "opened")}
    if unit.execute(update(table).where(table.c.matter == row["matter"]).values(**fresh)).rowcount == 0:
        unit.execute(insert(table).values(**row))


def put_tracks(unit: Connection, matter: str, rows: list[Row]) -> None:
    """Writes what the tracks of one matter show, in place of what they showed before."""
    unit.execute(delete(schema.track).where(schema.track.c.matter == matter))
    if len(rows) > 0:
        unit.execute(insert(schema.track), rows)


def set_verdicts(unit: Connection, verdicts: Mapping[str, str]) -> None:
    """Brings the verdicts of acts recorded earlier up to date."""
    if len(verdicts) > 0:
        table = schema.act
        unit.execute(
            update(table).where(table.c.digest == bindparam("d")).values(verdict=bindparam("v")),
            [{"d": digest, "v": verdict} for digest, verdict in verdicts.items()],
        )


_ACTS = select(
    schema.act.c.digest,
    schema.act.c.matter,
    schema.act.c.header,
    schema.act.c.signature,
    schema.act.c.assertion,
    schema.act.c.recorded,
    schema.act.c.sender,
    schema.act.c.verdict,
    schema.act.c.skewed,
)


def _act(row: Any) -> StoredAct:
    return StoredAct(*row)  # the columns of _ACTS are the fields, in their order


def _part(row: Any) -> StoredPart:
    until = (
        "" if row.until_day >= NO_DAY else date.fromordinal(date(1970, 1, 1).toordinal() + row.until_day).isoformat()
    )
    purposes = tuple(word for word in row.purposes.split("|") if word != "")
    handling = Handling(tlp=row.tlp, code=row.code, purposes=purposes, until=until)
    return StoredPart(
        row.commitment,
        row.matter,
        row.track,
        row.agency,
        row.kind,
        handling,
        None if row.sealed is None else bytes(row.sealed),
        row.hidden,
        row.keyless,
        row.gone,
        row.recall,
    )
