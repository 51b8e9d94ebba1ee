"""The lists of reference that a running node has at hand: each current version loaded once, older ones let go.

The first call after a list changed builds what it needs, one caller at a time; everybody else waits for that or
finds it there. Nothing is built again for a request.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from comity.errors import ComityError, OwnFault
from comity.matching.screening.index import Index
from comity.node import reference
from comity.node.node import Node
from comity.node.screens import ListIndex
from comity.storage.list_records import ListRecords
from comity.storage.lists import ListVersion

_log = structlog.get_logger("comity.node")


@dataclass(frozen=True, slots=True)
class Loaded:
    """One list ready to be asked: its version, a warning in words or the empty text, its index."""

    version: ListVersion
    warning: str
    index: Index

    @property
    def name(self) -> str:
        """The list's name."""
        return self.version.name


@dataclass(frozen=True, slots=True)
class Unread:
    """A list that cannot be asked, and why, in words."""

    name: str
    why: str


def lists_at_hand(node: Node, now: datetime) -> tuple[tuple[Loaded, ...], tuple[Unread, ...]]:
    """The lists that can be asked, and those that cannot: one that is broken takes no other with it."""
    loaded: list[Loaded] = []
    unread: list[Unread] = []
    for shown in reference.show_lists(node.home, now):
        if shown.current is None:
            name = "" if shown.held is None else shown.held.name
            unread.append(Unread(name, "Its first version is held and waits for two officers."))
            continue
        try:
            loaded.append(_loaded(node, shown.current, shown.warning, now))
        except OwnFault:
            unread.append(Unread(shown.current.name, "No version of it can be read."))
    _let_go(node, {(one.name, one.version.version) for one in loaded})
    return tuple(loaded), tuple(unread)


def loaded_lists(node: Node, now: datetime) -> tuple[Loaded, ...]:
    """The current version of each list with its index, loading what is not there."""
    shown = reference.show_lists(node.home, now)
    found = [_loaded(node, s.current, s.warning, now) for s in shown if s.current is not None]
    _let_go(node, {(one.name, one.version.version) for one in found})
    return tuple(found)


def _loaded(node: Node, version: ListVersion, warning: str, now: datetime) -> Loaded:
    """One list; where its current version cannot be read, the one before it, with a warning that says so."""
    screens, index = reference.readable(node.home, version, lambda _, one: _index(node, one, now))
    return Loaded(screens, f"{reference.unread(version, screens)} {warning}".strip(), index)


def records_of(node: Node, version: ListVersion) -> ListRecords:
    """The entities of a version at hand."""
    key = (version.name, version.version)
    with node.screens.lock:
        known = node.screens.records.get(key)
    if known is None:
        with node.screens.loading:
            known = reference.records_of(node.home, version)
        with node.screens.lock:
            node.screens.records[key] = known
    return known


def is_ready(node: Node, now: datetime) -> bool:
    """Whether every current list is at hand, so that a request is answered without building anything."""
    current = {
        (shown.current.name, shown.current.version)
        for shown in reference.show_lists(node.home, now)
        if shown.current is not None
    }
    with node.screens.lock:
        return current <= node.screens.lists.keys() and current <= node.screens.records.keys()


def warm(node: Node) -> None:
    """Loads every list, in a thread of its own; what cannot be loaded is said to whoever asks for it."""
    threading.Thread(target=_load, args=(node,), daemon=True).start()


def _load(node: Node) -> None:
    try:
        for one in loaded_lists(node, node.clock()):
            records_of(node, one.version)
    except ComityError as error:
        _log.warning("lists.warm", member=node.member, rule=error.rule)


def _index(node: Node, version: ListVersion, now: datetime) -> Index:
    """The index of a version as of a day, since its entries may end on one."""
    key, today = (version.name, version.version), now.date()
    with node.screens.lock:
        known = node.screens.lists.get(key)
    if known is not None and known.day == today:
        return known.index
    with node.screens.loading:
        with node.screens.lock:
            known = node.screens.lists.get(key)
        if known is None or known.day != today:
            known = _as_of(node, version, known, now)
        with node.screens.lock:
            node.screens.lists[key] = known
    return known.index


def _as_of(node: Node, version: ListVersion, known: ListIndex | None, now: datetime) -> ListIndex:
    over = reference.over_of(node.home, version, now)
    if known is not None and known.over == len(over):  # entries only ever end
        return replace(known, day=now.date())
    whole = reference.index_of(node.home, version)
    return ListIndex(now.date(), len(over), whole.over(over))


def _let_go(node: Node, current: Iterable[tuple[str, str]]) -> None:
    """Drops versions that screen no more."""
    keep = set(current)
    with node.screens.lock:
        for key in node.screens.lists.keys() - keep:
            del node.screens.lists[key]
        for key in node.screens.records.keys() - keep:
            del node.screens.records[key]
