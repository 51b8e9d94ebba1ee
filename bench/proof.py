"""Inclusion proofs at a million entries, beside pymerkle and beside raw SQLite point reads, in one run.

Run: python bench/proof.py [--size 1000000] [--peer-size 100000] [--proofs 2000]

Ours keeps complete subtree nodes in SQLite (WAL, synchronous FULL). The limit is 1 ms at the 95th percentile. The
floor is the same number of point reads without any proof. pymerkle's SqliteTree is the peer that is also durable;
it runs at a smaller size, since its proofs take seconds at a million. Prints ratios; never fails.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pymerkle import SqliteTree
from pysqlite3 import dbapi2 as sqlite

from comity.ledger.tree import (
    Frontier,
    Node,
    NodeId,
    append,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root,
    root_at,
    verify_inclusion,
)

LIMIT_MS = 1.0
BATCH = 1000


class SqliteNodes:
    """Nodes in one table, read by their key."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite.connect(str(path), isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute(
            "CREATE TABLE node (log TEXT, level INT, idx INT, hash BLOB, PRIMARY KEY (log, level, idx)) WITHOUT ROWID"
        )

    def put(self, log: str, nodes: Iterable[Node]) -> None:
        """Stores nodes in one durable transaction."""
        self.db.execute("BEGIN IMMEDIATE")
        rows = ((log, node.level, node.index, node.hash) for node in nodes)
        self.db.executemany("INSERT INTO node VALUES (?, ?, ?, ?)", rows)
        self.db.execute("COMMIT")

    def get_many(self, log: str, ids: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """One point read per node."""
        query = "SELECT hash FROM node WHERE log = ? AND level = ? AND idx = ?"
        found = {one: self.db.execute(query, (log, *one)).fetchone() for one in ids}
        return {one: row[0] for one, row in found.items() if row is not None}


def entries(start: int, end: int) -> list[bytes]:
    """Entries of 64 bytes."""
    return [i.to_bytes(8, "big") * 8 for i in range(start, end)]


def fill(nodes: SqliteNodes, size: int) -> tuple[Frontier, float]:
    """Appends ``size`` entries, a thousand a commit; gives the rate per second."""
    frontier, started = Frontier(), time.perf_counter()
    for start in range(0, size, BATCH):
        frontier, new = append(frontier, map(leaf_hash, entries(start, min(size, start + BATCH))))
        nodes.put("main", new)
    return frontier, size / (time.perf_counter() - started)


def percentiles(run: Callable[[int], object], picks: Sequence[int]) -> tuple[float, float]:
    """Median and 95th percentile of one call, in milliseconds."""
    spans = []
    for pick in picks:
        started = time.perf_counter()
        run(pick)
        spans.append((time.perf_counter() - started) * 1000)
    spans.sort()
    return spans[len(spans) // 2], spans[int(len(spans) * 0.95)]


def peer(folder: Path, size: int, picks: Sequence[int]) -> tuple[bytes, float, float, float]:
    """pymerkle's durable tree: its root, append rate, median and 95th percentile."""
    tree = SqliteTree(str(folder / "peer.db"), algorithm="sha256")
    started = time.perf_counter()
    tree.append_entries(entries(0, size), chunksize=BATCH)
    rate = size / (time.perf_counter() - started)
    median, p95 = percentiles(lambda pick: tree.prove_inclusion(pick % size + 1, size), picks)
    return tree.get_root(size), rate, median, p95


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--peer-size", type=int, default=100_000)
    parser.add_argument("--proofs", type=int, default=2000)
    options = parser.parse_args()
    size, peer_size = options.size, min(options.size, options.peer_size)
    draw = random.Random(7)
    picks = [draw.randrange(size) for _ in range(options.proofs)]
    with tempfile.TemporaryDirectory() as name:
        nodes = SqliteNodes(Path(name) / "ours.db")
        frontier, rate = fill(nodes, size)
        ids = [(level, 0) for level in range(size.bit_length() - 1)]
        floor = percentiles(lambda _: nodes.get_many("main", ids), picks)
        ours = percentiles(lambda pick: inclusion_path(nodes, "main", pick, size), picks)
        steady = percentiles(lambda pick: consistency_path(nodes, "main", pick + 1, size), picks)
        small = percentiles(lambda pick: inclusion_path(nodes, "main", pick % peer_size, peer_size), picks)
        path = inclusion_path(nodes, "main", picks[0], size)
        leaf, top = leaf_hash(entries(picks[0], picks[0] + 1)[0]), root(frontier)
        check = percentiles(lambda _: verify_inclusion(leaf, picks[0], size, path, top), picks)
        theirs_root, theirs_rate, theirs_median, theirs_p95 = peer(Path(name), peer_size, picks[:200])
        same = theirs_root == root_at(nodes, "main", peer_size)
    print(f"append, {BATCH} a commit, durable   ours {rate:>9,.0f}/s   pymerkle {theirs_rate:>9,.0f}/s")
    print(f"inclusion at {size:,}: p50 {ours[0]:.3f} ms, p95 {ours[1]:.3f} ms ({ours[1] / LIMIT_MS:.2f} of the limit)")
    print(f"  floor, {len(ids)} point reads: p95 {floor[1]:.3f} ms; ours is {ours[1] / floor[1]:.1f} times the floor")
    print(f"consistency at {size:,}: p50 {steady[0]:.3f} ms, p95 {steady[1]:.3f} ms")
    print(f"verify: p50 {check[0]:.3f} ms, p95 {check[1]:.3f} ms")
    print(f"inclusion at {peer_size:,}: ours p95 {small[1]:.3f} ms; pymerkle p50 {theirs_median:.3f}, ", end="")
    print(f"p95 {theirs_p95:.3f} ms ({theirs_p95 / small[1]:.0f} times ours)")
    print(f"roots at {peer_size:,} equal: {same}")


if __name__ == "__main__":
    main()
