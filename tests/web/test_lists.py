"""The pages of the lists: what screens and how old, a held version released by two persons, what changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation
from tests.web.desks import Desk, seat

from comity.ledger.leaf import read_leaf
from comity.node.notary import audit
from comity.node.reference import Added, add_list, diff_list, show_lists, store_of
from comity.node.rescreen import rescreen_due
from comity.storage import log

WHY = "The publisher merged two regimes."


def lines(count: int, word: str = "") -> dict[str, bytes]:
    rows = [
        {"id": f"L{n}", "schema": "Person", "properties": {"name": [f"Person{word} Number{n}"], "notes": [f"n{n}"]}}
        for n in range(count)
    ]
    return {"list.json": b"".join(json.dumps(row).encode() + b"\n" for row in rows)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        yield made


def load(world: Federation, count: int, word: str = "") -> Added:
    return add_list(world.nodes["QN"].home, "watch", lines(count, word), world.now)


def released(desk: Desk, version: str, reason: str = WHY) -> int:
    answer = desk.post("/lists/watch/release", {"version": version, "reason": reason}, form="/lists")
    return answer.status_code


def current(world: Federation) -> str:
    found = show_lists(world.nodes["QN"].home, world.now, ["watch"])[0].current
    assert found is not None
    return found.version


def test_lists_are_shown_with_their_age_and_called_old(world: Federation) -> None:
    load(world, 9)
    desk = seat(world, "QN", "second_line")
    page = desk.get("/lists").text
    assert "less than an hour old" in page
    assert "old list: do not act on it" not in page
    assert current(world) in page
    assert "not updated by themselves" in page
    world.turn(timedelta(days=8).total_seconds())
    page = seat(world, "QN", "second_line").get("/lists").text
    assert "8 days old" in page
    assert "old list: do not act on it" in page


def test_only_roles_that_use_lists_see_them(world: Federation) -> None:
    load(world, 9)
    assert seat(world, "QN", "legal_officer").get("/lists").status_code == 403
    assert '"/lists"' not in seat(world, "QN", "legal_officer").get("/").text
    assert '"/lists"' in seat(world, "QN", "second_line").get("/").text
    assert seat(world, "QN").get("/lists/nothing/versions").status_code == 422
    assert seat(world, "QN").get("/lists/..%2Fkeys/versions").status_code in (404, 422)


def test_a_held_version_screens_after_two_persons_agreed(world: Federation) -> None:
    load(world, 60)
    before = current(world)
    held = load(world, 9).version.version
    first, second = seat(world, "QN", "second_line"), seat(world, "QN", "duty_officer")
    page = first.get("/lists").text
    assert "It lacks 51 of 60 entries of the version before." in page
    assert released(first, held, reason=" ") == 422
    assert released(first, held) == 200
    assert current(world) == before
    assert "You have agreed" in first.get("/lists").text
    assert "second-line.bureau" in second.get("/lists").text
    token = re.search(r'name="csrf" value="([^"]+)"', first.get("/lists").text)
    assert token is not None
    again = first.client.post("/lists/watch/release", data={"csrf": token[1], "version": held, "reason": WHY})
    assert again.status_code == 403
    assert current(world) == before
    assert released(second, held) == 200
    assert current(world) == held
    page = seat(world, "QN").get("/lists/watch/versions").text
    assert "second-line.bureau" in page
    assert "duty-officer.bureau" in page
    assert WHY in page


def test_who_may_not_and_a_version_that_is_gone_release_nothing(world: Federation) -> None:
    load(world, 60)
    held = load(world, 9).version.version
    auditor = seat(world, "QN", "data_protection_officer")
    assert "Why it may screen" not in auditor.get("/lists").text
    assert released(auditor, held) == 403
    first = seat(world, "QN", "second_line")
    assert released(first, "1-000000000000") == 403
    assert released(first, held) == 200
    other = load(world, 8).version.version
    assert released(seat(world, "QN", "duty_officer"), held) == 403
    assert released(seat(world, "QN", "duty_officer"), other) == 200
    assert show_lists(world.nodes["QN"].home, world.now, ["watch"])[0].held is not None


def test_each_word_and_release_is_in_the_ledger(world: Federation) -> None:
    load(world, 60)
    held = load(world, 9).version.version
    node = world.nodes["QN"]
    for role in ("second_line", "duty_officer"):
        assert released(seat(world, "QN", role), held) == 200
    with node.store.read() as unit:
        leaves = [read_leaf(raw) for _, raw in log.entries(unit, log.MAIN)]
    told = [(leaf.tag, leaf.rule) for leaf in leaves if leaf.tag.startswith("lists:")]
    assert told == [("lists:version:agree", f"watch.{held}"), ("lists:version:release", f"watch.{held}")]
    assert all(report.difference is None for report in audit(node))


def test_the_page_of_changes_is_what_the_command_says(world: Federation) -> None:
    load(world, 70)
    load(world, 65, word="X")
    node = world.nodes["QN"]
    found = diff_list(node.home, "watch")
    assert diff_list(node.home, "watch") == found  # the second time as it was kept
    rows = sum(len(one.properties) + len(one.gone) for one in found.changes)
    desk, seen = seat(world, "QN"), []
    old, new = found.old, found.new
    for page in (1, 2):
        text = desk.get(f"/lists/watch/diff?from={old}&to={new}&at={page}").text
        seen += re.findall(r'<th scope="row">', text)
        assert f"Page {page} of 2" in text
    assert len(seen) == rows == 70
    assert "Number69" in desk.get(f"/lists/watch/diff?from={old}&to={new}&at=2").text
    assert desk.get("/lists/watch/diff?from=nothing&to=nothing").status_code == 422
    assert "Nothing changed" in desk.get(f"/lists/watch/diff?from={old}&to={old}").text


def test_a_failed_update_is_said_with_its_reason(world: Federation) -> None:
    load(world, 9)
    home = world.nodes["QN"].home
    store_of(home).keep_beside(
        "watch", "attempt", b'{"at":"2026-11-22T02:00:00Z","came":"failed","says":"It answered 500.","failures":3}'
    )
    page = seat(world, "QN").get("/lists").text
    assert "It answered 500." in page
    assert "3 times in a row" in page


def test_the_pages_are_said_in_french(world: Federation) -> None:
    load(world, 60)
    load(world, 9)
    desk = seat(world, "QN")
    desk.client.headers["accept-language"] = "fr"
    page = desk.get("/lists").text
    assert "<h1>Listes</h1>" in page
    assert "entries" not in page


def test_a_version_that_cannot_be_read_is_said_and_stops_no_other_screening(world: Federation) -> None:
    load(world, 30)
    node = world.nodes["QN"]
    for path in (node.home / "lists" / "watch" / "versions").rglob("*"):
        if path.is_file() and path.name != "meta.json":
            path.write_bytes(b"broken")
    page = seat(world, "QN", "supervisor").get("/lists")
    assert (page.status_code, "cannot be read" in page.text) == (200, True)
    rescreen_due(node, world.now)  # marks what would be asked; the next change is seen as ever
    load(world, 31, "New")
    assert rescreen_due(node, world.now)
