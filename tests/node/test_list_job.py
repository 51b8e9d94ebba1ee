"""The schedule of lists against a real web server: unchanged, new, failing, cut, silent; and what the ledger says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.federation import Federation, federation, officer
from tests.node.test_departures import ABOARD
from tests.node.test_list_update import Publisher
from tests.travellers import passenger_list

from comity.formats.un_sc import EXAMPLE
from comity.ledger.leaf import read_leaf
from comity.node import list_job, rescreen
from comity.node.flight import screen_flight
from comity.node.list_source import SOURCE, Schedule, last_attempt, source_of
from comity.node.list_update import update_lists
from comity.node.node import Node
from comity.node.notary import audit
from comity.node.reference import show_lists, store_of
from comity.storage import log

NAME = "un-sc"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    one = Publisher()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def world(tmp_path: Path, publisher: Publisher) -> Iterator[Federation]:
    with federation(tmp_path) as found:
        node = found.nodes["QN"]
        update_lists(node.home, [NAME], found.now, urls=[publisher.url("/un.xml")])
        node.schedule = Schedule(update=True, patience=60.0)
        yield found


def never(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def run(node: Node, stopped: Callable[[float], bool] = never) -> bool:
    return list_job.run_due(node, stopped)


def until_due(world: Federation) -> None:
    (due,) = list_job.scheduled(world.nodes["QN"])
    world.turn((due.at - world.now).total_seconds() + 1)


def tags(node: Node) -> list[str]:
    with node.store.read() as unit:
        leaves = [read_leaf(raw) for _, raw in log.entries(unit, log.MAIN)]
    return [leaf.tag for leaf in leaves if leaf.tag.startswith("lists:")]


def came(node: Node) -> str:
    attempt = last_attempt(node.home, NAME)
    assert attempt is not None
    return attempt.came


def test_nothing_is_fetched_unless_the_settings_ask_for_it(world: Federation) -> None:
    node = world.nodes["QN"]
    until_due(world)
    node.schedule = Schedule()
    assert not run(node)
    assert list_job.scheduled(node) == ()


def test_a_list_is_fetched_when_it_is_due_and_confirmed_where_it_is_the_same(
    world: Federation, publisher: Publisher
) -> None:
    node = world.nodes["QN"]
    assert not run(node)
    until_due(world)
    assert run(node)
    assert (came(node), len(publisher.given)) == ("unchanged", 1)
    assert tags(node) == []
    assert not run(node)


def test_a_new_edition_screens_and_is_in_the_ledger(world: Federation, publisher: Publisher) -> None:
    node = world.nodes["QN"]
    publisher.files["/un.xml"] = EXAMPLE.replace(b"DRAZEN", b"DRAZHEN")
    until_due(world)
    assert run(node)
    shown = show_lists(node.home, world.now)[0]
    assert shown.current is not None
    assert shown.current.version.startswith("2-")
    assert store_of(node.home).snapshot_path(shown.current).is_file()
    assert tags(node) == ["lists:version:update"]
    assert all(report.difference is None for report in audit(node))


@pytest.mark.parametrize("harm", ["status", "cut", "broken"])
def test_after_a_failure_it_is_tried_again_sooner_and_then_later(
    world: Federation, publisher: Publisher, harm: str
) -> None:
    node = world.nodes["QN"]
    publisher.files["/un.xml"] = EXAMPLE.replace(b"DRAZEN", b"DRAZHEN")
    publisher.status = 500 if harm == "status" else 200
    publisher.cut = 40 if harm == "cut" else 0
    if harm == "broken":
        publisher.files["/un.xml"] = EXAMPLE[:-40]
    waits = []
    for _ in range(2):
        until_due(world)
        assert run(node)
        assert came(node) == "failed"
        waits.append(list_job.scheduled(node)[0].at - world.now)
    assert timedelta(minutes=4) < waits[0] < timedelta(minutes=6)
    assert timedelta(minutes=8) < waits[1] < timedelta(minutes=12)
    attempt = last_attempt(node.home, NAME)
    assert attempt is not None
    assert (attempt.failures, attempt.says != "") == (2, True)
    current = show_lists(node.home, world.now)[0].current
    assert current is not None
    assert current.version.startswith("1-")
    publisher.status, publisher.cut = 200, 0
    publisher.files["/un.xml"] = EXAMPLE
    until_due(world)
    assert run(node)
    attempt = last_attempt(node.home, NAME)
    assert attempt is not None
    assert (attempt.came, attempt.failures) == ("unchanged", 0)


def test_a_publisher_that_says_nothing_is_given_up(world: Federation, publisher: Publisher) -> None:
    node, silent = world.nodes["QN"], threading.Event()
    publisher.answer = lambda ask: silent.wait(30)  # type: ignore[method-assign, assignment, return-value]
    node.schedule = Schedule(update=True, patience=4.0)
    until_due(world)
    begun = time.monotonic()
    assert run(node)
    silent.set()
    assert time.monotonic() - begun < 20
    assert came(node) == "failed"
    assert "too long" in show_lists(node.home, world.now, with_attempts=True)[0].to_json()["attempt"]["says"]  # type: ignore[index]


def test_a_node_that_stops_does_not_wait_for_a_publisher(world: Federation, publisher: Publisher) -> None:
    node, silent = world.nodes["QN"], threading.Event()
    publisher.answer = lambda ask: silent.wait(30)  # type: ignore[method-assign, assignment, return-value]
    until_due(world)
    run(node, lambda seconds: True)
    silent.set()
    assert came(node) == "added"


def test_a_version_that_lost_much_is_held_and_said_so(world: Federation, publisher: Publisher) -> None:
    node = world.nodes["QN"]
    begin, end = EXAMPLE.index(b"<INDIVIDUAL>"), EXAMPLE.index(b"</INDIVIDUAL>") + len(b"</INDIVIDUAL>")
    entry = EXAMPLE[begin:end]
    many = b"".join(entry.replace(b"990001", b"99%04d" % n) for n in range(100, 160))
    publisher.files["/un.xml"] = EXAMPLE[:begin] + many + EXAMPLE[end:]
    until_due(world)
    assert run(node)
    publisher.files["/un.xml"] = EXAMPLE
    until_due(world)
    assert run(node)
    assert came(node) == "held"
    assert tags(node) == ["lists:version:update", "lists:version:hold"]


def test_travellers_alive_are_asked_again_about_what_came(world: Federation, publisher: Publisher) -> None:
    node = world.nodes["QN"]
    person = {**ABOARD[0], "born": "1971-05-06"}
    screen_flight(node, officer("QN", "second_line"), "a.edi", passenger_list("AV1", [person], world.now), world.now)
    rescreen.rescreen_due(node, world.now)
    named = EXAMPLE.replace(b"DRAZEN", person["first"].upper().encode())
    publisher.files["/un.xml"] = named.replace(b"LUKIC", person["last"].upper().encode())
    hourly = msgspec.structs.replace(source_of(node.home, NAME), every=1)
    store_of(node.home).keep_beside(NAME, SOURCE, msgspec.json.encode(hourly))
    until_due(world)
    assert run(node)
    assert rescreen.rescreen(node, world.now).new == 1
