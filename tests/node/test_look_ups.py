"""The log of look-ups: one entry a minute over every row, an entry for each hit, and nobody's hand in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation, officer
from tests.node.documents import report

from comity.errors import RuleRefused
from comity.formats.asked_document import AskedDocument
from comity.ledger.leaf import read_leaf
from comity.model.travel_document import Document
from comity.node import checking, look_ups, notary
from comity.node.node import Node
from comity.storage import log
from comity.storage import look_ups as rows

STOLEN, FREE = Document("P", "qm", "QM4471902"), Document("P", "qm", "QM1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path, ("QM", "QS")) as made:
        report(made.nodes["QM"], "P", "qm", "QM4471902", "stolen", "2026-11-03")
        yield made


def ask(world: Federation, *documents: Document, n: int = 1) -> None:
    node = world.nodes["QM"]
    who = checking.may_look_up(node, officer("QM", n=n), "border_check", world.now)
    checking.look_documents_up(node, who, [AskedDocument((one,)) for one in documents], world.now)


def tags(node: Node) -> list[str]:
    with node.store.read() as unit:
        return [read_leaf(raw).tag for _, raw in log.entries(unit, log.DISCLOSURE)]


def difference(node: Node) -> str:
    (report,) = [one for one in notary.audit(node) if one.log == look_ups.LOG]
    return "" if report.difference is None else report.difference.kind


@pytest.mark.rule("TD-6")
def test_a_minute_of_look_ups_is_one_entry_and_a_hit_one_more(world: Federation) -> None:
    node = world.nodes["QM"]
    for _ in range(30):
        ask(world, FREE, FREE)
        world.turn(1)
    assert tags(node) == []
    assert not look_ups.seal_due(node, world.now)
    ask(world, STOLEN)
    world.turn(30)
    assert look_ups.seal_due(node, world.now)
    assert tags(node) == [look_ups.HIT, look_ups.BATCH]
    with node.store.read() as unit:
        (entry,) = [read_leaf(raw) for _, raw in log.entries(unit, log.DISCLOSURE) if b"batch" in raw]
    assert entry.count == 61
    ask(world, FREE)
    world.turn(61)
    assert look_ups.seal_due(node, world.now)
    reports = {one.log: one for one in notary.audit(node)}
    assert reports[look_ups.LOG].says == (
        "All 62 entries of the ledger look_ups agree with their hashes, and with 2 batch entries."
    )


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE look_up SET actor = 'QM.bureau:nobody' WHERE id = 2", "root"),
        ("UPDATE look_up SET outcome = 'none' WHERE outcome = 'hit'", "root"),
        ("DELETE FROM look_up WHERE id = 1", "root"),
        ("INSERT INTO look_up SELECT 3, at, actor, purpose, rule, about, asked, outcome, told, call, 9 FROM look_up "
         "WHERE id = 2", "root"),
        ("DELETE FROM look_up_batch", "missing"),
        ("UPDATE look_up_batch SET last = 1", "root"),
        ("INSERT INTO look_up SELECT 9, at, actor, purpose, rule, about, asked, 'hit', told, call, 9 FROM look_up "
         "WHERE id = 1", "missing"),
    ],
)  # fmt: skip
def test_a_row_that_was_changed_added_or_taken_out_is_found(world: Federation, statement: str, kind: str) -> None:
    node = world.nodes["QM"]
    ask(world, FREE, STOLEN)
    world.turn(61)
    ask(world, FREE)
    with node.store.write() as unit:
        unit.exec_driver_sql("UPDATE look_up SET id = 4 WHERE id = 3")  # leaves room for a row in between
    look_ups.seal(node, world.now)
    assert difference(node) == ""
    with node.store.write() as unit:
        unit.exec_driver_sql(statement)
    assert difference(node) == kind


@pytest.mark.rule("TD-6")
def test_an_answer_that_cannot_be_written_down_is_not_given(world: Federation) -> None:
    node = world.nodes["QM"]
    with node.store.write() as unit:
        unit.exec_driver_sql("DROP TABLE look_up")
    with pytest.raises(Exception, match="look_up"):
        ask(world, STOLEN)
    assert look_ups.HIT not in tags(node)


def test_who_asked_is_answered_to_the_data_protection_officer_alone(world: Federation) -> None:
    node = world.nodes["QM"]
    ask(world, STOLEN, n=1)
    world.turn(5)
    ask(world, STOLEN, FREE, n=2)
    reviewer = officer("QM", "data_protection_officer")
    found = look_ups.who_asked(node, reviewer, [Document("P", "QM", "qm 4471-902")], world.now)
    pseudonyms = [officer("QM", n=n).pseudonym for n in (2, 1)]
    assert [row.actor for row in found] == [f"QM.bureau:{name}" for name in pseudonyms]
    assert {(row.outcome, row.purpose) for row in found} == {("hit", "border_check")}
    assert look_ups.who_asked(node, reviewer, [Document("I", "qm", "QM4471902")], world.now) == []
    assert tags(node).count(look_ups.ASKED) == 2
    for role in ("duty_officer", "supervisor", "administrator"):
        with pytest.raises(RuleRefused):
            look_ups.who_asked(node, officer("QM", role), [STOLEN], world.now)
    assert tags(node).count(look_ups.ASKED) == 2


def test_rows_go_with_their_term_and_the_entries_stay(world: Federation) -> None:
    node = world.nodes["QM"]
    ask(world, STOLEN, FREE)
    look_ups.seal(node, world.now)
    world.turn(timedelta(days=5 * 366).total_seconds())
    ask(world, FREE)
    look_ups.seal(node, world.now)
    assert look_ups.forget_due(node, world.now) == 2
    with node.store.read() as unit:
        assert [row.id for row in rows.after(unit, 1)] == [3]
    assert difference(node) == ""
    assert look_ups.forget_due(node, world.now) == 0
    with node.store.write() as unit:
        unit.exec_driver_sql("DELETE FROM look_up")
        assert rows.next_id(unit) == 4


def test_nobody_looks_up_without_a_role_for_it(world: Federation) -> None:
    node = world.nodes["QM"]
    for role, purpose in (("administrator", "administration"), ("duty_officer", "administration"), ("reviewer", "")):
        with pytest.raises(RuleRefused):
            checking.may_look_up(node, officer("QM", role), purpose, world.now)
