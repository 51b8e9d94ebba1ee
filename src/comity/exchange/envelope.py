"""Envelopes to one member, travelling in cartons.

A carton is sealed once and signed once, whatever it holds; each envelope in it is sealed by itself and names
nobody but its sender and its recipient. Layout, blocks as in :mod:`comity.exchange.frames`::

    16  magic "comity-carton-1\\n"
    block  outer header: JSON {format, network, exercise, protocol, sender, recipient, incarnation,
           key, kem, time, count}
    block  the carton key (32 bytes, drawn for this carton) wrapped for the recipient: HPKE base mode, RFC 9180,
           ML-KEM-768 with X25519, HKDF-SHA-256, AES-256-GCM; the outer header's bytes are its ``info``
    count × { block  envelope header: JSON {kind, lane, incarnation, n, network, sender, recipient}
              block  AES-256-GCM under the carton key, nonce = index (12 bytes, big-endian), envelope header as
                     associated data }
    64  the sending node's Ed25519 signature over the magic and the SHA-256 of everything before it

Rules: size and counts are bounded before anything is parsed; the signature is verified before anything is
decrypted; a carton that is refused is refused as a whole, with a rule; inside a good carton one bad envelope
never spoils its neighbours. Version 1 has no compression: the length of compressed text tells of its content, and
a small input that unpacks to a large one fills a peer's memory.

Not handled here: sequence (:mod:`comity.exchange.lanes`), the author's signature on each act
(:func:`comity.exchange.delivery.verify_delivery`), clock skew, quotas.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.errors import OwnFault, PeerRefused, RuleRefused
from comity.exchange.delivery import Delivery, pack_delivery, read_delivery
from comity.exchange.frames import FrameReader, block
from comity.exchange.kem import WRAP_BYTES, KemPrivateKey, kem_public_key, unwrap_key, wrap_key
from comity.exchange.signed import Instant, KeyId, MemberCode, NetworkId, NodeSigner, Ordinal
from comity.exchange.trust import NodeClaim, Trust, check_node_claim
from comity.model.canon import decode, decode_tree, encode

MAGIC = b"comity-carton-1\n"
FORMAT = "comity-carton-1"
PROTOCOL = 1
PROTOCOLS = (1,)
"""Protocol versions that this code understands."""

KINDS = ("act", "receipt", "directory", "member_list")
SIGNATURE_BYTES = 64
_ENVELOPE_HEADER_LIMIT = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most, in bytes and envelopes; a peer's quota may be smaller, never larger."""

    carton: int = 64 << 20
    envelopes: int = 512
    outer: int = 64 * 1024


LIMITS = Limits()


class Outer(msgspec.Struct, frozen=True):
    """The carton's outer header; ``key`` signs, ``kem`` receives, ``count`` envelopes follow."""

    network: NetworkId
    exercise: bool
    protocol: int
    sender: MemberCode
    recipient: MemberCode
    incarnation: Ordinal
    key: KeyId
    kem: KeyId
    time: Instant
    count: Annotated[int, msgspec.Meta(ge=0)]
    format: str = FORMAT


class EnvelopeHeader(msgspec.Struct, frozen=True):
    """Number ``n`` of the sender's ``incarnation`` on ``lane`` to ``recipient``."""

    kind: str
    lane: Literal["urgent", "ordinary"]
    incarnation: Ordinal
    n: Ordinal
    network: NetworkId
    sender: MemberCode
    recipient: MemberCode


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One envelope to be: a delivery for kind *act*, the signed document's bytes for the other kinds."""

    kind: str
    lane: str
    n: int
    content: Delivery | bytes


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """An envelope that opened; the author's signature on a delivery is still to be verified."""

    index: int
    header: EnvelopeHeader
    content: Delivery | bytes


@dataclass(frozen=True, slots=True)
class RefusedEnvelope:
    """An envelope that did not; ``header`` is None where it could not be read or contradicts the carton."""

    index: int
    header: EnvelopeHeader | None
    refusal: PeerRefused


@dataclass(frozen=True, slots=True)
class OpenedCarton:
    """A carton whose signature, recipient and seal were good; ``digest`` is the SHA-256 that was signed, in hex."""

    outer: Outer
    digest: str
    envelopes: tuple[OpenedEnvelope | RefusedEnvelope, ...]

    @property
    def sender(self) -> str:
        """The member that sent it."""
        return self.outer.sender


