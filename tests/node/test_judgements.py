"""*Not same* takes the same false hit away, for the same traveller and the same agency, until it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation, officer
from tests.node.test_flight import forms
from tests.node.test_road import send, step
from tests.web.desks import seat

from comity.formats import paxlst
from comity.node import effects, reference, retention
from comity.node.action import Order, take_step
from comity.node.flight import KNOWN, screen_flight
from comity.node.hits import HitPage, hit_page

FLIGHT = next(iter(paxlst.FORMAT.example.values()))
LIST = b'{"id":"L1","schema":"Person","properties":{"name":["Drazen Jan LUKIC"],"birthDate":["1971-03-12"]}}\n'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        add(made, LIST)
        yield made


def add(world: Federation, lines: bytes) -> None:
    reference.add_list(world.nodes["QM"].home, "demo", {"demo.ftm.json": lines}, world.now)


def screened(world: Federation, flight: bytes = FLIGHT, agency: str = "bureau", member: str = "QM") -> HitPage:
    node, who = world.nodes[member], officer(member, "second_line", agency)
    world.turn(60)
    done = screen_flight(node, who, "flight.edi", flight, world.now)
    return hit_page(node, who, done.matter, world.now)


def decide(world: Federation, page: HitPage, decision: str, agency: str = "bureau", member: str = "QM") -> None:
    (hit,) = page.hits or page.known
    data = {"hit": hit.commitment, "decision": decision, "ground": "document"}
    world.turn(60)
    order = Order("screening", "decide", "flight", matter=page.flight.matter, data=data)
    take_step(world.nodes[member], officer(member, "second_line", agency), order, world.now)
    effects.run_due(world.nodes[member], world.now)


def counts(page: HitPage) -> tuple[int, int]:
    return len(page.hits), len(page.known)


def test_a_false_hit_is_not_put_to_the_officers_twice_but_stays_counted_and_visible(world: Federation) -> None:
    first = screened(world)
    assert counts(first) == (1, 0)
    decide(world, first, "not_same")
    again = screened(world)
    assert counts(again) == (0, 1)
    (known,) = again.known
    assert known.before is not None
    assert (known.before.decision, known.before.ground) == ("Not the same person", "Document compared")
    assert (known.before.role, known.before.when.date()) == ("Second line at the border", world.now.date())
    assert (again.flight.hits, again.flight.known, again.flight.undecided) == (0, 1, 0)
    assert str(again.outcome).startswith("No new possible hit, ")
    assert len(forms(world, "QM", again.flight.matter, KNOWN)) == 1
    shown = seat(world, "QM", "second_line").get(f"/flights/{again.flight.matter}").text
    assert "Decided before: Not the same person, by Second line at the border" in shown
    assert "Decide again" in shown


@pytest.mark.parametrize("decision", ["same", "cant_tell"])
def test_deciding_otherwise_brings_the_hit_back(world: Federation, decision: str) -> None:
    first = screened(world)
    decide(world, first, "not_same")
    again = screened(world)
    decide(world, again, decision)
    assert counts(screened(world)) == (1, 0)
    node, who = world.nodes["QM"], officer("QM", "second_line")
    assert counts(hit_page(node, who, again.flight.matter, world.now)) == (1, 0)
    decide(world, first, "not_same")
    assert counts(screened(world)) == (0, 1)


def test_a_change_on_either_side_brings_the_hit_back(world: Federation) -> None:
    decide(world, screened(world), "not_same")
    assert counts(screened(world, FLIGHT.replace(b"A1234567", b"A1234568"))) == (1, 0)
    add(world, LIST.replace(b'"birthDate"', b'"alias":["Drago Lukic"],"birthDate"'))
    assert counts(screened(world)) == (1, 0)
    add(world, LIST)
    assert counts(screened(world)) == (0, 1)


def test_another_agency_and_a_traveller_without_a_document_are_never_spoken_for(world: Federation) -> None:
    decide(world, screened(world), "not_same")
    assert counts(screened(world, agency="federal")) == (1, 0)
    nameless = FLIGHT.replace(b"DOC+P+A1234567'DTM+36:310101'LOC+91+CHE'", b"").replace(b"UNT+21", b"UNT+18")
    page = screened(world, nameless)
    decide(world, page, "not_same")
    assert counts(screened(world, nameless)) == (1, 0)


def test_only_not_same_takes_a_hit_away(world: Federation) -> None:
    for decision in ("same", "cant_tell"):
        decide(world, screened(world), decision)
        assert counts(screened(world)) == (1, 0)


def test_the_decision_is_remembered_after_the_travellers_rows_are_gone(world: Federation) -> None:
    decide(world, screened(world), "not_same")
    world.turn(timedelta(days=3).total_seconds())
    world.settle()
    assert counts(screened(world)) == (0, 1)


def test_a_decision_is_forgotten_once_the_listed_record_is_gone(world: Federation) -> None:
    node = world.nodes["QM"]
    decide(world, screened(world), "not_same")
    assert retention.forget_due(node, world.now) == 0
    other = LIST.replace(b"Drazen Jan LUKIC", b"Petar NOVAK").replace(b"L1", b"L2")
    add(world, other + LIST)
    assert retention.forget_due(node, world.now) == 0
    add(world, other)
    world.turn(timedelta(days=89).total_seconds())
    assert retention.forget_due(node, world.now) == 0
    world.turn(timedelta(days=2).total_seconds())
    assert retention.forget_due(node, world.now) == 1
    add(world, LIST)
    assert counts(screened(world)) == (1, 0)


def test_a_decision_about_a_matter_is_forgotten_when_it_is_withdrawn(world: Federation) -> None:
    person = {"last_name": "Lukic", "first_name": "Drazen", "name": "Drazen Lukic", "birth_date": "1971-03-12"}
    matter = send(world, **person, gender="male", nationality=["QM"], passport=["QM1112223"])
    world.settle()
    step(world, "QN", matter, "reply.acknowledge")
    step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
    world.settle()
    decide(world, screened(world, member="QN"), "not_same", member="QN")
    assert retention.forget_due(world.nodes["QN"], world.now) == 0
    step(world, "QM", matter, "owner.withdraw", ground="error")
    world.settle()
    assert retention.forget_due(world.nodes["QN"], world.now) == 1


def test_a_hit_found_in_a_diffusion_goes_with_it_though_it_was_decided_before(world: Federation) -> None:
    person = {"last_name": "Lukic", "first_name": "Drazen", "name": "Drazen Lukic", "birth_date": "1971-03-12"}
    matter = send(world, **person, gender="male", nationality=["QM"], passport=["QM1112223"])
    world.settle()
    step(world, "QN", matter, "reply.acknowledge")
    step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
    world.settle()
    decide(world, screened(world, member="QN"), "not_same", member="QN")
    again = screened(world, member="QN")
    assert counts(again) == (0, 1)
    assert again.known[0].matter == matter
    assert len(forms(world, "QN", again.flight.matter, KNOWN)) == 1
    step(world, "QM", matter, "owner.withdraw", ground="error")
    world.settle()
    assert forms(world, "QN", again.flight.matter, KNOWN) == []
    assert counts(screened(world, member="QN")) == (0, 0)
