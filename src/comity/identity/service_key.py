"""Keys with which other systems of an agency ask: made once, shown once, kept as a digest, for a scope and a time.

A key opens nothing by itself: what its caller may see is decided by the same policies as for an officer, for one of
the purposes that the key was made for. It is 256 random bits, so a plain SHA-256 of it is enough to keep.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from comity.errors import Defect, InputRefused
from comity.model.track import AGENCY
from comity.policy.purposes import PURPOSES

TEXT = re.compile(r"comity_([0-9a-f]{16})_([0-9a-f]{64})")
SCOPES = {
    "screen": "match and search the lists of reference, and read their entities",
    "reconcile": "the same from a spreadsheet tool, which may carry the key in the address",
    "documents": "look documents up by their number in the register of stolen and lost ones",
}
"""What a key may be for, in words."""
LONGEST = timedelta(days=366)
USUAL = timedelta(days=90)
PER_MINUTE = 600
"""Queries that a key may ask in a minute unless it is made for more or fewer."""


class ServiceKey(msgspec.Struct, frozen=True):
    """One key as kept: ``id`` is its public half (16 hex digits) and stands in the ledger, ``digest`` the SHA-256 of
    the whole; the first of ``purposes`` is meant where a call names none. It is good from ``since`` until before
    ``until``, or until it is ``revoked``."""

    id: str
    label: str
    agency: str
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    digest: str
    since: datetime
    until: datetime
    per_minute: int = PER_MINUTE
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key is made for."""

    label: str
    agency: str
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    term: timedelta = USUAL
    per_minute: int = PER_MINUTE


def new_key(draw: Callable[[int], bytes], terms: Terms, now: datetime) -> tuple[str, ServiceKey]:
    """The key for its owner, shown once, and what to keep; raises :class:`InputRefused` with every defect."""
    defects = list(_defects(terms))
    if len(defects) > 0:
        raise InputRefused("The key was not made.", defects)
    name = draw(8).hex()
    text = f"comity_{name}_{draw(32).hex()}"
    until = now + terms.term
    scopes, purposes = tuple(dict.fromkeys(terms.scopes)), tuple(dict.fromkeys(terms.purposes))
    return text, ServiceKey(
        name, terms.label, terms.agency, scopes, purposes, digest_of(text), now, until, terms.per_minute
    )


def id_of(text: str) -> str:
    """The public half of a key as sent; the empty text for what is no key."""
    found = TEXT.fullmatch(text)
    return "" if found is None else found[1]


def digest_of(text: str) -> str:
    """Under what a key is kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def why_not(kept: ServiceKey, text: str, scope: str, now: datetime) -> str:
    """Why a key as sent does not open ``scope`` now (secret, revoked, expired or scope); empty if it does."""
    if not hmac.compare_digest(digest_of(text), kept.digest):
        return "secret"
    if kept.revoked is not None and kept.revoked <= now:
        return "revoked"
    if not kept.since <= now < kept.until:
        return "expired"
    return "" if scope in kept.scopes else "scope"


def _defects(terms: Terms) -> Iterator[Defect]:
    if not 1 <= len(terms.label.strip()) <= 80:
        yield _defect("label", "The key has no name of 1 to 80 characters.", "Name the system that will use it.")
    if AGENCY.fullmatch(terms.agency) is None:
        yield _defect("agency", f"{terms.agency!r} is no agency.", "Write it as QM.bureau.")
    for field, given, known in (("scope", terms.scopes, SCOPES), ("purpose", terms.purposes, PURPOSES)):
        if len(given) == 0:
            yield _defect(field, f"The key has no {field}.", f"Give one of {', '.join(known)}.")
        for one in given:
            if one not in known:
                yield _defect(field, f"There is no {field} {one!r}.", f"Known: {', '.join(known)}.")
    if not timedelta(0) < terms.term <= LONGEST:
        yield _defect("days", "A key is good for 1 to 366 days.", "Make a new one before it ends.")
    if not 1 <= terms.per_minute <= 1_000_000:
        yield _defect("per_minute", "A key asks 1 to 1,000,000 queries a minute.", "Choose a number in between.")


def _defect(field: str, says: str, remedy: str) -> Defect:
    return Defect(rule="service_key", says=says, remedy=remedy, field=field)
