"""Whether a table is whole. A procedure that is not is refused at load, with everything that is wrong.

Checked: every state reachable; every step with a legal basis, a title and a text for the officer; every coercive
effect with its reversing step and its clock; every guard on tracks that the step's whole audience sees; every
name that a row uses declared.
"""

from __future__ import annotations

from collections.abc import Iterator

from comity.errors import Defect, InputRefused
from comity.model.track import track_name
from comity.procedures.effects import EFFECTS
from comity.procedures.table import Procedure, Step, Track


def check_table(procedure: Procedure) -> Procedure:
    """The procedure itself, if its table is whole; raises :class:`InputRefused` with every defect."""
    defects = [
        Defect(
            file=f"{procedure.kind}@{procedure.version}",
            rule=f"table.{rule}",
            field=row,
            says=says,
            remedy="Mend the procedure's table.",
        )
        for rule, row, says in table_faults(procedure)
    ]
    if len(defects) > 0:
        raise InputRefused(f"The procedure {procedure.kind} is not whole.", defects)
    return procedure


def table_faults(procedure: Procedure) -> Iterator[tuple[str, str, str]]:
    """(rule, row, what is wrong) for each fault."""
    yield from _names(procedure)
    for step in procedure.steps:
        yield from _step_faults(procedure, step)
    for track in procedure.tracks:
        yield from _reachability(procedure, track)
    for due in procedure.dues:
        for name in (due.starts, *due.ends, *due.restarts, *(step for pair in due.pauses for step in pair)):
            on, _, step_name = name.partition(".")
            if procedure.step(step_name, on) is None:
                yield "due", due.code, f"the clock {due.code} names {name}, which is no step"
    for name in procedure.term:
        if procedure.track(name) is None:
            yield "term", name, f"the term names {name}, which is no track"
    for status in procedure.statuses[:-1]:
        track_states = states_of(procedure, status.track)
        for state in status.states:
            if state not in track_states:
                yield "status", status.code, f"status {status.code} names {status.track}.{state}, which is no state"


def states_of(procedure: Procedure, track: str) -> set[str]:
    """Every state that a track can be in, its start included."""
    kind = procedure.track(track)
    if kind is None:
        return set()
    moves = {step.to for step in procedure.steps if step.on == track and step.to != ""}
    return {kind.start, *moves}


def _names(procedure: Procedure) -> Iterator[tuple[str, str, str]]:
    tracks = [track.name for track in procedure.tracks]
    steps = [(step.on, step.name) for step in procedure.steps]
    for name in sorted({name for name in tracks if tracks.count(name) > 1}):
        yield "twice", name, f"the track {name} is declared twice"
    for on, name in sorted({step for step in steps if steps.count(step) > 1}):
        yield "twice", name, f"the step {on}.{name} is declared twice"
    for track in procedure.tracks:
        if track.title == "":
            yield "title", track.name, f"the track {track.name} has no title"


def _step_faults(procedure: Procedure, step: Step) -> Iterator[tuple[str, str, str]]:
    row = f"{step.on}.{step.name}"
    track = procedure.track(step.on)
    if track is None:
        yield "track", row, f"there is no track {step.on}"
        return
    for word, text in (("title", step.title), ("legal basis", step.basis), ("text for the officer", step.says)):
        if text.strip() == "":
            yield "text", row, f"the step {row} has no {word}"
    if step.opens == (len(step.frm) > 0):
        yield "opens", row, f"the step {row} must either open the track or name the states it starts from"
    for state in set(step.frm) - states_of(procedure, step.on):
        yield "state", row, f"the step {row} starts from {state}, which no step leads to"
    if len(step.roles) == 0 and not step.automatic:
        yield "roles", row, f"nobody may take the step {row}"
    for check in (*step.checks, *step.requires):
        if (check.__doc__ or "").strip() == "":
            yield "check", row, f"the check {check.__name__} has no text for the officer"
    yield from _effect_faults(procedure, step, row)
    yield from _reference_faults(procedure, step, track, row)


def _effect_faults(procedure: Procedure, step: Step, row: str) -> Iterator[tuple[str, str, str]]:
    for effect in step.effects:
        if effect.name not in EFFECTS:
            yield "effect", row, f"there is no effect {effect.name}"
        if (effect.name == "follow") != (effect.step != ""):
            yield "follow", row, f"the effect {effect.name} of {row} and the step it takes do not fit"
        if effect.step != "":
            on, _, name = effect.step.partition(".")
            target = procedure.step(name, on)
            if target is None or not target.automatic:
                yield "follow", row, f"{effect.step} is no automatic step"
        if not effect.coercive:
            continue
        if len(effect.reversed_by) == 0:
            yield "reversing", row, f"the coercive effect {effect.name} has no reversing step"
        if effect.clock not in procedure.clocks:
            yield "clock", row, f"the coercive effect {effect.name} has no clock of this procedure"
        for name in effect.reversed_by:
            on, _, reverse = name.partition(".")
            if procedure.step(reverse, on) is None:
                yield "reversing", row, f"the reversing step {name} does not exist"


def _reference_faults(procedure: Procedure, step: Step, track: Track, row: str) -> Iterator[tuple[str, str, str]]:
    for name in step.also:
        on, _, other = name.partition(".")
        target = procedure.step(other, on)
        if target is None or not target.automatic:
            yield "also", row, f"{name} is no automatic step"
    for name in step.erases:
        if procedure.track(track_name(name)) is None:
            yield "erases", row, f"there is no track {name} to recall"
    if step.form is not None:
        kinds = [spec.kind for spec in step.form.parts]
        for field in step.form.fields:
            if not field.term and field.kind != "members" and field.part not in kinds:
                yield "form", row, f"the field {field.name} belongs to no part"
    for guard in step.guards:
        for name in guard.tracks:
            yield from _guard_faults(procedure, track, name, row)


def _guard_faults(procedure: Procedure, track: Track, name: str, row: str) -> Iterator[tuple[str, str, str]]:
    other = procedure.track(name)
    if other is None:
        yield "guard", row, f"a guard names {name}, which is no track"
        return
    hidden = seats_of(track) - seats_of(other)
    if "parties" in seats_of(other):
        hidden -= {"party"}
    if len(hidden) > 0:
        who = ", ".join(sorted(hidden))
        yield "guard", row, f"a guard of {row} names {name}, which {who} may not see"


def seats_of(track: Track) -> set[str]:
    """Who sees a track: its audience and whoever writes it."""
    writer = {"owner": "owner", "owner_member": "owner", "party": "party", "reviewer": "reviewer"}[track.writer]
    return {*track.audience, writer}


def _reachability(procedure: Procedure, track: Track) -> Iterator[tuple[str, str, str]]:
    reached = {track.start}
    grown = True
    while grown:
        grown = False
        for step in procedure.steps:
            begins = step.opens or any(state in reached for state in step.frm)
            if step.on == track.name and step.to not in ("", *reached) and begins:
                reached.add(step.to)
                grown = True
    for state in sorted(states_of(procedure, track.name) - reached):
        yield "unreachable", track.name, f"the state {state} of {track.name} cannot be reached"
    for state in sorted(set(track.final) - states_of(procedure, track.name)):
        yield "final", track.name, f"the final state {state} of {track.name} is no state"
