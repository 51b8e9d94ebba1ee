"""Running effects: at most once for each act and name, judged again in the transaction that runs them.

An effect inside this node's database is judged, done and marked in one transaction. One that reaches outside is
committed as *started* before it is done; a started row found after a crash goes to an officer, who alone can
know whether it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from comity.model.act import Header, read_header
from comity.model.track import track_name
from comity.node import marks
from comity.node.follow import take_automatic
from comity.node.forward import unforward
from comity.node.judgements import remember
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.profiles import adopt
from comity.node.registering import register
from comity.procedures.effects import EFFECTS
from comity.procedures.machine import MatterView, fold
from comity.storage import acts as act_rows
from comity.storage import desk, schema
from comity.storage.rows import Batch, from_set

AT_ONCE = 100
"""Effects run in one transaction at most."""

_log = structlog.get_logger("comity.node")

Reached = Sequence[tuple[str, Header]]
"""(digest, header) of acts whose effect is to be done."""

Handler = Callable[[Node, Connection, Reached, str], None]
"""(node, transaction, acts, time): does one kind of effect for all of these acts."""


def run_due(node: Node, now: datetime, handlers: Mapping[str, Handler] | None = None) -> bool:
    """Runs due effects, oldest first; True if there was one."""
    known = HANDLERS if handlers is None else handlers
    with node.store.read() as unit:
        due = [(str(row["act"]), str(row["name"])) for row in desk.effects_in(unit, "due", limit=AT_ONCE)]
    names = dict.fromkeys(name for _, name in due)
    for name in names:
        acts = [act for act, other in due if other == name]
        if _is_outside(name):
            for act in acts:
                _run_outside(node, act, name, now, known[name])
        else:
            _run_inside(node, acts, name, now, known[name])
    return len(due) > 0


def _run_inside(node: Node, acts: Sequence[str], name: str, now: datetime, handler: Handler) -> None:
    """All of them in one transaction; if one of them cannot be done, each by itself, and that one goes to an officer.

    Whatever a peer's act can make go wrong here holds no other effect up. A fault of the store itself is no act's,
    and is tried again.
    """
    try:
        with node.store.write() as unit:
            _do(node, unit, name, _claim(node, unit, acts, name, now), now, handler)
    except (SQLAlchemyError, OSError):
        raise
    except Exception as fault:
        _log.error("effects.batch", effect=name, error=type(fault).__name__)
        if len(acts) > 1:
            for act in acts:
                _run_inside(node, [act], name, now, handler)
        else:
            with node.store.write() as unit:
                desk.set_effects(unit, acts, name, "officer", stamp(now))


def hand_over_started(node: Node, now: datetime) -> int:
    """After a start: effects that were begun and not finished go to an officer; returns how many."""
    with node.store.write() as unit:
        started = desk.effects_in(unit, "started")
        for row in started:
            desk.set_effects(unit, [str(row["act"])], str(row["name"]), "officer", stamp(now))
    return len(started)


def _is_outside(name: str) -> bool:
    return name not in EFFECTS or EFFECTS[name].outside


def _run_outside(node: Node, act: str, name: str, now: datetime, handler: Handler) -> None:
    """Commits the start before doing it: whatever happens next, it is never done twice."""
    with node.store.write() as unit:
        reached = _claim(node, unit, [act], name, now)
    if len(reached) > 0:
        with node.store.write() as unit:
            _do(node, unit, name, reached, now, handler)


def _do(node: Node, unit: Connection, name: str, reached: Reached, now: datetime, handler: Handler) -> None:
    if len(reached) > 0:
        handler(node, unit, reached, stamp(now))
        desk.set_effects(unit, [act for act, _ in reached], name, "done", stamp(now))


def _claim(node: Node, unit: Connection, acts: Sequence[str], name: str, now: datetime) -> Reached:
    """Marks those of the effects that are still due as started, or as dropped where what they were for has gone."""
    due = desk.acts_with_effect(unit, acts, name, "due")
    headers = {digest: read_header(one.header) for digest, one in act_rows.acts_by_digest(unit, due).items()}
    stands = [act for act in acts if act in headers and _still_stands(node, unit, headers[act], name)]
    desk.set_effects(unit, [act for act in due if act not in stands], name, "dropped", stamp(now))
    desk.set_effects(unit, stands, name, "started", stamp(now))
    return [(act, headers[act]) for act in stands]


def _still_stands(node: Node, unit: Connection, header: Header, name: str) -> bool:
    """Whether a coercive effect may still happen: its step still shows, and the matter may be acted on."""
    procedure = node.registry.get(header.procedure, header.version)
    step = None if procedure is None else procedure.step(header.step, track_name(header.track))
    effect = None if step is None else next((e for e in step.effects if e.name == name), None)
    if procedure is None or step is None or effect is None or not effect.coercive:
        return effect is None or not effect.coercive
    held = act_rows.acts_of(unit, [header.matter]).get(header.matter, [])
    view: MatterView = fold(procedure, {one.digest: read_header(one.header) for one in held}, node.reviewer)
    shown = view.tracks[header.track]
    return view.status.acts and shown.state == step.to and len(shown.frozen) == 0


def _alert(node: Node, unit: Connection, reached: Reached, at: str) -> None:
    matters = act_rows.matter_rows(unit, {header.matter for _, header in reached})
    batch = Batch()
    for act, header in reached:
        agencies = set(from_set(str(matters[header.matter]["own_agencies"]))) - {header.agency}
        for agency in sorted(agencies):
            row = {"act": act, "agency": agency, "matter": header.matter, "at": at, "seen": None}
            batch.add(schema.alert, row)
    batch.write(unit)


def _watch(node: Node, unit: Connection, reached: Reached, at: str) -> None:
    for act, header in reached:
        desk.put_watch(unit, desk.Watch(header.matter, act, at, str(header.terms.get("until", ""))))
    _bump(unit)


def _unwatch(node: Node, unit: Connection, reached: Reached, at: str) -> None:
    ended = [desk.drop_watch(unit, header.matter) for _, header in reached]
    if any(ended):
        _bump(unit)


def _bump(unit: Connection) -> None:
    """Tells whoever keeps an index of the watched persons that it is out of date."""
    desk.put_setting(unit, "watch_version", str(int(desk.setting(unit, "watch_version", "0")) + 1))


def _enlist(node: Node, unit: Connection, reached: Reached, at: str) -> None:
    """Watches at every member that received it; its owner does not screen against what it asked of others."""
    others = [(act, header) for act, header in reached if not node.is_own(header.agency)]
    for act, header in others:
        desk.put_watch(unit, desk.Watch(header.matter, act, at, str(header.terms.get("valid_until", ""))))
    if len(others) > 0:
        _bump(unit)


def _prolong(node: Node, unit: Connection, reached: Reached, at: str) -> None:
    some = [desk.prolong_watch(unit, h.matter, str(h.terms.get("valid_until", ""))) for _, h in reached]
    if any(some):
        _bump(unit)


def _unwatch_about(node: Node, unit: Connection, reached: Reached, at: str) -> None:
    """The matter that a finding is about stands in the finding's own opening act."""
    for _, header in reached:
        held = act_rows.acts_of(unit, [header.matter]).get(header.matter, [])
        mine = (read_header(one.header) for one in held)
        abouts = [str(one.terms.get("about", "")) for one in mine if node.is_own(one.agency)]
        ended = [desk.drop_watch(unit, about) for about in abouts if about != ""]
        if any(ended):
            _bump(unit)


def _follow(node: Node, unit: Connection, reached: Reached, at: str) -> None:
    for _, header in reached:
        procedure = node.registry.get(header.procedure, header.version)
        step = None if procedure is None else procedure.step(header.step, track_name(header.track))
        for effect in () if step is None else step.effects:
            if effect.name == "follow":
                take_automatic(node, unit, header.matter, effect.step, instant(at))


def _mark(node: Node, unit: Connection, reached: Reached, at: str) -> None:
    """Only the secretariat keeps marks."""
    if node.member == node.reviewer:
        for act, header in reached:
            marks.keep(node, unit, act, header, at)


HANDLERS: Mapping[str, Handler] = {
    "adopt": adopt,
    "alert": _alert,
    "enlist": _enlist,
    "follow": _follow,
    "mark": _mark,
    "prolong": _prolong,
    "register": register,
    "remember": remember,
    "unforward": unforward,
    "unwatch": _unwatch,
    "unwatch_about": _unwatch_about,
    "unwatch_here": _unwatch,
    "watch": _watch,
}
"""What each effect of :data:`comity.procedures.effects.EFFECTS` does here."""
