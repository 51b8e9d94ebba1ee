"""Checks of a report of documents. Each docstring is the text that the officer reads."""

from __future__ import annotations

from collections.abc import Iterator

from comity.errors import Defect
from comity.model.act import Header
from comity.model.document_record import (
    BLANKS,
    COLUMNS,
    LINES,
    MANY,
    ONE,
    DocumentRecord,
    Reported,
    number_defects,
    range_defects,
    read_reported,
    record_defects,
)
from comity.model.track import member_of
from comity.model.travel_document import Document, plain_number, series_of
from comity.procedures.form import Filled
from comity.procedures.table import Ancestry, Finding, Guard, Sight

_KIND_OF = {
    f"record.{step}{ending}": kind
    for step in ("report", "correct")
    for ending, kind in (("", ONE), ("_many", MANY), ("_range", BLANKS))
}
"""Which kind of part each step makes that says which documents are reported."""


def _is_issued_by_its_writer(_: Ancestry, header: Header) -> str | None:
    issuer, writer = str(header.terms.get("country", "")).upper(), member_of(header.agency)
    return None if issuer == writer else f"{writer} reports documents of its own and not of {issuer or 'nobody'}"


ISSUER = Guard((), _is_issued_by_its_writer)
"""Only the issuing member writes: every reader judges it from the header alone (rule TD-1)."""


def issued_by_us(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Only the member that issued a document reports it (rule TD-1)."""
    country = filled.text("country").upper()
    if country != sight.member:
        says = f"{sight.members.get(country, country)} issues it; only documents of {sight.member} are reported here."
        yield Finding("TD-1", "country", says, "Send its issuer a message; it reports the document itself.")


def readable(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Kind, number, state and days are such as a document can have (rule TD-2)."""
    record = DocumentRecord(**{name: filled.text(name) for name in COLUMNS})
    yield from _findings(record_defects(record, sight.now[: len("2026-11-22")]))


def countable(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A range counts up from the first blank to the last, and is no longer than a consignment can be (rule TD-2)."""
    yield from _findings(range_defects(filled.text("kind"), filled.text("first"), filled.text("last")))
    day = filled.text("lost_on")
    if day > sight.now[: len(day)]:
        yield Finding("TD-2", "lost_on", f"{day} has not come yet.", "Check the year.")


def number_can_be(filled: Filled, _: Sight) -> Iterator[Finding]:
    """The number is such as a document can have (rule TD-2)."""
    yield from _findings(number_defects(filled.text("number"), "number"))


def reported_here(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """What was found again stands in this report: a slip would leave it in every register (rule TD-3)."""
    wanted = (filled.text("kind"), plain_number(filled.text("number")))
    place = series_of(Document(wanted[0], sight.member, wanted[1]))
    for name, form in sight.said.items():
        kind = _KIND_OF.get(name, "")
        said = read_reported(kind, form, sight.member) if kind != "" else Reported()
        if wanted in {(one.kind, plain_number(one.number)) for one in said.records}:
            return
        ranges = (one.blanks for one in said.ranges)
        if place is not None and any(one.series == place[0] and one.first <= place[1] <= one.last for one in ranges):
            return
    yield Finding("TD-3", "number", "This report does not name that document.", "Write the number as it was reported.")


def one_list(filled: Filled, _: Sight) -> Iterator[Finding]:
    """Many documents are reported as one file (rule TD-2)."""
    files = len(filled.files.get(LINES, ()))
    if files != 1:
        yield Finding("TD-2", LINES, f"{files} files are given; one is read.", "Choose one CSV file.")


def kept_for_a_time_to_come(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """The last day for keeping it is today or later (rule TD-5)."""
    day = filled.text("until")
    if day != "" and day < sight.now[: len(day)]:
        yield Finding("TD-5", "until", f"{day} is over.", "Choose a later day, or leave it out.")


def _findings(defects: Iterator[Defect]) -> Iterator[Finding]:
    for one in defects:
        yield Finding("TD-2", one.field, one.says, one.remedy)
