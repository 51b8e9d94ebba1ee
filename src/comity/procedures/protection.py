"""Protection by construction: the tracks and steps that notices and diffusions share once protection is in play.

A member that confirms protection says so on a track that the secretariat alone sees. The secretariat's cancellation
goes to everybody addressed at once, on a track that the source never sees; the source learns of it on a track of
its own in the next fixed batch, with all other closings, in one text without ground or time
(``domain/16-practice.md`` section 4). Which member confirmed, and whether any did, changes no byte towards the source.
"""

from __future__ import annotations

from collections.abc import Iterator

from comity.model.handling import Handling
from comity.procedures.form import Field, Filled, Form, PartSpec
from comity.procedures.table import Effect, Finding, Move, Sight, Status, Step, Track, protective

SECRET = Handling(tlp="AMBER+STRICT", code="H3", purposes=("compliance_review",))

BASES = (
    ("refugee", "Refugee status is recognised"),
    ("asylum", "Asylum or another international protection is granted"),
    ("claim_pending", "A claim for protection is pending"),
    ("convention_document", "The person holds a convention travel document"),
    ("minor", "The person is a minor and is protected as such"),
    ("victim", "The person is protected as a victim"),
)
CONFIRMATION = Form(
    title="Confirm protection to the secretariat",
    fields=(
        Field("basis", "Basis", "choice", part="protection", required=True, choices=BASES, rule="C-07"),
        Field(
            "evidence",
            "What your authority decided, and when",
            "long_text",
            part="protection",
            required=True,
            rule="C-07",
            hint="The decision, its date and the authority; nothing that names the person more than needed.",
        ),
    ),
    parts=(PartSpec("protection", SECRET),),
)
REVOCATION = Form(
    title="Protection has ended",
    fields=(
        Field(
            "evidence", "What your authority decided, and when", "long_text", part="ended", required=True, rule="C-07"
        ),
    ),
    parts=(PartSpec("ended", SECRET),),
)

GROUNDS = (
    ("protection", "Protection was confirmed"),
    ("art2", "Article 2: human rights"),
    ("art3", "Article 3: political, military, religious or racial character"),
    ("ccf", "Decision of the supervisory body"),
    ("rpd", "Rules on the Processing of Data: quality, threshold or purpose"),
    ("not_sought", "Extradition is not sought, or papers were not sent"),
)
CANCELLATION = Form(
    title="Cancel",
    fields=(
        Field(
            "ground",
            "Ground, for the secretariat's file alone",
            "choice",
            part="ground",
            required=True,
            choices=GROUNDS,
            rule="C-08",
        ),
        Field(
            "reasons",
            "Reasons, for the secretariat's file alone",
            "long_text",
            part="ground",
            required=True,
            rule="C-08",
            hint="The article, what you weighed, and what decided.",
        ),
    ),
    parts=(PartSpec("ground", SECRET, seats=("reviewer",)),),
)

ALERT = Effect("alert")


def not_cancelled(_: Filled, sight: Sight) -> Iterator[Finding]:
    """What the secretariat cancelled is not acted on."""
    if sight.states.get("shield") == "cancelled":
        yield Finding("C-02", "", "The secretariat cancelled it.", "Do not act on it.")


TRACKS = (
    Track(
        "protection",
        "One member's word to the secretariat",
        "party",
        "none",
        audience=("reviewer",),
        one_per="party",
        awaited=False,
    ),
    Track(
        "shield",
        "The secretariat to everybody addressed",
        "reviewer",
        "none",
        audience=("parties",),
        final=("cancelled",),
        awaited=False,
    ),
    Track(
        "closing",
        "The secretariat to the source",
        "reviewer",
        "none",
        audience=("owner",),
        final=("closed",),
        awaited=False,
    ),
)


def protection_steps(recalled: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps on the three tracks; ``recalled`` are the tracks whose parts a cancellation recalls.

    Each takes one officer: it narrows what may be done, or, as the end of protection, brings nothing back by itself.
    Two persons review what widens (``domain/01-notices.md`` rules C-03, S-05; ``domain/16-practice.md`` section 4).
    """
    return (
        Move(
            "confirm",
            on="protection",
            frm=(),
            to="confirmed",
            opens=True,
            title="Confirm protection",
            roles=("duty_officer",),
            basis="Refugee Convention 1951 art. 33; INTERPOL's refugee policy",
            purpose="compliance_review",
            form=CONFIRMATION,
            effects=(ALERT, Effect("unwatch_here")),
            says="Only the secretariat learns it. Towards the source nothing changes, now or later.",
        ),
        Move(
            "revoke",
            on="protection",
            frm=("confirmed",),
            to="revoked",
            title="Protection has ended",
            roles=("duty_officer",),
            basis="INTERPOL's refugee policy",
            purpose="compliance_review",
            form=REVOCATION,
            effects=(ALERT,),
            says="Only the secretariat learns it. The source may ask anew; nothing comes back by itself.",
        ),
        Move(
            "cancel",
            on="shield",
            frm=(),
            to="cancelled",
            opens=True,
            title="Cancel",
            roles=("reviewer",),
            basis="INTERPOL Constitution art. 2, 3; RPD art. 81",
            purpose="compliance_review",
            form=CANCELLATION,
            rank=protective("cancel"),
            erases=recalled,
            effects=(ALERT, Effect("unwatch")),
            says="Everybody addressed erases it at once. The source learns that it was closed in the next batch, in "
            "the words of every closing, without ground.",
        ),
        Move(
            "close",
            on="closing",
            frm=(),
            to="closed",
            opens=True,
            automatic=True,
            title="Closed",
            roles=(),
            basis="RPD art. 81",
            rank=protective("cancel"),
            erases=recalled,
            effects=(ALERT,),
            says="It was closed under the rules of the network. Questions go to the secretariat.",
        ),
    )


CANCELLED = Status(
    "cancelled", "Cancelled by the review", "shield", ("cancelled",), shows=False, acts=False, ended=True
)
CLOSED = Status(
    "closed", "Closed under the rules of the network", "closing", ("closed",), shows=False, acts=False, ended=True
)
