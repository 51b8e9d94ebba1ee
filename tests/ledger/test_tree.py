"""The tree: against 518 published vectors, against pymerkle, and as properties."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from comity.errors import InputRefused, OwnFault, PeerRefused
from comity.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    NodeId,
    append,
    consistency_path,
    frontier_at,
    inclusion_path,
    leaf_hash,
    root,
    root_at,
    subtree_path,
    verify_consistency,
    verify_inclusion,
    verify_subtree,
    verify_subtree_inclusion,
)


class Shelf:
    """Nodes in a dictionary, counting what is read."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[str, int, int], bytes] = {}
        self.reads = 0

    def put(self, log: str, new: Sequence[Node]) -> None:
        self.nodes.update({(log, node.level, node.index): node.hash for node in new})

    def get_many(self, log: str, ids: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        self.reads += len(ids)
        return {one: self.nodes[(log, *one)] for one in ids if (log, *one) in self.nodes}


def grow(size: int) -> tuple[Shelf, Frontier, list[bytes]]:
    entries = [f"entry {i}".encode() for i in range(size)]
    shelf = Shelf()
    frontier, new = append(Frontier(), map(leaf_hash, entries))
    shelf.put("main", new)
    return shelf, frontier, entries


def flip(value: bytes, bit: int) -> bytes:
    return bytes([value[0] ^ (1 << bit % 8), *value[1:]])


def _b64(value: str | None) -> bytes:
    return base64.b64decode(value or "")


def _inclusion(case: dict[str, Any], proof: list[bytes]) -> None:
    verify_inclusion(_b64(case["leafHash"]), case["leafIdx"], case["treeSize"], proof, _b64(case["root"]))


def _consistency(case: dict[str, Any], proof: list[bytes]) -> None:
    verify_consistency(case["size1"], case["size2"], proof, _b64(case["root1"]), _b64(case["root2"]))


def _subtree_inclusion(case: dict[str, Any], proof: list[bytes]) -> None:
    leaf, top = _b64(case["leafHash"]), _b64(case["root"])
    verify_subtree_inclusion(leaf, case["leafIdx"], case["start"], case["end"], proof, top)


def _subtree_consistency(case: dict[str, Any], proof: list[bytes]) -> None:
    part, whole = _b64(case["root1"]), _b64(case["root2"])
    verify_subtree(case["start"], case["end"], case["size"], proof, part, whole)


VECTORS: dict[str, tuple[int, Callable[[dict[str, Any], list[bytes]], None]]] = {
    "inclusion": (98, _inclusion),
    "consistency": (98, _consistency),
    "subtreeinclusion": (204, _subtree_inclusion),
    "subtreeconsistency": (118, _subtree_consistency),
}


@pytest.mark.data
@pytest.mark.parametrize("family", VECTORS)
def test_published_vectors_get_the_published_verdict(family: str, data_dir: Path) -> None:
    count, verify = VECTORS[family]
    files = sorted((data_dir / "18_transparency" / "testdata" / family).rglob("*.json"))
    assert len(files) == count
    for file in files:
        case = json.loads(file.read_text())
        proof = [_b64(one) for one in case["proof"] or []]
        verdict = ""
        try:
            verify(case, proof)
        except PeerRefused as refusal:
            verdict = str(refusal)
        assert (verdict != "") == case["wantErr"], f"{file}: {verdict}"


@pytest.fixture(scope="module")
def peer() -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for i in range(130):
        tree.append_entry(f"entry {i}".encode())
    return tree


def test_roots_at_every_size_equal_pymerkles(peer: InmemoryTree) -> None:
    shelf, _, _ = grow(130)
    for size in range(1, 131):
        assert root_at(shelf, "main", size) == peer.get_root(size)
    assert root_at(shelf, "main", 0) == EMPTY_ROOT


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_inclusion_proofs_equal_pymerkles_and_verify(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    shelf, frontier, entries = grow(data.draw(st.integers(size, 80)))
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    path = inclusion_path(shelf, "main", index, size)
    assert path == tree.prove_inclusion(index + 1, size).path[1:]
    top = root_at(shelf, "main", size)
    verify_inclusion(leaf_hash(entries[index]), index, size, path, top)
    with pytest.raises(PeerRefused, match="claimed"):
        verify_inclusion(leaf_hash(b"another entry"), index, size, path, top)
    assert root(frontier) == tree.get_root()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_consistency_proofs_verify_and_any_change_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 90))
    old = data.draw(st.integers(1, new))
    shelf, frontier, _ = grow(new)
    path = consistency_path(shelf, "main", old, new)
    before, after = root_at(shelf, "main", old), root(frontier)
    verify_consistency(old, new, path, before, after)
    bit = data.draw(st.integers(0, 7))
    with pytest.raises(PeerRefused, match="claimed"):
        verify_consistency(old, new, path, before, flip(after, bit))
    with pytest.raises(PeerRefused):
        verify_consistency(old, new, path, flip(before, bit), after)
    for i in range(len(path)):
        wrong = [flip(one, bit) if i == j else one for j, one in enumerate(path)]
        with pytest.raises(PeerRefused, match="claimed"):
            verify_consistency(old, new, wrong, before, after)
    with pytest.raises(PeerRefused, match="hashes"):
        verify_consistency(old, new, [*path, before], before, after)


