"""The table of a report of documents, version 1: reported, corrected, found again, withdrawn.

The issuing member writes it to everybody; each node keeps what stands in its own register and answers from there.
Nobody else can write about the document: a finding is a matter of its own (:mod:`comity.procedures.document_hit`).
Sources: ``domain/02-channels.md`` (stolen and lost travel documents), ``domain/16-practice.md``.
"""

from __future__ import annotations

from typing import Any

from comity.procedures.table import Effect, Move, Procedure, Status, Step, Track, protective
from comity.procedures.travel_document import checks, form

OFFICER = ("duty_officer",)
RECORD = "record"
IN_FORCE = ("reported",)
"""States in which what the matter reports stands in the register."""
REGISTER = Effect("register")
BASIS = "UN Security Council resolution 1617 (2005) para. 9; Council Common Position 2005/69/JHA; Comity domain 02"
ONE_BY_ONE = "found_one"
"""The step that takes one document out of what was reported."""


def _says_documents(name: str, **row: Any) -> Step:
    """A step that says which documents are reported: the opening ones and the corrections."""
    common = (checks.issued_by_us, checks.kept_for_a_time_to_come)
    row["checks"] = (*common, *row.get("checks", ()))
    return Move(
        name, on=RECORD, to="reported", roles=OFFICER, guards=(checks.ISSUER,), effects=(REGISTER,), basis=BASIS, **row
    )


V1 = Procedure(
    kind="travel_document",
    version=1,
    title="Stolen or lost documents",
    summary="Documents that their issuer reports stolen, lost, revoked or invalid; found by number, without any name.",
    tracks=(
        Track(RECORD, "The issuer's report", "owner", "none", audience=("parties",), final=("found", "withdrawn")),
    ),
    steps=(
        _says_documents(
            "report",
            frm=(),
            opens=True,
            title="Report a document",
            form=form.REPORT,
            checks=(checks.readable,),
            says="Every member finds it by its number from then on. Write no name anywhere.",
        ),
        _says_documents(
            "report_many",
            frm=(),
            opens=True,
            title="Report many documents",
            form=form.REPORT_MANY,
            checks=(checks.one_list,),
            says="All rows are reported together, or none.",
        ),
        _says_documents(
            "report_range",
            frm=(),
            opens=True,
            title="Report a range of blanks",
            form=form.REPORT_RANGE,
            checks=(checks.countable,),
            says="Every number from the first to the last is found, both included.",
        ),
        _says_documents(
            "correct",
            frm=("reported",),
            title="Correct: one document",
            form=form.CORRECT,
            checks=(checks.readable,),
            says="What you write takes the place of everything that was reported before in this matter.",
        ),
        _says_documents(
            "correct_many",
            frm=("reported",),
            title="Correct: a list",
            form=form.CORRECT_MANY,
            checks=(checks.one_list,),
            says="The new list takes the place of everything that was reported before in this matter.",
        ),
        _says_documents(
            "correct_range",
            frm=("reported",),
            title="Correct: a range of blanks",
            form=form.CORRECT_RANGE,
            checks=(checks.countable,),
            says="The new range takes the place of everything that was reported before in this matter.",
        ),
        Move(
            ONE_BY_ONE,
            on=RECORD,
            frm=("reported",),
            to="reported",
            title="One of them was found again",
            roles=OFFICER,
            basis="Directive (EU) 2016/680 art. 4(1)(d)",
            form=form.ONE_FOUND,
            checks=(checks.number_can_be,),
            requires=(checks.reported_here,),
            rank=protective("narrow"),
            effects=(REGISTER,),
            says="This one is found by its number no longer; the others stand.",
        ),
        Move(
            "found",
            on=RECORD,
            frm=("reported",),
            to="found",
            title="Found again",
            roles=OFFICER,
            basis="Directive (EU) 2016/680 art. 4(1)(d) and (e)",
            form=form.FOUND_AGAIN,
            rank=protective("cancel"),
            erases=(RECORD,),
            effects=(REGISTER,),
            says="Everything that this matter reported leaves every register at once, is erased, and each member "
            "answers by name.",
        ),
        Move(
            "withdraw",
            on=RECORD,
            frm=("reported",),
            to="withdrawn",
            title="Withdraw",
            roles=OFFICER,
            basis="Directive (EU) 2016/680 art. 7(3)",
            form=form.WITHDRAWAL,
            rank=protective("withdraw"),
            erases=(RECORD,),
            effects=(REGISTER,),
            says="Everything that this matter reported leaves every register at once, is erased, and each member "
            "answers by name.",
        ),
    ),
    statuses=(
        Status("found", "Found again: no longer in the register", RECORD, ("found",), False, False, ended=True),
        Status("withdrawn", "Withdrawn: no longer in the register", RECORD, ("withdrawn",), False, False, ended=True),
        Status("reported", "In the register", RECORD, ("reported",), ended=True),
        Status("none", "Not yet received", RECORD, ("none",), acts=False),
    ),
    term=(RECORD,),
    example={
        "record.report": {
            "country": "QM",
            "kind": "P",
            "number": "QM4471902",
            "state": "stolen",
            "lost_on": "2026-11-20",
            "lost_at": "Port Sorel, ferry terminal",
            "issued_on": "2021-03-04",
        },
        "record.report_range": {
            "country": "QM",
            "kind": "P",
            "first": "QM5500001",
            "last": "QM5500250",
            "state": "stolen_blank",
            "lost_on": "2026-11-19",
            "lost_at": "Port Sorel, passport office",
        },
        "record.correct": {"country": "QM", "kind": "P", "number": "QM4471920", "state": "stolen"},
        "record.correct_range": {
            "country": "QM",
            "kind": "P",
            "first": "QM5500001",
            "last": "QM5500200",
            "state": "stolen_blank",
        },
        "record.found_one": {"kind": "P", "number": "QM5500017"},
    },
)
