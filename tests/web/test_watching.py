"""Watching the watchers: the insider's looks stand before the supervisor, with reasons, and before nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.federation import Federation, federation
from tests.web.desks import Desk, invent, seat, send_diffusion, served
from tests.web.test_browser import load, opened, serious

from comity.errors import InputRefused, RuleRefused
from comity.insight.looking import LOT, OWN_NAME, WITHOUT_STEP
from comity.ledger.leaf import read_leaf
from comity.node import watching
from comity.node.officer import Officer
from comity.node.seats import accounts, set_kin
from comity.storage import log


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        yield made


def known(world: Federation, login: str) -> Officer:
    account = next(one for one in accounts(world.nodes["QN"]) if one.login == login)
    return Officer(account.login, account.pseudonym, account.agency, frozenset(g.role for g in account.roles))


def supervisor(world: Federation) -> Officer:
    return known(world, invent(world, "QN", "supervisor"))


def looked_at(world: Federation, insider: Desk, count: int = 1) -> list[str]:
    """Matters that arrived and that the insider opened and did nothing in."""
    arvenia = seat(world, "QM")
    matters = [send_diffusion(arvenia) for _ in range(count)]
    world.settle()
    for matter in matters:
        assert insider.get(f"/matters/{matter}").status_code == 200
    return matters


def shown(world: Federation) -> list[tuple[str, str, int]]:
    found = watching.lines(world.nodes["QN"], supervisor(world), world.now)
    return [(one.login, one.unusual.kind, one.unusual.count) for one in found if one.unusual.kind != LOT]


@pytest.mark.parametrize("name", ["Varnholt", "VÄRNHOLT", "van Varnholt"])
def test_looking_up_ones_own_family_is_shown(world: Federation, name: str) -> None:
    insider, login = seat(world, "QN"), invent(world, "QN")
    set_kin(world.nodes["QN"], login, ("Hansen", name))
    (matter,) = looked_at(world, insider)
    (line,) = (
        one for one in watching.lines(world.nodes["QN"], supervisor(world), world.now) if one.unusual.kind == OWN_NAME
    )
    assert (line.login, line.matters, line.unusual.count) == (login, (matter,), len(line.unusual.looks))


def test_another_officers_family_is_nothing(world: Federation) -> None:
    insider = seat(world, "QN")
    set_kin(world.nodes["QN"], invent(world, "QN", "second_line"), ("Varnholt",))
    set_kin(world.nodes["QN"], invent(world, "QN"), ("Hansen",))
    looked_at(world, insider)
    assert shown(world) == []


def test_many_matters_without_a_step_are_shown_and_those_worked_on_are_not(world: Federation) -> None:
    insider = seat(world, "QN")
    matters = looked_at(world, insider, 31)
    assert shown(world) == [(invent(world, "QN"), WITHOUT_STEP, 31)]
    for matter in matters[:2]:
        insider.post(f"/matters/{matter}/steps/reply.acknowledge", {}, form=f"/matters/{matter}")
    assert shown(world) == []


def test_only_supervisors_see_the_page_and_nobody_their_own_lines(world: Federation) -> None:
    insider = seat(world, "QN")
    set_kin(world.nodes["QN"], invent(world, "QN"), ("Varnholt",))
    looked_at(world, insider)
    assert insider.get("/looking").status_code == 403
    assert "/looking" not in insider.get("/").text
    with pytest.raises(RuleRefused):
        watching.lines(world.nodes["QN"], known(world, invent(world, "QN")), world.now)
    desk = seat(world, "QN", "supervisor")
    assert "a name of the officer" in desk.get("/looking").text
    assert 'href="/looking"' in desk.get("/").text
    set_kin(world.nodes["QN"], invent(world, "QN", "supervisor"), ("Varnholt",))
    matter = send_diffusion(seat(world, "QM"))
    world.settle()
    desk.get(f"/matters/{matter}")
    assert [login for login, _, _ in shown(world)] == [invent(world, "QN")]


def test_another_agencys_looking_is_not_shown(world: Federation) -> None:
    insider = seat(world, "QN")
    set_kin(world.nodes["QN"], invent(world, "QN"), ("Varnholt",))
    looked_at(world, insider)
    other = known(world, invent(world, "QN", "supervisor", "federal"))
    assert watching.lines(world.nodes["QN"], other, world.now) == ()


def test_what_came_of_asking_is_kept_and_stands_in_the_ledger(world: Federation) -> None:
    insider = seat(world, "QN")
    set_kin(world.nodes["QN"], invent(world, "QN"), ("Varnholt",))
    looked_at(world, insider)
    who, node = supervisor(world), world.nodes["QN"]
    line = watching.lines(node, who, world.now)[0].unusual
    about = (line.officer, line.kind, line.day.isoformat())
    for wrong, outcome in (((about[0], "volume", about[2]), "explained"), (about, "forgiven")):
        with pytest.raises(InputRefused):
            watching.review(node, who, wrong, outcome, world.now)
    watching.review(node, who, about, "explained", world.now)
    kept = watching.lines(node, who, world.now)[0]
    assert (kept.outcome, kept.by) == ("Explained by work", who.login)
    with node.store.read() as unit:
        last = [read_leaf(raw) for _, raw in log.entries(unit, log.MAIN)][-1]
    assert (last.tag, last.decision, last.actor) == (watching.REVIEWED, "explained", f"QN.bureau:{who.pseudonym}")


def test_lines_go_after_two_weeks(world: Federation) -> None:
    insider = seat(world, "QN")
    set_kin(world.nodes["QN"], invent(world, "QN"), ("Varnholt",))
    looked_at(world, insider)
    world.now += watching.SHOWN + timedelta(days=1)
    assert shown(world) == []


@pytest.mark.browser
def test_in_a_browser_a_line_is_answered(world: Federation, browser: Browser) -> None:
    insider = seat(world, "QN")
    set_kin(world.nodes["QN"], invent(world, "QN"), ("Varnholt",))
    looked_at(world, insider)
    desk = seat(world, "QN", "supervisor")
    with served(world, "QN") as url:
        page, said = opened(browser, desk, url)
        load(page, f"{url}/looking")
        assert serious(page) == []
        page.get_by_role("button", name="Explained by work").first.click()
        expect(page.locator("tbody")).to_contain_text("supervisor.bureau")
    assert said == []
