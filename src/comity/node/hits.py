"""Screened flights and their possible hits, side by side with what they were found in, and what was decided.

A machine proposes and a person decides: what stands here are reasons and comparisons in words, never a percentage.
The last decision about a hit prevails; earlier ones stay visible.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from comity.errors import RuleRefused
from comity.matching.features import FEATURES
from comity.model.entity import vocabulary
from comity.model.span import span_of
from comity.node import judgements
from comity.node.aboard import is_masked
from comity.node.card import Card, card_of
from comity.node.flight import KNOWN
from comity.node.moment import instant
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.query import holdings, seen_matter, title_of_purpose, visible
from comity.node.reading import Looks, Opened, Reader, purpose_of
from comity.node.shown_document import DOCUMENT_DECISIONS, ShownDocument, document_of
from comity.node.steps import NextStep, next_steps
from comity.node.story import Held
from comity.node.waiting import undecided
from comity.node.words import Says, counted, says
from comity.procedures.located.checks import PROTECTED_CODES
from comity.procedures.screening.table import DECISIONS, GROUNDS
from comity.storage import acts as act_rows

PROCEDURE = "screening"
MOST_LISTS = 400
"""How many lists of flights the page of flights holds: more than a large airport gets in a shift."""
OLD_LIST_DAYS = 7
"""A list older than this says "old list: do not act on it" (domain/16-practice.md section 7)."""

COMPARED = (
    "name", "lastName", "firstName", "alias", "birthDate", "birthPlace", "gender", "nationality", "citizenship",
    "country", "passportNumber", "idNumber",
)  # fmt: skip
_FAMILIES = {"citizenship": "nationality", "country": "nationality", "idNumber": "passportNumber", "alias": "name"}
"""Properties compared with others of their kind, and under whose label."""

Verdict = Literal["agree", "in_part", "differ", "not_given"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row: the same kind of thing said of the traveller and of the record."""

    label: str
    traveller: tuple[str, ...]
    record: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about a hit; ``prevails`` for the last."""

    decision: str
    ground: str
    note: str
    agency: str
    officer: str
    when: datetime
    prevails: bool


@dataclass(frozen=True, slots=True)
class Before:
    """A decision about the same pair in an earlier screening, by an officer of the same agency in ``role``."""

    decision: str
    ground: str
    role: str
    when: datetime


@dataclass(frozen=True, slots=True)
class ShownHit:
    """One possible hit. ``withheld`` is set, and the rest empty, where its content may not be shown; ``document``
    where it is of a document and not of a person."""

    commitment: str
    row: int
    caption: str
    traveller: str
    found_in: str
    list_version: str
    matter: str
    matter_status: str
    reasons: tuple[Says | str, ...]
    comparisons: tuple[Comparison, ...]
    decided: tuple[Decided, ...]
    withheld: Says | None = None
    protects: str = ""
    protection: str = ""
    card: Card | None = None
    before: Before | None = None
    since: datetime | None = None
    gone: str = ""
    masked: bool = False
    document: ShownDocument | None = None

    @property
    def decision(self) -> str:
        """The code of the decision that prevails, or the empty text."""
        return next((d.decision for d in self.decided if d.prevails), "")


@dataclass(frozen=True, slots=True)
class ListLine:
    """A reference list as it stood when the flight was screened."""

    name: str
    version: str
    age_days: int
    old: bool


@dataclass(frozen=True, slots=True)
class FlightLine:
    """A list of a flight, screened or not. ``number`` is empty where its content may not be shown or was not read;
    ``unchecked`` travellers were counted and not checked; ``new`` and ``gone`` possible hits came of screening again,
    at ``again``; ``rows_gone`` once the rows' time was over, so that nothing can be asked
    again. ``register_asked`` is False where the register of documents could not be asked, ``unasked`` are documents
    filed so that they cannot be looked up."""

    matter: str
    number: str
    departure: str
    arrival: str
    departure_time: str
    arrival_time: str
    screened: datetime
    travellers: int
    hits: int
    known: int
    undecided: int
    incomplete: bool
    unread: bool = False
    unchecked: int = 0
    kind: str = ""
    message: str = ""
    action: str = "new"
    content: str = ""
    lists: tuple[ListLine, ...] = ()
    register_asked: bool = True
    unasked: int = 0
    again: datetime | None = None
    new: int = 0
    gone: int = 0
    rows_gone: bool = False

    @property
    def asked(self) -> datetime:
        """When the lists were last asked about it."""
        return self.screened if self.again is None else self.again


@dataclass(frozen=True, slots=True)
class HitPage:
    """The second-line page of one flight."""

    flight: FlightLine
    act: str
    purpose: str
    defects: tuple[str, ...]
    lists: tuple[ListLine, ...]
    watched: int
    outcome: Says
    hits: tuple[ShownHit, ...]
    known: tuple[ShownHit, ...]
    withheld: Says | None
    may_decide: NextStep | None


def flights(node: Node, officer: Officer, now: datetime, looks: Looks) -> tuple[FlightLine, ...]:
    """The flights that this officer may see, the last screened first."""
    reader = Reader(node, officer, purpose_of(officer, node.registry.current(PROCEDURE)), now, looks)
    with node.store.read() as unit:
        helds = holdings(node, unit, visible(node, unit, officer, now, procedure=PROCEDURE, limit=MOST_LISTS))
        for held in helds:
            reader.open(unit, held.row, held.headers, frozenset({"flight", "change"}))
        rows = _alive(unit, helds)
    opened = reader.disclose()
    lines = [_line(held, opened, rows) for held in helds]
    return tuple(sorted((line for line in lines if line is not None), key=lambda one: one.screened, reverse=True))


def hit_page(node: Node, officer: Officer, matter: str, now: datetime) -> HitPage:
    """One flight with its possible hits; raises :class:`RuleRefused` if it may not be seen."""
    with node.store.read() as unit:
        held, purpose = seen_matter(node, unit, officer, matter, now)
        reader = Reader(node, officer, purpose, now)
        reader.open(unit, held.row, held.headers)
    opened = reader.disclose()
    with node.store.read() as unit:
        line = _line(held, opened, _alive(unit, [held]))
    if line is None:
        raise RuleRefused("This matter is no screening of a flight.", rule="matter.kind", remedy="Open it as a matter.")
    act = _screening(held)
    form = _form_of(opened.get(act, ()), "flight")
    with node.store.read() as unit:
        shown = tuple(_hits(node, unit, held, opened, officer.agency))
    if is_masked(node, held, officer, now):
        shown = tuple(_masked(hit) for hit in shown)
    refused = next((o for o in opened.get(act, ()) if o.head.kind == "flight" and o.content is None), None)
    shown = _with_cards(node, officer, shown, now)
    steps = next_steps(node, officer, held, now)
    return HitPage(
        flight=line,
        act=act,
        purpose=title_of_purpose(purpose),
        defects=tuple(
            str(one) for one in _form_of(opened.get(act, ()), "filing").get("defects", form.get("defects", ()))
        ),
        lists=line.lists,
        watched=int(form.get("watched", 0)),
        outcome=_outcome(line, form),
        hits=tuple(hit for hit in shown if hit.before is None),
        known=tuple(hit for hit in shown if hit.before is not None),
        withheld=None if refused is None else _why(refused),
        may_decide=next((step for step in steps if step.name == "decide"), None),
    )


def _masked(hit: ShownHit) -> ShownHit:
    """The hit without what says who it is about."""
    return replace(hit, traveller="", caption="", comparisons=(), reasons=(), masked=True, document=None)


def _with_cards(node: Node, officer: Officer, hits: tuple[ShownHit, ...], now: datetime) -> tuple[ShownHit, ...]:
    """The same hits with the card of the matter that each was found in; reading it is a disclosure like any other."""
    cards: dict[str, Card | None] = {}
    for matter in sorted({hit.matter for hit in hits} - {""}):
        with node.store.read() as unit:
            rows = act_rows.matter_rows(unit, [matter])
            found = holdings(node, unit, [rows[matter]])[0] if matter in rows else None
            if found is None:
                continue
            reader = Reader(node, officer, purpose_of(officer, found.procedure), now)
            reader.open(unit, found.row, found.headers, frozenset({"case", "distinct"}))
        cards[matter] = card_of(node, found, reader.disclose(), now)
    return tuple(replace(hit, card=cards.get(hit.matter)) for hit in hits)


def _alive(unit: Connection, helds: Iterable[Held]) -> frozenset[str]:
    """Of which of these matters the travellers' rows are lawfully alive."""
    heads = {p.commitment for held in helds for h in held.headers.values() for p in h.parts if p.kind == "manifest"}
    stored = act_rows.parts_by_commitment(unit, heads)
    return frozenset(part.matter for part in stored.values() if part.hidden is None)


