"""The ledger's logs: how long they are, their last signed checkpoint, and whether every entry still agrees."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from comity.ledger.checkpoint import read_checkpoint
from comity.node.notary import audit
from comity.node.officer import context, principal
from comity.node.reading import purpose_of
from comity.policy.facts import LogFacts
from comity.storage import log, post
from comity.web.desk import Seated, page, web_of

router = APIRouter()


@router.get("/ledger")
def show(request: Request, seat: Seated, verify: str = "") -> Response:
    """The logs; with ``verify`` each is read from its first entry and the result said."""
    web = web_of(request)
    node, officer = web.node, seat.officer
    circumstances = context(purpose_of(officer), web.now())
    node.policies.decide(principal(node, officer), "prove", LogFacts(log.MAIN), circumstances).require()
    with node.store.read() as unit:
        heads = log.heads(unit)
        points = {name: log.last_checkpoint(unit, name) for name in heads}
        refused = post.quarantined(unit)
    logs = [
        {
            "name": name,
            "size": frontier.size,
            "checkpoint": None if point is None else read_checkpoint(point[1]),
            "note": "" if point is None else point[1].decode("utf-8"),
        }
        for name, frontier in sorted(heads.items())
        for point in (points[name],)
    ]
    reports = audit(node) if verify != "" else []
    return page(request, "ledger.html", seat=seat, logs=logs, reports=reports, refused=refused)
