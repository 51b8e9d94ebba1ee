"""National systems that must answer a recall: called until each says, signed, that it erased.

A system is owed a call from the recall's own transaction on. Each attempt is committed as started before it is
made, and is made again after a crash: the call names the recall, and a system answers the same recall the same. Until
then the desk and the matter say that the national system has not answered yet, and the last receipt to whoever
recalled waits (:mod:`comity.node.debts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, select

from comity.errors import PeerRefused
from comity.exchange.transports.base import PeerUnreachable
from comity.exchange.transports.webhook import RecallCall, call
from comity.node.debts import HOOK, pay
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.storage import acts as act_rows
from comity.storage import paper, schema
from comity.storage.paper import Debt

FIRST, SLOWEST = timedelta(seconds=5), timedelta(minutes=15)
"""How long the second attempt waits, and the longest wait; each wait is twice the one before."""

_log = structlog.get_logger("comity.node")


def owe_hooks(node: Node, unit: Connection, recall: str, at: str) -> None:
    """Writes down, in the recall's transaction, that each national system is to be told."""
    paper.owe(unit, (Debt(recall, HOOK, hook.name, "due", at, next=at) for hook in node.hooks))


def call_due(node: Node, now: datetime) -> bool:
    """Makes every call whose time has come; True if any system answered that it erased."""
    with node.store.read() as unit:
        due = [debt for debt in paper.debts(unit, kind=HOOK) if debt.next <= stamp(now)]
    answered = [_call(node, debt, now) for debt in due]
    return any(answered)


def _call(node: Node, debt: Debt, now: datetime) -> bool:
    hook = next((one for one in node.hooks if one.name == debt.name), None)
    if hook is None:
        _settle(node, debt, now, "removed")
        _log.warning("hook.removed", member=node.member, hook=debt.name)
        return True
    pause = min(FIRST * (1 << min(debt.tries, 10)), SLOWEST)
    with node.store.write() as unit:
        paper.change_debt(unit, debt, {"state": "started", "tries": debt.tries + 1, "next": stamp(now + pause)})
        told = _told(node, unit, debt)
    try:
        call(hook, told)
    except (PeerUnreachable, PeerRefused) as problem:
        with node.store.write() as unit:
            paper.change_debt(unit, debt, {"state": "due", "problem": problem.rule})
        _log.warning("hook.unanswered", member=node.member, hook=debt.name, rule=problem.rule)
        return False
    _settle(node, debt, now, "answered")
    return True


def _settle(node: Node, debt: Debt, now: datetime, state: str) -> None:
    with node.store.write() as unit:
        pay(node, unit, [debt], now, state=state)


def _told(node: Node, unit: Connection, debt: Debt) -> RecallCall:
    stored = act_rows.acts_by_digest(unit, [debt.recall])
    part = schema.part
    reached = list(unit.execute(select(part.c.commitment).where(part.c.recall == debt.recall)).scalars())
    carriers = act_rows.acts_of_parts(unit, reached)
    return RecallCall(
        network=node.network,
        member=node.member,
        matter=stored[debt.recall].matter,
        recall=debt.recall,
        acts=tuple(sorted({digest for some in carriers.values() for digest in some})),
        references=tuple(sorted(str(commitment) for commitment in reached)),
        at=instant(debt.at),
    )


def unanswered(unit: Connection, recalls: Iterable[str] | None = None) -> list[Debt]:
    """The calls that no national system has answered yet, of these recalls or of all."""
    return paper.debts(unit, recalls=recalls, kind=HOOK)
