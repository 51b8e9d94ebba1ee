"""Desks of a federation's nodes: signed-in clients in this process, and a real server where a browser needs one."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.testclient import TestClient
from tests.federation import NAMES, Federation

from comity.node import seats
from comity.procedures.diffusion import V1
from comity.web.app import create_app

SEND = {**V1.example["owner.send"], "to": ["QN", "QO"]}
CANARIES = ("Varnholt", "Ilka", "QM4471902", "Port Almery", "Forgery of public documents", "Warrant 88/2026")
"""Words of the example's content that must not be seen where it may not be read."""

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
_KEY = re.compile(r'name="key" value="([^"]+)"')


@dataclass
class Desk:
    """One officer's browser without a script."""

    client: TestClient
    cookie: str

    def get(self, path: str, **kwargs: Any) -> Response:
        """One page."""
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: Mapping[str, Any], *, form: str = "", **kwargs: Any) -> Response:
        """Sends the form that stands on page ``form`` (``path`` unless named), with its token and key."""
        page = self.client.get(form or path).text
        found = _KEY.search(page)
        hidden = {"csrf": token_in(page), **({} if found is None else {"key": found[1]})}
        return self.client.post(path, data={**hidden, **data}, **kwargs)


def token_in(page: str) -> str:
    """The form token of a page."""
    found = _TOKEN.search(page)
    assert found is not None
    return found[1]


def visitor(world: Federation, member: str) -> Desk:
    """A browser before signing in."""
    app = create_app(world.nodes[member])
    url = f"http://{NAMES[member].lower()}.localhost:8470"
    return Desk(TestClient(app, base_url=url, raise_server_exceptions=False), f"comity-{member.lower()}")


def invent(world: Federation, member: str, role: str = "duty_officer", agency: str = "bureau") -> str:
    """The login of an invented officer, made if needed."""
    node, login = world.nodes[member], f"{role.replace('_', '-')}.{agency}"
    if login not in {account.login for account in seats.accounts(node)}:
        seats.create_exercise_account(node, login, f"{member}.{agency}", (role,), world.now)
    return login


def seat(world: Federation, member: str, role: str = "duty_officer", agency: str = "bureau") -> Desk:
    """A signed-in officer."""
    desk = visitor(world, member)
    login = invent(world, member, role, agency)
    assert desk.post("/sign-in/exercise", {"login": login}, form="/sign-in").url.path == "/"  # type: ignore[attr-defined]
    return desk


def send_diffusion(desk: Desk, *, files: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """The matter of a diffusion sent through the form."""
    answer = desk.post("/matters/new/diffusion/owner.send", {**SEND, **changes}, files=files)
    assert answer.status_code == 200, answer.text
    return str(answer.url).rpartition("/")[2]  # type: ignore[attr-defined]


@contextmanager
def served(world: Federation, member: str) -> Iterator[str]:
    """The address of a real server for one node."""
    config = uvicorn.Config(create_app(world.nodes[member]), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
