"""Rows kept for long are masked; one officer asks, another grants, and both are written down."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation, officer
from tests.node.test_departures import ABOARD, load
from tests.travellers import passenger_list

from comity.errors import InputRefused, RuleRefused
from comity.node import aboard
from comity.node.action import Done, Order, take_step
from comity.node.flight import screen_flight
from comity.node.hits import hit_page
from comity.node.node import Node
from comity.node.officer import Officer

ONE, TWO = officer("QN", "second_line"), officer("QN", "second_line", n=2)


LAW = """format: comity-profile-1
member: QN
version: 1
valid_from: '2026-01-01'
officer: {name: A. Lund, office: Ministry of Justice}
packs: [coe]
values:
  retention.manifest.rows: {value: 5, unit: years, trigger: arrival, source: Border Data Act 9, mark: V}
"""


def answered(node: Node, who: Officer, matter: str, ask: str, given: str, now: datetime) -> Done:
    return take_step(node, who, aboard.answer_order(node, who, matter, ask, given, now), now)


def kept_for_long(world: Federation) -> str:
    """A flight with one hit, whose rows this member's law keeps for five years, seven months later."""
    node = world.nodes["QN"]
    order = Order("legal_profile", "publish", "profile", data={"text": LAW})
    take_step(node, officer("QN", "legal_officer"), order, world.now)
    world.settle()
    load(world, 0)
    matter = screen_flight(node, ONE, "a.edi", passenger_list("AV1", ABOARD, world.now), world.now).matter
    assert aboard.aboard(node, ONE, matter, world.now).rows[0].name.endswith(ABOARD[0]["last"])
    world.turn(timedelta(days=213).total_seconds())
    world.settle()
    return matter


def test_after_six_months_names_are_masked_until_another_officer_grants_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        matter = kept_for_long(world)
        shown = aboard.aboard(node, ONE, matter, world.now)
        assert shown.masked
        assert {row.name for row in shown.rows} == {aboard.MASKED}
        assert ABOARD[0]["last"] not in repr(hit_page(node, ONE, matter, world.now))
        asked = aboard.ask(node, ONE, matter, "A court asks.", world.now)
        with pytest.raises(RuleRefused, match="own request"):
            answered(node, ONE, matter, asked.act, "granted", world.now)
        assert aboard.aboard(node, ONE, matter, world.now).masked
        world.turn(60)
        answered(node, TWO, matter, asked.act, "granted", world.now)
        shown = aboard.aboard(node, ONE, matter, world.now)
        assert not shown.masked
        assert shown.rows[0].name.endswith(ABOARD[0]["last"])
        assert [(one.ground, one.answer, one.answered_by) for one in shown.asks] == [
            ("A court asks.", "granted", TWO.pseudonym)
        ]
        assert aboard.aboard(node, TWO, matter, world.now).masked
        world.turn(timedelta(days=2).total_seconds())
        assert aboard.aboard(node, ONE, matter, world.now).masked


def test_a_request_without_a_ground_or_for_nothing_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        matter = kept_for_long(world)
        with pytest.raises(InputRefused):
            aboard.ask(node, ONE, matter, "", world.now)
        with pytest.raises(RuleRefused, match="no such request"):
            answered(node, TWO, matter, hashlib.sha256(b"x").hexdigest(), "granted", world.now)
        asked = aboard.ask(node, ONE, matter, "A court asks.", world.now)
        answered(node, TWO, matter, asked.act, "refused", world.now)
        assert aboard.aboard(node, ONE, matter, world.now).masked


@pytest.mark.data
def test_bookings_are_shown_with_what_they_hold(tmp_path: Path, data_dir: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        data = (data_dir / "04_border/gtas/pnr-messages__pnrMessageExample.txt").read_bytes()
        matter = screen_flight(node, ONE, "p.edi", data, world.now).matter
        (booking,) = aboard.aboard(node, ONE, matter, world.now).bookings
        lines = dict(booking.lines)
        assert "molly_lobb@gmail.com" in lines["Contacts"]
        assert lines["Payment"][0].startswith("CC AX …9581 800.00 MOLLY LOBB")


def test_six_months_end_on_the_last_day_of_a_shorter_month(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        assert aboard.mask_from(node, datetime(2026, 8, 31, 9, tzinfo=UTC)) == datetime(2027, 2, 28, 9, tzinfo=UTC)
        assert aboard.mask_from(node, datetime(2026, 1, 15, 9, tzinfo=UTC)) == datetime(2026, 7, 15, 9, tzinfo=UTC)
