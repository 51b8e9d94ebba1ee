"""Officers' passkeys in the member's own list: from then on grave steps count with one of them alone.

The list is signed by the member's root key, which this node need not have: whoever holds the node cannot add an
officer to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from comity.errors import Defect, InputRefused
from comity.exchange.assertion import counts_at
from comity.exchange.member_list import Agency, OfficerKey, sign_member_list
from comity.identity.account import Account, roles_at
from comity.identity.passkeys import Passkey
from comity.node import documents
from comity.node.node import Node
from comity.node.seats import accounts

GOOD_FOR = timedelta(days=730)
"""How long a passkey is listed before it has to be listed again."""


@dataclass(frozen=True, slots=True)
class OfficersPasskey:
    """One passkey of an account: ``listed`` if grave steps count with it now."""

    account: Account
    passkey: Passkey
    listed: bool


def officers_passkeys(node: Node, now: datetime) -> tuple[OfficersPasskey, ...]:
    """The passkeys of everybody who has a role now, by login."""
    found = []
    for account in accounts(node):
        agency = node.trust.agency(account.agency)
        officers = () if agency is None else agency.officers
        listed = {one.id for one in officers if one.officer == account.pseudonym and counts_at(one, now)}
        if len(roles_at(account, now)) > 0:
            found += [OfficersPasskey(account, one, one.id in listed) for one in account.passkeys]
    return tuple(found)


def list_officers(node: Node, root: Ed25519PrivateKey, now: datetime) -> int:
    """Publishes a new version of the member's list, in which every passkey of :func:`officers_passkeys` stands and what
    nobody has any more is revoked; returns the version. Raises :class:`InputRefused` where nothing would change."""
    now = now.replace(microsecond=0)
    doc = node.trust.lists[node.member].doc
    held = officers_passkeys(node, now)
    agencies = tuple(replace(one, officers=tuple(_officers(one, held, now))) for one in doc.agencies)
    if agencies == doc.agencies:
        says = "The list names these passkeys already."
        raise InputRefused("Nothing was published.", [Defect("officers.same", says, "Add or remove a passkey first.")])
    version = doc.version + 1
    new = replace(doc, agencies=agencies, version=version, issued=now, expires=now + (doc.expires - doc.issued))
    documents.publish(node, documents.MEMBER_LIST, sign_member_list(new, root), now)
    return version


def _officers(agency: Agency, held: tuple[OfficersPasskey, ...], now: datetime) -> Iterator[OfficerKey]:
    mine = {one.passkey.id: one for one in held if one.account.agency == agency.id}
    for key in agency.officers:
        one = mine.get(key.id)
        stays = one is not None and one.account.pseudonym == key.officer
        yield key if stays or key.revoked is not None else replace(key, revoked=now)
    known = {key.id for key in agency.officers}
    for id_, one in mine.items():
        if id_ not in known:
            passkey = one.passkey
            yield OfficerKey(one.account.pseudonym, id_, passkey.public, passkey.host, now, now + GOOD_FOR)
