"""Signing in and out, and the choice of language."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from comity.errors import RuleRefused
from comity.identity.account import Account, roles_at
from comity.node.seats import Seat, accounts, exercise_sign_in, seat_of, sign_in, sign_out
from comity.policy.roles import ROLES
from comity.web.desk import LANGUAGE_COOKIE, Posted, Web, go, page, put_cookie, text_of, web_of
from comity.web.language import languages

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request) -> Response:
    """The form; in an exercise also its invented officers, each one click away."""
    web = web_of(request)
    if isinstance(seat_of(web.node, request.cookies.get(web.cookie, ""), web.now()), Seat):
        return go("/")
    return _page(request, web)


@router.post("/sign-in")
async def take_sign_in(request: Request, form: Posted) -> Response:
    """Password and code."""
    web = web_of(request)
    login = text_of(form, "login")
    try:
        token = await run_in_threadpool(
            sign_in, web.node, login, text_of(form, "password"), text_of(form, "code"), web.now()
        )
    except RuleRefused as refusal:
        return await run_in_threadpool(_page, request, web, refusal=refusal, login=login)
    return _in(request, token)


@router.post("/sign-in/exercise")
def take_exercise_sign_in(request: Request, form: Posted) -> Response:
    """One click, in an exercise only."""
    web = web_of(request)
    return _in(request, exercise_sign_in(web.node, text_of(form, "login"), web.now()))


@router.post("/sign-out")
def take_sign_out(request: Request, form: Posted) -> Response:
    """Ends the session here and in the browser."""
    web = web_of(request)
    sign_out(web.node, request.cookies.get(web.cookie, ""))
    answer = go("/sign-in")
    answer.delete_cookie(web.cookie, path="/", httponly=True, samesite="strict")
    return answer


@router.post("/language")
def take_language(request: Request, form: Posted) -> Response:
    """Keeps the chosen language in the browser."""
    back, code = text_of(form, "back"), text_of(form, "code")
    own = back.startswith("/") and not back.startswith("//") and "\\" not in back
    answer = go(back if own else "/")
    if code in languages():
        answer.set_cookie(LANGUAGE_COOKIE, code, path="/", max_age=365 * 86400, httponly=True, samesite="strict")
    return answer


def _in(request: Request, token: str) -> Response:
    answer = go("/")
    put_cookie(request, answer, token)
    return answer


def refused_page(request: Request, refusal: RuleRefused) -> Response:
    """The form again, saying that nobody was signed in."""
    return _page(request, web_of(request), refusal=refusal)


def _page(request: Request, web: Web, *, refusal: RuleRefused | None = None, login: str = "") -> Response:
    node = web.node
    invented = [_person(web, account) for account in accounts(node)] if node.exercise else []
    status = 200 if refusal is None else 403
    return page(request, "signin.html", status=status, invented=invented, refusal=refusal, login=login)


def _person(web: Web, account: Account) -> dict[str, object]:
    roles = [ROLES[role].title for role in sorted(roles_at(account, web.now())) if role in ROLES]
    return {"login": account.login, "agency": web.node.name(account.agency), "roles": roles}
