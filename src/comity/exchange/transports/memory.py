"""Nodes in one process, with a line that fails on demand and the same way for the same seed.

A :class:`MemoryNetwork` knows the nodes by url; each node talks through its own :class:`MemoryTransport`, so the
network can part any two. Chances are drawn from SHA-256 of seed and a counter: equal seeds give equal runs on
every version of Python. What was delayed or reordered waits until :meth:`MemoryNetwork.deliver_late`, or until
the next carton to the same node has overtaken it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from comity.exchange.transports.base import PeerUnreachable

Handler = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances, 0 to 1, of each fault of one push; a pull knows only ``drop`` and ``lose_reply``.

    ``drop``: it never arrives. ``lose_reply``: it arrives and the answer does not. ``duplicate``: it arrives
    twice. ``reorder``: the next one to that node overtakes it. ``delay``: it arrives when late ones are let through.
    """

    drop: float = 0.0
    lose_reply: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0


@dataclass(slots=True)
class _Node:
    push: Handler
    pull: Handler
    overtaken: list[bytes] = field(default_factory=list)


class MemoryNetwork:
    """The nodes of one test, their handlers, and the state of the lines between them."""

    def __init__(self, seed: int = 0, faults: Faults | None = None) -> None:
        self.seed = seed
        self.faults = Faults() if faults is None else faults
        self.pushed = 0
        self._draws = 0
        self._nodes: dict[str, _Node] = {}
        self._late: list[tuple[str, bytes]] = []
        self._parted: set[frozenset[str]] = set()
        self._down: set[str] = set()

    def register(self, url: str, push: Handler, pull: Handler) -> None:
        """Puts the node at ``url`` on the network, or replaces its handlers after a restart."""
        self._nodes[url] = _Node(push, pull)
        self._down.discard(url)

    def take_down(self, url: str) -> None:
        """The node at ``url`` answers nobody until it is registered again."""
        self._down.add(url)

    def part(self, one: str, other: str) -> None:
        """Cuts the line between two nodes, both ways."""
        self._parted.add(frozenset((one, other)))

    def heal(self) -> None:
        """Mends all cut lines."""
        self._parted.clear()

    def deliver_late(self) -> int:
        """Lets through, in a drawn order, everything that was delayed or overtaken; gives their number."""
        waiting, self._late = self._late, []
        for url, node in self._nodes.items():
            waiting += [(url, carton) for carton in node.overtaken]
            node.overtaken = []
        count = len(waiting)
        while len(waiting) > 0:
            url, carton = waiting.pop(int(self.chance() * len(waiting)))
            if url not in self._down:
                self._nodes[url].push(carton)
        return count

    def chance(self) -> float:
        """The next draw, from 0 to below 1."""
        self._draws += 1
        digest = hashlib.sha256(f"{self.seed}:{self._draws}".encode()).digest()
        return int.from_bytes(digest[:7], "big") / (1 << 56)

    def push(self, here: str, url: str, carton: bytes) -> bytes:
        """One push from the node at ``here``, with its faults."""
        node = self._reach(here, url)
        self.pushed += 1
        faults = self.faults
        drawn = [self.chance() for _ in range(5)]
        if drawn[0] < faults.drop:
            raise PeerUnreachable(f"The line to {url} broke before the carton arrived.")
        if drawn[1] < faults.delay:
            self._late.append((url, carton))
            raise PeerUnreachable(f"{url} did not answer in time.")
        if drawn[2] < faults.reorder:
            node.overtaken.append(carton)
            raise PeerUnreachable(f"{url} did not answer in time.")
        answer = node.push(carton)
        if drawn[3] < faults.duplicate:
            answer = node.push(carton)
        self._overtake(node)
        if drawn[4] < faults.lose_reply:
            raise PeerUnreachable(f"The line to {url} broke before its answer arrived.")
        return answer

    def pull(self, here: str, url: str, request: bytes) -> bytes:
        """One pull from the node at ``here``, with its faults."""
        node = self._reach(here, url)
        if self.chance() < self.faults.drop:
            raise PeerUnreachable(f"The line to {url} broke before the request arrived.")
        answer = node.pull(request)
        if self.chance() < self.faults.lose_reply:
            raise PeerUnreachable(f"The line to {url} broke before its answer arrived.")
        return answer

    def _reach(self, here: str, url: str) -> _Node:
        node = self._nodes.get(url)
        if node is None or url in self._down or here in self._down or frozenset((here, url)) in self._parted:
            raise PeerUnreachable(f"{url} cannot be reached.")
        return node

    def _overtake(self, node: _Node) -> None:
        overtaken, node.overtaken = node.overtaken, []
        for carton in overtaken:
            node.push(carton)


@dataclass(frozen=True, slots=True)
class MemoryTransport:
    """In one process: for the federation tests."""

    network: MemoryNetwork
    here: str

    name: ClassVar[str] = "memory"

    def push(self, url: str, carton: bytes) -> bytes:
        """Hands over ``carton`` to the node registered at ``url``."""
        return self.network.push(self.here, url, carton)

    def pull(self, url: str, request: bytes) -> bytes:
        """Asks the node registered at ``url``."""
        return self.network.pull(self.here, url, request)
