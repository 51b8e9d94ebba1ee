"""The table of a diffusion, version 2: protection on tracks of its own, and an approval by call-back at night.

Against version 1: the review's refusal and cancellation reach everybody addressed at once and the source in the next
fixed batch; members confirm protection to the secretariat alone; whoever is alone at the desk at night sends only
where life is at risk, on an approval by call-back that somebody else countersigns in the morning, or it lapses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from comity.model.handling import Handling
from comity.procedures import paper
from comity.procedures.diffusion.table import ALERT, V1
from comity.procedures.form import Field, Filled, Form, PartSpec
from comity.procedures.protection import CANCELLED, CLOSED, TRACKS, not_cancelled, protection_steps
from comity.procedures.table import Due, Effect, Finding, Move, Sight, Step, Track, protective

RECALLED = ("owner", "line")
OWN = Handling(tlp="AMBER+STRICT", code="H3", purposes=("investigation",))

APPROVALS = (("desk", "By the desk itself"), ("call_back", "By an on-call approver, called back"))
APPROVAL = (
    Field("approval", "Approved", "choice", term=True, choices=APPROVALS, hint="At night, alone: by call-back."),
    Field("life_at_risk", "Whose life is at risk, and how", "long_text", part="approval"),
    Field("approver", "Approver: name and office", part="approval"),
    Field("approved_at", "Approved at", "moment", part="approval", hint="2026-11-22 02:40, UTC."),
    Field("approver_number", "Number called back, from the rota", part="approval"),
)
_CALL_BACK = ("life_at_risk", "approver", "approved_at", "approver_number")


def alone_at_night(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Whoever is alone at the desk at night sends only where life is at risk, on an approval by call-back
    (Comity domain 16, section 6)."""
    begins, ends = (sight.law(sight.member, f"duty.alone.{word}").value for word in ("from", "until"))
    hour, called = str(sight.facts.get("local_hour", "")), filled.text("approval") == "call_back"
    if isinstance(begins, str) and isinstance(ends, str) and "supervisor" not in sight.facts.get("roles", ()):
        night = begins <= hour or hour < ends if begins > ends else begins <= hour < ends
        if night and not called:
            says = f"Between {begins} and {ends} nobody sends alone: it is {hour}."
            yield Finding("P-6", "approval", says, "Call the on-call approver back and write down who and when.")
    if called:
        for name in _CALL_BACK:
            if filled.text(name) == "":
                label = next(field.label for field in APPROVAL if field.name == name)
                yield Finding("P-6", name, f"{label} is missing.", "An approval by call-back needs it.")
        if filled.text("approved_at").replace(" ", "T") > sight.now[: len("2026-11-22T02:40")]:
            yield Finding("P-6", "approved_at", "That lies in the future.", "Write when it was approved.")
        rota, given = sight.facts.get("approvers", ()), filled.text("approver")
        if given != "" and not any(name.casefold() in given.casefold() for name in rota):
            says = f"{given} is not the on-call approver of the rota."
            yield Finding("P-6.rota", "approver", says, "Call the approver of the rota, or confirm why not.", flag=True)


def another_countersigns(_: Filled, sight: Sight) -> Iterator[Finding]:
    """The officer who countersigns is not the one who sent it."""
    if sight.facts.get("officers", {}).get("owner.send") == sight.officer:
        yield Finding("P-6", "", "You sent it yourself.", "Another supervisor countersigns it.")


def _second(step: Step) -> Step:
    """The row as version 2 has it; what the owner says reaches correspondents too, as letters."""
    letters = {"send": paper.PREPARE, "update": paper.AGAIN, "suspend": paper.AGAIN, "lift": paper.AGAIN}
    if step.on == "owner":
        step = replace(step, also=(*step.also, *letters.get(step.name, paper.RECALL if step.erases else ())))
    if step.name == "send" and step.form is not None:
        form = Form(
            step.form.title,
            (*step.form.fields, *APPROVAL),
            (*step.form.parts, PartSpec("approval", OWN, seats=("owner",))),
        )
        return replace(step, form=form, checks=(*step.checks, alone_at_night), effects=(*step.effects, Effect("mark")))
    gone = ("review.refuse", "review.cancel")
    if any(effect.reversed_by for effect in step.effects):
        effects = tuple(
            replace(e, reversed_by=tuple("shield.cancel" if name in gone else name for name in e.reversed_by))
            for e in step.effects
        )
        return replace(step, effects=effects, requires=(*step.requires, not_cancelled))
    return step


def _protection() -> Iterator[Step]:
    """The rows of protection; where the source learns of a closing, its correspondents are written to."""
    for step in protection_steps(RECALLED):
        if step.name == "close":
            step = replace(step, effects=(*step.effects, Effect("follow", step="paper.recall")))
        yield step


V2 = replace(
    V1,
    version=2,
    tracks=(
        *(replace(track, final=()) if track.name == "review" else track for track in V1.tracks),
        *TRACKS,
        paper.TRACK,
        Track("countersign", "Approval in the morning", "owner", "none"),
    ),
    steps=(
        *(_second(step) for step in V1.steps if not (step.on == "review" and step.name != "pass")),
        *_protection(),
        *paper.STEPS,
        Move(
            "countersign",
            on="countersign",
            frm=(),
            to="countersigned",
            opens=True,
            title="Countersign the approval by call-back",
            roles=("supervisor",),
            basis="Comity domain 16, section 6",
            requires=(another_countersigns,),
            says="You confirm that it was rightly sent in the night. Nothing leaves.",
        ),
        Move(
            "lapse",
            on="owner",
            frm=("sent", "suspended"),
            to="withdrawn",
            automatic=True,
            title="Lapsed: not countersigned in time",
            roles=(),
            basis="Comity domain 16, section 6",
            rank=protective("withdraw"),
            erases=RECALLED,
            effects=(ALERT, Effect("unwatch")),
            also=("line.settle", *paper.RECALL),
            says="Nobody countersigned the approval by call-back, so it is withdrawn.",
        ),
    ),
    statuses=(
        CANCELLED,
        CLOSED,
        *(status for status in V1.statuses if status.track != "review" or "reviewed" in status.states),
    ),
    example={name: row for name, row in V1.example.items() if not name.startswith("review.")},
    term=("owner", "line"),
    dues=(
        *paper.paper_dues(),
        Due(
            "diffusion.countersign",
            "Countersign what was sent on an approval by call-back",
            starts="owner.send",
            ends=("countersign.countersign", "owner.withdraw", "owner.lapse"),
            path="duty.alone.countersign",
            whose="owner",
            only=("approval", ("call_back",)),
            then="owner.lapse",
        ),
        Due(
            "diffusion.suspension",
            "Lift the suspension or withdraw",
            starts="owner.suspend",
            ends=("owner.lift", "owner.withdraw"),
            path="clock.notice.suspension",
            whose="owner",
        ),
    ),
)
