"""What stands before every page: host, headers, cookies, tokens, and the doors of other nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient
from tests.federation import Federation, federation
from tests.web.desks import seat, send_diffusion, token_in, visitor

from comity.exchange.transports.http import PULL_PATH, PUSH_PATH
from comity.identity.totp import code_at, counter_at
from comity.node import seats
from comity.node.delivery import send_once
from comity.web.app import create_app
from comity.web.guard import BODY_LIMIT, POLICY
from comity.web.pages.exchange import CARTON_LIMIT


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        yield made


def test_stranger_is_led_to_sign_in_and_learns_nothing(world: Federation) -> None:
    desk = visitor(world, "QM")
    for path in ("/", "/members", "/ledger", "/flights", "/matters/" + "0" * 32, "/proof/" + "0" * 64):
        answer = desk.get(path)
        assert str(answer.url).endswith("/sign-in")
    assert desk.get("/live").status_code == 401
    assert desk.get("/health").text == "ok"


def test_every_answer_carries_a_strict_policy_and_is_not_kept(world: Federation) -> None:
    desk = seat(world, "QM")
    for path in ("/", "/nothing", "/health", "/members"):
        headers = desk.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


def test_cookie_is_this_nodes_own_and_read_by_no_script(world: Federation) -> None:
    desk = visitor(world, "QM")
    cookie = desk.get("/sign-in").headers["set-cookie"]
    assert cookie.startswith("comity-qm=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_other_host_names_are_refused(world: Federation) -> None:
    desk = visitor(world, "QM")
    assert desk.get("/sign-in", headers={"host": "attacker.example"}).status_code == 421
    assert desk.get("/sign-in", headers={"host": "belmora.localhost:8470"}).status_code == 421
    assert desk.get("/sign-in", headers={"host": "127.0.0.1:9"}).status_code == 200
    assert desk.get("/sign-in", headers={"host": "[::1]:9"}).status_code == 200


def test_every_post_is_refused_without_the_token_of_its_page(world: Federation) -> None:
    desk = seat(world, "QM")
    app = desk.client.app
    tried = 0
    for route in _routes(app):
        if "POST" in (route.methods or ()) and not route.path.startswith("/exchange/"):
            path = re.sub(r"{\w+}", "x", route.path)
            for token in ({}, {"csrf": "forged"}):
                answer = desk.client.post(path, data={**token, "login": "x"})
                assert answer.status_code == 403, path
                tried += 1
    assert tried >= 14
    assert desk.get("/").status_code == 200


def _routes(app: object) -> list[APIRoute]:
    found: list[APIRoute] = []
    todo = list(app.routes)  # type: ignore[attr-defined]
    while todo:
        one = todo.pop()
        if isinstance(one, APIRoute):
            found.append(one)
        todo.extend(getattr(getattr(one, "original_router", None), "routes", ()))
    return found


def test_token_of_another_session_is_refused(world: Federation) -> None:
    one, other = seat(world, "QM"), seat(world, "QM", "second_line")
    answer = one.client.post("/sign-out", data={"csrf": token_in(other.get("/").text)})
    assert answer.status_code == 403
    assert "/sign-in" not in str(one.get("/").url)


def test_request_from_another_sites_page_is_refused(world: Federation) -> None:
    desk = seat(world, "QM")
    token = token_in(desk.get("/").text)
    answer = desk.client.post("/sign-out", data={"csrf": token}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_signing_in_takes_password_and_code_and_says_the_same_of_every_failure(world: Federation) -> None:
    node = world.nodes["QM"]
    made = seats.create_account(node, "ada", "four unrelated words here", "QM.bureau", ("duty_officer",), world.now)
    desk = visitor(world, "QM")
    code = code_at(made.account.totp_secret, counter_at(world.now))
    wrong = [
        {"login": "ada", "password": "wrong", "code": code},
        {"login": "ada", "password": "four unrelated words here", "code": "000000"},
        {"login": "nobody", "password": "wrong", "code": code},
    ]
    said = {re.sub(r'value="[^"]*"', "", desk.post("/sign-in", data).text) for data in wrong}
    assert len(said) == 1
    assert "Signing in was refused" in next(iter(said))
    right = {"login": "ada", "password": "four unrelated words here", "code": code}
    assert str(desk.post("/sign-in", right).url).endswith("/")
    assert "Working on" in desk.get("/").text
    again = visitor(world, "QM")
    assert again.post("/sign-in", right).status_code == 403


def test_session_ends_by_itself_and_refreshing_does_not_prolong_it(world: Federation) -> None:
    desk = seat(world, "QM")
    for _ in range(8):
        world.turn(300)
        desk.get("/live?version=x")
    assert str(desk.get("/").url).endswith("/sign-in")


def test_signing_out_ends_the_session_itself(world: Federation) -> None:
    desk = seat(world, "QM")
    token = desk.client.cookies[desk.cookie]
    desk.post("/sign-out", {}, form="/")
    desk.client.cookies.set(desk.cookie, token)
    assert str(desk.get("/").url).endswith("/sign-in")


def test_one_click_sign_in_exists_only_in_an_exercise(world: Federation) -> None:
    node = world.nodes["QM"]
    assert node.exercise
    login = seats.create_exercise_account(node, "ada", "QM.bureau", ("duty_officer",), world.now).login
    assert "EXERCISE — invented persons" in visitor(world, "QM").get("/sign-in").text
    assert seats.officer_of(node, seats.exercise_sign_in(node, login, world.now), world.now) is not None


def test_oversize_bodies_are_refused_before_they_are_read(world: Federation) -> None:
    client = TestClient(create_app(world.nodes["QM"]), base_url="http://arvenia.localhost:8470")
    for path, limit in ((PUSH_PATH, CARTON_LIMIT), (PULL_PATH, 1 << 20), ("/sign-in", BODY_LIMIT)):
        answer = client.post(path, content=b"x", headers={"content-length": str(limit + 1)})
        assert answer.status_code == 413, path
    streamed = client.post(PULL_PATH, content=(b"x" * (1 << 18) for _ in range(6)))
    assert streamed.status_code == 413


def test_a_carton_from_nobody_is_refused_with_its_rule_and_leaves_a_leaf(world: Federation) -> None:
    client = TestClient(create_app(world.nodes["QM"]), base_url="http://arvenia.localhost:8470")
    answer = client.post(PUSH_PATH, content=b"not a carton")
    assert answer.status_code == 400
    assert answer.headers["comity-rule"] != ""
    assert answer.content == b""
    assert "Nothing was refused" not in seat(world, "QM").get("/ledger").text


class _OverApp:
    """The line between two nodes, through the real application."""

    name = "app"

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def push(self, url: str, carton: bytes) -> bytes:
        answer = self.client.post(PUSH_PATH, content=carton)
        assert answer.status_code == 200
        return answer.content

    def pull(self, url: str, request: bytes) -> bytes:
        return self.client.post(PULL_PATH, content=request).content


def test_a_diffusion_travels_through_the_doors_of_two_applications(world: Federation) -> None:
    matter = send_diffusion(seat(world, "QM"))
    there = TestClient(create_app(world.nodes["QN"]), base_url="http://belmora.localhost:8470")
    world.nodes["QM"].transport = _OverApp(there)  # type: ignore[assignment]
    assert send_once(world.nodes["QM"], "QN", world.now)
    assert "Ilka Jorun Varnholt" in seat(world, "QN").get(f"/matters/{matter}").text
