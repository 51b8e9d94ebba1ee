"""The six-digit code of an authenticator (RFC 6238, SHA-1, 30 seconds), each usable once."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
WINDOW = 1
"""How many steps before and after the present one are accepted, for clocks that differ."""


def new_secret(draw: Callable[[int], bytes]) -> str:
    """A secret in base32; ``draw`` gives random bytes."""
    return base64.b32encode(draw(SECRET_BYTES)).decode()


def code_at(secret: str, counter: int) -> str:
    """The code of one 30-second step."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).generate_otp(counter)


def counter_at(now: datetime) -> int:
    """The number of the 30-second step that ``now`` lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def accept_code(secret: str, code: str, now: datetime, last_counter: int) -> int | None:
    """The step whose code this is, to be stored as the new last counter; nothing if it is wrong or was used.

    All steps of the window are computed and compared whatever the first answers, so the time tells nothing.
    """
    typed = code.replace(" ", "")
    given = typed if typed.isascii() and len(typed) == DIGITS else "-" * DIGITS
    present = counter_at(now)
    accepted = None
    for counter in range(max(0, present - WINDOW), present + WINDOW + 1):
        same = hmac.compare_digest(given, code_at(secret, counter))
        if same and counter > last_counter and accepted is None:
            accepted = counter
    return accepted


def provisioning_uri(secret: str, login: str, issuer: str) -> str:
    """What an authenticator reads from the picture."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=login, issuer_name=issuer)


def qr_svg(uri: str) -> str:
    """The picture as one SVG element without scripts, styles or references, to stand inline in a page."""
    return segno.make(uri, error="m").svg_inline(scale=4, border=4, svgclass=None, lineclass=None)
