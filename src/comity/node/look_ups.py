"""The log of look-ups: who asked about which person or document, and for what, written down before the answer leaves.

Each question is a row that names nobody: what was asked stands as a digest under a secret of this node. A question
that met a hit is an entry of the disclosure log at once. All others are covered by one entry a minute, with how many
they are and the root over their bytes, so that no row can be changed, added or taken out later unseen. Rows go when
their term is over; the entries stay.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from comity.ledger.audit import AuditReport, Difference
from comity.ledger.leaf import Leaf, hash_of, read_leaf
from comity.ledger.tree import Frontier, append, root
from comity.model.canon import encode
from comity.model.travel_document import Document, document_key
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.policy.clocks import due
from comity.policy.facts import LogFacts
from comity.storage import log, schema
from comity.storage import look_ups as rows
from comity.storage.look_ups import LookUp, LookUpBatch
from comity.storage.rows import Batch

LOG = "look_ups"
HIT, BATCH, ASKED = "register:hit:disclose", "register:look_up:batch", "register:look_up:review"
EVERY = timedelta(minutes=1)
"""How often the questions so far become an entry."""
TERM = "retention.look_ups"
"""Where a profile says how long questions are kept."""
USUAL_YEARS = 5
"""Years that logs of processing are kept where the profile says nothing (domain 03, B-07)."""
DROPPED = 50
"""Batches forgotten in one transaction."""
PIECE = 5_000


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it is written down: by whom and under which rule, about what, and what came of it."""

    actor: str
    purpose: str
    rule: str
    about: str
    asked: bytes
    outcome: str
    told: str = ""


def actor_of(officer: Officer) -> str:
    """Who asked, as the ledger writes it: the agency and the pseudonym."""
    return f"{officer.agency}:{officer.pseudonym}"


def document_digest(node: Node, document: Document) -> bytes:
    """What stands in the log in place of a number."""
    return document_key(_secret(node), document)


def person_digest(node: Node, asked: object) -> bytes:
    """What stands in the log in place of what was asked about a person."""
    return hmac.new(_secret(node), b"person\0" + encode(asked), hashlib.sha256).digest()[:12]


def told_digest(told: object) -> str:
    """A digest of what was answered, by which a later answer is known to be another."""
    return hashlib.sha256(encode(told)).hexdigest()[:32]


def _secret(node: Node) -> bytes:
    return hmac.new(node.ring.vault, b"comity-look-up-1", hashlib.sha256).digest()


def write_down(unit: Connection, questions: Sequence[Question], call: str, now: datetime) -> None:
    """Writes down the questions of one call, in the transaction without which its answer does not leave."""
    write_all(unit, [(call, questions)], now)


def write_all(unit: Connection, calls: Iterable[tuple[str, Sequence[Question]]], now: datetime) -> None:
    """Writes down the questions of several calls at once."""
    first, at = rows.next_id(unit), stamp(now)
    told = [(call, n, one) for call, questions in calls for n, one in enumerate(questions, 1)]
    made = [
        LookUp(at, q.actor, q.purpose, q.rule, q.about, q.asked, q.outcome, q.told, call, n, first + place)
        for place, (call, n, q) in enumerate(told)
    ]
    rows.add(unit, made)
    writer, batch = log.LogWriter(unit), Batch()
    for row in made:
        if row.outcome == "hit":
            writer.add(log.DISCLOSURE, _hit_leaf(row))
    writer.write(batch)
    batch.write(unit)


def _hit_leaf(row: LookUp) -> Leaf:
    covered = hash_of(row.raw()).hex()
    return Leaf(0, row.at, HIT, "", row.actor, row.purpose, "allowed", row.rule, root=covered, count=1)


def seal_due(node: Node, now: datetime) -> bool:
    """Makes an entry of the questions since the last entry, once the first of them is a minute old."""
    with node.store.read() as unit:
        first = rows.last_in_batch(unit) + 1
        oldest = next(rows.after(unit, first), None)
    if oldest is None or now - instant(oldest.at) < EVERY:
        return False
    seal(node, now)
    return True


def seal(node: Node, now: datetime) -> None:
    """Makes an entry of every question that no entry covers yet. The root is computed before the writer is taken."""
    with node.store.read() as unit:
        first = rows.last_in_batch(unit) + 1
        frontier, last = _grown(rows.after(unit, first))
    if frontier.size == 0:
        return
    leaf = Leaf(0, stamp(now), BATCH, "", node.bureau, "", "done", "", root=root(frontier).hex(), count=frontier.size)
    with node.store.write() as unit:
        if rows.last_in_batch(unit) + 1 != first:
            return
        writer, batch = log.LogWriter(unit), Batch()
        index = writer.add(log.DISCLOSURE, leaf)
        writer.write(batch)
        batch.write(unit)
        rows.put_batch(unit, LookUpBatch(index, first, last, stamp(now), None))


