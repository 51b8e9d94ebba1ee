"""The form of any step, made from the table's own description: a new matter's first step or the next one of a matter.

A form that is refused comes back with every finding at once and everything that was typed. Each form has a key of
its own: after a lost answer the page asks by it whether the step was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, Response

from comity.errors import Defect, InputRefused, RuleRefused
from comity.node.action import Order
from comity.node.query import seen_matter
from comity.node.seats import Seat
from comity.node.steps import has_seat
from comity.procedures.form import Field, File, Form
from comity.procedures.table import Step
from comity.storage import desk as desk_rows
from comity.web.desk import Posted, Seated, Web, addressable, choices_of, page, text_of, web_of
from comity.web.pages.signing import take

router = APIRouter()

FLAG = "flag:"
"""How the rule of a finding begins that an officer may confirm."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What an officer typed: texts by field, files by field, the form's key, and the flags that were read."""

    values: Mapping[str, list[str]]
    files: Mapping[str, tuple[File, ...]]
    key: str
    confirmed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Which step of which matter a form is for."""

    procedure: str
    matter: str
    step: Step

    @property
    def url(self) -> str:
        """Where the form is sent."""
        name = f"{self.step.on}.{self.step.name}"
        return f"/matters/{self.matter}/steps/{name}" if self.matter != "" else f"/matters/new/{self.procedure}/{name}"


@router.get("/matters/new/{procedure}/{step}")
def new_form(request: Request, seat: Seated, procedure: str, step: str) -> Response:
    """The empty form that begins a matter."""
    web = web_of(request)
    place = _first(web, procedure, step)
    wanted = request.query_params.get("example") == "1"
    return _page(request, seat, place, _example(web, place) if wanted else _begun(request, place, _empty(web)))


def _begun(request: Request, place: Place, empty: Typed) -> Typed:
    """The empty form with what the link to it says: codes and numbers of matters, never anything personal."""
    fields = () if place.step.form is None else place.step.form.fields
    begun = {f.name: [request.query_params[f.name]] for f in fields if request.query_params.get(f.name, "") != ""}
    return Typed(begun, {}, empty.key, empty.confirmed)


@router.post("/matters/new/{procedure}/{step}")
async def take_new(request: Request, seat: Seated, form: Posted, procedure: str, step: str) -> Response:
    """Begins a matter."""
    place = _first(web_of(request), procedure, step)
    return await run_in_threadpool(_take, request, seat, place, await read_typed(form, place.step.form))


@router.get("/matters/{matter}/steps/{step}")
def step_form(request: Request, seat: Seated, matter: str, step: str) -> Response:
    """The empty form of the next step."""
    web = web_of(request)
    place = _next(web, seat, matter, step)
    return _page(request, seat, place, _alone(web, seat, place, _begun(request, place, _empty(web))))


def _alone(web: Web, seat: Seat, place: Place, begun: Typed) -> Typed:
    """The party filled in where only one can be meant."""
    party = None if place.step.form is None else place.step.form.field("party")
    parties = () if party is None or "party" in begun.values else _choices(web, seat, place)(party)
    return replace(begun, values={**begun.values, "party": [parties[0][0]]}) if len(parties) == 1 else begun


@router.post("/matters/{matter}/steps/{step}")
async def take_next(request: Request, seat: Seated, form: Posted, matter: str, step: str) -> Response:
    """Takes the next step of a matter."""
    place = await run_in_threadpool(_next, web_of(request), seat, matter, step)
    return await run_in_threadpool(_take, request, seat, place, await read_typed(form, place.step.form))


@router.get("/submissions/{key}")
def submission(request: Request, seat: Seated, key: str) -> Response:
    """What became of a form: recorded, not recorded, or not known yet."""
    web = web_of(request)
    with web.node.store.read() as unit:
        made = desk_rows.submission(unit, key)
    mine = made if made is not None and made.login == seat.officer.login else None
    with web.lock:
        sending = key in web.sending
    state = "recorded" if mine is not None else "not_known_yet" if sending else "not_recorded"
    where = "" if mine is None else f"/matters/{mine.matter}"
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"state": state, "where": where})
    return page(request, "submission.html", seat=seat, state=state, where=where)


async def read_typed(posted: FormData, form: Form | None) -> Typed:
    """What was typed, by the fields of ``form``; fields that are not its own are kept, and refused when read."""
    values: dict[str, list[str]] = {}
    files: dict[str, tuple[File, ...]] = {}
    for name in dict.fromkeys(posted.keys()):
        if name in ("csrf", "key", "confirm"):
            continue
        field = None if form is None else form.field(name)
        given = posted.getlist(name)
        uploads = [one for one in given if isinstance(one, UploadFile) and (one.filename or "") != ""]
        if len(uploads) > 0:
            files[name] = tuple([File(one.filename or "", await one.read()) for one in uploads])
        texts = [one for one in given if isinstance(one, str)]
        if len(texts) > 0:
            values[name] = list(_split(field, texts))
    confirmed = frozenset(one for one in posted.getlist("confirm") if isinstance(one, str))
    return Typed(values, files, text_of(posted, "key"), confirmed)


def data_of(form: Form | None, typed: Typed) -> dict[str, Any]:
    """The values as :func:`comity.procedures.form.read_form` takes them."""
    found: dict[str, Any] = {}
    for name, values in typed.values.items():
        field = None if form is None else form.field(name)
        if field is not None and field.kind == "file":
            continue
        many = field is not None and field.many
        found[name] = values if many or len(values) > 1 else values[0] if len(values) > 0 else ""
    return found


def _split(field: Field | None, texts: Iterable[str]) -> Iterator[str]:
    """One value a line where a field takes several; line ends as the browser sends them are made plain."""
    for text in texts:
        plain = text.replace("\r\n", "\n")
        if field is not None and field.many and field.kind != "members":
            yield from (line.strip() for line in plain.split("\n") if line.strip() != "")
        else:
            yield plain


def _take(request: Request, seat: Seat, place: Place, typed: Typed) -> Response:
    name, on = place.step.name, place.step.on
    order = Order(
        procedure=place.procedure,
        step=name,
        track=on,
        matter=place.matter,
        data=data_of(place.step.form, typed),
        files=typed.files,
        key=typed.key,
        confirmed=typed.confirmed,
    )
    try:
        return take(request, seat, order, "/matters/{matter}")
    except InputRefused as refusal:
        return _page(request, seat, place, typed, refusal.defects, status=422)


def _page(
    request: Request, seat: Seat, place: Place, typed: Typed, defects: tuple[Defect, ...] = (), *, status: int = 200
) -> Response:
    form = place.step.form or Form(place.step.title, ())
    flags = [d for d in defects if d.rule.startswith(FLAG)]
    faults = [d for d in defects if not d.rule.startswith(FLAG)]
    lost = [f.label for f in form.fields if f.kind == "file" and len(typed.files.get(f.name, ())) > 0]
    return page(
        request,
        "form.html",
        seat=seat,
        status=status,
        place=place,
        form=form,
        typed=typed,
        faults=faults,
        flags=flags,
        by_field=_by_field(defects),
        lost=lost if len(defects) > 0 else [],
        missing={f"{field.label} is missing.": field.label for field in form.fields},
        choices=_choices(web_of(request), seat, place),
        example=_has_example(web_of(request), place),
    )


def _choices(web: Web, seat: Seat, place: Place) -> Callable[[Field], tuple[tuple[str, str], ...]]:
    """Whom each field of the form may name."""
    held = None
    if place.matter != "":
        with web.node.store.read() as unit:
            held, _ = seen_matter(web.node, unit, seat.officer, place.matter, web.now())
    procedure = web.node.registry.current(place.procedure) if held is None else held.procedure
    return lambda field: choices_of(web, seat, place.step, field, held=held, procedure=procedure)


def _by_field(defects: Iterable[Defect]) -> dict[str, list[Defect]]:
    found: dict[str, list[Defect]] = {}
    for defect in defects:
        found.setdefault(defect.field, []).append(defect)
    return found


def _empty(web: Web) -> Typed:
    return Typed({}, {}, web.node.draw(16).hex(), frozenset())


def _has_example(web: Web, place: Place) -> bool:
    """Whether the form of an exercise can be filled in with its table's invented example."""
    found = web.node.registry.current(place.procedure)
    name = f"{place.step.on}.{place.step.name}"
    return web.node.exercise and place.matter == "" and found is not None and name in found.example


