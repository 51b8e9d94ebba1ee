"""Flights: screening a carrier's list, and the second line's page with each possible hit and its decision."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from comity.errors import Defect, InputRefused
from comity.node import aboard
from comity.node.action import Order
from comity.node.answers_to_carriers import CarrierAnswer, answer_of, request_of
from comity.node.departures import board
from comity.node.flight import screen_flight
from comity.node.hits import PROCEDURE, hit_page
from comity.node.reference import show_lists
from comity.node.seats import Seat
from comity.procedures.screening.table import DECISIONS, GROUNDS
from comity.web.desk import Posted, Seated, go, page, web_of
from comity.web.pages.form import Typed, data_of, read_typed
from comity.web.pages.signing import take

router = APIRouter()


@router.get("/flights")
def show_flights(request: Request, seat: Seated) -> Response:
    """The form for a list, and the flights screened so far."""
    return _flights(request, seat)


@router.post("/flights")
async def take_flight(request: Request, seat: Seated, form: Posted) -> Response:
    """Screens one file or several; those that cannot be read come back with every defect, the others are screened."""
    uploads = [one for one in form.getlist("file") if isinstance(one, UploadFile)]
    files = [(one.filename or "", await one.read()) for one in uploads]
    return await run_in_threadpool(_screen, request, seat, files)


@router.get("/flights/{matter}")
def show_flight(request: Request, seat: Seated, matter: str) -> Response:
    """The possible hits of one flight."""
    return _flight(request, seat, matter)


@router.get("/flights/{matter}/answer")
def give_answer(request: Request, seat: Seated, matter: str) -> Response:
    """The answer to the carrier, with every defect of its list, as a file."""
    web = web_of(request)
    return _file(answer_of(web.node, seat.officer, matter, web.now()))


@router.get("/flights/{matter}/request")
def give_request(request: Request, seat: Seated, matter: str) -> Response:
    """A request to the carrier for the bookings of the flight (GOVREQ), as a file."""
    web = web_of(request)
    try:
        return _file(request_of(web.node, seat.officer, matter, web.now()))
    except InputRefused as refusal:
        return _flight(request, seat, matter, refusal.defects, status=422)


def _file(answer: CarrierAnswer) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
    return Response(answer.data, media_type="application/edifact", headers=headers)


@router.get("/flights/{matter}/aboard")
def show_aboard(request: Request, seat: Seated, matter: str) -> Response:
    """Who is aboard, masked after six months."""
    return _aboard(request, seat, matter)


@router.post("/flights/{matter}/unmask")
async def ask_to_unmask(request: Request, seat: Seated, form: Posted, matter: str) -> Response:
    """Asks to see what is masked, with a ground."""
    ground = str(form.get("ground", ""))
    return await run_in_threadpool(_ask, request, seat, matter, ground)


@router.post("/flights/{matter}/unmask/{ask}")
async def answer_unmasking(request: Request, seat: Seated, form: Posted, matter: str, ask: str) -> Response:
    """Another officer grants or refuses it."""
    given = str(form.get("answer", ""))
    return await run_in_threadpool(_answer, request, seat, matter, ask, given)


@router.post("/flights/{matter}/hits/{hit}")
async def take_decision(request: Request, seat: Seated, form: Posted, matter: str, hit: str) -> Response:
    """The second line's decision about one possible hit; it goes to the officer's own bureau and nowhere else."""
    typed = await _decision(form, hit)
    return await run_in_threadpool(_decide, request, seat, matter, hit, typed)


async def _decision(form: FormData, hit: str) -> Typed:
    typed = await read_typed(form, None)
    return Typed({**typed.values, "hit": [hit]}, {}, typed.key, typed.confirmed)


def _screen(request: Request, seat: Seat, files: list[tuple[str, bytes]]) -> Response:
    web = web_of(request)
    defects: list[Defect] = []
    done: list[str] = []
    for name, data in files or [("", b"")]:
        try:
            if len(data) == 0:
                says = "No file was chosen, or it is empty."
                raise InputRefused(
                    says, [Defect("form.required", says, "Choose the carrier's list.", name, field="file")]
                )
            done.append(screen_flight(web.node, seat.officer, name, data, web.now()).matter)
        except InputRefused as refusal:
            defects.extend(refusal.defects)
    if len(defects) > 0:
        return _flights(request, seat, tuple(defects), status=422)
    return go(f"/flights/{done[0]}" if len(done) == 1 else "/flights")


def _ask(request: Request, seat: Seat, matter: str, ground: str) -> Response:
    web = web_of(request)
    try:
        aboard.ask(web.node, seat.officer, matter, ground, web.now())
    except InputRefused as refusal:
        return _aboard(request, seat, matter, refusal.defects, status=422)
    return go(f"/flights/{matter}/aboard")


def _answer(request: Request, seat: Seat, matter: str, ask: str, given: str) -> Response:
    web = web_of(request)
    try:
        order = aboard.answer_order(web.node, seat.officer, matter, ask, given, web.now())
        return take(request, seat, order, f"/flights/{matter}/aboard")
    except InputRefused as refusal:
        return _aboard(request, seat, matter, refusal.defects, status=422)


def _aboard(
    request: Request, seat: Seat, matter: str, defects: tuple[Defect, ...] = (), *, status: int = 200
) -> Response:
    web = web_of(request)
    shown = aboard.aboard(web.node, seat.officer, matter, web.now())
    me = seat.officer.pseudonym
    return page(request, "aboard.html", seat=seat, status=status, shown=shown, defects=defects, me=me)


def _decide(request: Request, seat: Seat, matter: str, hit: str, typed: Typed) -> Response:
    order = Order(PROCEDURE, "decide", "flight", matter=matter, data=data_of(None, typed), key=typed.key)
    try:
        return take(request, seat, order, f"/flights/{matter}#hit-{hit[:16]}")
    except InputRefused as refusal:
        return _flight(request, seat, matter, refusal.defects, hit, typed, status=422)


def _flights(request: Request, seat: Seat, defects: tuple[Defect, ...] = (), *, status: int = 200) -> Response:
    web = web_of(request)
    lists = [shown for shown in show_lists(web.node.home, web.now()) if shown.current is not None]
    return page(
        request,
        "flights.html",
        seat=seat,
        status=status,
        flights=board(web.node, seat.officer, web.now(), web.looks),
        lists=lists,
        defects=defects,
        may_screen=len(seat.officer.roles & {"duty_officer", "second_line"}) > 0,
    )


def _flight(
    request: Request,
    seat: Seat,
    matter: str,
    defects: tuple[Defect, ...] = (),
    hit: str = "",
    typed: Typed | None = None,
    *,
    status: int = 200,
) -> Response:
    web = web_of(request)
    return page(
        request,
        "flight.html",
        seat=seat,
        status=status,
        shown=hit_page(web.node, seat.officer, matter, web.now()),
        decisions=DECISIONS,
        grounds=GROUNDS,
        defects=defects,
        refused_hit=hit,
        typed=typed,
        key=lambda: web.node.draw(16).hex(),
    )
