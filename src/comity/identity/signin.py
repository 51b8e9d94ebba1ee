"""Signing in with password and code: the same answer, and the same work, whatever was wrong.

There is no hard lock-out, with which anybody could shut the night desk out of its own system: each failure after
the third doubles a delay, up to a quarter of an hour. While it runs, the right password is refused too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from comity.identity.account import Account, roles_at
from comity.identity.passwords import COST, Cost, check_password, decoy
from comity.identity.totp import accept_code

FREE_FAILURES = 3
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=15)

SAYS = (
    "Signing in was refused. Check login, password and code; a code works once. "
    "After several failures there is a pause of up to 15 minutes between tries."
)
"""The one text of every refusal."""

_DECOY_SECRET = "A" * 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A good sign-in. ``account`` is to be stored; ``rehash`` asks for a new hash of the password just given."""

    account: Account
    roles: frozenset[str]
    rehash: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal. ``account`` is to be stored, ``None`` for an unknown login; only ``says`` may leave the node.

    ``cause`` is for the ledger: ``unknown``, ``delayed``, ``password``, ``code`` or ``no_role``.
    """

    account: Account | None
    cause: str
    says: str = SAYS


def sign_in(
    account: Account | None, password: str, code: str, now: datetime, *, cost: Cost = COST
) -> SignedIn | Refused:
    """Tries one sign-in; ``account`` is ``None`` for an unknown login, which costs the same work."""
    checked = check_password(decoy(cost) if account is None else account.password_hash, password, cost=cost)
    secret = _DECOY_SECRET if account is None or account.totp_secret == "" else account.totp_secret
    counter = accept_code(secret, code, now, 0 if account is None else account.last_counter)
    if account is None:
        return Refused(None, "unknown")
    if account.locked_until is not None and now < account.locked_until:
        return Refused(account, "delayed")
    if not checked.right:
        return Refused(_failed(account, now), "password")
    if counter is None or account.totp_secret == "":
        return Refused(_failed(account, now), "code")
    roles = roles_at(account, now)
    if len(roles) == 0:
        return Refused(account, "no_role")
    good = replace(account, last_counter=counter, failures=0, locked_until=None)
    return SignedIn(good, roles, checked.outdated)


def delay_after(failures: int) -> timedelta:
    """The pause after that many failures in a row."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 20)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def _failed(account: Account, now: datetime) -> Account:
    failures = account.failures + 1
    pause = delay_after(failures)
    locked = now + pause if pause > timedelta(0) else None
    return replace(account, failures=failures, locked_until=locked)
