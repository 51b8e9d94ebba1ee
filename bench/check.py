"""Calls to ``/api/v1/check`` on a node at work: how late answers come at a given rate, and how many documents a second.

The node is a process of its own, run by ``comity up``, with the SDN list and a register of a million documents; the
callers are another process. Everything is durable: each answer waits for its line in the log. First calls come at a
fixed rate whatever the answers do (open loop), each asking about a person and a document; latency counts from the
moment at which a call was due. Then documents alone as fast as they are answered, singly and a hundred in a call.
Limits: 300 ms at the 95th percentile; 1,000 documents a second. Beside it, a probe of the same server that does
nothing (``/health``'s neighbour, a call refused without a key), which is what HTTP alone costs here.

Run: COMITY_DATA=… python bench/check.py [SECONDS] [RATE]
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.quality.lists import DATA
from bench.screen import planted
from tests.federation import Federation, federation

from comity.identity.service_key import Terms
from comity.model.travel_document import Document, document_keys
from comity.node import reference
from comity.node.callers import make_key
from comity.node.register import FOLDER, register_key
from comity.storage import desk, reported
from comity.storage.register import Entry, Register

ROWS, PIECE = 1_000_000, 50_000
CONNECTIONS = 64
LATE, LEAST = 300.0, 1_000.0


def prepare(world: Federation) -> tuple[str, list[dict[str, Any]]]:
    """The list, the register, a key, and persons to ask about."""
    node = world.nodes["QM"]
    folder = DATA / "01_sanctions/ofac_2022-01"
    files = {name: (folder / name).read_bytes() for name in ("sdn.csv", "alt.csv", "add.csv")}
    version = reference.add_list(node.home, "ofac-sdn", files, world.now).version
    trees = [one.tree for one in planted(list(reference.store_of(node.home).entities(version)), 1_000)]
    with node.store.write() as unit:
        batch = reported.open_batch(
            unit, commitment="a" * 64, matter="b" * 32, agency="QM.bureau", source="c" * 64, at=""
        )
    key, register = register_key(node), Register(node.home / FOLDER)

    def rows() -> Iterator[tuple[bytes, Entry]]:
        for first in range(0, ROWS, PIECE):
            some = [Document("P", "qm", f"S{n:08}") for n in range(first, first + PIECE)]
            yield from ((one, Entry("stolen", 20_000, batch)) for one in document_keys(key, some))

    register.add(rows())
    with node.store.write() as unit:
        for name in (reported.MERGED, reported.MERGING):
            desk.put_setting(unit, name, register.name)
    terms = Terms("bench", "QM.bureau", ("screen", "documents"), ("border_check",), timedelta(days=300), 1_000_000)
    text, _ = make_key(node, terms, datetime.now(UTC))
    return text, [tree["properties"] for tree in trees]


@contextmanager
def served(home: Path, port: int) -> Iterator[None]:
    """The node as ``comity up`` runs it."""
    said = json.loads((home / "node.json").read_text())
    (home / "node.json").write_text(json.dumps({**said, "host": "127.0.0.1", "port": port}))
    process = subprocess.Popen([sys.executable, "-m", "comity.cli", "up", str(home)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/screening/readyz", timeout=2).close()
                break
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(30)


class Line:
    """One kept connection, by hand, so that the caller costs little of the two cores."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, body: bytes) -> tuple[int, bytes]:
        """(status, body) of one call."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = (
            f"POST /api/v1/check HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        told = await reader.readuntil(b"\r\n\r\n")
        length = int(told.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(told[9:12]), await reader.readexactly(length)


def person(properties: dict[str, Any]) -> dict[str, Any]:
    """A person of the list's queries as a call asks."""
    asked = {"names": properties.get("name", ["Nobody"])[:3]}
    births = [one for one in properties.get("birthDate", ()) if len(one) == 10 and one[:4].isdigit()]
    return {**asked, **({"birth_date": births[0]} if len(births) > 0 else {})}


