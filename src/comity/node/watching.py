"""The supervisor's view of who looked at what: unusual looking of the own agency's officers, and what came of asking.

Read from the log of disclosures, which everything that is shown goes through; nothing is kept beside it but what came
of asking. An officer never sees that they are looked at, and nobody sees their own lines. The reviewer of a line learns
which matters were opened, by number; opening one is decided and written down for the reviewer as for anybody.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import Connection

from comity.errors import Defect, InputRefused, RuleRefused
from comity.identity.account import Account
from comity.insight.looking import HOURS, LOT, OWN_NAME, PROTECTED, WITHOUT_STEP, Look, Unusual, unusual
from comity.ledger.leaf import Leaf, read_leaf
from comity.matching.names.tokens import tokens_of
from comity.model.act import read_header
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.reading import DISCLOSE
from comity.node.seats import accounts
from comity.node.words import Says, counted, says
from comity.storage import log, looking
from comity.storage.rows import Batch

READERS = frozenset({"supervisor", "data_protection_officer"})
SHOWN, HABIT = timedelta(days=14), timedelta(days=60)
"""How far back lines are shown, and how far back looking says what is usual."""
OUTCOMES = (("explained", "Explained by work"), ("passed_on", "Passed on to whoever inquires"))
REVIEWED = "desk:looking:review"
PROTECTION = "protection"
"""The track on which protection is said."""
NAMES = ("name", "alias", "weakAlias", "previousName", "lastName", "secondName", "fatherName", "motherName")
LEAST_NAME = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: what was unusual, whose, in words, the matters concerned, and what came of asking."""

    unusual: Unusual
    login: str
    says: Says
    matters: tuple[str, ...]
    outcome: str
    by: str


def lines(node: Node, officer: Officer, now: datetime, zone: tzinfo = UTC) -> tuple[Line, ...]:
    """What was unusual in the officer's own agency in the last two weeks; raises :class:`RuleRefused` for whoever is
    no supervisor."""
    _require(officer)
    since = (now - SHOWN).astimezone(zone).date()
    with node.store.read() as unit:
        looks = _looks(node, unit, officer.agency, now, zone)
        known = looking.reviews(unit, since.isoformat())
    logins = {one.pseudonym: one.login for one in accounts(node)}
    found = unusual([one for one in looks if one.officer != officer.pseudonym], since, _secret(node))
    return tuple(_line(one, logins, known) for one in found)


def review(
    node: Node, officer: Officer, about: tuple[str, str, str], outcome: str, now: datetime, zone: tzinfo = UTC
) -> None:
    """Writes down what came of asking about (officer, kind, day); raises :class:`InputRefused` for a line that is not
    there or an outcome that is none."""
    _require(officer)
    there = {
        (one.unusual.officer, one.unusual.kind, one.unusual.day.isoformat()) for one in lines(node, officer, now, zone)
    }
    if about not in there or outcome not in dict(OUTCOMES):
        says = "There is no such line, or no such outcome."
        raise InputRefused("Nothing was recorded.", [Defect("looking.line", says, "Load the page again.")])
    with node.store.write() as unit:
        looking.put_review(
            unit, officer=about[0], kind=about[1], day=about[2], outcome=outcome, by=officer.pseudonym, at=stamp(now)
        )
        _note(unit, officer, outcome, now)


def _require(officer: Officer) -> None:
    if len(officer.roles & READERS) == 0:
        raise RuleRefused("This page is for supervisors.", rule="looking.role", remedy="Ask yours.")


def _looks(node: Node, unit: Connection, agency: str, now: datetime, zone: tzinfo) -> list[Look]:
    leaves = [one for one in _leaves(unit, stamp(now - HABIT)) if one.tag == DISCLOSE]
    mine = [one for one in leaves if one.actor.startswith(f"{agency}:")]
    matters = looking.matters_of_acts(unit, {one.digest for one in mine})
    steps = {
        (header.officer, header.matter)
        for header in map(read_header, looking.headers_of_agency(unit, agency, matters.values()))
    }
    protected = looking.matters_with_track(unit, PROTECTION, matters.values())
    kin = _kin(node, unit, agency, mine)
    found = []
    for one in mine:
        who, matter = one.actor.rpartition(":")[2], matters.get(one.digest, "")
        at = instant(one.time).astimezone(zone)
        is_kin = one.digest in kin.get(who, frozenset())
        found.append(Look(who, at, matter, one.digest, (who, matter) in steps, matter in protected, is_kin))
    return found


