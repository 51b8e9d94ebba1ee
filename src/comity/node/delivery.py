"""Sending: what waits in the outbox is sealed when it goes, pushed, and ticked off by the peer's signed answer.

Urgent before ordinary, always; a carton holds one lane. A peer that does not answer is tried again with growing
pauses, which end at once when anything comes in from it. A peer may also pull: after it was away, and for acts
that others follow from. A part that was erased meanwhile is not in the envelope any more; its header still is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from comity.errors import PeerRefused, RuleRefused
from comity.exchange.delivery import SealedPart, delivery_of
from comity.exchange.envelope import Outgoing, cartons_of, pack_carton
from comity.exchange.pull import read_pull, sign_pull
from comity.exchange.receipt import Answer, read_answer, read_own_answer
from comity.exchange.transports.base import PeerUnreachable
from comity.exchange.trust import LANES
from comity.model.act import Act, Header, PartHead, read_header
from comity.model.track import track_name
from comity.node.intake import keep_receipts, positions, receive, wanted_from
from comity.node.moment import stamp
from comity.node.node import Node
from comity.storage import acts as act_rows
from comity.storage import post
from comity.storage.rows import Batch

BATCH = 200
"""Envelopes a carton, so about 100 new matters: what the receiver records in one transaction."""


Sent = Literal["idle", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A carton ready to go: what it holds of which lane, and how often content was hidden here before it was made."""

    lane: str
    last: int
    carton: bytes
    hides: int


def send_once(node: Node, peer: str, now: datetime) -> Sent:
    """Sends one carton of what waits for ``peer``, and notes whether it could be reached."""
    loaded = _load(node, peer, None, now)
    return "idle" if loaded is None else _pushed(node, peer, lambda: _push(node, peer, loaded), now)


class Sender:
    """Sends to one peer, loading the next carton while one is on the line.

    What was loaded ahead is dropped when anything was hidden here meanwhile, so that it does not outlive an erasure.
    """

    def __init__(self, node: Node, peer: str) -> None:
        self._node, self._peer = node, peer
        self._line = ThreadPoolExecutor(1)
        self._ahead: _Loaded | None = None

    def step(self, now: datetime) -> Sent:
        """Sends one carton."""
        node, peer = self._node, self._peer
        loaded, self._ahead = self._ahead, None
        if loaded is None or loaded.hides != node.hides:
            loaded = _load(node, peer, None, now)
        if loaded is None:
            return "idle"
        pushing = self._line.submit(_push, node, peer, loaded)
        ahead = _load(node, peer, loaded, now)
        sent = _pushed(node, peer, pushing.result, now)
        self._ahead = ahead if sent == "sent" else None
        return sent


def _load(node: Node, peer: str, before: _Loaded | None, now: datetime) -> _Loaded | None:
    """The next carton after ``before``, the urgent lane first; None if nothing waits or the peer may get nothing."""
    if _url(node, peer) == "":
        return None
    hides = node.hides
    for lane in LANES:
        after = before.last if before is not None and before.lane == lane else 0
        with node.store.read() as unit:
            intents = post.unsent(unit, peer, lane, after=after, limit=BATCH)
            if len(intents) == 0:
                continue
            outgoing = _outgoing(node, unit, peer, intents)
        group = next(iter(cartons_of(outgoing)))
        try:
            carton = pack_carton(
                group, signer=node.ring.signer, recipient=peer, trust=node.trust, now=now, draw=node.draw
            )
        except (PeerRefused, RuleRefused) as problem:
            _note(node, peer, problem.rule, now)
            return None
        return _Loaded(lane, group[-1].n, carton, hides)
    return None


def _push(node: Node, peer: str, loaded: _Loaded) -> bytes:
    return node.transport.push(_url(node, peer), loaded.carton)


def _pushed(node: Node, peer: str, push: Callable[[], bytes], now: datetime) -> Sent:
    """The answer to one push, taken; or a note of why there is none."""
    try:
        answer = read_answer(push(), trust=node.trust, sender=peer, own=node.member, now=now)
    except (PeerUnreachable, PeerRefused) as problem:
        _note(node, peer, problem.rule, now)
        return "failed"
    with node.store.write() as unit:
        take_answer(node, unit, peer, answer, now)
    return "sent"


def _note(node: Node, peer: str, rule: str, now: datetime) -> None:
    with node.store.write() as unit:
        post.note_peer(unit, peer, at=stamp(now), problem=rule)


def take_answer(node: Node, unit: Connection, peer: str, answer: Answer, now: datetime) -> None:
    """Ticks off what the peer holds and keeps its receipts."""
    at = stamp(now)
    problem = answer.refusal if answer.refusal != "" else None
    post.note_peer(unit, peer, at=at, problem=problem)
    if answer.incarnation == node.ring.signer.incarnation:
        post.acknowledge(unit, peer, "urgent", answer.arrived.urgent, at)
        post.acknowledge(unit, peer, "ordinary", answer.arrived.ordinary, at)
    keep_receipts(unit, peer, answer.receipts)
    refused: dict[tuple[str, int], str] = {(one.lane, one.n): one.rule for one in answer.refused}
    if answer.incarnation == node.ring.signer.incarnation:
        post.put_receipts(
            unit,
            [
                post.StoredReceipt(intent.act, peer, "technical_refusal", "", at, refused[(intent.lane, intent.n)], b"")
                for intent in post.intents_numbered(unit, peer, refused)
                if intent.kind == "act"
            ],
        )


