"""Legal profiles: every member's law with its sources, and the editor with which a legal officer writes the own one.

A draft is kept until it is published; the preview says in words what changes against the version in force. Nothing
here is in force before the legal officer publishes it by name and office.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from comity.errors import Defect, InputRefused, RuleRefused
from comity.node.action import Order
from comity.node.profiles import history
from comity.node.seats import Seat
from comity.policy.clocks import UNITS
from comity.policy.laws import changes
from comity.policy.paths import FORMS, MARKS
from comity.policy.profile import FORMAT, LegalProfile, packs, read_profile, unrecorded
from comity.storage import desk as desk_rows
from comity.web.desk import Posted, Seated, Web, page, text_of, web_of
from comity.web.pages.signing import take

router = APIRouter()

TOPICS = (
    ("effect", "Legal effect of notices"),
    ("offence", "Offences and penalties"),
    ("age", "Ages"),
    ("punishment", "Death and corporal punishment"),
    ("treaty", "Treaties in force"),
    ("clock", "Deadlines"),
    ("retention", "Retention"),
    ("language", "Languages accepted"),
    ("calendar", "Weekend and holidays"),
    ("consent", "Who may consent"),
    ("authority", "Who decides"),
    ("duty", "The duty desk at night"),
    ("threshold", "Thresholds"),
    ("notice", "Switches"),
    ("report", "Reports on members"),
)
"""What a profile is about, by the first word of a path, in the order shown."""
COLUMNS = ("path", "value", "unit", "trigger", "source", "mark", "note")
BLANK_ROWS = 4
DIGITS = 9
"""What is longer than so many digits is no number of a law."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A profile as it is being written: the head's fields and one row of texts for each value."""

    officer: str
    office: str
    since: str
    packs: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


@router.get("/law")
def index(request: Request, seat: Seated) -> Response:
    """Every member's profile in one line each, and the way to the own editor."""
    web = web_of(request)
    today = web.now().date()
    lines = [
        (code, name, web.node.laws.profile(code, today) or unrecorded(code, name))
        for code, name in sorted(web.node.members().items(), key=lambda one: one[1])
    ]
    return page(request, "law_index.html", seat=seat, lines=lines, may_edit="legal_officer" in seat.officer.roles)


@router.get("/law/{member}")
def show(request: Request, seat: Seated, member: str) -> Response:
    """One member's law as it stands today, and every version that was published."""
    web = web_of(request)
    if member == "edit":
        return _editor(request, seat, _draft(web, seat))
    if member not in web.node.members():
        raise RuleRefused("There is no such member.", rule="law.member", remedy="Choose one of the list.")
    name = web.node.name(member)
    profile = web.node.laws.profile(member, web.now().date()) or unrecorded(member, name)
    return page(
        request,
        "law.html",
        seat=seat,
        name=name,
        topics=_by_topic(profile),
        profile=profile,
        versions=history(web.node.laws, member),
        changes=_changes_between(history(web.node.laws, member)),
        is_own=member == web.node.member,
        may_edit="legal_officer" in seat.officer.roles,
    )


@router.post("/law/edit")
async def edit(request: Request, seat: Seated, form: Posted) -> Response:
    """Keeps the draft, shows what it would change, or publishes it."""
    return await run_in_threadpool(_edit, request, seat, form)


def _edit(request: Request, seat: Seat, form: FormData) -> Response:
    web = web_of(request)
    if "legal_officer" not in seat.officer.roles:
        raise RuleRefused("Only a legal officer writes the profile.", rule="law.role", remedy="Ask one of yours.")
    draft = _typed(form)
    text = yaml.safe_dump(_tree(web, draft), allow_unicode=True, sort_keys=False)
    with web.node.store.write() as unit:
        desk_rows.put_setting(unit, _draft_name(seat), text)
    try:
        profile = read_profile(text.encode(), web.node.name(web.node.member), "draft")
        if text_of(form, "do") == "publish":
            order = Order("legal_profile", "publish", "profile", data={"text": text}, key=text_of(form, "key"))
            answer = take(request, seat, order, f"/law/{web.node.member}?published={{act}}")
            if answer.status_code == 303:  # recorded; else it waits for the officer's passkey
                with web.node.store.write() as unit:
                    desk_rows.put_setting(unit, _draft_name(seat), "")
            return answer
    except InputRefused as refusal:
        return _editor(request, seat, draft, refusal.defects, status=422)
    return _editor(request, seat, draft, preview=profile if text_of(form, "do") == "preview" else None)


