"""A session: a random token in the browser, of which this node keeps only the SHA-256.

It ends when nothing was done for a while, and in any case at the end of a long shift.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

TOKEN_BYTES = 32
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)


class Session(msgspec.Struct, frozen=True):
    """What the node keeps: ``digest`` is the SHA-256 (hex) of the token; times with a time zone."""

    digest: str
    login: str
    since: datetime
    seen: datetime
    idle_seconds: int
    longest_seconds: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that is over: ``cause`` is ``token``, ``idle`` or ``longest``; ``says`` is for the officer."""

    cause: str
    says: str


def new_session(
    draw: Callable[[int], bytes], login: str, now: datetime, *, idle: timedelta = IDLE, longest: timedelta = LONGEST
) -> tuple[str, Session]:
    """The token for the cookie, and what to keep; ``draw`` gives random bytes."""
    token = base64.urlsafe_b64encode(draw(TOKEN_BYTES)).rstrip(b"=").decode()
    seconds = int(idle.total_seconds()), int(longest.total_seconds())
    return token, Session(token_digest(token), login, now, now, *seconds)


def token_digest(token: str) -> str:
    """Under what the session of ``token`` is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def resume(session: Session, token: str, now: datetime) -> Session | Ended:
    """The session as used at ``now``, to be kept in place of the old one, or why it is over."""
    if not hmac.compare_digest(token_digest(token), session.digest):
        return Ended("token", "Please sign in.")
    if now >= session.since + timedelta(seconds=session.longest_seconds):
        return Ended("longest", "The session reached its longest time. Please sign in again; drafts are kept.")
    if now >= session.seen + timedelta(seconds=session.idle_seconds):
        return Ended("idle", "Nothing was done for a while. Please sign in again; drafts are kept.")
    return replace(session, seen=max(session.seen, now))
