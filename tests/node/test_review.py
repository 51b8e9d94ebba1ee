"""The automatic reading of a request at the secretariat: flags and questions, never a decision."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer
from tests.node.test_notice import ask, publish, reviewer, take

from comity.node.action import Order, take_step
from comity.node.query import holdings
from comity.node.review import Review, review_of
from comity.procedures.notice.findings import read_request
from comity.procedures.table import Sight
from comity.storage import acts as act_rows
from comity.storage import schema


def review(world: Federation, matter: str, member: str = "QS") -> Review | None:
    node = world.nodes[member]
    with node.store.read() as unit:
        held = holdings(node, unit, [act_rows.matter_rows(unit, [matter])[matter]])[0]
        return review_of(node, unit, reviewer(), held, world.now)


def codes(world: Federation, matter: str) -> set[str]:
    found = review(world, matter)
    assert found is not None
    return {flag.code for flag in found.flags}


def test_plain_request_raises_no_flag_and_only_the_secretariat_reads_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        assert codes(world, matter) == set()
        assert review(world, matter, "QM") is None


@pytest.mark.rule("R-04", "C-06", "C-05")
def test_words_raise_questions_and_never_a_refusal(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world, charges="Issuing an unfunded cheque", facts="Took a loan and insulted the head of state.")
        world.settle()
        found = review(world, matter)
        assert found is not None
        assert {"private_dispute", "pure_political"} <= {flag.code for flag in found.flags}
        assert all(len(flag.questions) > 0 for flag in found.flags)
        publish(world, matter)


@pytest.mark.rule("R-04")
def test_family_matter_asks_first_for_the_child(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world, charges="Taking a child against a custody order")
        world.settle()
        found = review(world, matter)
        assert found is not None
        questions = [q for flag in found.flags if flag.code == "family_matter" for q in flag.questions]
        assert any("yellow" in question for question in questions)


@pytest.mark.rule("P-4.4", "C-08")
def test_earlier_refusal_of_any_colour_is_shown_and_blue_after_red_is_flagged(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        first = ask(world)
        world.settle()
        examine = {"proposal": "refuse", "article": "art3", "reasons": "All."}
        take(world, "QS", first, "examination.examine", reviewer(1), **examine)
        take(world, "QS", first, "review.refuse", reviewer(2), ground="art3", reasons="Predominant.")
        world.settle()
        world.now += timedelta(days=30)
        blue: dict[str, Any] = {
            "last_name": "Varnholt", "first_name": "Ilka Jorun", "birth_date": "1984-07-23", "standing": "not_charged",
            "facts": "Seen near the port.", "asked": "Where is she?", "valid_until": "2027-05-31",
            "legality": "confirmed",
        }  # fmt: skip
        second = _ask_blue(world, blue)
        world.settle()
        found = review(world, second)
        assert found is not None
        assert {"before.refused", "before.blue_after_red"} <= {flag.code for flag in found.flags}


def _ask_blue(world: Federation, form: dict[str, Any]) -> str:
    order = Order("notice", "submit_blue", "request", data=form)
    return take_step(world.nodes["QM"], officer("QM"), order, world.now).matter


@pytest.mark.rule("S-07")
def test_resubmission_after_a_closing_on_protection_is_known_by_marks_alone(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        first = ask(world)
        world.settle()
        publish(world, first)
        take(world, "QS", first, "shield.cancel", reviewer(1), ground="protection", reasons="Confirmed.")
        world.settle(20)
        with world.nodes["QS"].store.read() as unit:
            assert list(unit.execute(select(schema.statement.c.value)).scalars()) == []
            assert not any("arnholt" in row.mark for row in unit.execute(select(schema.mark)))
        for member in ("QM", "QN", "QO"):
            with world.nodes[member].store.read() as unit:
                assert unit.execute(select(schema.mark)).all() == []
        again = ask(world, alias=["I. Varnholt"])
        world.settle()
        assert "before.protection" in codes(world, again)
        other = ask(world, last_name="Sorensen", passport=None)
        world.settle()
        assert "before.protection" not in codes(world, other)


def test_mark_of_an_ordinary_closing_says_nothing(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        first = ask(world)
        world.settle()
        publish(world, first)
        take(world, "QS", first, "shield.cancel", reviewer(1), ground="not_sought", reasons="No papers.")
        world.settle(20)
        again = ask(world)
        world.settle()
        assert "before.protection" not in codes(world, again)


@pytest.mark.rule("R-08")
def test_request_of_other_software_below_the_minimum_is_flagged() -> None:
    sight = Sight("QM", "QM.bureau", "", "2026-11-22T09:00:00.000Z", {"QM": "Arvenia", "QN": "Belmora"}, charter="QS")
    flags = list(read_request("red", {"last_name": "Varnholt", "standing": "accused"}, [], sight))
    assert {"R-06", "R-07", "R-09"} <= {flag.rule for flag in flags}


def test_protection_confirmed_on_another_members_notice_is_flagged(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        first = ask(world)
        world.settle()
        publish(world, first)
        take(world, "QN", first, "protection.confirm", basis="asylum", evidence="Granted in 2025.")
        world.settle()
        again = ask(world, member="QO")
        world.settle()
        assert "before.protection_open" in codes(world, again)


def test_open_request_of_the_person_is_flagged_until_it_is_decided(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        first = ask(world)
        world.settle()
        protector = officer("QS", "data_protection_officer")
        take(world, "QS", first, "inquiry.open_inquiry", protector)
        assert "before.data_subject" in codes(world, first)
        again = ask(world, member="QO")
        world.settle()
        assert "before.data_subject" in codes(world, again)
        take(world, "QS", first, "inquiry.close_inquiry", protector)
        assert "before.data_subject" not in codes(world, again)
        world.settle()
        with world.nodes["QM"].store.read() as unit:
            held = act_rows.acts_of(unit, [first])[first]
        assert not any(b"inquiry" in one.header for one in held)
