"""Other systems at this node's door: their keys, who a call comes from, how often it may come, and the entries.

Nothing is open without a key. Making, revoking and misusing a key leave an entry in the ledger; every answered call
leaves a disclosure, under the key's public half and the purpose it was asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from comity.errors import Defect, InputRefused, RuleRefused
from comity.exchange.trust import Trust
from comity.identity.service_key import ServiceKey, Terms, digest_of, id_of, new_key, why_not
from comity.ledger.leaf import Leaf
from comity.model.canon import decode, encode
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.policy.facts import ScreeningFacts
from comity.policy.roles import SERVICE
from comity.storage import desk, log
from comity.storage.rows import Batch

MADE, REVOKED, REFUSED = "identity:key:create", "identity:key:revoke", "identity:key:refuse"
DISCLOSED = "service:lists:disclose"
KNOWN_FOR, MOST_KNOWN = timedelta(minutes=1), 1_000
"""How long a caller is let in on one decision while its key is the same, and how many are remembered."""
NOTED_EVERY = timedelta(minutes=1)
"""How often the same misuse of one key is written down."""
WHY = {
    "secret": "The key is not known.",
    "revoked": "The key was revoked.",
    "expired": "The key is not good at this time.",
    "scope": "The key is not made for this.",
    "purpose": "The key is not made for this purpose.",
    "agency": "The agency of the key is not in the directory any more.",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Another system that asks with a good key, for one purpose, and the rule that lets it."""

    key: ServiceKey
    officer: Officer
    purpose: str
    rule: str


@dataclass(frozen=True, slots=True)
class Knock:
    """A key as sent, for what it is shown, and the purpose named, or the empty text."""

    text: str
    scope: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Known:
    """A caller that was let in, and on what that rested: the key as kept, the directory, the time."""

    raw: bytes
    trust: Trust
    since: datetime
    until: datetime
    caller: Caller

    def stands(self, raw: bytes, node: Node, now: datetime) -> bool:
        """Whether nothing that it rested on has changed."""
        same_day = self.since.astimezone(UTC).date() == now.astimezone(UTC).date()
        return self.raw == raw and self.trust is node.trust and self.since <= now < self.until and same_day


@dataclass(slots=True)
class Door:
    """What is kept in memory about callers: how much each may still ask, which misuse was noted when, and whom the
    policies let in a moment ago."""

    known: dict[tuple[str, str, str], Known] = field(default_factory=dict)
    left: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    noted: dict[tuple[str, str], datetime] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_for(self, key: ServiceKey, queries: int, now: datetime) -> float:
        """Seconds until so many queries may be asked; 0 if they may now, and then they are counted."""
        rate = key.per_minute / 60.0
        with self.lock:
            left, since = self.left.get(key.id, (float(key.per_minute), now))
            left = min(float(key.per_minute), left + rate * max(0.0, (now - since).total_seconds()))
            enough = left >= min(queries, key.per_minute)  # a batch above the rate passes when nothing else was asked
            self.left[key.id] = (left - queries if enough else left, now)
        return 0.0 if enough else (min(queries, key.per_minute) - left) / rate

    def fresh(self, key: str, cause: str, now: datetime) -> bool:
        """Whether this misuse was not noted lately; it counts as noted now."""
        with self.lock:
            if now - self.noted.get((key, cause), now - 2 * NOTED_EVERY) < NOTED_EVERY:
                return False
            self.noted[key, cause] = now
            return True


def make_key(node: Node, terms: Terms, now: datetime) -> tuple[str, ServiceKey]:
    """The text of a new key, to be shown once, and the key; raises :class:`InputRefused` with every defect."""
    known = _agencies(node)
    if terms.agency not in known:
        says = f"{terms.agency} is no agency of this member."
        remedy = f"Known: {', '.join(sorted(known))}."
        raise InputRefused("The key was not made.", [Defect("service_key", says, remedy, field="agency")])
    text, key = new_key(node.draw, terms, now)
    _keep(node, key, MADE, now)
    return text, key


def keys(node: Node) -> list[ServiceKey]:
    """Every key, revoked and ended ones too."""
    with node.store.read() as unit:
        return [decode(raw, ServiceKey, what="service key") for raw in desk.service_keys(unit)]


def revoke_key(node: Node, name: str, now: datetime) -> ServiceKey:
    """Ends a key at once; raises :class:`InputRefused` if there is none of that id."""
    kept = next((key for key in keys(node) if key.id == name), None)
    if kept is None:
        defect = Defect("service_key", f"There is no key {name!r}.", "comity accounts keys lists them.", field="id")
        raise InputRefused("No key was revoked.", [defect])
    revoked = replace(kept, revoked=kept.revoked or now)
    _keep(node, revoked, REVOKED, now)
    return revoked


