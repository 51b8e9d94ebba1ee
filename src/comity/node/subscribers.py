"""Systems that are told of events: registered by the administrator for a service key, with a secret of their own.

The secret follows from the node's vault key and the registration's random id, is shown once, and is kept nowhere.
Registering and removing leave entries in the ledger.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from comity.errors import Defect, InputRefused
from comity.exchange.transports.events import Aim, Told, secret_text, tell, why_unsafe
from comity.identity.service_key import ServiceKey
from comity.ledger.leaf import Leaf
from comity.model.canon import encode
from comity.node.callers import keys
from comity.node.moment import stamp
from comity.node.node import Node
from comity.storage import log
from comity.storage import subscribers as rows
from comity.storage.rows import Batch
from comity.storage.subscribers import Subscriber

KINDS = {
    "list.changed": "another version of a list screens",
    "document.changed": "the record of a document changed that this system asked about within its term",
    "flight.answered": "the answer of a flight of its agency is ready",
}
"""What a system may be told of, in words."""
TEST = "comity.test"
ADDED, REMOVED = "identity:subscriber:create", "identity:subscriber:revoke"
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Registration:
    """What a system is registered with."""

    name: str
    url: str
    key: str
    events: tuple[str, ...]
    inside: bool = False


def register(node: Node, wanted: Registration, now: datetime) -> tuple[str, Subscriber]:
    """(the secret, shown once; the system); raises :class:`InputRefused` with every defect."""
    with node.store.read() as unit:
        known = rows.subscribers(unit)
    key = next((one for one in keys(node) if one.id == wanted.key), None)
    defects = list(_defects(wanted, known, key, now))
    if key is None or len(defects) > 0:
        raise InputRefused("The system was not registered.", defects)
    events = tuple(dict.fromkeys(wanted.events))
    made = Subscriber(
        node.draw(8).hex(), wanted.name, key.id, key.agency, wanted.url, events, wanted.inside, stamp(now)
    )
    with node.store.write() as unit:
        rows.put_subscriber(unit, made)
        _note(unit, ADDED, made, now)
    return secret_text(secret_of(node, made)), made


def subscribers(node: Node) -> list[Subscriber]:
    """Every system, by name."""
    with node.store.read() as unit:
        return rows.subscribers(unit)


def named(node: Node, name: str) -> Subscriber:
    """One system; raises :class:`InputRefused` if there is none of that name."""
    found = next((one for one in subscribers(node) if one.name == name), None)
    if found is None:
        defect = Defect("subscriber.name", f"There is no system {name!r}.", "comity hooks list names them.")
        raise InputRefused("There is no such system.", [defect])
    return found


def remove(node: Node, name: str, now: datetime) -> Subscriber:
    """Takes a system out; it is told of nothing any more. Raises :class:`InputRefused` if there is none."""
    found = named(node, name)
    with node.store.write() as unit:
        rows.drop_subscriber(unit, found.id)
        _note(unit, REMOVED, found, now)
    return found


def try_out(node: Node, name: str, now: datetime) -> None:
    """Sends a system a test event at once; raises what sending raises."""
    found = named(node, name)
    body = encode({"type": TEST, "timestamp": stamp(now), "data": {"member": node.member}})
    tell(aim_of(node, found), Told(f"msg_{node.draw(12).hex()}", body), now)


def aim_of(node: Node, one: Subscriber) -> Aim:
    """Where a system is told, and under which secret."""
    return Aim(one.url, one.inside, secret_of(node, one))


def secret_of(node: Node, one: Subscriber) -> bytes:
    """The secret of a registration (32 bytes)."""
    return hmac.new(node.ring.vault, b"comity-subscriber-1" + one.id.encode(), hashlib.sha256).digest()


def _defects(wanted: Registration, known: list[Subscriber], key: ServiceKey | None, now: datetime) -> Iterator[Defect]:
    if NAME.fullmatch(wanted.name) is None:
        yield _defect("name", f"{wanted.name!r} is no name.", "Small letters, digits and hyphens; a letter first.")
    if any(one.name == wanted.name for one in known):
        yield _defect("name", f"There is a system {wanted.name} already.", "Remove it first, or choose another name.")
    unsafe = why_unsafe(wanted.url, inside=wanted.inside)
    if unsafe != "":
        yield _defect("url", unsafe, "Give an https address; on this machine http will do, with --inside.")
    if key is None or key.revoked is not None or key.until <= now:
        yield _defect("key", f"{wanted.key!r} is no key that is good now.", "comity accounts keys lists them.")
    if len(wanted.events) == 0 or any(one not in KINDS for one in wanted.events):
        yield _defect("event", "No kind of event is named, or one that is not known.", f"Known: {', '.join(KINDS)}.")
    if key is not None and "document.changed" in wanted.events and "documents" not in key.scopes:
        yield _defect("event", "The key does not look documents up.", "Make a key with --scope documents.")


def _defect(field: str, says: str, remedy: str) -> Defect:
    return Defect(f"subscriber.{field}", says, remedy, field=field)


def _note(unit: Connection, tag: str, one: Subscriber, now: datetime) -> None:
    leaf = Leaf(0, stamp(now), tag, "", f"{one.agency}:{one.key}", "administration", "allowed", "")
    writer, batch = log.LogWriter(unit), Batch()
    writer.add(log.MAIN, leaf)
    writer.write(batch)
    batch.write(unit)
