"""Receipts: what a member says it did with what it was sent, signed by its node, a batch at a time.

A receipt names the act, the delivery and one of eight codes; ``erased`` names its moment as well. It is made once
per delivery and stored: the same delivery again gets the same receipt. It holds no place in the receiver's
ledger and nothing that depends on whether a person is protected: anything that counts would tell, by what lies
between two receipts, that something was done there. Proofs for a peer come from the log of the pair.

The document that answers a carton also carries, beside the receipts, how far each lane has arrived without a gap
(the sender's own numbers), which envelopes were refused and why, or why the whole carton was.

Not handled here: *unreachable since*, which is the sender's own view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from comity.errors import PeerRefused
from comity.exchange.lanes import LanePositions
from comity.exchange.signed import (
    Counter,
    Digest,
    Instant,
    KeyId,
    MemberCode,
    NetworkId,
    NodeSigner,
    Ordinal,
    RuleCode,
    Signature,
    Text,
    join_signed,
    split_signed,
)
from comity.exchange.trust import NodeClaim, Trust, check_node_claim
from comity.model.canon import decode, encode

FORMAT = "comity-receipts-1"
LIMIT = 1 << 20
NOTHING_ARRIVED = LanePositions()

Code = Literal[
    "recorded",
    "not_understood",
    "erased",
    "restricted",
    "kept",
    "paper_outstanding",
    "expired",
    "technical_refusal",
]
"""What was done: the act was recorded; recorded under a procedure version that is not known here; the content was
erased; kept locked and not searched; kept as a record of one's own; erased but for numbered prints; too old to be
taken; not taken, for the technical reason in ``rule``."""

Moment = Literal["", "hidden", "keyless", "gone"]
"""How far an erasure has come: no longer shown; keys destroyed; no byte of it left on disk."""


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer. ``member`` is who answers, ``act`` and ``delivery`` are digests, ``at`` when it was recorded.

    ``act`` is empty only where it could not be read. ``basis`` is the law named for *restricted* and *kept*,
    ``until`` the end of a restriction, ``count`` the prints outstanding, ``rule`` the reason of a technical
    refusal.
    """

    network: NetworkId
    member: MemberCode
    act: Digest
    delivery: Digest
    code: Code
    at: Instant
    moment: Moment = ""
    basis: Text = ""
    rule: RuleCode = ""
    until: Instant | None = None
    count: Counter = 0


