"""Where a list comes from, and what came of the last attempt to fetch it: kept beside its versions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from comity.formats.publishers import Publisher, publishers
from comity.storage.lists import ListStore

SOURCE, ATTEMPT = "source", "attempt"


PATIENCE = 1800.0
"""Seconds that the update of one list may take."""


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a node's settings say of its lists: whether they are updated by themselves, through which web proxy, which
    (all that have a publisher's address if none is named), and after how many seconds one is given up."""

    update: bool = False
    proxy: str = ""
    names: tuple[str, ...] = ()
    patience: float = PATIENCE


class Attempt(msgspec.Struct, frozen=True):
    """The last attempt: when, what came of it (*added*, *held*, *unchanged*, *failed*), why it failed and what helps,
    and how many failed in a row, this one among them."""

    at: datetime
    came: str
    says: str = ""
    remedy: str = ""
    failures: int = 0


def has_node(home: Path) -> bool:
    """Whether a folder is a node's, with officers and a ledger; lists are kept in others too."""
    return (home / "node.json").is_file()


def source_of(home: Path, name: str) -> Publisher:
    """The publisher of a list: as somebody gave it with its address, else as the package knows it."""
    own = ListStore(home / "lists").beside(name, SOURCE)
    if own is not None:
        return msgspec.json.decode(own, type=Publisher)
    return publishers().get(name, Publisher(name, ""))


def last_attempt(home: Path, name: str) -> Attempt | None:
    """What came of the last attempt; None where there was none."""
    raw = ListStore(home / "lists").beside(name, ATTEMPT)
    return None if raw is None else msgspec.json.decode(raw, type=Attempt)


def keep_attempt(home: Path, name: str, attempt: Attempt) -> None:
    """Keeps what came of an attempt, with the failures in a row counted on."""
    before = last_attempt(home, name)
    failures = 0 if attempt.came != "failed" else 1 + (0 if before is None else before.failures)
    kept = msgspec.structs.replace(attempt, failures=failures)
    ListStore(home / "lists").keep_beside(name, ATTEMPT, msgspec.json.encode(kept))
