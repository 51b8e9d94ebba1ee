"""Alone at night: an approval by call-back, countersigned in the morning, or it lapses; calls and late entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tests.federation import Federation, federation, officer
from tests.node.clocks import clocks
from tests.node.test_message import law
from tests.node.test_road import SEND, statements, status

from comity.errors import InputRefused, RuleRefused
from comity.node import closing
from comity.node.action import Order, take_step
from comity.node.node import Node
from comity.node.query import matter_page
from comity.node.rota import add_turn
from comity.policy.paths import Entry
from comity.procedures.call import V1 as CALL
from comity.procedures.message import V1 as MESSAGES
from comity.storage import desk, schema

MESSAGE = MESSAGES.example["ask.ask"]

NIGHT = datetime(2026, 11, 23, 2, 40, tzinfo=UTC)
APPROVED = {
    "approval": "call_back",
    "life_at_risk": "A child in a lorry's refrigerated box.",
    "approver": "K. Vang, on-call prosecutor",
    "approved_at": "2026-11-23 02:38",
    "approver_number": "+999 01 0177",
}


def night(world: Federation) -> None:
    """Arvenia's profile says when nobody sends alone; it is 02:40 there."""
    hours = {"duty.alone.from": "22:00", "duty.alone.until": "06:00"}
    law(world, "QM", {path: Entry(value, "", "Duty order 4", "V") for path, value in hours.items()})
    world.now = NIGHT
    begins, ends = NIGHT - timedelta(hours=6), NIGHT + timedelta(hours=4)
    add_turn(world.nodes["QM"], "approver", "K. Vang", "+999 01 0177", begins, ends)


def send(world: Federation, role: str = "duty_officer", **changes: Any) -> str:
    order = Order("diffusion", "send", "owner", data={**SEND, **changes})
    return take_step(world.nodes["QM"], officer("QM", role), order, world.now).matter


def step(world: Federation, matter: str, name: str, n: int = 2) -> None:
    on, _, word = name.partition(".")
    who = officer("QM", "supervisor", n=n)
    take_step(world.nodes["QM"], who, Order("diffusion", word, on, matter=matter), world.now)


