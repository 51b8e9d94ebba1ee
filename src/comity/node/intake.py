"""The road of what comes in: open, verify and decide; then one transaction; then receipts.

A carton that cannot be opened leaves a refusal in the ledger and in quarantine, and the peer is told the rule. An
envelope that is refused never spoils its neighbours. A delivery that came before gets its original receipt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Connection

from comity.errors import PeerRefused
from comity.exchange.delivery import Delivery, delivery_id, verify_delivery
from comity.exchange.envelope import OpenedCarton, OpenedEnvelope, RefusedEnvelope, open_carton
from comity.exchange.lanes import LanePositions, LaneState, advance, judge
from comity.exchange.receipt import Answer, Receipt, RefusedNumber, read_answer, sign_answer
from comity.exchange.trust import LANES, URGENT
from comity.ledger.leaf import Leaf
from comity.model.act import read_header
from comity.model.canon import decode, encode
from comity.node import documents
from comity.node.admission import has_room, is_for_us, may_come_in
from comity.node.arrival import Arrival, read_arrival
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.record import keep_keys, record
from comity.procedures.machine import MatterView
from comity.storage import acts as act_rows
from comity.storage import log, post, schema
from comity.storage.rows import Batch

_UNRECORDABLE = PeerRefused(
    "The act could not be recorded here.",
    rule="act.unrecordable",
    remedy="The receiving node's administrator finds the fault in its log; then the act is sent again.",
)

_log = structlog.get_logger("comity.node")

NOT_YET = ("act.key_unknown", "act.key_not_yet")
"""Refusals that pass by themselves once a newer list has come: the envelope is not counted as arrived, so it is sent
again."""


@dataclass(slots=True)
class _Sorted:
    """What a carton held, verified: acts to record, receipts and documents of the peer, and what is refused."""

    acts: list[tuple[OpenedEnvelope, Arrival]] = field(default_factory=list)
    receipts: list[tuple[OpenedEnvelope, tuple[Receipt, ...]]] = field(default_factory=list)
    documents: list[OpenedEnvelope] = field(default_factory=list)
    refused: list[tuple[RefusedEnvelope, str]] = field(default_factory=list)


def receive(node: Node, raw: bytes, now: datetime, *, sender: str = "") -> bytes:
    """Takes one carton: verifies, decides, records and folds; returns the signed answer.

    Raises :class:`PeerRefused` for a carton from nobody we know; its refusal is recorded all the same.
    """
    try:
        carton = open_carton(raw, trust=node.trust, own=node.member, kem_keys=node.ring.kem, now=now)
    except PeerRefused as refusal:
        refuse_carton(node, raw, refusal, now)
        raise
    found = _sort(node, carton, now)
    with node.store.read() as unit:
        held = act_rows.matter_rows(unit, {arrival.act.header.matter for _, arrival in found.acts})
        known = act_rows.parts_by_commitment(unit, [p.sealed.commitment for _, a in found.acts for p in a.parts])
        said = act_rows.counts_from(unit, carton.sender, held)
        there = act_rows.known_acts(unit, [arrival.act.digest for _, arrival in found.acts])
    _turn_away(node, found, {matter: str(row["owner_member"]) for matter, row in held.items()}, said, there)
    keep_keys(node, [arrival for _, arrival in found.acts], known)
    with node.store.write() as unit:
        answer = _take(node, unit, carton, found, now)
        post.note_peer(unit, carton.sender, at=stamp(now), problem=None)
    node.bell.set()
    return sign_answer(answer, signer=node.ring.signer, recipient=carton.sender, network=node.network, now=now)


def refuse_carton(node: Node, raw: bytes, refusal: PeerRefused, now: datetime) -> None:
    """A refusal travels the same road: a leaf and a quarantine row, never the content."""
    with node.store.write() as unit:
        _note_refusal(node, unit, "", hashlib.sha256(raw).hexdigest(), refusal, stamp(now))


def _sort(node: Node, carton: OpenedCarton, now: datetime) -> _Sorted:
    """Everything that needs no writer: signatures, commitments, reading."""
    found = _Sorted()
    for envelope in carton.envelopes:
        if isinstance(envelope, RefusedEnvelope):
            found.refused.append((envelope, ""))
            continue
        try:
            _sort_one(node, carton, envelope, found, now)
        except PeerRefused as refusal:
            act = envelope.content.act if isinstance(envelope.content, Delivery) else ""
            found.refused.append((RefusedEnvelope(envelope.index, envelope.header, refusal), act))
    return found


def _sort_one(node: Node, carton: OpenedCarton, envelope: OpenedEnvelope, found: _Sorted, now: datetime) -> None:
    content = envelope.content
    if isinstance(content, Delivery):
        act, parts = verify_delivery(content, node.trust, now)
        identity = delivery_id(act.digest, carton.sender, [p.commitment for p in content.parts])
        arrival = read_arrival(act, parts, content, sender=carton.sender, identity=identity)
        may_come_in(node, carton.sender, arrival, now)
        found.acts.append((envelope, arrival))
    elif envelope.header.kind == "receipt":
        answer = read_answer(content, trust=node.trust, sender=carton.sender, own=node.member, now=now)
        found.receipts.append((envelope, answer.receipts))
    else:
        found.documents.append(envelope)


def _turn_away(
    node: Node, found: _Sorted, owners: Mapping[str, str], said: dict[str, int], there: Collection[str]
) -> None:
    """Moves the acts that are not for this member, or that their matter has no room for, to the refused ones.

    ``owners`` are the members that own matters, ``said`` how many acts the sender said in each; ``there`` came before.
    """
    acts, found.acts = found.acts, []
    for envelope, arrival in acts:
        header = arrival.act.header
        try:
            is_for_us(node, header, owners.get(header.matter, ""))
            if arrival.act.digest not in there:
                has_room(node, header, said.get(header.matter, 0))
                said[header.matter] = said.get(header.matter, 0) + 1
        except PeerRefused as refusal:
            found.refused.append((RefusedEnvelope(envelope.index, envelope.header, refusal), arrival.act.digest))
        else:
            found.acts.append((envelope, arrival))


def _take(node: Node, unit: Connection, carton: OpenedCarton, found: _Sorted, now: datetime) -> Answer:
    """The transaction: lanes, acts, receipts, refusals."""
    at = stamp(now)
    states = _lane_states(unit, carton.sender)
    refused = [_refuse(node, unit, carton.sender, envelope, digest, at) for envelope, digest in found.refused]
    taken = [e for e, _ in (*found.acts, *found.receipts)] + found.documents
    incarnation = carton.outer.incarnation
    later = {(e.header.lane, e.header.n) for e, _ in found.refused if e.header and e.refusal.rule in NOT_YET}
    numbers = [(e.header.lane, e.header.n) for e in taken] + [n for n in refused if n is not None and n not in later]
    too_far = set()
    for lane, n in numbers:
        if judge(states[lane], incarnation, n).rule != "":
            too_far.add((lane, n))
        states[lane] = advance(states[lane], incarnation, n)
    acts = [(e, a) for e, a in found.acts if (e.header.lane, e.header.n) not in too_far]
    receipts, spoilt = _record(node, unit, acts, now)
    for arrival in spoilt:
        _note_refusal(node, unit, carton.sender, arrival.act.digest, _UNRECORDABLE, at)
    for _, answered in found.receipts:
        keep_receipts(unit, carton.sender, answered)
    for envelope in found.documents:
        _take_document(node, unit, carton.sender, envelope, now)
    _put_lanes(unit, carton.sender, states)
    rules = [(e.header, e.refusal.rule) for e, _ in found.refused if e.header is not None]
    rules += [(e.header, _UNRECORDABLE.rule) for e, a in acts if a in spoilt]
    rules += [(e.header, "lane.old_incarnation") for e in taken if (e.header.lane, e.header.n) in too_far]
    return Answer(
        receipts=tuple(receipts),
        arrived=LanePositions(states["urgent"].through, states["ordinary"].through),
        incarnation=incarnation,
        refused=tuple(RefusedNumber(header.lane, header.n, rule) for header, rule in rules),
    )


def _take_document(node: Node, unit: Connection, peer: str, envelope: OpenedEnvelope, now: datetime) -> None:
    """A stale, rolled-back or forged document is refused like anything else: with a reason and an entry."""
    try:
        documents.take(node, unit, envelope, now)
    except PeerRefused as refusal:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        _note_refusal(node, unit, peer, hashlib.sha256(content).hexdigest(), refusal, stamp(now))


def _record(
    node: Node, unit: Connection, acts: Sequence[tuple[OpenedEnvelope, Arrival]], now: datetime
) -> tuple[list[Receipt], list[Arrival]]:
    """Records what is new; the receipts of everything, in order, a repeated delivery's being the original one, and
    what could not be recorded."""
    known = post.delivery_receipts(unit, [arrival.delivery for _, arrival in acts])
    fresh: dict[str, Arrival] = {}
    for _, arrival in acts:
        if arrival.delivery not in known:
            fresh.setdefault(arrival.delivery, arrival)
    views, spoilt = _record_apart(node, unit, list(fresh.values()), now)
    good = {delivery: arrival for delivery, arrival in fresh.items() if arrival not in spoilt}
    made = {delivery: _receipt(node, arrival, views, now) for delivery, arrival in good.items()}
    batch = Batch()
    for delivery, arrival in good.items():
        row = {"id": delivery, "act": arrival.act.digest, "sender": arrival.sender, "receipt": encode(made[delivery])}
        batch.add(schema.delivery, row)
    batch.write(unit)
    originals = {d: decode(raw, Receipt, what="stored receipt") for d, raw in known.items()}
    said = {**originals, **made}
    return [said[arrival.delivery] for _, arrival in acts if arrival.delivery in said], spoilt


def _record_apart(
    node: Node, unit: Connection, arrivals: list[Arrival], now: datetime
) -> tuple[Mapping[str, MatterView], list[Arrival]]:
    """Records all in one go; if one of them cannot be, each by itself, so that it never takes its neighbours along."""
    try:
        with unit.begin_nested():
            return record(node, unit, arrivals, now).views, []
    except Exception as fault:  # whatever a peer's act can make go wrong here, its neighbours are recorded
        _log.error("intake.batch", error=type(fault).__name__)
    views: dict[str, MatterView] = {}
    spoilt: list[Arrival] = []
    for arrival in arrivals:
        try:
            with unit.begin_nested():
                views.update(record(node, unit, [arrival], now).views)
        except Exception as fault:
            _log.error("intake.act", act=arrival.act.digest, error=type(fault).__name__)
            spoilt.append(arrival)
    return views, spoilt


def _receipt(node: Node, arrival: Arrival, views: Mapping[str, MatterView], now: datetime) -> Receipt:
    """What the peer is told of one delivery: the same whatever protection was found here."""
    view = views.get(arrival.act.header.matter)
    return Receipt(
        network=node.network,
        member=node.member,
        act=arrival.act.digest,
        delivery=arrival.delivery,
        code="not_understood" if view is None else "recorded",
        at=now,
    )


def keep_receipts(unit: Connection, member: str, receipts: tuple[Receipt, ...]) -> None:
    """Keeps what a member answered about our acts."""
    post.put_receipts(
        unit,
        [
            post.StoredReceipt(r.act, member, r.code, r.moment, stamp(r.at), r.rule, encode(r))
            for r in receipts
            if r.member == member
        ],
    )


def _refuse(
    node: Node, unit: Connection, peer: str, envelope: RefusedEnvelope, digest: str, at: str
) -> tuple[str, int] | None:
    _note_refusal(node, unit, peer, digest, envelope.refusal, at)
    return None if envelope.header is None else (envelope.header.lane, envelope.header.n)


def _note_refusal(node: Node, unit: Connection, peer: str, digest: str, refusal: PeerRefused, at: str) -> None:
    post.quarantine(unit, peer=peer, at=at, rule=refusal.rule, says=refusal.says, digest=digest)
    leaf = Leaf(
        index=0,
        time=at,
        tag="exchange:envelope:refuse",
        digest=digest,
        actor=peer if peer != "" else "unknown",
        purpose="",
        decision="refused",
        rule=refusal.rule,
    )
    writer, batch = log.LogWriter(unit), Batch()
    writer.add(log.MAIN, leaf)
    writer.write(batch)
    batch.write(unit)


def _lane_states(unit: Connection, peer: str) -> dict[str, LaneState]:
    known = post.lanes(unit)
    return {
        name: LaneState(known[(peer, name)].in_incarnation, known[(peer, name)].in_seen)
        if (peer, name) in known
        else LaneState()
        for name in LANES
    }


def _put_lanes(unit: Connection, peer: str, states: Mapping[str, LaneState]) -> None:
    known = post.lanes(unit)
    for name, state in states.items():
        out = known.get((peer, name), post.Lane()).out_n
        post.put_lane(unit, peer, name, post.Lane(out, state.incarnation, state.seen))


def positions(node: Node, peer: str) -> tuple[int, LanePositions]:
    """(the peer's incarnation, how far each lane of it has arrived here without a gap)."""
    with node.store.read() as unit:
        states = _lane_states(unit, peer)
    incarnation = max(state.incarnation for state in states.values())
    through = {name: s.through if s.incarnation == incarnation else 0 for name, s in states.items()}
    return incarnation, LanePositions(through[URGENT], through["ordinary"])


def wanted_from(node: Node, peer: str) -> tuple[str, ...]:
    """Acts of a peer that others of its acts follow from and that have not arrived."""
    with node.store.read() as unit:
        waiting = act_rows.waiting_from(unit, peer)
        wanted = {digest for raw in waiting for digest in _ancestors(raw)}
        return tuple(sorted(wanted - act_rows.known_acts(unit, wanted)))


def _ancestors(raw: bytes) -> tuple[str, ...]:
    header = read_header(raw)
    return (header.prev, *header.seen)
