"""What every page stands on: the node, the seat behind the cookie, the token of each form, and how a page is made."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date
from fastapi import Depends, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from comity.identity.csrf import check_csrf, csrf_token
from comity.identity.passkeys import Place, Spent
from comity.identity.session import TOKEN_BYTES, token_digest
from comity.model.packaged import packaged_names
from comity.node.correspondents import load_offices
from comity.node.list_keeping import READERS
from comity.node.node import Node
from comity.node.prints import KEEPERS
from comity.node.query import duty_number, title_of_purpose
from comity.node.reading import Looks, purpose_of
from comity.node.seats import Seat, seat_of
from comity.node.steps import parties_of_step
from comity.node.story import Held
from comity.node.watching import READERS as WATCHERS
from comity.node.words import Says
from comity.policy.roles import ROLES
from comity.procedures.form import Field
from comity.procedures.table import Procedure, Step
from comity.storage import paper
from comity.web.language import Language, choose, languages
from comity.web.waiting import WaitingRoom

LANGUAGE_COOKIE = "comity-language"
EXACT = frozenset({"hidden", "keyless", "gone", "at"})
"""Moments that a receipt names: their seconds are always said."""
FIELDS, FILES, FILE_PART = 2_000, 20, 1 << 20


class NotSeated(Exception):
    """Nobody is signed in on this request."""


@dataclass(slots=True)
class Web:
    """One node's desk. ``sending`` holds the keys of forms that are being recorded at this moment."""

    node: Node
    pages: Mapping[str, Environment]
    key: bytes = field(repr=False)
    zone: tzinfo = UTC
    looks: Looks = field(default_factory=Looks)
    sending: set[str] = field(default_factory=set)
    spent: Spent = field(default_factory=Spent)
    waiting: WaitingRoom = field(default_factory=WaitingRoom)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def cookie(self) -> str:
        """The cookie's name: each node has its own, since cookies ignore ports."""
        return f"comity-{self.node.member.lower()}"

    def now(self) -> datetime:
        """The node's present moment."""
        return self.node.clock()


def make_web(node: Node) -> Web:
    """The desk of ``node``; the key of its forms follows from the node's vault key."""
    pages = {code: _environment(language) for code, language in languages().items()}
    key = hmac.new(node.ring.vault, b"comity-web-csrf-1", hashlib.sha256).digest()
    return Web(node, pages, key, _zone(node))


