"""Running effects: at most once for each act and name, judged again in the transaction that runs them.

An effect inside this node's database is judged, done and marked in one transaction. One that reaches outside is
committed as *started* before it is done; a started row found after a crash goes to an officer, who alone can
know whether it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

from comity.model.act import Header, read_header
from comity.model.track import track_name
from comity.node.moment import stamp
from comity.node.node import Node
from comity.procedures.effects import EFFECTS
from comity.procedures.machine import MatterView, fold
from comity.storage import acts as act_rows
from comity.storage import desk, schema

Handler = Callable[[Node, Connection, str, Header, str], None]
"""(node, transaction, act digest, header, time)."""


def run_due(node: Node, now: datetime, handlers: Mapping[str, Handler] | None = None) -> bool:
    """Runs every due effect; True if there was one."""
    known = HANDLERS if handlers is None else handlers
    with node.store.read() as unit:
        due = desk.effects_in(unit, "due")
    for row in due:
        _run(node, str(row["act"]), str(row["name"]), now, known)
    return len(due) > 0


def hand_over_started(node: Node, now: datetime) -> int:
    """After a start: effects that were begun and not finished go to an officer; returns how many."""
    with node.store.write() as unit:
        started = desk.effects_in(unit, "started")
        for row in started:
            desk.set_effect(unit, str(row["act"]), str(row["name"]), "officer", stamp(now))
    return len(started)


def _run(node: Node, act: str, name: str, now: datetime, handlers: Mapping[str, Handler]) -> None:
    outside = name not in EFFECTS or EFFECTS[name].outside
    if outside:
        with node.store.write() as unit:
            if not _claim(node, unit, act, name, now):
                return
    with node.store.write() as unit:
        if not outside and not _claim(node, unit, act, name, now):
            return
        stored = act_rows.acts_by_digest(unit, [act])[act]
        handlers[name](node, unit, act, read_header(stored.header), stamp(now))
        desk.set_effect(unit, act, name, "done", stamp(now))


def _claim(node: Node, unit: Connection, act: str, name: str, now: datetime) -> bool:
    """Marks a due effect as started, or as dropped if what it was for no longer stands."""
    if (act, name) not in {(row["act"], row["name"]) for row in desk.effects_in(unit, "due")}:
        return False
    stands = _still_stands(node, unit, act, name)
    desk.set_effect(unit, act, name, "started" if stands else "dropped", stamp(now))
    return stands


def _still_stands(node: Node, unit: Connection, act: str, name: str) -> bool:
    """Whether a coercive effect may still happen: its step still shows, and the matter may be acted on."""
    stored = act_rows.acts_by_digest(unit, [act])[act]
    header = read_header(stored.header)
    procedure = node.registry.get(header.procedure, header.version)
    step = None if procedure is None else procedure.step(header.step, track_name(header.track))
    effect = None if step is None else next((e for e in step.effects if e.name == name), None)
    if procedure is None or step is None or effect is None:
        return False
    if not effect.coercive:
        return True
    held = act_rows.acts_of(unit, [header.matter]).get(header.matter, [])
    view: MatterView = fold(procedure, {one.digest: read_header(one.header) for one in held}, node.reviewer)
    shown = view.tracks[header.track]
    return view.status.acts and shown.state == step.to and len(shown.frozen) == 0


def _alert(node: Node, unit: Connection, act: str, header: Header, at: str) -> None:
    rows = act_rows.matter_rows(unit, [header.matter])[header.matter]
    agencies = {word for word in str(rows["own_agencies"]).split("|") if word not in ("", header.agency)}
    for agency in sorted(agencies):
        unit.execute(insert(schema.alert).values(act=act, agency=agency, matter=header.matter, at=at, seen=None))


def _watch(node: Node, unit: Connection, act: str, header: Header, at: str) -> None:
    until = str(header.terms.get("until", ""))
    desk.put_watch(unit, desk.Watch(header.matter, act, at, until))
    _bump(unit)


def _unwatch(node: Node, unit: Connection, act: str, header: Header, at: str) -> None:
    if desk.drop_watch(unit, header.matter):
        _bump(unit)


def _bump(unit: Connection) -> None:
    """Tells whoever keeps an index of the watched persons that it is out of date."""
    desk.put_setting(unit, "watch_version", str(int(desk.setting(unit, "watch_version", "0")) + 1))


HANDLERS: Mapping[str, Handler] = {"alert": _alert, "watch": _watch, "unwatch": _unwatch}
"""What each effect of :data:`comity.procedures.effects.EFFECTS` does here."""
