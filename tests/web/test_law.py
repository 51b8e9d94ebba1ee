"""The pages of law: what is recorded and what is not, and the editor that a legal officer publishes from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.federation import Federation, federation
from tests.web.desks import seat

from comity.node.profiles import history

ROWS = {
    "path": ["effect.notice.red", "age.majority", "calendar.weekend", ""],
    "value": ["arrest", "18", "saturday, sunday", ""],
    "unit": ["", "", "", ""],
    "trigger": ["", "", "", ""],
    "source": ["Act 4", "Act 5", "Act 6", ""],
    "mark": ["V", "V", "V", ""],
    "note": ["", "", "", ""],
}
HEAD = {"officer": "A. Lund", "office": "Ministry of Justice", "since": "2026-01-01", "pack": ["coe"]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path, ("QM", "QN", "QS")) as made:
        yield made


def test_where_nothing_is_recorded_the_page_says_to_ask_a_lawyer(world: Federation) -> None:
    text = seat(world, "QM").get("/law/QN").text
    assert "No rule recorded for Belmora: ask your lawyer." in text
    assert "unsigned example" in text


def test_editor_keeps_a_draft_shows_the_difference_and_publishes_by_name(world: Federation) -> None:
    desk = seat(world, "QM", "legal_officer")
    preview = desk.post("/law/edit", {**HEAD, **ROWS, "do": "preview"})
    assert preview.status_code == 200
    assert "nothing said → arrest" in " ".join(preview.text.split())
    assert history(world.nodes["QM"].laws, "QM") == ()
    assert 'value="A. Lund"' in desk.get("/law/edit").text
    done = desk.post("/law/edit", {**HEAD, **ROWS, "do": "publish"})
    assert done.status_code == 200
    world.settle()
    for node in world.nodes.values():
        assert node.law("QM", "effect.notice.red").value == "arrest"
        assert node.law("QM", "calendar.weekend").value == ("saturday", "sunday")
        assert node.law("QM", "age.majority").value == 18
    page = seat(world, "QN").get("/law/QM").text
    assert "signed by A. Lund, Ministry of Justice" in page


def test_editor_names_every_defect_and_keeps_what_was_typed(world: Federation) -> None:
    desk = seat(world, "QM", "legal_officer")
    wrong = {**ROWS, "value": ["hang", "old", "saturday, sunday", ""], "source": ["", "Act 5", "Act 6", ""]}
    answer = desk.post("/law/edit", {**HEAD, **wrong, "do": "publish"})
    assert answer.status_code == 422
    assert "arrest, locate or none" in answer.text
    assert 'value="hang"' in answer.text
    assert history(world.nodes["QM"].laws, "QM") == ()


def test_only_a_legal_officer_writes_the_profile(world: Federation) -> None:
    assert seat(world, "QM").get("/law/edit").status_code == 403
    assert seat(world, "QM", "legal_officer").get("/law/QX").status_code == 403


@pytest.mark.parametrize("since", ["2026-01-01", "- a\nb: {", "\x00\x85'\"", "9" * 5000])
def test_editor_answers_whatever_is_typed_with_its_defects_and_opens_again(world: Federation, since: str) -> None:
    desk = seat(world, "QM", "legal_officer")
    odd = {**ROWS, "value": ["!!python/object", "9" * 5000, "&a [*a], ²", ""], "note": ["\x00\u2028", "²", "#", ""]}
    answer = desk.post("/law/edit", {**HEAD, **odd, "since": since, "do": "preview"})
    assert answer.status_code == 422
    assert desk.get("/law/edit").status_code == 200
