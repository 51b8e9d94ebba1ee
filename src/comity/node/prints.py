"""The register of numbered prints: every letter, PDF and printed page, where it went and what became of it.

A print is registered with the parts that it was drawn from, so that a recall of one of them lists it. Numbers are
given per node and year and never again; the entry in the ledger names the number, and nothing that was printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from comity.errors import RuleRefused
from comity.ledger.leaf import Leaf
from comity.node.debts import PRINT, pay
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.storage import acts as act_rows
from comity.storage import log, paper
from comity.storage.paper import BACK, LOST, OPEN, Print
from comity.storage.rows import Batch

RECORD, SETTLE = "desk:print:record", "desk:print:settle"
KEEPERS = frozenset({"duty_officer", "reviewer", "supervisor", "data_protection_officer"})
"""Roles that see the register."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: of which matter and act, as what, in which form, and for whom or where."""

    matter: str
    act: str
    kind: str
    form: str
    place: str


@dataclass(frozen=True, slots=True)
class PrintLine:
    """One print on the page; ``called`` if something that it was drawn from was recalled or has run out."""

    copy: Print
    place: str
    called: bool


def register(
    node: Node, unit: Connection, officer: Officer, sheet: Sheet, parts: Iterable[str], now: datetime
) -> Print:
    """The number of a new print; raises :class:`RuleRefused` if one of its parts was recalled meanwhile."""
    drawn = tuple(dict.fromkeys(parts))
    held = act_rows.parts_by_commitment(unit, drawn)
    if any(part.hidden is not None for part in held.values()) or len(held) < len(drawn):
        raise RuleRefused(
            "Something in it was withdrawn meanwhile, so nothing was printed.",
            rule="print.recalled",
            remedy="Open the matter again.",
        )
    n = paper.last_number(unit, now.year) + 1
    one = Print(
        number=f"COM/{node.member}/{now.year}/{n:06d}",
        year=now.year,
        n=n,
        matter=sheet.matter,
        act=sheet.act,
        kind=sheet.kind,
        form=sheet.form,
        place=sheet.place,
        officer=officer.pseudonym,
        agency=officer.agency,
        at=stamp(now),
    )
    paper.put_print(unit, one, drawn)
    _write_down(unit, officer, one, RECORD, "done", now)
    return one


def settle(node: Node, officer: Officer, number: str, state: str, now: datetime) -> Print:
    """Writes down that a print was returned, destroyed or lost, and tells whoever waits for it; raises
    :class:`RuleRefused`. A lost one stays outstanding."""
    with node.store.write() as unit:
        one = paper.print_numbered(unit, number)
        if one is None or state not in (*BACK, LOST) or not may_see(node, officer, one):
            raise RuleRefused("There is no such print here.", rule="print.unknown", remedy="Look at the register.")
        if not paper.settle_print(unit, number, state=state, at=stamp(now), by=officer.pseudonym):
            raise RuleRefused(f"{number} was settled before: {one.state}.", rule="print.settled")
        _write_down(unit, officer, one, SETTLE, state, now)
        owed = paper.debts(unit, kind=PRINT, name=number) if state in BACK else []
        if len(owed) > 0:
            pay(node, unit, owed, now, state=state)
    return one


def may_see(node: Node, officer: Officer, one: Print) -> bool:
    """Whether an officer sees a print: the bureau sees all, an agency its own."""
    return len(officer.roles & KEEPERS) > 0 and (officer.agency in (node.bureau, one.agency))


def prints_page(node: Node, officer: Officer) -> tuple[PrintLine, ...]:
    """The register as this officer sees it: what is called in first, then what is out."""
    with node.store.read() as unit:
        lines = lines_of(node, unit, [one for one in paper.prints(unit) if may_see(node, officer, one)])
    return tuple(sorted(lines, key=lambda line: not (line.called and line.copy.state in OPEN)))


def lines_of(node: Node, unit: Connection, some: Iterable[Print]) -> tuple[PrintLine, ...]:
    """Prints with the names of their places, and whether they are called in."""
    prints = tuple(some)
    called = paper.called_in(unit, [one.number for one in prints])
    return tuple(PrintLine(one, node.name(one.place), one.number in called) for one in prints)


def _write_down(unit: Connection, officer: Officer, one: Print, tag: str, decision: str, now: datetime) -> None:
    leaf = Leaf(
        index=0,
        time=stamp(now),
        tag=tag,
        digest=one.act,
        actor=f"{officer.agency}:{officer.pseudonym}",
        purpose="",
        decision=decision,
        rule=one.number.replace("/", "."),
    )
    writer, batch = log.LogWriter(unit), Batch()
    writer.add(log.MAIN, leaf)
    writer.write(batch)
    batch.write(unit)
