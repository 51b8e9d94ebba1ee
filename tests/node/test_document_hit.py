"""A document hit: possible until the owner of the record says so; nothing leaves before protection and gates."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.federation import Federation, federation, officer
from tests.node.clocks import clocks
from tests.node.test_message import law
from tests.node.test_road import status
from tests.node.test_travel_document import report, said
from tests.node.test_travel_document import take as record_step

from comity.errors import InputRefused, RuleRefused
from comity.node.action import Order, take_step
from comity.policy.paths import Entry
from comity.procedures.document_hit import V1
from comity.storage import acts as act_rows
from comity.storage import desk

TELL = {**V1.example["hit.tell"], "to": ["QM"], "number": "QM4471902", "seen_at": "2026-11-22 06:10"}


def tell(world: Federation, record: str, **changes: Any) -> str:
    """Belmora tells Arvenia of a hit; returns the matter."""
    data = {name: value for name, value in {**TELL, "about": record, **changes}.items() if value is not None}
    order = Order("document_hit", "tell", "hit", matter=data.pop("matter", ""), data=data)
    return take_step(world.nodes["QN"], officer("QN", "second_line"), order, world.now).matter


def step(world: Federation, member: str, matter: str, name: str, role: str = "duty_officer", **data: Any) -> str:
    """One step of a hit."""
    track, _, word = name.partition(".")
    order = Order("document_hit", word, track, matter=matter, data=data)
    return take_step(world.nodes[member], officer(member, role), order, world.now).act


def reported(world: Federation) -> str:
    """A stolen passport of Arvenia, known to everybody."""
    record = report(world)
    world.settle()
    return record


@pytest.mark.rule("TD-4")
def test_finder_tells_the_owner_who_confirms_and_both_have_the_outcome(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        hit = tell(world, reported(world))
        world.settle()
        assert status(world, "QM", hit) == status(world, "QN", hit) == "told"
        with world.nodes["QM"].store.read() as unit:
            assert [alert["matter"] for alert in desk.alerts(unit, ["QM.bureau"])] == [hit]
        with world.nodes["QO"].store.read() as unit:
            assert act_rows.matter_rows(unit, [hit]) == {}
        step(world, "QM", hit, "answer.acknowledge")
        step(world, "QM", hit, "answer.confirm", checked="file", text="Please keep it (Passport Act s. 12).")
        world.settle()
        assert status(world, "QN", hit) == "confirmed"
        step(world, "QN", hit, "hit.outcome", "second_line", done="kept", text="Kept under Border Code art. 8.")
        world.settle()
        assert [status(world, member, hit) for member in ("QM", "QN")] == ["closed"] * 2


@pytest.mark.rule("TD-4")
def test_words_of_a_hit_say_possible_and_that_it_is_no_ground_to_detain() -> None:
    words = {one.code: one.says for one in V1.statuses}
    assert words["told"] == "Possible: confirm with the owner first; by itself no ground to detain"
    assert "no ground to detain" in words["acknowledged"]
    tell_step = V1.step("tell", "hit")
    assert tell_step is not None
    assert "Possible: confirm with the owner first" in tell_step.says


@pytest.mark.rule("TD-4")
def test_hit_is_told_to_the_owner_alone_of_what_the_register_says(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        record = reported(world)
        for changes, field in (
            ({"to": ["QO"]}, "to"),
            ({"to": ["QM", "QO"]}, "to"),
            ({"about": "f" * 32}, "about"),
            ({"number": "QM4471903"}, "number"),
            ({"kind": "I"}, "number"),
            ({"seen_at": "2026-11-23 06:10"}, "seen_at"),
            ({"holder": "Ilka Varnholt"}, "why_name"),
        ):
            with pytest.raises(InputRefused) as refused:
                tell(world, record, **changes)
            assert field in {d.field for d in refused.value.defects}
            assert {d.rule for d in refused.value.defects} == {"TD-4"}
        own = Order("document_hit", "tell", "hit", data={**TELL, "about": record, "to": ["QN"]})
        with pytest.raises(InputRefused) as mine:
            take_step(world.nodes["QM"], officer("QM"), own, world.now)
        assert [d.says for d in mine.value.defects] == ["The record is your own."]


@pytest.mark.rule("P-4.1")
def test_nothing_leaves_about_the_document_of_somebody_who_asks_for_asylum(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        record = reported(world)
        with pytest.raises(InputRefused) as refused:
            tell(world, record, protection="yes")
        assert [d.rule for d in refused.value.defects] == ["P-4.1"]


def test_answer_about_protection_never_leaves_the_bureau(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        hit = tell(world, reported(world))
        world.settle()
        with world.nodes["QM"].store.read() as unit:
            held = {part.kind for some in act_rows.parts_of_acts(unit, _acts(world, hit)).values() for part in some}
        assert held == {"shown"}


def _acts(world: Federation, matter: str) -> list[str]:
    with world.nodes["QM"].store.read() as unit:
        return [one.digest for one in act_rows.acts_of(unit, [matter])[matter]]


@pytest.mark.rule("P-4.2")
def test_hit_for_a_member_that_knows_the_death_penalty_passes_a_senior_officer_first(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        record = reported(world)
        law(world, "QM", {"punishment.death": Entry(("treason",), "", "Penal Code art. 4", "V")})
        with pytest.raises(InputRefused) as refused:
            tell(world, record)
        assert [d.rule for d in refused.value.defects] == ["P-4.2"]
        gate = {"about": record, "assurances": "Note verbale 7.", "reasons": "A theft of blanks."}
        order = Order("document_hit", "pass", "gate", data=gate)
        passed = take_step(world.nodes["QN"], officer("QN", "senior_officer"), order, world.now).matter
        tell(world, record, matter=passed)
        world.settle()
        assert status(world, "QM", passed) == "told"
        assert not any(b'"gate"' in one for one in _headers(world, "QM", passed))


def _headers(world: Federation, member: str, matter: str) -> list[bytes]:
    with world.nodes[member].store.read() as unit:
        return [one.header for one in act_rows.acts_of(unit, [matter])[matter]]


@pytest.mark.rule("TD-4")
def test_owner_puts_its_record_right_before_it_says_that_it_was_wrong(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        record = reported(world)
        hit = tell(world, record)
        world.settle()
        step(world, "QM", hit, "answer.acknowledge")
        with pytest.raises(InputRefused) as early:
            step(world, "QM", hit, "answer.put_right", reason="found_again")
        assert [d.rule for d in early.value.defects] == ["TD-4"]
        assert "“Found again”" in early.value.defects[0].remedy
        record_step(world, record, "found", how="holder")
        step(world, "QM", hit, "answer.put_right", reason="found_again", text="The holder has it again.")
        world.settle(20)
        assert status(world, "QN", hit) == "put_right"
        assert [said(world, member, "QM4471902") for member in ("QM", "QN", "QO")] == [()] * 3


def test_mistyped_number_is_put_right_by_a_correction(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        record = reported(world)
        hit = tell(world, record)
        world.settle()
        step(world, "QM", hit, "answer.acknowledge")
        step(world, "QM", hit, "answer.confirm", checked="register")
        record_step(world, record, "correct", country="QM", kind="P", number="QM4471920", state="stolen")
        step(world, "QM", hit, "answer.put_right", reason="mistyped")
        world.settle()
        assert status(world, "QN", hit) == "put_right"
        assert [len(said(world, "QN", number)) for number in ("QM4471902", "QM4471920")] == [0, 1]


def test_owner_says_that_it_is_another_document(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        hit = tell(world, reported(world))
        world.settle()
        step(world, "QM", hit, "answer.acknowledge")
        step(world, "QM", hit, "answer.not_ours", text="The number is of an older series; ours has another photograph.")
        world.settle()
        assert status(world, "QN", hit) == "not_ours"


def test_clocks_of_a_hit_run_at_the_owner_and_say_that_nobody_signed_them(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        hit = tell(world, reported(world))
        world.settle()
        first, answer = (clocks(world, "QM", hit)[f"document_hit.{name} QM"] for name in ("acknowledge", "answer"))
        assert first.at is not None
        assert answer.at is not None
        assert (first.at - first.began, answer.at - answer.began) == (timedelta(minutes=15), timedelta(hours=1))
        assert "unsigned" in str(answer.standing)
        step(world, "QM", hit, "answer.acknowledge")
        assert not clocks(world, "QM", hit)["document_hit.acknowledge QM"].is_open


def test_hit_that_is_taken_back_is_gone_at_the_owner(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        hit = tell(world, reported(world), holder="Ilka Varnholt", why_name="To find the file.")
        world.settle()
        step(world, "QN", hit, "hit.withdraw", "second_line", ground="misread")
        world.settle(20)
        assert [status(world, member, hit) for member in ("QM", "QN")] == ["withdrawn"] * 2
        with world.nodes["QM"].store.read() as unit:
            parts = [one for some in act_rows.parts_of_acts(unit, _acts(world, hit)).values() for one in some]
        assert all(part.gone is not None for part in parts)


def test_nobody_but_the_owner_answers(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        hit = tell(world, reported(world))
        world.settle()
        with pytest.raises(RuleRefused):
            step(world, "QO", hit, "answer.acknowledge")
        with pytest.raises(RuleRefused):
            step(world, "QN", hit, "answer.acknowledge")
