"""Line check: a bureau tests its 24/7 line with its partners, and each of them answers how the line was.

The example of docs/how-to/add-a-procedure.md. Source: Convention on Cybercrime (Budapest Convention) art. 35.
"""

from __future__ import annotations

from collections.abc import Iterator

from comity.model.handling import Handling
from comity.procedures.form import Field, Filled, Form, PartSpec
from comity.procedures.table import Effect, Fact, Finding, Move, Procedure, Sight, Status, Track, in_state

OFFICER = ("duty_officer",)
ALERT = Effect("alert")
POLICE = Handling(tlp="GREEN", code="H0", purposes=("investigation",))
LINES = (
    ("good", "Answered at once and heard well"),
    ("poor", "Answered, but hard to understand"),
    ("late", "Answered only after more than one try"),
)


def still_to_come(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """The day for the answer is today or later: nobody can answer yesterday."""
    day = filled.text("answer_by")
    if day != "" and day < sight.now[:10]:
        yield Finding("L-01", "answer_by", f"{day} is over.", "Choose today or a later day.")


def other_members(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A line is tested with other active members of the network."""
    for member in filled.texts("to"):
        if member == sight.member or member not in sight.members:
            yield Finding("L-02", "to", f"{member} is not another active member.", "Choose from the list.")


ASK = Form(
    title="Test the line",
    fields=(
        Field("to", "To", "members", required=True, many=True, rule="L-02", hint="Choose at least one member."),
        Field("answer_by", "Answer by", "date", term=True, required=True, rule="L-01", hint="As 2026-11-22."),
        Field("note", "Note", "long_text", part="note", hint="For example which number you rang."),
    ),
    parts=(PartSpec("note", POLICE),),
)
ANSWER = Form(
    title="Answer",
    fields=(
        Field("line", "How the line was", "choice", term=True, required=True, choices=LINES, rule="L-03"),
        Field("note", "Note", "long_text", part="note"),
    ),
    parts=(PartSpec("note", POLICE),),
)

V1 = Procedure(
    kind="line_check",
    version=1,
    title="Line check",
    summary="A bureau tests its 24/7 line; each partner says how the line was.",
    tracks=(
        Track("call", "The test", "owner", "none", audience=("parties",), final=("closed",)),
        Track(
            "reply", "One partner's answer", "party", "none", audience=("owner",), one_per="party", final=("answered",)
        ),
    ),
    steps=(
        Move(
            "ask",
            on="call",
            frm=(),
            to="asked",
            opens=True,
            title="Test the line",
            roles=OFFICER,
            basis="Budapest Convention art. 35(1)",
            form=ASK,
            checks=(other_members, still_to_come),
            effects=(ALERT,),
            says="Ring the partner's duty number first; this act asks for the answer in writing.",
        ),
        Move(
            "close",
            on="call",
            frm=("asked",),
            to="closed",
            title="Close the test",
            roles=OFFICER,
            basis="Budapest Convention art. 35(1)",
            effects=(ALERT,),
            says="No more answers are expected.",
        ),
        Fact(
            "answer",
            on="reply",
            frm=(),
            to="answered",
            opens=True,
            title="Answer",
            roles=OFFICER,
            basis="Budapest Convention art. 35(2)",
            form=ANSWER,
            guards=(in_state("call", "asked"),),
            effects=(ALERT,),
            says="Only the bureau that asked sees your answer.",
        ),
    ),
    statuses=(
        Status("closed", "Closed", "call", ("closed",), ended=True),
        Status("answered", "Answered by at least one partner", "reply", ("answered",)),
        Status("asked", "Waiting for answers", "call", ("asked",)),
        Status("none", "Not yet received", "call", ("none",)),
    ),
    example={
        "call.ask": {"to": ["QN"], "answer_by": "2031-05-31", "note": "Rang the duty number of the directory."},
        "reply.answer": {"line": "good", "note": "Taken up at the second ring."},
    },
)

PROCEDURES = (V1,)
