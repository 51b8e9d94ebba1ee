"""Documents that a national system asked about and wants to hear of again: kept sealed for their lawful term alone.

Only a system that is told of changed records has its questions kept so, and only as long as travellers' rows may be
kept. A number is sealed under a key of this node; it is opened when the register changed, to ask again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from comity.errors import OwnFault
from comity.formats.asked_document import AskedDocument
from comity.model.travel_document import Document
from comity.node import checking
from comity.node.checking import DocumentAnswer
from comity.node.moment import stamp
from comity.node.node import Node
from comity.policy.clocks import due
from comity.storage import subscribers as rows
from comity.storage.subscribers import Followed

EVENT = "document.changed"
TERM = "retention.manifest.rows"
USUAL = timedelta(days=1)
AT_ONCE = 2_000
_NONCE = 12


def keys_that_follow(unit: Connection) -> frozenset[str]:
    """The service keys of the systems that are told of changed records."""
    return frozenset(one.key for one in rows.subscribers(unit) if EVENT in one.events)


def follow(
    node: Node,
    unit: Connection,
    key: str,
    call: str,
    asked: Sequence[tuple[AskedDocument, DocumentAnswer]],
    now: datetime,
) -> None:
    """Keeps the documents of one call, in the transaction that writes down its questions."""
    until = stamp(_until(node, now))
    cipher = AESGCM(_key(node))
    made = []
    for n, (one, answer) in enumerate(asked, 1):
        if len(one.documents) > 0:
            plain = msgspec.json.encode([(d.kind, d.country, d.number) for d in one.documents])
            nonce = node.draw(_NONCE)
            sealed = nonce + cipher.encrypt(nonce, plain, f"{call}:{n}".encode())
            made.append(Followed(call, n, key, sealed, checking.told_of(answer.findings), until))
    rows.put_followed(unit, made)


def changed(node: Node, now: datetime) -> list[tuple[Followed, str]]:
    """The followed documents of which the register says something else now, with a digest of it; raises
    :class:`OwnFault` where the register cannot be asked."""
    found: list[tuple[Followed, str]] = []
    after = ("", 0)
    while True:
        with node.store.read() as unit:
            some = rows.followed(unit, after, limit=AT_ONCE)
        if len(some) == 0:
            return found
        alive = [one for one in some if one.until >= stamp(now)]
        answers = checking.ask_register(node, [AskedDocument(_opened(node, one)) for one in alive])
        if any(answer.why == checking.NO_REGISTER for answer in answers):
            raise OwnFault(checking.NO_REGISTER, rule="register.unasked", remedy="It is asked again.")
        for one, answer in zip(alive, answers, strict=True):
            told = checking.told_of(answer.findings)
            if told != one.told:
                found.append((one, told))
        after = (some[-1].call, some[-1].n)


def forget_due(node: Node, now: datetime) -> int:
    """Forgets documents whose term is over."""
    with node.store.read() as unit:
        if len(rows.followed(unit, ("", 0), limit=1)) == 0:
            return 0
    with node.store.write() as unit:
        return rows.drop_followed(unit, stamp(now))


def _opened(node: Node, one: Followed) -> tuple[Document, ...]:
    nonce, sealed = one.sealed[:_NONCE], one.sealed[_NONCE:]
    plain = AESGCM(_key(node)).decrypt(nonce, sealed, f"{one.call}:{one.n}".encode())
    return tuple(Document(*some) for some in msgspec.json.decode(plain, type=list[tuple[str, str, str]]))


def _key(node: Node) -> bytes:
    return hmac.new(node.ring.vault, b"comity-followed-1", hashlib.sha256).digest()


def _until(node: Node, now: datetime) -> datetime:
    law = node.law(node.member, TERM, now.date())
    if isinstance(law.value, int) and law.unit in ("hours", "days", "months", "years"):
        return due(now, law.value, law.unit)
    return now + USUAL