def _example(web: Web, place: Place) -> Typed:
    """The form filled in with the example, addressed to everybody; empty outside an exercise."""
    found = web.node.registry.current(place.procedure)
    if found is None or not _has_example(web, place):
        return _empty(web)
    example = found.example[f"{place.step.on}.{place.step.name}"]
    values = {
        name: [str(v) for v in value] if isinstance(value, list) else [str(value)] for name, value in example.items()
    }
    fields = () if place.step.form is None else place.step.form.fields
    values.update({f.name: [code for code, _ in addressable(web)] for f in fields if f.name == "to"})
    return Typed(values, {}, web.node.draw(16).hex(), frozenset())


def _first(web: Web, procedure: str, name: str) -> Place:
    found = web.node.registry.current(procedure)
    on, _, step_name = name.partition(".")
    step = None if found is None else found.step(step_name, on)
    if step is None or step.automatic or step.form is None:
        raise RuleRefused("There is no such form.", rule="procedure.step")
    return Place(procedure, "", step)


def _next(web: Web, seat: Seat, matter: str, name: str) -> Place:
    with web.node.store.read() as unit:
        held, _ = seen_matter(web.node, unit, seat.officer, matter, web.now())
    on, _, step_name = name.partition(".")
    step = None if held.procedure is None else held.procedure.step(step_name, on)
    if held.procedure is None or step is None or step.automatic:
        raise RuleRefused("There is no such step.", rule="procedure.step")
    if not has_seat(web.node, held, step):
        way = "Say it on your own track, or ask the member whose step it is."
        raise RuleRefused("This step is another member's to take.", rule="table.seat", remedy=way)
    return Place(held.procedure.kind, matter, step)
