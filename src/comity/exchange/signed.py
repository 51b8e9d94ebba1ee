"""Documents with detached signatures: two lines, the exact signed bytes and the signatures over them.

The first line is one JSON object without line breaks; the second is ``{"signatures": [{"key", "sig"}]}`` with
Ed25519 signatures in base64. The first line is kept and forwarded as it came and is never encoded again. Each
kind of document names itself in ``format``, which its reader checks, so a signature over one is none over another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import PeerRefused
from comity.model.canon import decode, encode

SIGNATURES_LIMIT = 16 * 1024

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
MemberCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z")]
NetworkId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
KeyId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:/-]{1,80}\Z")]
RuleCode = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9._-]{0,80}\Z")]
Text = Annotated[str, msgspec.Meta(max_length=400, pattern=r"^[^\x00-\x1f\ud800-\udfff]*\Z")]
"""Short text for people: no control characters, and nothing that has no encoding."""

EdPublic = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Counter = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
Ordinal = Annotated[int, msgspec.Meta(ge=1, lt=1 << 53)]


class Signature(msgspec.Struct, frozen=True):
    """One Ed25519 signature and the id of the key that made it."""

    key: KeyId
    sig: bytes


class _Signatures(msgspec.Struct, frozen=True):
    signatures: Annotated[tuple[Signature, ...], msgspec.Meta(max_length=64)]


@dataclass(frozen=True, slots=True)
class NodeSigner:
    """The node's own signing key as its member list names it; ``incarnation`` grows with every restore.

    A node takes the seconds since 1970 at its start or restore as incarnation, so that two restores of one
    backup never share one.
    """

    member: str
    incarnation: int
    key_id: str
    key: Ed25519PrivateKey = field(repr=False)


def join_signed(signed: bytes, signatures: Iterable[Signature]) -> bytes:
    """The document of ``signed`` and ``signatures``."""
    return signed + b"\n" + encode(_Signatures(tuple(signatures))) + b"\n"


def split_signed(raw: bytes, *, what: str, limit: int) -> tuple[bytes, tuple[Signature, ...]]:
    """The signed bytes and the signatures of one document, none of them verified yet."""
    if len(raw) > limit + SIGNATURES_LIMIT:
        raise PeerRefused(
            f"The {what} has {len(raw)} bytes; at most {limit} are read.",
            rule="format.oversize",
            remedy="Ask the sender which version of Comity wrote it.",
        )
    lines = raw.split(b"\n", 3)
    if len(lines) != 3 or lines[2] != b"":
        raise PeerRefused(
            f"The {what} does not have its two lines, the document and its signatures.",
            rule="format.signed",
            remedy="Ask the sender for the complete document.",
        )
    tail = decode(lines[1], _Signatures, what=f"signatures of the {what}", limit=SIGNATURES_LIMIT)
    return lines[0], tail.signatures


def is_signed_by(public: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether ``public`` made ``signature`` over ``message``. RFC 8032."""
    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True
