"""The whole register of a node: never a false silence, never an erased document, whatever happens in between."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from tests.federation import Federation, Killed, federation, officer
from tests.node.test_travel_document import listed, report, take

from comity import bootstrap
from comity.errors import OwnFault
from comity.model.travel_document import Document, document_key
from comity.node import erasure, register, register_upkeep
from comity.node.action import Order, take_step
from comity.node.node import Node
from comity.node.register import look_up
from comity.storage import register as files
from comity.storage import reported

ALONE = ("QM", "QS")
UNIVERSE = tuple(range(30))
NUMBERS = st.lists(st.sampled_from(UNIVERSE), min_size=1, max_size=6, unique=True)
STEPS = st.one_of(
    st.tuples(st.just("one"), st.sampled_from(UNIVERSE)),
    st.tuples(st.just("many"), NUMBERS),
    st.tuples(st.just("range"), st.tuples(st.sampled_from(UNIVERSE), st.sampled_from(UNIVERSE)).map(sorted)),
    st.tuples(st.just("found"), st.integers(0, 5)),
    st.tuples(st.just("found_one"), st.tuples(st.integers(0, 5), st.sampled_from(UNIVERSE))),
    st.tuples(st.just("correct"), st.tuples(st.integers(0, 5), NUMBERS)),
    st.tuples(st.just("withdraw"), st.integers(0, 5)),
    st.tuples(st.sampled_from(["merge", "overwrite", "erase", "reopen", "rebuild"]), st.none()),
)


def number(n: int) -> str:
    return f"QA{n:04d}"


def found(node: Node) -> dict[int, set[str]]:
    """The matters that a node's register names for each number that it finds."""
    every = look_up(node, [Document("P", "qm", number(n)) for n in UNIVERSE])
    return {n: {one.matter for one in some} for n, some in zip(UNIVERSE, every, strict=True) if len(some) > 0}


def answered(node: Node) -> dict[int, set[str]] | None:
    """The same, or None where the register says that it cannot be asked."""
    try:
        return found(node)
    except OwnFault:
        return None


def expected(told: dict[str, set[int]]) -> dict[int, set[str]]:
    wanted: dict[int, set[str]] = {}
    for matter, numbers in told.items():
        for n in numbers:
            wanted.setdefault(n, set()).add(matter)
    return wanted


def lines(numbers: list[int]) -> Any:
    return listed(*(f"P,{number(n)},lost,,," for n in numbers))


class Desk:
    """What an officer did, and what the register has to say after it."""

    def __init__(self, world: Federation) -> None:
        self.world = world
        self.told: dict[str, set[int]] = {}
        self.ever: dict[str, set[int]] = {}

    def step(self, what: str, value: Any) -> None:
        """One step of the desk, of a worker, or of the machine."""
        world, told = self.world, self.told
        if what == "one":
            told[report(world, number=number(value))] = {value}
        elif what == "many":
            told[report(world, step="report_many", list=lines(value))] = set(value)
        elif what == "range":
            first, last = value
            matter = report(world, step="report_range", first=number(first), last=number(last))
            told[matter] = set(range(first, last + 1))
        elif what in ("found", "withdraw", "found_one", "correct"):
            self._later(what, value)
        else:
            work(world, what)
        for matter, numbers in told.items():
            self.ever.setdefault(matter, set(numbers))

    def _later(self, what: str, value: Any) -> None:
        standing = list(self.told)
        place, data = value if isinstance(value, tuple) else (value, None)
        if len(standing) <= place:
            return
        matter = standing[place]
        if what == "found_one":
            if data in self.ever[matter]:
                take(self.world, matter, "found_one", kind="P", number=number(data))
                self.told[matter] -= {data}
        elif what == "correct":
            take(self.world, matter, "correct_many", country="QM", list=lines(data))
            self.told[matter] = set(data)
            self.ever[matter] |= set(data)
        else:
            take(self.world, matter, what, **({"how": "holder"} if what == "found" else {"ground": "error"}))
            del self.told[matter]


def work(world: Federation, what: str) -> None:
    """One worker, or the machine itself."""
    node = world.nodes["QM"]
    if what == "merge":
        register_upkeep.merge_due(node, world.now, enough=1)
    elif what == "overwrite":
        assert register_upkeep.overwrite_due(node)
    elif what == "erase":
        while erasure.erase_due(node, world.now, node.screens.forget):
            pass
    elif what == "rebuild":
        register_upkeep.rebuild(node, world.now)
    else:
        world.crash("QM")
        world.open("QM")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=14))
def test_register_says_what_stands_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, Any]]
) -> None:
    with federation(tmp_path_factory.mktemp("whole"), ALONE) as world:
        desk = Desk(world)
        for what, value in steps:
            desk.step(what, value)
            assert found(world.nodes["QM"]) == expected(desk.told), (what, value)


