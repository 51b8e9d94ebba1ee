"""The workers of a running node: one sender for each peer, one that keeps house, and one for the register's files.

They only look at rows that a commit left behind, so stopping one anywhere loses nothing. Each pause between
attempts grows to :data:`SLOWEST` and ends at once when the bell rings.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from comity.errors import ComityError
from comity.node import (
    closing,
    delivery,
    effects,
    erasure,
    events,
    following,
    hooks,
    kept_answers,
    list_job,
    look_ups,
    notary,
    register_upkeep,
    rescreen,
    retention,
)
from comity.node.exercise.partner import answer_once
from comity.node.node import Node

QUICKEST, SLOWEST = 0.2, 5.0
"""Seconds between attempts to reach a peer."""
ASK_EVERY, PULL_EVERY = timedelta(seconds=1), timedelta(seconds=20)
"""How often a sender looks for acts that are missing, and asks the peer whether they are or not."""
CHECKPOINT_EVERY = timedelta(seconds=60)
EVENTS_EVERY = 2.0
"""Seconds between looks for what national systems are to be told."""
FORGET_EVERY = timedelta(days=1)
RESCREEN_EVERY = timedelta(seconds=5)
"""How often the lists are looked at for a version that the rows alive were not asked against."""

REGISTER_EVERY = 5.0
"""Seconds between two looks at the register's files."""
MERGE_EVERY = timedelta(seconds=60)

T = TypeVar("T")

_log = structlog.get_logger("comity.node")


class Workers:
    """Starts and stops a node's workers. ``forget`` drops indexes in memory when content was recalled; ``partner``
    lets the exercise's partner sit at the desk."""

    def __init__(self, node: Node, forget: Callable[[], None], *, partner: bool = False) -> None:
        self._node = node
        self._partner = partner
        self._forget = forget
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Cleans up what a crash may have left, then starts every worker."""
        node = self._node
        effects.hand_over_started(node, node.clock())
        erasure.sweep_keys(node)
        peers = sorted(m.code for m in node.trust.directory.doc.members if m.code != node.member)
        jobs: list[Callable[[], None]] = [lambda peer=peer: self._send(peer) for peer in peers]  # type: ignore[misc]
        if len(node.hooks) > 0:
            jobs.append(self._tell_systems)
        if node.schedule.update:
            jobs.append(self._update_lists)
        for job in (*jobs, self._tell_subscribers, self._keep_house, self._keep_register):
            thread = threading.Thread(target=job, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Asks every worker to end and waits for them."""
        self._stop.set()
        self._node.bell.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _send(self, peer: str) -> None:
        node = self._node
        heard, pause, sender = 0, QUICKEST, delivery.Sender(node, peer)
        asked = datetime.fromtimestamp(0, tz=node.clock().tzinfo)
        while not self._stop.is_set():
            sent = self._guarded("exchange.send", lambda: sender.step(node.clock()), "failed")
            now = node.clock()
            came = False
            if now - asked > ASK_EVERY:
                due = now - asked > PULL_EVERY or delivery.wants(node, peer)
                asked = now if due else asked
                came = due and self._guarded(
                    "exchange.pull", lambda: delivery.pull_once(node, peer, node.clock()), False
                )
            if sent == "sent" or came:
                pause = QUICKEST
                continue
            pause = min(pause * 2, SLOWEST) if sent == "failed" else SLOWEST
            heard = node.bell.wait(heard, pause)

    def _tell_systems(self) -> None:
        """Calls national systems, apart from everything that must not wait for them."""
        heard = 0
        while not self._stop.is_set():
            self._guarded("hooks.call", lambda: hooks.call_due(self._node, self._node.clock()), False)
            heard = self._node.bell.wait(heard, 1.0)

    def _tell_subscribers(self) -> None:
        """Sees what happened and tells those who asked to be told, apart from everything that must not wait."""
        node, heard = self._node, 0
        while not self._stop.is_set():
            self._guarded("events.see", lambda: events.see(node, node.clock()), False)
            took = self._guarded("events.tell", lambda: events.tell_due(node, node.clock()), False)
            if not took:
                heard = node.bell.wait(heard, EVENTS_EVERY)

    def _keep_register(self) -> None:
        """Overwrites what ended in the register's files, mends them, and merges what waits, which may take a minute:
        apart from everything else."""
        node = self._node
        merged = datetime.fromtimestamp(0, tz=node.clock().tzinfo)
        while not self._stop.wait(REGISTER_EVERY):
            self._guarded("register.mend", lambda: register_upkeep.mend_due(node, node.clock()), False)
            self._guarded("register.overwrite", lambda: register_upkeep.overwrite_due(node), False)
            if node.clock() - merged > MERGE_EVERY:
                self._guarded("register.merge", lambda: register_upkeep.merge_due(node, node.clock()), False)
                merged = node.clock()

    def _update_lists(self) -> None:
        """Brings lists up to date by the schedule, apart from everything that must not wait for publishers."""
        while not self._stop.wait(1.0):
            did = self._guarded("lists.update", lambda: list_job.run_due(self._node, self._stop.wait), False)
            if not did:
                self._stop.wait(list_job.LOOK_EVERY)

    def _keep_house(self) -> None:
        node = self._node
        heard, issued = 0, datetime.fromtimestamp(0, tz=node.clock().tzinfo)
        timed = forgot = asked = issued
        while not self._stop.is_set():
            now = node.clock()
            moved = self._guarded("effects.run", lambda: effects.run_due(node, node.clock()), False)
            moved = (
                self._guarded("erasure.run", lambda: erasure.erase_due(node, node.clock(), self._forget), False)
                or moved
            )
            if self._partner:
                self._guarded("exercise.partner", lambda: answer_once(node, node.clock()), 0)
            self._guarded("clock.run", lambda: notary.run_clocks(node, node.clock()), False)
            if now - timed > closing.CHECK_EVERY:
                timed = now
                self._guarded("clock.times", lambda: closing.run_times(node, node.clock()), False)
            if now - forgot > FORGET_EVERY:
                forgot = now
                self._guarded("retention.run", lambda: retention.forget_due(node, node.clock()), 0)
                self._guarded("look_ups.forget", lambda: look_ups.forget_due(node, node.clock()), 0)
                self._guarded("events.forget", lambda: events.forget_due(node, node.clock()), 0)
            if now - asked > RESCREEN_EVERY:
                asked = now
                self._guarded("screening.again", lambda: rescreen.rescreen_due(node, node.clock()), False)
            self._guarded("look_ups.seal", lambda: look_ups.seal_due(node, node.clock()), False)
            self._guarded("answers.forget", lambda: kept_answers.forget_due(node, node.clock()), 0)
            self._guarded("following.forget", lambda: following.forget_due(node, node.clock()), 0)
            if now - issued > CHECKPOINT_EVERY:
                issued = now
                self._guarded("ledger.checkpoint", lambda: notary.issue_checkpoints(node, node.clock()), False)
            if not moved:
                heard = node.bell.wait(heard, 1.0)

    def _guarded(self, event: str, job: Callable[[], T], otherwise: T) -> T:
        """Runs one job; a fault is logged without personal data and tried again later."""
        try:
            return job()
        except ComityError as error:
            _log.warning(event, member=self._node.member, rule=error.rule)
        except Exception as error:  # a worker must outlive any single row
            _log.error(event, member=self._node.member, error=type(error).__name__)
        self._stop.wait(0.5)
        return otherwise
