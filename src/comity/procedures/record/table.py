"""The table of a record of one's own, version 1: kept for a court or an investigation, or kept locked until a day.

Made by a receiving member from what it holds of a matter, before that is erased: a copy that is no longer attributed
to the notice, names no matter of anybody and is never screened. Nothing of it leaves; a recall of the matter is
answered *erased*, and beside it *kept* or *restricted* with the law named here (``domain/16-practice.md`` section 5;
Directive (EU) 2016/680 art. 16(3)).
"""

from __future__ import annotations

from comity.model.handling import Handling
from comity.procedures.form import Field, Form, PartSpec
from comity.procedures.table import Move, Procedure, Status, Track, protective

OWN = Handling(tlp="AMBER+STRICT", code="H3", purposes=("investigation", "extradition"))
LOCKED = Handling(tlp="AMBER+STRICT", code="H3", purposes=("compliance_review",))
OFFICER = ("duty_officer",)
COPY, LOCK = "copy", "locked"
"""Kinds of the copied parts: readable as an own record, and kept locked."""

BASIS = Field(
    "basis",
    "Law that obliges or allows you to keep it",
    part="ground",
    required=True,
    rule="P-5",
    limit=200,
    hint="As Code of Criminal Procedure s. 147. It is named to whoever recalls; your reasons are not.",
)
FILE = Field("file", "Number of the court or investigation file", part="ground", required=True, rule="P-5", limit=200)
WHY = Field("why", "Reasons, for your own file alone", "long_text", part="ground", required=True, rule="P-5")
KEEP = Form(title="Keep as our own record", fields=(BASIS, FILE, WHY), parts=(PartSpec("ground", OWN),))
RESTRICT = Form(
    title="Keep locked",
    fields=(
        BASIS,
        Field(
            "until",
            "Until",
            "date",
            term=True,
            ends=True,
            required=True,
            rule="P-5",
            hint="After that day it is erased by itself.",
        ),
        WHY,
    ),
    parts=(PartSpec("ground", LOCKED),),
)
GROUNDS = (
    ("no_longer", "No longer needed"),
    ("term", "The term is over"),
    ("order", "A court or authority ordered it"),
)
DESTRUCTION = Form(
    title="Destroy the record",
    fields=(Field("ground", "Ground", "choice", term=True, required=True, choices=GROUNDS, rule="P-5"),),
)

V1 = Procedure(
    kind="record",
    version=1,
    title="Own record",
    summary="What a member keeps under its own law when the matter that it came from is recalled.",
    tracks=(Track("record", "Record of our own", "owner_member", "none", final=("destroyed",)),),
    steps=(
        Move(
            "keep",
            on="record",
            frm=(),
            to="kept",
            opens=True,
            title="Keep as our own record",
            roles=OFFICER,
            basis="National law of the member; Comity domain 16, section 5",
            form=KEEP,
            says="A copy is made your own record: no longer attributed to the matter, and never screened. Whoever "
            "recalls is told that you keep it, and under which law.",
        ),
        Move(
            "restrict",
            on="record",
            frm=(),
            to="restricted",
            opens=True,
            title="Keep locked",
            roles=OFFICER,
            basis="Directive (EU) 2016/680 art. 16(3); Comity domain 16, section 5",
            form=RESTRICT,
            says="A copy is kept locked until the day you name: nobody searches it, and only the data-protection "
            "officer opens it. Whoever recalls is told so, and under which law.",
        ),
        Move(
            "destroy",
            on="record",
            frm=("kept", "restricted"),
            to="destroyed",
            title="Destroy the record",
            roles=OFFICER,
            basis="Directive (EU) 2016/680 art. 4(1)(e)",
            form=DESTRUCTION,
            rank=protective("erase"),
            erases=("record",),
            says="Its content is hidden at once and its keys are destroyed.",
        ),
    ),
    statuses=(
        Status("destroyed", "Destroyed", "record", ("destroyed",), shows=False, acts=False, ended=True),
        Status("restricted", "Kept locked: not searched", "record", ("restricted",), shows=False, acts=False),
        Status("kept", "Kept as our own record", "record", ("kept",), acts=False),
        Status("none", "Not yet recorded", "record", ("none",), acts=False),
    ),
    example={
        "record.keep": {
            "basis": "Code of Criminal Procedure s. 147",
            "file": "4 Ls 112/2026",
            "why": "The print is an exhibit in the trial of the accomplice.",
        },
        "record.restrict": {
            "basis": "Data Protection Act s. 58(3)",
            "until": "2027-05-31",
            "why": "The person asked that it be kept for a claim.",
        },
    },
)
