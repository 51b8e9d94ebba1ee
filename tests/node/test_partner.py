"""The exercise's partner answers by itself, by the same rules as everybody, and never on a live network."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.federation import START, Federation, federation, plans
from tests.node.test_located import found, step
from tests.node.test_message import send
from tests.node.test_notice import ask, take
from tests.node.test_road import status

from comity import bootstrap
from comity.node import exercise, seats
from comity.node.exercise.partner import SCRIPT, answer_once
from comity.procedures.form import read_form
from comity.procedures.registry import Registry, packaged_procedures
from comity.storage import schema


@pytest.fixture
def practising(tmp_path: Path):  # type: ignore[no-untyped-def]
    with federation(tmp_path) as world:
        for member, node in world.nodes.items():
            for login, agency, roles, nationality in exercise.cast_of(member):
                seats.create_exercise_account(node, login, agency, roles, world.now, nationality=nationality)
        yield world


def go_on(world: Federation, *members: str, rounds: int = 8) -> None:
    """The partner at these members, for a while."""
    for _ in range(rounds):
        world.now += timedelta(seconds=6)
        for member in members:
            answer_once(world.nodes[member], world.now)
        world.settle()


def test_one_person_can_practise_a_notice_from_request_to_papers(practising: Federation) -> None:
    world = practising
    notice = ask(world)
    world.settle()
    go_on(world, "QS", "QN", "QO")
    assert status(world, "QM", notice) == "published"
    other = ask(world, member="QN", last_name="Sorensen")
    world.settle()
    go_on(world, "QS", "QN", "QO")
    finding = found(world, other, member="QM")
    step(world, "QM", finding, "finding.verify", how="portrait", detail="By the second line.")
    gates = dict.fromkeys(("refugee", "claim", "convention_document", "minor", "victim"), "no")
    step(world, "QM", finding, "finding.gates", **gates, asked="In English.")
    step(world, "QM", finding, "told.tell", to=["QN"], about=other, located="x", identity="portrait", measure="none")
    world.settle()
    go_on(world, "QN")
    assert world.nodes["QM"].exercise
    assert _shown(world, "QM", finding) == "papers_sent"


def test_partner_examines_anew_and_confirms_what_was_reopened(practising: Federation) -> None:
    world = practising
    notice = ask(world)
    world.settle()
    go_on(world, "QS")
    take(world, "QN", notice, "report.addendum", ground="judicial", on="2026-11-30")
    world.settle()
    assert status(world, "QS", notice) == "reopened"
    go_on(world, "QS")
    assert status(world, "QM", notice) == "published"


def _shown(world: Federation, member: str, matter: str) -> str:
    with world.nodes[member].store.read() as unit:
        query = select(schema.track.c.state).where(schema.track.c.matter == matter, schema.track.c.track == "source/QN")
        return str(unit.execute(query).scalar())


def test_every_message_is_answered_in_the_end(practising: Federation) -> None:
    world = practising
    matters = [send(world, question=f"Question {n}?") for n in range(12)]
    world.settle()
    go_on(world, "QN", "QM", rounds=6)
    assert {status(world, "QM", matter) for matter in matters} <= {"answered", "refused"}


def test_partner_never_acts_on_a_live_network(tmp_path: Path) -> None:
    plan = plans(("QM",))[0]
    founded = bootstrap.found_own(tmp_path / "home", plan, bootstrap.Settings("QM", ""), START)
    node = bootstrap.open_node(tmp_path / "home", clock=lambda: START)
    try:
        assert founded.network == node.network
        assert not node.exercise
        assert answer_once(node, START + timedelta(hours=1)) == 0
    finally:
        bootstrap.close_node(node)


def test_script_names_steps_and_fills_their_forms() -> None:
    registry = Registry(packaged_procedures())
    for line in SCRIPT:
        procedure = registry.current(line.procedure)
        assert procedure is not None
        on, _, name = line.step.partition(".")
        found = procedure.step(name, on)
        assert found is not None
        if found.form is not None:
            form = {key: "2026-11-22" if value == "{today}" else value for key, value in line.form.items()}
            assert read_form(found.form, form)[1] == ()
