"""The exercise's partner: the other members answer by themselves, so that one person can practise alone.

It sits at a member's desk as its invented officers do, takes steps that the table offers them, and fills in forms
from a short script; what it does is recorded like anybody's step. It never runs on a live network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from comity.errors import ComityError
from comity.identity.account import Account, roles_at
from comity.model.canon import decode
from comity.node.action import Order, take_step
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.query import holdings
from comity.node.steps import NextStep, next_steps
from comity.node.story import Held
from comity.storage import desk, schema

THINKS = timedelta(seconds=4)
"""How long a matter rests before the partner takes the next step, as somebody who reads it first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step that the partner takes when the table offers it; ``kinds`` are matters that it takes it in, by the
    last digit of their number, or all; ``status`` the only status of the matter in which it takes it, or empty."""

    procedure: str
    step: str
    form: Mapping[str, Any] = field(default_factory=dict)
    kinds: str = "0123456789abcdef"
    status: str = ""


ANSWER = "Exercise: our records show one holder, since 3 March 2025, at a forwarding office in the port."
SCRIPT = (
    Line("message", "answer.acknowledge"),
    Line("message", "answer.ask_back", {"text": "Exercise: which of the two numbers do you mean?"}, "48"),
    Line("message", "answer.refuse", {"ground": "third_party", "reasons": "Exercise: the owner refused."}, "c"),
    Line("message", "answer.answer", {"text": ANSWER, "use": "intelligence", "language": "en"}),
    Line("message", "ask.clarified", {"text": "Exercise: the first of the two."}),
    Line("diffusion", "reply.acknowledge"),
    Line("diffusion", "review.pass"),
    Line("notice", "examination.examine",
         {"proposal": "approve", "article": "complies", "reasons": "Exercise: facts, charge and warrant agree."}),
    Line("notice", "clearance.approve", {"reasons": "Exercise: complies."}),
    Line("notice", "clearance.confirm", {"reasons": "Exercise: it stands."}),
    Line("notice", "examination.examine_again",
         {"proposal": "approve", "article": "complies", "reasons": "Exercise: the refusal rests on form alone."},
         status="reopened"),
    Line("notice", "reply.acknowledge"),
    Line("document_hit", "answer.acknowledge"),
    Line("document_hit", "answer.confirm",
         {"checked": "file", "text": "Exercise: stolen as reported; please keep it, under your own law."}),
    Line("located", "source.acknowledge"),
    Line("located", "source.seek", {"text": "Exercise: the ministry sends the papers this week."}),
    Line("located", "source.sent", {"on": "{today}", "reference": "Exercise note 12"}),
)  # fmt: skip


def answer_once(node: Node, now: datetime, *, within: timedelta = timedelta.max) -> int:
    """Takes at most one step in each open matter that waits for this member; returns how many were taken.

    Only matters that changed ``within`` that time are looked at.
    """
    if not node.exercise:
        return 0
    cast = tuple(cast_at(node, now))
    with node.store.read() as unit:
        query = select(schema.matter).where(
            schema.matter.c.ended.is_(False),
            schema.matter.c.procedure.in_({line.procedure for line in SCRIPT}),
            schema.matter.c.changed >= ("" if within == timedelta.max else stamp(now - within)),
        )
        helds = holdings(node, unit, [dict(row) for row in unit.execute(query).mappings()])
    return sum(1 for held in helds if _is_ripe(held, now) and _take_one(node, cast, held, now))


def cast_at(node: Node, now: datetime) -> Iterator[Officer]:
    """The invented officers of the bureau."""
    with node.store.read() as unit:
        raws = desk.accounts(unit)
    for raw in raws:
        account = decode(raw, Account, what="account")
        if account.agency == node.bureau:
            yield Officer(account.login, account.pseudonym, account.agency, roles_at(account, now), account.nationality)


def _is_ripe(held: Held, now: datetime) -> bool:
    return now - instant(str(held.row["changed"])) >= THINKS


def _take_one(node: Node, cast: tuple[Officer, ...], held: Held, now: datetime) -> bool:
    matter, kind = str(held.row["matter"]), str(held.row["procedure"])
    for line in SCRIPT:
        if line.procedure != kind or matter[-1] not in line.kinds or line.status not in ("", held.row["status"]):
            continue
        for officer in cast:
            offered = [one for one in next_steps(node, officer, held, now) if f"{one.on}.{one.name}" == line.step]
            if len(offered) > 0 and _take(node, officer, offered[0], line, matter, now):
                return True
    return False


def _take(node: Node, officer: Officer, step: NextStep, line: Line, matter: str, now: datetime) -> bool:
    """Takes the step; one that the rules refuse this officer is left to another."""
    today = now.date().isoformat()
    form = {name: today if value == "{today}" else value for name, value in line.form.items()}
    try:
        take_step(node, officer, Order(line.procedure, step.name, step.on, matter=matter, data=form), now)
    except ComityError:  # another invented officer may be whom the rules want
        return False
    return True
