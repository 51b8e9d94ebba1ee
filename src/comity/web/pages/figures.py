"""Figures for supervisors; every number opens the list of matters that it counts."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from comity.errors import RuleRefused
from comity.insight.response import figures
from comity.node.figures import response_samples
from comity.web.desk import Seated, page, web_of

router = APIRouter()

READERS = frozenset({"supervisor", "data_protection_officer", "senior_officer"})


@router.get("/figures/response-times")
def response_times(request: Request, seat: Seated, partner: str = "", level: str = "", clock: str = "") -> Response:
    """Response times by partner and level; with a partner named, the matters behind one line."""
    if len(seat.officer.roles & READERS) == 0:
        raise RuleRefused("Figures are for supervisors.", rule="figures.role", remedy="Ask yours.")
    web = web_of(request)
    samples = response_samples(web.node, seat.officer, web.now())
    chosen = [one for one in samples if (one.partner, one.level, one.clock) == (partner, level, clock)]
    return page(
        request,
        "response_times.html",
        seat=seat,
        figures=figures(samples),
        chosen=chosen,
        heading=(partner, level, clock),
        counted=len({one.matter for one in samples}),
    )
