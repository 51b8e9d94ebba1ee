"""The forms of a report of documents. None has a field for a name: a number, its kind and its issuer are enough."""

from __future__ import annotations

from comity.model.document_record import BLANKS, LINES, MANY, ONE
from comity.model.handling import Handling
from comity.model.travel_document import KINDS, STATES
from comity.procedures.form import Field, Form, PartSpec

OPEN = Handling(tlp="GREEN", code="H0", purposes=("border_check", "investigation", "missing_person", "life_at_risk"))
FOUND = "found"
"""The kind of part that names one document of a report that was found again."""
_BLANK_STATES = tuple((code, words) for code, words in STATES if code in ("stolen_blank", "lost", "invalidated"))
_DAY = "As 2026-11-22; leave it out if it is not known."

COUNTRY = Field(
    "country",
    "Issued by",
    "country",
    term=True,
    required=True,
    rule="TD-1",
    hint="Your own member's two letters: only the issuer reports a document.",
)
UNTIL = Field(
    "until",
    "Keep until, at the latest",
    "date",
    term=True,
    ends=True,
    rule="TD-5",
    hint="For example the last day on which the document could have been used.",
)


def _record(part: str) -> tuple[Field, ...]:
    return (
        Field("kind", "Kind of document", "choice", part=part, required=True, choices=KINDS, rule="TD-2"),
        Field("number", "Number, as printed", part=part, required=True, limit=80, rule="TD-2"),
        Field("state", "State", "choice", part=part, required=True, choices=STATES, rule="TD-2"),
        Field("lost_on", "Day of the loss, the theft or the decision", "date", part=part, hint=_DAY),
        Field("lost_at", "Place of the loss or theft", part=part, limit=80, hint="A town or a crossing."),
        Field("issued_on", "Day of issue", "date", part=part, hint=_DAY),
    )


def _blanks(part: str) -> tuple[Field, ...]:
    return (
        Field("kind", "Kind of document", "choice", part=part, required=True, choices=KINDS, rule="TD-2"),
        Field("first", "First number", part=part, required=True, limit=80, rule="TD-2"),
        Field("last", "Last number", part=part, required=True, limit=80, rule="TD-2"),
        Field("state", "State", "choice", part=part, required=True, choices=_BLANK_STATES, rule="TD-2"),
        Field("lost_on", "Day of the loss, the theft or the decision", "date", part=part, hint=_DAY),
        Field("lost_at", "Place of the loss or theft", part=part, limit=80, hint="A town or a crossing."),
    )


_LIST = Field(
    LINES,
    "List of documents (CSV)",
    "file",
    part=MANY,
    accept=(".csv",),
    keeps="documents",
    rule="TD-2",
    hint="Columns: kind, number, state, lost_on, lost_at, issued_on. Nothing is reported until every row is right.",
)

REPORT = Form("Report a document", (COUNTRY, *_record(ONE), UNTIL), (PartSpec(ONE, OPEN),), to_all=True)
REPORT_MANY = Form("Report many documents", (COUNTRY, _LIST, UNTIL), (PartSpec(MANY, OPEN),), to_all=True)
REPORT_RANGE = Form(
    "Report a range of blanks", (COUNTRY, *_blanks(BLANKS), UNTIL), (PartSpec(BLANKS, OPEN),), to_all=True
)
CORRECT = Form("Correct the document", (COUNTRY, *_record(ONE), UNTIL), (PartSpec(ONE, OPEN),))
CORRECT_MANY = Form("Correct the list", (COUNTRY, _LIST, UNTIL), (PartSpec(MANY, OPEN),))
CORRECT_RANGE = Form("Correct the range", (COUNTRY, *_blanks(BLANKS), UNTIL), (PartSpec(BLANKS, OPEN),))
ONE_FOUND = Form(
    title="One of them was found again",
    fields=(
        Field("kind", "Kind of document", "choice", part=FOUND, required=True, choices=KINDS, rule="TD-2"),
        Field("number", "Number, as printed", part=FOUND, required=True, limit=80, rule="TD-2"),
    ),
    parts=(PartSpec(FOUND, OPEN),),
)
FOUND_AGAIN = Form(
    title="Found again",
    fields=(
        Field(
            "how",
            "How",
            "choice",
            term=True,
            required=True,
            rule="TD-3",
            choices=(
                ("holder", "the holder has it again"),
                ("authority", "an authority holds it"),
                ("destroyed", "it was destroyed"),
            ),
        ),
    ),
)
WITHDRAWAL = Form(
    title="Withdraw",
    fields=(
        Field(
            "ground",
            "Ground",
            "choice",
            term=True,
            required=True,
            rule="TD-3",
            choices=(
                ("error", "It should not have been reported"),
                ("mistyped", "The number was mistyped"),
                ("basis_gone", "The legal basis is gone"),
                ("expired", "The document could not be used any more"),
            ),
        ),
    ),
)