def document(chance: random.Random) -> dict[str, str]:
    """A document, one in a thousand of which is reported."""
    reported_one = chance.random() < 0.001
    number = f"S{chance.randrange(ROWS):08}" if reported_one else f"F{chance.randrange(10**8):08}"
    return {"kind": "P", "country": "QM", "number": number}


async def at_a_rate(port: int, key: str, bodies: list[bytes], rate: float, seconds: float) -> list[float]:
    """Milliseconds from when each call was due to its answer; a call waits for nobody but a free connection."""
    free: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(CONNECTIONS * 4):
        free.put_nowait(Line(port, key))
    late: list[float] = []
    began = time.perf_counter()

    async def one(due: float, body: bytes) -> None:
        line = await free.get()
        status, told = await line.ask(body)
        assert b'not_checked",' not in told, told
        late.append(1000 * (time.perf_counter() - due))
        free.put_nowait(line)
        assert status == 200, told

    tasks = []
    for n in range(int(rate * seconds)):
        due = began + n / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(due, bodies[n % len(bodies)])))
    await asyncio.gather(*tasks)
    return late


async def as_fast_as_answered(port: int, key: str, bodies: list[bytes], seconds: float, good: int = 200) -> float:
    """Calls a second over the kept connections."""
    until = time.perf_counter() + seconds
    counts = [0] * CONNECTIONS

    async def one(place: int) -> None:
        line = Line(port, key)
        while time.perf_counter() < until:
            status, told = await line.ask(bodies[(place + counts[place] * CONNECTIONS) % len(bodies)])
            assert status == good, told
            counts[place] += 1

    began = time.perf_counter()
    await asyncio.gather(*(one(place) for place in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - began)


def say(what: str, found: float, limit: float, *, most: bool, unit: str) -> None:
    """One line: the figure beside its limit."""
    good = found <= limit if most else found >= limit
    sign = "<=" if most else ">="
    print(f"{what:<44} {found:9.1f} {unit}   limit {sign} {limit:.0f}: {'met' if good else 'MISSED'}", flush=True)


def main(seconds: float, rate: float) -> None:
    """Prints every figure."""
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        with federation(Path(folder)) as world:
            key, people = prepare(world)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        mixed = [json.dumps({"persons": [person(p)], "documents": [document(chance)]}).encode() for p in people]
        single = [json.dumps({"documents": [document(chance)]}).encode() for _ in range(5_000)]
        many = [json.dumps({"documents": [document(chance) for _ in range(100)]}).encode() for _ in range(200)]
        with served(Path(folder) / "QM", port):
            asyncio.run(at_a_rate(port, key, mixed, 50, 4))
            late = sorted(asyncio.run(at_a_rate(port, key, mixed, rate, seconds)))
            print(f"{rate:.0f} calls a second for {seconds:.0f} s, a person and a document each")
            for share in (0.5, 0.95, 0.99):
                value = late[int(share * (len(late) - 1))]
                if share == 0.95:
                    say("p95", value, LATE, most=True, unit="ms")
                else:
                    print(f"p{100 * share:.0f}{'':<41} {value:9.1f} ms")
            probe_rate = asyncio.run(as_fast_as_answered(port, "none", [b"{}"], 5, good=401))
            alone = asyncio.run(as_fast_as_answered(port, key, single, 15))
            say("documents a second, one in a call", alone, LEAST, most=False, unit="/s")
            batch = 100 * asyncio.run(as_fast_as_answered(port, key, many, 15))
            say("documents a second, a hundred in a call", batch, LEAST, most=False, unit="/s")
            print(f"calls refused without a key {probe_rate:.0f}/s; one document / that {alone / probe_rate:.2f}")


if __name__ == "__main__":
    main(
        float(sys.argv[1]) if len(sys.argv) > 1 else 60.0,
        float(sys.argv[2]) if len(sys.argv) > 2 else 200.0,
    )