def _leaves(unit: Connection, since: str) -> Iterator[Leaf]:
    """The entries of the log of disclosures from a moment on; its entries stand in the order of their times."""
    low, high = 0, log.head(unit, log.DISCLOSURE).size
    while low < high:
        middle = (low + high) // 2
        raw = log.entry(unit, log.DISCLOSURE, middle)
        low, high = (middle + 1, high) if raw is not None and read_leaf(raw).time < since else (low, middle)
    return (read_leaf(raw) for _, raw in log.entries(unit, log.DISCLOSURE, start=low))


def _kin(node: Node, unit: Connection, agency: str, leaves: list[Leaf]) -> Mapping[str, set[str]]:
    """By officer, the acts in which somebody bears a name of the officer's own family, in whatever script."""
    families = {one.pseudonym: _words(one.kin) for one in _of(node, agency) if len(one.kin) > 0}
    theirs = {leaf.digest for leaf in leaves if leaf.actor.rpartition(":")[2] in families}
    said = {act: _words(values) for act, values in looking.values_in_acts(unit, theirs, NAMES).items()}
    found: dict[str, set[str]] = {}
    for leaf in leaves:
        who = leaf.actor.rpartition(":")[2]
        if len(families.get(who, set()) & said.get(leaf.digest, set())) > 0:
            found.setdefault(who, set()).add(leaf.digest)
    return found


def _of(node: Node, agency: str) -> Iterator[Account]:
    return (one for one in accounts(node) if one.agency == agency)


def _words(names: Iterable[str]) -> set[str]:
    return {token.text for name in names for token in tokens_of(name) if len(token.text) >= LEAST_NAME}


def _line(one: Unusual, logins: Mapping[str, str], known: Mapping[tuple[str, str, str], Mapping[str, str]]) -> Line:
    done = known.get((one.officer, one.kind, one.day.isoformat()), {})
    by = str(done.get("by", ""))
    return Line(
        unusual=one,
        login=logins.get(one.officer, one.officer),
        says=in_words(one),
        matters=tuple(dict.fromkeys(look.matter for look in one.looks if look.matter != "")),
        outcome=dict(OUTCOMES).get(str(done.get("outcome", "")), ""),
        by=logins.get(by, by),
    )


def in_words(one: Unusual) -> Says:
    """Why a line is shown."""
    n = one.count
    if one.kind == OWN_NAME:
        return counted(
            "Looked %(n)s time at a person who bears a name of the officer's own family.",
            "Looked %(n)s times at persons who bear a name of the officer's own family.",
            n,
        )
    if one.kind == PROTECTED:
        return counted(
            "Looked %(n)s time at a matter with a protected person in which the officer took no step.",
            "Looked %(n)s times at matters with a protected person in which the officer took no step.",
            n,
        )
    if one.kind == WITHOUT_STEP:
        return counted(
            "Opened %(n)s matter in which the officer never took a step; colleagues that day: %(usual)s.",
            "Opened %(n)s matters in which the officer never took a step; colleagues that day: %(usual)s.",
            n,
            usual=round(one.usual),
        )
    if one.kind == HOURS:
        return counted(
            "Looked %(n)s time at an hour when this officer hardly ever works.",
            "Looked %(n)s times at hours when this officer hardly ever works.",
            n,
        )
    if one.kind == LOT:
        return says("Drawn by lot: one look in a hundred is asked about.")
    return counted(
        "Looked %(n)s time on one day; usual are %(usual)s.",
        "Looked %(n)s times on one day; usual are %(usual)s.",
        n,
        usual=round(one.usual),
    )


def _note(unit: Connection, officer: Officer, outcome: str, now: datetime) -> None:
    leaf = Leaf(
        index=0,
        time=stamp(now),
        tag=REVIEWED,
        digest="",
        actor=f"{officer.agency}:{officer.pseudonym}",
        purpose="administration",
        decision=outcome,
        rule="D-12",
    )
    writer, batch = log.LogWriter(unit), Batch()
    writer.add(log.MAIN, leaf)
    writer.write(batch)
    batch.write(unit)


def _secret(node: Node) -> bytes:
    return hmac.new(node.ring.vault, b"comity-lot-1", hashlib.sha256).digest()
