"""The token in each form that shows the request came from our own page.

It is the HMAC-SHA-256 of the session under a key of the node, so nothing is stored. Each page gets other bytes of
the same token (a random mask and the masked value), since a secret that repeats in compressed pages can be guessed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

from comity.errors import RuleRefused

_SIZE = 32


def csrf_token(key: bytes, session_digest: str, draw: Callable[[int], bytes]) -> str:
    """The token for a form in the session kept under ``session_digest``; ``draw`` gives random bytes."""
    mask = draw(_SIZE)
    return base64.urlsafe_b64encode(mask + _mixed(mask, _mac(key, session_digest))).decode()


def check_csrf(key: bytes, session_digest: str, token: str) -> None:
    """Raises :class:`RuleRefused` unless ``token`` was made for this session under this key."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raw = b""
    mask, rest = raw[:_SIZE], raw[_SIZE:]
    good = len(raw) == 2 * _SIZE and hmac.compare_digest(_mixed(mask, rest), _mac(key, session_digest))
    if not good:
        raise RuleRefused(
            "The form did not come from a page of this session.",
            rule="csrf",
            remedy="Load the page again and send the form once more; what you typed is kept in the draft.",
        )


def _mac(key: bytes, session_digest: str) -> bytes:
    return hmac.new(key, b"comity-csrf-1\n" + session_digest.encode(), hashlib.sha256).digest()


def _mixed(mask: bytes, value: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(mask, value, strict=True))
