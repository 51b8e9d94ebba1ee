"""The duty rota: who is on duty, who is called next, and the directory's numbers beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from comity.errors import Defect, InputRefused, RuleRefused
from comity.node.query import duty_number
from comity.node.rota import DUTIES, add_turn, drop_turn, turns
from comity.node.seats import Seat
from comity.web.desk import Posted, Seated, go, page, text_of, web_of

router = APIRouter()

DIGITS = 9
"""No turn has a number with more digits."""

WRITERS = frozenset({"supervisor", "administrator"})


@router.get("/rota")
def show(request: Request, seat: Seated) -> Response:
    """The rota as it stands."""
    return _page(request, seat)


@router.post("/rota")
async def add(request: Request, seat: Seated, form: Posted) -> Response:
    """Adds a turn, or takes one out."""
    return await run_in_threadpool(_change, request, seat, form)


def _change(request: Request, seat: Seat, form: FormData) -> Response:
    web = web_of(request)
    if len(seat.officer.roles & WRITERS) == 0:
        raise RuleRefused("A supervisor or the administrator writes the rota.", rule="rota.role", remedy="Ask one.")
    try:
        drop = text_of(form, "drop")
        if drop.isdecimal():
            if len(drop) <= DIGITS:
                drop_turn(web.node, int(drop))
        else:
            hours = (_moment(form, "begins"), _moment(form, "ends"))
            add_turn(web.node, text_of(form, "duty"), text_of(form, "name"), text_of(form, "phone"), *hours)
    except InputRefused as refusal:
        return _page(request, seat, refusal.defects, form, status=422)
    return go("/rota")


def _moment(form: FormData, name: str) -> datetime:
    text = text_of(form, name).strip().replace("T", " ")
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError as error:
        says = f"{text!r} is no date and hour."
        defect = Defect("rota", says, "Write it as 2026-11-22 22:00 (UTC).", field=name)
        raise InputRefused("The turn was not added.", [defect]) from error


def _page(
    request: Request, seat: Seat, defects: tuple[Defect, ...] = (), form: FormData | None = None, *, status: int = 200
) -> Response:
    web = web_of(request)
    with web.node.store.read() as unit:
        known = turns(unit)
    typed = {name: "" if form is None else text_of(form, name) for name in ("duty", "name", "phone", "begins", "ends")}
    numbers = [(web.node.name(code), duty_number(web.node, code)) for code in sorted(web.node.members())]
    return page(
        request,
        "rota.html",
        seat=seat,
        status=status,
        turns=[turn for turn in known if turn.ends > web.now()],
        duties=DUTIES,
        titles=dict(DUTIES),
        numbers=numbers,
        defects=defects,
        typed=typed,
        may_write=len(seat.officer.roles & WRITERS) > 0,
    )
