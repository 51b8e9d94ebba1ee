"""An account: how somebody signs in, and which agency, roles and pseudonym that gives.

The pseudonym is all that others ever see of the officer. Roles have dates, since a rota and a secondment do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from comity.errors import Defect, InputRefused
from comity.identity.passkeys import Passkey
from comity.model.track import AGENCY
from comity.policy.roles import ROLES

PSEUDONYM = re.compile(r"[0-9a-f]{16}")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class Grant(msgspec.Struct, frozen=True):
    """One role for a time: from ``since`` until before ``until``, ``None`` for no end. Both with a time zone."""

    role: str
    since: datetime
    until: datetime | None = None


class Account(msgspec.Struct, frozen=True):
    """One person's account on this node.

    ``last_counter`` is the step of the last code used, ``failures`` counts failed sign-ins since the last good one,
    and until ``locked_until`` no further one is tried. ``nationality`` is two letters, for reviewers.
    """

    login: str
    pseudonym: str
    agency: str
    roles: tuple[Grant, ...]
    password_hash: str
    totp_secret: str
    last_counter: int = 0
    failures: int = 0
    locked_until: datetime | None = None
    nationality: str = ""
    passkeys: tuple[Passkey, ...] = ()


def roles_at(account: Account, now: datetime) -> frozenset[str]:
    """The roles in force at ``now``."""
    return frozenset(
        grant.role for grant in account.roles if grant.since <= now and (grant.until is None or now < grant.until)
    )


def new_account(login: str, pseudonym: str, agency: str, roles: tuple[Grant, ...], secrets: tuple[str, str]) -> Account:
    """An account with ``secrets`` = (password hash, TOTP secret); raises :class:`InputRefused` with every defect."""
    account = Account(login, pseudonym, agency, roles, *secrets)
    defects = list(account_defects(account))
    if len(defects) > 0:
        raise InputRefused("The account was not made.", defects)
    return account


def account_defects(account: Account) -> Iterator[Defect]:
    """All that is wrong with an account as an administrator wrote it."""
    if LOGIN.fullmatch(account.login) is None:
        yield _defect("login", f"{account.login!r} is no login.", "Use small letters, digits, dot, underscore, hyphen.")
    if PSEUDONYM.fullmatch(account.pseudonym) is None:
        yield _defect("pseudonym", "The pseudonym is not 16 hex digits.", "Draw 8 random bytes.")
    if AGENCY.fullmatch(account.agency) is None:
        yield _defect("agency", f"{account.agency!r} is no agency.", "Write it as QM.bureau.")
    if len(account.roles) == 0:
        yield _defect("roles", "The account has no role.", "Give it one.")
    for grant in account.roles:
        if grant.role not in ROLES:
            yield _defect("roles", f"There is no role {grant.role!r}.", f"Known roles: {', '.join(ROLES)}.")
        if grant.until is not None and grant.until <= grant.since:
            yield _defect("roles", f"The role {grant.role} ends before it begins.", "Correct its dates.")


def _defect(field: str, says: str, remedy: str) -> Defect:
    return Defect(rule="account", says=says, remedy=remedy, field=field)
