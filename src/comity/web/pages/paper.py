"""Paper: letters made from a matter, the register of prints, correspondents, and mail that came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from comity.bootstrap import mailbox_of
from comity.errors import Defect, InputRefused, RuleRefused
from comity.node import incoming, keeping
from comity.node.correspondents import may_keep, record_correspondent
from comity.node.extract import make_extract
from comity.node.incoming import Taken
from comity.node.letters import Made, Wanted, make_letter
from comity.node.prints import prints_page, settle
from comity.node.query import seen_matter
from comity.node.seats import Seat
from comity.procedures.form import File
from comity.procedures.record.table import V1 as RECORD
from comity.procedures.table import Step
from comity.storage import paper
from comity.storage.paper import Correspondent
from comity.web.desk import Posted, Seated, Web, go, page, sending, text_of, web_of
from comity.web.pages.form import Typed, data_of, read_typed

router = APIRouter()

FIELDS = ("name", "channel", "address", "mail", "phone", "languages")


@router.post("/matters/{matter}/letters")
def letter(request: Request, seat: Seated, form: Posted, matter: str) -> Response:
    """The file of one letter, numbered and registered."""
    web = web_of(request)
    wanted = Wanted(*(text_of(form, name) for name in ("kind", "about", "language", "form", "place")))
    return _file(make_letter(web.node, seat.officer, matter, wanted, web.now()))


def _file(made: Made) -> Response:
    return Response(
        made.data,
        media_type=made.media,
        headers={
            "content-disposition": f'attachment; filename="{made.name}"',
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "no-store",
        },
    )


@router.post("/matters/{matter}/extract")
def extract(request: Request, seat: Seated, form: Posted, matter: str) -> Response:
    """The file of a notice's public extract, numbered and registered."""
    web = web_of(request)
    wanted = Wanted("public", "", *(text_of(form, name) for name in ("language", "form", "place")))
    return _file(make_extract(web.node, seat.officer, matter, wanted, web.now()))


@router.get("/matters/{matter}/keep/{step}")
def keep_form(request: Request, seat: Seated, matter: str, step: str) -> Response:
    """The form for a record of our own, made from a matter."""
    web = web_of(request)
    return _keep(request, seat, matter, step, Typed({}, {}, web.node.draw(16).hex(), frozenset()))


@router.post("/matters/{matter}/keep/{step}")
async def keep_record(request: Request, seat: Seated, form: Posted, matter: str, step: str) -> Response:
    """Makes a record of our own."""
    typed = await read_typed(form, _keep_step(step).form)
    return await run_in_threadpool(_take_keep, request, seat, matter, step, typed)


@router.get("/prints")
def prints(request: Request, seat: Seated) -> Response:
    """The register of prints."""
    return page(request, "prints.html", seat=seat, lines=prints_page(web_of(request).node, seat.officer))


@router.post("/prints")
def settle_print(request: Request, seat: Seated, form: Posted) -> Response:
    """Writes down what became of one print."""
    web = web_of(request)
    settle(web.node, seat.officer, text_of(form, "number"), text_of(form, "state"), web.now())
    return go("/prints")


@router.get("/correspondents")
def correspondents(request: Request, seat: Seated) -> Response:
    """The register of correspondents."""
    return _correspondents(request, seat, {"languages": "en"})


@router.post("/correspondents")
def keep_correspondent(request: Request, seat: Seated, form: Posted) -> Response:
    """Adds a correspondent, or ends one."""
    web = web_of(request)
    typed = {name: text_of(form, name).replace("\r\n", "\n").strip() for name in FIELDS}
    try:
        if text_of(form, "end") != "":
            record_correspondent(web.node, seat.officer, _ended(web, text_of(form, "code")), web.now())
        else:
            record_correspondent(web.node, seat.officer, _typed(typed), web.now())
    except InputRefused as refusal:
        return _correspondents(request, seat, typed, refusal.defects, status=422)
    return go("/correspondents")


@router.get("/mail")
def mail(request: Request, seat: Seated) -> Response:
    """What came in and waits for an officer."""
    return _mail(request, seat)


@router.post("/mail")
async def take_mail(request: Request, seat: Seated, form: Posted) -> Response:
    """Takes in a mail as a file, or a pasted answer with its scans."""
    files = [
        File(one.filename or "", await one.read())
        for one in form.getlist("file")
        if isinstance(one, UploadFile) and (one.filename or "") != ""
    ]
    return await run_in_threadpool(_take, request, seat, form, files)