class RefusedNumber(msgspec.Struct, frozen=True):
    """An envelope of the carton that was not taken: its number on its lane, and the rule."""

    lane: Literal["urgent", "ordinary"]
    n: Ordinal
    rule: RuleCode


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node says to a carton. ``refusal`` is the rule if the whole carton was refused, else empty.

    ``arrived`` gives, per lane, the number up to which nothing of ``incarnation`` is missing.
    """

    receipts: tuple[Receipt, ...] = ()
    arrived: LanePositions = NOTHING_ARRIVED
    incarnation: int = 0
    refused: tuple[RefusedNumber, ...] = ()
    refusal: str = ""


class _ReceiptsDoc(msgspec.Struct, frozen=True):
    network: NetworkId
    member: MemberCode
    recipient: MemberCode
    key: KeyId
    time: Instant
    receipts: Annotated[tuple[Receipt, ...], msgspec.Meta(max_length=2048)] = ()
    arrived: LanePositions = NOTHING_ARRIVED
    incarnation: Counter = 0
    refused: Annotated[tuple[RefusedNumber, ...], msgspec.Meta(max_length=512)] = ()
    refusal: RuleCode = ""
    format: str = FORMAT


def sign_answer(answer: Answer, *, signer: NodeSigner, recipient: str, network: str, now: datetime) -> bytes:
    """The document that says ``answer`` to ``recipient``, signed once; raises :class:`PeerRefused` on a broken rule."""
    doc = _ReceiptsDoc(
        network=network,
        member=signer.member,
        recipient=recipient,
        key=signer.key_id,
        time=now,
        receipts=answer.receipts,
        arrived=answer.arrived,
        incarnation=answer.incarnation,
        refused=answer.refused,
        refusal=answer.refusal,
    )
    _check_doc(doc)
    signed = encode(doc)
    return join_signed(signed, (Signature(key=signer.key_id, sig=signer.key.sign(signed)),))


def sign_receipts(
    receipts: Sequence[Receipt], *, signer: NodeSigner, recipient: str, network: str, now: datetime
) -> bytes:
    """The document of receipts alone, as it travels in a *receipt* envelope."""
    return sign_answer(Answer(tuple(receipts)), signer=signer, recipient=recipient, network=network, now=now)


def read_answer(raw: bytes, *, trust: Trust, sender: str, own: str, now: datetime) -> Answer:
    """What ``sender`` says to us in ``raw``; raises :class:`PeerRefused` (``receipt.…``) if it does not say it."""
    signed, signatures = split_signed(raw, what="receipts", limit=LIMIT)
    doc = decode(signed, _ReceiptsDoc, what="receipts", limit=LIMIT)
    _check_doc(doc)
    for good, says, rule in (
        (doc.network == trust.network, f"The receipts are of network {doc.network}.", "receipt.network"),
        (doc.member == sender, f"The receipts are {doc.member}'s, not {sender}'s.", "receipt.sender"),
        (doc.recipient == own, f"The receipts are for {doc.recipient}.", "receipt.wrong_recipient"),
        (trust.may_send(sender, "urgent").allowed, f"{sender} does not belong here.", "receipt.unknown_sender"),
        (len(signatures) == 1 and signatures[0].key == doc.key, "One signature is needed.", "receipt.signature"),
    ):
        if not good:
            raise _refused(says, rule)
    check_node_claim(trust, "receipt", NodeClaim(doc.member, doc.key, signatures[0].sig, signed), now)
    return Answer(doc.receipts, doc.arrived, doc.incarnation, doc.refused, doc.refusal)


def read_own_answer(raw: bytes) -> Answer:
    """What this node itself has just signed, read back without checking its own signature."""
    signed, _ = split_signed(raw, what="receipts", limit=LIMIT)
    doc = decode(signed, _ReceiptsDoc, what="receipts", limit=LIMIT)
    return Answer(doc.receipts, doc.arrived, doc.incarnation, doc.refused, doc.refusal)


def read_receipts(raw: bytes, *, trust: Trust, sender: str, own: str, now: datetime) -> tuple[Receipt, ...]:
    """The receipts in ``raw``, as :func:`read_answer`."""
    return read_answer(raw, trust=trust, sender=sender, own=own, now=now).receipts


def _check_doc(doc: _ReceiptsDoc) -> None:
    if doc.format != FORMAT:
        raise _refused(f"The receipts have the format {doc.format[:40]!r}.", "receipt.format")
    for receipt in doc.receipts:
        if (receipt.network, receipt.member) != (doc.network, doc.member):
            raise _refused(f"A receipt in the batch of {doc.member} is {receipt.member}'s.", "receipt.member")
        _check_receipt(receipt)


def _check_receipt(receipt: Receipt) -> None:
    needs = {
        "moment": receipt.code == "erased",
        "basis": receipt.code in ("restricted", "kept"),
        "rule": receipt.code == "technical_refusal",
    }
    has = {"moment": receipt.moment != "", "basis": receipt.basis != "", "rule": receipt.rule != ""}
    wrong = [name for name, needed in needs.items() if needed != has[name]]
    if (receipt.count > 0) != (receipt.code == "paper_outstanding"):
        wrong.append("count")
    if receipt.until is not None and receipt.code != "restricted":
        wrong.append("until")
    if len(wrong) > 0:
        raise _refused(f"A receipt with code {receipt.code}: {', '.join(wrong)} does not fit.", "receipt.shape")


def _refused(says: str, rule: str) -> PeerRefused:
    return PeerRefused(says, rule=rule, remedy="Send the carton again; ask the member if it happens twice.")
