"""The rota and the figures as supervisors use them, and as nobody else does."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.federation import Federation, federation
from tests.node.test_message import send, step
from tests.web.desks import seat

TURN = {
    "duty": "approver",
    "name": "K. Vang",
    "phone": "+999 01 0177",
    "begins": "2026-11-22 08:00",
    "ends": "2026-11-23 08:00",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path, ("QM", "QN", "QS")) as made:
        yield made


def test_supervisor_writes_the_rota_and_everybody_reads_it(world: Federation) -> None:
    desk = seat(world, "QM", "supervisor")
    wrong = desk.post("/rota", {**TURN, "ends": "later"})
    assert wrong.status_code == 422
    assert "Write it as 2026-11-22 22:00" in wrong.text
    assert desk.post("/rota", TURN).status_code == 200
    assert "K. Vang" in seat(world, "QM").get("/rota").text
    assert seat(world, "QM").post("/rota", TURN, form="/").status_code == 403


def test_response_times_open_the_matters_that_they_count(world: Federation) -> None:
    matter = send(world)
    world.settle()
    world.now += timedelta(minutes=30)
    step(world, "QN", matter, "answer.acknowledge")
    world.settle()
    assert seat(world, "QM").get("/figures/response-times").status_code == 403
    page = seat(world, "QM", "supervisor").get("/figures/response-times").text
    assert "Belmora → Arvenia" in page
    assert "30 min" in page
    link = re.search(r'href="(\?partner=[^"]+)"', page)
    assert link is not None
    behind = seat(world, "QM", "supervisor").get(f"/figures/response-times{html.unescape(link[1])}").text
    assert matter[:8] in behind


@pytest.mark.parametrize("odd", [{"drop": "9" * 40}, {"drop": "²"}, {"begins": "0001-01-01 00:00"}])
def test_rota_answers_whatever_is_typed(world: Federation, odd: dict[str, str]) -> None:
    desk = seat(world, "QM", "supervisor")
    assert desk.post("/rota", {**TURN, **odd}).status_code in (200, 422)
    assert desk.get("/rota").status_code == 200