def _editor(
    request: Request,
    seat: Seat,
    draft: Draft,
    defects: tuple[Defect, ...] = (),
    *,
    preview: LegalProfile | None = None,
    status: int = 200,
) -> Response:
    web = web_of(request)
    if "legal_officer" not in seat.officer.roles:
        raise RuleRefused("Only a legal officer writes the profile.", rule="law.role", remedy="Ask one of yours.")
    force = web.node.laws.profile(web.node.member, web.now().date())
    before = force or unrecorded(web.node.member, web.node.name(web.node.member))
    blank = tuple(dict.fromkeys(COLUMNS, "") for _ in range(BLANK_ROWS))
    return page(
        request,
        "law_edit.html",
        seat=seat,
        status=status,
        draft=draft,
        rows=(*draft.rows, *blank),
        defects=defects,
        preview=preview,
        changes=() if preview is None else changes(before, preview),
        version=_next_version(web),
        units=UNITS,
        marks=MARKS,
        known_packs=tuple(packs().values()),
        paths=tuple((one.path.pattern.replace("\\", ""), one.title) for one in FORMS),
        key=web.node.draw(16).hex(),
    )


def _draft_name(seat: Seat) -> str:
    return f"law_draft {seat.officer.login}"


def _draft(web: Web, seat: Seat) -> Draft:
    """The draft that was kept, else what is in force."""
    with web.node.store.read() as unit:
        kept = desk_rows.setting(unit, _draft_name(seat))
    if kept != "":
        tree: Any = yaml.safe_load(kept)
        officer = tree["officer"]
        return Draft(
            officer["name"],
            officer["office"],
            str(tree["valid_from"]),
            tuple(tree["packs"]),
            tuple(_row(path, body) for path, body in tree["values"].items()),
        )
    profile = web.node.laws.profile(web.node.member, web.now().date())
    if profile is None or profile.officer is None:
        return Draft("", "", web.now().date().isoformat(), (), ())
    rows = [_row(path, _body(profile, path)) for path in profile.values or {}]
    used = tuple(pack.code for pack in profile.packs)
    return Draft(profile.officer.name, profile.officer.office, web.now().date().isoformat(), used, tuple(rows))


def _body(profile: LegalProfile, path: str) -> dict[str, Any]:
    value = profile.value(path)
    kept = {name: getattr(value, name) for name in COLUMNS if name not in ("path", "value") and getattr(value, name)}
    return {"value": list(value.value) if isinstance(value.value, tuple) else value.value, **kept}


def _row(path: str, body: dict[str, Any]) -> dict[str, str]:
    return {"path": path, "value": _text(body.get("value", "")), **{n: str(body.get(n, "")) for n in COLUMNS[2:]}}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(form: FormData) -> Draft:
    columns = {name: [str(one) for one in form.getlist(name)] for name in COLUMNS}
    count = len(columns["path"])
    rows = [{name: (some[n] if n < len(some) else "").strip() for name, some in columns.items()} for n in range(count)]
    used = tuple(str(one) for one in form.getlist("pack"))
    kept = tuple(row for row in rows if row["path"] != "")
    return Draft(text_of(form, "officer"), text_of(form, "office"), text_of(form, "since"), used, kept)


def _tree(web: Web, draft: Draft) -> dict[str, Any]:
    """The profile as the document that is read strictly: numbers, lists and yes or no as such."""
    values = {
        row["path"]: {"value": _value(row["path"], row["value"]), **{n: row[n] for n in COLUMNS[2:] if row[n] != ""}}
        for row in draft.rows
    }
    return {
        "format": FORMAT,
        "member": web.node.member,
        "version": _next_version(web),
        "valid_from": draft.since,
        "officer": {"name": draft.officer, "office": draft.office},
        "packs": list(draft.packs),
        "values": values,
    }


def _value(path: str, text: str) -> Any:
    """What was typed, as the first of the forms that the path allows: a number, a list, yes or no, a text."""
    form = next((one for one in FORMS if one.path.fullmatch(path) is not None), None)
    words = [word.strip() for word in text.split(",") if word.strip() != ""]
    tries: tuple[Any, ...] = (
        int(text) if text.isdecimal() and len(text) <= DIGITS else text,
        text == "true",
        words,
        text,
    )
    return next((one for one in tries if form is not None and form.test(one)), text)


def _next_version(web: Web) -> int:
    versions = history(web.node.laws, web.node.member)
    return versions[0].version + 1 if len(versions) > 0 else 1


def _by_topic(profile: LegalProfile) -> list[tuple[str, list[Any]]]:
    """The values by topic: the profile's own, and those of the packs it names; a topic without any says so."""
    paths = sorted({*(profile.values or {}), *(path for pack in profile.packs for path in pack.values)})
    return [
        (title, [profile.value(path) for path in paths if path.partition(".")[0] == word]) for word, title in TOPICS
    ]


def _changes_between(versions: tuple[LegalProfile, ...]) -> dict[int, Any]:
    """What each version changed against the one before it."""
    return {new.version: changes(old, new) for new, old in pairwise(versions)}
