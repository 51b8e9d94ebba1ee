"""The first screen, and the part of it that keeps itself fresh."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from comity.node.query import Desk, desk_of, desk_version
from comity.node.reference import show_lists
from comity.node.seats import Seat, seat_of
from comity.web.desk import NotSeated, Seated, Web, page, render, web_of

router = APIRouter()

GROUPS = (
    ("new", "New on this desk"),
    ("ours", "Waiting for us"),
    ("theirs", "We wait for"),
    ("recalled", "Recalled"),
    ("other", "Other matters"),
)
"""The desk's sections in order of urgency, with their headings."""


@router.get("/")
def desk_page(request: Request, seat: Seated) -> Response:
    """What came in, what waits for whom, who cannot be reached."""
    web = web_of(request)
    return page(request, "desk.html", seat=seat, **_shown(web, seat))


@router.get("/live")
def live(request: Request, version: str = "") -> Response:
    """The desk's changing part, or 204 if nothing changed; asking does not count as being there."""
    web = web_of(request)
    seat = seat_of(web.node, request.cookies.get(web.cookie, ""), web.now(), touch=False)
    if not isinstance(seat, Seat):
        raise NotSeated
    if version == desk_version(web.node, seat.officer, web.now()):
        return Response(status_code=204)
    return HTMLResponse(render(request, "_desk_live.html", seat=seat, **_shown(web, seat)))


@router.get("/health")
async def health(request: Request) -> Response:
    """Whether the node answers and can read its store; no personal data."""
    await run_in_threadpool(_readable, web_of(request))
    return PlainTextResponse("ok")


def _readable(web: Web) -> None:
    with web.node.store.read() as unit:
        unit.exec_driver_sql("SELECT 1")


def _shown(web: Web, seat: Seat) -> dict[str, Any]:
    desk: Desk = desk_of(web.node, seat.officer, web.now(), web.looks)
    groups = [(code, title, [row for row in desk.rows if row.group == code]) for code, title in GROUPS]
    warned = [(s.current, s.warning) for s in show_lists(web.node.home, web.now()) if s.current is not None]
    return {"desk": desk, "groups": [one for one in groups if len(one[2]) > 0], "lists": warned}