def _screening(held: Held) -> str:
    """The act that brought the list: its screening, or that it could not be read."""
    return next((digest for digest, header in held.headers.items() if header.step in ("screen", "refuse")), "")


def again_of(held: Held) -> list[tuple[str, datetime]]:
    """The acts that screened the rows again, the first one first."""
    found = [(d, instant(h.time)) for d, h in held.headers.items() if h.step == "rescreen"]
    return sorted(found, key=lambda one: (one[1], one[0]))


def _line(held: Held, opened: Mapping[str, tuple[Opened, ...]], alive: frozenset[str]) -> FlightLine | None:
    act = _screening(held)
    if act == "":
        return None
    header, form = held.headers[act], _form_of(opened.get(act, ()), "flight")
    again = again_of(held)
    last = again[-1][0] if len(again) > 0 else act
    shown = _form_of(opened.get(last, ()), "change") if last != act else form
    parts = [head for digest in (act, *(one for one, _ in again)) for head in held.headers[digest].parts]
    matter = str(held.row["matter"])
    return FlightLine(
        matter=matter,
        number=str(form.get("number", "")),
        departure=str(form.get("departure", "")),
        arrival=str(form.get("arrival", "")),
        departure_time=str(form.get("departure_time", "")),
        arrival_time=str(form.get("arrival_time", "")),
        screened=instant(header.time),
        travellers=int(header.terms.get("travellers", 0)),
        hits=sum(1 for head in parts if head.kind == "hit"),
        known=sum(1 for head in parts if head.kind == KNOWN),
        undecided=undecided(held),
        incomplete=bool(header.terms.get("incomplete", False)),
        unread=header.step == "refuse",
        unchecked=int(header.terms.get("unchecked", 0)),
        kind=str(form.get("kind", "")),
        message=str(form.get("message", "")),
        action=str(form.get("action", "new")),
        content=str(form.get("content", "")),
        lists=tuple(_lists(shown)),
        register_asked=bool(_register(shown, form).get("asked", True)),
        unasked=int(_register(shown, form).get("unasked", 0)),
        again=again[-1][1] if len(again) > 0 else None,
        new=sum(int(held.headers[one].terms.get("new", 0)) for one, _ in again),
        gone=sum(int(held.headers[one].terms.get("gone", 0)) for one, _ in again),
        rows_gone=header.step == "screen" and matter not in alive,
    )


