"""What a list still carries and does not name any more: kept, told, and no possible hit unless asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.federation import federation, officer
from tests.node.test_departures import ABOARD
from tests.travellers import passenger_list

from comity.model.act import Header, read_header
from comity.node import rescreen
from comity.node.asking import screen_files
from comity.node.at_hand import loaded_lists
from comity.node.delisted import ended_of, over_on
from comity.node.flight import screen_flight
from comity.node.node import Node
from comity.node.reference import add_list, load_lists, over_of, store_of
from comity.storage import acts as act_rows
from comity.storage import schema

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ASKED = {"q.csv": b"id,name\n1,Drazen Lukic\n2,Velka Osvarren\n"}


def edition(*ends: str) -> dict[str, bytes]:
    """Drazen Lukic with an act for each of ``ends`` (empty for none), and Velka Osvarren, who is listed."""
    rows = [
        {"id": "a", "schema": "Person", "properties": {"name": ["Drazen Lukic"]}},
        {"id": "b", "schema": "Person", "properties": {"name": ["Velka Osvarren"]}},
        {"id": "b-act", "schema": "Sanction", "properties": {"entity": ["b"]}},
    ]
    for n, end in enumerate(ends):
        said = {"entity": ["a"], **({"endDate": [end]} if end != "" else {})}
        rows.append({"id": f"a-act-{n}", "schema": "Sanction", "properties": said})
    return {"list.json": b"".join(json.dumps(row).encode() + b"\n" for row in rows)}


def hits(home: Path, now: datetime = NOW) -> list[str]:
    _, answers, _ = screen_files(home, ASKED, now)
    return [hit.match for answer in answers for hit in answer.hits]


def test_an_entry_that_ended_is_no_hit_and_stays_in_the_version(tmp_path: Path) -> None:
    version = add_list(tmp_path, "freezes", edition("2019-03-04"), NOW).version
    assert hits(tmp_path) == ["b"]
    assert version.entities == 2
    assert {tree["id"] for tree in store_of(tmp_path).entities(version)} == {"a", "a-act-0", "b", "b-act"}


def test_asked_for_it_is_a_hit_that_says_its_last_day(tmp_path: Path) -> None:
    add_list(tmp_path, "freezes", edition("2019-03-04", "2020-05"), NOW)
    (index,), _ = load_lists(tmp_path, NOW, with_ended=True)
    told = {subject.id: index.screen(subject)[0].to_json() for subject in index.subjects}
    assert told["a"]["ended"] == "2020-05-31"
    assert "ended" not in told["b"]


def test_one_act_without_an_end_keeps_it_listed(tmp_path: Path) -> None:
    add_list(tmp_path, "freezes", edition("2019-03-04", ""), NOW)
    assert hits(tmp_path) == ["a", "b"]


@pytest.mark.parametrize(("end", "is_hit"), [("2026-11-21", False), ("2026-11-22", True), ("2026-11", True)])
def test_the_last_day_itself_counts(tmp_path: Path, end: str, is_hit: bool) -> None:
    add_list(tmp_path, "freezes", edition(end), NOW)
    assert ("a" in hits(tmp_path)) == is_hit


def test_it_ends_on_its_day_without_a_new_version(tmp_path: Path) -> None:
    add_list(tmp_path, "freezes", edition("2026-12-01"), NOW)
    assert hits(tmp_path) == ["a", "b"]
    assert hits(tmp_path, NOW + timedelta(days=10)) == ["b"]


def test_a_running_node_leaves_it_out_from_the_day_after(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        last = (world.now + timedelta(days=2)).date().isoformat()
        add_list(node.home, "freezes", edition(last), world.now)
        (before,) = loaded_lists(node, world.now)
        asked = next(one for one in before.index.subjects if one.id == "a")
        assert [hit.match for hit in before.index.screen(asked)] == ["a"]
        assert loaded_lists(node, world.now + timedelta(days=1))[0].index is before.index
        after = loaded_lists(node, world.now + timedelta(days=3))[0].index
        assert after.screen(asked) == []


def test_a_version_kept_by_an_earlier_release_is_read_for_it(tmp_path: Path) -> None:
    version = add_list(tmp_path, "freezes", edition("2019-03-04"), NOW).version
    (store_of(tmp_path).folder_of(version) / "ended.made").unlink()
    assert over_of(tmp_path, version, NOW) == {"a": "2019-03-04"}
    assert hits(tmp_path) == ["b"]


def test_an_end_that_is_no_date_ends_nothing() -> None:
    acts = [{"id": "x", "schema": "Sanction", "properties": {"entity": ["a"], "endDate": ["sine die"]}}]
    assert ended_of(acts) == {}
    assert over_on({"a": "2026-11-22"}, NOW.date()) == {}


@pytest.mark.data
@pytest.mark.parametrize(
    ("path", "name", "over"),
    [
        ("ch__fiaa", "ch-freezes", 103),
        ("us_bis/dpl.txt", "us-dpl", None),
    ],
)
def test_the_genuine_tables_that_keep_what_ended(
    tmp_path: Path, data_dir: Path, path: str, name: str, over: int | None
) -> None:
    file = next(one for one in sorted((data_dir / "01_sanctions").rglob("*")) if path in str(one) and one.is_file())
    version = add_list(tmp_path, name, {file.name: file.read_bytes()}, NOW).version
    found = over_of(tmp_path, version, NOW)
    assert len(found) == over if over is not None else len(found) > 0
    assert all(day < "2026-11-22" for day in found.values())


def test_travellers_alive_are_asked_again_on_the_day_after_an_entry_ended(tmp_path: Path) -> None:
    person = {**ABOARD[0], "first": "Drazen", "last": "Lukic"}
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        add_list(node.home, "freezes", edition(world.now.date().isoformat()), world.now)
        desk = officer("QN", "second_line")
        screen_flight(node, desk, "a.edi", passenger_list("AV1", [person], world.now), world.now)
        rescreen.rescreen_due(node, world.now)
        assert not rescreen.rescreen_due(node, world.now)
        world.turn(timedelta(days=1).total_seconds())
        assert rescreen.rescreen_due(node, world.now)
        told = [header for header in headers_of(node) if header.step == "rescreen"]
        assert [header.terms["gone"] for header in told] == [1]


def headers_of(node: Node) -> list[Header]:
    with node.store.read() as unit:
        matters = [row.matter for row in unit.execute(select(schema.part.c.matter).distinct())]
        acts = act_rows.acts_of(unit, matters)
    return [read_header(act.header) for some in acts.values() for act in some]