def pack_carton(
    outgoing: Sequence[Outgoing],
    *,
    signer: NodeSigner,
    recipient: str,
    trust: Trust,
    now: datetime,
    draw: Callable[[int], bytes],
) -> bytes:
    """The carton of ``outgoing`` to ``recipient``.

    Raises :class:`RuleRefused` if the recipient may not receive on one of the lanes, :class:`PeerRefused` if it
    lists no valid key, :class:`OwnFault` if the content is over the limits (see :func:`cartons_of`).
    """
    _check_outgoing(outgoing, recipient, trust)
    kem = trust.node_kem_key(recipient, now)
    outer = encode(_outer(len(outgoing), signer, recipient, trust, kem.id, now))
    carton_key = draw(32)
    cipher = AESGCM(carton_key)
    out = [MAGIC, block(outer), block(wrap_key(carton_key, kem_public_key(kem.public), outer))]
    for index, envelope in enumerate(outgoing):
        header = encode(_envelope_header(envelope, signer, recipient, trust.network))
        out += (block(header), block(cipher.encrypt(_nonce(index), _payload(envelope), header)))
    body = b"".join(out)
    if len(body) + SIGNATURE_BYTES > LIMITS.carton:
        raise _too_large(len(body))
    return body + signer.key.sign(_signed_bytes(body))


def cartons_of(outgoing: Iterable[Outgoing], limits: Limits = LIMITS) -> Iterator[tuple[Outgoing, ...]]:
    """``outgoing`` cut, in order, into groups that each fit one carton."""
    group: list[Outgoing] = []
    room = limits.carton - 2 * limits.outer
    size = 0
    for envelope in outgoing:
        need = envelope_size(envelope)
        if len(group) > 0 and (len(group) == limits.envelopes or size + need > room):
            yield tuple(group)
            group, size = [], 0
        group.append(envelope)
        size += need
    if len(group) > 0:
        yield tuple(group)


def envelope_size(envelope: Outgoing) -> int:
    """At most how many bytes of a carton the envelope takes."""
    content = envelope.content
    if isinstance(content, bytes):
        return len(content) + _ENVELOPE_HEADER_LIMIT
    parts = sum(len(part.sealed) + 100 for part in content.parts) + sum(len(chunk) + 4 for chunk in content.chunks)
    return len(content.header) + len(content.assertion) + parts + _ENVELOPE_HEADER_LIMIT


def open_carton(
    raw: bytes,
    *,
    trust: Trust,
    own: str,
    kem_keys: Mapping[str, KemPrivateKey],
    now: datetime,
    limits: Limits = LIMITS,
) -> OpenedCarton:
    """The carton in ``raw``, verified and opened for member ``own``; raises :class:`PeerRefused` (``carton.…``).

    ``kem_keys`` are this node's keys for receiving by id. ``now`` judges the sending node's key.
    """
    reader = _checked_start(raw, limits)
    outer_raw = reader.block("outer header", limits.outer)
    outer = _read_outer(outer_raw, limits)
    _check_address(outer, trust, own)
    body = memoryview(raw)[:-SIGNATURE_BYTES]
    claim = NodeClaim(outer.sender, outer.key, raw[-SIGNATURE_BYTES:], _signed_bytes(body))
    check_node_claim(trust, "carton", claim, now)
    cipher = AESGCM(_carton_key(reader, outer, outer_raw, kem_keys))
    frames = [
        (reader.block("envelope header", limits.outer), reader.block("envelope", limits.carton))
        for _ in range(outer.count)
    ]
    if reader.position != len(body):
        raise _refused("The carton holds more than the envelopes it counts.", "carton.form")
    envelopes = tuple(_open_envelope(index, frame, outer, cipher, trust) for index, frame in enumerate(frames))
    return OpenedCarton(outer, hashlib.sha256(body).hexdigest(), envelopes)


def _outer(count: int, signer: NodeSigner, recipient: str, trust: Trust, kem: str, now: datetime) -> Outer:
    return Outer(
        network=trust.network,
        exercise=trust.exercise,
        protocol=PROTOCOL,
        sender=signer.member,
        recipient=recipient,
        incarnation=signer.incarnation,
        key=signer.key_id,
        kem=kem,
        time=now,
        count=count,
    )


def _envelope_header(envelope: Outgoing, signer: NodeSigner, recipient: str, network: str) -> EnvelopeHeader:
    return EnvelopeHeader(
        kind=envelope.kind,
        lane="urgent" if envelope.lane == "urgent" else "ordinary",
        incarnation=signer.incarnation,
        n=envelope.n,
        network=network,
        sender=signer.member,
        recipient=recipient,
    )


def _payload(envelope: Outgoing) -> bytes:
    return envelope.content if isinstance(envelope.content, bytes) else pack_delivery(envelope.content)


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _signed_bytes(body: bytes | memoryview) -> bytes:
    return MAGIC + hashlib.sha256(body).digest()


def _check_outgoing(outgoing: Sequence[Outgoing], recipient: str, trust: Trust) -> None:
    if len(outgoing) > LIMITS.envelopes:
        raise _too_large(len(outgoing))
    for envelope in outgoing:
        standing = trust.may_receive(recipient, envelope.lane)
        if not standing.allowed:
            raise RuleRefused(standing.says, rule=standing.rule, remedy="Nothing is sent to this member.")
        if envelope.kind not in KINDS or isinstance(envelope.content, bytes) == (envelope.kind == "act"):
            raise OwnFault(f"An envelope of kind {envelope.kind!r} cannot carry this content.", rule="envelope.kind")


