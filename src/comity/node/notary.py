"""Checkpoints, proofs, the audit of the ledger, and the clocks that erase and end things by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from comity.errors import RuleRefused
from comity.ledger.audit import AuditReport, verify_log
from comity.ledger.checkpoint import Checkpoint, NoteKey, open_checkpoint, read_checkpoint, sign_checkpoint
from comity.ledger.leaf import Leaf
from comity.ledger.proof import Document, ProofEntry, make_proof
from comity.ledger.tree import inclusion_path, root
from comity.model.act import read_header
from comity.model.track import member_of
from comity.node import documents
from comity.node.look_ups import audit_look_ups
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.recalling import erase_leaf
from comity.storage import acts as act_rows
from comity.storage import desk, log
from comity.storage.rows import Batch


def origin(network: str, member: str, name: str) -> str:
    """The name of one log of one member, as it stands in its checkpoints."""
    return f"comity.{network}.{member.lower()}.{name}"


def issue_checkpoints(node: Node, now: datetime) -> bool:
    """Anchors the other logs in the main one and signs a checkpoint of each log that has grown."""
    with node.store.write() as unit:
        _anchor(node, unit, now)
        for name in sorted(log.heads(unit)):
            _sign(node, unit, name, now)
    return False


def prove(node: Node, act: str, now: datetime) -> bytes:
    """A portable proof of what this node's ledger says of one act: recorded, and each moment of erasure.

    It carries the directory and the lists that a verifier needs, and tells nothing of any other act.
    """
    with node.store.write() as unit:
        stored = act_rows.acts_by_digest(unit, [act]).get(act)
        if stored is None:
            raise RuleRefused("There is no such act in this ledger.", rule="ledger.no_act")
        author = member_of(read_header(stored.header).agency)
        name = log.MAIN if author == node.member else log.pair(author)
        note = _sign(node, unit, name, now)
        size = read_checkpoint(note).size
        nodes = log.StoredNodes(unit)
        entries = [
            ProofEntry(
                leaf=raw,
                index=index,
                path=tuple(inclusion_path(nodes, name, index, size)),
                header=stored.header if n == 0 else b"",
                signature=stored.signature if n == 0 else b"",
            )
            for n, (index, raw) in enumerate(log.entries_about(unit, name, act))
        ]
        papers = [Document(documents.DIRECTORY, node.trust.directory.raw)]
        papers += [
            Document(documents.MEMBER_LIST, node.trust.lists[member].raw) for member in sorted({node.member, author})
        ]
    return make_proof(note, entries, documents=papers)


def audit(node: Node, progress: Callable[[int], None] | None = None) -> list[AuditReport]:
    """Verifies every log of this node from its first entry, and the look-ups that its entries cover; a difference is
    named in the report."""
    with node.store.read() as unit:
        reports = [_audit_one(node, unit, name, progress) for name in sorted(log.heads(unit))]
    return [*reports, audit_look_ups(node)] if len(reports) > 0 else reports


def run_clocks(node: Node, now: datetime) -> bool:
    """Ends watches that ran out, and hides parts whose own time has come."""
    today, at = stamp(now)[:10], stamp(now)
    with node.store.read() as unit:
        over = [watch for watch in desk.watches(unit) if watch.until != "" and watch.until < today]
        dead = act_rows.dying(unit, at)
    if len(over) + len(dead) == 0:
        return False
    with node.store.write() as unit:
        for watch in over:
            desk.drop_watch(unit, watch.matter)
        desk.put_setting(unit, "watch_version", str(int(desk.setting(unit, "watch_version", "0")) + 1))
        reached = act_rows.with_derived(unit, [part.commitment for part in dead])
        act_rows.hide(unit, sorted(reached), at=at, recall=None)
        _clock_leaves(node, unit, reached, at)
        node.hides += 1
    node.bell.set()
    return True


def _clock_leaves(node: Node, unit: Connection, commitments: set[str], at: str) -> None:
    writer, batch = log.LogWriter(unit), Batch()
    parts = act_rows.parts_by_commitment(unit, commitments)
    done: set[str] = set()
    for commitment, digests in sorted(act_rows.acts_of_parts(unit, commitments).items()):
        for digest in sorted(digests - done):
            done.add(digest)
            erase_leaf(node, writer, digest, parts[commitment].agency, "hidden", "clock", at)
    writer.write(batch)
    batch.write(unit)


def _anchor(node: Node, unit: Connection, now: datetime) -> None:
    """The root of each other log becomes an entry of the main one, when it has changed."""
    writer, batch = log.LogWriter(unit), Batch()
    for name, frontier in sorted(log.heads(unit).items()):
        head = root(frontier).hex()
        if name == log.MAIN or desk.setting(unit, f"anchored {name}") == head:
            continue
        desk.put_setting(unit, f"anchored {name}", head)
        leaf = Leaf(
            index=0,
            time=stamp(now),
            tag=f"ledger:{name}:anchor",
            digest="",
            actor=node.bureau,
            purpose="",
            decision="done",
            rule="",
            root=head,
        )
        writer.add(log.MAIN, leaf)
    writer.write(batch)
    batch.write(unit)


def _sign(node: Node, unit: Connection, name: str, now: datetime) -> bytes:
    frontier = log.head(unit, name)
    last = log.last_checkpoint(unit, name)
    if last is not None and last[0] == frontier.size:
        return last[1]
    point = Checkpoint(origin(node.network, node.member, name), frontier.size, root(frontier))
    note = sign_checkpoint(point, node.ring.signer.key, now)
    log.put_checkpoint(unit, name, frontier.size, stamp(now), note)
    return note


def _audit_one(node: Node, unit: Connection, name: str, progress: Callable[[int], None] | None) -> AuditReport:
    key = NoteKey(origin(node.network, node.member, name), node.ring.signer.key.public_key())
    points = [open_checkpoint(note, key).checkpoint for _, note in log.checkpoints(unit, name)]
    return verify_log(
        name,
        log.entries(unit, name),
        claimed=log.head(unit, name),
        nodes=log.StoredNodes(unit),
        checkpoints=points,
        progress=progress,
    )
