"""The Merkle tree of RFC 9162 section 2.1 over SHA-256, with complete subtrees kept as nodes.

A tree of size n is described by a :class:`Frontier`, an immutable value. :func:`append` returns a new frontier and
the nodes that became complete; whoever stores them does so in the transaction that stores the entries, so an
aborted transaction or savepoint drops the new frontier and nothing has happened. A node ``(level, index)`` is the
hash over the entries from ``index << level`` to ``(index + 1) << level``, end excluded, and never changes.

Every proof here is one thing: that a range of entries is part of a tree. An inclusion proof is that of one entry, a
consistency proof that of the first ``old`` entries. :func:`_walk` says which ranges the proof holds; both the
maker and the verifier read it, so they cannot disagree. All are O(log n) reads, at any historic size.

Not handled here: what an entry says (:mod:`comity.ledger.leaf`), who signs a root
(:mod:`comity.ledger.checkpoint`), where nodes lie (storage, behind :class:`Nodes`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec

from comity.errors import Defect, InputRefused, OwnFault, PeerRefused

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without entries."""

NodeId = tuple[int, int]
"""(level, index) of a complete subtree."""

_ASK_AGAIN = "Ask for the proof again; if it fails again, treat the ledger it came from as suspect."


class Node(msgspec.Struct, frozen=True, gc=False):
    """A complete subtree: ``hash`` over ``1 << level`` entries from ``index << level``."""

    level: int
    index: int
    hash: bytes


