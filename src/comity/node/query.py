"""What pages may know of matters: lists filtered where the rows are read, and one matter with its parts.

Lists are filtered by the SQL predicate of the policies, single matters by the same policies' decision; a matter
that an officer may not see is answered like one that does not exist. Whatever shows content is written down as a
disclosure (:mod:`comity.node.reading`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from comity.errors import RuleRefused
from comity.model.act import Header, read_header
from comity.model.track import track_name
from comity.node.answers import Answers, answers_of, answers_to
from comity.node.card import Card, card_of
from comity.node.due import DueLine, dues_of
from comity.node.hooks import unanswered
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.node.reading import Looks, Opened, Reader, matter_facts, purpose_of
from comity.node.review import Review, review_of
from comity.node.steps import NextStep, next_steps
from comity.node.story import Held, Line, TrackStory, tell, term_lines
from comity.node.waiting import Waiting, waits
from comity.node.words import says
from comity.policy.purposes import PURPOSES
from comity.procedures.machine import fold
from comity.procedures.notice.colours import COLOURS
from comity.procedures.paper import DUES as PAPER_DUES
from comity.procedures.table import Procedure
from comity.storage import acts as act_rows
from comity.storage import desk, post, schema
from comity.storage.predicate import Columns, PackedSet, where
from comity.storage.subscribers import not_delivered

LAW = "legal_profile"
"""What is read on a page of its own and never stands on the desk."""
DESK_LIMIT = 50
"""Matters on one desk page."""

CAPTION = {
    "subject": "name",
    "flight": "number",
    "question": "subject",
    "call": "who",
    "finding": "where",
    "located": "located",
    "shown": "where",
}
"""The parts that name a matter on the desk, and the value that does: a person's name, a flight's number, a subject."""

CAPTION_LENGTH = 120
AHEAD = timedelta(days=30)
"""Dates that are further off stand in their matters alone."""

_COLUMNS: Columns = {
    "procedure": schema.matter.c.procedure,
    "owner_member": schema.matter.c.owner_member,
    "parties": PackedSet(schema.matter.c.parties),
    "own_agencies": PackedSet(schema.matter.c.own_agencies),
}


@dataclass(frozen=True, slots=True)
class MatterRow:
    """One line on the desk. ``caption`` is empty where content may not be shown; ``group`` is its place there."""

    matter: str
    kind: str
    procedure: str
    caption: str
    about: tuple[Line, ...]
    source: str
    own: bool
    status: str
    status_says: str
    acts: bool
    shows: bool
    ended: bool
    changed: datetime
    unseen: bool
    waiting: tuple[Waiting, ...]

    @property
    def group(self) -> str:
        """Where it stands on the desk: the first that fits."""
        if self.unseen:
            return "new"
        if self.ended and not any(waiting.ours for waiting in self.waiting):
            return "recalled" if not self.shows else "other"
        if any(waiting.ours for waiting in self.waiting):
            return "ours"
        return "theirs" if len(self.waiting) > 0 else "other"


@dataclass(frozen=True, slots=True)
class PeerLine:
    """A member as the desk sees it now."""

    member: str
    name: str
    phone: str
    failing_since: datetime | None
    last_ok: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class DateLine:
    """One clock on the desk, with the matter that it runs in; ``ours`` if this member owes it."""

    matter: str
    caption: str
    procedure: str
    due: DueLine
    who: str
    ours: bool
    late: bool
    told: tuple[desk.Escalated, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """The first screen. ``version`` changes whenever anything on it may have."""

    rows: tuple[MatterRow, ...]
    dates: tuple[DateLine, ...]
    unreachable: tuple[PeerLine, ...]
    last_received: datetime | None
    interrupted: int
    systems: int
    untold: int
    purpose: str
    version: str
    more: bool


@dataclass(frozen=True, slots=True)
class MatterPage:
    """One matter as this officer may know it."""

    matter: str
    procedure: str
    title: str
    summary: str
    caption: str
    source: str
    own: bool
    status: str
    status_says: str
    shows: bool
    acts: bool
    ended: bool
    opened: datetime
    purpose: str
    waiting: tuple[Waiting, ...]
    tracks: tuple[TrackStory, ...]
    steps: tuple[NextStep, ...]
    answers: Answers | None
    watched_until: str
    dues: tuple[DueLine, ...]
    review: Review | None
    card: Card | None


def desk_of(node: Node, officer: Officer, now: datetime, looks: Looks) -> Desk:
    """The desk of one officer."""
    purpose = purpose_of(officer)
    reader = Reader(node, officer, purpose, now, looks)
    with node.store.read() as unit:
        version = _version(node, unit, officer, now)
        rows = visible(node, unit, officer, now, limit=DESK_LIMIT + 1)
        helds = holdings(node, unit, rows[:DESK_LIMIT])
        unseen = {str(alert["matter"]) for alert in desk.alerts(unit, [officer.agency])}
        for held in helds:
            if held.row["shows"]:
                reader.open(unit, held.row, held.headers, frozenset(CAPTION))
        peers = peer_lines(node, unit)
        interrupted = len(desk.effects_in(unit, "officer"))
        told = desk.escalations(unit)
        systems = len(unanswered(unit))
        untold = not_delivered(unit)
    opened = reader.disclose()
    lines = tuple(_row(node, held, opened, str(held.row["matter"]) in unseen) for held in helds)
    heard = [peer.last_ok for peer in peers if peer.last_ok is not None]
    return Desk(
        rows=lines,
        dates=_dates(node, helds, lines, told, now),
        unreachable=tuple(peer for peer in peers if peer.failing_since is not None),
        last_received=max(heard, default=None),
        interrupted=interrupted,
        systems=systems,
        untold=untold,
        purpose=title_of_purpose(purpose),
        version=version,
        more=len(rows) > DESK_LIMIT,
    )


def _dates(
    node: Node, helds: list[Held], rows: tuple[MatterRow, ...], told: list[desk.Escalated], now: datetime
) -> tuple[DateLine, ...]:
    """The open clocks of these matters: first those on which somebody's liberty or life depends, then by the hour."""
    found = [
        DateLine(
            row.matter,
            row.caption,
            row.procedure,
            due,
            who=node.name(due.member),
            ours=due.member == node.member,
            late=due.is_late(now),
            told=tuple(e for e in told if (e.matter, e.clock, e.party) == (row.matter, due.code, due.party)),
        )
        for held, row in zip(helds, rows, strict=True)
        for due in dues_of(node, held)
        if due.is_open
        and (not row.ended or due.code in PAPER_DUES)
        and (due.binding or due.at is None or due.at <= now + AHEAD)
    ]
    latest = instant("9999-12-31T00:00:00.000Z")
    return tuple(sorted(found, key=lambda line: (not line.due.binding, line.due.at or latest, line.matter)))


