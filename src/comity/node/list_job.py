"""The schedule by which a running node brings its lists up to date: one list at a time, in a process of its own.

Off unless the settings ask for it. A list is due when its publisher's interval has passed since the last attempt, a
little earlier or later so that not everybody asks at the full hour; after a failure sooner, and later again with each
further one. The process beside the node fetches and reads, so that no request waits for that; one that takes too long
is ended and counts as failed. What came of it is kept with the list, and stands in the ledger where a version came.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog

from comity.node.list_keeping import write_down_added
from comity.node.list_source import Attempt, keep_attempt, last_attempt, source_of
from comity.node.list_update import update_lists
from comity.node.node import Node
from comity.node.reference import Added, store_of

_log = structlog.get_logger("comity.node")
FIRST_AGAIN = timedelta(minutes=5)
"""After the first failure; each further one doubles it, up to the publisher's interval."""
JITTER = 0.1
"""The share of an interval by which it is longer or shorter."""
LOOK_EVERY = 30.0
"""Seconds between two looks at what is due."""
NICE = 10


@dataclass(frozen=True, slots=True)
class Due:
    """One list with the moment from which it is fetched."""

    name: str
    at: datetime


def scheduled(node: Node) -> tuple[Due, ...]:
    """The lists that the schedule updates, the next one first."""
    if not node.schedule.update:
        return ()
    names = node.schedule.names or store_of(node.home).names()
    found = [Due(name, due_at(node, name)) for name in names if len(source_of(node.home, name).files) > 0]
    return tuple(sorted(found, key=lambda one: (one.at, one.name)))


def due_at(node: Node, name: str) -> datetime:
    """When a list is to be fetched next."""
    every = timedelta(hours=source_of(node.home, name).every)
    attempt, current = last_attempt(node.home, name), store_of(node.home).current(name)
    last = attempt.at if attempt is not None else None
    if current is not None and (last is None or current.seen > last):
        last, attempt = current.seen, None
    if last is None:
        return datetime.fromtimestamp(0, node.clock().tzinfo)
    failures = 0 if attempt is None else attempt.failures
    wait = every if failures == 0 else min(every, FIRST_AGAIN * (1 << min(failures - 1, 20)))
    return last + wait * (1.0 + JITTER * _shift(name, last))


def _shift(name: str, last: datetime) -> float:
    """From -1 to 1: the same for one attempt however often it is asked, another one for the next."""
    drawn = hashlib.sha256(f"{name} {last.isoformat()}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") / (1 << 63) - 1.0


def run_due(node: Node, stopped: Callable[[float], bool]) -> bool:
    """Updates the list that is due longest, if one is; whether it did. ``stopped`` waits so many seconds and says
    whether the node ends."""
    due = scheduled(node)
    if len(due) == 0 or due[0].at > node.clock():
        return False
    name = due[0].name
    added = _beside(node, name, stopped)
    if added is not None:
        write_down_added(node, added, node.clock(), is_update=True)
    _log.info("lists.update", member=node.member, list=name, came=getattr(last_attempt(node.home, name), "came", ""))
    return True


def _beside(node: Node, name: str, stopped: Callable[[float], bool]) -> Added | None:
    """The version that a process beside this one brought in; None for no new one. A process that ends without a word
    counts as a failed attempt."""
    ours, theirs = get_context("spawn").Pipe(duplex=False)
    now = node.clock()
    asked = (theirs, node.home, name, now, node.schedule.proxy)
    process = get_context("spawn").Process(target=_update, args=asked, daemon=True)
    process.start()
    theirs.close()
    waited, has_ended, ends = 0.0, False, False
    while not has_ended and not ends and waited < node.schedule.patience:
        has_ended = ours.poll()
        if not has_ended:
            ends, waited = stopped(0.2), waited + 0.2
    answer = _received(ours) if has_ended else None
    process.kill()
    process.join()
    ours.close()
    if answer is None and not ends:
        says = "The update took too long and was ended." if not has_ended else "The update ended before it was done."
        keep_attempt(node.home, name, Attempt(now, "failed", says, "Try it by hand: comity lists update."))
    return None if answer is None else answer["added"]


def _received(ours: Connection) -> Mapping[str, Any] | None:
    try:
        answer: Mapping[str, Any] = ours.recv()
    except (EOFError, OSError):
        return None
    return answer


def _update(theirs: Connection, home: Path, name: str, now: datetime, proxy: str) -> None:
    """In the process beside: one update, after which its outcome is sent."""
    os.nice(NICE)
    (done,) = update_lists(home, [name], now, proxy=proxy)
    theirs.send({"added": done.added})
    theirs.close()
