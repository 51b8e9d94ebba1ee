"""Rows of the desk: accounts, sessions, submissions, alerts, what is watched, effects, documents, settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from comity.storage import schema
from comity.storage.rows import Row, slices


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of one form, by its idempotency key; ``form`` is the digest of what was asked."""

    key: str
    login: str
    form: str
    matter: str
    act: str
    at: str


@dataclass(frozen=True, slots=True)
class Watch:
    """One matter whose persons travellers are screened against; ``until`` is an ISO day, included."""

    matter: str
    act: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Escalated:
    """One clock that nobody met in time: to which place of the rota it went, whom that was, and when."""

    matter: str
    clock: str
    party: str
    level: int
    duty: str
    told: str
    at: str


def escalations(unit: Connection) -> list[Escalated]:
    """Everything that was escalated, the last level of each clock last."""
    table = schema.escalation
    rows = unit.execute(select(table).order_by(table.c.at, table.c.level))
    return [Escalated(row.matter, row.clock, row.party, row.level, row.duty, row.told, row.at) for row in rows]


def put_escalation(unit: Connection, one: Escalated) -> None:
    """Writes down one level of one clock."""
    values = {name: getattr(one, name) for name in Escalated.__slots__}
    unit.execute(insert(schema.escalation).values(**values))


def setting(unit: Connection, name: str, default: str = "") -> str:
    """One setting."""
    value = unit.execute(select(schema.setting.c.value).where(schema.setting.c.name == name)).scalar()
    return default if value is None else str(value)


def put_setting(unit: Connection, name: str, value: str) -> None:
    """Writes one setting in place of what it was."""
    table = schema.setting
    if unit.execute(update(table).where(table.c.name == name).values(value=value)).rowcount == 0:
        unit.execute(insert(table).values(name=name, value=value))


def put_document(unit: Connection, *, kind: str, subject: str, version: int, raw: bytes, at: str) -> None:
    """Keeps one version of a signed document; all versions are kept."""
    table = schema.document
    mine = (table.c.kind == kind, table.c.subject == subject, table.c.version == version)
    if unit.execute(select(table.c.version).where(*mine)).first() is None:
        unit.execute(insert(table).values(kind=kind, subject=subject, version=version, raw=raw, at=at))


def documents(unit: Connection, kind: str) -> list[tuple[str, bytes]]:
    """(subject, document) of every version of one kind, oldest first."""
    table = schema.document
    rows = unit.execute(select(table).where(table.c.kind == kind).order_by(table.c.subject, table.c.version))
    return [(row.subject, bytes(row.raw)) for row in rows]


def newest_version(unit: Connection, kind: str, subject: str) -> int:
    """The highest version of one document; 0 if there is none."""
    table = schema.document
    query = select(func.max(table.c.version)).where(table.c.kind == kind, table.c.subject == subject)
    return int(unit.execute(query).scalar() or 0)


def newest_documents(unit: Connection, kind: str) -> dict[str, bytes]:
    """The newest version of each document of one kind, by subject."""
    table = schema.document
    rows = unit.execute(select(table).where(table.c.kind == kind).order_by(table.c.version))
    return {row.subject: bytes(row.raw) for row in rows}


def account(unit: Connection, login: str) -> bytes | None:
    """One account as stored, or None."""
    value = unit.execute(select(schema.account.c.data).where(schema.account.c.login == login)).scalar()
    return None if value is None else bytes(value)


def account_of(unit: Connection, pseudonym: str) -> bytes | None:
    """The account with this pseudonym as stored, or None."""
    value = unit.execute(select(schema.account.c.data).where(schema.account.c.pseudonym == pseudonym)).scalar()
    return None if value is None else bytes(value)


def accounts(unit: Connection) -> list[bytes]:
    """Every account as stored, by login."""
    return [bytes(row.data) for row in unit.execute(select(schema.account).order_by(schema.account.c.login))]


def put_account(unit: Connection, *, login: str, pseudonym: str, data: bytes) -> None:
    """Writes an account in place of what it was."""
    table = schema.account
    values = {"pseudonym": pseudonym, "data": data}
    if unit.execute(update(table).where(table.c.login == login).values(**values)).rowcount == 0:
        unit.execute(insert(table).values(login=login, **values))


def service_key(unit: Connection, name: str) -> bytes | None:
    """One service key as stored, or None."""
    table = schema.service_key
    value = unit.execute(select(table.c.data).where(table.c.id == name)).scalar()
    return None if value is None else bytes(value)


def service_keys(unit: Connection) -> list[bytes]:
    """Every service key as stored, by id."""
    return [bytes(row.data) for row in unit.execute(select(schema.service_key).order_by(schema.service_key.c.id))]


