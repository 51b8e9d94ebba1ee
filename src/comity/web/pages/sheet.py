"""The paper page: what a desk needs when power or line is cut, on one sheet with blank lines to write on.

The page prints itself each hour while it stands open; nothing of it is kept in a file of the node.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from comity.node.query import desk_of, peer_lines
from comity.node.rota import DUTIES, turns
from comity.web.desk import Seated, page, web_of

router = APIRouter()

BLANK_LINES = 12
ITEMS = 18
"""At most so many dates, so that it stays one sheet; the page says how many more there are."""


@router.get("/paper")
def show(request: Request, seat: Seated) -> Response:
    """The sheet as it stands now."""
    web = web_of(request)
    desk = desk_of(web.node, seat.officer, web.now(), web.looks)
    with web.node.store.read() as unit:
        peers = peer_lines(web.node, unit)
        rota = turns(unit, at=web.now())
    held = [line for line in desk.dates if line.due.binding]
    others = [line for line in desk.dates if not line.due.binding]
    return page(
        request,
        "paper.html",
        seat=seat,
        held=held,
        dates=others[:ITEMS],
        more=max(len(others) - ITEMS, 0),
        peers=peers,
        rota=rota,
        titles=dict(DUTIES),
        blank=range(BLANK_LINES),
    )
