"""A message between points of contact: reasons, clocks that run and stand, refusals, consent, withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer
from tests.node.clocks import clocks
from tests.node.test_road import statements, status

from comity.errors import InputRefused, RuleRefused
from comity.node.action import Order, take_step
from comity.policy.laws import Laws
from comity.policy.paths import Entry
from comity.policy.profile import LegalProfile, Officer
from comity.procedures.message import V1
from comity.storage import acts as act_rows
from comity.storage import schema


def send(world: Federation, member: str = "QM", **changes: Any) -> str:
    """A message; returns its matter."""
    data = {**V1.example["ask.ask"], "to": ["QN"], **changes}
    order = Order("message", "ask", "ask", data=data)
    return take_step(world.nodes[member], officer(member), order, world.now).matter


def step(world: Federation, member: str, matter: str, name: str, role: str = "duty_officer", **data: Any) -> str:
    """One step of a message."""
    track, _, word = name.partition(".")
    order = Order("message", word, track, matter=matter, data=data)
    return take_step(world.nodes[member], officer(member, role), order, world.now).act


def law(world: Federation, member: str, values: dict[str, Entry]) -> None:
    """A signed profile of one member, as every node reads it."""
    for node in world.nodes.values():
        before = node.laws.versions[member][0]
        officer_of_law = Officer("A. Lund", "Legal office")
        version = len(node.laws.versions[member])
        said = LegalProfile(member, before.name, version, before.valid_from, officer_of_law, values, before.packs)
        node.laws = node.laws.adopted(said)


@pytest.mark.rule("E-02")
def test_urgent_message_without_a_reason_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        for level in ("flash", "urgent"):
            with pytest.raises(InputRefused) as refused:
                send(world, level=level)
            assert [d.rule for d in refused.value.defects] == ["E-02"]
        assert send(world, level="urgent", reason="The coach leaves at noon.") != ""


@pytest.mark.rule("E-01")
def test_message_names_sender_receiver_urgency_purpose_and_what_it_answers(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        first = send(world)
        world.settle()
        reply = send(world, "QN", to=["QM"], in_reply_to=first)
        world.settle()
        with world.nodes["QM"].store.read() as unit:
            row = act_rows.matter_rows(unit, [reply])[reply]
        assert row["owner_member"] == "QN"
        with pytest.raises(InputRefused) as refused:
            send(world, level=None, purpose=None, subject="")
        assert {d.field for d in refused.value.defects} == {"level", "purpose", "subject"}


@pytest.mark.rule("E-03")
def test_clock_starts_at_receipt_and_runs_on_wall_clock_hours(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, level="urgent", reason="The coach leaves at noon.")
        world.now += timedelta(hours=3)
        world.settle()
        received = clocks(world, "QN", matter)["message.answer QN"]
        assert received.at is not None
        assert received.at - received.began == timedelta(hours=8)
        assert received.began - clocks(world, "QM", matter)["message.answer QN"].began >= timedelta(hours=3)


def test_question_back_stops_the_clock_of_the_answer_and_no_other(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, to=["QN", "QO"])
        world.settle()
        for member in ("QN", "QO"):
            step(world, member, matter, "answer.acknowledge")
        before = clocks(world, "QN", matter)["message.answer QN"].at
        step(world, "QN", matter, "answer.ask_back", text="Which June?")
        world.settle()
        standing = clocks(world, "QM", matter)
        assert standing["message.answer QN"].stands
        assert standing["message.answer QN"].at is None
        assert not standing["message.answer QO"].stands
        world.now += timedelta(hours=5)
        step(world, "QM", matter, "ask.clarified", text="2025.")
        world.settle()
        after = clocks(world, "QN", matter)["message.answer QN"].at
        assert before is not None
        assert after is not None
        assert timedelta(hours=5) <= after - before < timedelta(hours=6)


def test_acknowledgement_and_answer_end_their_clocks(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "answer.acknowledge")
        assert not clocks(world, "QN", matter)["message.acknowledge QN"].is_open
        step(world, "QN", matter, "answer.answer_in_part", text="The holder.", use="intelligence")
        assert clocks(world, "QN", matter)["message.answer QN"].is_open
        step(world, "QN", matter, "answer.answer", text="The address.", use="evidence_with_consent")
        world.settle()
        assert not clocks(world, "QM", matter)["message.answer QN"].is_open
        assert status(world, "QM", matter) == "answered"


@pytest.mark.rule("P-1")
def test_every_answer_says_what_it_may_be_used_as(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "answer.acknowledge")
        with pytest.raises(InputRefused) as refused:
            step(world, "QN", matter, "answer.answer", text="The address.")
        assert [d.field for d in refused.value.defects] == ["use"]


@pytest.mark.rule("P-1")
def test_refusal_has_a_ground_as_code_and_reasons(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "answer.acknowledge")
        with pytest.raises(InputRefused) as refused:
            step(world, "QN", matter, "answer.refuse", ground="because")
        assert {d.field for d in refused.value.defects} == {"ground", "reasons"}
        step(world, "QN", matter, "answer.refuse", ground="third_party", reasons="The owner of the data refused.")
        world.settle()
        assert status(world, "QM", matter) == "refused"


@pytest.mark.rule("E-05")
def test_urgency_is_lowered_by_a_supervisor_with_a_reason_and_never_raised(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, level="urgent", reason="The coach leaves at noon.")
        world.settle()
        with pytest.raises(RuleRefused):
            step(world, "QM", matter, "ask.lower", level="routine", reason="It has left.")
        with pytest.raises(InputRefused) as refused:
            step(world, "QM", matter, "ask.lower", "supervisor", level="flash", reason="No.")
        assert [d.rule for d in refused.value.defects] == ["E-05"]
        step(world, "QM", matter, "ask.lower", "supervisor", level="priority", reason="It has left.")
        world.settle()
        line = clocks(world, "QN", matter)["message.answer QN"]
        assert line.at is not None
        assert line.at - line.began == timedelta(days=3)


@pytest.mark.rule("P-4.2")
def test_answer_to_a_member_that_knows_the_death_penalty_needs_a_senior_officer(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        law(world, "QM", {"punishment.death": Entry(("murder",), "", "Penal Code art. 4", "V")})
        step(world, "QN", matter, "answer.acknowledge")
        with pytest.raises(InputRefused) as refused:
            step(world, "QN", matter, "answer.answer", text="The address.", use="intelligence")
        assert [d.rule for d in refused.value.defects] == ["P-4.2"]
        with pytest.raises(RuleRefused):
            step(world, "QN", matter, "gate.pass", assurances="Note verbale 7.", reasons="No such offence.")
        step(
            world, "QN", matter, "gate.pass", "senior_officer", assurances="Note verbale 7.", reasons="No such offence."
        )
        step(world, "QN", matter, "answer.answer", text="The address.", use="intelligence")
        world.settle()
        assert status(world, "QM", matter) == "answered"
        with world.nodes["QM"].store.read() as unit:
            held = act_rows.acts_of(unit, [matter])[matter]
        assert not any(b"gate" in one.header for one in held)


def test_consent_to_pass_on_reaches_only_the_member_that_asked(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, to=["QN", "QO"])
        world.settle()
        step(world, "QN", matter, "answer.acknowledge")
        step(world, "QN", matter, "answer.ask_onward", to_whom=["QS"], what_for="Review.")
        world.settle()
        step(world, "QM", matter, "consent.grant", party="QN", scope="To the secretariat, for review.")
        world.settle()
        with world.nodes["QO"].store.read() as unit:
            held = act_rows.acts_of(unit, [matter])[matter]
        assert not any(b"consent/QN" in one.header for one in held)
        with pytest.raises(InputRefused):
            step(world, "QM", matter, "consent.grant", party="QP", scope="x")


def test_withdrawn_message_is_gone_everywhere(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QM", matter, "ask.withdraw", ground="error")
        world.settle(20)
        assert [status(world, member, matter) for member in ("QM", "QN")] == ["withdrawn"] * 2
        assert statements(world, "QN") == []


def test_level_without_a_rule_has_no_hour_and_says_so(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        node = world.nodes["QN"]
        node.laws = Laws({**node.laws.versions, "QS": (replace(node.laws.versions["QS"][0], packs=()),)})
        line = clocks(world, "QN", matter)["message.answer QN"]
        assert line.at is None
        assert "ask your lawyer" in line.rule


def passed_on(world: Federation) -> tuple[str, str]:
    """(the question, the message that passed it on to Cordia with consent)."""
    matter = send(world)
    world.settle()
    step(world, "QN", matter, "answer.acknowledge")
    with pytest.raises(InputRefused) as early:
        send(world, "QN", to=["QO"], forwards=matter)
    assert [d.field for d in early.value.defects] == ["forwards"]
    step(world, "QN", matter, "answer.ask_onward", to_whom=["QO"], what_for="Their records hold the number.")
    world.settle()
    step(world, "QM", matter, "consent.grant", party="QN", scope="To Cordia, for this number.", until="2026-12-31")
    world.settle()
    with pytest.raises(InputRefused) as beyond:
        send(world, "QN", to=["QS"], forwards=matter)
    assert [d.field for d in beyond.value.defects] == ["to"]
    onward = send(world, "QN", to=["QO"], forwards=matter, question="Arvenia asks who held +999 02 555 0182.")
    world.settle()
    assert status(world, "QO", onward) == "asked"
    return matter, onward


def test_passing_on_needs_consent_and_only_to_whom_it_names(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter, _ = passed_on(world)
        world.now += timedelta(days=60)
        with pytest.raises(InputRefused) as late:
            send(world, "QN", to=["QO"], forwards=matter)
        assert "ran until 2026-12-31" in late.value.defects[0].says


@pytest.mark.parametrize("ending", ["withdraw", "revoke"])
def test_recall_walks_on_to_whoever_it_was_passed_on_to(tmp_path: Path, ending: str) -> None:
    with federation(tmp_path) as world:
        matter, onward = passed_on(world)
        if ending == "withdraw":
            step(world, "QM", matter, "ask.withdraw", ground="error")
        else:
            step(world, "QM", matter, "consent.revoke", party="QN")
        world.settle(20)
        assert status(world, "QO", onward) == "withdrawn"
        assert _content_of(world, "QO", onward) == 0
        assert _content_of(world, "QN", onward) == 0


@pytest.mark.parametrize("closed", [False, True])
def test_what_was_passed_on_is_recalled_when_the_last_day_of_the_consent_is_over(tmp_path: Path, closed: bool) -> None:
    with federation(tmp_path) as world:
        matter, onward = passed_on(world)
        if closed:
            step(world, "QN", onward, "ask.close")
        world.now = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
        world.settle(20)
        assert status(world, "QO", onward) == ("closed" if closed else "asked")
        world.now += timedelta(hours=2)
        world.settle(20)
        assert [status(world, member, onward) for member in ("QN", "QO")] == ["withdrawn"] * 2
        assert _content_of(world, "QO", onward) == _content_of(world, "QN", onward) == 0
        assert status(world, "QN", matter) != "withdrawn"
        assert _content_of(world, "QN", matter) > 0


@pytest.mark.parametrize("ending", ["withdraw", "revoke"])
def test_recall_walks_on_although_the_copy_was_closed(tmp_path: Path, ending: str) -> None:
    with federation(tmp_path) as world:
        matter, onward = passed_on(world)
        step(world, "QN", onward, "ask.close")
        world.settle()
        if ending == "withdraw":
            step(world, "QM", matter, "ask.withdraw", ground="error")
        else:
            step(world, "QM", matter, "consent.revoke", party="QN")
        world.settle(20)
        assert status(world, "QO", onward) == "withdrawn"
        assert _content_of(world, "QO", onward) == 0


def _content_of(world: Federation, member: str, matter: str) -> int:
    with world.nodes[member].store.read() as unit:
        query = select(schema.part.c.commitment).where(schema.part.c.matter == matter, schema.part.c.hidden.is_(None))
        return len(unit.execute(query).all())
