"""Rows of the ledger's logs: entries, complete subtree nodes, heads and checkpoints.

Three kinds of log lie here under their names: ``main``, ``disclosure``, and one ``pair-XX`` for each peer, so that
a proof for a peer tells nothing of anybody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, insert, select, tuple_, update

from comity.ledger.leaf import Leaf, leaf_bytes
from comity.ledger.tree import Frontier, NodeId, append, leaf_hash
from comity.storage import schema
from comity.storage.rows import Batch

MAIN = "main"
DISCLOSURE = "disclosure"


def pair(member: str) -> str:
    """The name of the log shared with one peer."""
    return f"pair-{member.lower()}"


class LogWriter:
    """Appends entries to logs within one transaction; nothing is cached beyond it."""

    def __init__(self, unit: Connection) -> None:
        self._unit = unit
        self._stored: dict[str, Frontier] = {}
        self._new: dict[str, list[tuple[bytes, str]]] = {}

    def add(self, log: str, leaf: Leaf) -> int:
        """Appends ``leaf`` with the next index of ``log``; returns the index."""
        new = self._new.setdefault(log, [])
        index = self._frontier(log).size + len(new)
        new.append((leaf_bytes(replace_index(leaf, index)), leaf.digest))
        return index

    def write(self, batch: Batch) -> None:
        """Puts entries and nodes into ``batch`` and the new heads into their rows."""
        for log, entries in self._new.items():
            before = self._frontier(log)
            after, nodes = append(before, [leaf_hash(data) for data, _ in entries])
            leaves = ((log, before.size + i, data, digest) for i, (data, digest) in enumerate(entries))
            batch.extend(schema.leaf, ("log", "idx", "data", "digest"), leaves)
            tree = ((log, node.level, node.index, node.hash) for node in nodes)
            batch.extend(schema.tree_node, ("log", "level", "idx", "hash"), tree)
            put_head(self._unit, log, after)
        self._new.clear()
        self._stored.clear()

    def _frontier(self, log: str) -> Frontier:
        if log not in self._stored:
            self._stored[log] = head(self._unit, log)
        return self._stored[log]


def replace_index(leaf: Leaf, index: int) -> Leaf:
    """The same entry at another place."""
    return Leaf(**{**{name: getattr(leaf, name) for name in leaf.__struct_fields__}, "index": index})


def head(unit: Connection, log: str) -> Frontier:
    """The frontier of one log."""
    row = unit.execute(select(schema.log_head).where(schema.log_head.c.log == log)).first()
    if row is None:
        return Frontier()
    peaks = bytes(row.peaks)
    return Frontier(row.size, tuple(peaks[i : i + 32] for i in range(0, len(peaks), 32)))


def heads(unit: Connection) -> dict[str, Frontier]:
    """The frontier of each log."""
    return {name: head(unit, name) for name in unit.execute(select(schema.log_head.c.log)).scalars().all()}


def put_head(unit: Connection, log: str, frontier: Frontier) -> None:
    """Writes the frontier of one log in place of what it was."""
    table = schema.log_head
    values = {"size": frontier.size, "peaks": b"".join(frontier.peaks)}
    if unit.execute(update(table).where(table.c.log == log).values(**values)).rowcount == 0:
        unit.execute(insert(table).values(log=log, **values))


class StoredNodes:
    """The stored subtree nodes, as proofs read them."""

    def __init__(self, unit: Connection) -> None:
        self._unit = unit

    def get_many(self, log: str, ids: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """The hashes of those of ``ids`` that are stored."""
        if len(ids) == 0:
            return {}
        table = schema.tree_node
        query = select(table).where(table.c.log == log, tuple_(table.c.level, table.c.idx).in_(list(ids)))
        return {(row.level, row.idx): bytes(row.hash) for row in self._unit.execute(query)}


def entries(unit: Connection, log: str, *, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """(index, exact bytes) of each entry of one log, in order."""
    table = schema.leaf
    query = select(table.c.idx, table.c.data).where(table.c.log == log, table.c.idx >= start).order_by(table.c.idx)
    for row in unit.execute(query.execution_options(yield_per=1000)):
        yield row.idx, bytes(row.data)


def entry(unit: Connection, log: str, index: int) -> bytes | None:
    """The exact bytes of one entry, or None where there is none."""
    table = schema.leaf
    value = unit.execute(select(table.c.data).where(table.c.log == log, table.c.idx == index)).scalar()
    return None if value is None else bytes(value)


def entries_about(unit: Connection, log: str, digest: str) -> list[tuple[int, bytes]]:
    """(index, exact bytes) of each entry of one log that names an act."""
    table = schema.leaf
    query = select(table.c.idx, table.c.data).where(table.c.log == log, table.c.digest == digest)
    return [(row.idx, bytes(row.data)) for row in unit.execute(query.order_by(table.c.idx))]


def put_checkpoint(unit: Connection, log: str, size: int, at: str, note: bytes) -> None:
    """Keeps a signed checkpoint; the same size is kept once."""
    table = schema.checkpoint
    if unit.execute(select(table.c.size).where(table.c.log == log, table.c.size == size)).first() is None:
        unit.execute(insert(table).values(log=log, size=size, at=at, note=note))


def last_checkpoint(unit: Connection, log: str) -> tuple[int, bytes] | None:
    """(size, note) of the newest checkpoint of one log."""
    table = schema.checkpoint
    query = select(table.c.size, table.c.note).where(table.c.log == log).order_by(table.c.size.desc()).limit(1)
    row = unit.execute(query).first()
    return None if row is None else (row.size, bytes(row.note))


def checkpoints(unit: Connection, log: str) -> list[tuple[int, bytes]]:
    """(size, note) of every checkpoint of one log, oldest first."""
    table = schema.checkpoint
    query = select(table.c.size, table.c.note).where(table.c.log == log).order_by(table.c.size)
    return [(row.size, bytes(row.note)) for row in unit.execute(query)]
