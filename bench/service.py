"""Answers of the screening service on a real list, beside screening alone in the same run; prints ratios.

A real server on loopback, one connection, one query in a request: routing, key, policy, screening, the entities of the
hits, the disclosure synced to disk, JSON. Floor: the same queries against the same index, in this process.
Run: COMITY_DATA=… python bench/service.py [QUERIES]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx
from bench.quality.lists import DATA
from bench.screen import planted
from tests.federation import federation
from tests.web.desks import served

from comity.identity.service_key import Terms
from comity.matching.subject import subject_of
from comity.node import at_hand, reference
from comity.node.callers import make_key
from comity.node.node import Node
from comity.web.service.app import PATH

BATCH = 50


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def say(what: str, times: list[float], each: int = 1) -> float:
    """Prints the median and the 99th percentile of one query in milliseconds; returns the median."""
    ranked = sorted(1000 * one / each for one in times)
    middle, late = statistics.median(ranked), ranked[int(0.99 * (len(ranked) - 1))]
    print(f"{what:<34} median {middle:7.2f} ms   p99 {late:7.2f} ms")
    return middle


def main(count: int) -> None:
    """Prints both sides."""
    folder = DATA / "01_sanctions/ofac_2022-01"
    files = {name: (folder / name).read_bytes() for name in ("sdn.csv", "alt.csv", "add.csv")}
    with tempfile.TemporaryDirectory() as home, federation(Path(home)) as world:
        node = world.nodes["QM"]
        version = reference.add_list(node.home, "ofac-sdn", files, world.now).version
        ready = seconds(lambda: _make_ready(node, world.now))
        print(f"{version.entities:,} entities; made ready in {ready:.1f} s")
        (one,) = at_hand.loaded_lists(node, world.now)
        trees = [one.tree for one in planted(list(reference.store_of(node.home).entities(version)), count)]
        bodies = [{"schema": tree["schema"], "properties": tree["properties"]} for tree in trees]
        text, _ = make_key(
            node, Terms("bench", "QM.bureau", ("screen",), ("border_check",), per_minute=1_000_000), world.now
        )
        with (
            served(world, "QM") as url,
            httpx.Client(base_url=url + PATH, headers={"authorization": f"ApiKey {text}"}) as http,
        ):

            def ask(some: list[dict[str, object]]) -> None:
                http.post(
                    "/match/default", json={"queries": {str(n): one for n, one in enumerate(some)}}
                ).raise_for_status()

            ask(bodies[:1])
            alone, served_one = [], []
            for tree, body in zip(trees, bodies, strict=True):
                served_one.append(seconds(lambda body=body: ask([body])))  # type: ignore[misc]
                subject = subject_of(tree)
                alone.append(seconds(lambda subject=subject: one.index.screen(subject, threshold=0.7, limit=20)))  # type: ignore[misc]
            floor = say("screening alone", alone)
            single = say("one query in a request", served_one)
            batches = [bodies[i : i + BATCH] for i in range(0, len(bodies) - BATCH + 1, BATCH)]
            batch = say(f"{BATCH} in a request, each", [seconds(lambda b=b: ask(b)) for b in batches], BATCH)  # type: ignore[misc]
            probe = say(
                "a request without screening",
                [seconds(lambda: http.get("/catalog").raise_for_status()) for _ in range(200)],
            )
        print(f"one query / screening alone {single / floor:.2f}; in a batch {batch / floor:.2f}")
        print(f"of one query in a request, {probe:.2f} ms are the request")


def _make_ready(node: Node, now: datetime) -> None:
    for one in at_hand.loaded_lists(node, now):
        at_hand.records_of(node, one.version)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
