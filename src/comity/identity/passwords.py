"""Passwords: Argon2id (RFC 9106), its parameters in one place, and what a password must be.

Randomness is passed in. A hash that was made with other parameters is good and reported as outdated, so that the
node writes a new one at the next sign-in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from comity.errors import Defect, InputRefused

MIN_LENGTH = 12
MAX_BYTES = 1024
SALT_BYTES = 16

Draw = Callable[[int], bytes]
"""Gives that many random bytes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one hash: passes, memory in KiB, lanes. RFC 9106 section 4, second recommended option."""

    passes: int = 3
    memory: int = 64 * 1024
    lanes: int = 4


COST = Cost()


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password was right, and whether its hash should be made anew."""

    right: bool
    outdated: bool


def password_defects(password: str, login: str) -> list[Defect]:
    """All that is wrong with a password that somebody chose."""
    found = []
    if len(password) < MIN_LENGTH:
        says = f"The password has {len(password)} characters; at least {MIN_LENGTH} are needed."
        found.append(_defect(says, "Three or four unrelated words are long enough and easy to keep."))
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        found.append(_defect(f"The password is longer than {MAX_BYTES} bytes.", "Choose a shorter one."))
    if login != "" and login.casefold() in password.casefold():
        found.append(_defect("The password contains the login.", "Leave the login out."))
    if len(password) > 0 and len(set(password.casefold())) < 5:
        found.append(_defect("The password repeats a few characters.", "Use more different characters."))
    return found


def hash_password(password: str, login: str, draw: Draw, *, cost: Cost = COST) -> str:
    """The hash to store; raises :class:`InputRefused` with every defect of the password."""
    defects = password_defects(password, login)
    if len(defects) > 0:
        raise InputRefused("The password was not changed.", defects)
    return _hasher(cost).hash(password, salt=draw(SALT_BYTES))


def check_password(stored: str, password: str, *, cost: Cost = COST) -> Checked:
    """Whether ``password`` is the one behind ``stored``; a hash that cannot be read is not right."""
    hasher = _hasher(cost)
    try:
        hasher.verify(stored, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return Checked(right=False, outdated=False)
    return Checked(right=True, outdated=hasher.check_needs_rehash(stored))


@cache
def decoy(cost: Cost = COST) -> str:
    """A hash that no password opens in practice, so that an unknown login costs the same work as a known one."""
    return _hasher(cost).hash("\x00nobody signs in with this\x00", salt=b"\x00" * SALT_BYTES)


@cache
def _hasher(cost: Cost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes, type=Type.ID)


def _defect(says: str, remedy: str) -> Defect:
    return Defect(rule="password", says=says, remedy=remedy, field="password")
