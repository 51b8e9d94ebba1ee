"""What a running node keeps open: indexes of lists by version and of the persons it watches for; the register.

The indexes hold names in the clear, so an erasure drops them before it says *gone*.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date

from comity.matching.screening.index import Index
from comity.model.handling import Handling
from comity.storage.list_records import ListRecords
from comity.storage.register import Register


@dataclass(frozen=True, slots=True)
class WatchIndex:
    """The watched persons as of one version of the watch, by entity and matter: parts, their terms, the record."""

    version: str
    index: Index
    sources: dict[str, tuple[str, frozenset[str]]]
    handling: dict[str, tuple[Handling, ...]]
    trees: dict[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class ListIndex:
    """A version's index as of ``day``, without the ``over`` entries that the list did not name any more by then."""

    day: date
    over: int
    index: Index


@dataclass(slots=True)
class Screens:
    """What is kept; guarded by ``lock``, since pages and workers run side by side. ``loading`` is held while a list
    is built, so that it is built once, ``releasing`` while an officer's word about a held version is taken."""

    lists: dict[tuple[str, str], ListIndex] = field(default_factory=dict)
    records: dict[tuple[str, str], ListRecords] = field(default_factory=dict)
    watch: WatchIndex | None = None
    register: Register | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    loading: threading.Lock = field(default_factory=threading.Lock)
    releasing: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """Drops the index of watched persons; it is built again from what is still shown."""
        with self.lock:
            self.watch = None