def _grown(some: Iterable[LookUp]) -> tuple[Frontier, int]:
    """The tree over rows, and the number of the last."""
    frontier, last = Frontier(), 0
    piece: list[bytes] = []
    for row in some:
        piece.append(hash_of(row.raw()))
        last = row.id
        if len(piece) == PIECE:
            frontier, piece = append(frontier, piece)[0], []
    return append(frontier, piece)[0], last


def audit_look_ups(node: Node) -> AuditReport:
    """Holds every question against the entry that covers it, and every entry against the questions."""
    with node.store.read() as unit:
        leaves = dict(_leaves(unit))
        known = rows.batches(unit)
        size = 0
        checked = 0
        difference = _strays(leaves, known)
        for batch in known:
            if difference is not None:
                break
            if batch.gone is not None:
                continue
            frontier, _ = _grown(rows.after(unit, batch.first, batch.last))
            difference = _differs(batch, leaves[batch.leaf], frontier)
            size, checked = size + frontier.size, checked + 1
        if difference is None:
            difference = _without_entry(unit, leaves)
    return AuditReport(LOG, size, b"", checked, difference, against=("batch entry", "batch entries"))


def _leaves(unit: Connection) -> Iterator[tuple[int, Leaf]]:
    marks = (BATCH.encode(), HIT.encode())
    for index, raw in log.entries(unit, log.DISCLOSURE):
        if any(mark in raw for mark in marks):
            yield index, read_leaf(raw)


def _strays(leaves: dict[int, Leaf], known: list[LookUpBatch]) -> Difference | None:
    sealed = {index for index, leaf in leaves.items() if leaf.tag == BATCH}
    for index in sorted(sealed ^ {batch.leaf for batch in known}):
        says = f"The entry {index} of the disclosure log and the batches of look-ups do not agree: one is missing."
        return Difference("missing", index, index, "", "", says)
    return None


def _differs(batch: LookUpBatch, leaf: Leaf, frontier: Frontier) -> Difference | None:
    computed = root(frontier).hex()
    if (leaf.count, leaf.root) == (frontier.size, computed):
        return None
    says = (
        f"The look-ups {batch.first} to {batch.last} were changed: entry {batch.leaf} of the disclosure log says "
        f"{leaf.count} with the root {leaf.root}, there are {frontier.size} with {computed}."
    )
    return Difference("root", batch.first, batch.last, leaf.root, computed, says)


def _without_entry(unit: Connection, leaves: dict[int, Leaf]) -> Difference | None:
    """A hit that has no entry of its own."""
    covered = Counter(leaf.root for leaf in leaves.values() if leaf.tag == HIT)
    for row in rows.hits(unit):
        if covered[hash_of(row.raw()).hex()] == 0:
            says = f"The look-up {row.id} met a hit, and no entry of the disclosure log says so."
            return Difference("missing", row.id, row.id, "", "", says)
    return None


def who_asked(node: Node, officer: Officer, documents: Sequence[Document], now: datetime) -> list[LookUp]:
    """Every question about a document, the last one first; raises :class:`RuleRefused` for whoever may not review
    them. That somebody looked is an entry too."""
    circumstances = context("compliance_review", now)
    decision = node.policies.decide(principal(node, officer), "prove", LogFacts(LOG), circumstances)
    decision.require()
    digests = [document_digest(node, one) for one in documents]
    leaf = Leaf(0, stamp(now), ASKED, "", actor_of(officer), circumstances.purpose, "allowed", decision.rule)
    with node.store.write() as unit:
        writer, batch = log.LogWriter(unit), Batch()
        writer.add(log.DISCLOSURE, leaf)
        writer.write(batch)
        batch.write(unit)
        return rows.asked_about(unit, digests)


def forget_due(node: Node, now: datetime) -> int:
    """Forgets questions whose term is over, some batches at a time; returns how many."""
    count = 0
    while True:
        with node.store.write() as unit:
            dropped = rows.drop_batches(unit, stamp(_oldest(node, now)), stamp(now), limit=DROPPED)
        count += dropped
        if dropped == 0:
            return count


def _oldest(node: Node, now: datetime) -> datetime:
    """The moment before which questions are forgotten."""
    law = node.law(node.member, TERM, now.date())
    if isinstance(law.value, int) and law.unit in ("hours", "days", "months", "years"):
        return due(now, -law.value, law.unit)
    return due(now, -USUAL_YEARS, "years")


def register_mark(unit: Connection) -> str:
    """What the register stands at: another one after every report and every recall."""
    batch = schema.document_batch
    standing = func.count().filter(batch.c.ended.is_(None))
    newest, count = unit.execute(select(func.max(batch.c.batch), standing)).one()
    return f"{newest or 0} {count}"