class Nodes(Protocol):
    """Where nodes are kept; ``log`` names one of several trees."""

    def get_many(self, log: str, ids: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """The hashes of those of ``ids`` that are stored."""
        ...


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree's size and the hashes of its largest complete subtrees, from left to right."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry. RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children. RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(frontier: Frontier, leaf_hashes: Iterable[bytes]) -> tuple[Frontier, list[Node]]:
    """The frontier after ``leaf_hashes``, and each subtree that became complete, in the order it did."""
    size, peaks = frontier.size, list(frontier.peaks)
    new: list[Node] = []
    for current in leaf_hashes:
        level, index = 0, size
        new.append(Node(0, index, current))
        while index & 1 == 1:
            current = node_hash(peaks.pop(), current)
            level, index = level + 1, index >> 1
            new.append(Node(level, index, current))
        peaks.append(current)
        size += 1
    return Frontier(size, tuple(peaks)), new


def root(frontier: Frontier) -> bytes:
    """The root of the tree that ``frontier`` describes."""
    return _join(frontier.peaks)


def frontier_at(nodes: Nodes, log: str, size: int) -> Frontier:
    """The frontier that the tree had at ``size``, from its stored nodes."""
    ids = _peaks(0, size)
    found = _read(nodes, log, ids)
    return Frontier(size, tuple(found[one] for one in ids))


def root_at(nodes: Nodes, log: str, size: int) -> bytes:
    """The root that the tree had at ``size``."""
    return root(frontier_at(nodes, log, size))


def inclusion_path(nodes: Nodes, log: str, index: int, size: int) -> list[bytes]:
    """The proof that entry ``index`` is in the tree of ``size``. RFC 9162 section 2.1.3.1."""
    if not 0 <= index < size:
        raise _no_such(f"There is no entry {index} in a ledger of {size} entries.", "index")
    return subtree_path(nodes, log, index, index + 1, size)


def consistency_path(nodes: Nodes, log: str, old: int, new: int) -> list[bytes]:
    """The proof that the tree of size ``new`` begins with that of size ``old``. RFC 9162 section 2.1.4.1."""
    if not 0 < old <= new:
        raise _no_such(f"A ledger of {new} entries has no proof from size {old}.", "size")
    return subtree_path(nodes, log, 0, old, new)


def subtree_path(nodes: Nodes, log: str, start: int, end: int, size: int) -> list[bytes]:
    """The proof that the entries from ``start`` to ``end`` (excluded) are a subtree of the tree of ``size``."""
    if not (is_subtree(start, end) and start < end <= size):
        raise _no_such(f"Entries {start} to {end} are no subtree of a ledger of {size} entries.", "range")
    ranges = [step.range for step in _walk(start, end, size)]
    found = _read(nodes, log, [one for low, high in ranges for one in _peaks(low, high)])
    return [_join([found[one] for one in _peaks(low, high)]) for low, high in ranges]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], claimed: bytes) -> None:
    """Raises :class:`PeerRefused` naming the difference unless ``path`` leads from the leaf hash to ``claimed``."""
    if not 0 <= index < size:
        raise _refused(f"The proof is for entry {index} of a ledger of {size} entries.", "proof.size")
    if len(leaf) != len(EMPTY_ROOT):
        raise _refused(f"A leaf hash has 32 bytes; this one has {len(leaf)}.", "proof.leaf")
    verify_subtree(index, index + 1, size, path, leaf, claimed)


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raises :class:`PeerRefused` naming the difference unless the tree of ``new`` begins with that of ``old``."""
    if not 0 < old <= new:
        raise _refused(f"A proof from size {old} to size {new} shows nothing.", "proof.size")
    verify_subtree(0, old, new, path, old_root, new_root)


def verify_subtree_inclusion(
    leaf: bytes, index: int, start: int, end: int, path: Sequence[bytes], claimed: bytes
) -> None:
    """Raises :class:`PeerRefused` unless entry ``index`` is in the subtree ``start`` to ``end`` with that hash."""
    if not (is_subtree(start, end) and start <= index < end):
        raise _refused(f"Entry {index} cannot lie in a subtree from {start} to {end}.", "proof.range")
    verify_inclusion(leaf, index - start, end - start, path, claimed)


def verify_subtree(start: int, end: int, size: int, path: Sequence[bytes], part: bytes, whole: bytes) -> None:
    """Raises :class:`PeerRefused` unless the entries ``start`` to ``end``, whose hash is ``part``, lie in ``whole``.

    An empty range lies in every tree; its hash is :data:`EMPTY_ROOT`.
    """
    if not (is_subtree(start, end) and 0 <= start <= end <= size):
        raise _refused(f"Entries {start} to {end} are no subtree of a ledger of {size} entries.", "proof.range")
    steps = [] if start == end else _walk(start, end, size)
    if len(path) != len(steps):
        raise _refused(f"The proof has {len(path)} hashes; {len(steps)} are needed.", "proof.length")
    if start == end:
        _compare(part, EMPTY_ROOT, "an empty range")
        return
    small, large = _climb(steps, path, part)
    _compare(small, part, f"the entries {start} to {end}")
    _compare(large, whole, f"the ledger of {size} entries")


def is_subtree(start: int, end: int) -> bool:
    """Whether ``start`` is a multiple of the smallest power of two that holds the range."""
    width = end - start
    return start >= 0 and width >= 0 and (width <= 1 or start % (1 << (width - 1).bit_length()) == 0)


class _Step(NamedTuple):
    """One hash of a proof: over ``range``; ``left`` of what was joined before; ``own`` if the part needs it too."""

    range: tuple[int, int]
    left: bool
    own: bool


def _walk(start: int, end: int, size: int) -> list[_Step]:
    """The steps of the proof that [start, end) is in a tree of ``size``, from the bottom up.

    Where the range is a node of the tree, its hash is the first value and no step holds it. Where it is not,
    which happens only for the first ``end`` entries, the first step is the last complete node inside the range.
    """
    steps: list[_Step] = []
    low, high, inside = 0, size, start
    while (inside, end) != (low, high):
        split = low + (1 << (high - low - 1).bit_length() - 1)
        if end <= split:
            steps.append(_Step((split, high), left=False, own=False))
            high = split
        elif inside >= split:
            steps.append(_Step((low, split), left=True, own=inside > start))
            low = split
        else:
            steps.append(_Step((low, split), left=True, own=True))
            low = inside = split
    if inside > start:
        steps.append(_Step((low, high), left=False, own=True))
    return steps[::-1]


def _climb(steps: Sequence[_Step], path: Sequence[bytes], part: bytes) -> tuple[bytes, bytes]:
    """The hashes of the range and of the whole tree that ``path`` leads to."""
    pairs = list(zip(steps, path, strict=True))
    small = large = part
    if len(pairs) > 0 and pairs[0][0].own and not pairs[0][0].left:
        small = large = pairs.pop(0)[1]
    for step, value in pairs:
        if step.own:
            small = node_hash(value, small)
        large = node_hash(value, large) if step.left else node_hash(large, value)
    return small, large


def _peaks(start: int, end: int) -> list[NodeId]:
    """The complete nodes that make up the subtree [start, end), from left to right."""
    ids: list[NodeId] = []
    while start < end:
        level = (end - start).bit_length() - 1
        ids.append((level, start >> level))
        start += 1 << level
    return ids


def _join(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 0:
        return EMPTY_ROOT
    joined = hashes[-1]
    for one in reversed(hashes[:-1]):
        joined = node_hash(one, joined)
    return joined


def _read(nodes: Nodes, log: str, ids: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
    found = nodes.get_many(log, ids)
    missing = [one for one in ids if one not in found]
    if len(missing) > 0:
        level, index = missing[0]
        raise OwnFault(
            f"Node {index} of level {level} of the ledger {log} is not in the store.",
            rule="ledger.node_missing",
            remedy="Run `comity ledger verify`, then restore from the last backup.",
        )
    return found


def _compare(found: bytes, expected: bytes, what: str) -> None:
    if found != expected:
        raise _refused(
            f"The proof leads to {_short(found)} for {what}, where {_short(expected)} is claimed.", "proof.root"
        )


def _short(value: bytes) -> str:
    return value.hex() if len(value) == 32 else f"{len(value)} bytes that are no hash"


def _refused(says: str, rule: str) -> PeerRefused:
    return PeerRefused(says, rule=rule, remedy=_ASK_AGAIN)


def _no_such(says: str, field: str) -> InputRefused:
    remedy = "Give a number within the ledger's size."
    return InputRefused(says, [Defect(rule="ledger.range", says=says, remedy=remedy, field=field)])
