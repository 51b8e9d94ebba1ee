"""Rows of the exchange: the outbox of intents, lanes, deliveries and their receipts, quarantine, peers.

The outbox holds what is to be sent, never the sealed content: an envelope is sealed when it goes, so that nothing
queued outlives an erasure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from comity.storage import schema
from comity.storage.rows import Batch, Row, slices

COUNTED = "paper_outstanding"
"""The receipt that says a number: what is outstanding now, not at first."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One envelope to be sent: an act by digest, or a ready ``body`` of another kind."""

    id: int
    peer: str
    lane: str
    n: int
    kind: str
    act: str
    body: bytes | None
    at: str
    sent: str | None


@dataclass(frozen=True, slots=True)
class Lane:
    """What is known of one lane: the last number given out, and the ranges of numbers that were taken in."""

    out_n: int = 0
    in_incarnation: int = 0
    in_seen: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """What one member answered about one act."""

    act: str
    member: str
    code: str
    moment: str
    at: str
    rule: str
    raw: bytes


def lanes(unit: Connection) -> dict[tuple[str, str], Lane]:
    """Every lane by (peer, lane)."""
    rows = unit.execute(select(schema.lane))
    return {(row.peer, row.lane): Lane(row.out_n, row.in_incarnation, _ranges(row.in_seen)) for row in rows}


def put_lane(unit: Connection, peer: str, name: str, lane: Lane) -> None:
    """Writes one lane in place of what it was."""
    table = schema.lane
    values = {"out_n": lane.out_n, "in_incarnation": lane.in_incarnation, "in_seen": json.dumps(lane.in_seen)}
    mine = (table.c.peer == peer, table.c.lane == name)
    if unit.execute(update(table).where(*mine).values(**values)).rowcount == 0:
        unit.execute(insert(table).values(peer=peer, lane=name, **values))


class Outbox:
    """Gives out gap-free numbers for the intents of one transaction."""

    def __init__(self, unit: Connection) -> None:
        self._unit = unit
        self._last: dict[tuple[str, str], int] = {}
        self._known = lanes(unit)

    def add(
        self, batch: Batch, *, peer: str, lane: str, kind: str, act: str, at: str, body: bytes | None = None
    ) -> None:
        """Queues one envelope."""
        n = self._last.get((peer, lane), self._known.get((peer, lane), Lane()).out_n) + 1
        self._last[(peer, lane)] = n
        row: Row = {"peer": peer, "lane": lane, "n": n, "kind": kind, "act": act, "body": body, "at": at, "sent": None}
        batch.add(schema.outbox, row)

    def close(self) -> None:
        """Writes the numbers given out; to be called in the same transaction."""
        for (peer, name), n in self._last.items():
            known = self._known.get((peer, name), Lane())
            put_lane(self._unit, peer, name, Lane(n, known.in_incarnation, known.in_seen))


def unsent(unit: Connection, peer: str, lane: str, *, after: int = 0, limit: int) -> list[Intent]:
    """What waits for one peer on one lane, in order, from after a number."""
    table = schema.outbox
    mine = (table.c.peer == peer, table.c.lane == lane, table.c.n > after, table.c.sent.is_(None))
    query = select(table).where(*mine)
    return [_intent(row) for row in unit.execute(query.order_by(table.c.n).limit(limit))]


def after(unit: Connection, peer: str, lane: str, n: int, *, limit: int) -> list[Intent]:
    """What has a number above ``n``, sent or not, for a peer that pulls."""
    table = schema.outbox
    query = select(table).where(table.c.peer == peer, table.c.lane == lane, table.c.n > n)
    return [_intent(row) for row in unit.execute(query.order_by(table.c.n).limit(limit))]


def acknowledge(unit: Connection, peer: str, lane: str, n: int, at: str) -> None:
    """The peer holds everything up to ``n`` on this lane."""
    table = schema.outbox
    mine = (table.c.peer == peer, table.c.lane == lane, table.c.n <= n, table.c.sent.is_(None))
    unit.execute(update(table).where(*mine).values(sent=at))


def intents_for(unit: Connection, acts: Iterable[str]) -> list[Intent]:
    """Every envelope that carries one of these acts."""
    found: list[Intent] = []
    for some in slices(acts):
        query = select(schema.outbox).where(schema.outbox.c.act.in_(some), schema.outbox.c.kind == "act")
        found.extend(_intent(row) for row in unit.execute(query))
    return found


