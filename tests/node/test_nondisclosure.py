"""Nothing towards the source of a notice tells who granted protection to whom, or whether anybody did.

Worlds that differ only in who confirmed protection are run side by side, and everything that reaches the source is
compared: what is pushed to it, what it is answered, what it pulls, and when. Random ids, keys and signatures are
replaced by their order of appearance; sizes are compared as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.federation import START, Federation, federation, officer
from tests.node.test_notice import ask, publish, reviewer, take
from tests.node.test_road import status

from comity.errors import ComityError
from comity.exchange.delivery import Delivery
from comity.exchange.envelope import RefusedEnvelope, open_carton
from comity.exchange.transports.base import Transport
from comity.node.action import Order, take_step
from comity.node.letters import Wanted, make_letter
from comity.node.prints import settle

SOURCE = "QM"
PARTIES = ("QN", "QO", "QP")
MEMBERS = (SOURCE, *PARTIES, "QS")
_RANDOM = re.compile(r"[0-9a-f]{16,}|[A-Za-z0-9+/_-]{40,}=*")


@dataclass
class Wire:
    """The source's end of every line: records what comes in, opened with the source's own keys."""

    world: Federation
    inner: Transport
    name: str = "memory"
    seen: list[tuple[float, str, int, tuple[str, ...]]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def push(self, url: str, carton: bytes) -> bytes:
        """What the peer answers reaches the source."""
        answer = self.inner.push(url, carton)
        self.note("answer", url, answer, (answer.decode("utf-8", "replace"),))
        return answer

    def pull(self, url: str, request: bytes) -> bytes:
        """What the peer hands out reaches the source."""
        found = self.inner.pull(url, request)
        self.note("pulled", url, found, self.opened(found))
        return found

    def came(self, raw: bytes) -> None:
        """What a peer pushes reaches the source."""
        self.note("pushed", "", raw, self.opened(raw))

    def note(self, how: str, url: str, raw: bytes, texts: tuple[str, ...]) -> None:
        at = (self.world.now - START).total_seconds()
        self.seen.append((at, f"{how} {url}", len(raw), tuple(self.plain(text) for text in texts)))

    def plain(self, text: str) -> str:
        """The text with everything random replaced by its order of appearance and its length."""
        return _RANDOM.sub(lambda found: self.names.setdefault(found[0], f"<{len(self.names)}:{len(found[0])}>"), text)

    def opened(self, raw: bytes) -> tuple[str, ...]:
        node = self.world.nodes[SOURCE]
        if raw == b"":
            return ()
        carton = open_carton(raw, trust=node.trust, own=SOURCE, kem_keys=node.ring.kem, now=self.world.now)
        texts = [repr(carton.outer)]
        for one in carton.envelopes:
            assert not isinstance(one, RefusedEnvelope)
            texts.append(repr(one.header))
            if isinstance(one.content, Delivery):
                texts.append(one.content.header.decode())
                texts.extend(f"{part.commitment} {len(part.sealed)}" for part in one.content.parts)
            else:
                texts.append(one.content.decode("utf-8", "replace"))
        return tuple(texts)


@dataclass(frozen=True)
class World:
    """Who confirms protection, whether and why the secretariat cancels; the rest is the same in each world."""

    confirms: tuple[str, ...]
    cancels: str


@dataclass(frozen=True)
class Script:
    """What everybody else does, phase by phase, whatever happens about protection."""

    acknowledges: tuple[str, ...]
    confirm_in: int
    cancel_in: int
    source: tuple[str, ...]
    returned_in: tuple[int, ...] = ()
    """When each of Belmora's prints comes back, whatever called it in or nothing did; one that never does is out."""


def transcript(folder: Path, script: Script, world: World) -> list[tuple[float, str, int, tuple[str, ...]]]:
    """Everything that reaches the source in one world, over seven phases, the last after the next batch."""
    with federation(folder, MEMBERS) as made:
        node = made.nodes[SOURCE]
        wire = Wire(made, node.transport)
        node.transport = wire
        url = next(m.url for m in node.trust.directory.doc.members if m.code == SOURCE)
        handlers = made.network._nodes[url]
        push = handlers.push
        handlers.push = lambda raw: (wire.came(raw), push(raw))[1]
        matter = ask(made)
        phase(made, 0)
        publish(made, matter)
        phase(made, 1)
        printed = Wanted("extract", "", "en", "pdf", "Gate 4")
        for _ in range(max(1, len(script.returned_in))):
            make_letter(made.nodes["QN"], officer("QN"), matter, printed, made.now)
        for n, act in enumerate(script.source, 2):
            play(made, matter, script, world, n, act)
            phase(made, n)
        made.now = START + timedelta(days=9)
        made.settle(20)
        cancelled = world.cancels != "" and "withdraw" not in script.source
        assert (status(made, "QN", matter) == "cancelled") == cancelled or "withdraw" in script.source
        return wire.seen


