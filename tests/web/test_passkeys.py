"""Signing in with a passkey, in a browser with an authenticator of its own, and by those who have none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect
from tests.authenticator import Authenticator
from tests.federation import NAMES, Federation, federation
from tests.web.desks import Desk, invent, seat, served, token_in, visitor
from tests.web.test_browser import load, opened, serious

from comity.ledger.leaf import read_leaf
from comity.node import passkeys
from comity.node.seats import accounts
from comity.storage import log

ORIGIN = "http://arvenia.localhost:8470"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        yield made


def added(desk: Desk, authenticator: Authenticator, *, name: str = "Blue key") -> None:
    """Adds a passkey as the page does."""
    csrf = {"csrf": token_in(desk.get("/account").text)}
    options = desk.client.post("/account/passkeys/ask", data=csrf)
    assert options.status_code == 200, options.text
    answer = authenticator.make(options.text, ORIGIN)
    done = desk.client.post("/account/passkeys", data={**csrf, "name": name, "answer": answer})
    assert done.status_code == 200, done.text


def signed_in(desk: Desk, authenticator: Authenticator, **changed: str) -> bool:
    csrf = {"csrf": token_in(desk.get("/sign-in").text)}
    options = desk.client.post("/sign-in/passkey/ask", data=csrf).text
    answer = authenticator.sign(options, ORIGIN, **changed)
    return _sent(desk, csrf, answer)


def _sent(desk: Desk, csrf: dict[str, str], answer: str) -> bool:
    done = desk.client.post("/sign-in/passkey", data={**csrf, "answer": answer})
    assert done.status_code in (200, 403), done.text
    return urlsplit(str(done.url)).path == "/"


def entries(world: Federation, member: str) -> list[tuple[str, str, str]]:
    """(tag, decision, rule) of what the ledger says of accounts."""
    with world.nodes[member].store.read() as unit:
        leaves = [read_leaf(raw) for _, raw in log.entries(unit, log.MAIN)]
    return [(one.tag, one.decision, one.rule) for one in leaves if one.tag.startswith("identity:")]


def test_whoever_added_a_passkey_signs_in_with_it_and_the_ledger_says_so(world: Federation) -> None:
    desk, authenticator = seat(world, "QM"), Authenticator()
    added(desk, authenticator)
    assert "Blue key" in desk.get("/account").text
    assert signed_in(visitor(world, "QM"), authenticator)
    assert entries(world, "QM")[-2:] == [
        ("identity:passkey:add", "allowed", ""),
        ("identity:signin:allow", "allowed", "passkey"),
    ]
    assert not signed_in(visitor(world, "QM"), authenticator, challenge="AAAA")
    assert entries(world, "QM")[-1] == ("identity:signin:refuse", "refused", "passkey.challenge")


def test_an_answer_signs_in_once_and_only_the_browser_that_asked(world: Federation) -> None:
    desk, authenticator = seat(world, "QM"), Authenticator()
    added(desk, authenticator)
    first, second = visitor(world, "QM"), visitor(world, "QM")
    csrf = {"csrf": token_in(first.get("/sign-in").text)}
    answer = authenticator.sign(first.client.post("/sign-in/passkey/ask", data=csrf).text, ORIGIN)
    assert not _sent(second, {"csrf": token_in(second.get("/sign-in").text)}, answer)
    assert _sent(first, csrf, answer)
    assert not _sent(first, {"csrf": token_in(visitor_page(first))}, answer)


def visitor_page(desk: Desk) -> str:
    desk.client.cookies.clear()
    return desk.get("/sign-in").text


def test_failures_at_the_password_do_not_keep_out_whoever_has_a_passkey(world: Federation) -> None:
    desk, authenticator = seat(world, "QM"), Authenticator()
    added(desk, authenticator)
    login = accounts(world.nodes["QM"])[0].login
    for _ in range(6):
        answer = visitor(world, "QM").post("/sign-in", {"login": login, "password": "guess", "code": "000000"})
        assert answer.status_code == 403
    assert signed_in(visitor(world, "QM"), authenticator)


def test_a_desk_left_open_takes_no_passkey(world: Federation) -> None:
    desk = seat(world, "QM")
    csrf = {"csrf": token_in(desk.get("/account").text)}
    world.now += passkeys.FRESH + timedelta(seconds=1)
    answer = desk.client.post("/account/passkeys/ask", data=csrf)
    assert (answer.status_code, "ten minutes" in json.loads(answer.text)["says"]) == (403, True)
    assert "data-passkey" not in desk.get("/account").text
    assert desk.client.post("/account/passkeys", data={**csrf, "answer": "{}"}).status_code == 422


def test_a_removed_passkey_signs_nobody_in(world: Federation) -> None:
    desk, authenticator = seat(world, "QM"), Authenticator()
    added(desk, authenticator)
    added(desk, other := Authenticator(id=b"\x08" * 16), name="Red key")
    desk.post("/account/passkeys/remove", {"passkey": authenticator.id.hex()}, form="/account")
    assert not signed_in(visitor(world, "QM"), authenticator)
    assert signed_in(visitor(world, "QM"), other)
    again = desk.post("/account/passkeys/remove", {"passkey": authenticator.id.hex()}, form="/account")
    assert (again.status_code, "no such passkey" in again.text) == (422, True)


def test_a_copied_key_whose_count_went_back_is_refused(world: Federation) -> None:
    desk, authenticator = seat(world, "QM"), Authenticator()
    added(desk, authenticator)
    assert signed_in(visitor(world, "QM"), authenticator)
    authenticator.counter = 0
    assert not signed_in(visitor(world, "QM"), authenticator)


def test_what_is_no_answer_is_a_refusal_in_the_usual_words(world: Federation) -> None:
    desk = visitor(world, "QM")
    csrf = {"csrf": token_in(desk.get("/sign-in").text)}
    for answer in ("", "{}", "[]", "null", '{"response": {"clientDataJSON": "é"}}', "x" * 5000):
        done = desk.client.post("/sign-in/passkey", data={**csrf, "answer": answer})
        assert (done.status_code, "Nobody was signed in." in done.text) == (403, True)


@contextmanager
def key_of(page: Page) -> Iterator[tuple[CDPSession, str]]:
    """A security key in the browser, with a finger on it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    yield session, made
    session.detach()


