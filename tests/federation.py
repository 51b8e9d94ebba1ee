"""N whole nodes in one process, on real SQLite files, with a clock the test turns and lines that fail on demand.

Nothing here is a mock: nodes are opened by the product's own bootstrap, exchange real cartons and keep real
ledgers. Only the line (:mod:`comity.exchange.transports.memory`), the clock and the random source are the test's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from comity import bootstrap
from comity.bootstrap import Settings
from comity.exchange.transports.base import PeerUnreachable
from comity.exchange.transports.memory import Faults, MemoryNetwork, MemoryTransport
from comity.node import closing, delivery, effects, erasure, intake, notary
from comity.node.founding import AgencyPlan, Founded, MemberPlan, found_network
from comity.node.node import Node
from comity.node.officer import Officer
from comity.procedures.table import Procedure

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAMES = {"QM": "Arvenia", "QN": "Belmora", "QO": "Cordia", "QP": "Dravania", "QS": "Secretariat"}


def plans(codes: tuple[str, ...]) -> tuple[MemberPlan, ...]:
    """Members with a bureau and a federal police each."""
    return tuple(
        MemberPlan(
            code=code,
            name=NAMES[code],
            url=f"http://{NAMES[code].lower()}.localhost:8470",
            agencies=(
                AgencyPlan(f"{code}.bureau", f"{NAMES[code]} National Bureau", bureau=True),
                AgencyPlan(f"{code}.federal", f"{NAMES[code]} Federal Police"),
            ),
            phone="+00 0000 0000",
        )
        for code in codes
    )


class Killed(BaseException):
    """The process is gone at this instruction: no handler of the product runs for it."""


class Draw:
    """Random bytes that are the same for the same seed."""

    def __init__(self, seed: str) -> None:
        self._seed, self._n = seed, 0

    def __call__(self, size: int) -> bytes:
        out = b""
        while len(out) < size:
            self._n += 1
            out += hashlib.sha256(f"{self._seed}:{self._n}".encode()).digest()
        return out[:size]


def officer(member: str, role: str = "duty_officer", agency: str = "bureau", n: int = 1) -> Officer:
    """An officer of a member."""
    pseudonym = hashlib.sha256(f"{member}{role}{agency}{n}".encode()).hexdigest()[:16]
    return Officer(f"{role}{n}", pseudonym, f"{member}.{agency}", frozenset({role}))


@dataclass
class Federation:
    """The nodes by member code; ``now`` is what every node's clock shows."""

    folder: Path
    network: MemoryNetwork
    founded: Founded
    codes: tuple[str, ...]
    extra: tuple[Procedure, ...] = ()
    now: datetime = START
    nodes: dict[str, Node] = field(default_factory=dict)
    forgot: dict[str, int] = field(default_factory=dict)
    opened: int = 0
    fallen: set[str] = field(default_factory=set)

    @property
    def network_id(self) -> str:
        """The id of the founded network."""
        return self.founded.network

    def open(self, code: str) -> Node:
        """Opens (or reopens) one node and puts it on the network."""
        url = f"http://{NAMES[code].lower()}.localhost:8470"
        self.opened += 1
        node = bootstrap.open_node(
            self.folder / code,
            clock=lambda: self.now,
            draw=Draw(f"{self.network.seed}:{code}:{self.opened}"),
            transport=MemoryTransport(self.network, url),
            extra=self.extra,
        )
        self.nodes[code] = node
        self.network.register(
            url,
            lambda raw: self._answer(code, lambda: intake.receive(node, raw, self.now)),
            lambda raw: self._answer(code, lambda: delivery.answer_pull(node, raw, self.now)),
        )
        effects.hand_over_started(node, self.now)
        erasure.sweep_keys(node)
        return node

    def crash(self, code: str) -> None:
        """Takes a node away as a kill would; its files stay as they are."""
        node = self.nodes.pop(code)
        self.network.take_down(f"http://{NAMES[code].lower()}.localhost:8470")
        bootstrap.close_node(node)

    def arm(self, code: str, statement: int) -> None:
        """Kills the node at the nth statement that it gives its database or its key file from now on."""
        node = self.nodes[code]
        left = [statement]

        def strike(*_: object) -> None:
            left[0] -= 1
            if left[0] <= 0:
                raise Killed(code)

        for engine in (node.store._engine, node.keys._store._engine):  # type: ignore[attr-defined]
            event.listen(engine, "before_cursor_execute", strike)

    def rise(self) -> None:
        """Opens again whatever was killed."""
        for code in sorted(self.fallen):
            if code in self.nodes:
                self.crash(code)
            self.open(code)
        self.fallen.clear()

    def do(self, code: str, work: Callable[[], object]) -> bool:
        """Runs something at a node; False if the node was killed in it."""
        try:
            work()
        except Killed as killed:
            self._fall(str(killed))
            return False
        return True

    def _answer(self, code: str, work: Callable[[], bytes]) -> bytes:
        if code in self.fallen:
            raise PeerUnreachable(f"{code} is down.")
        try:
            return work()
        except Killed as killed:
            self._fall(str(killed))
            raise PeerUnreachable(f"{code} was killed while it answered.") from killed

    def _fall(self, code: str) -> None:
        self.fallen.add(code)
        self.network.take_down(f"http://{NAMES[code].lower()}.localhost:8470")

    def turn(self, seconds: float = 1.0) -> None:
        """Lets time pass everywhere."""
        self.now += timedelta(seconds=seconds)

    def settle(self, rounds: int = 12) -> None:
        """Lets every worker do its work until nothing moves."""
        for _ in range(rounds):
            moved = self.network.deliver_late() > 0
            for code in sorted(self.nodes):
                moved = self._worked(code) or moved
            moved = moved or len(self.fallen) > 0
            self.rise()
            self.turn(0.1)
            if not moved:
                return

    def _worked(self, code: str) -> bool:
        moved = [False]

        def run() -> None:
            moved[0] = self.work(code)

        return not self.do(code, run) or moved[0]

    def work(self, code: str) -> bool:
        """One pass of one node's workers."""
        node = self.nodes[code]
        moved = effects.run_due(node, self.now)
        moved = erasure.erase_due(node, self.now, lambda: self._forget(code)) or moved
        notary.run_clocks(node, self.now)
        moved = closing.run_times(node, self.now) or moved
        for peer in self.codes:
            if peer != code:
                moved = delivery.send_once(node, peer, self.now) == "sent" or moved
                if delivery.wants(node, peer):
                    delivery.pull_once(node, peer, self.now)
        return moved

    def _forget(self, code: str) -> None:
        self.forgot[code] = self.forgot.get(code, 0) + 1


@contextmanager
def federation(
    folder: Path,
    codes: tuple[str, ...] = ("QM", "QN", "QO", "QS"),
    *,
    seed: int = 0,
    faults: Faults | None = None,
    extra: tuple[Procedure, ...] = (),
    procedures: str = "",
) -> Iterator[Federation]:
    """A running federation; every node is closed at the end."""
    founded = found_network(plans(codes), reviewer="QS", exercise=True, now=START, draw=Draw(f"found:{seed}"))
    for code in codes:
        settings = Settings(code, founded.network, exercise=True, procedures=procedures)
        bootstrap.make_home(folder / code, settings, founded, START)
    made = Federation(folder, MemoryNetwork(seed, faults or Faults()), founded, codes, extra)
    try:
        for code in codes:
            made.open(code)
        yield made
    finally:
        for code in list(made.nodes):
            made.crash(code)