def delivery_receipts(unit: Connection, ids: Iterable[str]) -> dict[str, bytes]:
    """The original receipt of each delivery that was recorded before."""
    found: dict[str, bytes] = {}
    for some in slices(ids):
        rows = unit.execute(select(schema.delivery).where(schema.delivery.c.id.in_(some)))
        found.update({row.id: bytes(row.receipt) for row in rows})
    return found


def put_receipts(unit: Connection, receipts: Iterable[StoredReceipt]) -> None:
    """Keeps receipts; one that is there already stays as it was, but for a count, of which the latest stands."""
    table = schema.receipt
    fresh: dict[tuple[str, str, str, str], StoredReceipt] = {}
    for one in sorted(receipts, key=lambda r: r.at):
        key = (one.act, one.member, one.code, one.moment)
        fresh[key] = one if one.code == COUNTED else fresh.get(key, one)
    held = receipts_of(unit, {r.act for r in fresh.values()})
    for known in held:
        key = (known.act, known.member, known.code, known.moment)
        again = fresh.pop(key, None)
        if again is not None and again.code == COUNTED and again.at >= known.at:
            mine = (table.c.act == key[0], table.c.member == key[1], table.c.code == key[2], table.c.moment == key[3])
            unit.execute(update(table).where(*mine).values(at=again.at, raw=again.raw))
    columns = ("act", "member", "code", "moment", "at", "rule", "raw")
    batch = Batch()
    batch.extend(table, columns, ((r.act, r.member, r.code, r.moment, r.at, r.rule, r.raw) for r in fresh.values()))
    batch.write(unit)


def receipts_of(unit: Connection, acts: Iterable[str]) -> list[StoredReceipt]:
    """What members answered about these acts, in the order of their times."""
    found: list[StoredReceipt] = []
    for some in slices(acts):
        query = select(schema.receipt).where(schema.receipt.c.act.in_(some)).order_by(schema.receipt.c.at)
        found.extend(
            StoredReceipt(row.act, row.member, row.code, row.moment, row.at, row.rule, bytes(row.raw))
            for row in unit.execute(query)
        )
    return found


def intents_numbered(unit: Connection, peer: str, numbers: Iterable[tuple[str, int]]) -> list[Intent]:
    """The envelopes to one peer with these (lane, number)."""
    table = schema.outbox
    found: list[Intent] = []
    for lane, n in numbers:
        mine = (table.c.peer == peer, table.c.lane == lane, table.c.n == n)
        found.extend(_intent(row) for row in unit.execute(select(table).where(*mine)))
    return found


def note_peer(unit: Connection, member: str, *, at: str, problem: str | None) -> None:
    """Notes that a peer answered, or since when and why it does not."""
    table = schema.peer
    row = unit.execute(select(table).where(table.c.member == member)).first()
    if row is None:
        unit.execute(insert(table).values(member=member, last_ok=None, failing_since=None, problem=None))
    if problem is None:
        values: dict[str, Any] = {"last_ok": at, "failing_since": None, "problem": None}
    else:
        since = at if row is None or row.failing_since is None else row.failing_since
        values = {"failing_since": since, "problem": problem}
    unit.execute(update(table).where(table.c.member == member).values(**values))


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a peer can be reached: when it last answered, and since when it does not."""

    member: str
    last_ok: str | None
    failing_since: str | None
    problem: str | None


def reach(unit: Connection) -> dict[str, Reach]:
    """What is known of each peer."""
    rows = unit.execute(select(schema.peer))
    return {row.member: Reach(row.member, row.last_ok, row.failing_since, row.problem) for row in rows}


def quarantine(unit: Connection, *, peer: str, at: str, rule: str, says: str, digest: str) -> None:
    """Keeps why something was not taken in: never its content."""
    unit.execute(insert(schema.quarantine).values(peer=peer, at=at, rule=rule, says=says, digest=digest))


def quarantined(unit: Connection, *, limit: int = 50) -> list[dict[str, Any]]:
    """The newest refusals."""
    table = schema.quarantine
    rows = unit.execute(select(table).order_by(table.c.id.desc()).limit(limit)).mappings()
    return [dict(row) for row in rows]


def backlog(unit: Connection) -> dict[tuple[str, str], int]:
    """How many envelopes wait, by (peer, lane)."""
    table = schema.outbox
    query = select(table.c.peer, table.c.lane, func.count()).where(table.c.sent.is_(None))
    return {(row[0], row[1]): row[2] for row in unit.execute(query.group_by(table.c.peer, table.c.lane))}


def _intent(row: Any) -> Intent:
    body = None if row.body is None else bytes(row.body)
    return Intent(row.id, row.peer, row.lane, row.n, row.kind, row.act, body, row.at, row.sent)


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((int(first), int(last)) for first, last in json.loads(text))
