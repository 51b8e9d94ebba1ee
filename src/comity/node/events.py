"""Events for national systems: seen by what commits left behind, and told in their order until each system took them.

Three things are seen: a list has another version, the record of a document that a system asked about changed, the
answer of a flight is ready. A body names ids alone; whoever is told asks again, and that is written down. An event is
told at least once, with one id in every attempt; a system that does not take it is asked again with growing pauses,
and what comes after waits. After :data:`GIVEN_UP_AFTER` an event is given up and shown as not delivered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select

from comity.errors import PeerRefused
from comity.exchange.transports.base import PeerUnreachable
from comity.exchange.transports.events import Told, tell
from comity.model.canon import encode
from comity.node import following, reference
from comity.node.look_ups import register_mark
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.subscribers import aim_of, subscribers
from comity.storage import desk, schema
from comity.storage import subscribers as rows
from comity.storage.subscribers import Event, Subscriber

FIRST, SLOWEST = timedelta(seconds=5), timedelta(hours=1)
"""About how long the second attempt waits, and the longest wait; each is twice the one before, give or take a half."""
GIVEN_UP_AFTER = timedelta(hours=72)
KEPT = timedelta(days=30)
"""How long it is shown what became of an event."""
AT_ONCE = 50
TOLD_AT_ONCE = 8
"""Systems that are told side by side, so that one that hangs holds up no other."""
LISTS, FLIGHTS, REGISTER = "event_lists", "event_flights", "event_register"

_log = structlog.get_logger("comity.node")


def see(node: Node, now: datetime) -> bool:
    """Writes down what happened since the last time, for every system that wants to be told of it."""
    told = subscribers(node)
    seen = [_see_lists(node, told, now), _see_flights(node, told, now), _see_documents(node, told, now)]
    return any(seen)


def _see_lists(node: Node, told: list[Subscriber], now: datetime) -> bool:
    current = {
        one.current.name: one.current.version for one in reference.show_lists(node.home, now) if one.current is not None
    }
    mark = json.dumps(current, sort_keys=True)
    with node.store.read() as unit:
        before = desk.setting(unit, LISTS)
    if mark == before:
        return False
    known: Mapping[str, str] = json.loads(before) if before != "" else current
    changed = [{"list": name, "version": v} for name, v in sorted(current.items()) if known.get(name) != v]
    with node.store.write() as unit:
        desk.put_setting(unit, LISTS, mark)
        _put(node, unit, "list.changed", [(one, data) for one in told for data in changed], now)
    return True


def _see_flights(node: Node, told: list[Subscriber], now: datetime) -> bool:
    act = schema.act
    steps = act.c.step.in_(("screen", "rescreen", "refuse"))
    with node.store.read() as unit:
        after, _, seen = desk.setting(unit, FLIGHTS).partition(" ")
    if after == "":  # what was screened before anybody could listen is told to nobody
        with node.store.write() as unit:
            desk.put_setting(unit, FLIGHTS, stamp(now))
        return False
    with node.store.read() as unit:
        query = select(act.c.digest, act.c.matter, act.c.agency, act.c.recorded)
        query = query.where(act.c.procedure == "screening", steps, act.c.recorded >= after).order_by(act.c.recorded)
        found = [row for row in unit.execute(query) if row.digest not in seen]
    if len(found) == 0:
        return False
    last = found[-1].recorded
    same = " ".join(row.digest for row in found if row.recorded == last)
    mark = f"{last} {seen} {same}" if last == after else f"{last} {same}"
    with node.store.write() as unit:
        desk.put_setting(unit, FLIGHTS, mark)
        due = [
            (one, {"matter": row.matter, "act": row.digest})
            for row in found
            for one in told
            if one.agency in (row.agency, node.bureau)
        ]
        _put(node, unit, "flight.answered", due, now)
    return True


def _see_documents(node: Node, told: list[Subscriber], now: datetime) -> bool:
    with node.store.read() as unit:
        before = desk.setting(unit, REGISTER)
        mark = register_mark(unit)
    if mark == before:
        return False
    changed = following.changed(node, now)
    with node.store.write() as unit:
        for one, now_told in changed:
            rows.change_followed(unit, one, now_told)
        due = [
            (who, {"check": one.call, "document": one.n}) for one, _ in changed for who in told if who.key == one.key
        ]
        _put(node, unit, "document.changed", due, now)
        desk.put_setting(unit, REGISTER, mark)
    return True


def _put(
    node: Node, unit: Connection, kind: str, due: Iterable[tuple[Subscriber, Mapping[str, Any]]], now: datetime
) -> None:
    at = stamp(now)
    rows.put_events(
        unit,
        (
            {
                "subscriber": one.id,
                "name": f"msg_{node.draw(12).hex()}",
                "kind": kind,
                "body": encode({"type": kind, "timestamp": at, "data": data}),
                "at": at,
                "tries": 0,
                "next": at,
                "state": "due",
                "done": None,
                "problem": "",
            }
            for one, data in due
            if kind in one.events
        ),
    )


def tell_due(node: Node, now: datetime) -> bool:
    """Tells every system what it was not told yet, as far as its time has come; True if any event was taken."""
    waiting = []
    with node.store.read() as unit:
        for one in rows.subscribers(unit):
            events = rows.open_events(unit, one.id, limit=AT_ONCE)
            if len(events) > 0 and events[0].next <= stamp(now):
                waiting.append((one, events))
    if len(waiting) == 0:
        return False
    with ThreadPoolExecutor(min(TOLD_AT_ONCE, len(waiting))) as pool:
        return any(list(pool.map(lambda pair: _tell_in_order(node, *pair), waiting)))


def _tell_in_order(node: Node, one: Subscriber, events: list[Event]) -> bool:
    """Tells a system one event after another until one is not taken."""
    took = False
    for event in events:
        now = node.clock()
        if event.next > stamp(now) or not _tell(node, one, event, now):
            return took
        took = True
    return took


def _tell(node: Node, one: Subscriber, event: Event, now: datetime) -> bool:
    """Whether the system took the event, or it was given up, so that the next one may follow."""
    if now - instant(event.at) > GIVEN_UP_AFTER:
        _change(node, event, {"state": "given_up", "done": stamp(now)})
        _log.warning("event.given_up", member=node.member, subscriber=one.name, event_id=event.name)
        return True
    pause = min(FIRST * (1 << min(event.tries, 12)), SLOWEST) * (0.5 + node.draw(1)[0] / 256)
    _change(node, event, {"state": "started", "tries": event.tries + 1, "next": stamp(now + pause)})
    try:
        tell(aim_of(node, one), Told(event.name, event.body), now)
    except (PeerUnreachable, PeerRefused) as problem:
        _change(node, event, {"state": "due", "problem": problem.rule})
        _log.warning("event.untold", member=node.member, subscriber=one.name, rule=problem.rule)
        return False
    _change(node, event, {"state": "done", "done": stamp(now), "problem": ""})
    return True


def _change(node: Node, event: Event, values: Mapping[str, Any]) -> None:
    with node.store.write() as unit:
        rows.change_event(unit, event.id, dict(values))


def forget_due(node: Node, now: datetime) -> int:
    """Forgets what became of old events."""
    with node.store.write() as unit:
        return rows.drop_events(unit, stamp(now - KEPT))
