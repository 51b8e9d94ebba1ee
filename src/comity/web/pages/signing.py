"""Taking a step: at once, or, where it counts with the officer's own passkey alone, after that was asked for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from comity.errors import RuleRefused
from comity.node.action import Done, Order, finish_step, prepare_step
from comity.node.passkeys import ask_to_assert, assert_act
from comity.node.seats import Seat
from comity.web.desk import Posted, Seated, go, page, place_of, sending, text_of, web_of
from comity.web.waiting import Waiting

router = APIRouter()


def take(request: Request, seat: Seat, order: Order, where: str) -> Response:
    """Takes a step and leads to ``where``, in which ``{matter}`` and ``{act}`` stand for what was recorded; or asks for
    the officer's passkey first. Raises what :func:`comity.node.action.take_step` raises."""
    web = web_of(request)
    with sending(web, order.key):
        prepared = prepare_step(web.node, seat.officer, order, web.now())
        if isinstance(prepared, Done):
            return _go(where, prepared)
        if not prepared.is_asked:
            return _go(where, finish_step(web.node, prepared, b"", web.now()))
    ask_to_assert(web.node, seat, place_of(request), prepared)
    waiting = Waiting(prepared, where)
    web.waiting.put(seat.digest, waiting, web.now())
    return _page(request, seat, waiting)


@router.post("/assert/{digest}/ask")
def ask(request: Request, seat: Seated, form: Posted, digest: str) -> Response:
    """What the browser asks an authenticator to sign: the digest of the act."""
    web = web_of(request)
    try:
        held = web.waiting.get(seat.digest, digest, web.now())
        options = ask_to_assert(web.node, seat, place_of(request), held.prepared)
    except RuleRefused as refusal:
        return JSONResponse({"says": f"{refusal.says} {refusal.remedy}"}, 403)
    return Response(options, media_type="application/json")


@router.post("/assert/{digest}")
async def finish(request: Request, seat: Seated, form: Posted, digest: str) -> Response:
    """Records the step with its officer's assertion."""
    return await run_in_threadpool(_finish, request, seat, digest, text_of(form, "answer"))


def _finish(request: Request, seat: Seat, digest: str, answer: str) -> Response:
    web = web_of(request)
    held = web.waiting.get(seat.digest, digest, web.now())
    try:
        with sending(web, held.prepared.key):
            assertion = assert_act(web.node, seat, place_of(request), held.prepared, answer, web.now())
            done = finish_step(web.node, held.prepared, assertion, web.now())
    except RuleRefused as refusal:
        return _page(request, seat, held, refusal, status=422)
    return _go(held.where, done)


def _page(
    request: Request, seat: Seat, held: Waiting, refusal: RuleRefused | None = None, *, status: int = 200
) -> Response:
    return page(request, "sign.html", seat=seat, status=status, prepared=held.prepared, refusal=refusal)


def _go(where: str, done: Done) -> Response:
    return go(where.format(matter=done.matter, act=done.act[:16]))
