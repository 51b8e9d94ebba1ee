"""What happens to the lists of a node, and by whom: each step leaves an entry in the ledger.

A version that was held screens once two officers of different accounts agreed, each with a reason, each having seen
the same version. Whoever brought a version in by the command line or the schedule stands in the entry as the node's
bureau, since no officer did. The entry names the list and the version, whose name ends in the first twelve digits of
its digest; nothing that is in the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from comity.errors import Defect, InputRefused, RuleRefused
from comity.ledger.leaf import Leaf
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.reference import Added, known_lists, store_of
from comity.storage import log
from comity.storage.lists import Agreement, ListVersion
from comity.storage.rows import Batch

ADDED, UPDATED, HELD = "lists:version:add", "lists:version:update", "lists:version:hold"
AGREED, RELEASED = "lists:version:agree", "lists:version:release"
READERS = frozenset(
    {"duty_officer", "second_line", "supervisor", "senior_officer", "administrator", "data_protection_officer"}
)
"""Roles that see the lists of their node."""
RELEASERS = frozenset({"duty_officer", "second_line", "supervisor", "senior_officer", "administrator"})
"""Roles that may say that a held version screens."""
OFFICERS = 2
LONGEST_REASON = 1000
NO_REASON = "A reason of at most 1,000 characters is needed."
NOT_HELD = "That version is not held any more."
NO_ROLE = "Your role releases no list."
SAME_OFFICER = "You have agreed already; the second officer must be another person."
REFUSALS = (NO_REASON, NOT_HELD, NO_ROLE, SAME_OFFICER)
"""What an officer is told whose word is not taken; said in the reader's language."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What came of an officer's word: the version, and whether it screens now."""

    version: ListVersion
    screens: bool


def agree(node: Node, officer: Officer, name: str, version: str, reason: str, now: datetime) -> Agreed:
    """Takes an officer's word that the held ``version`` of a list may screen, and lets it screen with the second.

    Raises :class:`RuleRefused` for a role that may not, a version that is not held any more, and the same officer
    twice; :class:`InputRefused` for a word without reason.
    """
    said = " ".join(reason.split())
    if said == "" or len(said) > LONGEST_REASON:
        raise InputRefused("Nothing was released.", [Defect("lists.reason", NO_REASON, "", field="reason")])
    with node.screens.releasing:
        held = _held(node, officer, name, version)
        kept = store_of(node.home).agree(held, Agreement(officer.login, officer.pseudonym, officer.agency, now, said))
        screens = len(kept.agreed) >= OFFICERS
        if screens:
            kept = store_of(node.home).release(kept, tuple(one.login for one in kept.agreed))
        write_down(node, RELEASED if screens else AGREED, kept, now, officer=officer)
    return Agreed(kept, screens)


def held_version(node: Node, name: str) -> ListVersion:
    """The version of a list that is held; raises :class:`RuleRefused` where none is."""
    store = store_of(node.home)
    known_lists(store, [name])
    held = store.held(name)
    if held is None:
        raise RuleRefused(f"No version of {name} is held.", rule="lists.release", remedy="Look at the list again.")
    return held


def _held(node: Node, officer: Officer, name: str, version: str) -> ListVersion:
    """The held version that the officer may speak about."""
    if len(officer.roles & RELEASERS) == 0:
        raise RuleRefused(NO_ROLE, rule="lists.role", remedy="Ask a duty officer.")
    held = held_version(node, name)
    if held.version != version:
        raise RuleRefused(NOT_HELD, rule="lists.release", remedy="Look at the list again.")
    if any(one.officer == officer.pseudonym for one in held.agreed):
        raise RuleRefused(SAME_OFFICER, rule="lists.second", remedy="Ask another officer to sign in and decide.")
    return held


def write_down_added(node: Node, added: Added, now: datetime, *, is_update: bool = False) -> None:
    """The entry for a version that was brought in; none where the content was known already."""
    if not added.is_known:
        tag = HELD if added.is_held else UPDATED if is_update else ADDED
        write_down(node, tag, added.version, now)


def write_down(node: Node, tag: str, version: ListVersion, now: datetime, *, officer: Officer | None = None) -> None:
    """One entry of the ledger."""
    actor = node.bureau if officer is None else f"{officer.agency}:{officer.pseudonym}"
    decision = "held" if tag == HELD else "allowed"
    leaf = Leaf(0, stamp(now), tag, "", actor, "", decision, f"{version.name}.{version.version}"[:64])
    with node.store.write() as unit:
        writer, batch = log.LogWriter(unit), Batch()
        writer.add(log.MAIN, leaf)
        writer.write(batch)
        batch.write(unit)
