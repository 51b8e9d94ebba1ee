"""An officer's own account: the passkeys, and signing in with one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from comity.errors import InputRefused, RuleRefused
from comity.identity.session import token_digest
from comity.node import passkeys
from comity.node.seats import Seat
from comity.web.desk import Posted, Seated, Web, go, page, place_of, put_cookie, text_of, web_of
from comity.web.pages.signin import refused_page

router = APIRouter()


@router.post("/sign-in/passkey/ask")
def ask_to_sign_in(request: Request, form: Posted) -> Response:
    """What the browser asks an authenticator to sign in."""
    web = web_of(request)
    return _json(passkeys.ask_to_sign_in(web.node, place_of(request), _browser(request, web), web.now()))


@router.post("/sign-in/passkey")
async def take_sign_in(request: Request, form: Posted) -> Response:
    """The answer of an authenticator, which signs the officer in."""
    return await run_in_threadpool(_sign_in, request, text_of(form, "answer"))


def _sign_in(request: Request, answer: str) -> Response:
    web = web_of(request)
    try:
        token = passkeys.sign_in_with(web.node, place_of(request), _browser(request, web), answer, web.spent, web.now())
    except RuleRefused as refusal:
        return refused_page(request, refusal)
    done = go("/")
    put_cookie(request, done, token)
    return done


@router.get("/account")
def show_account(request: Request, seat: Seated) -> Response:
    """The officer's own account."""
    return _page(request, seat)


@router.post("/account/passkeys/ask")
def ask_to_add(request: Request, seat: Seated, form: Posted) -> Response:
    """What the browser asks an authenticator for a new passkey."""
    web = web_of(request)
    try:
        return _json(passkeys.ask_to_add(web.node, seat, place_of(request), web.now()))
    except RuleRefused as refusal:
        return JSONResponse({"says": f"{refusal.says} {refusal.remedy}"}, 403)


@router.post("/account/passkeys")
async def take_passkey(request: Request, seat: Seated, form: Posted) -> Response:
    """Adds a passkey."""
    name, answer = text_of(form, "name"), text_of(form, "answer")
    return await run_in_threadpool(_add, request, seat, name, answer)


def _add(request: Request, seat: Seat, name: str, answer: str) -> Response:
    web = web_of(request)
    try:
        passkeys.add(web.node, seat, place_of(request), name, answer, web.now())
    except (InputRefused, RuleRefused) as refusal:
        return _page(request, seat, refusal, status=422)
    return go("/account")


@router.post("/account/passkeys/remove")
async def take_removal(request: Request, seat: Seated, form: Posted) -> Response:
    """Removes a passkey."""
    return await run_in_threadpool(_remove, request, seat, text_of(form, "passkey"))


def _remove(request: Request, seat: Seat, passkey: str) -> Response:
    web = web_of(request)
    try:
        passkeys.remove(web.node, seat, passkey, web.now())
    except (InputRefused, RuleRefused) as refusal:
        return _page(request, seat, refusal, status=422)
    return go("/account")


def _page(
    request: Request, seat: Seat, refusal: InputRefused | RuleRefused | None = None, *, status: int = 200
) -> Response:
    web = web_of(request)
    return page(
        request,
        "account.html",
        seat=seat,
        status=status,
        held=passkeys.passkeys_of(web.node, seat),
        fresh=passkeys.is_fresh(seat, web.now()),
        refusal=refusal,
    )


def _json(options: str) -> Response:
    return Response(options, media_type="application/json")


def _browser(request: Request, web: Web) -> str:
    return token_digest(request.cookies.get(web.cookie, ""))
