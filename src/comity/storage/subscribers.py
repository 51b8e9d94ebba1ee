"""Rows of systems that are told of events, of events in their order, and of documents that a system follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.storage import schema
from comity.storage.rows import Row, as_set, from_set

_COLUMNS = ("id", "name", "key", "agency", "url", "inside", "since")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One system: its id here, its name, the service key it asks with, its agency, where it listens, the kinds of
    events, and whether an address inside our own network was allowed."""

    id: str
    name: str
    key: str
    agency: str
    url: str
    events: tuple[str, ...]
    inside: bool
    since: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event for one subscriber; ``name`` is the same in every attempt, ``state`` due, started, done, given_up."""

    id: int
    subscriber: str
    name: str
    kind: str
    body: bytes
    at: str
    tries: int
    next: str
    state: str
    done: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Followed:
    """A document that a system asked about: in which call and place, sealed, with a digest of what it was told."""

    call: str
    n: int
    key: str
    sealed: bytes
    told: str
    until: str


def subscribers(unit: Connection) -> list[Subscriber]:
    """Every system, by name."""
    rows = unit.execute(select(schema.subscriber).order_by(schema.subscriber.c.name))
    return [Subscriber(**{c: getattr(row, c) for c in _COLUMNS}, events=from_set(row.events)) for row in rows]


def put_subscriber(unit: Connection, one: Subscriber) -> None:
    """Adds a system."""
    values = {name: getattr(one, name) for name in _COLUMNS}
    unit.execute(insert(schema.subscriber).values(**values, events=as_set(one.events)))


def drop_subscriber(unit: Connection, name: str) -> None:
    """Takes a system out, with whatever it was still to be told."""
    unit.execute(delete(schema.event).where(schema.event.c.subscriber == name))
    unit.execute(delete(schema.subscriber).where(schema.subscriber.c.id == name))


def put_events(unit: Connection, events: Iterable[Row]) -> None:
    """Adds events in their order."""
    rows = list(events)
    if len(rows) > 0:
        unit.execute(insert(schema.event), rows)


def open_events(unit: Connection, subscriber: str, *, limit: int) -> list[Event]:
    """What a system was not told yet, in order."""
    table = schema.event
    mine = (table.c.subscriber == subscriber, table.c.done.is_(None))
    return [_event(row) for row in unit.execute(select(table).where(*mine).order_by(table.c.id).limit(limit))]


def last_events(unit: Connection, subscriber: str, state: str) -> list[Event]:
    """Events of a system in one state, the last one first."""
    table = schema.event
    mine = (table.c.subscriber == subscriber, table.c.state == state)
    return [_event(row) for row in unit.execute(select(table).where(*mine).order_by(table.c.id.desc()).limit(20))]


def counts(unit: Connection) -> dict[tuple[str, str], int]:
    """How many events of each system are in each state."""
    table = schema.event
    query = select(table.c.subscriber, table.c.state, func.count()).group_by(table.c.subscriber, table.c.state)
    return {(row[0], row[1]): int(row[2]) for row in unit.execute(query)}


def not_delivered(unit: Connection) -> int:
    """How many events were given up."""
    return sum(count for (_, state), count in counts(unit).items() if state == "given_up")


def change_event(unit: Connection, number: int, values: Row) -> None:
    """Changes one event."""
    unit.execute(update(schema.event).where(schema.event.c.id == number).values(**values))


def drop_events(unit: Connection, before: str) -> int:
    """Forgets events that were told or given up before a moment."""
    table = schema.event
    return unit.execute(delete(table).where(table.c.done.is_not(None), table.c.done < before)).rowcount


def put_followed(unit: Connection, rows: Iterable[Followed]) -> None:
    """Keeps documents that a system follows."""
    values = [{name: getattr(row, name) for name in Followed.__slots__} for row in rows]
    if len(values) > 0:
        unit.execute(insert(schema.followed), values)


def followed(unit: Connection, after: tuple[str, int], *, limit: int) -> list[Followed]:
    """Documents that are followed, in order, after (call, place)."""
    table = schema.followed
    place = (table.c.call > after[0]) | ((table.c.call == after[0]) & (table.c.n > after[1]))
    rows = unit.execute(select(table).where(place).order_by(table.c.call, table.c.n).limit(limit))
    return [Followed(r.call, r.n, r.key, bytes(r.sealed), r.told, r.until) for r in rows]


def change_followed(unit: Connection, one: Followed, told: str) -> None:
    """Remembers what is said of a document now."""
    table = schema.followed
    unit.execute(update(table).where(table.c.call == one.call, table.c.n == one.n).values(told=told))


def drop_followed(unit: Connection, before: str) -> int:
    """Forgets documents whose term is over."""
    return unit.execute(delete(schema.followed).where(schema.followed.c.until < before)).rowcount


def _event(row: object) -> Event:
    values = {name: getattr(row, name) for name in Event.__slots__}
    return Event(**{**values, "body": bytes(values["body"])})