def _environment(language: Language) -> Environment:
    """The templates in one language; everything from outside is escaped."""
    made = Environment(
        loader=PackageLoader("comity.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(language.texts, newstyle=True)  # type: ignore[attr-defined]
    return made


def _zone(node: Node) -> tzinfo:
    try:
        return ZoneInfo(node.trust.lists[node.member].doc.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def place_of(request: Request) -> Place:
    """The page's own origin, to which passkeys are bound."""
    web = web_of(request)
    return Place(f"{request.url.scheme}://{request.url.netloc}", f"Comity {web.node.name(web.node.member)}")


@contextmanager
def sending(web: Web, key: str) -> Iterator[None]:
    """Marks a form as being recorded at this moment."""
    with web.lock:
        web.sending.add(key)
    try:
        yield
    finally:
        with web.lock:
            web.sending.discard(key)


def web_of(request: Request) -> Web:
    """The desk that answers this request."""
    web: Web = request.app.state.web
    return web


def seated(request: Request) -> Seat:
    """Whoever is signed in; raises :class:`NotSeated`."""
    web = web_of(request)
    token = request.cookies.get(web.cookie, "")
    seat = seat_of(web.node, token, web.now()) if token != "" else None
    if not isinstance(seat, Seat):
        raise NotSeated
    return seat


async def posted(request: Request) -> FormData:
    """The form of a POST that came from our own page of this session; raises ``RuleRefused`` otherwise."""
    form = await request.form(max_files=FILES, max_fields=FIELDS, max_part_size=FILE_PART)
    web = web_of(request)
    check_csrf(web.key, token_digest(request.cookies.get(web.cookie, "")), text_of(form, "csrf"))
    return form


Seated = Annotated[Seat, Depends(seated)]
Posted = Annotated[FormData, Depends(posted)]


def text_of(form: FormData, name: str) -> str:
    """The text of a single field, or the empty text."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def page(request: Request, template: str, *, seat: Seat | None = None, status: int = 200, **context: Any) -> Response:
    """A whole page in the reader's language; a visitor without a cookie gets one, for the token of its forms."""
    web = web_of(request)
    token = request.cookies.get(web.cookie, "")
    fresh = token == ""
    if fresh:
        token = web.node.draw(TOKEN_BYTES).hex()
    text = render(request, template, seat=seat, token=token, **context)
    answer = HTMLResponse(text, status, headers={"Vary": "Cookie, Accept-Language"})
    if fresh:
        put_cookie(request, answer, token)
    return answer


def render(request: Request, template: str, *, seat: Seat | None = None, token: str = "", **context: Any) -> str:
    """The text of one template."""
    web = web_of(request)
    language = choose(request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", ""))
    voice = Voice(language, web.zone, web.now())
    shown = {
        **_about(request, web, seat),
        "t": language.say,
        "say": voice.say,
        "clock": voice.clock,
        "when": voice.when,
        "day": voice.day,
        "there": voice.there,
        "language": language,
        "languages": tuple(languages().values()),
        "csrf": csrf_token(web.key, token_digest(token or request.cookies.get(web.cookie, "")), web.node.draw),
    }
    return web.pages[language.code].get_template(template).render({**shown, **context})


def _about(request: Request, web: Web, seat: Seat | None) -> Mapping[str, Any]:
    """What the frame of every page says: whose node, who sits there, what for, and when."""
    node = web.node
    officer = None if seat is None else seat.officer
    roles = () if officer is None else tuple(ROLES[role].title for role in sorted(officer.roles) if role in ROLES)
    return {
        "member": node.member,
        "member_name": node.name(node.member),
        "exercise": node.exercise,
        "duty_number": duty_number(node, node.member),
        "officer": officer,
        "agency": "" if officer is None else node.name(officer.agency),
        "roles": roles,
        "purpose": "" if officer is None else title_of_purpose(purpose_of(officer)),
        "may": _places(node, seat),
        "path": request.url.path,
        "now": web.now(),
        "zone": str(web.zone),
        "vendor": vendor(),
        "openings": () if seat is None else _openings(node, seat),
    }


@cache
def vendor() -> frozenset[str]:
    """The third-party files that are there; pages stay usable without any."""
    if "static/vendor" not in packaged_names("comity.web", "static", ""):
        return frozenset()
    return frozenset(name.rpartition("/")[2] for name in packaged_names("comity.web", "static/vendor", ""))


def _places(node: Node, seat: Seat | None) -> frozenset[str]:
    """The places of the navigation that this officer's roles lead to."""
    roles = frozenset[str]() if seat is None else seat.officer.roles
    places: dict[str, frozenset[str] | set[str]] = {
        "desk": roles,
        "flights": {"duty_officer", "second_line", "data_protection_officer"},
    }
    places["check"] = {"duty_officer", "second_line"}
    places["lists"] = READERS
    places["prints"] = KEEPERS
    places["looking"] = WATCHERS
    places["figures"] = {"supervisor", "senior_officer", "data_protection_officer"}
    ledger = {"ledger": {"duty_officer", "data_protection_officer", "administrator"}}
    return frozenset(name for name, allowed in {**places, **ledger}.items() if len(roles & set(allowed)) > 0)


def _openings(node: Node, seat: Seat) -> tuple[tuple[str, str, str], ...]:
    """(procedure, step, title) of each form that begins a matter and that this officer's role may take."""
    found = []
    for kind in node.registry.kinds():
        procedure = node.registry.current(kind)
        for step in () if procedure is None else procedure.steps:
            track = None if procedure is None else procedure.track(step.on)
            begins = step.opens and not step.automatic and track is not None and track.writer == "owner"
            if begins and step.form is not None and len(seat.officer.roles & set(step.roles)) > 0:
                found.append((kind, f"{step.on}.{step.name}", step.title))
    return tuple(found)


def addressable(web: Web) -> tuple[tuple[str, str], ...]:
    """Members that may be addressed: every other active one but the reviewer, which gets everything by the table."""
    left = {web.node.member, web.node.reviewer}
    return tuple(sorted(((c, n) for c, n in web.node.members().items() if c not in left), key=lambda one: one[1]))


def choices_of(
    web: Web, seat: Seat, step: Step, field: Field, *, held: Held | None = None, procedure: Procedure | None = None
) -> tuple[tuple[str, str], ...]:
    """Whom a field may name: the parties of a line, or every member, and for a first step correspondents too."""
    node = web.node
    if field.kind != "members":
        return ()
    if held is not None and field.name == "party":
        return tuple((code, node.name(code)) for code in parties_of_step(held, step))
    found = addressable(web)
    writes = procedure is not None and any(track.paper for track in procedure.tracks)
    if field.name != "to" or not writes or seat.officer.agency != node.bureau:
        return found
    with node.store.read() as unit:
        offices = paper.correspondents(unit)
        load_offices(node, unit)
    return (*found, *((one.code, one.name) for one in offices))


def put_cookie(request: Request, answer: Response, token: str) -> None:
    """Gives the browser a token that no script reads and no other site sends."""
    secure = request.url.scheme == "https"
    answer.set_cookie(web_of(request).cookie, token, path="/", secure=secure, httponly=True, samesite="strict")


def go(path: str) -> Response:
    """On to another page, after a form was taken."""
    return RedirectResponse(path, 303)


@dataclass(frozen=True, slots=True)
class Voice:
    """How sentences and times are said to one reader."""

    language: Language
    zone: tzinfo
    now: datetime

    def say(self, value: Says | str) -> str:
        """A sentence of the node in the reader's language and time."""
        if isinstance(value, str):
            return self.language.say(value)
        text = (
            self.language.say(value.text) if value.many == "" else self.language.count(value.text, value.many, value.n)
        )
        if len(value.values) == 0:
            return text
        return text % {name: self._value(name, one) for name, one in value.values.items()}

    def clock(self, moment: datetime | None) -> Markup:
        """A moment as an element: local time, with the day unless it is today, and the exact UTC behind it."""
        if moment is None:
            return Markup("")
        utc = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(utc, f"{utc}", self.when(moment))

    def when(self, moment: datetime, *, exact: bool = False) -> str:
        """Local time, with weekday or day where it is not today; ``exact`` keeps the seconds then too."""
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone).date()
        age = (today - local.date()).days
        if age == 0:
            return f"{local:%H:%M:%S}"
        clock = f"{local:%H:%M:%S}" if exact else f"{local:%H:%M}"
        if 0 < abs(age) < 7:
            return f"{format_date(local, 'EEEE', locale=self.language.code)} {clock}"
        return f"{self.day(local)} {clock}"

    def there(self, moment: datetime, zone: str) -> str:
        """A moment as the clock of another member shows it, with the weekday."""
        local = moment.astimezone(ZoneInfo(zone))
        return f"{format_date(local, 'EEE d MMM', locale=self.language.code)} {local:%H:%M}"

    def day(self, moment: datetime) -> str:
        """A day in words."""
        return format_date(moment.astimezone(self.zone), "d MMMM y", locale=self.language.code)

    def _value(self, name: str, value: object) -> str:
        if isinstance(value, Says):
            return self.say(value)
        return self.when(value, exact=name in EXACT) if isinstance(value, datetime) else str(value)
