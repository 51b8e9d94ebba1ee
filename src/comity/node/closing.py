"""What the passing of time makes a node do in its own matters: batches of closings, lapses, escalations, recalls.

Closings reach their sources once in so many days, all at the same moment, whatever each was closed for
(``domain/16-practice.md`` section 4). The moment does not depend on when anything was cancelled.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, select

from comity.node.apart import apart
from comity.node.due import readable_dues
from comity.node.escalation import escalate_overdue
from comity.node.follow import take_automatic
from comity.node.forward import recall_past_consent
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
    closed = [apart("closing.batch", one, partial(_take, node, one, "closing.close", now), "") for one in matters]
    with node.store.write() as unit:
        desk.put_setting(unit, "closing_batch", moment.isoformat())
    return sum(1 for one in closed if one != "")


def _take(node: Node, matter: str, step: str, now: datetime) -> str:
    """One automatic step in a transaction of its own."""
    with node.store.write() as unit:
        return take_automatic(node, unit, matter, step, now)


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
        for line in readable_dues(node, held)
        if line.then != "" and line.is_late(now)
    ]
    taken = [apart("lapse.step", matter, partial(_take, node, matter, step, now), "") for matter, step in over]
    return sum(1 for one in taken if one != "")


CHECK_EVERY = timedelta(seconds=10)
"""How often a running node looks whether time has made anything due."""


def run_times(node: Node, now: datetime) -> bool:
    """Everything of this module, once, each whatever becomes of the others."""
    jobs = {
        "times.close": close_batch,
        "times.lapse": lapse_overdue,
        "times.escalate": escalate_overdue,
        "times.consent": recall_past_consent,
    }
    return sum(apart(event, "", partial(job, node, now), 0) for event, job in jobs.items()) > 0
