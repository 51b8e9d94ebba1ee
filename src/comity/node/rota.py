"""The duty rota: who is called next, who supervises, who approves at night, each with a number and from when to when.

Names and numbers stay in the bureau; what other members see is the directory's duty number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from comity.errors import Defect, InputRefused
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.storage import schema

DUTIES = (
    ("duty_officer", "Duty officer"),
    ("next_duty_officer", "Next duty officer"),
    ("supervisor", "Supervisor"),
    ("approver", "On-call approver"),
)
"""The places of a rota, in the order in which they are called."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's turn at one place of the rota; both moments in UTC, ``ends`` left out."""

    id: int
    duty: str
    name: str
    phone: str
    begins: datetime
    ends: datetime


def turns(unit: Connection, *, at: datetime | None = None) -> tuple[Turn, ...]:
    """The turns that are to come or run, or those that run ``at`` a moment, by place and hour."""
    query = select(schema.rota).order_by(schema.rota.c.begins, schema.rota.c.id)
    if at is not None:
        query = query.where(schema.rota.c.begins <= stamp(at), schema.rota.c.ends > stamp(at))
    order = [code for code, _ in DUTIES]
    found = [
        Turn(row.id, row.duty, row.name, row.phone, instant(row.begins), instant(row.ends))
        for row in unit.execute(query)
    ]
    return tuple(sorted(found, key=lambda turn: (order.index(turn.duty), turn.begins)))


def add_turn(node: Node, duty: str, name: str, phone: str, begins: datetime, ends: datetime) -> None:
    """Adds a turn; raises :class:`InputRefused` with every defect."""
    wrong = [
        (duty in dict(DUTIES), "duty", f"There is no place {duty!r} in a rota.", "Choose one of the list."),
        (name.strip() != "", "name", "The name is missing.", "Write who is called."),
        (any(char.isdigit() for char in phone), "phone", "The number is missing.", "Write the number to be called."),
        (begins < ends, "ends", "The turn ends before it begins.", "Correct the hours."),
    ]
    defects = [Defect("rota", says, remedy, field=field) for good, field, says, remedy in wrong if not good]
    if len(defects) > 0:
        raise InputRefused("The turn was not added.", defects)
    with node.store.write() as unit:
        row = {"duty": duty, "name": name.strip(), "phone": phone.strip(), "begins": stamp(begins), "ends": stamp(ends)}
        unit.execute(insert(schema.rota).values(**row))


def drop_turn(node: Node, number: int) -> None:
    """Takes a turn out."""
    with node.store.write() as unit:
        unit.execute(delete(schema.rota).where(schema.rota.c.id == number))


def on_duty(unit: Connection, duty: str, at: datetime) -> Turn | None:
    """Who has this place of the rota at a moment, or None."""
    return next((turn for turn in turns(unit, at=at) if turn.duty == duty), None)
