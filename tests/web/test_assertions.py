"""Grave steps count with the officer's own passkey, at the desk and at every other member, or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from tests.authenticator import PRESENT, Authenticator
from tests.federation import NAMES, Federation, federation
from tests.web.desks import Desk, seat, served, token_in
from tests.web.test_browser import load, opened, serious
from tests.web.test_law import HEAD, ROWS
from tests.web.test_passkeys import ORIGIN, added, key_of

from comity import bootstrap
from comity.errors import InputRefused, RuleRefused
from comity.exchange.assertion import ON_THE_WAY, Assertion, write_assertion
from comity.identity.passkeys import parts_of
from comity.node import passkeys
from comity.node.action import Order, Prepared, finish_step, prepare_step, take_step
from comity.node.listed_officers import list_officers, officers_passkeys
from comity.node.officer import Officer
from comity.node.profiles import history
from comity.node.seats import accounts
from comity.storage import post, schema

LAW = """format: comity-profile-1
member: QM
version: 1
valid_from: '2026-01-01'
officer: {name: A. Lund, office: Ministry of Justice}
packs: [coe]
values:
  effect.notice.red: {value: arrest, source: Act 4, mark: V}
"""
PUBLISH = Order("legal_profile", "publish", "profile", data={"text": LAW})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path, ("QM", "QN", "QS")) as made:
        yield made


def listed(world: Federation, authenticator: Authenticator) -> Desk:
    """The desk of a legal officer whose passkey every member knows."""
    desk = seat(world, "QM", "legal_officer")
    added(desk, authenticator)
    list_officers(world.nodes["QM"], bootstrap.root_key(world.folder / "QM"), world.now)
    world.settle()
    return desk


def lawyer(world: Federation) -> Officer:
    account = next(one for one in accounts(world.nodes["QM"]) if one.login.startswith("legal"))
    return Officer(account.login, account.pseudonym, account.agency, frozenset({"legal_officer"}))


def prepared(world: Federation, *, version: int = 1) -> Prepared:
    order = replace(PUBLISH, data={"text": LAW.replace("version: 1", f"version: {version}")})
    made = prepare_step(world.nodes["QM"], lawyer(world), order, world.now)
    assert isinstance(made, Prepared)
    return made


def asserted(authenticator: Authenticator, made: Prepared, *, page: str = ORIGIN, digest: str = "") -> bytes:
    challenge = Authenticator.text(bytes.fromhex(digest or made.digest))
    options = json.dumps({"challenge": challenge, "rpId": "arvenia.localhost"})
    return write_assertion(Assertion(*parts_of(authenticator.sign(options, page))))


def refusals(world: Federation, member: str) -> list[str]:
    with world.nodes[member].store.read() as unit:
        return [str(one["rule"]) for one in post.quarantined(unit)]


def test_a_grave_step_asks_for_the_passkey_and_carries_its_assertion_to_every_member(world: Federation) -> None:
    authenticator = Authenticator()
    desk = listed(world, authenticator)
    page = desk.post("/law/edit", {**HEAD, **ROWS, "do": "publish"})
    assert "Sign with your passkey" in page.text
    assert history(world.nodes["QM"].laws, "QM") == ()
    path = page.text.partition('action="/assert/')[2].partition('"')[0]
    csrf = {"csrf": token_in(page.text)}
    options = desk.client.post(f"/assert/{path}/ask", data=csrf).text
    done = desk.client.post(f"/assert/{path}", data={**csrf, "answer": authenticator.sign(options, ORIGIN)})
    assert done.status_code == 200, done.text
    world.settle()
    for node in world.nodes.values():
        assert node.law("QM", "effect.notice.red").value == "arrest"
        with node.store.read() as unit:
            kept = unit.execute(select(schema.act.c.assertion).where(schema.act.c.digest == path)).scalar()
        assert len(bytes(kept)) > 100


def test_without_the_passkey_a_grave_step_is_refused_here(world: Federation) -> None:
    listed(world, Authenticator())
    with pytest.raises(RuleRefused, match="grave step"):
        take_step(world.nodes["QM"], lawyer(world), PUBLISH, world.now)
    made = prepared(world)
    for assertion in (
        b"",
        b"{}",
        asserted(Authenticator(handle=b"x"), made),
        asserted(Authenticator(id=b"other"), made),
    ):
        with pytest.raises(RuleRefused):
            finish_step(world.nodes["QM"], made, assertion, world.now)
    assert history(world.nodes["QM"].laws, "QM") == ()


def test_an_officer_without_a_listed_passkey_is_told_the_way(world: Federation) -> None:
    listed(world, Authenticator())
    desk = seat(world, "QM", "legal_officer")
    desk.post("/account/passkeys/remove", {"passkey": Authenticator().id.hex()}, form="/account")
    page = desk.post("/law/edit", {**HEAD, **ROWS, "do": "publish"})
    assert (page.status_code, "root key lists it" in page.text) == (403, True)


@pytest.mark.parametrize(
    ("forged", "rule"),
    [
        (lambda key, made: b"", "act.assertion_missing"),
        (lambda key, made: asserted(Authenticator(handle=key.handle), made), "act.assertion_bad"),
        (lambda key, made: asserted(key, made, digest="00" * 32), "act.assertion_bad"),
        (lambda key, made: asserted(key, made, page="http://arvenia.localhost.evil.test"), "act.assertion_bad"),
        (lambda key, made: asserted(replace(key, flags=PRESENT), made), "act.assertion_bad"),
        (lambda key, made: asserted(Authenticator(id=b"unlisted"), made), "act.assertion_key"),
        (lambda key, made: b"\xff" * 50, "format.json"),
    ],
)
def test_whoever_holds_the_nodes_key_alone_forges_no_grave_act(
    world: Federation, forged: Callable[[Authenticator, Prepared], bytes], rule: str
) -> None:
    authenticator = Authenticator()
    listed(world, authenticator)
    made = prepared(world)
    finish_step(world.nodes["QM"], replace(made, is_asked=False), forged(authenticator, made), world.now)
    world.settle()
    for member in ("QN", "QS"):
        assert refusals(world, member)[0] == rule
        assert history(world.nodes[member].laws, "QM") == ()


def test_another_officers_assertion_does_not_stand_for_the_one_named(world: Federation) -> None:
    authenticator = Authenticator()
    listed(world, authenticator)
    other = replace(lawyer(world), pseudonym="0123456789abcdef")
    made = prepare_step(world.nodes["QM"], other, PUBLISH, world.now)
    assert isinstance(made, Prepared)
    finish_step(world.nodes["QM"], replace(made, is_asked=False), asserted(authenticator, made), world.now)
    world.settle()
    assert refusals(world, "QN")[0] == "act.assertion_key"


def test_a_date_before_the_first_passkey_is_no_way_around_it(world: Federation) -> None:
    early = world.now - timedelta(days=1)
    listed(world, Authenticator())
    world.turn((ON_THE_WAY + timedelta(hours=1)).total_seconds())
    made = prepare_step(world.nodes["QM"], lawyer(world), PUBLISH, early)
    assert isinstance(made, Prepared)
    assert made.ready.arrivals[0].act.header.time < world.now.isoformat()
    finish_step(world.nodes["QM"], replace(made, is_asked=False), b"", world.now)
    world.settle()
    assert refusals(world, "QN")[0] == "act.assertion_missing"


def test_what_was_written_before_the_first_passkey_and_is_on_its_way_still_counts(world: Federation) -> None:
    seat(world, "QM", "legal_officer")
    take_step(world.nodes["QM"], lawyer(world), PUBLISH, world.now)  # recorded; the line is down
    world.turn(60)
    listed(world, Authenticator())
    assert world.nodes["QN"].law("QM", "effect.notice.red").value == "arrest"
    assert refusals(world, "QN") == []


def test_a_removed_passkey_is_revoked_in_the_next_list_and_what_it_asserted_stands(world: Federation) -> None:
    authenticator, other = Authenticator(), Authenticator(id=b"\x08" * 16)
    desk = listed(world, authenticator)
    made = prepared(world)
    finish_step(world.nodes["QM"], made, asserted(authenticator, made), world.now)
    world.settle()
    world.turn(60)
    added(desk, other, name="Red key")
    desk.post("/account/passkeys/remove", {"passkey": authenticator.id.hex()}, form="/account")
    root = bootstrap.root_key(world.folder / "QM")
    assert list_officers(world.nodes["QM"], root, world.now) == 3
    with pytest.raises(InputRefused, match="already"):
        list_officers(world.nodes["QM"], root, world.now)
    world.settle()
    agency = world.nodes["QN"].trust.agency("QM.bureau")
    assert agency is not None
    assert {one.id: one.revoked is None for one in agency.officers} == {authenticator.id: False, other.id: True}
    assert world.nodes["QN"].law("QM", "effect.notice.red").value == "arrest"
    assert [one.listed for one in officers_passkeys(world.nodes["QM"], world.now)] == [True]
    again = prepared(world, version=2)
    with pytest.raises(RuleRefused):
        finish_step(world.nodes["QM"], again, asserted(authenticator, again), world.now)


def test_the_root_key_taken_out_of_the_node_is_needed_to_list_anybody(world: Federation) -> None:
    home, file = world.folder / "QM", world.folder / "root.json"
    desk = seat(world, "QM", "legal_officer")
    added(desk, Authenticator())
    bootstrap.take_root_out(home, file)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputRefused, match="Nothing was signed"):
        bootstrap.root_key(home)
    with pytest.raises(InputRefused):
        bootstrap.take_root_out(home, world.folder / "again.json")
    world.crash("QM")
    node = world.open("QM")
    assert list_officers(node, bootstrap.root_key(home, file), world.now) == 2


def test_a_step_that_waited_too_long_or_lost_its_place_is_not_recorded(world: Federation) -> None:
    authenticator = Authenticator()
    desk = listed(world, authenticator)
    first = desk.post("/law/edit", {**HEAD, **ROWS, "do": "publish"})
    second = desk.post("/law/edit", {**HEAD, **ROWS, "do": "publish"})
    paths = [one.text.partition('action="/assert/')[2].partition('"')[0] for one in (first, second)]
    csrf = {"csrf": token_in(second.text)}
    assert desk.client.post(f"/assert/{paths[0]}/ask", data=csrf).status_code == 403
    options = desk.client.post(f"/assert/{paths[1]}/ask", data=csrf).text
    answer = authenticator.sign(options, ORIGIN)
    world.now += passkeys.FRESH
    assert desk.client.post(f"/assert/{paths[1]}", data={**csrf, "answer": answer}).status_code == 403
    assert history(world.nodes["QM"].laws, "QM") == ()


@pytest.mark.browser
def test_in_a_browser_the_step_asks_for_the_finger_and_leads_on(world: Federation, browser: Browser) -> None:
    desk = seat(world, "QM", "legal_officer")
    node = world.nodes["QM"]
    with served(world, "QM") as url:
        here = url.replace("127.0.0.1", f"{NAMES['QM'].lower()}.localhost")
        page, said = opened(browser, desk, here)
        with key_of(page) as (session, key):
            load(page, f"{here}/account")
            page.get_by_role("button", name="Add a passkey").click()
            expect(page.get_by_role("rowheader", name="Passkey")).to_be_visible()
            list_officers(node, bootstrap.root_key(world.folder / "QM"), world.now)
            desk.post("/law/edit", {**HEAD, **ROWS, "do": "preview"})
            load(page, f"{here}/law/edit")
            page.get_by_role("button", name="Show what it would change").click()
            page.get_by_role("button", name="Publish by name and office").click()
            button = page.get_by_role("button", name="Sign with your passkey")
            expect(button).to_be_visible()
            assert serious(page) == []
            session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
            button.click()
            expect(page.get_by_role("status")).to_contain_text("nothing is recorded")
            session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
            button.click()
            expect(page).to_have_url(re.compile("published=[0-9a-f]{16}"))
    assert said == []
    world.settle()
    assert [one.version for one in history(node.laws, "QM")] == [1]
