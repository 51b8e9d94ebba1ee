"""The members of the network: whom to call, who answers, what waits for whom."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from comity.node.query import peer_lines
from comity.web.desk import Seated, page, web_of

router = APIRouter()


@router.get("/members")
def show(request: Request, seat: Seated) -> Response:
    """The directory as the duty desk needs it."""
    web = web_of(request)
    node = web.node
    with node.store.read() as unit:
        peers = peer_lines(node, unit)
    agencies = {
        code: [(agency.name, agency.id) for agency in listed.doc.agencies] for code, listed in node.trust.lists.items()
    }
    directory = node.trust.directory.doc
    return page(
        request,
        "members.html",
        seat=seat,
        peers=peers,
        agencies=agencies,
        reviewer=node.reviewer,
        version=directory.version,
        expires=directory.expires,
        stale=node.trust.stale(web.now()),
    )
