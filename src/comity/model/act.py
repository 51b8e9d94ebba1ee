"""An act: one signed step in a matter by an officer of an agency, as a header and separately sealed parts.

The header holds no personal data and is the only thing that folds and the ledger read. A part's bytes are bound
to it by a commitment, HMAC-SHA-256(salt, bytes), so erasing the part and its salt leaves the header, its
signature and every proof as they were, and leaves nothing to guess the content from.

Not handled here: who may act (:mod:`comity.policy`), what an act does to a matter
(:mod:`comity.procedures.machine`), how parts are sealed (:mod:`comity.model.sealing`) and kept
(:mod:`comity.storage.acts`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import PeerRefused
from comity.model.canon import decode, encode
from comity.model.handling import HANDLING_CODES, TLP, Handling
from comity.model.track import AGENCY, TRACK

FORMAT = "comity-act-1"
HEADER_LIMIT = 64 * 1024
_ID = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PSEUDONYM = re.compile(r"[A-Za-z0-9._-]{1,32}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


class PartHead(msgspec.Struct, frozen=True):
    """What the header says of one part: its kind, its terms, and its commitment (64 hex digits)."""

    kind: str
    handling: Handling
    commitment: str


class Header(msgspec.Struct, frozen=True):
    """The signed header. Ids are 32, digests 64 lower-case hex digits; ``time`` is RFC 3339 in UTC."""

    format: str
    network: str
    id: str
    matter: str
    track: str
    procedure: str
    version: int
    step: str
    prev: str
    seen: tuple[str, ...]
    agency: str
    key: str
    officer: str
    time: str
    terms: dict[str, Any] = msgspec.field(default_factory=dict)
    parts: tuple[PartHead, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """A verified act: if this object exists, ``signature`` by ``header.key`` over ``raw`` was good.

    ``digest`` is the SHA-256 of ``raw``. ``assertion`` is the officer's WebAuthn assertion over the digest on
    grave steps, empty elsewhere; it lies outside the signed bytes and inside the delivery.
    """

    header: Header
    raw: bytes
    signature: bytes
    digest: str
    assertion: bytes = b""


@dataclass(frozen=True, slots=True)
class Part:
    """A part in the clear: ``data`` is what the commitment in ``head`` binds, with ``salt`` of 32 bytes."""

    head: PartHead
    salt: bytes
    data: bytes


def commitment(salt: bytes, data: bytes) -> str:
    """HMAC-SHA-256 of ``data`` under ``salt``, in hex. RFC 2104."""
    return hmac.new(salt, data, hashlib.sha256).hexdigest()


def digest_of(raw: bytes) -> str:
    """SHA-256 of the exact header bytes, in hex: an act's name everywhere."""
    return hashlib.sha256(raw).hexdigest()


def matter_id(agency: str, nonce: str) -> str:
    """The id of a matter that ``agency`` opens: random to everybody, and claimable by nobody else.

    ``nonce`` is 32 random hex digits that stand in the terms of each opening act of the owner's tracks, so a
    reader can tell the owner's opening act from a stranger's, whatever arrived first.
    """
    return hashlib.sha256(f"comity-matter-1\n{agency}\n{nonce}".encode()).hexdigest()[:32]


def make_part(kind: str, handling: Handling, data: bytes, salt: bytes) -> Part:
    """A part and its commitment."""
    return Part(PartHead(kind=kind, handling=handling, commitment=commitment(salt, data)), salt, data)


def sign_act(header: Header, key: Ed25519PrivateKey, assertion: bytes = b"") -> Act:
    """The act that ``header`` describes, signed."""
    raw = encode(header)
    check_header(header)
    return Act(header, raw, key.sign(raw), digest_of(raw), assertion)


def read_header(raw: bytes) -> Header:
    """The header in ``raw``, well-formed but not yet verified; raises :class:`PeerRefused`."""
    header = decode(raw, Header, what="act header", limit=HEADER_LIMIT)
    check_header(header)
    return header


def verify_act(
    raw: bytes, signature: bytes, public: Ed25519PublicKey, assertion: bytes = b"", *, header: Header | None = None
) -> Act:
    """The act in ``raw`` if ``public`` signed these exact bytes; raises :class:`PeerRefused`.

    ``header`` is what :func:`read_header` gave for ``raw``, where the caller had to read it already.
    """
    header = read_header(raw) if header is None else header
    try:
        public.verify(signature, raw)
    except InvalidSignature as error:
        raise PeerRefused(
            f"The signature of {header.agency} on act {header.id} is not good.",
            rule="act.signature",
            remedy="Ask the sender to send the act again; if it fails again, treat its key as suspect.",
        ) from error
    return Act(header, raw, signature, digest_of(raw), assertion)


def check_part(head: PartHead, salt: bytes, data: bytes) -> Part:
    """The part, if it is the one that the header bound; raises :class:`PeerRefused`."""
    if len(salt) != 32 or not hmac.compare_digest(commitment(salt, data), head.commitment):
        raise PeerRefused(
            f"A part of kind {head.kind} is not the one the signed header names.",
            rule="part.commitment",
            remedy="Ask the sender to send the act again.",
        )
    return Part(head, salt, data)


def check_header(header: Header) -> None:
    """Refuses a header whose fields do not have their form."""
    faults = [
        ("format", header.format == FORMAT),
        ("network", _ID.fullmatch(header.network) is not None),
        ("id", _ID.fullmatch(header.id) is not None),
        ("matter", _ID.fullmatch(header.matter) is not None),
        ("track", TRACK.fullmatch(header.track) is not None),
        ("version", 1 <= header.version < 1_000_000),
        ("procedure", _WORD.fullmatch(header.procedure) is not None),
        ("step", _WORD.fullmatch(header.step) is not None),
        ("officer", _PSEUDONYM.fullmatch(header.officer) is not None),
        ("key", 1 <= len(header.key) <= 80),
        ("prev", _DIGEST.fullmatch(header.prev) is not None),
        ("seen", all(_DIGEST.fullmatch(seen) is not None for seen in header.seen)),
        ("agency", AGENCY.fullmatch(header.agency) is not None),
        ("time", _TIME.fullmatch(header.time) is not None and _is_moment(header.time) and _is_shown(header.time)),
        ("parts", all(_is_part_head(part) for part in header.parts)),
    ]
    wrong = [name for name, good in faults if not good]
    if len(wrong) > 0:
        raise PeerRefused(
            f"The act header's {', '.join(wrong)} cannot be read.",
            rule="act.header",
            remedy="Ask the sender which version of Comity wrote it.",
        )


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def _is_shown(text: str) -> bool:
    """Whether every time zone's clock has such a year: no page fails on what another member wrote."""
    return "1900" <= text[:4] < "9000"


def _is_part_head(part: PartHead) -> bool:
    terms = part.handling
    day = terms.until == "" or (len(terms.until) == 10 and _is_moment(f"{terms.until}T00:00:00Z"))
    known = terms.tlp in TLP and terms.code in HANDLING_CODES and all(_WORD.fullmatch(p) for p in terms.purposes)
    return _DIGEST.fullmatch(part.commitment) is not None and _WORD.fullmatch(part.kind) is not None and day and known
