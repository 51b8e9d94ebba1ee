"""Correspondents without a node: what goes to them on paper or by mail, on a track of the sender's own member.

A party that has no node gets a letter which an officer sends by the channel that exists and records here. Nothing of
this track leaves the node. Procedures that may be addressed to correspondents share these rows; the letters
themselves are made in :mod:`comity.documents`, and numbered by the register of prints
(``domain/16-practice.md`` sections 5 and 10).
"""

from __future__ import annotations

from comity.model.handling import Handling
from comity.procedures.form import Field, Form, PartSpec
from comity.procedures.table import Due, Fact, Move, Step, Track

OWN = Handling(
    tlp="AMBER", code="H2", purposes=("investigation", "border_check", "missing_person", "life_at_risk", "extradition")
)
OFFICER = ("duty_officer",)
BASIS = "Comity domain 16, section 10"
DOCUMENTS = ("application/pdf", "image/jpeg", "image/png")
PREPARE = ("paper.prepare",)
AGAIN = ("paper.again",)
RECALL = ("paper.recall", "paper.call_off")
"""What the owner's steps take along: the first letter, another one, the recall of what was sent."""

CHANNELS = (
    ("post", "post"),
    ("courier", "courier"),
    ("mail", "e-mail"),
    ("network", "the network's message channel"),
    ("fax", "fax"),
    ("hand", "handed over"),
    ("telephone", "telephone"),
)
PARTY = Field("party", "Correspondent", "members", required=True, rule="P-10")
CHANNEL = Field("channel", "By", "choice", part="letter", required=True, choices=CHANNELS, rule="P-10")
NUMBER = Field("number", "Number of the letter", part="letter", limit=40, hint="As COM/QM/2026/000123.")


def _when(name: str, label: str) -> Field:
    return Field(name, label, "moment", part="letter", required=True, rule="P-10", hint="2026-11-22 02:35, UTC.")


SENT = Form(
    title="The letter was sent",
    fields=(PARTY, _when("at", "Sent at"), CHANNEL, NUMBER, Field("to_whom", "To whom, if named", part="letter")),
    parts=(PartSpec("letter", OWN),),
)
ANSWERED = Form(
    title="An answer came",
    fields=(
        PARTY,
        _when("at", "Came at"),
        CHANNEL,
        Field("text", "Text of the answer", "long_text", part="answer", limit=100_000),
        Field(
            "document",
            "Document",
            "file",
            part="document",
            many=True,
            accept=DOCUMENTS,
            keeps="document",
            hint="PDF, JPEG or PNG. Metadata is taken out.",
        ),
    ),
    parts=(PartSpec("letter", OWN), PartSpec("answer", OWN), PartSpec("document", OWN)),
)
RECALL_ANSWERS = (
    ("destroyed", "destroyed"),
    ("returned", "returned to us"),
    ("kept", "keeps it as a record of its own"),
    ("nothing", "holds nothing"),
)
RECALL_ANSWER = Form(
    title="The recall was answered",
    fields=(
        PARTY,
        _when("at", "Came at"),
        CHANNEL,
        Field("done", "What the correspondent says", "choice", part="letter", required=True, choices=RECALL_ANSWERS),
        Field("text", "In its own words, with the law it names", "long_text", part="answer"),
    ),
    parts=(PartSpec("letter", OWN), PartSpec("answer", OWN)),
)

TRACK = Track(
    "paper", "Letters to a correspondent", "owner_member", "none", one_per="party", final=("settled",), paper=True
)
REACHED = ("sent", "reminded", "answered", "prepared_again")
"""States in which the correspondent has something of ours."""


def _automatic(
    name: str, to: str, title: str, says: str, frm: tuple[str, ...] = (), also: tuple[str, ...] = ()
) -> Step:
    return Move(
        name,
        on="paper",
        frm=frm,
        to=to,
        opens=len(frm) == 0,
        automatic=True,
        title=title,
        roles=(),
        basis=BASIS,
        says=says,
        also=also,
    )


def _fact(name: str, to: str, title: str, says: str, frm: tuple[str, ...], form: Form) -> Step:
    return Fact(name, on="paper", frm=frm, to=to, title=title, roles=OFFICER, basis=BASIS, form=form, says=says)


STEPS = (
    _automatic("prepare", "prepared", "A letter is due", "Make the letter, send it, and record that you did."),
    _automatic(
        "again",
        "prepared_again",
        "Another letter is due",
        "Something has changed that the correspondent has to know.",
        frm=("sent", "reminded", "answered"),
    ),
    _fact(
        "sent",
        "sent",
        "Record that the letter was sent",
        "The clock of the correspondent's answer runs from here.",
        ("prepared", "prepared_again", "sent"),
        SENT,
    ),
    _fact(
        "reminded",
        "reminded",
        "Record that a reminder was sent",
        "The answer stays due.",
        ("sent", "reminded"),
        SENT,
    ),
    _fact(
        "answered",
        "answered",
        "Record the correspondent's answer",
        "It stays within your member. Files are cleaned of metadata.",
        ("prepared", *REACHED),
        ANSWERED,
    ),
    _automatic(
        "recall",
        "recalling",
        "A letter of recall is due",
        "What was sent was withdrawn: make the letter of recall, send it, and record that you did.",
        frm=REACHED,
        also=("paper.call_off",),
    ),
    _automatic(
        "call_off",
        "called_off",
        "No letter is due any more",
        "It was withdrawn before any letter was sent.",
        frm=("prepared",),
    ),
    _fact(
        "recall_sent",
        "recalled",
        "Record that the letter of recall was sent",
        "The clock of the correspondent's answer to the recall runs from here.",
        ("recalling",),
        SENT,
    ),
    _fact(
        "recall_reminded",
        "recalled",
        "Record that the recall was sent again",
        "The answer to the recall stays due.",
        ("recalled",),
        SENT,
    ),
    _fact(
        "recall_answered",
        "settled",
        "Record the answer to the recall",
        "The correspondent's own words; nobody can check them from here.",
        ("recalling", "recalled"),
        RECALL_ANSWER,
    ),
)


DUES = frozenset({"correspondent.answer", "correspondent.recall"})
"""The clocks that run on after a matter has ended elsewhere."""


def paper_dues(*ends: str) -> tuple[Due, ...]:
    """The two clocks of a correspondent: its answer, until one of ``ends`` of the procedure too, and the recall's."""
    return (
        Due(
            "correspondent.answer",
            "Answer of the correspondent",
            starts="paper.sent",
            ends=("paper.answered", "paper.recall", *ends),
            path="clock.correspondent.answer",
            whose="party",
        ),
        Due(
            "correspondent.recall",
            "Answer of the correspondent to the recall",
            starts="paper.recall_sent",
            ends=("paper.recall_answered",),
            path="clock.correspondent.answer",
            whose="party",
        ),
    )