@pytest.mark.browser
def test_in_a_browser_a_passkey_is_added_and_signs_in(world: Federation, browser: Browser) -> None:
    desk = seat(world, "QM")
    login = invent(world, "QM")
    with served(world, "QM") as url:
        here = url.replace("127.0.0.1", f"{NAMES['QM'].lower()}.localhost")
        page, said = opened(browser, desk, here)
        with key_of(page) as (session, key):
            load(page, f"{here}/account")
            assert serious(page) == []
            page.get_by_label("A name for it, such as the key or the device").fill("Blue key")
            page.get_by_role("button", name="Add a passkey").click()
            expect(page.get_by_role("rowheader", name="Blue key")).to_be_visible()
            page.get_by_role("button", name="Sign out").click()
            button = page.get_by_role("button", name="Sign in with a passkey")
            session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
            button.click()
            expect(page.get_by_role("status")).to_contain_text("No passkey was used.")
            session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
            button.click()
            expect(page.get_by_role("link", name=login)).to_be_visible()
            page.get_by_role("link", name=login).click()
            expect(page.get_by_role("row", name="Blue key")).not_to_contain_text("never")
    assert said == []


@pytest.mark.browser
def test_under_an_address_in_digits_the_page_says_why_there_are_no_passkeys(
    world: Federation, browser: Browser
) -> None:
    desk = seat(world, "QM")
    with served(world, "QM") as url:
        page, said = opened(browser, desk, url)
        load(page, f"{url}/account")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_role("status")).to_contain_text("No passkey was made.")
    assert said == []
