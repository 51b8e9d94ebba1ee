"""Travellers' documents in the register: found when a list is screened, found and gone when the register changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation, officer
from tests.node.documents import lose_files
from tests.node.test_travel_document import report
from tests.node.test_travel_document import take as record_step
from tests.travellers import manifest, people
from tests.web.desks import seat

from comity.formats.base import Reading
from comity.formats.manifest import Manifest, TravelDocument
from comity.formats.paxlst_write import write
from comity.node import aboard, rescreen
from comity.node.action import Order, take_step
from comity.node.departures import board
from comity.node.flight import screen_flight
from comity.node.hits import HitPage, hit_page
from comity.node.reading import Looks
from comity.storage import desk, log, reported
from comity.storage import look_ups as rows

SECOND = officer("QN", "second_line")
ABOARD = people(4, "documents aboard")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        rescreen.rescreen_due(made.nodes["QN"], made.now)
        yield made


def with_paper(made: Manifest, paper: TravelDocument, nationality: str = "") -> bytes:
    """The list with the second traveller's document changed."""
    second = replace(made.travellers[1], documents=(paper,), nationality=nationality or made.travellers[1].nationality)
    travellers = (made.travellers[0], second, *made.travellers[2:])
    return next(iter(write(Reading((), manifests=(replace(made, travellers=travellers),))).values()))


def screen(world: Federation, paper: TravelDocument, nationality: str = "") -> str:
    data = with_paper(manifest("QA77", ABOARD, world.now + timedelta(hours=4)), paper, nationality)
    return screen_flight(world.nodes["QN"], SECOND, "qa77.edi", data, world.now).matter


def shown(world: Federation, matter: str) -> HitPage:
    return hit_page(world.nodes["QN"], SECOND, matter, world.now)


PAPER = TravelDocument("P", "QM4471902", "QM", "2031-01-01")


def test_a_reported_document_is_a_possible_hit_that_names_its_owner(world: Federation) -> None:
    record = report(world)
    world.settle()
    page = shown(world, screen(world, PAPER))
    (hit,) = page.hits
    assert hit.document is not None
    assert (hit.row, hit.matter, hit.document.number, hit.document.owner) == (2, record, "QM4471902", "QM")
    assert (hit.document.state, hit.document.owner_name, hit.document.own) == ("stolen", "Arvenia", False)
    assert hit.comparisons == ()
    assert (page.flight.register_asked, page.flight.unasked) == (True, 0)
    with world.nodes["QN"].store.read() as unit:
        assert [row.outcome for row in rows.after(unit, 1)].count("hit") == 1
        assert len(list(rows.after(unit, 1))) == 4
        assert sum(b"register:hit" in raw for _, raw in log.entries(unit, log.DISCLOSURE)) == 1


def test_the_page_says_confirm_first_and_begins_telling_the_owner(world: Federation) -> None:
    report(world)
    world.settle()
    matter = screen(world, PAPER)
    desk = seat(world, "QN", "second_line")
    text = desk.get(f"/flights/{matter}").text
    assert "Possible: confirm with the owner first" in text
    assert 'action="/check/tell"' in text
    assert "The document is as reported" in text
    assert "Side by side" not in text
    assert "Tell Arvenia and ask it to confirm" in text


def test_it_goes_with_the_record_the_moment_that_is_taken_back(world: Federation) -> None:
    record = report(world)
    world.settle()
    matter = screen(world, PAPER)
    record_step(world, record, "found", how="holder")
    world.settle()
    (hit,) = shown(world, matter).hits
    assert hit.document is None
    assert hit.withheld is not None
    assert shown(world, screen(world, PAPER)).hits == ()


