"""Kept locked, kept as our own record: a copy that is nobody else's, told to whoever recalls, and never screened."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.federation import Federation, federation, officer
from tests.node.test_notice import ask, publish, reviewer, take
from tests.node.test_prints import codes, diffusion, said, withdraw

from comity.errors import InputRefused, RuleRefused
from comity.node.action import Order, take_step
from comity.node.keeping import Keeping, keep
from comity.node.query import matter_page
from comity.procedures.record import V1
from comity.storage import acts as act_rows
from comity.storage import desk


def record(world: Federation, matter: str, step: str = "keep", member: str = "QN") -> str:
    """A record of one's own made from a matter; returns the record's matter."""
    keeping = Keeping(step, dict(V1.example[f"record.{step}"]))
    return keep(world.nodes[member], officer(member), matter, keeping, world.now).matter


def test_an_own_record_outlives_the_recall_and_the_answer_says_so_in_full(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        kept = record(world, matter)
        world.settle()
        withdraw(world, matter)
        summary, rows = said(world, "QM", matter)
        assert "Belmora keeps a record of its own under Code of Criminal Procedure s. 147." in summary
        assert "Erased at 2 of 3 members." in summary
        assert "kept as its own record, under Code of Criminal Procedure s. 147" in rows["QN"]
        assert "4 Ls 112/2026" not in summary + str(rows)  # neither file number nor reasons leave
        page = matter_page(world.nodes["QN"], officer("QN"), kept, world.now)
        lines = [str(line.values) for t in page.tracks for a in t.acts for p in a.parts for line in p.lines]
        assert any("Varnholt" in line for line in lines)
        hidden = matter_page(world.nodes["QN"], officer("QN"), matter, world.now)
        assert all(p.withheld is not None for t in hidden.tracks for a in t.acts for p in a.parts)


def test_an_own_record_names_no_other_matter_is_not_screened_and_leaves_for_nobody(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        kept = record(world, matter)
        world.settle()
        with world.nodes["QN"].store.read() as unit:
            (act,) = act_rows.acts_of(unit, [kept])[kept]
            assert matter.encode() not in act.header
            assert b"QM." not in act.header
            assert [watch for watch in desk.watches(unit) if watch.matter == kept] == []
            parts = act_rows.parts_of_acts(unit, [act.digest])[act.digest]
            assert {part.agency for part in parts} == {"QN.bureau"}
        for other in ("QM", "QO", "QS"):
            with world.nodes[other].store.read() as unit:
                assert act_rows.matter_rows(unit, [kept]) == {}


def test_what_is_kept_locked_is_neither_searched_nor_read_until_its_day(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        kept = record(world, matter, "restrict")
        withdraw(world, matter)
        summary, _ = said(world, "QM", matter)
        assert "Belmora keeps it locked, not searched, under Data Protection Act s. 58(3) until 2027-05-31." in summary
        node = world.nodes["QN"]
        with node.store.read() as unit:
            found = unit.exec_driver_sql("SELECT count(*) FROM statement WHERE value LIKE '%Varnholt%'").scalar()
        assert found == 0
        page = matter_page(node, officer("QN"), kept, world.now)
        copies = [p for t in page.tracks for a in t.acts for p in a.parts if p.kind == "locked"]
        assert len(copies) > 0
        assert all(copy.withheld is not None for copy in copies)
        dpo = matter_page(node, officer("QN", "data_protection_officer"), kept, world.now)
        lines = [str(line.values) for t in dpo.tracks for a in t.acts for p in a.parts for line in p.lines]
        assert any("Varnholt" in line for line in lines)


def test_a_destroyed_record_is_not_answered_for(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        kept = record(world, matter)
        order = Order("record", "destroy", "record", matter=kept, data={"ground": "no_longer"})
        take_step(world.nodes["QN"], officer("QN"), order, world.now)
        withdraw(world, matter)
        assert ("QN", "kept", "") not in codes(world, "QM")
        assert ("QN", "erased", "gone") in codes(world, "QM")


def test_after_the_recall_nothing_can_be_kept(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        withdraw(world, matter)
        with pytest.raises(RuleRefused) as refused:
            record(world, matter)
        assert refused.value.rule == "record.nothing"
        own = diffusion(world)
        with pytest.raises(RuleRefused):
            record(world, own, member="QM")


def test_a_record_needs_its_law_and_its_reasons(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        with pytest.raises(InputRefused) as refused:
            keep(world.nodes["QN"], officer("QN"), matter, Keeping("restrict", {}), world.now)
        assert {d.field for d in refused.value.defects} == {"basis", "until", "why"}


def test_what_is_kept_of_a_cancelled_notice_is_told_to_the_secretariat_alone(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        world.settle()
        record(world, matter)
        before = codes(world, "QM")
        take(world, "QS", matter, "shield.cancel", reviewer(1), ground="protection", reasons="Weighed.")
        world.settle(20)
        assert ("QN", "kept", "") in codes(world, "QS")
        assert codes(world, "QM") == before
