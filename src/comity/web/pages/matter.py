"""One matter: its story, what may be done next, and who answered what; and the files attached to it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from comity.node.extract import may_make
from comity.node.letters import paper_of
from comity.node.query import mark_seen, matter_page
from comity.node.reading import read_attachment
from comity.procedures.message.form import LANGUAGES as LETTER_LANGUAGES
from comity.web.desk import Seated, addressable, page, web_of

router = APIRouter()


@router.get("/matters/{matter}")
def show(request: Request, seat: Seated, matter: str) -> Response:
    """The matter as this officer may know it; opening it takes it off the agency's alerts."""
    web = web_of(request)
    shown = matter_page(web.node, seat.officer, matter, web.now())
    mark_seen(web.node, seat.officer, matter, web.now())
    return page(
        request,
        "matter.html",
        seat=seat,
        matter=shown,
        key=lambda: web.node.draw(16).hex(),
        choices=addressable(web),
        name=web.node.name,
        paper=paper_of(web.node, seat.officer, matter, web.now()),
        letter_languages=LETTER_LANGUAGES,
        extract=may_make(web.node, seat.officer, matter, web.now()),
    )


@router.get("/attachments/{commitment}")
def attachment(request: Request, seat: Seated, commitment: str) -> Response:
    """One picture or document, decided and written down like any other reading."""
    web = web_of(request)
    media, data = read_attachment(web.node, seat.officer, commitment, web.now())
    alone = {
        "content-disposition": "inline" if media.startswith("image/") else "attachment",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(data, media_type=media, headers=alone)
