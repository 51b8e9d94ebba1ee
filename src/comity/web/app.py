"""The web desk of one node and the doors at which other nodes call, as one application."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import as_file, files
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from comity.errors import InputRefused, OwnFault, PeerRefused, RuleRefused
from comity.node.callers import Door
from comity.node.node import Node
from comity.web.desk import NotSeated, make_web
from comity.web.guard import Guard, TooLarge
from comity.web.pages import (
    account,
    check,
    desk,
    exchange,
    figures,
    flight,
    form,
    law,
    ledger,
    lists,
    matter,
    members,
    paper,
    problem,
    proof,
    rota,
    sheet,
    signin,
    signing,
    watching,
)
from comity.web.service.app import CHECK_PATH, PATH, create_check, create_service
from comity.web.service.check import Straight

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")

PAGES = (
    signin,
    account,
    signing,
    desk,
    form,
    matter,
    flight,
    check,
    lists,
    proof,
    ledger,
    members,
    law,
    rota,
    figures,
    paper,
    sheet,
    watching,
)
"""The modules with pages for officers, in the order of their routes."""


def create_app(node: Node, *, hosts: Iterable[str] = ()) -> FastAPI:
    """The application of ``node``; it answers under its own name in the directory, ``hosts`` and loopback only."""
    app = FastAPI(title="Comity", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.web = make_web(node)
    door = Door()
    asked = create_check(node, door)
    app.mount(CHECK_PATH, asked)
    app.include_router(exchange.router)
    for module in PAGES:
        app.include_router(module.router)
    app.mount(PATH, create_service(node, door))
    with as_file(files("comity.web").joinpath("static")) as folder:
        app.mount("/static", StaticFiles(directory=folder), name="static")
    app.add_exception_handler(NotSeated, problem.not_seated)
    app.add_exception_handler(TooLarge, _too_large)
    for kind in (InputRefused, RuleRefused, PeerRefused):
        app.add_exception_handler(kind, problem.refused)
    app.add_exception_handler(OwnFault, problem.own_fault)
    app.add_exception_handler(404, problem.not_found)
    app.add_exception_handler(405, problem.not_found)
    app.add_exception_handler(422, problem.not_found)
    app.add_exception_handler(Exception, problem.fault)
    app.add_middleware(Straight, path=f"{CHECK_PATH}/check", checks=asked.state.checks)
    app.add_middleware(Guard, hosts={*OWN_NAMES, *_own_host(node), *hosts})
    return app


def _own_host(node: Node) -> set[str]:
    member = node.trust.member(node.member)
    host = None if member is None else urlsplit(member.url).hostname
    return set() if host is None else {host}


async def _too_large(_: Request, __: Exception) -> Response:
    return PlainTextResponse("The request is too large. Nothing was recorded.", 413)