def play(made: Federation, matter: str, script: Script, world: World, n: int, act: str) -> None:
    """One phase: parties and source first, protection beside."""
    if n == script.confirm_in:
        for member in world.confirms:
            take(made, member, matter, "protection.confirm", basis="refugee", evidence="Recognised in 2024.")
    if n == script.cancel_in and world.cancels != "":
        take(made, "QS", matter, "shield.cancel", reviewer(1), ground=world.cancels, reasons="Weighed.")
    for number, moment in enumerate(script.returned_in, 1):
        if n == moment:
            settle(made.nodes["QN"], officer("QN"), f"COM/QN/2026/{number:06d}", "returned", made.now)
    if n == 2:
        for member in script.acknowledges:
            take(made, member, matter, "reply.acknowledge")
    form = {
        "update": {"news": f"Seen again, {n}.", "widens": "no"},
        "suspend": {"until": "2027-01-01"},
        "withdraw": {"ground": "error"},
    }
    if act in form:
        order = Order("notice", act, "notice", matter=matter, data=form[act])
        try:
            take_step(made.nodes[SOURCE], officer(SOURCE), order, made.now)
        except ComityError:
            return


def phase(made: Federation, n: int) -> None:
    """Lets everything settle, then turns the clock to the same moment in every world."""
    made.settle(20)
    made.now = START + timedelta(hours=n + 1)


def compared(script: Script, *worlds: World) -> None:
    """Runs the worlds and compares what reached the source."""
    found = []
    for world in worlds:
        with TemporaryDirectory() as folder:
            found.append(transcript(Path(folder), script, world))
    for other in found[1:]:
        assert [row[:3] for row in other] == [row[:3] for row in found[0]]
        assert other == found[0]


SCRIPTS = st.builds(
    Script,
    acknowledges=st.sets(st.sampled_from(PARTIES)).map(lambda some: tuple(sorted(some))),
    confirm_in=st.integers(2, 3),
    cancel_in=st.integers(3, 5),
    source=st.lists(st.sampled_from(("nothing", "update", "suspend", "withdraw")), min_size=4, max_size=4).map(tuple),
    returned_in=st.lists(st.integers(2, 6), max_size=2).map(tuple),
)
SOME = st.sets(st.sampled_from(PARTIES), min_size=1).map(lambda some: tuple(sorted(some)))


@pytest.mark.rule("C-07", "P-4.3")
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(SCRIPTS, SOME, SOME)
def test_source_sees_the_same_whoever_confirmed_protection(
    script: Script, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    compared(script, World(one, "protection"), World(other, "protection"), World((), "art3"))


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(SCRIPTS, SOME)
def test_source_sees_the_same_whether_anybody_confirmed_protection(script: Script, some: tuple[str, ...]) -> None:
    compared(script, World(some, ""), World((), ""))


@pytest.mark.parametrize(
    ("ending", "returned_in"),
    [("withdraw", ()), ("update", ()), ("withdraw", (3, 5)), ("withdraw", (3, 3)), ("withdraw", (4, 5))],
    ids=["withdraw", "update", "one print back between", "both back between", "one back with, one after"],
)
def test_what_the_source_does_after_the_cancellation_is_answered_as_if_there_were_none(
    ending: str, returned_in: tuple[int, ...]
) -> None:
    script = Script(("QN",), 2, 2, ("nothing", "nothing", ending, "nothing"), returned_in)
    found = []
    for world in (World(("QN",), "protection"), World((), "")):
        with TemporaryDirectory() as folder:
            seen = transcript(Path(folder), script, world)
        found.append([row for row in seen if row[0] < timedelta(days=7).total_seconds()])
    assert found[0] == found[1]


def test_comparison_itself_can_fail() -> None:
    script = Script(("QN",), 2, 3, ("nothing", "nothing", "nothing", "nothing"))
    with pytest.raises(AssertionError):
        compared(script, World((), ""), World((), "art3"))
