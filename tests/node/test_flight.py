"""A real passenger list, screened against a diffusion taken up and a list in OFAC's format."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer
from tests.node.test_road import send, step

from comity.model.content import read_content
from comity.model.sealing import open_part
from comity.node import reference
from comity.node.action import Order, take_step
from comity.node.flight import screen_flight
from comity.storage import acts as act_rows
from comity.storage import post, schema

PERSON = {
    "last_name": "Capone",
    "first_name": "Lisa Alvina",
    "name": "Lisa Alvina Capone",
    "gender": "female",
    "birth_date": "1972-08-05",
    "nationality": ["QM"],
    "passport": ["QM1112223"],
}


def forms(world: Federation, member: str, matter: str, kind: str) -> list[dict[str, object]]:
    node = world.nodes[member]
    with node.store.read() as unit:
        rows = unit.execute(select(schema.part).where(schema.part.c.matter == matter, schema.part.c.kind == kind)).all()
        shown = [row for row in rows if row.hidden is None]
        keys = node.keys.get([row.commitment for row in shown])
    return [
        {
            **(read_content(open_part(keys[r.commitment][0], r.commitment, bytes(r.sealed))).form or {}),
            "id": r.commitment,
        }
        for r in shown
    ]


@pytest.mark.data
def test_flight_is_screened_decided_and_the_hit_goes_with_the_diffusion(tmp_path: Path, data_dir: Path) -> None:
    flight = (data_dir / "04_border/gtas/tamr-integration-data__flight1.txt").read_bytes()
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        matter = send(world, **PERSON)
        world.settle()
        first = screen_flight(node, officer("QN", "second_line"), "flight1.txt", flight, world.now)
        assert [h for h in forms(world, "QN", first.matter, "hit") if h["list"] == "diffusion"] == []
        step(world, "QN", matter, "reply.acknowledge")
        step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
        world.settle()
        done = screen_flight(node, officer("QN", "second_line"), "flight1.txt", flight, world.now)
        hits = [h for h in forms(world, "QN", done.matter, "hit") if h["list"] == "diffusion"]
        assert len(hits) == 1
        assert hits[0]["matter"] == matter
        assert len(hits[0]["reasons"]) > 1
        before = {m: len(post.unsent(u, m, "ordinary", limit=10)) for m in ("QM",) for u in [_unit(world, "QN")]}
        data = {"hit": hits[0]["id"], "decision": "same", "ground": "document", "note": "Passport and face agree."}
        order = Order("screening", "decide", "flight", matter=done.matter, data=data)
        take_step(node, officer("QN", "second_line"), order, world.now)
        world.settle()
        after = {m: len(post.unsent(u, m, "ordinary", limit=10)) for m in ("QM",) for u in [_unit(world, "QN")]}
        assert before == after
        with world.nodes["QM"].store.read() as unit:
            assert unit.execute(select(schema.matter).where(schema.matter.c.matter == done.matter)).first() is None
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle()
        assert forms(world, "QN", done.matter, "hit") == []
        assert forms(world, "QN", done.matter, "note") == []
        assert len(forms(world, "QN", done.matter, "manifest")) == 1


def _unit(world: Federation, member: str):
    return world.nodes[member].store._engine.connect()


@pytest.mark.data
def test_travellers_rows_die_by_themselves_and_take_hits_along(tmp_path: Path, data_dir: Path) -> None:
    flight = (data_dir / "04_border/gtas/tamr-integration-data__flight1.txt").read_bytes()
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        folder = data_dir / "01_sanctions/ofac_2022-01"
        files = {name: (folder / name).read_bytes() for name in ("sdn.csv", "alt.csv", "add.csv")}
        reference.add_list(node.home, "ofac-sdn", files, world.now)
        done = screen_flight(node, officer("QN", "second_line"), "flight1.txt", flight, world.now)
        manifest = forms(world, "QN", done.matter, "manifest")
        assert len(manifest) == 1
        flights = forms(world, "QN", done.matter, "flight")
        assert flights[0]["lists"][0]["name"] == "ofac-sdn"
        world.turn(timedelta(days=2).total_seconds())
        world.settle()
        assert forms(world, "QN", done.matter, "manifest") == []
        assert forms(world, "QN", done.matter, "hit") == []
        assert len(forms(world, "QN", done.matter, "flight")) == 1
        with node.store.read() as unit:
            header = json.loads(act_rows.acts_of(unit, [done.matter])[done.matter][0].header)
        assert header["terms"]["travellers"] > 0