def desk_version(node: Node, officer: Officer, now: datetime) -> str:
    """What :attr:`Desk.version` would be now, without reading any content."""
    with node.store.read() as unit:
        return _version(node, unit, officer, now)


def matter_page(node: Node, officer: Officer, matter: str, now: datetime) -> MatterPage:
    """One matter; raises :class:`RuleRefused` alike for one that is not there and one that may not be seen."""
    with node.store.read() as unit:
        held, purpose = seen_matter(node, unit, officer, matter, now)
        reader = Reader(node, officer, purpose, now)
        reader.open(unit, held.row, held.headers)
        answers = answers_of(node, unit, held)
        review = review_of(node, unit, officer, held, now) if "reviewer" in officer.roles else None
        receipts = tuple(post.receipts_of(unit, held.headers)) if answers is not None else ()
        watch = next((w for w in desk.watches(unit) if w.matter == matter and _is_own(node, held, w.act)), None)
    opened = reader.disclose()
    tracks = tuple(
        replace(
            track, acts=tuple(replace(act, answers=answers_to(answers, act.act, receipts, node)) for act in track.acts)
        )
        for track in tell(node, held, opened)
    )
    row, procedure = held.row, held.procedure
    return MatterPage(
        matter=matter,
        procedure=str(row["procedure"]),
        title=str(row["procedure"]) if procedure is None else procedure.title,
        summary="" if procedure is None else procedure.summary,
        caption=_caption(opened),
        source=node.name(str(row["owner_member"])),
        own=str(row["owner_member"]) == node.member,
        status=str(row["status"]),
        status_says=_status_says(procedure, str(row["status"])),
        shows=bool(row["shows"]),
        acts=bool(row["acts"]),
        ended=bool(row["ended"]),
        opened=instant(str(row["opened"])),
        purpose=title_of_purpose(purpose),
        waiting=tuple(waits(node, held)),
        tracks=tracks,
        steps=next_steps(node, officer, held, now),
        answers=answers,
        watched_until="" if watch is None else watch.until,
        dues=dues_of(node, held),
        review=review,
        card=None if node.member == node.reviewer else card_of(node, held, opened, now),
    )