def killed_everywhere(world: Federation, monkeypatch: pytest.MonkeyPatch, job: Callable[[], object]) -> Iterator[int]:
    """Runs a job again and again, killed at its first instruction, its second, … until it survives; yields after each.

    Counted are the statements to the database and the key file, and the steps in the register's files.
    """
    names = ("_put", "_merge", "_sync", "_flush", "_silence", "_overwrite")
    inner = {name: getattr(files, name) for name in names}
    for stop in range(1, 1000):
        left = [stop]

        def strike(left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] <= 0:
                raise Killed("QM")

        for name in names:

            def counted(*args: Any, name: str = name, strike: Callable[[], None] = strike) -> Any:
                strike()
                return inner[name](*args)

            monkeypatch.setattr(files, name, counted)
        arm(world, strike)
        survived = world.do("QM", job)
        for name in names:
            monkeypatch.setattr(files, name, inner[name])
        world.fallen.add("QM")
        world.rise()
        yield stop
        if survived:
            return
    raise AssertionError("it never came to an end")


def arm(world: Federation, strike: Callable[[], None]) -> None:
    """Has every statement of the node counted."""
    node = world.nodes["QM"]
    for store in (node.store, node.keys._store):  # type: ignore[attr-defined]
        event.listen(store._engine, "before_cursor_execute", lambda *_: strike())  # type: ignore[attr-defined]


def test_killed_anywhere_in_merging_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with federation(tmp_path, ALONE) as world:
        desk = Desk(world)
        for numbers in ([0, 1, 2], [2, 3]):
            desk.step("many", numbers)
        work(world, "merge")
        desk.step("many", [4, 5])
        desk.step("one", 0)
        merge = lambda: register_upkeep.merge_due(world.nodes["QM"], world.now, enough=1)  # noqa: E731
        stops = 0
        for stop in killed_everywhere(world, monkeypatch, merge):
            stops = stop
            assert found(world.nodes["QM"]) == expected(desk.told), stop
        assert stops > 10
        with world.nodes["QM"].store.read() as unit:
            assert not reported.has_rows(unit)


def test_killed_anywhere_in_overwriting_nothing_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with federation(tmp_path, ALONE) as world:
        desk = Desk(world)
        for numbers in ([0, 1, 2, 3], [2, 3, 4], [3, 5, 6], [7]):
            desk.step("many", numbers)
        work(world, "merge")
        for place in (2, 0):
            desk.step("withdraw", place)
        overwrite = lambda: register_upkeep.overwrite_due(world.nodes["QM"])  # noqa: E731
        stops = 0
        for stop in killed_everywhere(world, monkeypatch, overwrite):
            stops = stop
            assert found(world.nodes["QM"]) == expected(desk.told), stop
        assert stops > 8
        with world.nodes["QM"].store.read() as unit:
            assert reported.ended_batches(unit) == []
        held = files.Register(tmp_path / "QM" / register.FOLDER)._generation
        batches = {int(info) >> 32 for info in held.info if int(info) != 0}
        assert len(batches) == 2


@pytest.mark.parametrize("merged", [False, True])
def test_killed_anywhere_in_a_recall_it_stands_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, merged: bool
) -> None:
    with federation(tmp_path, ALONE) as world:
        desk = Desk(world)
        desk.step("many", [0, 1])
        desk.step("one", 1)
        if merged:
            work(world, "merge")
        before = expected(desk.told)
        matter = next(iter(desk.told))
        order = Order("travel_document", "withdraw", "record", matter=matter, data={"ground": "error"}, key="k1")
        after = expected({other: numbers for other, numbers in desk.told.items() if other != matter})
        withdraw = lambda: take_step(world.nodes["QM"], officer("QM"), order, world.now)  # noqa: E731
        seen = [found(world.nodes["QM"]) for _ in killed_everywhere(world, monkeypatch, withdraw)]
        assert before in seen
        assert seen[-1] == after
        assert all(one in (before, after) for one in seen)
        assert sorted(seen.index(one) for one in (before, after)) == [0, seen.index(after)]


def test_two_processes_on_one_home_see_the_same(tmp_path: Path) -> None:
    with federation(tmp_path, ALONE) as world:
        other = bootstrap.open_node(tmp_path / "QM", clock=lambda: world.now)
        desk = Desk(world)
        for what, value in (
            ("many", [0, 1, 2]),
            ("merge", None),
            ("many", [2, 3]),
            ("range", [10, 12]),
            ("merge", None),
            ("withdraw", 0),
            ("overwrite", None),
            ("one", 9),
            ("rebuild", None),
            ("merge", None),
        ):
            desk.step(what, value)
            assert found(other) == expected(desk.told), (what, value)
        bootstrap.close_node(other)


