"""The pages of procedures: every table as an officer or a reviewer of the rules would read it aloud."""

from __future__ import annotations

from collections.abc import Iterable

from comity.cli.docs.markdown import code, codes, fence, inline, page, section, table
from comity.model.handling import Handling
from comity.policy.purposes import PURPOSES
from comity.policy.roles import ROLES
from comity.procedures.diagram import diagram
from comity.procedures.effects import EFFECTS
from comity.procedures.form import Field, Form
from comity.procedures.registry import packaged_procedures
from comity.procedures.table import Effect, Procedure, Step, Track

_SEATS = {
    "owner": "the owner",
    "owner_member": "the owner's member",
    "party": "the party",
    "parties": "all parties",
    "reviewer": "the reviewer",
}


def procedures() -> str:
    """Every version of every procedure that ships."""
    ordered = sorted(packaged_procedures(), key=lambda one: (one.kind, one.version))
    return page(
        "Procedures",
        "Each procedure is a table. A *move* changes what may happen next; a *fact* reports what happened and is never "
        "undone. The *rank* tells what a step does to what may be done next; protective and terminal steps travel on "
        "the urgent lane. How a table is folded: [acts and tracks](../explanation/acts-and-tracks.md).",
        *(_procedure(one) for one in ordered),
    )


def effects() -> str:
    """Every effect, and the steps that have it."""
    users: dict[str, list[str]] = {name: [] for name in EFFECTS}
    for procedure in packaged_procedures():
        for step in procedure.steps:
            for effect in step.effects:
                users[effect.name].append(f"{procedure.kind}@{procedure.version} {step.on}.{step.name}")
    rows = (
        (
            code(name),
            kind.says,
            "outside: started, then done" if kind.outside else "inside: one transaction",
            codes(sorted(users[name])),
        )
        for name, kind in sorted(EFFECTS.items())
    )
    return page(
        "Effects",
        "What a node does when an act is first reached, at most once for each act and effect. An effect inside the "
        "node's own database is judged, done and marked in one transaction; one that reaches outside is committed as "
        "*started* before it is done, and after a crash goes to an officer.",
        table(("Effect", "What it does", "How it runs", "Used by"), rows),
    )


def _procedure(procedure: Procedure) -> str:
    sections = [
        section(
            "Tracks", table(("Track", "Title", "Written by", "Audience", "Final states"), _tracks(procedure)), level=3
        ),
        *(
            section(f"Track `{one.name}`", fence(diagram(procedure, one), "mermaid"), level=3)
            for one in procedure.tracks
        ),
        section(
            "Steps",
            table(
                _STEP_HEAD,
                (_row(step) for step in procedure.steps),
            ),
            level=3,
        ),
        *(
            section(f"`{step.on}.{step.name}`: {step.title}", *_step(procedure, step), level=4)
            for step in procedure.steps
        ),
        section("Status of the matter", _STATUS, table(_STATUS_HEAD, _statuses(procedure)), level=3),
    ]
    return section(f"{procedure.title} (`{procedure.kind}@{procedure.version}`)", procedure.summary, *sections)


_STEP_HEAD = ("Step", "Kind", "Roles", "From", "To", "Rank", "Legal basis")
_STATUS_HEAD = ("Status", "Says", "When", "Content shown", "May be acted on", "Ended")
_STATUS = "In order of precedence: the first row that applies is the matter's status; the last is the fallback."


def _tracks(procedure: Procedure) -> Iterable[tuple[str, ...]]:
    for track in procedure.tracks:
        yield code(_name(track)), track.title, _SEATS[track.writer], _audience(track), codes(track.final)


def _name(track: Track) -> str:
    return f"{track.name}/PARTY" if track.one_per == "party" else track.name


def _audience(track: Track) -> str:
    return ", ".join(_SEATS[seat] for seat in track.audience) if len(track.audience) > 0 else "nobody: own member only"


def _row(step: Step) -> tuple[str, ...]:
    kind = f"{'fact' if step.fact else 'move'}{', automatic' if step.automatic else ''}"
    came = "opens the track" if step.opens else codes(step.frm)
    went = code(step.to) if step.to != "" else "unchanged"
    return code(f"{step.on}.{step.name}"), kind, _roles(step), came, went, _rank(step), step.basis


def _roles(step: Step) -> str:
    return ", ".join(ROLES[role].title for role in step.roles) if len(step.roles) > 0 else "the node itself"


def _rank(step: Step) -> str:
    return f"{step.rank.kind} {step.rank.level}" if step.rank.level > 0 else step.rank.kind


def _step(procedure: Procedure, step: Step) -> Iterable[str]:
    yield f"> {step.says}"
    yield f"Purpose: {PURPOSES[step.purpose].title} (`{step.purpose}`)."
    for check in step.checks:
        yield f"Check `{check.__name__}`: {inline(' '.join((check.__doc__ or '').split()))}"
    for require in step.requires:
        yield f"Required of the author `{require.__name__}`: {inline(' '.join((require.__doc__ or '').split()))}"
    if len(step.guards) > 0:
        yield f"Guarded by the state of: {codes(name for guard in step.guards for name in guard.tracks)}."
    for effect in step.effects:
        yield _effect(procedure, effect)
    if len(step.also) > 0:
        yield f"In the same transaction the node also takes: {codes(step.also)}."
    if len(step.erases) > 0:
        yield f"Recalls the parts of the tracks: {codes(step.erases)}."
    if step.settles:
        yield "Settles which of the party's moves came before an ending."
    if step.hand != "":
        yield f"Hands the track to another agency: {step.hand}."
    if step.form is not None:
        yield from _form(step.form)


def _effect(procedure: Procedure, effect: Effect) -> str:
    says = f"Effect `{effect.name}`: {EFFECTS[effect.name].says}"
    if not effect.coercive:
        return says
    clock = procedure.clocks[effect.clock]
    reversing = f"Coercive: reversed by {codes(effect.reversed_by)}"
    return f"{says} {reversing}; limited by the clock `{effect.clock}`, which ends on the term `{clock}`."


def _form(form: Form) -> Iterable[str]:
    yield f"Form “{form.title}”:"
    head = ("Field", "Label", "Kind", "Required", "Becomes", "Choices")
    yield table(head, (_field(form, field) for field in form.fields))
    if len(form.parts) > 0:
        rows = (
            (code(p.kind), p.schema or "form or file", _handling(p.handling), ", ".join(p.seats)) for p in form.parts
        )
        yield table(("Part", "Holds", "Handling", "Only for"), rows)


def _field(form: Form, field: Field) -> tuple[str, ...]:
    kind = f"{field.kind}, several" if field.many else field.kind
    required = f"yes ({field.rule})" if field.required else ""
    becomes = "a term of the header" if field.term else "who is addressed" if field.kind == "members" else ""
    if field.part != "":
        becomes = f"part `{field.part}`" + (f", property `{field.prop}`" if field.prop != "" else "")
    return (
        code(field.name),
        field.label,
        kind,
        required,
        becomes,
        "; ".join(f"`{c}` {says}" for c, says in field.choices),
    )


def _handling(handling: Handling) -> str:
    return f"TLP:{handling.tlp}, {handling.code}, for {', '.join(handling.purposes)}"


def _statuses(procedure: Procedure) -> Iterable[tuple[str, ...]]:
    for status in procedure.statuses:
        when = f"{code(status.track)} is {codes(status.states)}"
        words = ("yes" if flag else "no" for flag in (status.shows, status.acts, status.ended))
        yield (code(status.code), status.says, when, *words)