def mark_seen(node: Node, officer: Officer, matter: str, now: datetime) -> None:
    """Takes the matter's alerts off the desk of the officer's agency."""
    with node.store.read() as unit:
        waiting = any(alert["matter"] == matter for alert in desk.alerts(unit, [officer.agency]))
    if waiting:
        with node.store.write() as unit:
            desk.see_alerts(unit, matter, officer.agency, stamp(now))


def seen_matter(node: Node, unit: Connection, officer: Officer, matter: str, now: datetime) -> tuple[Held, str]:
    """(what is held of a matter, the purpose it is seen for); raises :class:`RuleRefused` if it may not be seen."""
    row = act_rows.matter_rows(unit, [matter]).get(matter)
    unknown = RuleRefused("There is no such matter here.", rule="matter.unknown", remedy="Open it from the desk.")
    if row is None:
        raise unknown
    procedure = node.registry.get(str(row["procedure"]), int(row["version"]))
    purpose = purpose_of(officer, procedure)
    who, circumstances = principal(node, officer), context(purpose, now)
    if not node.policies.decide(who, "list_matter", matter_facts(row), circumstances).allowed:
        raise unknown
    return holdings(node, unit, [row])[0], purpose


def visible(
    node: Node, unit: Connection, officer: Officer, now: datetime, *, procedure: str = "", limit: int = 100
) -> list[Mapping[str, Any]]:
    """The rows of matters that the officer may see, newest change first; of one procedure only if it is named."""
    table = schema.matter
    known = None if procedure == "" else node.registry.current(procedure)
    query = select(table).where(_allowed(node, officer, purpose_of(officer, known), now))
    query = query.where(table.c.procedure == procedure if procedure != "" else table.c.procedure != LAW)
    query = query.order_by(table.c.changed.desc(), table.c.matter).limit(limit)
    return [dict(row) for row in unit.execute(query).mappings()]


def holdings(node: Node, unit: Connection, rows: list[Mapping[str, Any]]) -> list[Held]:
    """Acts, seats and fold of each of these matters."""
    ids = [str(row["matter"]) for row in rows]
    acts, seats = act_rows.acts_of(unit, ids), act_rows.participants_of(unit, ids)
    found = []
    for row in rows:
        matter = str(row["matter"])
        headers: dict[str, Header] = {a.digest: read_header(a.header) for a in acts.get(matter, [])}
        procedure = node.registry.get(str(row["procedure"]), int(row["version"]))
        view = None if procedure is None else fold(procedure, headers, node.reviewer)
        found.append(Held(row, procedure, view, tuple(acts.get(matter, ())), headers, seats.get(matter, {})))
    return found


def peer_lines(node: Node, unit: Connection) -> list[PeerLine]:
    """Every other member: reachability, duty number, what waits for it."""
    reach, backlog = post.reach(unit), post.backlog(unit)
    found = []
    for code, name in sorted(node.members().items(), key=lambda one: one[1]):
        if code == node.member:
            continue
        known = reach.get(code)
        found.append(
            PeerLine(
                code,
                name,
                duty_number(node, code),
                None if known is None or known.failing_since is None else instant(known.failing_since),
                None if known is None or known.last_ok is None else instant(known.last_ok),
                sum(n for (peer, _), n in backlog.items() if peer == code),
            )
        )
    return found


