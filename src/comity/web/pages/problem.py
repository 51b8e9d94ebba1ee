"""What goes wrong, said without data: what failed, whether anything was recorded, what to do next."""

from __future__ import annotations

import structlog
from fastapi import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from comity.errors import ComityError, InputRefused
from comity.identity.session import Ended
from comity.node.seats import Seat, seat_of
from comity.web.desk import page, web_of
from comity.web.guard import EXCHANGE

UNKNOWN = ("matter.unknown", "part.unknown", "ledger.no_act", "procedure.unknown", "procedure.step")
"""Rules that say only that there is nothing here."""

_log = structlog.get_logger("comity.web")


async def not_seated(request: Request, _: Exception) -> Response:
    """Nobody is signed in: to the sign-in page, or a bare answer to what a script asked."""
    if request.url.path == "/live" or "application/json" in request.headers.get("accept", ""):
        return PlainTextResponse("Please sign in.", 401)
    return RedirectResponse("/sign-in", 303)


def refused(request: Request, error: Exception) -> Response:
    """A refusal with its reason, its rule and the lawful way."""
    if not isinstance(error, ComityError):
        return fault(request, error)
    if error.rule in UNKNOWN:
        return not_found(request, error)
    status = 422 if isinstance(error, InputRefused) else 403
    return _page(request, status, error)


def own_fault(request: Request, error: Exception) -> Response:
    """This installation's own state is wrong: an administrator has to act."""
    if isinstance(error, ComityError):
        _log.error("web.own_fault", rule=error.rule)
        return _page(request, 500, error)
    return fault(request, error)


def not_found(request: Request, _: Exception) -> Response:
    """Nothing here, said alike for what does not exist and for what may not be seen."""
    if request.url.path.startswith(EXCHANGE):
        return PlainTextResponse("", 404)
    return page(request, "problem.html", seat=_seat(request), status=404, kind="not_found", error=None)


def fault(request: Request, error: Exception) -> Response:
    """Something broke; the log has its kind, the page has no data."""
    _log.error("web.fault", path=getattr(request.scope.get("route"), "path", ""), error=type(error).__name__)
    if request.url.path.startswith(EXCHANGE):
        return PlainTextResponse("", 500)
    return page(request, "problem.html", seat=_seat(request), status=500, kind="fault", error=None)


def _page(request: Request, status: int, error: ComityError) -> Response:
    return page(request, "problem.html", seat=_seat(request), status=status, kind="refused", error=error)


def _seat(request: Request) -> Seat | None:
    web = web_of(request)
    token = request.cookies.get(web.cookie, "")
    seat = seat_of(web.node, token, web.now(), touch=False) if token != "" else None
    return None if isinstance(seat, Ended) else seat
