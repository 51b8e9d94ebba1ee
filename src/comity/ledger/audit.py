"""Checking a whole stored ledger, entry by entry, against itself and against checkpoints that others hold.

Four things can disagree, and the first that does is named: the numbering, an entry's bytes against its stored hash,
stored hashes of subtrees against the entries, and the recomputed root against a signed checkpoint. Somebody who
rewrites entries *and* every hash above them is found by the checkpoints, which narrow the rewriting to the entries
between the last good one and the first bad one.

Nothing is repaired here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from comity.errors import PeerRefused
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.leaf import hash_of, read_leaf
from comity.ledger.tree import Frontier, Nodes, append, root

BATCH = 1024


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that disagrees: in entry ``first`` or, where only a range is known, up to ``last``.

    ``kind`` is one of ``missing``, ``order``, ``bytes``, ``content``, ``node``, ``size`` and ``root``. ``stored``
    and ``computed`` are what was found and what it should be, in hex or as a number.
    """

    kind: str
    first: int
    last: int
    stored: str
    computed: str
    says: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was checked of the log: ``size`` entries, the ``root`` they give, and how many checkpoints agreed, or
    what else it was held ``against``."""

    log: str
    size: int
    root: bytes
    checkpoints: int
    difference: Difference | None
    against: tuple[str, str] = ("checkpoint", "checkpoints")

    @property
    def says(self) -> str:
        """The result in one sentence."""
        if self.difference is not None:
            return self.difference.says
        noun = self.against[0] if self.checkpoints == 1 else self.against[1]
        return (
            f"All {self.size} entries of the ledger {self.log} agree with their hashes, "
            f"and with {self.checkpoints} {noun}."
        )


class _Found(Exception):
    """Carries the first difference out of the stream; never leaves this module."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference


def verify_log(
    log: str,
    entries: Iterable[tuple[int, bytes]],
    *,
    claimed: Frontier | None = None,
    nodes: Nodes | None = None,
    checkpoints: Sequence[Checkpoint] = (),
    progress: Callable[[int], None] | None = None,
) -> AuditReport:
    """Reads ``entries`` once, (index, exact bytes) in the order of the index, and stops at the first difference.

    ``claimed`` is the frontier that the store keeps, ``nodes`` its stored hashes, those of single entries (level 0)
    among them; ``checkpoints`` are heads whose signatures were verified before. ``progress`` is told the number of
    entries read, once per batch.
    """
    run = _Run(log, nodes, sorted(checkpoints, key=lambda one: one.size))
    try:
        stream = iter(entries)
        while len(batch := list(islice(stream, BATCH))) > 0:
            run.take(batch)
            if progress is not None:
                progress(run.frontier.size)
        run.close(claimed)
    except _Found as found:
        return run.report(found.difference)
    return run.report(None)


