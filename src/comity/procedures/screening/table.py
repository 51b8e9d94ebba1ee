"""The table of a flight's screening, version 1: one own-member track.

A file or flight is one act. Each possible hit is a part of it, so recalling what the hit was found in recalls the
hit. A decision is a fact about one hit, with its ground; a later decision stands beside the earlier one and
prevails. Sources: Directive (EU) 2016/681 art. 6(5) and 7(6) (individual review); Directive 2004/82/EC art. 6
(rows erased after entry).
"""

from __future__ import annotations

from comity.model.handling import Handling
from comity.procedures.form import Field, Form, PartSpec
from comity.procedures.table import Effect, Fact, Move, Procedure, Status, Track

BORDER = Handling(tlp="AMBER+STRICT", code="H3", purposes=("border_check",))

DECISIONS = (("same", "Same person"), ("not_same", "Not the same person"), ("cant_tell", "Can't tell"))
GROUNDS = (
    ("document", "Document compared"),
    ("portrait", "Portrait compared by an officer"),
    ("fingerprints", "Fingerprints compared"),
    ("birth_data", "Date or place of birth"),
    ("interview", "Interview"),
    ("name_only", "Nothing but the name"),
)

DECISION = Form(
    title="Decide a possible hit",
    fields=(
        Field("hit", "Possible hit", term=True, about=True, required=True, rule="B-02"),
        Field("decision", "Decision", "choice", term=True, required=True, choices=DECISIONS, rule="B-02"),
        Field("ground", "Ground", "choice", term=True, required=True, choices=GROUNDS, rule="T-04"),
        Field("note", "Note for our own bureau", "long_text", part="note"),
    ),
    parts=(PartSpec("note", BORDER),),
)

V1 = Procedure(
    kind="screening",
    version=1,
    title="Screening of a flight",
    summary="A passenger list, screened against the lists and the matters taken up; each possible hit decided.",
    tracks=(Track("flight", "The flight", "owner", "none"),),
    steps=(
        Move(
            "screen",
            on="flight",
            frm=(),
            to="screened",
            opens=True,
            title="Screen a passenger list",
            roles=("duty_officer", "second_line"),
            basis="UN Security Council resolution 2396 (2017), para. 11",
            purpose="border_check",
            says="Each possible hit goes to the second line; nobody is held by a machine.",
        ),
        Fact(
            "decide",
            on="flight",
            frm=("screened",),
            title="Decide a possible hit",
            roles=("second_line",),
            basis="Directive (EU) 2016/681 art. 6(5)",
            purpose="border_check",
            form=DECISION,
            effects=(Effect("remember"),),
            says="Your decision goes to your own bureau and nowhere else.",
        ),
    ),
    statuses=(
        Status("screened", "Screened", "flight", ("screened",)),
        Status("none", "Not checked", "flight", ("none",)),
    ),
    example={"flight.decide": {"hit": "0" * 64, "decision": "not_same", "ground": "birth_data"}},
)
