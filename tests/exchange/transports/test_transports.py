"""Every transport keeps the same promises; then what is particular to each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from comity.errors import PeerRefused
from comity.exchange.transports import TRANSPORTS, HttpTransport, MemoryTransport, PeerUnreachable, Transport
from comity.exchange.transports.http import PULL_PATH, PUSH_PATH, RULE_HEADER, HttpLimits
from comity.exchange.transports.memory import Faults, MemoryNetwork

HERE, THERE, THIRD = "http://arvenia.localhost", "http://belmora.localhost", "http://cordia.localhost"


@dataclass
class Peer:
    """A real HTTP server whose next answers the test sets; ``seen`` are (path, Host, body)."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: Callable[[bytes], Iterator[bytes]] = lambda body: iter((b"echo:" + body,))
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    cookies: list[str | None] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://belmora.localhost:{self.port}"


class Server(ThreadingHTTPServer):
    """Bears clients that hang up, which is what some tests are about."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing."""


@pytest.fixture
def peer() -> Iterator[Peer]:
    state = Peer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.seen.append((self.path, self.headers["Host"], body))
            state.connections.add(self.client_address[1])
            state.cookies.append(self.headers["Cookie"])
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for piece in state.answer(body):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=[kind.name for kind in TRANSPORTS])
def line(request: pytest.FixtureRequest, peer: Peer) -> Iterator[tuple[Transport, str]]:
    """A transport and the url of a node that answers with an echo."""
    if request.param == "http":
        with HttpTransport() as transport:
            yield transport, peer.url
    else:
        network = MemoryNetwork()
        network.register(THERE, lambda raw: b"echo:" + raw, lambda raw: b"echo:" + raw)
        yield MemoryTransport(network, HERE), THERE


def test_the_registry_names_each_transport_once_and_says_what_it_is() -> None:
    names = [kind.name for kind in TRANSPORTS]
    assert len(set(names)) == len(names)
    assert all(kind.__doc__ for kind in TRANSPORTS)


@pytest.mark.parametrize("body", [b"", b"x", bytes(range(256)) * 5000])
def test_bytes_arrive_and_the_answer_comes_back(line: tuple[Transport, str], body: bytes) -> None:
    transport, url = line
    if len(body) < 1000:
        assert transport.push(url, body) == b"echo:" + body
    assert transport.pull(url, body) == b"echo:" + body


def test_a_peer_that_is_down_is_unreachable_and_never_refused(line: tuple[Transport, str]) -> None:
    transport, _ = line
    for call in (transport.push, transport.pull):
        with pytest.raises(PeerUnreachable) as caught:
            call("http://127.0.0.1:9", b"x")
        assert not isinstance(caught.value, PeerRefused)
        assert "stays queued" in str(caught.value)


def test_push_and_pull_have_paths_of_their_own_and_the_host_is_kept(peer: Peer) -> None:
    with HttpTransport() as transport:
        transport.push(peer.url + "/", b"a")
        transport.pull(peer.url, b"b")
    host = f"belmora.localhost:{peer.port}"
    assert peer.seen == [(PUSH_PATH, host, b"a"), (PULL_PATH, host, b"b")]


def test_connections_are_kept_alive(peer: Peer) -> None:
    with HttpTransport() as transport:
        for _ in range(5):
            transport.push(peer.url, b"a")
    assert len(peer.connections) == 1


