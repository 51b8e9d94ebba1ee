"""National systems are told of events: signed, in order, again until they take it, and never inside our own network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.federation import START, Federation, federation, officer
from tests.node.documents import report, take_back
from tests.travellers import passenger_list, people
from tests.web.test_check import Desk, key_of

from comity.errors import InputRefused, PeerRefused
from comity.exchange.transports import events as transport
from comity.exchange.transports.base import PeerUnreachable
from comity.node import events, following, reference, subscribers
from comity.node.flight import screen_flight
from comity.node.node import Node
from comity.node.subscribers import Registration
from comity.storage import subscribers as rows
from comity.web.app import create_app

STOLEN = {"kind": "P", "country": "qm", "number": "QM4471902"}


@dataclass
class System:
    """A national system on this machine: what it was told, and how it behaves."""

    port: int = 0
    status: int = 200
    hangs: threading.Event | None = None
    location: str = ""
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.calls]


@contextmanager
def listening() -> Iterator[System]:
    system = System()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            system.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if system.hangs is not None:
                system.hangs.wait(20)
            self.send_response(system.status)
            if system.location != "":
                self.send_header("location", system.location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    system.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield system
    finally:
        if system.hangs is not None:
            system.hangs.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path, ("QM", "QS")) as made:
        yield made


@pytest.fixture
def system() -> Iterator[System]:
    with listening() as made:
        yield made


def subscribe(world: Federation, url: str, *kinds: str, name: str = "border", inside: bool = True) -> tuple[str, str]:
    """(secret, key) of a system that is told of these."""
    node, text = world.nodes["QM"], key_of(world)
    wanted = Registration(name, url, text.split("_")[1], kinds or tuple(subscribers.KINDS), inside)
    secret, _ = subscribers.register(node, wanted, world.now)
    events.see(node, world.now)
    return secret, text


def work(world: Federation) -> bool:
    node = world.nodes["QM"]
    events.see(node, world.now)
    return events.tell_due(node, world.now)


def new_version(world: Federation, name: str) -> None:
    entity = {"id": name, "schema": "Person", "properties": {"name": [f"{name} Person {world.now}"]}}
    data = {"a.ftm.json": json.dumps(entity).encode()}
    reference.add_list(world.nodes["QM"].home, "watch", data, world.now)


def states(node: Node) -> list[tuple[str, int, str]]:
    with node.store.read() as unit:
        query = "SELECT state, tries, problem FROM event ORDER BY id"
        return [(row[0], row[1], row[2]) for row in unit.exec_driver_sql(query)]


def test_a_call_is_signed_as_standard_webhooks_has_it(world: Federation, system: System) -> None:
    secret, _ = subscribe(world, system.url, "list.changed")
    new_version(world, "A")
    assert work(world)
    ((headers, body),) = system.calls
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) >= 24
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert int(headers["webhook-timestamp"]) == int(world.now.timestamp())
    assert headers["host"] == f"127.0.0.1:{system.port}"
    told = json.loads(body)
    assert (told["type"], told["data"]["list"]) == ("list.changed", "watch")
    assert not work(world)
    assert len(system.calls) == 1


def test_a_system_that_fails_is_asked_again_with_growing_pauses_and_in_order(world: Federation, system: System) -> None:
    subscribe(world, system.url, "list.changed")
    node = world.nodes["QM"]
    system.status = 503
    for name in ("A", "B", "C"):
        new_version(world, name)
        world.turn(1)
        events.see(node, world.now)
    waits = []
    for _ in range(6):
        before = len(system.calls)
        while len(system.calls) == before:
            world.turn(1)
            work(world)
        waits.append(world.now)
    pauses = [(b - a).total_seconds() for a, b in pairwise(waits)]
    assert all(0.5 * 5 * 2**n <= pause <= 1.5 * 5 * 2**n + 1 for n, pause in enumerate(pauses))
    assert len({headers["webhook-id"] for headers, _ in system.calls}) == 1
    assert [state for state, *_ in states(node)] == ["due", "due", "due"]
    system.status, system.calls = 200, []
    world.turn(3600)
    assert work(world)
    versions = [one["data"]["version"] for one in system.told()]
    assert versions == sorted(versions)
    assert len(versions) == 3
    assert [state for state, *_ in states(node)] == ["done"] * 3


def test_an_event_outlives_a_crash_and_comes_again_under_its_own_id(world: Federation, system: System) -> None:
    subscribe(world, system.url, "list.changed")
    new_version(world, "A")
    work(world)
    with world.nodes["QM"].store.write() as unit:  # the process died after the call and before it wrote that down
        unit.exec_driver_sql("UPDATE event SET state = 'started', done = NULL")
    world.crash("QM")
    world.open("QM")
    world.turn(30)
    assert work(world)
    assert len({headers["webhook-id"] for headers, _ in system.calls}) == 1
    assert len(system.calls) == 2


def test_what_is_never_taken_is_given_up_and_shown_as_not_delivered(world: Federation, system: System) -> None:
    subscribe(world, system.url, "list.changed")
    node = world.nodes["QM"]
    system.status = 500
    new_version(world, "A")
    work(world)
    world.turn(events.GIVEN_UP_AFTER.total_seconds() - 60)
    new_version(world, "B")
    events.see(node, world.now)
    world.turn(61 + 3600)
    system.status = 200
    assert work(world)
    assert [state for state, *_ in states(node)] == ["given_up", "done"]
    with node.store.read() as unit:
        assert rows.not_delivered(unit) == 1
    world.turn(events.KEPT.total_seconds() + 3600)
    assert events.forget_due(node, world.now) == 2


def test_a_system_that_hangs_is_let_go_and_holds_up_no_other(
    world: Federation, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.3)
    with listening() as other:
        system.hangs = threading.Event()
        subscribe(world, system.url, "list.changed")
        subscribe(world, other.url, "list.changed", name="other")
        new_version(world, "A")
        assert work(world)
        assert len(other.calls) == 1
        assert sorted(states(world.nodes["QM"])) == [("done", 1, ""), ("due", 1, "event.unreachable")]


def test_a_redirect_is_not_followed(world: Federation, system: System) -> None:
    with listening() as inner:
        system.status, system.location = 307, inner.url
        subscribe(world, system.url, "list.changed")
        new_version(world, "A")
        assert not work(world)
        assert inner.calls == []
        assert states(world.nodes["QM"]) == [("due", 1, "event.redirect")]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_inside_is_refused_unless_it_was_allowed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not transport.is_outside(ipaddress.ip_address(address))
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)), (0, 0, 0, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    from_outside = transport.Aim("https://hooks.example/x", False, b"s" * 32)
    with pytest.raises(PeerRefused) as refused:
        transport.tell(from_outside, transport.Told("msg_1", b"{}"), START)
    assert refused.value.rule == "event.inside"


def test_a_name_is_resolved_once_and_the_address_that_was_looked_at_is_called(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", system.port))]])
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return next(answers) if host == "localhost" else real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    aim = transport.Aim(f"http://localhost:{system.port}/x", True, b"s" * 32)
    transport.tell(aim, transport.Told("msg_1", b"{}"), START)
    assert asked.count("localhost") == 1
    assert system.calls[0][0]["host"] == f"localhost:{system.port}"


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("http://hooks.example/x", True), ("http://127.0.0.1/x", False), ("ftp://a.example/", True), ("nothing", True),
        ("https://user:word@a.example/", False), ("https:///x", False), ("http://127.0.0.1@evil.example/", True),
    ],
)  # fmt: skip
def test_what_may_not_be_called_is_refused_when_it_is_registered(world: Federation, url: str, inside: bool) -> None:
    key = key_of(world).split("_")[1]
    with pytest.raises(InputRefused) as refused:
        subscribers.register(world.nodes["QM"], Registration("border", url, key, ("list.changed",), inside), world.now)
    assert [one.field for one in refused.value.defects] == ["url"]
    with pytest.raises((PeerRefused, PeerUnreachable)):
        transport.tell(transport.Aim(url, inside, b"s" * 32), transport.Told("msg_1", b"{}"), world.now)


def test_a_registration_names_every_defect_and_is_removed_with_all_it_waited_for(
    world: Federation, system: System
) -> None:
    node = world.nodes["QM"]
    with pytest.raises(InputRefused) as refused:
        subscribers.register(node, Registration("No!", "nothing", "0" * 16, ("sunrise",)), world.now)
    assert [one.field for one in refused.value.defects] == ["name", "url", "key", "event"]
    subscribe(world, system.url, "list.changed")
    system.status = 500
    new_version(world, "A")
    work(world)
    system.status = 200
    subscribers.try_out(node, "border", world.now)
    assert system.told()[-1]["type"] == subscribers.TEST
    subscribers.remove(node, "border", world.now)
    world.turn(3600)
    assert not work(world)
    assert states(node) == []


def test_a_changed_record_is_told_to_whoever_asked_within_the_term_and_to_nobody_else(
    world: Federation, system: System
) -> None:
    node = world.nodes["QM"]
    _, text = subscribe(world, system.url, "document.changed")
    desk = Desk(world, TestClient(create_app(node), base_url="http://arvenia.localhost:8470"), text)
    stranger = Desk(world, desk.client, key_of(world))
    asked = desk.ask(documents=[{**STOLEN, "number": "QM7"}, STOLEN]).json()
    assert stranger.ask(documents=[STOLEN]).json()["hit"] is False
    assert work(world) is False
    report(node, "P", "qm", "QM4471902", "stolen", "2026-11-20")
    assert work(world)
    assert [one["data"] for one in system.told()] == [{"check": asked["check"], "document": 2}]
    assert "4471902" not in str(system.calls)
    assert not work(world)
    take_back(node, "QM4471902", world.now + timedelta(seconds=1))
    assert work(world)
    assert len(system.calls) == 2
    with node.store.read() as unit:
        kept = rows.followed(unit, ("", 0), limit=9)
        raw = b"".join(one.sealed for one in kept)
    assert len(kept) == 2
    assert b"4471902" not in raw
    world.turn(timedelta(hours=25).total_seconds())
    report(node, "P", "qm", "QM7", "lost", "2026-11-20")
    assert not work(world)
    assert following.forget_due(node, world.now) == 2


def test_a_range_of_blanks_reaches_what_was_asked_about_before(world: Federation, system: System) -> None:
    _, text = subscribe(world, system.url, "document.changed")
    node = world.nodes["QM"]
    desk = Desk(world, TestClient(create_app(node), base_url="http://arvenia.localhost:8470"), text)
    desk.ask(documents=[{**STOLEN, "number": "QB000500"}])
    report(node, "P", "qm", "QB000001", "stolen_blank", "2026-11-20", last="QB900000")
    assert work(world)
    assert system.told()[0]["type"] == "document.changed"


def test_a_flights_answer_is_told_to_its_agency_by_ids_alone(world: Federation, system: System) -> None:
    subscribe(world, system.url, "flight.answered")
    aboard = people(3, "events")
    data = passenger_list("QA501", aboard, world.now + timedelta(hours=4))
    done = screen_flight(world.nodes["QM"], officer("QM"), "qa501.edi", data, world.now)
    assert work(world)
    (told,) = system.told()
    assert told["data"] == {"matter": done.matter, "act": done.act}
    assert aboard[0]["last"].encode() not in system.calls[0][1]
    assert not work(world)
