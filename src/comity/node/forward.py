"""Passing on with consent: what another member said goes to a third one, and is recalled with it.

The copy is this member's own message, drawn from the parts it passes on: hiding those hides it here, and the recall
walks on to whoever it was passed on to. The consent stands on a track of its own between the two members; when its last
day is over, the copies are recalled as if it had been taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from comity.model.act import Header, read_header
from comity.node.apart import apart
from comity.node.follow import take_automatic
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.opening import opened_parts
from comity.procedures.machine import ancestors
from comity.storage import acts as act_rows
from comity.storage import schema


def consent_of(node: Node, unit: Connection, matter: str) -> dict[str, Any]:
    """The consent that this member has in a matter: its ``state``, ``until``, and ``to_whom`` it was asked for.

    Only what the consenting officer had before them counts as asked for.
    """
    if matter == "":
        return {}
    stored = act_rows.acts_of(unit, [matter]).get(matter, [])
    held = {one.digest: read_header(one.header) for one in stored if one.verdict in ("applied", "out_of_order")}
    track = schema.track
    query = select(track.c.state, track.c.head).where(
        track.c.matter == matter, track.c.track == f"consent/{node.member}"
    )
    row = unit.execute(query).one_or_none()
    if row is None:
        return {"state": ""}
    found: dict[str, Any] = {"state": str(row.state), "to_whom": []}
    seen = ancestors(held, str(row.head))
    for digest, content in opened_parts(node, unit, held):
        form, header = content.form or {}, held[digest]
        if header.track == f"consent/{node.member}":
            found["until"] = form.get("until", "")
        if header.step == "ask_onward" and node.is_own(header.agency) and digest in seen:
            found["to_whom"] += form.get("to_whom", ())
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


def recall_past_consent(node: Node, now: datetime) -> int:
    """Recalls every message that passed something on with a consent whose last day is over; returns how many."""
    today = stamp(now)[:10]
    with node.store.read() as unit:
        found = [
            copy
            for copy, source in _own_copies(node, unit)
            if apart("forward.consent", copy, partial(_is_past, node, unit, source, today), False)
        ]
    return sum(1 for copy in found if apart("forward.recall", copy, partial(_recall, node, copy, now), "") != "")


def _own_copies(node: Node, unit: Connection) -> list[tuple[str, str]]:
    """(message, the matter that it passes on) for each message of this member that does and still stands."""
    act, matter = schema.act, schema.matter
    query = (
        select(act.c.matter, act.c.header)
        .select_from(act.join(matter, act.c.matter == matter.c.matter))
        .where(
            matter.c.procedure == "message",
            matter.c.owner_member == node.member,
            matter.c.shows.is_(True),
            act.c.step == "ask",
            act.c.sender == node.member,
        )
    )
    headers = ((str(row.matter), read_header(bytes(row.header))) for row in unit.execute(query))
    return [(copy, str(header.terms["forwards"])) for copy, header in headers if "forwards" in header.terms]


def _is_past(node: Node, unit: Connection, source: str, today: str) -> bool:
    consent = consent_of(node, unit, source)
    until = str(consent.get("until", ""))
    return consent.get("state") == "granted" and until != "" and until < today


def _recall(node: Node, copy: str, now: datetime) -> str:
    with node.store.write() as unit:
        return take_automatic(node, unit, copy, "ask.recall", now)


def _passed_on(node: Node, unit: Connection, matter: str) -> list[str]:
    query = select(schema.matter.c.matter).where(
        schema.matter.c.procedure == "message",
        schema.matter.c.owner_member == node.member,
        schema.matter.c.shows.is_(True),
    )
    own = list(unit.execute(query).scalars())
    held = act_rows.acts_of(unit, own)
    return [one for one in own if any(_passes_on(node, act, matter) for act in held.get(one, ()))]


def _passes_on(node: Node, act: act_rows.StoredAct, matter: str) -> bool:
    """Whether this member's own act passes the matter on: a peer that says so of its act recalls nothing of ours."""
    header = read_header(act.header)
    return node.is_own(header.agency) and header.terms.get("forwards") == matter
