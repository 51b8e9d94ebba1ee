"""Checking a document: one by its zone or its number, or a list; a possible hit leads to the owner of the record.

What was typed never stands in an address: the question is a form, and the form that tells the owner is begun by
another. Nothing typed here is kept; the question is written down as a digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from comity.errors import Defect, InputRefused
from comity.formats.asked_document import Typed as TypedDocument
from comity.formats.document_checks import Page
from comity.model.travel_document import KINDS
from comity.node.document_bulk import as_csv
from comity.node.document_desk import (
    MOST_ROWS,
    Checked,
    CheckedList,
    check_list,
    check_one,
    freshness,
    state_in_words,
)
from comity.node.seats import Seat
from comity.web.desk import Posted, Seated, page, text_of, web_of
from comity.web.pages.form import begin

router = APIRouter()

ASKED = ("mrz", "kind", "country", "number")
PRINTED = (
    ("surname", "Surname"),
    ("given", "Given names"),
    ("number", "Number"),
    ("nationality", "Nationality"),
    ("issuer", "Issued by"),
    ("born", "Date of birth"),
    ("sex", "Sex"),
    ("issued", "Date of issue"),
    ("expires", "Date of expiry"),
)
"""What the page of data says, with its label; each field's name in the form begins with ``page_``."""
_CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page shows beside its empty form."""

    typed: Mapping[str, str] = field(default_factory=dict)
    checked: Checked | None = None
    listed: CheckedList | None = None
    defects: tuple[Defect, ...] = ()


@router.get("/check")
def show_check(request: Request, seat: Seated) -> Response:
    """The empty form."""
    return _page(request, seat, _Shown())


@router.post("/check")
async def take_check(request: Request, seat: Seated, form: Posted) -> Response:
    """Checks one document and shows what is known of it; nothing typed is kept."""
    return await run_in_threadpool(_check, request, seat, _typed(form))


@router.post("/check/list")
async def take_list(request: Request, seat: Seated, form: Posted) -> Response:
    """Checks a list of documents; with ``as`` it goes back as a file."""
    found = form.get("file")
    name, data = (found.filename or "", await found.read()) if isinstance(found, UploadFile) else ("", b"")
    return await run_in_threadpool(_list, request, seat, name, data, is_file=text_of(form, "as") == "csv")


@router.post("/check/tell")
async def begin_telling(request: Request, seat: Seated, form: Posted) -> Response:
    """The form that tells the owner of a record, filled in from the check; nothing is told yet."""
    given = {name: [text_of(form, name)] for name in ("to", "about", "kind", "number", "seen_at")}
    return await run_in_threadpool(begin, request, seat, "document_hit", "hit.tell", given)


def _typed(form: FormData) -> dict[str, str]:
    names = (*ASKED, *(f"page_{name}" for name, _ in PRINTED))
    return {name: text_of(form, name).replace("\r\n", "\n").strip()[:2000] for name in names}


def _check(request: Request, seat: Seat, typed: dict[str, str]) -> Response:
    web = web_of(request)
    asked = TypedDocument(**{name: typed[name] for name in ASKED})
    printed = Page(**{name: typed[f"page_{name}"] for name, _ in PRINTED})
    try:
        checked = check_one(web.node, seat.officer, asked, printed, web.now())
    except InputRefused as refusal:
        return _page(request, seat, _Shown(typed, defects=refusal.defects), status=422)
    return _page(request, seat, _Shown(typed, checked=checked))


def _list(request: Request, seat: Seat, name: str, data: bytes, *, is_file: bool) -> Response:
    web = web_of(request)
    try:
        listed = check_list(web.node, seat.officer, name, data, web.now())
    except InputRefused as refusal:
        return _page(request, seat, _Shown(defects=refusal.defects), status=422)
    if is_file:
        headers = {"Content-Disposition": 'attachment; filename="documents-checked.csv"'}
        return Response(as_csv(listed.rows, listed.at), media_type=_CSV, headers=headers)
    return _page(request, seat, _Shown(listed=listed))


def _page(request: Request, seat: Seat, shown: _Shown, *, status: int = 200) -> Response:
    web = web_of(request)
    officer = seat.officer
    wrong: dict[str, list[Defect]] = {}
    for defect in shown.defects:
        wrong.setdefault(defect.field, []).append(defect)
    return page(
        request,
        "check.html",
        seat=seat,
        status=status,
        shown=shown,
        checked=shown.checked,
        listed=shown.listed,
        typed=shown.typed,
        wrong=wrong,
        kinds=KINDS,
        printed=PRINTED,
        state=state_in_words,
        most=MOST_ROWS,
        fresh=freshness(web.node),
        may_tell=len(officer.roles & {"duty_officer", "second_line"}) > 0,
        seen_at=web.now().strftime("%Y-%m-%d %H:%M"),
    )
