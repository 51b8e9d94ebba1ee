"""The hybrid key pair that cartons are sealed to: ML-KEM-768 with X25519, through HPKE (RFC 9180, base mode).

A public key is 1,216 bytes, ML-KEM's 1,184 (FIPS 203) then X25519's 32; a private key is kept as 96 bytes, the
64-byte ML-KEM seed then the 32-byte X25519 scalar. Content stays closed while either of the two holds. The
library draws the encapsulation's randomness itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from comity.errors import PeerRefused

PUBLIC_BYTES = 1184 + 32
SECRET_BYTES = 64 + 32
WRAP_BYTES = KEM.MLKEM768_X25519.enc_length() + 32 + 16
"""Length of one wrapped 32-byte key: encapsulation, key and tag."""

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class KemPrivateKey:
    """A node's private key for receiving; ``secret`` (96 bytes) is never shown, ``public`` has 1,216."""

    secret: bytes = field(repr=False)
    public: bytes = field(repr=False)
    handle: MLKEM768X25519PrivateKey = field(repr=False, compare=False)


def make_kem_key(draw: Callable[[int], bytes]) -> KemPrivateKey:
    """A new key pair from 96 random bytes."""
    return kem_private_key(draw(SECRET_BYTES))


def kem_private_key(secret: bytes) -> KemPrivateKey:
    """The key pair that these 96 bytes stand for."""
    mlkem = MLKEM768PrivateKey.from_seed_bytes(secret[:64])
    curve = X25519PrivateKey.from_private_bytes(secret[64:])
    public = mlkem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return KemPrivateKey(secret, public, MLKEM768X25519PrivateKey(mlkem, curve))


def kem_public_key(raw: bytes) -> MLKEM768X25519PublicKey:
    """The public key in ``raw`` (1,216 bytes); raises :class:`PeerRefused`."""
    try:
        if len(raw) != PUBLIC_BYTES:
            raise ValueError("length")
        mlkem = MLKEM768PublicKey.from_public_bytes(raw[:1184])
        return MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(raw[1184:]))
    except ValueError as error:
        raise PeerRefused(
            "A node's key for receiving cannot be read.",
            rule="member_list.kem_key",
            remedy="Ask the member to publish its list again.",
        ) from error


def wrap_key(key: bytes, public: MLKEM768X25519PublicKey, info: bytes) -> bytes:
    """``key`` (32 bytes) for the holder of ``public`` alone, bound to ``info``; 1,168 bytes."""
    return _SUITE.encrypt(key, public, info)


def unwrap_key(wrapped: bytes, private: KemPrivateKey, info: bytes) -> bytes:
    """The key in ``wrapped``; raises :class:`PeerRefused` (``carton.kem``) if it is not for us or ``info`` differs."""
    try:
        return _SUITE.decrypt(wrapped, private.handle, info)
    except (InvalidTag, ValueError) as error:
        raise PeerRefused(
            "The carton's key does not open with this node's key.",
            rule="carton.kem",
            remedy="Ask the sender to seal it again with the key in this member's current list.",
        ) from error