def _too_large(size: int) -> OwnFault:
    return OwnFault(
        f"A carton of {size} bytes or envelopes is over the limit.",
        rule="carton.oversize",
        remedy="Send fewer parts or attachments at a time.",
    )


def _checked_start(raw: bytes, limits: Limits) -> FrameReader:
    if len(raw) > limits.carton:
        raise _refused(f"The carton has {len(raw)} bytes; at most {limits.carton} are taken.", "carton.oversize")
    if not raw.startswith(MAGIC):
        known = raw.startswith(b"comity-carton-")
        raise _refused(
            "The carton is of another version." if known else "These bytes are not a carton.",
            "carton.protocol_unknown" if known else "carton.form",
        )
    reader = FrameReader(memoryview(raw)[: max(0, len(raw) - SIGNATURE_BYTES)], what="carton", rule="carton.form")
    reader.take(len(MAGIC), "magic")
    return reader


def _read_outer(raw: bytes, limits: Limits) -> Outer:
    tree = decode_tree(raw, what="carton's outer header", limit=limits.outer)
    if tree.get("format") != FORMAT or tree.get("protocol") not in PROTOCOLS or tree.get("protocol") is True:
        raise _refused(
            f"The carton is in protocol {str(tree.get('protocol'))[:20]!r}; understood are {PROTOCOLS}.",
            "carton.protocol_unknown",
        )
    outer = decode(raw, Outer, what="carton's outer header", limit=limits.outer)
    if outer.count > limits.envelopes:
        raise _refused(f"The carton counts {outer.count} envelopes; at most {limits.envelopes}.", "carton.oversize")
    return outer


def _check_address(outer: Outer, trust: Trust, own: str) -> None:
    if outer.exercise != trust.exercise:
        kinds = ("an exercise", "the live network")
        sent, here = kinds if outer.exercise else kinds[::-1]
        raise _refused(f"The carton is of {sent}; this node is of {here}.", "carton.exercise_mix")
    if outer.network != trust.network:
        raise _refused(f"The carton is of network {outer.network}.", "carton.network")
    if outer.recipient != own:
        raise _refused(f"The carton is addressed to {outer.recipient}, not to {own}.", "carton.wrong_recipient")
    standing = trust.may_send(outer.sender, "urgent")
    if outer.sender == own or not standing.allowed:
        left = standing.rule == "member.left"
        raise _refused(
            f"The carton's sender {outer.sender} is none that may send here.",
            "carton.sender_left" if left else "carton.unknown_sender",
        )


def _carton_key(reader: FrameReader, outer: Outer, outer_raw: bytes, kem_keys: Mapping[str, KemPrivateKey]) -> bytes:
    wrapped = reader.block("wrapped key", WRAP_BYTES)
    private = kem_keys.get(outer.kem)
    if private is None:
        raise _refused(f"The carton is sealed to key {outer.kem}, which is not kept here.", "carton.kem_unknown")
    key = unwrap_key(wrapped, private, outer_raw)
    if len(key) != 32:
        raise _refused("The carton's key has the wrong length.", "carton.kem")
    return key


def _open_envelope(
    index: int, frame: tuple[bytes, bytes], outer: Outer, cipher: AESGCM, trust: Trust
) -> OpenedEnvelope | RefusedEnvelope:
    header: EnvelopeHeader | None = None
    try:
        claimed = decode(frame[0], EnvelopeHeader, what="envelope header", limit=_ENVELOPE_HEADER_LIMIT)
        _check_envelope(claimed, outer)
        header = claimed
        standing = trust.may_send(header.sender, header.lane)
        if not standing.allowed:
            raise _refused(standing.says, standing.rule)
        return OpenedEnvelope(index, header, _content(header, _decrypt(cipher, index, frame)))
    except PeerRefused as refusal:
        return RefusedEnvelope(index, header, refusal)


def _check_envelope(header: EnvelopeHeader, outer: Outer) -> None:
    carton = (outer.network, outer.sender, outer.recipient, outer.incarnation)
    if (header.network, header.sender, header.recipient, header.incarnation) != carton:
        raise _refused("The envelope's address is not that of its carton.", "envelope.address")


def _decrypt(cipher: AESGCM, index: int, frame: tuple[bytes, bytes]) -> bytes:
    try:
        return cipher.decrypt(_nonce(index), frame[1], frame[0])
    except (InvalidTag, ValueError) as error:
        raise _refused("The envelope does not open with its carton's key.", "envelope.sealed") from error


def _content(header: EnvelopeHeader, payload: bytes) -> Delivery | bytes:
    if header.kind not in KINDS:
        raise _refused(f"Envelopes of kind {header.kind[:40]!r} are not understood.", "envelope.kind_unknown")
    return read_delivery(payload) if header.kind == "act" else payload


def _refused(says: str, rule: str) -> PeerRefused:
    return PeerRefused(says, rule=rule, remedy="The sender is told this rule and sends again once it is mended.")
