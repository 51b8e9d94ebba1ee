"""Checking a document at the desk: what the page shows by itself, and what the register says of its number.

The officer's typed words are compared and forgotten; only the question is written down, as a digest. A possible hit
says whom to ask first; where the zone shows a protected person, nothing is to go to the owner of the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from comity.errors import Defect, InputRefused
from comity.formats.asked_csv import AskedRow, rows
from comity.formats.asked_document import Typed, read_asked
from comity.formats.document_checks import Doubt, Page, check_document
from comity.formats.mrz import Zone, expectations
from comity.model.travel_document import STATES, Document
from comity.node.checking import DocumentAnswer, Outcome, Who, look_documents_up, may_look_up
from comity.node.moment import instant
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.query import duty_number, peer_lines
from comity.node.register import Finding
from comity.storage import schema

PURPOSE = "border_check"
MOST_ROWS = 5_000
"""Documents of one list on the page; the command line has no limit."""
LARGEST_LIST = 1 << 20
_STATES = dict(STATES)


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """What one record says, with whom to ask: ``own`` where the record is this member's own."""

    state: str
    said_on: str | None
    owner: str
    owner_name: str
    phone: str
    matter: str
    blank_range: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new the register is: when its last record came, and which members cannot be reached since when."""

    last: datetime | None
    away: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """One document, checked: the question, its outcome, what stands against the page, how new the register is."""

    call: str
    at: datetime
    document: Document | None
    zone: Zone | None
    outcome: Outcome
    why: str
    findings: tuple[ShownFinding, ...]
    doubts: tuple[Doubt, ...]
    protects: str
    protection: str
    issuer: str
    issuer_phone: str
    fresh: Freshness


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row of a list, checked."""

    row: int
    id: str
    outcome: Outcome
    why: str
    findings: tuple[ShownFinding, ...]


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A list, checked, row by row."""

    call: str
    at: datetime
    rows: tuple[CheckedRow, ...]
    fresh: Freshness

    def count(self, outcome: Outcome) -> int:
        """How many rows came out so."""
        return sum(1 for one in self.rows if one.outcome == outcome)


def check_one(node: Node, officer: Officer, typed: Typed, page: Page, now: datetime) -> Checked:
    """Checks one document; raises :class:`InputRefused` with every defect, :class:`RuleRefused` for who may not."""
    who = may_look_up(node, officer, PURPOSE, now)
    asked = read_asked(typed, now.date())
    call, (answer,) = look_documents_up(node, who, [asked], now)
    document = asked.documents[0] if len(asked.documents) > 0 else None
    issuer = "" if document is None else document.country.upper()
    whole = page if asked.zone is not None or document is None else _with_typed(page, typed)
    protects, protection = _protected(asked.zone, whole)
    return Checked(
        call=call,
        at=now,
        document=document,
        zone=asked.zone,
        outcome=answer.outcome,
        why=answer.why,
        findings=_shown(node, answer),
        doubts=check_document(asked.zone, whole, now.date()),
        protects=protects,
        protection=protection,
        issuer=node.name(issuer) if issuer in node.members() else "",
        issuer_phone=duty_number(node, issuer),
        fresh=freshness(node),
    )


def check_list(node: Node, officer: Officer, name: str, data: bytes, now: datetime) -> CheckedList:
    """Checks a list of documents (CSV): every row, or none with every defect."""
    who = may_look_up(node, officer, PURPOSE, now)
    asked = _read_list(name, data, now)
    call, answers = look_documents_up(node, who, [one.asked for one in asked], now)
    found = tuple(row_of(node, one, answer) for one, answer in zip(asked, answers, strict=True))
    return CheckedList(call, now, found, freshness(node))


def check_rows(node: Node, who: Who, some: Sequence[AskedRow], now: datetime) -> list[CheckedRow]:
    """Checks some rows of a list that is read piece by piece."""
    _, answers = look_documents_up(node, who, [one.asked for one in some], now)
    return [row_of(node, one, answer) for one, answer in zip(some, answers, strict=True)]


def row_of(node: Node, one: AskedRow, answer: DocumentAnswer) -> CheckedRow:
    """A row with its answer."""
    return CheckedRow(one.row, one.id, answer.outcome, answer.why, _shown(node, answer))


def state_in_words(code: str) -> str:
    """What a state is called on screen."""
    return _STATES.get(code, code)


def freshness(node: Node) -> Freshness:
    """How new the register is."""
    with node.store.read() as unit:
        last = unit.execute(select(func.max(schema.document_batch.c.at))).scalar()
        peers = peer_lines(node, unit)
    away = [(peer.name, peer.failing_since) for peer in peers if peer.failing_since is not None]
    return Freshness(None if last in (None, "") else instant(str(last)), tuple(sorted(away)))


def _read_list(name: str, data: bytes, now: datetime) -> list[AskedRow]:
    defects: list[Defect] = []
    if len(data) == 0:
        says = "No file was chosen, or it is empty."
        raise InputRefused(says, [Defect("form.required", says, "Choose a CSV file.", name, field="file")])
    if len(data) > LARGEST_LIST:
        says = f"The file has more than {LARGEST_LIST >> 20} MiB."
        raise InputRefused(says, [_too_much(name, says)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        says = f"Byte {error.start} is not UTF-8."
        defect = Defect("text.encoding", says, "Save the file as UTF-8.", name, field="file")
        raise InputRefused(says, [defect]) from error
    asked = list(rows(name, text.splitlines(keepends=True), now.date(), defects))
    if len(asked) > MOST_ROWS:
        defects.append(_too_much(name, f"The list has {len(asked)} documents; {MOST_ROWS} are the most on this page."))
    if len(asked) == 0 and len(defects) == 0:
        defects.append(Defect("asked.empty", "The list has no row.", "Give one document in each row.", name))
    if len(defects) > 0:
        raise InputRefused("The list cannot be looked up.", defects)
    return asked


def _too_much(name: str, says: str) -> Defect:
    return Defect("asked.many", says, "Ask the administrator for: comity documents check FILE.", name, field="file")


def _with_typed(page: Page, typed: Typed) -> Page:
    """The page with the number and the issuer as they were typed, so that their form is looked at."""
    return Page(
        page.surname, page.given, page.number or typed.number, page.nationality, page.issuer or typed.country,
        page.born, page.sex, page.issued, page.expires,
    )  # fmt: skip


def _protected(zone: Zone | None, page: Page) -> tuple[str, str]:
    known: dict[str, str] = dict(expectations()["protects"])
    codes = [page.nationality.upper(), page.issuer.upper()]
    codes += [] if zone is None else [zone.nationality, zone.issuer]
    code = next((one for one in codes if one in known), "")
    return code, known.get(code, "")


def _shown(node: Node, answer: DocumentAnswer) -> tuple[ShownFinding, ...]:
    return tuple(_finding(node, one) for one in answer.findings)


def _finding(node: Node, one: Finding) -> ShownFinding:
    return ShownFinding(
        state=one.state,
        said_on=one.said_on,
        owner=one.owner,
        owner_name=node.name(one.owner),
        phone=duty_number(node, one.owner),
        matter=one.matter,
        blank_range=one.blank_range,
        own=one.owner == node.member,
    )
