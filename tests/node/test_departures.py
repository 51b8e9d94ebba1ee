"""The flights of a morning: what came for a flight stands together, and nothing that was not checked looks checked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation, officer
from tests.travellers import passenger_list, people, watch_list

from comity.errors import InputRefused, RuleRefused
from comity.formats.cusres import read_answer
from comity.formats.pnr_exchange import read_request
from comity.node import reference
from comity.node.answers_to_carriers import answer_of, request_of
from comity.node.departures import Departure, board, departs_at
from comity.node.flight import screen_flight
from comity.node.hits import hit_page
from comity.node.reading import Looks
from comity.node.rescreen import rescreen, rescreen_due

SECOND = officer("QN", "second_line")
ABOARD = people(6, "aboard")


def send(world: Federation, data: bytes, name: str = "list.edi") -> str:
    world.turn(1)  # no two lists come in the same instant
    return screen_flight(world.nodes["QN"], SECOND, name, data, world.now).matter


def shown(world: Federation) -> tuple[Departure, ...]:
    return board(world.nodes["QN"], SECOND, world.now, Looks())


def load(world: Federation, *listed: int, name: str = "watch") -> None:
    rest = people(40, "rest")
    data = watch_list([*(ABOARD[n] for n in listed), *rest])
    added = reference.add_list(world.nodes["QN"].home, name, {"watch.json": data}, world.now, form="ftm")
    assert not added.is_held


def places(world: Federation) -> list[tuple[str, list[str]]]:
    return [(one.number, [listed.place for listed in one.lists]) for one in shown(world)]


def test_lists_of_one_flight_stand_together_with_its_departure(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        load(world)
        departs = world.now + timedelta(hours=4)
        send(world, passenger_list("AV210", ABOARD[:3], departs))
        send(world, passenger_list("AV0210", ABOARD[3:], departs))
        send(world, passenger_list("AV211", ABOARD, departs - timedelta(hours=1)))
        found = shown(world)
        assert [(one.number, len(one.lists)) for one in found] == [("AV211", 1), ("AV0210", 2)]
        assert found[1].is_zoned
        assert found[1].departs == departs - timedelta(hours=1)  # Zürich in winter
        assert found[1].travellers == 6
        assert all(one.not_checked == () for one in found)


def test_late_repeated_replaced_and_cancelled_lists_say_so(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        load(world)
        departs = world.now + timedelta(hours=4)
        good = passenger_list("AV1", ABOARD, departs)
        send(world, good)
        send(world, good.replace(b"CAV1", b"C2AV1"))
        send(world, passenger_list("AV2", ABOARD, departs, action="new"))
        world.turn(60)
        send(world, passenger_list("AV2", ABOARD[:4], departs, action="replace"))
        send(world, passenger_list("AV3", ABOARD, departs))
        world.turn(60)
        send(world, passenger_list("AV3", [], departs, action="cancel"))
        send(world, passenger_list("AV4", ABOARD, world.now - timedelta(hours=2)))
        assert dict(places(world)) == {
            "AV1": ["counts", "again"],
            "AV2": ["replaced", "counts"],
            "AV3": ["cancelled", "cancels"],
            "AV4": ["late"],
        }
        found = {one.number: one for one in shown(world)}
        assert found["AV2"].travellers == 4
        assert [str(one) for one in found["AV3"].not_checked] == ["its list was cancelled and no other came"]


def test_a_message_that_cannot_be_read_is_kept_as_not_checked(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        load(world)
        for data in (b"UNB+UNOA:4+AV+QM'UNH+1+PAXL", b"<?xml version='1.0'?><PNRs><PNR>"):
            with pytest.raises(InputRefused, match="kept as not checked"):
                send(world, data)
        with pytest.raises(InputRefused, match="Nothing was recorded"):
            send(world, b"%PDF-1.7 a wrong file")
        found = shown(world)
        assert [[listed.place for listed in one.lists] for one in found] == [["unread"], ["unread"]]
        assert all(len(one.not_checked) == 1 for one in found)
        page = hit_page(world.nodes["QN"], SECOND, found[0].lists[0].line.matter, world.now)
        assert "Not checked" in str(page.outcome)
        assert len(page.defects) > 0


def test_without_a_list_and_for_counted_but_unnamed_travellers_nobody_is_checked(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        departs = world.now + timedelta(hours=4)
        matter = send(world, passenger_list("AV1", ABOARD, departs))
        assert [str(one) for one in shown(world)[0].not_checked] == ["there was no list to ask", "6 travellers"]
        page = hit_page(world.nodes["QN"], SECOND, matter, world.now)
        assert "no list to ask" in str(page.outcome)
        load(world)
        short = passenger_list("AV2", ABOARD, departs).replace(b"CNT+42:6", b"CNT+42:9")
        send(world, short)
        found = {one.number: one for one in shown(world)}
        assert [str(one) for one in found["AV2"].not_checked] == ["3 travellers"]


def test_a_change_of_a_list_asks_the_rows_again_and_says_only_what_changed(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        load(world, 0)
        departs = world.now + timedelta(hours=4)
        matter = send(world, passenger_list("AV1", ABOARD, departs))
        rescreen_due(node, world.now)
        assert hit_page(node, SECOND, matter, world.now).flight.hits == 1
        assert rescreen(node, world.now).new == 0
        world.turn(600)
        load(world, 1)
        assert rescreen_due(node, world.now)
        assert not rescreen_due(node, world.now)
        page = hit_page(node, SECOND, matter, world.now)
        assert (page.flight.new, page.flight.gone, page.flight.hits) == (1, 1, 2)
        by_row = {hit.row: hit for hit in page.hits}
        assert by_row[1].gone.startswith("Not found any more in watch")
        assert by_row[2].since == world.now
        assert by_row[1].since is None
        assert page.flight.asked == world.now
        world.turn(600)
        load(world, 0, 1)
        assert rescreen(node, world.now).new == 1


def test_rows_whose_time_is_over_are_not_asked_again_and_are_counted(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        load(world)
        matter = send(world, passenger_list("AV1", ABOARD, world.now + timedelta(hours=1)))
        world.turn(timedelta(days=2).total_seconds())
        world.settle()
        load(world, 0, 1, 2)
        done = rescreen(node, world.now)
        assert (done.flights, done.no_rows, done.new) == (0, 1, 0)
        (flight,) = shown(world)
        assert [str(one) for one in flight.not_checked] == [
            "rows are no longer there; changes of lists since are not asked"
        ]
        with pytest.raises(RuleRefused, match="went with its rows"):
            answer_of(node, SECOND, matter, world.now)


def test_the_answer_names_every_defect_and_nobody_aboard(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        load(world, 0)
        short = passenger_list("AV2", ABOARD, world.now + timedelta(hours=4)).replace(b"CNT+42:6", b"CNT+42:9")
        matter = send(world, short)
        given = answer_of(world.nodes["QN"], SECOND, matter, world.now)
        answer = read_answer(given.name, given.data)
        assert not answer.accepted
        assert [one.rule for one in answer.defects] == ["paxlst.cnt_total"]
        assert all(one["last"].encode() not in given.data for one in ABOARD)


def test_bookings_are_asked_for_by_flight_and_day(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        load(world)
        departs = world.now + timedelta(hours=4)
        matter = send(world, passenger_list("AV2", ABOARD, departs))
        given = request_of(world.nodes["QN"], SECOND, matter, world.now)
        asked = read_request(given.name, given.data)
        assert (asked.carrier, asked.number, asked.departs) == ("AV", "2", departs.date().isoformat())
        nameless = passenger_list("AV3", ABOARD, departs).replace(b"TDT+20+AV3+++AV'", b"")
        with pytest.raises(InputRefused):
            request_of(world.nodes["QN"], SECOND, send(world, nameless), world.now)


@pytest.mark.data
def test_bookings_are_screened_like_lists(tmp_path: Path, data_dir: Path) -> None:
    with federation(tmp_path) as world:
        load(world)
        data = (data_dir / "04_border/gtas/pnr-messages__3_pnrs.edi").read_bytes()
        send(world, data, "3_pnrs.edi")
        (flight,) = shown(world)
        assert (flight.number, flight.travellers) == ("TZ0006", 8)
        assert "6 travellers" in [str(one) for one in flight.not_checked]


def test_a_time_without_a_known_zone_is_taken_as_filed() -> None:
    assert departs_at("QQQ", "2026-08-01T09:00")[1] is False
    assert departs_at("ZRH", "2026-08-01") == (None, False)
    moment, is_zoned = departs_at("ZRH", "2026-08-01T09:00")
    assert is_zoned
    assert moment is not None
    assert moment.hour == 7