def duty_number(node: Node, member: str) -> str:
    """The telephone number of a member's duty desk, or the empty text."""
    listed = node.trust.lists.get(member)
    contacts = () if listed is None else listed.doc.contacts
    return next((contact.phone for contact in contacts if contact.role == "duty"), "")


def title_of_purpose(code: str) -> str:
    """How a purpose is called on screen."""
    return PURPOSES[code].title if code in PURPOSES else code


def opening_lines(held: Held) -> tuple[Line, ...]:
    """The codes and dates of the owner's opening act, in words: no personal data."""
    for header in held.headers.values():
        step = None if held.procedure is None else held.procedure.step(header.step, track_name(header.track))
        spoken = step is not None and step.opens and (not step.automatic or "of" in header.terms)
        if spoken and header.agency == held.row["owner"]:
            return (*_colour_line(header), *term_lines(step, header))
    return ()


def _colour_line(header: Header) -> tuple[Line, ...]:
    """Which notice is asked for."""
    colour = COLOURS.get(str(header.terms.get("of", header.step)).removeprefix("submit_"))
    return () if colour is None else (Line("Kind", (says(colour.title),)),)


def _is_own(node: Node, held: Held, act: str) -> bool:
    """Whether an act is of this member: what another took up is screened there."""
    return act in held.headers and node.is_own(held.headers[act].agency)


def _row(node: Node, held: Held, opened: Mapping[str, tuple[Opened, ...]], unseen: bool) -> MatterRow:
    row = held.row
    return MatterRow(
        matter=str(row["matter"]),
        kind=str(row["procedure"]),
        procedure=str(row["procedure"]) if held.procedure is None else held.procedure.title,
        caption=_caption({d: opened[d] for d in held.headers if d in opened}),
        about=opening_lines(held),
        source=node.name(str(row["owner_member"])),
        own=str(row["owner_member"]) == node.member,
        status=str(row["status"]),
        status_says=_status_says(held.procedure, str(row["status"])),
        acts=bool(row["acts"]),
        shows=bool(row["shows"]),
        ended=bool(row["ended"]),
        changed=instant(str(row["changed"])),
        unseen=unseen,
        waiting=tuple(waits(node, held)),
    )


def _caption(opened: Mapping[str, tuple[Opened, ...]]) -> str:
    """The name of whom a matter is about, from the part that says so."""
    for some in opened.values():
        for one in some:
            if one.content is None or one.head.kind not in CAPTION:
                continue
            values = one.content.form or (one.content.entity or {}).get("properties", {})
            said = values.get(CAPTION[one.head.kind], "")
            text = str(said[0]) if isinstance(said, list) and len(said) > 0 else said
            if isinstance(text, str) and text != "":
                return text[:CAPTION_LENGTH]
    return ""


def _status_says(procedure: Procedure | None, code: str) -> str:
    rows = () if procedure is None else procedure.statuses
    return next((status.says for status in rows if status.code == code), "Not understood here")


def _allowed(node: Node, officer: Officer, purpose: str, now: datetime) -> ColumnElement[bool]:
    return where(node.policies.predicate(principal(node, officer), "list_matter", context(purpose, now)), _COLUMNS)


def _version(node: Node, unit: Connection, officer: Officer, now: datetime) -> str:
    """A text that changes with what this officer may see: matters, alerts, reachability. It tells no count."""
    table = schema.matter
    query = select(func.max(table.c.changed), func.count(table.c.matter))
    seen = unit.execute(query.where(_allowed(node, officer, purpose_of(officer), now))).one()
    unseen = len(desk.alerts(unit, [officer.agency]))
    failing = sorted(r.member for r in post.reach(unit).values() if r.failing_since is not None)
    return hashlib.sha256(repr((tuple(seen), unseen, failing, len(unanswered(unit)) > 0)).encode()).hexdigest()[:16]
