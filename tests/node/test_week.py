"""The exercise's week: played by the members' own nodes, evenly over scripts and origins, half of it innocent."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from comity import bootstrap
from comity.model.travel_document import Document
from comity.node.exercise.week import read_week
from comity.node.notary import audit
from comity.node.register import look_up
from comity.storage import schema

REPORTED = [
    Document("P", "qm", "QM4471902"),
    Document("P", "qn", "QN5500100"),
    Document("I", "qo", "QO2209417"),
    Document("P", "qo", "QO2209417"),
]
BEGINS = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)


def test_week_fills_every_desk_and_every_ledger_is_whole(tmp_path: Path) -> None:
    homes = bootstrap.found_exercise(tmp_path, BEGINS - timedelta(hours=1), first_port=22_470)
    opened = bootstrap.fill_week(homes, BEGINS)
    assert opened >= 50
    for home in homes[:3]:
        node = bootstrap.open_node(home, clock=lambda: BEGINS + timedelta(days=8))
        try:
            with node.store.read() as unit:
                rows = unit.execute(select(schema.matter.c.procedure, schema.matter.c.status)).all()
            kinds = Counter(row.procedure for row in rows)
            assert kinds["message"] >= 15
            assert kinds["notice"] >= 8
            assert kinds["diffusion"] >= 3
            assert kinds["call"] >= 2
            assert kinds["travel_document"] == 3
            assert {row.status for row in rows if row.procedure == "document_hit"} <= {"confirmed"}
            assert [len(found) for found in look_up(node, REPORTED)] == [1, 1, 1, 0]
            assert {row.status for row in rows if row.procedure == "notice"} == {"published"}
            assert all(report.difference is None for report in audit(node))
        finally:
            bootstrap.close_node(node)


def test_people_of_the_week_are_spread_over_scripts_and_origins_and_each_has_a_namesake() -> None:
    people = read_week()["people"]
    assert set(Counter(person["of"] for person in people).values()) == {4}
    assert Counter(person["sex"] for person in people) == {"female": 6, "male": 6}
    scripts = {_script(person["alias"]) for person in people if "alias" in person}
    assert len(scripts) >= 7
    assert all(person["twin"]["born"] != person["born"] for person in people)


def _script(text: str) -> str:
    return unicodedata.name(next(char for char in text if char.isalpha())).split()[0]