def answer_pull(node: Node, raw: bytes, now: datetime) -> bytes:
    """The carton that a peer asks for, urgent lane first; empty if nothing waits. Raises :class:`PeerRefused`."""
    request = read_pull(raw, trust=node.trust, own=node.member, now=now)
    peer, incarnation = request.sender, node.ring.signer.incarnation
    with node.store.write() as unit:
        post.note_peer(unit, peer, at=stamp(now), problem=None)
        for lane in LANES:
            if request.source == incarnation:
                post.acknowledge(unit, peer, lane, request.after(lane, incarnation), stamp(now))
    with node.store.read() as unit:
        asked = _asked(unit, peer, request.acts)
        for lane in LANES:
            if not node.trust.may_receive(peer, lane).allowed:
                continue
            after = request.after(lane, incarnation)
            waiting = post.after(unit, peer, lane, after, limit=BATCH)
            waiting = [*(i for i in asked if i.lane == lane and i.n <= after), *waiting]
            if len(waiting) > 0:
                outgoing = _outgoing(node, unit, peer, waiting[:BATCH])
                group = next(iter(cartons_of(outgoing)))
                return pack_carton(
                    group, signer=node.ring.signer, recipient=peer, trust=node.trust, now=now, draw=node.draw
                )
    return b""


def pull_once(node: Node, peer: str, now: datetime) -> bool:
    """Asks ``peer`` for what is missing here and takes it in; True if something came."""
    url = _url(node, peer)
    if url == "":
        return False
    source, after = positions(node, peer)
    request = sign_pull(
        signer=node.ring.signer,
        recipient=peer,
        trust=node.trust,
        now=now,
        source=source,
        after=after,
        acts=wanted_from(node, peer),
    )
    try:
        raw = node.transport.pull(url, request)
    except (PeerUnreachable, PeerRefused) as problem:
        _note(node, peer, problem.rule, now)
        return False
    if raw == b"":
        return False
    answer = receive(node, raw, now)
    acts = [receipt.act for receipt in read_own_answer(answer).receipts]
    if len(acts) > 0:
        with node.store.write() as unit:
            batch, outbox = Batch(), post.Outbox(unit)
            outbox.add(batch, peer=peer, lane="urgent", kind="receipt", act=acts[0], at=stamp(now), body=answer)
            outbox.close()
            batch.write(unit)
        node.bell.set()
    return True


def wants(node: Node, peer: str) -> bool:
    """Whether acts are missing here that ``peer`` should have."""
    return len(wanted_from(node, peer)) > 0


def _asked(unit: Connection, peer: str, digests: Iterable[str]) -> list[post.Intent]:
    """The envelopes of acts that the peer asks for by digest, as far as they were ever meant for it."""
    return [intent for intent in post.intents_for(unit, digests) if intent.peer == peer]


def _url(node: Node, peer: str) -> str:
    member = node.trust.member(peer)
    return "" if member is None or member.status == "left" else member.url


def _outgoing(node: Node, unit: Connection, peer: str, intents: Sequence[post.Intent]) -> list[Outgoing]:
    """The envelopes of these intents, with the parts that the peer may have and that are still there."""
    digests = [intent.act for intent in intents if intent.kind == "act"]
    stored = act_rows.acts_by_digest(unit, digests)
    headers = {digest: read_header(one.header) for digest, one in stored.items()}
    seats = act_rows.participants_of(unit, {h.matter for h in headers.values()})
    parts = {p.commitment: p for some in act_rows.parts_of_acts(unit, digests).values() for p in some}
    permitted = {
        digest: [
            head.commitment
            for head in header.parts
            if _for_peer(node, header, head, peer, seats.get(header.matter, {})) and _there(parts, head)
        ]
        for digest, header in headers.items()
    }
    everything = [commitment for some in permitted.values() for commitment in some]
    keys = node.keys.get(everything)
    chunks = act_rows.chunks_of(unit, everything)
    return [_envelope(intent, stored, headers, permitted, parts, keys, chunks) for intent in intents]


def _envelope(
    intent: post.Intent,
    stored: Mapping[str, act_rows.StoredAct],
    headers: Mapping[str, Header],
    permitted: Mapping[str, Sequence[str]],
    parts: Mapping[str, act_rows.StoredPart],
    keys: Mapping[str, tuple[bytes, bytes]],
    chunks: Mapping[str, list[bytes]],
) -> Outgoing:
    if intent.kind != "act":
        return Outgoing(intent.kind, intent.lane, intent.n, intent.body or b"")
    one = stored[intent.act]
    act = Act(headers[intent.act], one.header, one.signature, one.digest, one.assertion)
    sealed = []
    pieces: list[bytes] = []
    for commitment in permitted[intent.act]:
        content = parts[commitment].sealed
        if content is not None and commitment in keys:
            key, salt = keys[commitment]
            sealed.append(SealedPart(commitment, content, key, salt))
            pieces.extend(chunks.get(commitment, ()))
    return Outgoing("act", intent.lane, intent.n, delivery_of(act, sealed, chunks=pieces))


def _for_peer(node: Node, header: Header, head: PartHead, peer: str, seats: Mapping[str, set[str]]) -> bool:
    """Whether the table gives this part to the peer's seat."""
    procedure = node.registry.get(header.procedure, header.version)
    step = None if procedure is None else procedure.step(header.step, track_name(header.track))
    form = None if step is None else step.form
    spec = None if form is None else next((spec for spec in form.parts if spec.kind == head.kind), None)
    if spec is None or len(spec.seats) == 0:
        return True
    held = {seat for seat, members in seats.items() if peer in members}
    if peer == node.reviewer:
        held.add("reviewer")
    return len(held & set(spec.seats)) > 0


def _there(parts: Mapping[str, act_rows.StoredPart], head: PartHead) -> bool:
    part = parts.get(head.commitment)
    return part is not None and part.hidden is None and part.sealed is not None
