"""The table of a telephone call, version 1: half of a duty desk's work, written down as it happened.

One own-member track; nothing of it leaves. An urgent request made by telephone starts the clock of its written
confirmation. What was noted on paper while a line or the power was cut is entered late, with the hour at which it
happened and the page. Sources: ``domain/16-practice.md`` section 6.
"""

from __future__ import annotations

from collections.abc import Iterator

from comity.model.handling import Handling
from comity.procedures.form import Field, Filled, Form, PartSpec
from comity.procedures.table import Due, Fact, Finding, Move, Procedure, Sight, Status, Track

OWN = Handling(tlp="AMBER+STRICT", code="H3", purposes=("investigation", "life_at_risk", "border_check"))
OFFICER = ("duty_officer",)


def called_back(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Whoever calls is called back on the directory's number before anything is agreed."""
    if filled.text("agreed") != "" and filled.text("called_back") == "":
        yield Finding(
            "P-6",
            "called_back",
            "Something was agreed, and nobody was called back.",
            "Call back on the directory's number and write it down.",
        )
    number, given = filled.text("called_back"), sight.facts.get("numbers", ())
    if number != "" and len(given) > 0 and _digits(number) not in {_digits(one) for one in given}:
        yield Finding(
            "P-6.number",
            "called_back",
            f"{number} is no number of the directory or the rota.",
            "Call back on a number of the directory, or confirm that you checked it otherwise.",
            flag=True,
        )


def late_has_source(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """What is entered late says when it happened and where it was noted."""
    happened = filled.text("happened_at")
    if happened != "" and filled.text("paper") == "":
        yield Finding("P-6", "paper", "Where it was noted is missing.", "Write the page of the paper log.")
    if happened != "" and happened.replace(" ", "T") > sight.now[: len("2026-11-22T02:35")]:
        yield Finding("P-6", "happened_at", "That lies in the future.", "Write when it happened.")


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


CALL = Form(
    title="Log a call",
    fields=(
        Field("who", "Who", part="call", required=True, rule="P-6"),
        Field("number", "Number", part="call", required=True, rule="P-6"),
        Field("called_back", "Called back on (directory's number)", part="call", rule="P-6"),
        Field("said", "Said", "long_text", part="call", required=True, rule="P-6"),
        Field("agreed", "Agreed", "long_text", part="call"),
        Field("member", "Member", "members", rule="P-6"),
        Field("asked", "Urgent request by telephone", "choice", term=True, choices=(("no", "no"), ("yes", "yes"))),
        Field("matter", "Belongs to the matter", term=True, hint="Its number, if there is one."),
        Field("happened_at", "Entered late: happened at", "moment", term=True, hint="2026-11-22 02:35, UTC."),
        Field("paper", "Entered late: paper log, page", part="call"),
    ),
    parts=(PartSpec("call", OWN),),
)
CONFIRMED = Form(
    title="Confirmed in writing",
    fields=(Field("matter", "By the message (matter)", term=True, required=True, rule="P-6"),),
)

V1 = Procedure(
    kind="call",
    version=1,
    title="Call",
    summary="A telephone call as it happened, attachable to any matter.",
    tracks=(Track("call", "The call", "owner", "none"),),
    steps=(
        Move(
            "log",
            on="call",
            frm=(),
            to="logged",
            opens=True,
            title="Log a call",
            roles=OFFICER,
            basis="Comity domain 16, section 6",
            form=CALL,
            checks=(called_back, late_has_source),
            says="It stays in your bureau.",
        ),
        Fact(
            "confirmed",
            on="call",
            frm=("logged",),
            to="confirmed",
            title="Confirmed in writing",
            roles=OFFICER,
            basis="Comity domain 16, section 6",
            form=CONFIRMED,
            says="The clock of the written confirmation ends.",
        ),
        Move(
            "close",
            on="call",
            frm=("logged", "confirmed"),
            to="closed",
            title="Close",
            roles=OFFICER,
            basis="Comity domain 16, section 6",
            says="Nothing more is expected.",
        ),
    ),
    statuses=(
        Status("closed", "Closed", "call", ("closed",), ended=True),
        Status("confirmed", "Confirmed in writing", "call", ("confirmed",), ended=True),
        Status("logged", "Logged", "call", ("logged",)),
        Status("none", "Not yet received", "call", ("none",)),
    ),
    dues=(
        Due(
            "call.written",
            "Confirm in writing what was asked by telephone",
            starts="call.log",
            ends=("call.confirmed", "call.close"),
            path="clock.call.written",
            whose="owner",
            only=("asked", ("yes",)),
        ),
    ),
    example={
        "call.log": {
            "who": "Duty officer, Cordia",
            "number": "+999 03 0330",
            "called_back": "+999 03 0330",
            "said": "A coach is expected at the Tarn crossing before 06:00; asks that nobody stops it before.",
        },
    },
)
