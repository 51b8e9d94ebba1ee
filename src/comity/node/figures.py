"""Figures over this node's own matters, from recorded times: what a supervisor is asked for each month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from comity.insight.response import Sample
from comity.model.track import member_of
from comity.node.due import DueLine, dues_of
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.query import holdings, visible
from comity.node.story import Held

MESSAGES = 10_000
"""At most so many messages, the newest, are counted; the page says how many there were."""


def response_samples(node: Node, officer: Officer, now: datetime) -> tuple[Sample, ...]:
    """One sample for each clock of each message that this officer may see: theirs to us, and ours to them."""
    with node.store.read() as unit:
        rows = visible(node, unit, officer, now, procedure="message", limit=MESSAGES)
        helds = holdings(node, unit, rows)
    return tuple(sample for held in helds for sample in _samples(node, held, now))


def _samples(node: Node, held: Held, now: datetime) -> Iterator[Sample]:
    asked = next((h for h in held.headers.values() if h.step == "ask"), None)
    if asked is None:
        return
    lowered = any(header.step == "lower" for header in held.headers.values())
    level, owner = str(asked.terms.get("level", "")), member_of(asked.agency)
    for line in dues_of(node, held):
        if line.party == "" or (owner != node.member and line.party != node.member):
            continue
        direction = f"{node.name(line.party)} → {node.name(owner)}"
        yield Sample(
            partner=direction,
            level=level,
            clock=line.says,
            matter=str(held.row["matter"]),
            minutes=None if line.met is None else (line.met - line.began).total_seconds() / 60,
            in_time=_in_time(line, now),
            lowered=lowered,
        )


def _in_time(line: DueLine, now: datetime) -> bool | None:
    if line.at is None:
        return None
    if line.met is not None:
        return line.met <= line.at
    return False if line.is_late(now) else None
