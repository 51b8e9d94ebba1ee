"""Documents into the register and out of it: in the transaction of the act that says so, at every member that has it.

What a matter reports follows from its fold alone (:mod:`comity.procedures.travel_document.standing`); here the rows of
the register are brought in line with it, as often as anything of the matter is recorded. Each row belongs to the part
that reports it and goes with it, whichever way that is hidden.

What a peer reports is judged before it is taken in: only of documents that it issues, and only what can be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection

from comity.errors import InputRefused, PeerRefused
from comity.model.act import Header, read_header
from comity.model.content import Content, read_content
from comity.model.document_record import BLANKS, MANY, ONE, Blanks, Reported, days_since_1970, read_reported
from comity.model.sealing import open_part
from comity.model.track import member_of, track_name
from comity.model.travel_document import BlankRange, Document, document_keys, plain_number, series_of
from comity.node.arrival import Arrival
from comity.node.node import Node
from comity.node.register import register_key
from comity.procedures.machine import MatterView, fold
from comity.procedures.table import Procedure
from comity.procedures.travel_document.form import FOUND
from comity.procedures.travel_document.standing import Standing, standing_of
from comity.storage import acts as act_rows
from comity.storage import reported
from comity.storage.reported import ReportedRow

EFFECT = "register"
KINDS = (ONE, MANY, BLANKS)
"""Kinds of parts that report documents."""


def reports_documents(procedure: Procedure) -> bool:
    """Whether what a procedure says stands in the register."""
    return any(effect.name == EFFECT for step in procedure.steps for effect in step.effects)


def may_report(procedure: Procedure | None, sender: str, arrival: Arrival) -> None:
    """Raises :class:`PeerRefused` where a peer reports a document that it does not issue, or one nobody can read."""
    header = arrival.act.header
    step = None if procedure is None else procedure.step(header.step, track_name(header.track))
    if step is None or all(effect.name != EFFECT for effect in step.effects):
        return
    if len(step.guards) > 0 and str(header.terms.get("country", "")).upper() != sender:
        raise PeerRefused(
            f"{sender} reports a document that it does not issue.",
            rule="document.issuer",
            remedy="Only the issuing member reports a document.",
        )
    for one in arrival.parts:
        if one.part.head.kind in KINDS:
            try:
                read_reported(one.part.head.kind, one.content.form or {}, sender)
            except InputRefused as refusal:
                says = "; ".join(str(defect.says) for defect in refusal.defects[:3])
                raise PeerRefused(
                    f"What is reported cannot be read: {says}",
                    rule="document.unreadable",
                    remedy="Report it again with everything put right.",
                ) from refusal


def register(node: Node, unit: Connection, reached: Iterable[tuple[str, Header]], at: str) -> None:
    """Brings the register in line with the matters of these acts."""
    for matter in sorted({header.matter for _, header in reached}):
        row = act_rows.matter_rows(unit, [matter]).get(matter)
        procedure = None if row is None else node.registry.get(str(row["procedure"]), int(row["version"]))
        if procedure is not None:
            held = act_rows.acts_of(unit, [matter]).get(matter, [])
            headers = {one.digest: read_header(one.header) for one in held}
            bring_in_line(node, unit, fold(procedure, headers, node.reviewer), headers, at)


def bring_in_line(node: Node, unit: Connection, view: MatterView, headers: Mapping[str, Header], at: str) -> None:
    """Writes what a matter reports now, and takes out what it reported before; nothing where that is so already."""
    matter = next((header.matter for header in headers.values()), "")
    standing = standing_of(view, headers)
    before = reported.batches_of(unit, matter)
    wanted = {} if standing is None else _parts(unit, standing)
    source = "" if standing is None else _source(standing)
    stale = [one for one, batch in before.items() if one not in wanted or batch.source != source]
    reported.end_batches(unit, stale, at=at)
    fresh = [one for one in wanted if one not in before or one in stale]
    if standing is None or len(fresh) == 0:
        return
    header = headers[standing.act]
    contents = _opened(node, wanted, fresh)
    out = frozenset(_taken_out(node, unit, standing))
    for commitment, content in contents.items():
        number = reported.open_batch(
            unit, commitment=commitment, matter=matter, agency=header.agency, source=source, at=at
        )
        said = read_reported(wanted[commitment].kind, content.form or {}, member_of(header.agency))
        _write(node, unit, number, said, member_of(header.agency).lower(), out)


def _parts(unit: Connection, standing: Standing) -> dict[str, act_rows.StoredPart]:
    """The parts that are here and report documents, by commitment."""
    some = act_rows.parts_of_acts(unit, [standing.act]).get(standing.act, ())
    return {part.commitment: part for part in some if part.hidden is None and part.kind in KINDS}


def _source(standing: Standing) -> str:
    """A digest of the acts that the documents follow from."""
    return hashlib.sha256("|".join((standing.act, *standing.taken_out)).encode()).hexdigest()


def _opened(node: Node, parts: Mapping[str, act_rows.StoredPart], wanted: Iterable[str]) -> dict[str, Content]:
    keys = node.keys.get(list(wanted))
    return {
        name: read_content(open_part(key, name, sealed))
        for name, (key, _) in keys.items()
        if (sealed := parts[name].sealed) is not None
    }


def _taken_out(node: Node, unit: Connection, standing: Standing) -> Iterator[tuple[str, str]]:
    """(kind, plain number) of each document that was found again."""
    for some in act_rows.parts_of_acts(unit, standing.taken_out).values():
        parts = {part.commitment: part for part in some if part.hidden is None and part.kind == FOUND}
        for content in _opened(node, parts, parts).values():
            form = content.form or {}
            yield str(form.get("kind", "")), plain_number(str(form.get("number", "")))


def _write(
    node: Node, unit: Connection, batch: int, said: Reported, country: str, out: frozenset[tuple[str, str]]
) -> None:
    records = [one for one in said.records if (one.kind, plain_number(one.number)) not in out]
    keys = document_keys(register_key(node), (Document(one.kind, country, one.number) for one in records))
    rows = (ReportedRow(key, one.state, days_since_1970(one.lost_on)) for key, one in zip(keys, records, strict=True))
    reported.put_rows(unit, batch, rows)
    for blanks in said.ranges:
        for piece in _pieces(blanks, country, out):
            reported.put_range(unit, batch, piece, state=blanks.state, day=days_since_1970(blanks.lost_on))


def _pieces(said: Blanks, country: str, out: frozenset[tuple[str, str]]) -> Iterator[BlankRange]:
    """The range without the numbers that were taken out."""
    blanks = said.blanks
    places = (series_of(Document(kind, country, number)) for kind, number in out)
    cuts = sorted(
        place[1]
        for place in places
        if place is not None and place[0] == blanks.series and blanks.first <= place[1] <= blanks.last
    )
    begins = blanks.first
    for cut in (*cuts, blanks.last + 1):
        if begins < cut:
            yield BlankRange(blanks.kind, blanks.country, blanks.prefix, blanks.width, begins, cut - 1)
        begins = cut + 1
