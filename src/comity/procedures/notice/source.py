"""What the source of a notice does: asks, publishes what was approved, keeps it right, suspends, extends, withdraws.

Sources: INTERPOL's Rules on the Processing of Data (RPD), text of 2024; ``domain/01-notices.md``.
"""

from __future__ import annotations

from comity.procedures.form import Field, Form
from comity.procedures.notice import checks, form
from comity.procedures.notice.checks import checks_of
from comity.procedures.notice.colours import COLOURS, asked, form_of
from comity.procedures.protection import ALERT
from comity.procedures.table import PERMISSIVE, Effect, Fact, Move, Step, in_state, only_vouched, protective

OFFICER = ("duty_officer",)
RECALLED = ("request", "notice", "line", "report", "distinct", "clearance")
SCREENED = Effect(
    "enlist",
    coercive=True,
    reversed_by=("notice.suspend", "notice.withdraw", "shield.cancel", "reply.no_effect"),
    clock="notice.term",
)

PUBLICATION = Form(
    title="Published",
    fields=(
        Field(
            "of",
            "Kind",
            "choice",
            term=True,
            choices=tuple((f"submit_{code}", colour.title) for code, colour in COLOURS.items()),
        ),
        Field("valid_until", "Valid until", "date", term=True, ends=True),
        Field("extract", "Public extract", "choice", term=True, choices=(("yes", "yes"), ("no", "no"))),
    ),
)
REVIEWED = tuple(field.name for field in PUBLICATION.fields)
"""What a publication says of itself: its kind, its last day, whether there is an extract; all as they were reviewed."""
CONTENT = ("subject", "case", "portrait", "prints", "scan")


def _requests() -> tuple[Step, ...]:
    return tuple(
        Move(
            f"submit_{colour.code}",
            on="request",
            frm=(),
            to="submitted",
            opens=True,
            title=asked(colour),
            roles=OFFICER,
            basis=colour.source,
            form=form_of(colour),
            checks=checks_of(colour),
            effects=(ALERT, Effect("mark")),
            says=f"{colour.purpose}. The secretariat reviews it before anybody else sees it.",
        )
        for colour in COLOURS.values()
    )


SOURCE_STEPS: tuple[Step, ...] = (
    *_requests(),
    Fact(
        "inform",
        on="request",
        frm=("submitted",),
        title="Answer the secretariat",
        roles=OFFICER,
        basis="RPD art. 86",
        form=form.MORE,
        effects=(ALERT,),
        says="Only the secretariat sees it.",
    ),
    Move(
        "drop",
        on="request",
        frm=("submitted",),
        to="dropped",
        title="Take the request back",
        roles=OFFICER,
        basis="RPD art. 81",
        rank=protective("withdraw"),
        erases=("request",),
        requires=(checks.not_published,),
        effects=(ALERT,),
        says="Nothing was published; the secretariat erases what it has.",
    ),
    Fact(
        "widen",
        on="request",
        frm=("submitted",),
        title="Widen, through review",
        roles=OFFICER,
        basis="RPD art. 46",
        form=form.UPDATE,
        requires=(checks.published, checks.widens),
        effects=(ALERT,),
        says="The secretariat reviews it before anybody else sees it.",
    ),
    Move(
        "publish",
        on="notice",
        frm=(),
        to="published",
        opens=True,
        automatic=True,
        title="Published",
        roles=(),
        basis="RPD art. 73",
        form=PUBLICATION,
        guards=(in_state("clearance", "approved"), only_vouched("clearance", *REVIEWED)),
        carries=CONTENT,
        effects=(ALERT, SCREENED),
        says="It was reviewed. It is no warrant: what it means is each member's law.",
    ),
    Fact(
        "amend",
        on="notice",
        frm=("published", "suspended"),
        automatic=True,
        title="Widened after review",
        roles=(),
        basis="RPD art. 46",
        guards=(in_state("clearance", "approved"), only_vouched("clearance")),
        carries=("news",),
        effects=(ALERT,),
        says="The secretariat reviewed it.",
    ),
    Fact(
        "update",
        on="notice",
        frm=("published", "suspended"),
        title="Tell what has changed",
        roles=OFFICER,
        basis="RPD art. 46, 79",
        form=form.UPDATE,
        checks=(checks.does_not_widen,),
        effects=(ALERT,),
        says="Everybody addressed is told at once.",
    ),
    Move(
        "suspend",
        on="notice",
        frm=("published",),
        to="suspended",
        title="Suspend",
        roles=OFFICER,
        basis="RPD art. 81",
        form=form.SUSPENSION,
        checks=(checks.suspension_term,),
        rank=protective("suspend"),
        effects=(ALERT,),
        says="Nobody acts on it, and nobody is screened against it, until you lift it.",
    ),
    Move(
        "lift",
        on="notice",
        frm=("suspended",),
        to="published",
        title="Lift the suspension",
        roles=OFFICER,
        basis="RPD art. 81",
        rank=PERMISSIVE,
        effects=(ALERT,),
        says="Members may act on it again.",
    ),
    Fact(
        "extend",
        on="notice",
        frm=("published", "suspended"),
        title="Extend the term",
        roles=OFFICER,
        basis="RPD art. 50",
        form=form.EXTENSION,
        checks=(checks.extension_term,),
        effects=(ALERT, Effect("prolong")),
        says="You say why it is still needed; the secretariat reads it. Everybody keeps it until the new last day.",
    ),
    Move(
        "withdraw",
        on="notice",
        frm=("published", "suspended"),
        to="withdrawn",
        title="Withdraw",
        roles=OFFICER,
        basis="RPD art. 81, 51",
        form=form.WITHDRAWAL,
        rank=protective("withdraw"),
        erases=RECALLED,
        effects=(ALERT, Effect("unwatch")),
        also=("line.settle",),
        says="Its content is hidden wherever it was recorded, its keys are destroyed, and each member answers by "
        "name what it did.",
    ),
    Move(
        "settle",
        on="line",
        frm=(),
        to="settled",
        opens=True,
        automatic=True,
        settles=True,
        title="Settled",
        roles=(),
        basis="RPD art. 81",
        says="States which of this member's steps had arrived before the ending.",
    ),
)
"""The rows on the tracks that the source writes."""
