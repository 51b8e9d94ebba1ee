"""Sealing of parts and attachment chunks: once, the same sealed bytes for the vault and for every recipient.

Each part has a 32-byte key of its own, drawn for it alone. That key seals the part (AES-256-GCM, nonce zero, the
commitment as associated data, so a sealed part cannot be passed off as another) and the chunks of the one file
that an attachment's manifest names (same key, nonces counted from one). Destroying the key destroys both. A key
is never used for a second part: a nonce used twice under one key gives AES-GCM away (NIST SP 800-38D section 8).

Chunks are sealed before their manifest exists, so they cannot name its commitment; the manifest lists the
SHA-256 of each sealed chunk and is itself bound by the commitment.

Not handled here: where keys are kept and destroyed (storage), who may be given one (policy).
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.errors import PeerRefused

KEY_BYTES = 32
"""Length of a part key."""

SALT_BYTES = 32
"""Length of a part's salt."""

TAG_BYTES = 16
"""What sealing adds to the length of the data."""

PART_LIMIT = 8 << 20
"""The largest part or chunk in the clear, in bytes."""

_PART_NONCE = bytes(12)
_CHUNK_CONTEXT = b"comity-chunk-1"


def seal_part(key: bytes, commitment: str, data: bytes) -> bytes:
    """``data`` sealed under ``key`` (32 bytes, drawn for this part alone); ``commitment`` as in the header."""
    return AESGCM(key).encrypt(_PART_NONCE, data, commitment.encode("ascii"))


def open_part(key: bytes, commitment: str, sealed: bytes) -> bytes:
    """The data in ``sealed``; raises :class:`PeerRefused` (``part.sealed``) if key, commitment or bytes are others."""
    return _open(key, _PART_NONCE, sealed, commitment.encode("ascii", "replace"))


def seal_chunk(key: bytes, index: int, data: bytes) -> bytes:
    """Chunk number ``index`` (from 0) of the file whose manifest is the part under ``key``, sealed."""
    return AESGCM(key).encrypt(_chunk_nonce(index), data, _CHUNK_CONTEXT)


def open_chunk(key: bytes, index: int, sealed: bytes) -> bytes:
    """The data of chunk ``index``; raises :class:`PeerRefused` (``part.sealed``)."""
    return _open(key, _chunk_nonce(index), sealed, _CHUNK_CONTEXT)


def chunk_address(sealed: bytes) -> str:
    """The name under which a sealed chunk is kept and listed: SHA-256 of its sealed bytes, in hex."""
    return hashlib.sha256(sealed).hexdigest()


def _chunk_nonce(index: int) -> bytes:
    return (index + 1).to_bytes(12, "big")


def _open(key: bytes, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, sealed, context)
    except (InvalidTag, ValueError) as error:
        raise PeerRefused(
            "Sealed content does not open with the key that came with it.",
            rule="part.sealed",
            remedy="Ask the sender to send the act again.",
        ) from error