def _register(*forms: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the last screening that says so says of the register of documents."""
    found: object = next((form["register"] for form in forms if "register" in form), {})
    return found if isinstance(found, Mapping) else {}


def _form_of(parts: Iterable[Opened], kind: str) -> Mapping[str, Any]:
    for one in parts:
        if one.head.kind == kind and one.content is not None:
            return one.content.form or {}
    return {}


def _lists(form: Mapping[str, Any]) -> Iterable[ListLine]:
    for one in form.get("lists", ()):
        if isinstance(one, Mapping) and "name" in one:
            age = int(one.get("age_days", 0))
            yield ListLine(str(one["name"]), str(one.get("version", "")), age, age > OLD_LIST_DAYS)


def _outcome(line: FlightLine, form: Mapping[str, Any]) -> Says:
    """What screening found, in the words of the domain: nobody is ever shown as clear."""
    lists = len(line.lists)
    if line.unread:
        return says("Not checked: the message could not be read, %(at)s.", at=line.screened)
    if lists == 0 and int(form.get("watched", 0)) == 0:
        return says("Not checked: there was no list to ask, %(at)s.", at=line.screened)
    if line.hits == 0 and line.known > 0:
        return counted(
            "No new possible hit, %(at)s; %(n)s was decided before.",
            "No new possible hit, %(at)s; %(n)s were decided before.",
            line.known,
            at=line.screened,
        )
    if line.hits > 0:
        return counted("%(n)s possible hit, %(at)s.", "%(n)s possible hits, %(at)s.", line.hits, at=line.screened)
    return counted(
        "Nothing found in %(n)s list, %(at)s.", "Nothing found in %(n)s lists, %(at)s.", lists, at=line.screened
    )


def _why(opened: Opened) -> Says:
    if opened.stored is not None and opened.stored.hidden is not None:
        return says("Withdrawn: what it was found in was recalled, or its time was over.")
    if opened.decision is None or opened.decision.allowed:
        return says("Its content is not here any more.")
    return says("Withheld: %(reason)s", reason=says(f"{opened.decision.reason} {opened.decision.way}".strip()))


def _hits(
    node: Node, unit: Connection, held: Held, opened: Mapping[str, tuple[Opened, ...]], agency: str
) -> Iterable[ShownHit]:
    again = dict(again_of(held))
    acts = (_screening(held), *again)
    since = {one.head.commitment: again.get(act) for act in acts for one in opened.get(act, ())}
    gone = {
        str(one["hit"]): str(one["why"])
        for act in again
        for one in _form_of(opened.get(act, ()), "change").get("gone", ())
    }
    parts = [one for act in acts for one in opened.get(act, ()) if one.head.kind in ("hit", KNOWN)]
    forms = {one.head.commitment: (one.content.form or {}) for one in parts if one.content is not None}
    before = _before(node, unit, agency, {one.head.commitment for one in parts if one.head.kind == KNOWN}, forms)
    matters = {str(form.get("matter", "")) for form in forms.values()} - {""}
    rows = act_rows.matter_rows(unit, matters)
    for one in sorted(parts, key=lambda p: (int(forms.get(p.head.commitment, {}).get("row", 0)), p.head.commitment)):
        form = forms.get(one.head.commitment)
        decided = tuple(_decisions(node, held, opened, one.head.commitment))
        if form is None:
            yield ShownHit(one.head.commitment, 0, "", "", "", "", "", "", (), (), decided, _why(one))
            continue
        matter = str(form.get("matter", ""))
        traveller, record = form.get("traveller", {}), form.get("record", {})
        document = document_of(node, form)
        yield ShownHit(
            commitment=one.head.commitment,
            row=int(form.get("row", 0)),
            caption=str(form.get("caption", "")),
            traveller=_name(traveller),
            found_in=_source(node, rows.get(matter)) if matter != "" else str(form.get("list", "")),
            list_version=str(form.get("list_version", "")) if matter == "" else "",
            matter=matter,
            matter_status=_matter_status(node, rows.get(matter)),
            reasons=() if document is not None else tuple(reason_said(reason) for reason in form.get("reasons", ())),
            comparisons=() if document is not None else tuple(_compare(node, traveller, record)),
            decided=tuple(_of_document(one) for one in decided) if document is not None else decided,
            document=document,
            protects=str(form.get("protects", "")),
            protection=PROTECTED_CODES.get(str(form.get("protects", "")), ""),
            before=before.get(one.head.commitment),
            since=since.get(one.head.commitment),
            gone=gone.get(one.head.commitment, ""),
        )


def _of_document(decided: Decided) -> Decided:
    """A decision about a document in words of its own."""
    codes = {title: code for code, title in DECISIONS}
    return replace(decided, decision=DOCUMENT_DECISIONS.get(codes.get(decided.decision, ""), decided.decision))


def _before(
    node: Node, unit: Connection, agency: str, known: set[str], forms: Mapping[str, Mapping[str, Any]]
) -> dict[str, Before]:
    """The earlier decisions that still take hits out of the way; one that was undone since does so no more."""
    pairs = {hit: pair for hit in known if (pair := judgements.read_pair(forms.get(hit, {}))) is not None}
    settled = judgements.settled(node, unit, agency, pairs.values())
    decisions, grounds = dict(DECISIONS), dict(GROUNDS)
    return {
        hit: Before(decisions.get(j.decision, j.decision), grounds.get(j.ground, j.ground), j.role, j.when)
        for hit, pair in pairs.items()
        if (j := settled.get(pair)) is not None
    }


def reason_said(told: Mapping[str, Any]) -> Says | str:
    """A reason of the scorer as a sentence to translate; one that this version does not know, as it was said.

    The form may be another member's: its sentence is used only if it is one of ours and its values fill it.
    """
    text, values = str(told.get("text", "")), told.get("values", {})
    if text not in _SENTENCES or not isinstance(values, Mapping) or not _SENTENCES[text] <= set(values):
        return str(told["says"])
    return says(text, **{name: str(values[name]) for name in _SENTENCES[text]})


_SENTENCES = {
    text: frozenset(re.findall(r"%\((\w+)\)s", text)) for feature in FEATURES for text in feature.texts.values()
}


def _source(node: Node, row: Mapping[str, Any] | None) -> str:
    return "" if row is None else node.name(str(row["owner_member"]))


def _matter_status(node: Node, row: Mapping[str, Any] | None) -> str:
    procedure = None if row is None else node.registry.get(str(row["procedure"]), int(row["version"]))
    if row is None or procedure is None:
        return ""
    return next((status.says for status in procedure.statuses if status.code == row["status"]), "")


def _decisions(node: Node, held: Held, opened: Mapping[str, tuple[Opened, ...]], commitment: str) -> Iterable[Decided]:
    """Earlier ones first; the last prevails."""
    view = held.view
    if view is None:
        return
    about = [
        (view.outcomes[d].depth, d, h)
        for d, h in held.headers.items()
        if h.step == "decide" and h.terms.get("hit") == commitment
    ]
    decisions, grounds = dict(DECISIONS), dict(GROUNDS)
    for n, (_, digest, header) in enumerate(sorted(about, key=lambda one: one[:2]), 1):
        notes = [o.content.form or {} for o in opened.get(digest, ()) if o.content is not None]
        decision, ground = str(header.terms.get("decision", "")), str(header.terms.get("ground", ""))
        yield Decided(
            decision=decisions.get(decision, decision),
            ground=grounds.get(ground, ground),
            note=next((str(note["note"]) for note in notes if "note" in note), ""),
            agency=node.name(header.agency),
            officer=header.officer,
            when=instant(header.time),
            prevails=n == len(about),
        )


def _name(tree: Mapping[str, Any]) -> str:
    values = tree.get("properties", {}) if isinstance(tree, Mapping) else {}
    for prop in ("name", "lastName"):
        if len(values.get(prop, ())) > 0:
            return str(values[prop][0])
    return ""


def _compare(node: Node, traveller: Mapping[str, Any], record: Mapping[str, Any]) -> Iterable[Comparison]:
    """Every kind of thing that either side says, in a fixed order."""
    said = [_families(one.get("properties", {})) for one in (traveller, record)]
    schema = vocabulary()["Person"]
    for prop in dict.fromkeys(_FAMILIES.get(name, name) for name in COMPARED):
        left, right = said[0].get(prop, ()), said[1].get(prop, ())
        if len(left) + len(right) > 0:
            known = schema.get(prop)
            label = prop if known is None else known.label
            shown = [tuple(_spoken(node, prop, value) for value in side) for side in (left, right)]
            yield Comparison(label, shown[0], shown[1], _verdict(prop, left, right))


def _spoken(node: Node, prop: str, value: str) -> str:
    """A country by its member's name, or as its code is printed; a date as people write it."""
    if prop == "birthDate":
        found = span_of(value)
        return value if found is None else found.says
    return node.name(value.upper()) if prop == "nationality" else value


def _families(properties: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for prop in COMPARED:
        for value in properties.get(prop, ()):
            known = found.setdefault(_FAMILIES.get(prop, prop), [])
            if str(value) not in known:
                known.append(str(value))
    return found


def _verdict(prop: str, left: Sequence[str], right: Sequence[str]) -> Verdict:
    if len(left) == 0 or len(right) == 0:
        return "not_given"
    found = {_pair(prop, one, other) for one in left for other in right}
    return "agree" if "agree" in found else "in_part" if "in_part" in found else "differ"


def _pair(prop: str, one: str, other: str) -> Verdict:
    """Equal as far as both are given: dates where they may be one, names word by word, the rest without blanks."""
    if prop == "birthDate":
        return _dates(one, other)
    if prop in ("name", "lastName", "firstName"):
        words = [set(re.findall(r"\w+", text.casefold())) for text in (one, other)]
        part = words[0] <= words[1] or words[1] <= words[0]
        return "agree" if words[0] == words[1] else "in_part" if part else "differ"
    return "agree" if _bare(one) == _bare(other) else "differ"


def _dates(one: str, other: str) -> Verdict:
    left, right = span_of(one), span_of(other)
    if left is None or right is None:
        return "agree" if one == other else "differ"
    if left == right:
        return "agree"
    return "in_part" if left.first <= right.last and right.first <= left.last else "differ"


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())
