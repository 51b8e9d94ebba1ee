"""What nobody acknowledges goes to the next duty officer and then to the supervisor, each once, by the rota."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation, officer
from tests.node.test_message import send, step

from comity.errors import InputRefused
from comity.node.query import desk_of
from comity.node.reading import Looks
from comity.node.rota import add_turn, on_duty
from comity.storage import desk


def told(world: Federation, member: str) -> list[tuple[int, str]]:
    with world.nodes[member].store.read() as unit:
        return [(one.level, one.told) for one in desk.escalations(unit)]


def urgent(world: Federation) -> str:
    matter = send(world, level="urgent", reason="The coach leaves at noon.")
    world.settle()
    return matter


@pytest.mark.rule("E-04")
def test_unacknowledged_message_goes_to_the_next_officer_and_then_to_the_supervisor(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node, now = world.nodes["QN"], world.now
        hours = (now - timedelta(hours=1), now + timedelta(hours=9))
        add_turn(node, "next_duty_officer", "R. Moe", "+999 02 0201", *hours)
        add_turn(node, "supervisor", "S. Dahl", "+999 02 0202", *hours)
        urgent(world)
        world.now += timedelta(minutes=59)
        world.settle()
        assert told(world, "QN") == []
        world.now += timedelta(minutes=2)
        world.settle()
        assert told(world, "QN") == [(1, "R. Moe, +999 02 0201")]
        world.now += timedelta(hours=1)
        world.settle()
        assert told(world, "QN") == [(1, "R. Moe, +999 02 0201"), (2, "S. Dahl, +999 02 0202")]
        assert told(world, "QM") == []
        shown = desk_of(node, officer("QN"), world.now, Looks())
        assert any("R. Moe" in one.told for line in shown.dates for one in line.told)


def test_acknowledged_message_is_not_escalated(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = urgent(world)
        step(world, "QN", matter, "answer.acknowledge")
        world.now += timedelta(hours=3)
        world.settle()
        assert told(world, "QN") == []


def test_place_that_nobody_holds_is_named_itself(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        urgent(world)
        world.now += timedelta(minutes=61)
        world.settle()
        assert told(world, "QN") == [(1, "Next duty officer")]


def test_turn_is_refused_with_every_defect(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        with pytest.raises(InputRefused) as refused:
            add_turn(node, "cook", " ", "none", world.now, world.now)
        assert {defect.field for defect in refused.value.defects} == {"duty", "name", "phone", "ends"}
        with node.store.read() as unit:
            assert on_duty(unit, "supervisor", world.now) is None
