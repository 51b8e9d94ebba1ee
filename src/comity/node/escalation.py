"""What nobody acknowledges in time goes to the next duty officer, and then to the supervisor (rule E-04).

Each level is told once, by the rota; where the rota names nobody, the place itself is written down. What the desk
shows is who was told and when; how they are reached outside the desk is their number on the rota.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, select

from comity.node.apart import apart
from comity.node.due import DueLine, readable_dues
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.query import holdings
from comity.node.rota import DUTIES, on_duty
from comity.storage import desk, schema

LEVELS = ("next_duty_officer", "supervisor")
"""Who is told at the first and at the second level; the second comes when as much time again has passed."""


def escalate_overdue(node: Node, now: datetime) -> int:
    """Writes down whom each overdue clock of ours goes to now; returns how many were told."""
    kinds = sorted({p.kind for p in node.registry if any(rule.escalates for rule in p.dues)})
    with node.store.read() as unit:
        query = select(schema.matter).where(schema.matter.c.procedure.in_(kinds), schema.matter.c.ended.is_(False))
        helds = holdings(node, unit, [dict(row) for row in unit.execute(query).mappings()])
        known = {(e.matter, e.clock, e.party, e.level) for e in desk.escalations(unit)}
    due = [
        (str(held.row["matter"]), line, level)
        for held in helds
        for line in readable_dues(node, held)
        if line.escalates and line.member == node.member
        for level in _levels(line, now)
        if (str(held.row["matter"]), line.code, line.party, level) not in known
    ]
    told = sum(
        apart("escalation.tell", matter, partial(_tell, node, matter, line, level, now), 0)
        for matter, line, level in due
    )
    if told > 0:
        node.bell.set()
    return told


def _tell(node: Node, matter: str, line: DueLine, level: int, now: datetime) -> int:
    with node.store.write() as unit:
        desk.put_escalation(unit, _escalated(unit, matter, line, level, now))
    return 1


def _levels(line: DueLine, now: datetime) -> Iterator[int]:
    """The levels that are reached by now."""
    if line.at is None or not line.is_late(now):
        return
    yield 1
    if now >= line.at + (line.at - line.began):
        yield 2


def _escalated(unit: Connection, matter: str, line: DueLine, level: int, now: datetime) -> desk.Escalated:
    duty = LEVELS[level - 1]
    turn = on_duty(unit, duty, now)
    told = dict(DUTIES)[duty] if turn is None else f"{turn.name}, {turn.phone}"
    return desk.Escalated(matter, line.code, line.party, level, duty, told, stamp(now))