def test_a_record_that_comes_later_is_found_while_the_rows_are_alive(world: Federation) -> None:
    matter = screen(world, PAPER)
    node = world.nodes["QN"]
    assert shown(world, matter).hits == ()
    rescreen.rescreen_due(node, world.now)
    report(world)
    world.settle()
    assert rescreen.rescreen_due(node, world.now)
    page = shown(world, matter)
    (hit,) = page.hits
    assert hit.since is not None
    assert hit.document is not None
    assert (page.flight.new, page.flight.gone) == (1, 0)
    assert not rescreen.rescreen_due(node, world.now)
    world.turn(timedelta(hours=40).total_seconds())
    world.settle()
    report(world, number="QM9")
    world.settle()
    assert rescreen.rescreen(node, world.now, only_documents=True) == rescreen.Rescreened(0, 1)


def test_one_that_was_put_right_is_shown_as_gone(world: Federation) -> None:
    record = report(world, kind="P", number="QM4471902", state="lost")
    world.settle()
    node = world.nodes["QN"]
    matter = screen(world, PAPER)
    rescreen.rescreen_due(node, world.now)
    record_step(world, record, "correct", kind="P", number="QM4471999", state="lost", country="QM")
    world.settle()
    assert rescreen.rescreen_due(node, world.now)
    shown_hits = shown(world, matter).hits
    assert all(hit.withheld is not None or hit.gone != "" for hit in shown_hits)


def test_a_register_that_cannot_be_asked_is_not_checked_on_page_and_board(world: Federation) -> None:
    node = world.nodes["QN"]
    lose_files(node)
    page = shown(world, screen(world, PAPER))
    assert not page.flight.register_asked
    (line,) = board(node, SECOND, world.now, Looks())
    assert "the register of documents could not be asked" in [str(one) for one in line.not_checked]
    assert (
        "that does not count as nothing found"
        in seat(world, "QN", "second_line").get(f"/flights/{page.flight.matter}").text
    )


def test_what_was_not_checked_is_asked_as_soon_as_the_register_can_be_asked(world: Federation) -> None:
    node = world.nodes["QN"]
    report(world)
    world.settle()
    rescreen.rescreen_due(node, world.now)
    lose_files(node)
    matter = screen(world, PAPER)
    assert not rescreen.rescreen_due(node, world.now)
    assert shown(world, matter).hits == ()
    with node.store.write() as unit:
        for name in (reported.MERGED, reported.MERGING):
            desk.put_setting(unit, name, "")
    world.turn(5)
    assert rescreen.rescreen_due(node, world.now)
    page = shown(world, matter)
    assert page.flight.register_asked
    assert len(page.hits) == 1
    assert not rescreen.rescreen_due(node, world.now)


def test_a_document_filed_without_a_country_is_counted_as_not_checked(world: Federation) -> None:
    page = shown(world, screen(world, TravelDocument("P", "QM4471902", "", "2031-01-01")))
    assert page.hits == ()
    assert page.flight.unasked == 1


def test_a_kind_that_the_carrier_does_not_say_is_asked_under_every_kind(world: Federation) -> None:
    report(world, kind="I", number="QM55")
    world.settle()
    assert len(shown(world, screen(world, TravelDocument("", "QM-55", "QM", ""))).hits) == 1


def test_a_decision_about_a_document_is_called_by_its_own_words(world: Federation) -> None:
    report(world)
    world.settle()
    matter = screen(world, PAPER)
    (hit,) = shown(world, matter).hits
    data = {"hit": hit.commitment, "decision": "same", "ground": "document"}
    take_step(world.nodes["QN"], SECOND, Order("screening", "decide", "flight", matter=matter, data=data), world.now)
    (hit,) = shown(world, matter).hits
    assert hit.decision == "The document is as reported"
    assert aboard.aboard(world.nodes["QN"], SECOND, matter, world.now).rows[1].papers == ("P QM4471902 QM",)


def test_a_convention_document_says_protect_and_offers_no_way_to_the_owner(world: Federation) -> None:
    report(world, kind="R", number="QM77")
    world.settle()
    matter = screen(world, TravelDocument("P", "QM77", "QM", "2031-01-01"), nationality="XXB")
    (hit,) = shown(world, matter).hits
    assert hit.protects == "XXB"
    text = seat(world, "QN", "second_line").get(f"/flights/{matter}").text
    assert "Protect – speak apart" in text
    assert 'action="/check/tell"' not in text
