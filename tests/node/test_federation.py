"""Whole nodes under bad lines, kills at any statement, and members that stay away until the end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.federation import NAMES, Federation, federation
from tests.node.test_road import send, statements, status, step

from comity.errors import ComityError
from comity.exchange.transports.memory import Faults
from comity.node import notary
from comity.storage import post, schema

BAD_LINE = Faults(drop=0.2, lose_reply=0.2, duplicate=0.2, reorder=0.2, delay=0.2)
MEMBERS = ("QM", "QN", "QO", "QS")


def acts(world: Federation, member: str, matter: str) -> dict[str, str]:
    """Digest to verdict of what a node holds of a matter."""
    with world.nodes[member].store.read() as unit:
        rows = unit.execute(select(schema.act.c.digest, schema.act.c.verdict).where(schema.act.c.matter == matter))
        return {row.digest: row.verdict for row in rows}


def shown(world: Federation, member: str, matter: str) -> dict[str, str]:
    with world.nodes[member].store.read() as unit:
        rows = unit.execute(select(schema.track).where(schema.track.c.matter == matter))
        return {row.track: row.state for row in rows}


def agree(world: Federation, matter: str) -> None:
    """Nodes that hold the same acts of a track show the same, and every ledger is whole."""
    views = {member: shown(world, member, matter) for member in MEMBERS}
    for track in {track for view in views.values() for track in view}:
        assert len({view[track] for view in views.values() if track in view}) == 1, (track, views)
    for member in MEMBERS:
        assert all(report.difference is None for report in notary.audit(world.nodes[member]))
        with world.nodes[member].store.read() as unit:
            states = set(unit.execute(select(schema.effect.c.state)).scalars())
        assert states <= {"done", "dropped"}
        assert "waiting" not in acts(world, member, matter).values()


def attempt(world: Federation, member: str, matter: str, name: str, **data: object) -> None:
    """An officer's step that may be refused or end in a kill; the officer asks again by key after a kill."""
    role = "reviewer" if name.startswith("review") else "duty_officer"

    def take() -> None:
        try:
            step(world, member, matter, name, role, **data)
        except ComityError:
            return

    if member in world.nodes and member not in world.fallen:
        world.do(member, take)


STEPS = (
    ("QM", "owner.update", {"news": "Seen in Port Almery."}),
    ("QM", "owner.suspend", {"until": "2027-01-01"}),
    ("QM", "owner.lift", {}),
    ("QN", "reply.acknowledge", {}),
    ("QN", "reply.take_up", {"reason": "seen", "until": "2027-01-01"}),
    ("QN", "reply.set_down", {}),
    ("QO", "reply.acknowledge", {}),
    ("QO", "reply.decline", {"ground": "law"}),
    ("QS", "review.pass", {}),
)


@pytest.mark.parametrize("seed", range(6))
def test_bad_lines_and_kills_change_nothing_in_the_end(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    with federation(tmp_path, seed=seed, faults=BAD_LINE) as world:
        matter = send(world)
        for _ in range(12):
            member, name, data = rng.choice(STEPS)
            attempt(world, member, matter, name, **data)
            if rng.random() < 0.5:
                victim = rng.choice([m for m in MEMBERS if m in world.nodes and m not in world.fallen] or ["QM"])
                world.arm(victim, rng.randrange(1, 40))
            for code in rng.sample(MEMBERS, 3):
                if code in world.nodes and code not in world.fallen:
                    world._worked(code)
            world.rise()
            world.turn()
        for member in list(world.nodes):
            world.crash(member)
            world.open(member)
        attempt(world, "QM", matter, "owner.withdraw", ground="error")
        world.network.faults = Faults()
        world.settle(60)
        assert [status(world, m, matter) for m in MEMBERS] == ["withdrawn"] * 4
        agree(world, matter)
        for member in MEMBERS:
            assert "Ilka Jorun Varnholt" not in statements(world, member)
            with world.nodes[member].store.read() as unit:
                assert post.backlog(unit) == {}


def test_member_that_was_off_for_the_whole_of_it_never_sees_content(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        world.crash("QO")
        matter = send(world)
        world.settle()
        recall = step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle()
        world.turn(3600)
        world.open("QO")
        world.settle(20)
        assert status(world, "QO", matter) == "withdrawn"
        assert statements(world, "QO") == []
        assert world.nodes["QO"].keys.all() == set()
        with world.nodes["QM"].store.read() as unit:
            assert {r.code for r in post.receipts_of(unit, [recall]) if r.member == "QO"} == {"recorded"}
        agree(world, matter)


def test_recall_that_overtakes_its_target_hides_it_on_arrival(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        world.network.part(*(f"http://{NAMES[m].lower()}.localhost:8470" for m in ("QM", "QN")))
        matter = send(world)
        step(world, "QM", matter, "owner.update", news="Seen in Port Almery.")
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.network.heal()
        world.settle(20)
        assert status(world, "QN", matter) == "withdrawn"
        assert statements(world, "QN") == []
        agree(world, matter)


@pytest.mark.parametrize("statement", range(1, 60, 4))
def test_killed_at_any_statement_of_a_recall_the_end_is_the_same(tmp_path: Path, statement: int) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.arm("QN", statement)
        world.settle(30)
        assert status(world, "QN", matter) == "withdrawn"
        assert statements(world, "QN") == []
        assert world.nodes["QN"].keys.all() == set()
        agree(world, matter)
