"""Answers kept under a caller's own key, so that a question sent again after a lost answer is answered the same.

The same key with the same question gets the stored bytes, and nothing is written down a second time; with another
question it is refused. An answer is kept for :data:`KEPT`, and goes earlier once anything of a matter that it names
is hidden: what was recalled is not told again from a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from comity.errors import Defect, InputRefused
from comity.node.moment import stamp
from comity.node.node import Node
from comity.storage import kept_answers as rows
from comity.storage.kept_answers import KeptAnswer

KEPT = timedelta(hours=24)
"""How long an answer is kept under its key."""
NAME = re.compile(r"[\x21-\x7e]{1,128}")
AT_ONCE = 500
OTHER = "idempotency.other"


def good_name(name: str) -> bool:
    """Whether this may be an idempotency key: at most 128 visible ASCII characters."""
    return name == "" or NAME.fullmatch(name) is not None


def stored(unit: Connection, names: Iterable[tuple[str, str]], now: datetime) -> dict[tuple[str, str], KeptAnswer]:
    """The answers that are still good, by (caller, key)."""
    found = {key: one for key, one in rows.kept(unit, names).items() if one.at >= stamp(now - KEPT)}
    stale = _recalled(unit, [one for one in found.values() if len(one.matters) > 0])
    return {key: one for key, one in found.items() if key not in stale}


def require_same(known: KeptAnswer, asked: str) -> None:
    """Raises :class:`InputRefused` where the key was used for another question."""
    if known.asked != asked:
        says = "This key was used for another question."
        remedy = "Give each question a key of its own; send the same bytes again to repeat one."
        defect = Defect(OTHER, says, remedy, field="Idempotency-Key")
        raise InputRefused(says, [defect], recorded="Nothing was recorded or disclosed.")


def keep(unit: Connection, answer: KeptAnswer) -> None:
    """Keeps an answer in the transaction that writes down its questions, in place of one that is not good any more."""
    rows.drop(unit, [(answer.caller, answer.name)])
    rows.keep(unit, answer)


def forget_due(node: Node, now: datetime) -> int:
    """Forgets what is over: answers whose time is up, and those that name a matter of which something was hidden."""
    with node.store.read() as unit:
        gone = set(rows.older(unit, stamp(now - KEPT), limit=AT_ONCE))
        gone |= _recalled(unit, rows.naming_matters(unit))
    if len(gone) == 0:
        return 0
    with node.store.write() as unit:
        return rows.drop(unit, sorted(gone))


def _recalled(unit: Connection, answers: list[KeptAnswer]) -> set[tuple[str, str]]:
    if len(answers) == 0:
        return set()
    hidden = rows.hidden_since(unit, {matter for one in answers for matter in one.matters})
    return {(one.caller, one.name) for one in answers if any(hidden.get(m, "") >= one.at for m in one.matters)}
