"""Travellers' documents in the register: looked up when a list is screened, and again whenever the register changes.

A possible hit is made from the carrier's row and the parts that report the document, so that it goes with either. It
says whom to ask first; nobody is held because of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.formats.asked_document import AskedDocument, of_paper
from comity.formats.manifest import Traveller
from comity.matching.hit import Hit, Reason
from comity.matching.judgement import pair_of
from comity.model.handling import Handling
from comity.model.travel_document import KINDS, STATES, Document
from comity.node import checking, judgements, look_ups
from comity.node.checking import DocumentAnswer
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.register import Finding
from comity.node.screened import REGISTER, Found, protects_of, terms_of_hit
from comity.procedures.screening.table import BORDER
from comity.storage import acts as act_rows
from comity.storage import desk, reported

REPORTED = "%(kind)s %(number)s is reported as %(state)s by %(owner)s."
"""What a possible hit in the register says."""
SEEN_REGISTER, UNASKED = "screened_register", "unasked"
"""The setting that names what the register stood at when the rows alive were last asked about, and what it says while a
list waits for a register that could not be asked."""
_KINDS, _STATES = dict(KINDS), dict(STATES)
_SCHEMAS = {"P": "Passport"}
Rows = Mapping[str, tuple[int, Traveller]]


@dataclass(frozen=True, slots=True)
class Documents:
    """What the register said of a list: possible hits; ``asked`` False if it could not be asked; ``unasked``
    documents that were filed so that they cannot be looked up."""

    found: tuple[Found, ...] = ()
    asked: bool = True
    unasked: int = 0


def look_up_aboard(node: Node, officer: Officer, rows: Rows, now: datetime) -> Documents:
    """Looks the documents of a list up for an officer; every question is written down. A register that cannot be
    asked is asked again by the worker that screens again."""
    papers = _papers(rows)
    who = checking.may_look_up(node, officer, "border_check", now)
    _, answers = checking.look_documents_up(node, who, [asked for _, asked in papers], now)
    found = _documents(node, papers, answers)
    if not found.asked:
        with node.store.write() as unit:
            desk.put_setting(unit, SEEN_REGISTER, UNASKED)
    return found


def look_up_again(node: Node, rows: Rows) -> Documents:
    """Looks them up once more, since the register changed; nobody reads the answer but whoever opens the flight."""
    papers = _papers(rows)
    return _documents(node, papers, checking.ask_register(node, [asked for _, asked in papers]))


def _papers(rows: Rows) -> list[tuple[tuple[int, Traveller], AskedDocument]]:
    return [
        ((n, traveller), of_paper(paper.kind, paper.country, paper.number, traveller.nationality))
        for n, traveller in rows.values()
        for paper in traveller.documents
    ]


def _documents(
    node: Node, papers: Sequence[tuple[tuple[int, Traveller], AskedDocument]], answers: Sequence[DocumentAnswer]
) -> Documents:
    asked = not any(answer.why == checking.NO_REGISTER for answer in answers)
    unasked = sum(len(one.documents) == 0 for _, one in papers)
    found = [
        hit
        for ((row, traveller), one), answer in zip(papers, answers, strict=True)
        for hit in _hits(node, row, traveller, one, answer)
    ]
    return Documents(tuple(found), asked, unasked)


def _hits(node: Node, row: int, traveller: Traveller, asked: AskedDocument, answer: DocumentAnswer) -> Iterator[Found]:
    for finding in answer.findings:
        document = asked.documents[0]
        parts, handlings = _behind(node, finding.matter)
        record = _record(node, document, finding)
        key = judgements.pair_key(node)
        pair = pair_of(key, traveller.person, (), record, (), source=REGISTER)
        yield Found(
            row,
            traveller.person,
            _hit(node, traveller, document, finding, record),
            record,
            pair,
            finding.matter,
            parts,
            terms_of_hit(node, handlings),
            protects=protects_of(traveller),
            document=_said(document, finding),
        )


def _behind(node: Node, matter: str) -> tuple[frozenset[str], tuple[Handling, ...]]:
    """The parts that report the documents of a matter, and their terms."""
    with node.store.read() as unit:
        names = sorted(reported.batches_of(unit, matter))
        held = act_rows.parts_by_commitment(unit, names)
    return frozenset(held), tuple(held[name].handling for name in sorted(held)) or (BORDER,)


def _record(node: Node, document: Document, finding: Finding) -> dict[str, Any]:
    name = look_ups.document_digest(node, document).hex()
    values = {"number": [document.number], "country": [document.country.lower()], "type": [document.kind]}
    schema = _SCHEMAS.get(document.kind, "Identification")
    return {"id": f"{name}-{finding.state}", "schema": schema, "properties": values}


def _hit(node: Node, traveller: Traveller, document: Document, finding: Finding, record: Mapping[str, Any]) -> Hit:
    kind = _KINDS[document.kind]
    words = {
        "kind": kind[:1].upper() + kind[1:],
        "number": document.number,
        "state": _STATES.get(finding.state, finding.state),
        "owner": node.name(finding.owner),
    }
    reason = Reason("document_register", REPORTED, 0.0, words)
    caption = f"{words['kind']} {document.number}"
    return Hit(str(traveller.person["id"]), str(record["id"]), 1.0, caption, (reason,), REGISTER, "")


def _said(document: Document, finding: Finding) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "number": document.number,
        "country": document.country,
        "state": finding.state,
        "said_on": finding.said_on or "",
        "owner": finding.owner,
        "blank_range": finding.blank_range,
    }