def put_service_key(unit: Connection, *, name: str, data: bytes) -> None:
    """Writes a service key in place of what it was."""
    table = schema.service_key
    if unit.execute(update(table).where(table.c.id == name).values(data=data)).rowcount == 0:
        unit.execute(insert(table).values(id=name, data=data))


def session(unit: Connection, token: str) -> tuple[str, bytes] | None:
    """(login, session as stored) for the digest of a token, or None."""
    row = unit.execute(select(schema.session).where(schema.session.c.token == token)).first()
    return None if row is None else (row.login, bytes(row.data))


def put_session(unit: Connection, *, token: str, login: str, data: bytes) -> None:
    """Writes a session in place of what it was."""
    table = schema.session
    if unit.execute(update(table).where(table.c.token == token).values(data=data)).rowcount == 0:
        unit.execute(insert(table).values(token=token, login=login, data=data))


def end_session(unit: Connection, token: str) -> None:
    """Removes a session."""
    unit.execute(delete(schema.session).where(schema.session.c.token == token))


def submission(unit: Connection, key: str) -> Submission | None:
    """What became of the form with this key, or None."""
    row = unit.execute(select(schema.submission).where(schema.submission.c.key == key)).first()
    return None if row is None else Submission(row.key, row.login, row.form, row.matter, row.act, row.at)


def put_submission(unit: Connection, made: Submission) -> None:
    """Keeps what became of a form."""
    values = {"login": made.login, "form": made.form, "matter": made.matter, "act": made.act, "at": made.at}
    unit.execute(insert(schema.submission).values(key=made.key, **values))


def alerts(unit: Connection, agencies: Iterable[str]) -> list[Mapping[str, Any]]:
    """Unseen alerts of these agencies, oldest first."""
    table = schema.alert
    query = select(table).where(table.c.agency.in_(list(agencies)), table.c.seen.is_(None)).order_by(table.c.at)
    return [dict(row) for row in unit.execute(query).mappings()]


def see_alerts(unit: Connection, matter: str, agency: str, at: str) -> None:
    """The agency has opened the matter."""
    table = schema.alert
    mine = (table.c.matter == matter, table.c.agency == agency, table.c.seen.is_(None))
    unit.execute(update(table).where(*mine).values(seen=at))


def watches(unit: Connection) -> list[Watch]:
    """What is watched."""
    rows = unit.execute(select(schema.watch).order_by(schema.watch.c.matter))
    return [Watch(row.matter, row.act, row.since, row.until) for row in rows]


def put_watch(unit: Connection, watch: Watch) -> None:
    """Begins or replaces a watch."""
    unit.execute(delete(schema.watch).where(schema.watch.c.matter == watch.matter))
    row = {"matter": watch.matter, "act": watch.act, "since": watch.since, "until": watch.until}
    unit.execute(insert(schema.watch).values(**row))


def prolong_watch(unit: Connection, matter: str, until: str) -> bool:
    """Moves a watch's last day to a later one; False if there is no watch with an earlier one."""
    table = schema.watch
    mine = (table.c.matter == matter, table.c.until != "", table.c.until < until)
    return unit.execute(update(table).where(*mine).values(until=until)).rowcount > 0


def drop_watch(unit: Connection, matter: str) -> bool:
    """Ends a watch; True if there was one."""
    return unit.execute(delete(schema.watch).where(schema.watch.c.matter == matter)).rowcount > 0


def effects_in(unit: Connection, state: str, *, limit: int = 1000) -> list[Row]:
    """Effects in one state, oldest first."""
    table = schema.effect
    rows = unit.execute(select(table).where(table.c.state == state).order_by(table.c.at).limit(limit)).mappings()
    return [dict(row) for row in rows]


def known_effects(unit: Connection, act: str) -> set[str]:
    """The names of the effects of one act that have a row."""
    return set(unit.execute(select(schema.effect.c.name).where(schema.effect.c.act == act)).scalars())


def acts_with_effect(unit: Connection, acts: Iterable[str], name: str, state: str) -> list[str]:
    """Those of the acts whose effect ``name`` is in ``state``."""
    table = schema.effect
    found: list[str] = []
    for some in slices(acts):
        query = select(table.c.act).where(table.c.act.in_(some), table.c.name == name, table.c.state == state)
        found.extend(unit.execute(query).scalars())
    return found


def set_effects(unit: Connection, acts: Iterable[str], name: str, state: str, at: str) -> None:
    """Moves effects on: due, started, done, dropped, or officer (somebody has to look)."""
    marks = [{"a": act} for act in acts]
    if len(marks) > 0:
        table = schema.effect
        mine = (table.c.act == bindparam("a"), table.c.name == name)
        unit.execute(update(table).where(*mine).values(state=state, at=at), marks)