def test_no_proxy_is_taken_from_the_environment(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with HttpTransport() as transport:
        assert transport.push(peer.url, b"a") == b"echo:a"


@pytest.mark.parametrize(
    ("status", "rule"), [(301, "transport.redirect"), (307, "transport.redirect"), (400, "transport.status")]
)
def test_a_redirect_is_not_followed_and_an_error_is_a_refusal(peer: Peer, status: int, rule: str) -> None:
    peer.status, peer.headers = status, {"Location": f"{peer.url}/elsewhere"}
    with HttpTransport() as transport, pytest.raises(PeerRefused) as caught:
        transport.push(peer.url, b"a")
    assert caught.value.rule == rule
    assert len(peer.seen) == 1


@pytest.mark.parametrize(("status", "after", "wait"), [(503, "17", 17), (429, "9999999", 3600), (500, "soon", 0)])
def test_a_peer_in_trouble_is_tried_again_when_it_asks(peer: Peer, status: int, after: str, wait: int) -> None:
    peer.status, peer.headers = status, {"Retry-After": after}
    with HttpTransport() as transport, pytest.raises(PeerUnreachable) as caught:
        transport.push(peer.url, b"a")
    assert caught.value.wait == wait


def test_the_rule_a_peer_names_is_told_and_its_nonsense_is_not(peer: Peer) -> None:
    for named, told in (("carton.form", True), ("<b>help</b>", False)):
        peer.status, peer.headers = 400, {RULE_HEADER: named}
        with HttpTransport() as transport, pytest.raises(PeerRefused) as caught:
            transport.push(peer.url, b"a")
        assert (named in caught.value.says) is told


def test_no_cookie_is_kept(peer: Peer) -> None:
    peer.headers = {"Set-Cookie": "track=1"}
    with HttpTransport() as transport:
        transport.push(peer.url, b"a")
        transport.push(peer.url, b"a")
    assert peer.cookies == [None, None]


def test_an_answer_without_end_is_cut_off(peer: Peer) -> None:
    peer.answer = lambda _: iter(lambda: b"x" * 1000, b"")
    with HttpTransport(HttpLimits(receipts=50_000)) as transport, pytest.raises(PeerRefused) as caught:
        transport.push(peer.url, b"a")
    assert caught.value.rule == "transport.oversize"


def test_an_answer_that_trickles_is_cut_off(peer: Peer) -> None:
    def trickle(_: bytes) -> Iterator[bytes]:
        for _ in range(200):
            time.sleep(0.02)
            yield b"x"

    peer.answer = trickle
    with HttpTransport(HttpLimits(total=0.1)) as transport, pytest.raises(PeerUnreachable):
        transport.push(peer.url, b"a")


def test_a_peer_that_never_answers_is_unreachable(peer: Peer) -> None:
    gate = threading.Event()

    def stuck(_: bytes) -> Iterator[bytes]:
        gate.wait(10)
        yield b"x"

    peer.answer = stuck
    with HttpTransport(HttpLimits(read=0.1)) as transport, pytest.raises(PeerUnreachable):
        transport.push(peer.url, b"a")
    gate.set()


def test_compressed_answers_are_not_unpacked(peer: Peer) -> None:
    peer.headers = {"Content-Encoding": "gzip"}
    with HttpTransport() as transport, pytest.raises(PeerRefused) as caught:
        transport.push(peer.url, b"a")
    assert caught.value.rule == "transport.encoding"


@pytest.mark.parametrize("url", ["ftp://belmora.localhost", "belmora", "http://", "http://[::1", "http://a:99999999"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with HttpTransport() as transport, pytest.raises(PeerRefused) as caught:
        transport.push(url, b"a")
    assert caught.value.rule == "transport.url"


def run(seed: int, faults: Faults, count: int = 40) -> tuple[list[bytes], list[bool]]:
    """What arrives of ``count`` numbered cartons, and which the sender believes delivered."""
    network, arrived, told = MemoryNetwork(seed, faults), [], []

    def take(raw: bytes) -> bytes:
        arrived.append(raw)
        return b"ok"

    network.register(THERE, take, take)
    transport = MemoryTransport(network, HERE)
    for n in range(count):
        try:
            told.append(transport.push(THERE, b"%d" % n) == b"ok")
        except PeerUnreachable:
            told.append(False)
    network.deliver_late()
    return arrived, told


def test_equal_seeds_give_equal_runs_and_others_do_not() -> None:
    faults = Faults(drop=0.2, lose_reply=0.2, duplicate=0.2, reorder=0.2, delay=0.2)
    assert run(7, faults) == run(7, faults)
    assert run(7, faults) != run(8, faults)


def test_each_fault_does_what_it_says() -> None:
    numbers = [b"%d" % n for n in range(40)]
    assert run(1, Faults()) == (numbers, [True] * 40)
    assert run(1, Faults(drop=1.0)) == ([], [False] * 40)
    assert run(1, Faults(lose_reply=1.0)) == (numbers, [False] * 40)
    assert run(1, Faults(duplicate=1.0)) == ([n for n in numbers for _ in (1, 2)], [True] * 40)
    for faults in (Faults(reorder=0.5), Faults(delay=0.5)):
        arrived, told = run(1, faults)
        assert arrived != numbers
        assert sorted(arrived) == sorted(numbers)
        assert 0 < told.count(False) < 40


def test_a_cut_line_parts_two_nodes_only_and_heals() -> None:
    network = MemoryNetwork()
    for url in (HERE, THERE, THIRD):
        network.register(url, lambda raw: raw, lambda raw: raw)
    network.part(HERE, THERE)
    for here, there in ((HERE, THERE), (THERE, HERE)):
        with pytest.raises(PeerUnreachable):
            MemoryTransport(network, here).push(there, b"x")
    assert MemoryTransport(network, HERE).push(THIRD, b"x") == b"x"
    network.heal()
    assert MemoryTransport(network, HERE).pull(THERE, b"x") == b"x"


def test_a_node_that_is_down_comes_back_when_it_registers() -> None:
    network = MemoryNetwork(faults=Faults(delay=1.0))
    seen: list[bytes] = []

    def take(raw: bytes) -> bytes:
        seen.append(raw)
        return b"ok"

    network.register(THERE, take, take)
    transport = MemoryTransport(network, HERE)
    with pytest.raises(PeerUnreachable):
        transport.push(THERE, b"late")
    network.take_down(THERE)
    assert network.deliver_late() == 1
    assert seen == []
    network.faults = Faults()
    with pytest.raises(PeerUnreachable):
        transport.push(THERE, b"now")
    network.register(THERE, take, take)
    assert transport.push(THERE, b"now") == b"ok"
