"""The register of numbered prints: numbers, what a recall waits for, who is told, and in which words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation, officer
from tests.node.test_notice import ask, publish, reviewer, take

from comity.errors import InputRefused, RuleRefused
from comity.node.action import Order, take_step
from comity.node.answers import answers_of
from comity.node.letters import Made, Wanted, make_letter, offers_of, paper_of
from comity.node.prints import prints_page, settle
from comity.node.query import holdings
from comity.procedures.diffusion import V1 as DIFFUSION
from comity.storage import acts as act_rows
from comity.storage import log, paper, post

DESK = officer


def diffusion(world: Federation) -> str:
    """A diffusion of QM that QN and QO have."""
    data = {**DIFFUSION.example["owner.send"], "to": ["QN", "QO"]}
    order = Order("diffusion", "send", "owner", data=data)
    matter = take_step(world.nodes["QM"], officer("QM"), order, world.now).matter
    world.settle()
    return matter


def withdraw(world: Federation, matter: str) -> None:
    order = Order("diffusion", "withdraw", "owner", matter=matter, data={"ground": "error"})
    take_step(world.nodes["QM"], officer("QM"), order, world.now)
    world.settle(20)


def extract(world: Federation, member: str, matter: str, place: str = "Second line, gate 4") -> Made:
    """A numbered print of what a member has."""
    wanted = Wanted("extract", "", "en", "pdf", place)
    return make_letter(world.nodes[member], officer(member), matter, wanted, world.now)


def said(world: Federation, member: str, matter: str) -> tuple[str, dict[str, str]]:
    """(summary, what each member answered) at one member."""
    node = world.nodes[member]
    with node.store.read() as unit:
        held = holdings(node, unit, [act_rows.matter_rows(unit, [matter])[matter]])[0]
        answers = answers_of(node, unit, held)
    assert answers is not None
    return " ".join(map(str, answers.summary)), {row.member: "; ".join(map(str, row.lines)) for row in answers.rows}


def codes(world: Federation, member: str) -> list[tuple[str, str, str]]:
    """(member, code, moment) of every receipt that a member got."""
    with world.nodes[member].store.read() as unit:
        acts = unit.exec_driver_sql("SELECT digest FROM act").scalars().all()
        return sorted((r.member, r.code, r.moment) for r in post.receipts_of(unit, acts))


def test_numbers_run_per_node_and_year_and_are_entries_of_the_ledger(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        assert extract(world, "QN", matter).number == "COM/QN/2026/000001"
        assert extract(world, "QN", matter).number == "COM/QN/2026/000002"
        assert extract(world, "QO", matter).number == "COM/QO/2026/000001"
        world.now += timedelta(days=60)
        assert extract(world, "QN", matter).number == "COM/QN/2027/000001"
        with world.nodes["QN"].store.read() as unit:
            main = b"".join(raw for _, raw in log.entries(unit, log.MAIN))
            read = b"".join(raw for _, raw in log.entries(unit, log.DISCLOSURE))
        assert main.count(b"desk:print:record") == 3
        assert b"COM.QN.2026.000002" in main
        assert read.count(b"desk:part:disclose") == 3


def test_a_recall_waits_for_the_paper_and_says_how_many(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        first, second = extract(world, "QN", matter), extract(world, "QN", matter)
        withdraw(world, matter)
        summary, rows = said(world, "QM", matter)
        assert "Belmora: 2 paper copies not yet returned." in summary
        assert "2 paper copies not yet returned" in rows["QN"]
        assert "gone" not in rows["QN"]
        assert "gone" in rows["QO"]
        node = world.nodes["QN"]
        assert paper_of(node, officer("QN"), matter, world.now).called == 2
        assert [line.called for line in prints_page(node, officer("QN"))] == [True, True]
        settle(node, officer("QN"), first.number, "returned", world.now)
        world.settle()
        assert ("QN", "erased", "gone") not in codes(world, "QM")
        summary, rows = said(world, "QM", matter)
        assert "Belmora: 1 paper copy not yet returned." in summary
        assert "1 paper copy not yet returned" in rows["QN"]
        settle(node, officer("QN"), second.number, "destroyed", world.now)
        world.settle()
        summary, rows = said(world, "QM", matter)
        assert "paper" not in summary
        assert "gone" in rows["QN"]
        assert "paper" not in rows["QN"]
        assert "Erased at 3 of 3 members." in summary


def test_a_print_returned_before_the_recall_delays_nothing(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        made = extract(world, "QN", matter)
        settle(world.nodes["QN"], officer("QN"), made.number, "destroyed", world.now)
        withdraw(world, matter)
        assert ("QN", "paper_outstanding", "") not in codes(world, "QM")
        assert ("QN", "erased", "gone") in codes(world, "QM")


def test_what_the_secretariat_cancelled_is_called_in_towards_the_secretariat_alone(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        world.settle()
        made = extract(world, "QN", matter)
        before = codes(world, "QM")
        take(world, "QS", matter, "shield.cancel", reviewer(1), ground="protection", reasons="Weighed.")
        world.settle(20)
        assert ("QN", "paper_outstanding", "") in codes(world, "QS")
        assert codes(world, "QM") == before
        settle(world.nodes["QN"], officer("QN"), made.number, "returned", world.now)
        world.settle()
        assert ("QN", "erased", "gone") in codes(world, "QS")
        assert codes(world, "QM") == before


def test_after_a_later_withdrawal_by_the_source_the_receipts_are_the_ordinary_ones(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        world.settle()
        made = extract(world, "QN", matter)
        take(world, "QS", matter, "shield.cancel", reviewer(1), ground="protection", reasons="Weighed.")
        world.settle(20)
        take(world, "QM", matter, "notice.withdraw", ground="error")
        world.settle(20)
        assert ("QN", "paper_outstanding", "") in codes(world, "QM")
        settle(world.nodes["QN"], officer("QN"), made.number, "destroyed", world.now)
        world.settle()
        assert ("QN", "erased", "gone") in codes(world, "QM")
        assert ("QN", "erased", "gone") in codes(world, "QS")


def test_a_lost_print_stays_outstanding_until_it_is_found(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        made, node = extract(world, "QN", matter), world.nodes["QN"]
        withdraw(world, matter)
        settle(node, officer("QN"), made.number, "lost", world.now)
        world.settle()
        assert ("QN", "erased", "gone") not in codes(world, "QM")
        assert paper_of(node, officer("QN"), matter, world.now).called == 1
        settle(node, officer("QN"), made.number, "destroyed", world.now)
        world.settle()
        assert ("QN", "erased", "gone") in codes(world, "QM")


def test_what_is_withdrawn_or_may_not_be_read_is_not_printed(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        with pytest.raises(RuleRefused):
            make_letter(
                world.nodes["QN"],
                officer("QN", agency="federal"),
                matter,
                Wanted("extract", "", "en", "pdf", "Gate 4"),
                world.now,
            )
        with pytest.raises(InputRefused) as refused:
            extract(world, "QN", matter, "")
        assert [d.field for d in refused.value.defects] == ["place"]
        withdraw(world, matter)
        made = extract(world, "QN", matter)
        assert b"Varnholt" not in made.data
        with world.nodes["QN"].store.read() as unit:
            assert paper.prints_of_parts(unit, act_rows.parts_of_acts(unit, [])) == {}


def test_another_agency_neither_sees_nor_settles_a_print(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = diffusion(world)
        made = extract(world, "QN", matter)
        other = officer("QN", agency="federal")
        assert prints_page(world.nodes["QN"], other) == ()
        with pytest.raises(RuleRefused):
            settle(world.nodes["QN"], other, made.number, "returned", world.now)
        settle(world.nodes["QN"], officer("QN"), made.number, "returned", world.now)
        with pytest.raises(RuleRefused):
            settle(world.nodes["QN"], officer("QN"), made.number, "destroyed", world.now)


def test_the_secretariat_writes_its_refusal_in_any_of_four_languages(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        take(world, "QS", matter, "review.return", reviewer(1), question="The warrant's date is missing.")
        node = world.nodes["QS"]
        with node.store.read() as unit:
            held = holdings(node, unit, [act_rows.matter_rows(unit, [matter])[matter]])[0]
            (offer,) = offers_of(node, unit, reviewer(1), held)
        assert offer.kind == "return"
        assert offer.name == "Arvenia"
        for language in ("en", "fr", "es", "ar"):
            for form in ("pdf", "docx"):
                made = make_letter(node, reviewer(1), matter, Wanted("return", offer.about, language, form), world.now)
                assert made.data != b""
        with node.store.read() as unit:
            copies = paper.prints(unit, matter=matter)
        assert len(copies) == 8
        assert {(one.act, one.place) for one in copies} == {(offer.about, "QM")}
