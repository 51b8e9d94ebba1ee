"""Rows of answers that a system got under its own idempotency key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, tuple_

from comity.storage import schema
from comity.storage.rows import as_set, from_set


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One answer: whose, under which key, the digest of what was asked, when, the matters it names, the bytes."""

    caller: str
    name: str
    asked: str
    at: str
    matters: tuple[str, ...]
    body: bytes


def kept(unit: Connection, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], KeptAnswer]:
    """The answers under these (caller, key)."""
    table = schema.kept_answer
    wanted = list(names)
    if len(wanted) == 0:
        return {}
    found = unit.execute(select(table).where(tuple_(table.c.caller, table.c.name).in_(wanted)))
    return {(row.caller, row.name): _read(row) for row in found}


def keep(unit: Connection, answer: KeptAnswer) -> None:
    """Keeps one answer."""
    values = {name: getattr(answer, name) for name in ("caller", "name", "asked", "at", "body")}
    unit.execute(insert(schema.kept_answer).values(**values, matters=as_set(answer.matters)))


def drop(unit: Connection, names: Iterable[tuple[str, str]]) -> int:
    """Forgets these."""
    table = schema.kept_answer
    wanted = list(names)
    if len(wanted) == 0:
        return 0
    return unit.execute(delete(table).where(tuple_(table.c.caller, table.c.name).in_(wanted))).rowcount


def older(unit: Connection, before: str, *, limit: int) -> list[tuple[str, str]]:
    """(caller, key) of answers from before a moment."""
    table = schema.kept_answer
    query = select(table.c.caller, table.c.name).where(table.c.at < before).limit(limit)
    return [(row.caller, row.name) for row in unit.execute(query)]


def naming_matters(unit: Connection) -> list[KeptAnswer]:
    """The answers that name a matter."""
    table = schema.kept_answer
    return [_read(row) for row in unit.execute(select(table).where(table.c.matters != as_set(())))]


def hidden_since(unit: Connection, matters: Iterable[str]) -> dict[str, str]:
    """The last moment at which a part of each of these matters was hidden."""
    part = schema.part
    query = select(part.c.matter, part.c.hidden).where(part.c.matter.in_(list(matters)), part.c.hidden.is_not(None))
    found: dict[str, str] = {}
    for row in unit.execute(query):
        found[row.matter] = max(found.get(row.matter, ""), row.hidden)
    return found


def _read(row: object) -> KeptAnswer:
    values = {name: getattr(row, name) for name in ("caller", "name", "asked", "at")}
    return KeptAnswer(**values, matters=from_set(row.matters), body=bytes(row.body))  # type: ignore[attr-defined]
