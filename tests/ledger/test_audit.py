"""Checking a stored ledger: each way of tampering is found at its entry and described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.ledger.audit import BATCH, AuditReport, Difference, verify_log
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.leaf import Leaf, hash_of, leaf_bytes
from comity.ledger.tree import Frontier, NodeId, append, root, root_at


def raw_leaf(index: int, rule: str = "A-01") -> bytes:
    return leaf_bytes(
        Leaf(index, "2026-11-22T15:30:00Z", "desk:act:record", "a" * 64, "QN.bureau", "", "allowed", rule)
    )


class Log:
    """A stored ledger that a test may falsify."""

    def __init__(self, size: int) -> None:
        self.rows = [(i, raw_leaf(i)) for i in range(size)]
        self.nodes: dict[NodeId, bytes] = {}
        self.frontier = Frontier()
        self.rebuild()

    def rebuild(self) -> None:
        self.frontier, new = append(Frontier(), [hash_of(raw) for _, raw in self.rows])
        self.nodes = {(node.level, node.index): node.hash for node in new}

    def get_many(self, log: str, ids: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        return {one: self.nodes[one] for one in ids if one in self.nodes}

    def head(self, size: int) -> Checkpoint:
        return Checkpoint("example/QN/main", size, root_at(self, "main", size))

    def check(self, *checkpoints: Checkpoint) -> AuditReport:
        return verify_log("main", self.rows, claimed=self.frontier, nodes=self, checkpoints=checkpoints)


def difference(report: AuditReport) -> Difference:
    assert report.difference is not None
    return report.difference


def test_an_untouched_ledger_agrees_with_itself_and_its_checkpoints() -> None:
    log = Log(2 * BATCH + 5)
    told: list[int] = []
    heads = [log.head(size) for size in (2 * BATCH + 5, 1, BATCH, BATCH + 1, 1)]
    report = verify_log("main", log.rows, claimed=log.frontier, nodes=log, checkpoints=heads, progress=told.append)
    assert report.difference is None
    assert (report.size, report.checkpoints, report.root) == (2 * BATCH + 5, 5, root(log.frontier))
    assert told == [BATCH, 2 * BATCH, 2 * BATCH + 5]
    assert "All 2053 entries" in report.says


def test_an_empty_ledger_is_good() -> None:
    assert Log(0).check(Log(0).head(0)).difference is None


@given(st.integers(1, 40), st.data())
def test_changed_bytes_are_found_at_their_entry(size: int, data: st.DataObject) -> None:
    log = Log(size)
    index = data.draw(st.integers(0, size - 1))
    log.rows[index] = (index, raw_leaf(index, rule="B-02"))
    found = difference(log.check())
    assert (found.kind, found.first, found.last) == ("bytes", index, index)
    assert found.stored == hash_of(raw_leaf(index)).hex()
    assert found.computed == hash_of(raw_leaf(index, rule="B-02")).hex()
    assert f"Entry {index} was changed" in found.says


def test_bytes_changed_together_with_their_hash_are_found_through_the_hash_above() -> None:
    log = Log(20)
    log.rows[13] = (13, raw_leaf(13, rule="B-02"))
    log.nodes[(0, 13)] = hash_of(log.rows[13][1])
    found = difference(log.check())
    assert (found.kind, found.first, found.last) == ("node", 12, 13)


def test_a_changed_inner_node_names_the_entries_below_it() -> None:
    log = Log(20)
    log.nodes[(2, 1)] = b"\0" * 32
    found = difference(log.check())
    assert (found.kind, found.first, found.last) == ("node", 4, 7)
    assert "the entries 4 to 7 (level 2)" in found.says


def test_a_missing_inner_node_is_named() -> None:
    log = Log(20)
    del log.nodes[(3, 0)]
    assert "is missing" in difference(log.check()).says


def test_a_wholly_rewritten_ledger_is_caught_between_two_checkpoints() -> None:
    log = Log(30)
    heads = [log.head(size) for size in (8, 16, 24)]
    log.rows[11] = (11, raw_leaf(11, rule="B-02"))
    log.rebuild()
    report = log.check(*heads)
    found = difference(report)
    assert (found.kind, found.first, found.last) == ("root", 8, 15)
    assert report.checkpoints == 1
    assert "rewritten together with its hashes" in found.says
    assert log.check().difference is None


@given(st.integers(2, 40), st.data())
def test_a_removed_entry_is_found(size: int, data: st.DataObject) -> None:
    log = Log(size)
    index = data.draw(st.integers(0, size - 1))
    del log.rows[index]
    found = difference(log.check())
    assert found.first == index
    assert found.kind == ("size" if index == size - 1 else "missing")
    assert f"Entry {index} is missing" in found.says


def test_a_truncated_ledger_is_found_by_the_checkpoint_alone() -> None:
    log = Log(12)
    head = log.head(12)
    del log.rows[9:]
    log.rebuild()
    found = difference(log.check(head))
    assert (found.kind, found.first, found.last) == ("size", 9, 11)
    assert "a signed checkpoint shows 12 entries" in found.says


def test_an_entry_stored_twice_or_too_many_is_found() -> None:
    log = Log(6)
    log.rows.insert(3, log.rows[2])
    assert difference(log.check()).kind == "order"
    longer = Log(7)
    longer.frontier = Log(6).frontier
    assert difference(longer.check()).kind == "size"
    assert "one too many" in difference(longer.check()).says


@pytest.mark.parametrize(
    ("raw", "words"), [(b"{}", "cannot be read"), (raw_leaf(3), "calls itself entry 3"), (b"\xff", "cannot be read")]
)
def test_an_entry_that_says_something_else_is_found(raw: bytes, words: str) -> None:
    log = Log(5)
    log.rows[2] = (2, raw)
    log.rebuild()
    found = difference(log.check())
    assert (found.kind, found.first) == ("content", 2)
    assert words in found.says


def test_a_changed_frontier_is_found() -> None:
    log = Log(5)
    log.frontier = Frontier(5, (b"\0" * 32, log.frontier.peaks[1]))
    assert difference(log.check()).kind == "root"
