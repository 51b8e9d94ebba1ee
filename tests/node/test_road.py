"""The road from one desk to another: sent, taken up, withdrawn, erased."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer

from comity.errors import InputRefused, RuleRefused
from comity.model.act import read_header
from comity.node.action import Order, take_step
from comity.procedures.diffusion import V2
from comity.procedures.machine import fold
from comity.storage import acts as act_rows
from comity.storage import post, schema

SEND = {**V2.example["owner.send"], "to": ["QN", "QO"]}


def send(world: Federation, **changes: object) -> str:
    node = world.nodes["QM"]
    order = Order("diffusion", "send", "owner", data={**SEND, **changes})
    return take_step(node, officer("QM"), order, world.now).matter


def step(world: Federation, member: str, matter: str, name: str, role: str = "duty_officer", **data: object) -> str:
    track, _, step_name = name.partition(".")
    order = Order("diffusion", step_name, track, matter=matter, data=data)
    return take_step(world.nodes[member], officer(member, role), order, world.now).act


def status(world: Federation, member: str, matter: str) -> str:
    with world.nodes[member].store.read() as unit:
        rows = act_rows.matter_rows(unit, [matter])
        return str(rows[matter]["status"]) if matter in rows else ""


def statements(world: Federation, member: str) -> list[str]:
    with world.nodes[member].store.read() as unit:
        return list(unit.execute(select(schema.statement.c.value)).scalars())


@pytest.mark.rule("N-04")
def test_diffusion_reaches_both_desks_and_the_reviewer(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        assert [status(world, m, matter) for m in ("QM", "QN", "QO", "QS")] == ["sent"] * 4
        assert "Ilka Jorun Varnholt" in statements(world, "QN")
        for member in ("QN", "QO"):
            with world.nodes[member].store.read() as unit:
                assert unit.execute(select(schema.alert.c.matter)).scalars().all().count(matter) >= 1


def test_withdrawal_hides_then_destroys_then_is_gone_and_is_answered_by_name(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "reply.acknowledge")
        step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
        world.settle()
        recall = step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle()
        assert [status(world, m, matter) for m in ("QM", "QN", "QO", "QS")] == ["withdrawn"] * 4
        for member in ("QM", "QN", "QO", "QS"):
            assert statements(world, member) == []
            assert world.nodes[member].keys.all() == {
                c for c in world.nodes[member].keys.all() if _track_of(world, member, c).startswith("reply")
            }
        with world.nodes["QM"].store.read() as unit:
            said = {(r.member, r.code, r.moment) for r in post.receipts_of(unit, [recall])}
        for member in ("QN", "QO", "QS"):
            assert {
                (member, "recorded", ""),
                (member, "erased", "hidden"),
                (member, "erased", "keyless"),
                (member, "erased", "gone"),
            } <= said


def _track_of(world: Federation, member: str, commitment: str) -> str:
    with world.nodes[member].store.read() as unit:
        return act_rows.parts_by_commitment(unit, [commitment])[commitment].track


def test_form_is_refused_with_all_findings_at_once(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused) as refused:
            send(world, to=["QN", "QX"], warrant="", offence="", valid_until="2020-01-01")
        assert {d.field for d in refused.value.defects} == {"to", "warrant", "offence", "valid_until"}


def test_take_up_after_withdrawal_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "reply.acknowledge")
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle()
        with pytest.raises(RuleRefused):
            step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")


def test_crossing_take_up_is_shown_as_not_applied(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "reply.acknowledge")
        take_up = step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle()
        for member in ("QM", "QN"):
            node = world.nodes[member]
            with node.store.read() as unit:
                held = act_rows.acts_of(unit, [matter])[matter]
            view = fold(V2, {a.digest: read_header(a.header) for a in held}, "QS")
            assert view.settled[take_up] == "not_applied"