def test_consistency_agrees_with_pymerkle_on_its_own_state(peer: InmemoryTree) -> None:
    shelf, frontier, _ = grow(130)
    for old in (1, 2, 3, 63, 64, 65, 100, 127, 128, 129, 130):
        verify_consistency(old, 130, consistency_path(shelf, "main", old, 130), peer.get_root(old), peer.get_root(130))
    assert root(frontier) == peer.get_root()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_every_subtree_proves_itself(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 64))
    width = data.draw(st.integers(1, size))
    step = 1 << (width - 1).bit_length()
    start = data.draw(st.integers(0, (size - width) // step)) * step
    shelf, frontier, entries = grow(size)
    inner = root(append(Frontier(), map(leaf_hash, entries[start : start + width]))[0])
    path = subtree_path(shelf, "main", start, start + width, size)
    verify_subtree(start, start + width, size, path, inner, root(frontier))
    with pytest.raises(PeerRefused):
        verify_subtree(start, start + width, size, path, leaf_hash(b"other"), root(frontier))


@given(st.lists(st.integers(0, 9), max_size=12))
def test_appending_in_any_batches_gives_one_tree(batches: list[int]) -> None:
    entries = [leaf_hash(bytes([i])) for i in range(sum(batches))]
    once, nodes = append(Frontier(), entries)
    stepwise, collected, rest = Frontier(), [], entries
    for count in batches:
        stepwise, new = append(stepwise, rest[:count])
        collected += new
        rest = rest[count:]
    assert (stepwise, collected) == (once, nodes)
    assert len({(node.level, node.index) for node in nodes}) == len(nodes)


def test_a_dropped_frontier_leaves_the_old_one_good() -> None:
    shelf, frontier, _ = grow(5)
    append(frontier, [leaf_hash(b"aborted")])
    assert frontier_at(shelf, "main", 5) == frontier


def test_proofs_read_logarithmically_many_nodes() -> None:
    shelf, _, _ = grow(5000)
    shelf.reads = 0
    inclusion_path(shelf, "main", 17, 4999)
    assert shelf.reads <= 2 * (4999).bit_length()


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_a_proof_of_what_is_not_there_is_refused(index: int, size: int) -> None:
    shelf, _, _ = grow(5)
    with pytest.raises(InputRefused, match="no entry"):
        inclusion_path(shelf, "main", index, size)
    with pytest.raises(PeerRefused, match=r"proof\.size"):
        verify_inclusion(leaf_hash(b""), index, size, [], EMPTY_ROOT)


def test_a_missing_node_is_our_own_fault_and_named() -> None:
    shelf, _, _ = grow(8)
    del shelf.nodes[("main", 2, 1)]
    with pytest.raises(OwnFault, match="Node 1 of level 2"):
        inclusion_path(shelf, "main", 0, 8)
    with pytest.raises(InputRefused):
        consistency_path(shelf, "main", 0, 8)
    with pytest.raises(InputRefused):
        subtree_path(shelf, "main", 1, 3, 8)