def caller_of(node: Node, door: Door, text: str, scope: str, purpose: str, now: datetime) -> Caller:
    """Who asks with this key; raises :class:`RuleRefused` with ``key.none`` or ``key.refused`` and writes it down."""
    found = callers_of(node, door, [Knock(text, scope, purpose)], now)[0]
    if isinstance(found, RuleRefused):
        raise found
    return found


def callers_of(
    node: Node, door: Door, knocks: Sequence[Knock], now: datetime, kept: Mapping[str, bytes] | None = None
) -> list[Caller | RuleRefused]:
    """Who asks, for several at once, or why not; ``kept`` are the keys of :func:`kept_keys` where they were read a
    moment ago. The keys are read anew for each round, so that one ends at once."""
    known = kept_keys(node, (knock.text for knock in knocks)) if kept is None else kept
    found: list[Caller | RuleRefused] = []
    for knock in knocks:
        try:
            found.append(_caller(node, door, known.get(id_of(knock.text)), knock, now))
        except RuleRefused as refusal:
            found.append(refusal)
    return found


def kept_keys(node: Node, texts: Iterable[str]) -> dict[str, bytes]:
    """The keys that bear the ids of these texts, as stored; whether the rest of a text is right is not looked at."""
    names = {id_of(text) for text in texts} - {""}
    if len(names) == 0:
        return {}
    with node.store.read() as unit:
        return desk.service_keys_named(unit, names)


def _caller(node: Node, door: Door, raw: bytes | None, knock: Knock, now: datetime) -> Caller:
    if raw is None:
        raise RuleRefused(WHY["secret"], rule="key.none", remedy="Ask the node's administrator for a key.")
    known = door.known.get((digest_of(knock.text), knock.scope, knock.purpose))
    if known is not None and known.stands(raw, node, now):
        return known.caller
    caller = _decided(node, door, raw, knock, now)
    if len(door.known) >= MOST_KNOWN:
        door.known.clear()
    until = min(caller.key.until, now + KNOWN_FOR)
    door.known[digest_of(knock.text), knock.scope, knock.purpose] = Known(raw, node.trust, now, until, caller)
    return caller


def _decided(node: Node, door: Door, raw: bytes, knock: Knock, now: datetime) -> Caller:
    key = decode(raw, ServiceKey, what="service key")
    cause = why_not(key, knock.text, knock.scope, now)
    asked = knock.purpose if knock.purpose != "" else key.purposes[0]
    if cause == "" and asked not in key.purposes:
        cause = "purpose"
    if cause == "" and key.agency not in _agencies(node):
        cause = "agency"
    if cause != "":
        _note_misuse(node, door, key, cause, now)
        rule = "key.none" if cause == "secret" else "key.refused"
        raise RuleRefused(WHY[cause], rule=rule, remedy="Ask the node's administrator for a key that is.")
    officer = Officer(f"key:{key.id}", key.id, key.agency, frozenset({SERVICE}))
    facts = ScreeningFacts("document" if knock.scope == "documents" else "service", key.agency)
    decision = node.policies.decide(principal(node, officer), "screen", facts, context(asked, now))
    if not decision.allowed:
        _note_misuse(node, door, key, decision.rule, now)
    decision.require()
    return Caller(key, officer, asked, decision.rule)


def disclose(node: Node, caller: Caller, now: datetime) -> None:
    """Writes down that this caller is shown content; to be called before the answer leaves."""
    actor = f"{caller.key.agency}:{caller.key.id}"
    leaf = Leaf(0, stamp(now), DISCLOSED, "", actor, caller.purpose, "allowed", caller.rule)
    _note(node, log.DISCLOSURE, leaf)


def _agencies(node: Node) -> set[str]:
    return {agency.id for agency in node.trust.lists[node.member].doc.agencies}


def _note_misuse(node: Node, door: Door, key: ServiceKey, cause: str, now: datetime) -> None:
    if door.fresh(key.id, cause, now):
        _note(node, log.MAIN, Leaf(0, stamp(now), REFUSED, "", f"{key.agency}:{key.id}", "", "refused", cause))


def _keep(node: Node, key: ServiceKey, tag: str, now: datetime) -> None:
    leaf = Leaf(0, stamp(now), tag, "", f"{key.agency}:{key.id}", "administration", "allowed", "")
    with node.store.write() as unit:
        desk.put_service_key(unit, name=key.id, data=encode(key))
        writer, batch = log.LogWriter(unit), Batch()
        writer.add(log.MAIN, leaf)
        writer.write(batch)
        batch.write(unit)


def _note(node: Node, name: str, leaf: Leaf) -> None:
    with node.store.write() as unit:
        writer, batch = log.LogWriter(unit), Batch()
        writer.add(name, leaf)
        writer.write(batch)
        batch.write(unit)
