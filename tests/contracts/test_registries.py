"""One walk over every member of every registry: unique, titled, documented, with an example that works."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.procedures.filling import filled_in

from comity.errors import InputRefused, OwnFault
from comity.exchange.transports import TRANSPORTS
from comity.node import effects as node_effects
from comity.policy.roles import ROLES
from comity.procedures.audit import check_table, states_of, table_faults
from comity.procedures.diagram import diagram
from comity.procedures.diffusion.table import V1
from comity.procedures.effects import EFFECTS
from comity.procedures.form import read_form
from comity.procedures.registry import Registry, packaged_procedures
from comity.procedures.table import Effect, Procedure, Step, in_state

PROCEDURES = packaged_procedures()
STEPS = [(procedure, step) for procedure in PROCEDURES for step in procedure.steps]


def changed(name: str, **values: object) -> Procedure:
    """The diffusion with one row changed."""
    return replace(V1, steps=tuple(replace(s, **values) if f"{s.on}.{s.name}" == name else s for s in V1.steps))  # type: ignore[arg-type]


def rules(procedure: Procedure) -> set[str]:
    return {rule for rule, _, _ in table_faults(procedure)}


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda p: f"{p.kind}@{p.version}")
def test_procedure_is_whole_and_draws_itself(procedure: Procedure) -> None:
    assert list(table_faults(procedure)) == []
    assert procedure.title != ""
    assert procedure.summary.endswith(".")
    for track in procedure.tracks:
        drawn = diagram(procedure, track)
        assert all(state in drawn for state in states_of(procedure, track.name))


@pytest.mark.parametrize(("procedure", "step"), STEPS, ids=lambda x: getattr(x, "name", getattr(x, "kind", "")))
def test_step_has_a_text_a_basis_known_roles_and_an_example(procedure: Procedure, step: Step) -> None:
    assert step.says.endswith(".")
    assert step.basis != ""
    assert set(step.roles) <= set(ROLES)
    if step.form is not None:
        example = procedure.example.get(f"{step.on}.{step.name}", filled_in(step.form))
        _, faults = read_form(step.form, example)
        assert faults == ()
        assert all(field.label != "" for field in step.form.fields)


def test_every_procedure_that_an_officer_opens_has_an_example_to_open_it_with() -> None:
    for procedure in PROCEDURES:
        writers = {track.name: track.writer for track in procedure.tracks}
        opening = [s for s in procedure.steps if s.opens and s.form is not None and writers[s.on] == "owner"]
        people = [s for s in opening if not s.automatic]
        assert len(people) == 0 or any(f"{s.on}.{s.name}" in procedure.example for s in people)


def test_examples_name_steps_with_forms() -> None:
    for procedure in PROCEDURES:
        for name in procedure.example:
            on, _, step_name = name.partition(".")
            step = procedure.step(step_name, on)
            assert step is not None
            assert step.form is not None


def test_every_effect_has_a_handler_and_a_text() -> None:
    assert set(EFFECTS) == set(node_effects.HANDLERS)
    assert all(kind.says.endswith(".") for kind in EFFECTS.values())


def test_transports_have_unique_names() -> None:
    names = [transport.name for transport in TRANSPORTS]
    assert len(names) == len(set(names)) > 1


def test_registry_refuses_a_procedure_that_is_there_twice() -> None:
    with pytest.raises(OwnFault) as refused:
        Registry((V1, V1))
    assert refused.value.rule == "registry.twice"


BROKEN = {
    "text": changed("owner.send", says=""),
    "opens": changed("owner.update", frm=()),
    "state": changed("owner.lift", frm=("nowhere",)),
    "roles": changed("reply.decline", roles=()),
    "effect": changed("owner.update", effects=(Effect("telephone"),)),
    "reversing": changed("reply.take_up", effects=(Effect("watch", coercive=True, clock="diffusion.watch"),)),
    "clock": changed("reply.take_up", effects=(Effect("watch", coercive=True, reversed_by=("reply.set_down",)),)),
    "also": changed("owner.send", also=("line.end",)),
    "erases": changed("owner.withdraw", erases=("elsewhere",)),
    "guard": changed("owner.update", guards=(in_state("reply", "taken_up"),)),
    "unreachable": changed("owner.suspend", to="sent"),
    "twice": replace(V1, tracks=(*V1.tracks, V1.tracks[0])),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_broken_table_is_refused_at_load_by_the_rule_it_breaks(rule: str) -> None:
    assert rule in rules(BROKEN[rule]) or (
        rule == "unreachable" and {"state", "unreachable", "status"} & rules(BROKEN[rule])
    )
    with pytest.raises(InputRefused) as refused:
        check_table(BROKEN[rule])
    assert len(refused.value.defects) >= 1


def test_guard_on_a_track_that_the_audience_may_not_see_is_refused() -> None:
    hidden = changed("line.settle", guards=(in_state("review", "reviewed"),))
    assert "guard" not in rules(hidden)
    secret = changed("review.cancel", guards=(in_state("line", "addressed"),))
    assert "guard" in rules(secret)
