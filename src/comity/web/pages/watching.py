"""The supervisor's page of unusual looking, and what came of asking."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from comity.errors import Defect, InputRefused
from comity.node.seats import Seat
from comity.node.watching import OUTCOMES, lines, review
from comity.web.desk import Posted, Seated, go, page, text_of, web_of

router = APIRouter()


@router.get("/looking")
def show(request: Request, seat: Seated) -> Response:
    """What was unusual in two weeks, each line with its reason."""
    return _page(request, seat)


@router.post("/looking")
async def take(request: Request, seat: Seated, form: Posted) -> Response:
    """Writes down what came of asking about one line."""
    about = (text_of(form, "officer"), text_of(form, "kind"), text_of(form, "day"))
    return await run_in_threadpool(_take, request, seat, about, text_of(form, "outcome"))


def _take(request: Request, seat: Seat, about: tuple[str, str, str], outcome: str) -> Response:
    web = web_of(request)
    try:
        review(web.node, seat.officer, about, outcome, web.now(), web.zone)
    except InputRefused as refusal:
        return _page(request, seat, refusal.defects, status=422)
    return go("/looking")


def _page(request: Request, seat: Seat, defects: tuple[Defect, ...] = (), *, status: int = 200) -> Response:
    web = web_of(request)
    return page(
        request,
        "looking.html",
        seat=seat,
        status=status,
        lines=lines(web.node, seat.officer, web.now(), web.zone),
        outcomes=OUTCOMES,
        defects=defects,
    )