def test_whoever_looks_up_while_others_merge_and_erase_misses_nothing(tmp_path: Path) -> None:
    with federation(tmp_path, ALONE) as world:
        desk = Desk(world)
        desk.step("many", [0, 1, 2])
        other = bootstrap.open_node(tmp_path / "QM", clock=lambda: world.now)
        stop, wrong, rounds = threading.Event(), [], [0]

        def watch() -> None:
            while not stop.is_set():
                rounds[0] += 1
                seen = found(other)
                if not {0, 1, 2} <= seen.keys():
                    wrong.append(seen)

        watcher = threading.Thread(target=watch)
        watcher.start()
        for n in range(12):
            desk.step("many", [3 + n, 4 + n, 0])
            work(world, "merge")
            desk.step("withdraw", len(desk.told) - 1)
            work(world, "overwrite")
        stop.set()
        watcher.join()
        bootstrap.close_node(other)
        assert wrong == []
        assert rounds[0] > 5
        assert found(world.nodes["QM"]) == expected(desk.told)


def test_rows_are_merged_when_they_are_many_or_have_waited_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with federation(tmp_path, ALONE) as world:
        node, desk = world.nodes["QM"], Desk(world)
        desk.step("many", [0, 1, 2])
        assert not register_upkeep.merge_due(node, world.now)
        monkeypatch.setattr(register_upkeep, "ENOUGH", 3)
        assert register_upkeep.merge_due(node, world.now)
        monkeypatch.setattr(register_upkeep, "SHARE", 1)
        monkeypatch.setattr(register_upkeep, "ENOUGH", 1)
        desk.step("many", [3, 4])
        assert not register_upkeep.merge_due(node, world.now)
        world.now += timedelta(days=1)
        assert register_upkeep.merge_due(node, world.now)
        assert register.register_of(node).rows == 5
        assert found(node) == expected(desk.told)


def test_lost_files_are_said_to_be_lost_and_mend_themselves_from_the_matters(tmp_path: Path) -> None:
    with federation(tmp_path, ALONE) as world:
        desk = Desk(world)
        desk.step("many", [0, 1, 2])
        desk.step("range", [5, 9])
        work(world, "merge")
        desk.step("one", 3)
        world.crash("QM")
        shutil.rmtree(tmp_path / "QM" / register.FOLDER)
        node = world.open("QM")
        with pytest.raises(OwnFault) as fault:
            look_up(node, [Document("P", "qm", number(25))])
        assert fault.value.rule == "register.astray"
        assert register_upkeep.mend_due(node, world.now)
        assert found(node) == expected(desk.told)
        assert not register_upkeep.mend_due(node, world.now)
        work(world, "merge")
        column = next((tmp_path / "QM" / register.FOLDER).glob("0*/high"))
        column.write_bytes(column.read_bytes()[:-3])
        work(world, "reopen")
        with pytest.raises(OwnFault):
            look_up(world.nodes["QM"], [Document("P", "qm", number(25))])
        assert register_upkeep.mend_due(world.nodes["QM"], world.now)
        assert found(world.nodes["QM"]) == expected(desk.told)


def test_older_database_beside_newer_files_builds_them_again_and_mixes_nothing_up(tmp_path: Path) -> None:
    with federation(tmp_path, ALONE) as world:
        desk = Desk(world)
        desk.step("many", [0, 1])
        work(world, "merge")
        world.crash("QM")
        before = dict(desk.told)
        base = tmp_path / "QM" / "comity.sqlite"
        kept = base.read_bytes()
        world.open("QM")
        desk.step("many", [2, 3])
        work(world, "merge")
        world.crash("QM")
        base.write_bytes(kept)
        node = world.open("QM")
        assert answered(node) is None
        assert register_upkeep.mend_due(node, world.now)
        assert found(node) == expected(before)


def test_rebuilding_that_is_broken_off_answers_nothing_until_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with federation(tmp_path, ALONE) as world:
        desk = Desk(world)
        desk.step("many", [0, 1, 2])
        desk.step("one", 3)
        work(world, "merge")
        rebuild = lambda: register_upkeep.rebuild(world.nodes["QM"], world.now)  # noqa: E731
        for _ in killed_everywhere(world, monkeypatch, rebuild):
            assert answered(world.nodes["QM"]) in (None, expected(desk.told))
        assert not register_upkeep.mend_due(world.nodes["QM"], world.now)
        assert found(world.nodes["QM"]) == expected(desk.told)


def test_erased_keys_leave_the_files(tmp_path: Path) -> None:
    with federation(tmp_path, ALONE) as world:
        desk = Desk(world)
        desk.step("many", list(UNIVERSE))
        desk.step("many", [3])
        work(world, "merge")
        half = tmp_path / "QM" / register.FOLDER / "00000002-00000000.tmp"
        half.mkdir()
        (half / "piece-000").write_bytes(b"rows of a merge that was killed")
        desk.step("withdraw", 0)
        work(world, "erase")
        assert not half.exists()
        node = world.nodes["QM"]
        secret = register.register_key(node)
        gone = {document_key(secret, Document("P", "qm", number(n))) for n in UNIVERSE if n != 3}
        held = files.Register(tmp_path / "QM" / register.FOLDER)._generation
        kept = {int(h).to_bytes(8, "big") + int(w).to_bytes(4, "big") for h, w in zip(held.high, held.low, strict=True)}
        assert gone & kept == set()
        assert found(node) == expected(desk.told)