class _Run:
    """One pass over one log."""

    def __init__(self, log: str, nodes: Nodes | None, checkpoints: Sequence[Checkpoint]) -> None:
        self.log = log
        self.nodes = nodes
        self.checkpoints = list(checkpoints)
        self.frontier = Frontier()
        self.agreed = 0
        self.good = 0

    def take(self, batch: Sequence[tuple[int, bytes]]) -> None:
        """Checks one batch; raises :class:`_Found` at the first difference, by the position of its entry."""
        before = self.frontier
        hashes, broken = self._hashes(before.size, batch)
        while len(hashes) > 0 or self._due():
            stop = self.checkpoints[0].size if len(self.checkpoints) > 0 else before.size + len(batch)
            room = max(0, stop - self.frontier.size)
            self._grow(hashes[:room])
            hashes = hashes[room:]
            self._compare_checkpoints()
        if broken is not None:
            raise _Found(broken)

    def close(self, claimed: Frontier | None) -> None:
        """Checks what can only be judged at the end."""
        self._compare_checkpoints()
        size = self.frontier.size
        if claimed is not None and claimed.size != size:
            raise _Found(_size(self.log, claimed.size, size, "the store says it has"))
        if len(self.checkpoints) > 0:
            raise _Found(_size(self.log, self.checkpoints[0].size, size, "a signed checkpoint shows"))
        if claimed is not None and claimed.peaks != self.frontier.peaks:
            raise _Found(self._rewritten(root(claimed), "the root that the store keeps"))

    def report(self, difference: Difference | None) -> AuditReport:
        """The outcome so far."""
        return AuditReport(self.log, self.frontier.size, root(self.frontier), self.agreed, difference)

    def _hashes(self, start: int, batch: Sequence[tuple[int, bytes]]) -> tuple[list[bytes], Difference | None]:
        hashes: list[bytes] = []
        for expected, (index, raw) in enumerate(batch, start=start):
            if index != expected:
                return hashes, _misplaced(expected, index)
            hashes.append(hash_of(raw))
            broken = _unreadable(index, raw)
            if broken is not None:
                return hashes, broken
        return hashes, None

    def _grow(self, hashes: Sequence[bytes]) -> None:
        after, new = append(self.frontier, hashes)
        if self.nodes is not None:
            found = self.nodes.get_many(self.log, [(node.level, node.index) for node in new])
            for node in new:
                stored = found.get((node.level, node.index))
                if stored != node.hash:
                    raise _Found(_node(node.level, node.index, stored, node.hash))
        self.frontier = after

    def _due(self) -> bool:
        return len(self.checkpoints) > 0 and self.checkpoints[0].size == self.frontier.size

    def _compare_checkpoints(self) -> None:
        while self._due():
            checkpoint = self.checkpoints[0]
            if checkpoint.root != root(self.frontier):
                raise _Found(self._rewritten(checkpoint.root, f"the signed checkpoint of {checkpoint.size} entries"))
            self.checkpoints.pop(0)
            self.agreed += 1
            self.good = checkpoint.size

    def _rewritten(self, other: bytes, what: str) -> Difference:
        size, computed = self.frontier.size, root(self.frontier)
        says = (
            f"The entries {self.good} to {size - 1} give the root {computed.hex()}, but {what} has {other.hex()}: "
            f"one of these entries was rewritten together with its hashes."
        )
        return Difference("root", self.good, max(self.good, size - 1), other.hex(), computed.hex(), says)


def _misplaced(expected: int, found: int) -> Difference:
    if found > expected:
        says = f"Entry {expected} is missing; the next one stored is entry {found}."
        return Difference("missing", expected, found - 1, str(found), str(expected), says)
    says = f"Entry {found} is stored again where entry {expected} belongs."
    return Difference("order", found, found, str(found), str(expected), says)


def _unreadable(index: int, raw: bytes) -> Difference | None:
    try:
        leaf = read_leaf(raw)
    except PeerRefused as refusal:
        says = f"Entry {index} cannot be read: {refusal.says}"
        return Difference("content", index, index, "", "", says)
    if leaf.index != index:
        says = f"Entry {index} calls itself entry {leaf.index}."
        return Difference("content", index, index, str(leaf.index), str(index), says)
    return None


def _node(level: int, index: int, stored: bytes | None, computed: bytes) -> Difference:
    first, last = index << level, ((index + 1) << level) - 1
    entries = f"entry {first}" if first == last else f"the entries {first} to {last}"
    if level == 0 and stored is not None:
        says = (
            f"Entry {first} was changed: its bytes give the hash {computed.hex()}, the hash stored for it is "
            f"{stored.hex()}."
        )
        return Difference("bytes", first, last, stored.hex(), computed.hex(), says)
    if stored is None:
        says = f"The stored hash over {entries} (level {level}) is missing; it should be {computed.hex()}."
    else:
        says = (
            f"The stored hash over {entries} (level {level}) is {stored.hex()}, but the entries give {computed.hex()}."
        )
    return Difference("node", first, last, "" if stored is None else stored.hex(), computed.hex(), says)


def _size(log: str, claimed: int, found: int, who: str) -> Difference:
    if claimed > found:
        says = f"Entry {found} is missing: {who} {claimed} entries of the ledger {log}, {found} are there."
    else:
        says = f"Entry {claimed} is one too many: {who} {claimed} entries of the ledger {log}, {found} are there."
    first, last = min(claimed, found), max(claimed, found) - 1
    return Difference("size", first, last, str(claimed), str(found), says)
