"""The lists of a node as its officers see them: what screens, how old it is, what is held and why, what changed.

All of it is about public lists and the officers' own decisions; nothing here is about a person who was screened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from comity.errors import RuleRefused
from comity.node.differences import SCHEMA, EntityChange
from comity.node.list_job import scheduled
from comity.node.list_keeping import READERS, RELEASERS
from comity.node.list_source import Attempt, source_of
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.reference import count_over, diff_list, known_lists, show_lists, store_of
from comity.node.words import Says, counted, says
from comity.storage.lists import ListVersion

PAGE = 50
"""Rows of one page of a difference."""


@dataclass(frozen=True, slots=True)
class Line:
    """One list: what its publisher calls it, from which ``hosts`` it comes, what screens, what waits and why, and when
    it is fetched next.

    ``age`` says in words when the publisher last confirmed it; ``is_old`` is by the publisher's own interval;
    ``over`` counts entries that it carries and does not name any more; ``is_unread`` if the version cannot be read.
    """

    name: str
    title: str
    hosts: tuple[str, ...]
    current: ListVersion | None
    held: ListVersion | None
    age: Says
    is_old: bool
    over: int
    is_unread: bool
    attempt: Attempt | None
    due: datetime | None
    why_held: Says | None
    may_release: bool
    has_agreed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a difference: what one property of one entity lost and gained. ``kind`` is what became of the listed
    entity that it belongs to (*added*, *removed*, *changed*), ``part`` the schema of what belongs to it."""

    kind: str
    entity: str
    caption: str
    part: str
    prop: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of the difference between two versions; ``total`` rows in all, ``page`` of ``pages``."""

    old: ListVersion
    new: ListVersion
    added: int
    removed: int
    changed: int
    rows: tuple[Row, ...]
    page: int
    pages: int
    total: int


def lists_page(node: Node, officer: Officer, now: datetime) -> tuple[Line, ...]:
    """Every list, those that wait for officers first; raises :class:`RuleRefused` for a role that sees none."""
    require_reader(officer)
    due = {one.name: one.at for one in scheduled(node)}
    lines = [_line(node, officer, name, now, due.get(name)) for name in store_of(node.home).names()]
    return tuple(sorted(lines, key=lambda one: (one.held is None, one.name)))


def _line(node: Node, officer: Officer, name: str, now: datetime, due: datetime | None) -> Line:
    (shown,) = show_lists(node.home, now, [name], with_attempts=True)
    source = source_of(node.home, name)
    current, held = shown.current, shown.held
    over = 0 if current is None else count_over(node.home, current, now)
    return Line(
        name=name,
        title=source.title,
        hosts=tuple(sorted({urlsplit(url).hostname or "" for url in source.files.values()})),
        current=current,
        held=held,
        age=says("never confirmed") if current is None else age_of(current.seen, now),
        is_old=current is not None and now - current.seen > timedelta(days=source.old),
        over=over or 0,
        is_unread=over is None,
        attempt=shown.attempt,
        due=due,
        why_held=None if held is None else why_held(held),
        may_release=held is not None and len(officer.roles & RELEASERS) > 0,
        has_agreed=held is not None and any(one.officer == officer.pseudonym for one in held.agreed),
    )


def age_of(seen: datetime, now: datetime) -> Says:
    """How long ago something was confirmed, in words."""
    hours = int((now - seen) / timedelta(hours=1))
    if hours < 1:
        return says("less than an hour old")
    if hours < 48:
        return counted("%(n)s hour old", "%(n)s hours old", hours)
    return counted("%(n)s day old", "%(n)s days old", hours // 24)


def why_held(held: ListVersion) -> Says:
    """Why a version waits."""
    if held.before == 0:
        return says("It lacks %(gone)s entries of the version before.", gone=held.removed)
    return says("It lacks %(gone)s of %(of)s entries of the version before.", gone=held.removed, of=held.before)


@dataclass(frozen=True, slots=True)
class Versions:
    """Every version of a list, the newest first, and the names of the one that screens and the one that is held."""

    all: tuple[ListVersion, ...]
    current: str
    held: str


def versions_page(node: Node, officer: Officer, name: str) -> Versions:
    """The versions of a list; raises :class:`RuleRefused` and :class:`InputRefused`."""
    require_reader(officer)
    store = store_of(node.home)
    known_lists(store, [name])
    current, held = store.current(name), store.held(name)
    return Versions(
        store.versions(name)[::-1],
        "" if current is None else current.version,
        "" if held is None else held.version,
    )


def changes_page(node: Node, officer: Officer, name: str, old: str, new: str, page: int) -> Changes:
    """One page of what changed from one version to another; the same as ``comity lists diff`` gives."""
    require_reader(officer)
    found = diff_list(node.home, name, old, new)
    store = store_of(node.home)
    rows = [row for change in found.changes for row in rows_of(change)]
    pages = max(1, -(-len(rows) // PAGE))
    at = min(max(page, 1), pages)
    return Changes(
        old=store.version(name, found.old),
        new=store.version(name, found.new),
        added=len(found.added),
        removed=len(found.removed),
        changed=len(found.changed),
        rows=tuple(rows[(at - 1) * PAGE : at * PAGE]),
        page=at,
        pages=pages,
        total=len(rows),
    )


def rows_of(change: EntityChange) -> Iterator[Row]:
    """The rows of one listed entity: each property that changed, and each part of it that is gone."""
    for one in change.properties:
        prop = "" if one.prop == SCHEMA else one.prop
        yield Row(change.kind, change.id, change.caption, one.schema, prop, one.removed, one.added)
    for gone in change.gone:
        yield Row(change.kind, change.id, change.caption, "", "", (gone,), ())


def require_reader(officer: Officer) -> None:
    """Raises :class:`RuleRefused` for an officer whose roles see no list."""
    if len(officer.roles & READERS) == 0:
        raise RuleRefused("Your role sees no lists.", rule="lists.role", remedy="Ask a duty officer.")
