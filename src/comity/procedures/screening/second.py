"""The table of a flight's screening, version 2: messages that nobody could read, screening again, masked rows.

A message that could not be read is a matter of its own, in the state *not checked*. What changed on a list is asked
again of the rows that are lawfully alive; only what is new or gone is written down. Rows kept for more than six months
are masked; an officer asks to see them with a ground, and another one grants it. Sources: Directive (EU) 2016/681
art. 12(2) and (3) (masking, disclosure on approval), art. 6(5).
"""

from __future__ import annotations

from dataclasses import replace

from comity.procedures.form import Field, Form, PartSpec
from comity.procedures.screening.table import BORDER, V1
from comity.procedures.table import Fact, Move, Status

ASK = Form(
    title="Ask to see what is masked",
    fields=(Field("ground", "Why it is needed", "long_text", part="ground", required=True, rule="B-03"),),
    parts=(PartSpec("ground", BORDER),),
)
GRANT = Form(
    title="Grant or refuse it",
    fields=(
        Field("ask", "Which request", term=True, required=True, rule="B-03"),
        Field(
            "answer",
            "Answer",
            "choice",
            term=True,
            required=True,
            choices=(("granted", "Granted"), ("refused", "Refused")),
            rule="B-03",
        ),
    ),
)

V2 = replace(
    V1,
    version=2,
    steps=(
        *V1.steps,
        Move(
            "refuse",
            on="flight",
            frm=(),
            to="unread",
            opens=True,
            automatic=True,
            title="Record a message that cannot be read",
            roles=("duty_officer", "second_line"),
            basis="UN Security Council resolution 2396 (2017), para. 11",
            purpose="border_check",
            says="Nobody aboard was checked.",
        ),
        Fact(
            "rescreen",
            on="flight",
            frm=("screened",),
            automatic=True,
            title="Screen again after a list changed",
            roles=("duty_officer", "second_line"),
            basis="UN Security Council resolution 2396 (2017), para. 11",
            purpose="border_check",
            says="Only what is new or gone is written down.",
        ),
        Fact(
            "ask_unmask",
            on="flight",
            frm=("screened",),
            title="Ask to see what is masked",
            roles=("second_line",),
            basis="Directive (EU) 2016/681 art. 12(3)",
            purpose="border_check",
            form=ASK,
            says="Another officer grants or refuses it; both are written down.",
        ),
        Fact(
            "unmask",
            on="flight",
            frm=("screened",),
            title="Grant or refuse to show what is masked",
            roles=("second_line",),
            basis="Directive (EU) 2016/681 art. 12(3)(b)",
            purpose="border_check",
            form=GRANT,
            grave=True,
            says="Nobody grants their own request.",
        ),
    ),
    statuses=(
        *(status for status in V1.statuses if status.code != "none"),
        Status("unread", "Not checked: the message could not be read", "flight", ("unread",)),
        Status("none", "Not checked", "flight", ("none",)),
    ),
    example={
        **V1.example,
        "flight.ask_unmask": {"ground": "A court asks who paid."},
        "flight.unmask": {"ask": "0" * 64, "answer": "granted"},
    },
)
