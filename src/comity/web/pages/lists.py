"""The lists of reference: what screens and how old it is, its versions, what changed, and releasing what is held."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from comity.errors import InputRefused
from comity.node import list_page
from comity.node.list_keeping import agree
from comity.node.seats import Seat
from comity.web.desk import Posted, Seated, go, page, text_of, web_of

router = APIRouter()


@router.get("/lists")
def lists(request: Request, seat: Seated) -> Response:
    """Every list with its age, what is held and why, and the last update."""
    return _lists(request, seat)


@router.post("/lists/{name}/release")
def release(request: Request, seat: Seated, form: Posted, name: str) -> Response:
    """Takes this officer's word that a held version may screen; the second word lets it."""
    web = web_of(request)
    version, reason = text_of(form, "version"), text_of(form, "reason")
    try:
        agree(web.node, seat.officer, name, version, reason, web.now())
    except InputRefused as refusal:
        return _lists(request, seat, refusal, wrong=name)
    return go("/lists")


def _lists(request: Request, seat: Seat, refusal: InputRefused | None = None, *, wrong: str = "") -> Response:
    web = web_of(request)
    return page(
        request,
        "lists.html",
        seat=seat,
        status=200 if refusal is None else 422,
        lists=list_page.lists_page(web.node, seat.officer, web.now()),
        defects=() if refusal is None else refusal.defects,
        wrong=wrong,
        schedule=web.node.schedule,
    )


@router.get("/lists/{name}/versions")
def versions(request: Request, seat: Seated, name: str) -> Response:
    """Every version that is kept, and who released which."""
    web = web_of(request)
    found = list_page.versions_page(web.node, seat.officer, name)
    return page(request, "list_versions.html", seat=seat, name=name, found=found)


@router.get("/lists/{name}/diff")
def diff(request: Request, seat: Seated, name: str, at: int = 1) -> Response:
    """What changed from one version (``from``) to another (``to``), fifty rows a page."""
    web, asked = web_of(request), request.query_params
    found = list_page.changes_page(web.node, seat.officer, name, asked.get("from", ""), asked.get("to", ""), at)
    return page(request, "list_diff.html", seat=seat, name=name, changes=found)
