"""What a member that received a notice does: acknowledges, says what effect it has, reports what came of it."""

from __future__ import annotations

from comity.procedures.notice import form
from comity.procedures.protection import ALERT
from comity.procedures.table import Effect, Fact, Move, Step, protective

OFFICER = ("duty_officer",)

PARTY_STEPS: tuple[Step, ...] = (
    Move(
        "acknowledge",
        on="reply",
        frm=(),
        to="acknowledged",
        opens=True,
        title="Acknowledge",
        roles=OFFICER,
        basis="RPD art. 87",
        says="The source sees that your desk has read it.",
    ),
    Move(
        "no_effect",
        on="reply",
        frm=("acknowledged",),
        to="no_effect",
        title="No effect here",
        roles=OFFICER,
        basis="RPD art. 82; national law of the member",
        form=form.NO_EFFECT,
        rank=protective("narrow"),
        effects=(Effect("unwatch_here"),),
        says="Nobody is screened against it here. The source sees that it has no effect with you, and why.",
    ),
    Fact(
        "addendum",
        on="report",
        frm=(),
        to="refused_extradition",
        opens=True,
        title="Extradition was refused",
        roles=OFFICER,
        basis="RPD art. 87, as practised",
        form=form.ADDENDUM,
        effects=(ALERT, Effect("follow", step="clearance.reopen")),
        says="It is added to the notice as an addendum, and the secretariat reviews the notice again.",
    ),
    Fact(
        "distinct",
        on="distinct",
        frm=(),
        to="noted",
        opens=True,
        title="Distinct-person note",
        roles=OFFICER,
        basis="Comity domain 16, section 3",
        form=form.DISTINCT,
        effects=(ALERT,),
        says="The secretariat passes it on to everybody addressed; it ends repeated stops of somebody else.",
    ),
    Fact(
        "distinct_again",
        on="distinct",
        frm=("noted",),
        title="Another distinct-person note",
        roles=OFFICER,
        basis="Comity domain 16, section 3",
        form=form.DISTINCT,
        effects=(ALERT,),
        says="The secretariat passes it on to everybody addressed; it ends repeated stops of somebody else.",
    ),
)
"""The rows on the tracks that each receiving member writes."""
