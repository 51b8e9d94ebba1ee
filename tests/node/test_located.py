"""A finding: nothing leaves before the gates, the owner is told by a separate act, custody has its hours."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.federation import Federation, federation, officer
from tests.node.clocks import clocks
from tests.node.test_message import law
from tests.node.test_notice import ask, publish, take
from tests.node.test_road import status

from comity.errors import InputRefused
from comity.node.action import Order, take_step
from comity.policy.paths import Entry
from comity.storage import acts as act_rows
from comity.storage import desk, post

CLEAR = {
    "refugee": "no",
    "claim": "no",
    "convention_document": "no",
    "minor": "no",
    "victim": "no",
    "asked": "The second line, in English: no fear of return.",
}


def found(world: Federation, notice: str, member: str = "QN", **changes: Any) -> str:
    """A finding opened at a member; returns its matter."""
    data = {"about": notice, "found_at": "2026-11-22 06:10", "where": "Arrivals", **changes}
    return take_step(
        world.nodes[member], officer(member), Order("located", "open", "finding", data=data), world.now
    ).matter


def step(world: Federation, member: str, matter: str, name: str, role: str = "duty_officer", **data: Any) -> str:
    """One step of a finding."""
    track, _, word = name.partition(".")
    order = Order("located", word, track, matter=matter, data=data)
    return take_step(world.nodes[member], officer(member, role), order, world.now).act


def published(world: Federation) -> str:
    """A red notice of Arvenia, published."""
    notice = ask(world)
    world.settle()
    publish(world, notice)
    return notice


def told(world: Federation, notice: str) -> str:
    """A finding at Belmora, verified, through the gates and told."""
    matter = found(world, notice)
    step(world, "QN", matter, "finding.verify", how="fingerprints", detail="Ten prints against the notice.")
    step(world, "QN", matter, "finding.gates", **CLEAR)
    step(world, "QN", matter, "told.tell", to=["QM"], about=notice, located="Arrivals", identity="fingerprints",
         measure="none")  # fmt: skip
    world.settle()
    return matter


def test_nothing_of_a_finding_leaves_before_it_is_told(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        with world.nodes["QN"].store.read() as unit:
            before = post.backlog(unit)
        matter = found(world, notice)
        step(world, "QN", matter, "finding.verify", how="portrait", detail="By the second line.")
        step(world, "QN", matter, "finding.gates", **CLEAR)
        with world.nodes["QN"].store.read() as unit:
            assert post.backlog(unit) == before
        world.settle()
        assert [status(world, m, matter) for m in ("QM", "QO", "QS")] == ["", "", ""]


@pytest.mark.rule("R-11", "P-3")
def test_owner_is_told_by_a_separate_act_after_the_gates(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        matter = found(world, notice)
        with pytest.raises(InputRefused) as early:
            step(world, "QN", matter, "told.tell", to=["QM"], about=notice, located="x", identity="document",
                 measure="none")  # fmt: skip
        assert {d.rule for d in early.value.defects} == {"P-4.1"}
        other = told(world, notice)
        assert status(world, "QM", other) == "told"
        assert status(world, "QO", other) == ""


def test_finding_is_told_to_the_owner_of_the_notice_alone(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        matter = found(world, notice)
        step(world, "QN", matter, "finding.verify", how="portrait", detail="By the second line.")
        step(world, "QN", matter, "finding.gates", **CLEAR)
        for to in (["QO"], ["QM", "QO"]):
            with pytest.raises(InputRefused) as refused:
                step(world, "QN", matter, "told.tell", to=to, about=notice, located="x", identity="document",
                     measure="none")  # fmt: skip
            assert "R-11" in {d.rule for d in refused.value.defects}


@pytest.mark.rule("P-4.1")
@pytest.mark.parametrize("gate", ["refugee", "claim", "convention_document", "minor", "victim"])
def test_any_protection_stops_the_road(tmp_path: Path, gate: str) -> None:
    with federation(tmp_path) as world:
        matter = found(world, published(world))
        step(world, "QN", matter, "finding.verify", how="document", detail="By the second line.")
        with pytest.raises(InputRefused) as refused:
            step(world, "QN", matter, "finding.gates", **{**CLEAR, gate: "yes"})
        assert [(d.rule, d.field) for d in refused.value.defects] == [("P-4.1", gate)]


@pytest.mark.rule("P-4.1")
@pytest.mark.parametrize("code", ["XXA", "xxb", "XXC"])
def test_convention_document_raises_the_gate_by_itself(tmp_path: Path, code: str) -> None:
    with federation(tmp_path) as world:
        matter = found(world, published(world), document_code=code)
        step(world, "QN", matter, "finding.verify", how="document", detail="By the second line.")
        with pytest.raises(InputRefused) as refused:
            step(world, "QN", matter, "finding.gates", **CLEAR)
        assert [d.rule for d in refused.value.defects] == ["P-4.1"]


def test_protecting_ends_screening_here_and_nowhere_else(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        matter = found(world, notice)
        step(world, "QN", matter, "finding.protect", basis="refugee", detail="Recognised in 2024.")
        world.settle()
        watched = {}
        for member in ("QN", "QO"):
            with world.nodes[member].store.read() as unit:
                watched[member] = [watch.matter for watch in desk.watches(unit)]
        assert watched == {"QN": [], "QO": [notice]}
        assert status(world, "QM", notice) == "published"


@pytest.mark.rule("P-3")
def test_hours_of_custody_stand_on_both_desks_from_the_hour_of_arrest(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = told(world, published(world))
        step(
            world, "QN", matter, "told.arrest", at="2026-11-22 06:40", place="Belmora City", law="Act on extradition 11"
        )
        world.settle()
        for member in ("QM", "QN"):
            lines = clocks(world, member, matter)
            papers, limit = lines["custody.papers QM"], lines["custody.limit QM"]
            assert papers.at is not None
            assert limit.at is not None
            assert (papers.at - papers.began, limit.at - limit.began) == (timedelta(days=18), timedelta(days=40))
            assert papers.began.strftime("%H:%M") == "06:40"
            assert papers.binding
        step(world, "QM", matter, "source.acknowledge")
        step(world, "QM", matter, "source.sent", on="2026-12-01", reference="Note 12")
        world.settle()
        step(world, "QN", matter, "told.papers", on="2026-12-02", reference="Note 12")
        world.settle()
        assert not clocks(world, "QM", matter)["custody.papers QM"].is_open
        step(world, "QN", matter, "told.surrender", at="2026-12-20 10:00", place="Border")
        world.settle()
        assert [status(world, member, matter) for member in ("QM", "QN")] == ["surrendered"] * 2


def test_first_judge_without_a_rule_says_to_ask_a_lawyer(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = told(world, published(world))
        step(world, "QN", matter, "told.arrest", at="2026-11-22 06:40", place="x", law="y")
        line = clocks(world, "QN", matter)["custody.first_judge "]
        assert line.at is None
        assert "ask your lawyer" in line.rule
        law(
            world, "QN", {"clock.custody.first_judge": Entry(48, "hours", "Code of procedure 9", "V", trigger="arrest")}
        )
        signed = clocks(world, "QN", matter)["custody.first_judge "]
        assert signed.at is not None
        assert signed.at - signed.began == timedelta(hours=48)


@pytest.mark.rule("P-2")
def test_minor_by_the_notices_own_date_of_birth_is_not_told_of_as_a_suspect(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = ask(world, birth_date="2011-01-01")
        world.settle()
        publish(world, notice)
        law(world, "QN", {"age.criminal_responsibility": Entry(16, "", "Penal Code 3", "V")})
        matter = found(world, notice)
        step(world, "QN", matter, "finding.verify", how="portrait", detail="By the second line.")
        with pytest.raises(InputRefused) as refused:
            step(world, "QN", matter, "finding.gates", **CLEAR)
        assert "P-2" in {d.rule for d in refused.value.defects}


def test_outgoing_gate_stands_before_the_owner_is_told(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        law(world, "QM", {"punishment.death": Entry(("trafficking",), "", "Penal Code 4", "V")})
        matter = found(world, notice)
        step(world, "QN", matter, "finding.verify", how="portrait", detail="By the second line.")
        step(world, "QN", matter, "finding.gates", **CLEAR)
        tell = {"to": ["QM"], "about": notice, "located": "x", "identity": "portrait", "measure": "none"}
        with pytest.raises(InputRefused) as refused:
            step(world, "QN", matter, "told.tell", **tell)
        assert {d.rule for d in refused.value.defects} == {"P-4.2"}
        step(world, "QN", matter, "finding.assure", "senior_officer", assurances="Note verbale 7.")
        step(world, "QN", matter, "told.tell", **tell)
        world.settle()
        assert status(world, "QM", matter) == "told"


@pytest.mark.rule("R-12")
def test_refused_extradition_ends_the_finding_and_the_addendum_reopens_the_review(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        matter = told(world, notice)
        step(world, "QN", matter, "told.refused", ground="judicial", on="2026-12-10")
        take(world, "QN", notice, "report.addendum", ground="judicial", on="2026-12-10")
        world.settle()
        assert status(world, "QM", matter) == "refused"
        assert status(world, "QO", notice) == "reopened"


def test_cancelled_notice_is_not_told_about(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        matter = found(world, notice)
        step(world, "QN", matter, "finding.verify", how="portrait", detail="By the second line.")
        step(world, "QN", matter, "finding.gates", **CLEAR)
        take(world, "QM", notice, "notice.withdraw", ground="error")
        world.settle(20)
        with pytest.raises(InputRefused) as refused:
            step(world, "QN", matter, "told.tell", to=["QM"], about=notice, located="x", identity="document",
                 measure="none")  # fmt: skip
        assert "C-02" in {d.rule for d in refused.value.defects}


def test_what_was_told_by_mistake_is_taken_back_and_erased_at_the_owner(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = told(world, published(world))
        step(world, "QN", matter, "told.retract", ground="other_person")
        world.settle(20)
        assert status(world, "QM", matter) == "retracted"
        with world.nodes["QM"].store.read() as unit:
            acts = act_rows.acts_of(unit, [matter])[matter]
            parts = act_rows.parts_of_acts(unit, [a.digest for a in acts])
        assert all(part.gone is not None for some in parts.values() for part in some)
