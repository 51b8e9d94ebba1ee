"""What the passing of time makes a node do in its own matters: fixed batches of closings, lapses, escalations.

Closings reach their sources once in so many days, all at the same moment, whatever each was closed for
(``domain/16-practice.md`` section 4). The moment does not depend on when anything was cancelled.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from comity.node.due import dues_of
from comity.node.escalation import escalate_overdue
from comity.node.follow import take_automatic
from comity.node.moment import instant
from comity.node.node import Node
from comity.node.query import holdings
from comity.policy.clocks import due
from comity.storage import desk, schema

FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""Batches are counted from the first Monday of the epoch, at midnight UTC."""


def last_batch(node: Node, now: datetime) -> datetime | None:
    """The latest batch moment up to ``now``; None where the charter records no rhythm."""
    law = node.rule("clock.protection.batch")
    if not isinstance(law.value, int):
        return None
    length = due(FIRST_MONDAY, law.value, law.unit) - FIRST_MONDAY
    return FIRST_MONDAY + ((now - FIRST_MONDAY) // length) * length


def close_batch(node: Node, now: datetime) -> int:
    """Tells the sources of everything that was cancelled before the last batch moment; returns how many."""
    moment = last_batch(node, now) if node.member == node.reviewer else None
    if moment is None:
        return 0
    with node.store.read() as unit:
        if desk.setting(unit, "closing_batch") == moment.isoformat():
            return 0
        matters = _cancelled_before(node, unit, moment)
    with node.store.write() as unit:
        done = [take_automatic(node, unit, matter, "closing.close", now) for matter in matters]
        desk.put_setting(unit, "closing_batch", moment.isoformat())
    return sum(1 for one in done if one != "")


def _cancelled_before(node: Node, unit: Connection, moment: datetime) -> list[str]:
    """What this secretariat cancelled: an act of that name by anybody else is kept, and closes nothing."""
    act = schema.act
    query = select(act.c.matter, act.c.recorded).where(
        act.c.track == "shield", act.c.step == "cancel", act.c.sender == node.member, act.c.verdict == "applied"
    )
    rows = unit.execute(query.order_by(act.c.matter))
    return [str(row.matter) for row in rows if instant(str(row.recorded)) < moment]


def lapse_overdue(node: Node, now: datetime) -> int:
    """Takes the step that the table names where nobody was in time; returns how many."""
    kinds = {p.kind for p in node.registry if any(rule.then != "" for rule in p.dues)}
    with node.store.read() as unit:
        query = select(schema.matter).where(
            schema.matter.c.procedure.in_(sorted(kinds)),
            schema.matter.c.owner_member == node.member,
            schema.matter.c.ended.is_(False),
        )
        helds = holdings(node, unit, [dict(row) for row in unit.execute(query).mappings()])
    over = [
        (str(held.row["matter"]), line.then)
        for held in helds
        for line in dues_of(node, held)
        if line.then != "" and line.is_late(now)
    ]
    for matter, step in over:
        with node.store.write() as unit:
            take_automatic(node, unit, matter, step, now)
    return len(over)


CHECK_EVERY = timedelta(seconds=10)
"""How often a running node looks whether time has made anything due."""


def run_times(node: Node, now: datetime) -> bool:
    """Everything of this module, once."""
    return close_batch(node, now) + lapse_overdue(node, now) + escalate_overdue(node, now) > 0