@router.post("/mail/read")
def read_mailbox(request: Request, seat: Seated, form: Posted) -> Response:
    """Reads the mailbox that the settings name; nothing in it is changed."""
    web = web_of(request)
    box = mailbox_of(web.node.home)
    if box is None:
        raise RuleRefused("No mailbox is set up.", rule="mailbox.none", remedy="Ask the administrator.")
    return _mail(request, seat, taken=incoming.read_mailbox(web.node, seat.officer, box, web.now()))


@router.post("/mail/{id_}")
def deal_with(request: Request, seat: Seated, form: Posted, id_: str) -> Response:
    """Attaches what waits to a matter, or sets it aside."""
    web = web_of(request)
    if text_of(form, "aside") != "":
        incoming.set_aside(web.node, seat.officer, id_)
        return go("/mail")
    matter, _, party = text_of(form, "to").partition("/")
    try:
        taken = incoming.attach(web.node, seat.officer, id_, matter, party, web.now())
    except InputRefused as refusal:
        return _mail(request, seat, refusal.defects, status=422)
    return go(f"/matters/{taken.matter}")


def _take(request: Request, seat: Seat, form: FormData, files: list[File]) -> Response:
    web = web_of(request)
    mails = [file for file in files if file.name.lower().endswith(".eml")]
    rest = tuple(file for file in files if file not in mails)
    try:
        taken = [incoming.take_mail(web.node, seat.officer, one.name, one.data, web.now()) for one in mails]
        if len(mails) == 0 or len(rest) > 0 or text_of(form, "text").strip() != "":
            sender = text_of(form, "sender")
            taken.append(incoming.take_text(web.node, seat.officer, text_of(form, "text"), rest, sender, web.now()))
    except InputRefused as refusal:
        return _mail(request, seat, refusal.defects, status=422)
    return _mail(request, seat, taken=tuple(taken))


def _keep_step(name: str) -> Step:
    step = RECORD.step(name, "record") if name in keeping.CODES else None
    if step is None:
        raise RuleRefused("There is no such step.", rule="procedure.step")
    return step


def _take_keep(request: Request, seat: Seat, matter: str, name: str, typed: Typed) -> Response:
    web = web_of(request)
    data = data_of(_keep_step(name).form, typed)
    try:
        with sending(web, typed.key):
            done = keeping.keep(web.node, seat.officer, matter, keeping.Keeping(name, data, typed.key), web.now())
    except InputRefused as refusal:
        return _keep(request, seat, matter, name, typed, refusal.defects, status=422)
    return go(f"/matters/{done.matter}")


def _keep(
    request: Request,
    seat: Seat,
    matter: str,
    name: str,
    typed: Typed,
    defects: tuple[Defect, ...] = (),
    *,
    status: int = 200,
) -> Response:
    web = web_of(request)
    step = _keep_step(name)
    with web.node.store.read() as unit:
        seen_matter(web.node, unit, seat.officer, matter, web.now())
    return page(
        request,
        "keep.html",
        seat=seat,
        status=status,
        matter=matter,
        step=step,
        typed=typed,
        faults=defects,
        by_field={field: [d for d in defects if d.field == field] for field in {d.field for d in defects}},
        missing={f"{field.label} is missing.": field.label for field in (step.form.fields if step.form else ())},
    )


def _typed(typed: Mapping[str, str]) -> Correspondent:
    name, channel, address, mail_, phone, languages = (typed[field] for field in FIELDS)
    return Correspondent("", name, channel, address, mail_, phone, languages)


def _ended(web: Web, code: str) -> Correspondent:
    with web.node.store.read() as unit:
        known = {one.code: one for one in paper.correspondents(unit)}
    if code not in known:
        raise RuleRefused("There is no such correspondent.", rule="correspondent.unknown")
    return replace(known[code], active=False)


def _correspondents(
    request: Request, seat: Seat, typed: Mapping[str, str], defects: tuple[Defect, ...] = (), *, status: int = 200
) -> Response:
    node = web_of(request).node
    with node.store.read() as unit:
        offices = paper.correspondents(unit)
    return page(
        request,
        "correspondents.html",
        seat=seat,
        status=status,
        offices=offices,
        typed=typed,
        defects=defects,
        keeps=may_keep(node, seat.officer),
    )


def _mail(
    request: Request,
    seat: Seat,
    defects: tuple[Defect, ...] = (),
    *,
    taken: tuple[Taken, ...] = (),
    status: int = 200,
) -> Response:
    web = web_of(request)
    return page(
        request,
        "mail.html",
        seat=seat,
        status=status,
        waiting=incoming.waiting(web.node, seat.officer),
        tracks=incoming.open_tracks(web.node, seat.officer, web.now()),
        taken=taken,
        defects=defects,
        mailbox=mailbox_of(web.node.home) is not None,
    )
