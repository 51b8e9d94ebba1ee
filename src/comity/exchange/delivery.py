"""A delivery: one act's header and as many of its sealed parts as the recipient may have, with their keys.

Layout, blocks as in :mod:`comity.exchange.frames`::

    block header   block signature   block assertion   block consent (0 or 32 bytes)
    u32 parts      parts ×  { 32 commitment  32 key  32 salt  block sealed }
    u32 chunks     chunks × { block sealed }

A delivery may carry the header alone: the parts were erased meanwhile, or are not for this recipient. ``consent``
is the digest of the act by which the author's member allowed somebody else to pass the content on.

Its identity is (act, sender, set of commitments): the same again is a repetition, one with a further part is not.
Verifying gives objects that exist only if the author's signature and every commitment were good. Not handled here:
who may be given which part (policy), and clock skew of the author (flagged by intake, never refused).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from comity.errors import PeerRefused
from comity.exchange.frames import FrameReader, block
from comity.exchange.trust import KeyStatus, Trust, refused_key
from comity.model.act import HEADER_LIMIT, Act, Header, Part, PartHead, check_part, digest_of, read_header, verify_act
from comity.model.sealing import KEY_BYTES, PART_LIMIT, SALT_BYTES, TAG_BYTES, chunk_address, open_part

RULE = "delivery.form"
ASSERTION_LIMIT = 64 * 1024
PARTS_LIMIT = 1024
CHUNKS_LIMIT = 4096
SEALED_LIMIT = PART_LIMIT + TAG_BYTES


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A part as the vault keeps it, with the key and salt that open it; none of it is ever shown."""

    commitment: str
    sealed: bytes = field(repr=False)
    key: bytes = field(repr=False)
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an *act* envelope carries; ``header`` are the exact signed bytes, ``chunks`` are sealed."""

    header: bytes
    signature: bytes
    assertion: bytes = b""
    parts: tuple[SealedPart, ...] = ()
    chunks: tuple[bytes, ...] = field(default=(), repr=False)
    consent: str = ""

    @property
    def act(self) -> str:
        """The digest of the act, as claimed until it is verified."""
        return digest_of(self.header)


def delivery_of(
    act: Act, parts: Iterable[SealedPart] = (), *, chunks: Iterable[bytes] = (), consent: str = ""
) -> Delivery:
    """The delivery of ``act`` with these of its parts."""
    return Delivery(act.raw, act.signature, act.assertion, tuple(parts), tuple(chunks), consent)


def delivery_id(act: str, sender: str, commitments: Iterable[str]) -> str:
    """The identity of a delivery, 64 hex digits: SHA-256 over act digest, sending member and sorted commitments."""
    lines = ("comity-delivery-1", act, sender, *sorted(set(commitments)))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def pack_delivery(delivery: Delivery) -> bytes:
    """The bytes of one delivery, in the clear."""
    out = [
        block(delivery.header),
        block(delivery.signature),
        block(delivery.assertion),
        block(bytes.fromhex(delivery.consent)),
        len(delivery.parts).to_bytes(4, "big"),
    ]
    for part in delivery.parts:
        out += (bytes.fromhex(part.commitment), part.key, part.salt, block(part.sealed))
    out.append(len(delivery.chunks).to_bytes(4, "big"))
    out += (block(chunk) for chunk in delivery.chunks)
    return b"".join(out)


def read_delivery(raw: bytes) -> Delivery:
    """The delivery in ``raw``, well-formed and not yet verified; raises :class:`PeerRefused` (``delivery.form``)."""
    reader = FrameReader(raw, what="delivery", rule=RULE)
    header = reader.block("header", HEADER_LIMIT)
    signature = reader.block("signature", 64)
    assertion = reader.block("assertion", ASSERTION_LIMIT)
    consent = reader.block("consent", 32)
    parts = tuple(_read_part(reader) for _ in range(reader.number("parts", PARTS_LIMIT)))
    chunks = tuple(reader.block("chunk", SEALED_LIMIT) for _ in range(reader.number("chunks", CHUNKS_LIMIT)))
    reader.end()
    if len(consent) not in (0, 32):
        raise PeerRefused(
            "The delivery's consent is not a digest.", rule=RULE, remedy="Ask the sender to send it again."
        )
    return Delivery(header, signature, assertion, parts, chunks, consent.hex())


def verify_delivery(delivery: Delivery, trust: Trust, at: datetime) -> tuple[Act, tuple[Part, ...]]:
    """The act and its parts in the clear, if author, key and commitments are good; raises :class:`PeerRefused`.

    ``at`` is the moment at which the act is shown to have been recorded, by a receipt or cosigned checkpoint, or
    else the present. A key revoked by then refuses it (``act.key_revoked``: quarantine). A key that has merely run
    out since the author's time does not: a member may be away for weeks.
    """
    header = read_header(delivery.header)
    if header.network != trust.network:
        raise PeerRefused(
            f"The act was written in network {header.network}, not in this one.",
            rule="act.network",
            remedy="Send it in its own network; nothing passes between an exercise and the live network.",
        )
    state = trust.agency_key(header.agency, header.key, at)
    if state.status is KeyStatus.EXPIRED:
        state = trust.agency_key(header.agency, header.key, min(at, _time_of(header)))
    if state.public is None or state.status is not KeyStatus.VALID:
        raise refused_key("act", f"agency {header.agency}", header.key, state.status)
    act = verify_act(delivery.header, delivery.signature, state.public, delivery.assertion, header=header)
    return act, _open_parts(act.header, delivery)


def verify_deliveries(
    deliveries: Sequence[Delivery], trust: Trust, at: datetime
) -> tuple[tuple[Act, tuple[Part, ...]] | PeerRefused, ...]:
    """Each delivery of a batch verified by itself: one that is refused never spoils its neighbours."""
    return tuple(_verified_or_refused(delivery, trust, at) for delivery in deliveries)


def _verified_or_refused(delivery: Delivery, trust: Trust, at: datetime) -> tuple[Act, tuple[Part, ...]] | PeerRefused:
    try:
        return verify_delivery(delivery, trust, at)
    except PeerRefused as refused:
        return refused


def _read_part(reader: FrameReader) -> SealedPart:
    commitment = reader.take(32, "commitment").hex()
    key = reader.take(KEY_BYTES, "part key")
    salt = reader.take(SALT_BYTES, "salt")
    return SealedPart(commitment, reader.block("sealed part", SEALED_LIMIT), key, salt)


def _time_of(header: Header) -> datetime:
    try:
        return msgspec.convert(header.time, datetime)
    except msgspec.ValidationError as error:
        raise PeerRefused(
            f"The act's time {header.time} does not exist.",
            rule="act.header",
            remedy="Ask the sender to sign it again.",
        ) from error


def _open_parts(header: Header, delivery: Delivery) -> tuple[Part, ...]:
    heads = {head.commitment: head for head in header.parts}
    if len({part.commitment for part in delivery.parts}) != len(delivery.parts):
        raise PeerRefused(
            "The delivery carries a part twice.", rule="delivery.part_twice", remedy="Ask the sender to send it again."
        )
    return tuple(_open_one(heads.get(part.commitment), part) for part in delivery.parts)


def _open_one(head: PartHead | None, part: SealedPart) -> Part:
    if head is None:
        raise PeerRefused(
            "The delivery carries a part that the signed header does not name.",
            rule="delivery.part_unknown",
            remedy="Ask the sender to send the act again.",
        )
    return check_part(head, part.salt, open_part(part.key, part.commitment, part.sealed))


def chunk_addresses(delivery: Delivery) -> tuple[str, ...]:
    """The addresses of the sealed chunks, in order, to compare with the manifests in the parts."""
    return tuple(chunk_address(chunk) for chunk in delivery.chunks)