@pytest.mark.rule("P-6")
def test_nobody_sends_alone_at_night_without_an_approval_by_call_back(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        night(world)
        with pytest.raises(InputRefused) as refused:
            send(world)
        assert [(d.rule, d.field) for d in refused.value.defects] == [("P-6", "approval")]
        with pytest.raises(InputRefused) as bare:
            send(world, approval="call_back")
        assert {d.field for d in bare.value.defects} == {"life_at_risk", "approver", "approved_at", "approver_number"}
        with pytest.raises(InputRefused) as stranger:
            send(world, **{**APPROVED, "approver": "Somebody else"})
        assert [d.rule for d in stranger.value.defects] == ["flag:P-6.rota"]
        with pytest.raises(InputRefused) as early:
            send(world, **{**APPROVED, "approved_at": "2026-11-23 02:44"})
        assert [(d.rule, d.field) for d in early.value.defects] == [("P-6", "approved_at")]
        assert send(world, **APPROVED) != ""
        world.now = NIGHT + timedelta(hours=6)
        assert send(world) != ""


def test_who_approved_stays_in_the_bureau(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        night(world)
        matter = send(world, **APPROVED)
        world.settle()
        for member in ("QN", "QO", "QS"):
            assert status(world, member, matter) == "sent"
            assert "Vang" not in " ".join(statements(world, member))
            assert not _holds(world, member, matter, "approval")
        assert _holds(world, "QM", matter, "approval")


def _holds(world: Federation, member: str, matter: str, kind: str) -> bool:
    with world.nodes[member].store.read() as unit:
        query = select(schema.part.c.kind).where(schema.part.c.matter == matter, schema.part.c.kind == kind)
        return unit.execute(query).first() is not None


@pytest.mark.rule("P-6")
def test_approval_that_nobody_countersigns_by_ten_lapses(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        night(world)
        matter = send(world, **APPROVED)
        world.settle()
        line = clocks(world, "QM", matter)["diffusion.countersign "]
        assert line.at == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        world.now = datetime(2026, 11, 23, 9, 59, tzinfo=UTC)
        world.settle()
        assert status(world, "QN", matter) == "sent"
        world.now = datetime(2026, 11, 23, 10, 1, tzinfo=UTC)
        world.settle(20)
        assert [status(world, member, matter) for member in ("QM", "QN", "QO")] == ["withdrawn"] * 3
        assert statements(world, "QN") == []


def test_countersigned_approval_stands(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        night(world)
        matter = send(world, **APPROVED)
        world.settle()
        order = Order("diffusion", "countersign", "countersign", matter=matter)
        with pytest.raises(RuleRefused):
            take_step(world.nodes["QM"], officer("QM", n=2), order, world.now)
        step(world, matter, "countersign.countersign")
        world.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        world.settle(20)
        assert status(world, "QN", matter) == "sent"


def test_whoever_sent_it_does_not_countersign(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        night(world)
        matter = _sent_by_supervisor(world)
        with pytest.raises(InputRefused) as refused:
            step(world, matter, "countersign.countersign", n=1)
        assert [d.rule for d in refused.value.defects] == ["P-6"]


def _sent_by_supervisor(world: Federation) -> str:
    one = officer("QM", "supervisor")
    both = replace(one, roles=frozenset({"duty_officer", "supervisor"}))
    order = Order("diffusion", "send", "owner", data={**SEND, **APPROVED})
    return take_step(world.nodes["QM"], both, order, world.now).matter


def log_call(world: Federation, **changes: Any) -> str:
    data = {**CALL.example["call.log"], **changes}
    return take_step(world.nodes["QM"], officer("QM"), Order("call", "log", "call", data=data), world.now).matter


def test_call_stays_in_the_bureau_and_something_agreed_needs_a_call_back(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused) as refused:
            log_call(world, agreed="Nobody stops it.", called_back="")
        assert [d.field for d in refused.value.defects] == ["called_back"]
        with pytest.raises(InputRefused) as strange:
            log_call(world, called_back="+1 555 0100")
        assert [d.rule for d in strange.value.defects] == ["flag:P-6.number"]
        matter = log_call(world, agreed="Nobody stops it.", called_back="+00 0000 0000")
        world.settle()
        assert [status(world, member, matter) for member in ("QM", "QN")] == ["logged", ""]


def test_urgent_request_by_telephone_starts_the_clock_of_its_written_confirmation(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        plain = log_call(world, called_back="+00 0000 0000")
        assert clocks(world, "QM", plain) == {}
        matter = log_call(world, asked="yes", called_back="+00 0000 0000")
        line = clocks(world, "QM", matter)["call.written "]
        assert line.at is not None
        assert line.at - line.began == timedelta(hours=24)
        order = Order("call", "confirmed", "call", matter=matter, data={"matter": "0" * 32})
        take_step(world.nodes["QM"], officer("QM"), order, world.now)
        assert not clocks(world, "QM", matter)["call.written "].is_open


@pytest.mark.rule("P-6")
def test_what_is_entered_late_names_its_hour_and_its_page(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused) as refused:
            log_call(world, happened_at="2026-11-22 02:35", called_back="+00 0000 0000")
        assert [d.field for d in refused.value.defects] == ["paper"]
        with pytest.raises(InputRefused) as future:
            log_call(world, happened_at="2026-12-24 02:35", paper="14", called_back="+00 0000 0000")
        assert [d.field for d in future.value.defects] == ["happened_at"]
        assert log_call(world, happened_at="2026-11-22 02:35", paper="14", called_back="+00 0000 0000") != ""


def test_one_lapse_that_cannot_be_done_holds_no_other_lapse_and_no_escalation_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with federation(tmp_path) as world:
        night(world)
        stuck, good = sorted((send(world, **APPROVED), send(world, **APPROVED)))
        world.settle()
        asked = take_step(
            world.nodes["QN"],
            officer("QN"),
            Order("message", "ask", "ask", data={**MESSAGE, "to": ["QM"], "level": "urgent", "reason": "It leaves."}),
            world.now,
        ).matter
        world.settle()
        really = closing.take_automatic

        def take(node: Node, unit: Connection, matter: str, name: str, now: datetime) -> str:
            if matter == stuck:
                raise RuleRefused("Not possible now.", rule="table.state")
            return really(node, unit, matter, name, now)

        monkeypatch.setattr(closing, "take_automatic", take)
        world.now = NIGHT + timedelta(hours=12)
        world.settle(20)
        assert [status(world, "QN", matter) for matter in (stuck, good)] == ["sent", "withdrawn"]
        with world.nodes["QM"].store.read() as unit:
            assert asked in {one.matter for one in desk.escalations(unit)}
        monkeypatch.undo()
        world.settle(20)
        assert status(world, "QN", stuck) == "withdrawn"


@pytest.mark.parametrize("answer", ["", "accept"])
def test_offering_it_to_another_agency_escapes_no_countersignature(tmp_path: Path, answer: str) -> None:
    with federation(tmp_path) as world:
        night(world)
        matter = send(world, **APPROVED)
        order = Order("diffusion", "offer", "owner", matter=matter, data={"to": "QM.federal"})
        take_step(world.nodes["QM"], officer("QM"), order, world.now)
        if answer != "":
            order = Order("diffusion", answer, "owner", matter=matter)
            take_step(world.nodes["QM"], officer("QM", agency="federal"), order, world.now)
        world.settle()
        world.now = NIGHT + timedelta(hours=12)
        world.settle(20)
        assert [status(world, member, matter) for member in ("QM", "QN")] == ["withdrawn"] * 2
        assert statements(world, "QN") == []


def test_agency_that_offered_it_withdraws_while_nobody_has_answered(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = take_step(world.nodes["QM"], officer("QM"), Order("diffusion", "send", "owner", data=SEND), world.now)
        order = Order("diffusion", "offer", "owner", matter=matter.matter, data={"to": "QM.federal"})
        take_step(world.nodes["QM"], officer("QM"), order, world.now)
        world.settle()
        offered = {step.name for step in matter_page(world.nodes["QM"], officer("QM"), matter.matter, world.now).steps}
        assert "withdraw" in offered
        assert "update" not in offered
        order = Order("diffusion", "withdraw", "owner", matter=matter.matter, data={"ground": "error"})
        take_step(world.nodes["QM"], officer("QM"), order, world.now)
        world.settle(20)
        assert [status(world, member, matter.matter) for member in ("QM", "QN")] == ["withdrawn"] * 2
        assert statements(world, "QN") == []
