"""Passing on with consent: what another member said goes to a third one, and is recalled with it.

The copy is this member's own message, drawn from the parts it passes on: hiding those hides it here, and the recall
walks on to whoever it was passed on to. The consent stands on a track of its own between the two members.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from comity.model.act import Header, read_header
from comity.model.track import track_name
from comity.node.follow import take_automatic
from comity.node.moment import instant
from comity.node.node import Node
from comity.node.opening import opened_parts
from comity.storage import acts as act_rows
from comity.storage import schema


def consent_of(node: Node, unit: Connection, matter: str) -> dict[str, Any]:
    """The consent that this member has in a matter: its ``state``, ``until``, and ``to_whom`` it was asked for."""
    if matter == "":
        return {}
    held = {one.digest: read_header(one.header) for one in act_rows.acts_of(unit, [matter]).get(matter, [])}
    query = select(schema.track.c.state).where(
        schema.track.c.matter == matter, schema.track.c.track == f"consent/{node.member}"
    )
    found: dict[str, Any] = {"state": str(unit.execute(query).scalar() or "")}
    for digest, content in opened_parts(node, unit, held):
        form = content.form or {}
        if track_name(held[digest].track) == "consent":
            found["until"] = form.get("until", "")
        if held[digest].step == "ask_onward" and node.is_own(held[digest].agency):
            found["to_whom"] = [*found.get("to_whom", ()), *form.get("to_whom", ())]
    return found


def parts_passed_on(unit: Connection, matter: str, own: str) -> tuple[str, ...]:
    """The parts that others said in a matter and that are still here: what a copy of it is drawn from."""
    table = schema.part
    query = select(table.c.commitment).where(
        table.c.matter == matter, table.c.hidden.is_(None), ~table.c.agency.startswith(f"{own}.")
    )
    return tuple(sorted(unit.execute(query).scalars()))


def unforward(node: Node, unit: Connection, reached: Sequence[tuple[str, Header]], at: str) -> None:
    """Recalls every message of this member that passed these matters on."""
    for _, header in reached:
        for matter in _passed_on(node, unit, header.matter):
            take_automatic(node, unit, matter, "ask.recall", instant(at))


def _passed_on(node: Node, unit: Connection, matter: str) -> list[str]:
    query = select(schema.matter.c.matter).where(
        schema.matter.c.procedure == "message",
        schema.matter.c.owner_member == node.member,
        schema.matter.c.ended.is_(False),
    )
    own = list(unit.execute(query).scalars())
    held = act_rows.acts_of(unit, own)
    return [
        one for one in own if any(read_header(act.header).terms.get("forwards") == matter for act in held.get(one, ()))
    ]
