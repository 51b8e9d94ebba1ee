"""Screening again what is lawfully alive, when a list or a matter taken up changed; only what changed is written down.

The rows of each flight whose time is not over are asked once more, as far as a list has another version than the last
time. A possible hit that was not there becomes a part like any other; one that is not there any more stays, with why
it is gone, since a decision may rest on it. Nobody reads anything here: the node does it, in the name of the officer
who screened the flight.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from comity.formats.manifest import Flight, Manifest, TravelDocument, Traveller
from comity.formats.manifest_entities import entities_of
from comity.matching.subject import subjects_of
from comity.model.act import Header, read_header
from comity.model.content import Content, read_content
from comity.model.sealing import open_part
from comity.node import effects, reference
from comity.node.action import Order, take_step
from comity.node.at_hand import Loaded, loaded_lists
from comity.node.flight import KNOWN, found_for, hit_draft, judged, list_form, papers_of, watch_index
from comity.node.flight_documents import SEEN_REGISTER, UNASKED, Documents, look_up_again
from comity.node.look_ups import register_mark
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.parts import Draft
from comity.node.screened import REGISTER, Found
from comity.node.screens import WatchIndex
from comity.procedures.screening.table import BORDER
from comity.storage import acts as act_rows
from comity.storage import desk, schema

SEEN = "screened_versions"
"""The setting that names what the rows alive were last asked against."""
ROLES = frozenset({"duty_officer", "second_line"})


@dataclass(frozen=True, slots=True)
class Rescreened:
    """What came of it: flights asked again, flights whose rows were no longer there, new and gone possible hits, and
    whether the register of documents could be asked."""

    flights: int = 0
    no_rows: int = 0
    new: int = 0
    gone: int = 0
    asked: bool = True


@dataclass(frozen=True, slots=True)
class _Alive:
    """A flight whose rows are alive: its acts' headers, the rows' part, what was found so far by its parts."""

    matter: str
    headers: Mapping[str, Header]
    rows: str
    form: Mapping[str, Any]
    hits: Mapping[str, Mapping[str, Any]]
    asked: Mapping[str, Any]

    @property
    def listed(self) -> list[Any]:
        """The lists it was last asked against, as they were shown."""
        return list(self.asked.get("lists", ()))

    @property
    def register_asked(self) -> bool:
        """Whether the register of documents could be asked the last time."""
        return bool(self.asked.get("register", {}).get("asked", True))

    @property
    def watched(self) -> int:
        """How many watched persons it was last asked against."""
        return int(self.asked.get("watched", 0))

    @property
    def lists(self) -> frozenset[str]:
        """What it was last asked against, as ``name@version`` and the watched persons' version."""
        told = [(h.time, h.terms) for h in self.headers.values() if h.step in ("screen", "rescreen")]
        return frozenset(max(told, key=lambda one: one[0])[1].get("lists", ())) if len(told) > 0 else frozenset()


def rescreen_due(node: Node, now: datetime) -> bool:
    """Screens again what changed since the last time: everything if a list or a matter taken up did, documents alone
    if the register did. Whether anything was done."""
    marks = _marks(node, now)
    with node.store.read() as unit:
        before = tuple(desk.setting(unit, name, "") for name in (SEEN, SEEN_REGISTER))
    if marks == before:
        return False
    done = Rescreened()
    if before[0] not in ("", marks[0]):
        done = rescreen(node, now)
    elif before[1] not in ("", marks[1]):
        done = rescreen(node, now, only_documents=True)
    with node.store.write() as unit:
        desk.put_setting(unit, SEEN, marks[0])
        desk.put_setting(unit, SEEN_REGISTER, marks[1] if done.asked else UNASKED)
    return done.asked


def _marks(node: Node, now: datetime) -> tuple[str, str]:
    """What would be asked now: each list's version, how many of its entries are over and the matters taken up; and the
    register."""
    shown = reference.show_lists(node.home, now)
    current = [one.current for one in shown if one.current is not None]
    over = {one.name: reference.count_over(node.home, one, now) for one in current}
    versions = sorted(f"{one.name}@{one.version} {over[one.name]}" for one in current)
    with node.store.read() as unit:
        watched = desk.setting(unit, "watch_version", "0")
        register = register_mark(unit)
    return hashlib.sha256("|".join((*versions, watched)).encode()).hexdigest(), register


def rescreen(node: Node, now: datetime, *, only_documents: bool = False) -> Rescreened:
    """Asks about every row that is alive, and writes down for each flight what is new and what is gone."""
    effects.run_due(node, now)
    flights, no_rows = _flights(node)
    if len(flights) == 0:
        return Rescreened(0, no_rows)
    lists = () if only_documents else loaded_lists(node, now)
    watch = None if only_documents else watch_index(node, now)
    done = [_ask(node, flight, lists, watch, now) for flight in flights]
    new, gone = sum(one.new for one in done), sum(one.gone for one in done)
    return Rescreened(len(flights), no_rows, new, gone, all(one.asked for one in done))


def _flights(node: Node) -> tuple[list[_Alive], int]:
    part = schema.part
    with node.store.read() as unit:
        rows = unit.execute(select(part.c.matter, part.c.hidden).where(part.c.kind == "manifest")).all()
        alive = sorted(row.matter for row in rows if row.hidden is None)
        acts = act_rows.acts_of(unit, alive)
    found = []
    for matter in alive:
        headers = {act.digest: read_header(act.header) for act in acts.get(matter, ())}
        one = _opened(node, matter, headers)
        if one is not None:
            found.append(one)
    return found, len(rows) - len(alive)


def _opened(node: Node, matter: str, headers: Mapping[str, Header]) -> _Alive | None:
    kinds = {part.commitment: part.kind for header in headers.values() for part in header.parts}
    wanted = [name for name, kind in kinds.items() if kind in ("manifest", "hit", KNOWN, "flight", "change")]
    with node.store.read() as unit:
        stored = act_rows.parts_by_commitment(unit, wanted)
    keys = node.keys.get(wanted)
    forms = {
        name: read_content(open_part(keys[name][0], name, part.sealed)).form or {}
        for name, part in stored.items()
        if part.hidden is None and part.sealed is not None and name in keys
    }
    rows = next((name for name in forms if kinds[name] == "manifest"), "")
    if rows == "":
        return None
    hits = {name: form for name, form in forms.items() if kinds[name] in ("hit", KNOWN)}
    said = [form for name, form in forms.items() if kinds[name] in ("flight", "change")]
    asked = max(said, key=lambda form: str(form.get("screened_at", "")), default={})
    return _Alive(matter, headers, rows, forms[rows], hits, asked)


def _ask(node: Node, flight: _Alive, lists: tuple[Loaded, ...], watch: WatchIndex | None, now: datetime) -> Rescreened:
    """Asks about one flight and writes down what changed; documents alone without a ``watch``."""
    current = flight.lists if watch is None else frozenset(f"{one.name}@{one.version.version}" for one in lists)
    told = {
        (_source(form), str(form.get("match", "")), int(form.get("row", 0))): name
        for name, form in flight.hits.items()
        if watch is not None or _is_document(form)
    }
    found, documents = _found(node, flight, lists, watch)
    if not documents.asked:
        told = {key: name for key, name in told.items() if not _is_document(flight.hits[name])}
    now_there = {(_key(one)): one for one in found}
    officer = _officer(flight.headers.values())
    already = _gone_before(node, flight)
    new = judged(node, officer, [one for key, one in now_there.items() if told.get(key, "") in ("", *already)])
    gone = [name for key, name in told.items() if key not in now_there and name not in already]
    same = current == flight.lists and documents.asked == flight.register_asked
    if len(new) == 0 and len(gone) == 0 and same:
        return Rescreened(asked=documents.asked)
    form = {
        "screened_at": stamp(now),
        "lists": flight.listed if watch is None else [list_form(one, now) for one in lists],
        "watched": flight.watched if watch is None else len(watch.sources),
        "register": {"asked": documents.asked, "unasked": documents.unasked},
        "new": len(new),
        "gone": [{"hit": name, "why": _why(flight.hits[name], lists)} for name in gone],
    }
    terms: dict[str, Any] = {
        "lists": sorted(current),
        "watched": form["watched"],
        "register": documents.asked,
        "new": sum(one.before is None for one in new),
        "gone": len(gone),
    }
    drafts = (
        Draft("change", BORDER, Content(form=form), sources=(flight.rows,)),
        *(hit_draft(one, flight.rows) for one in new),
    )
    order = Order("screening", "rescreen", "flight", matter=flight.matter, drafts=drafts, terms=terms)
    take_step(node, officer, order, now)
    return Rescreened(1, 0, terms["new"], len(gone), documents.asked)


def _found(
    node: Node, flight: _Alive, lists: tuple[Loaded, ...], watch: WatchIndex | None
) -> tuple[list[Found], Documents]:
    manifest = manifest_of(flight.form)
    rows = {traveller.person["id"]: (n, traveller) for n, traveller in enumerate(manifest.travellers, 1)}
    documents = look_up_again(node, rows)
    if watch is None:
        return list(documents.found), documents
    trees = tuple(entities_of([manifest]))
    papers = papers_of(trees)
    subjects = [subject for subject in subjects_of(trees) if subject.id in rows]
    named = [hit for subject in subjects for hit in found_for(node, subject, rows, papers, lists, watch)]
    return [*documents.found, *named], documents


def _is_document(form: Mapping[str, Any]) -> bool:
    return str(form.get("list", "")) == REGISTER


def manifest_of(form: Mapping[str, Any]) -> Manifest:
    """The rows of a list as they were kept, enough to be asked about again."""
    travellers = tuple(
        Traveller(
            dict(one["entity"]),
            str(one.get("role", "")),
            nationality=str(one.get("nationality", "")),
            documents=tuple(
                TravelDocument(str(d["kind"]), str(d["number"]), str(d["country"]), str(d["expires"]))
                for d in one.get("documents", ())
            ),
        )
        for one in form.get("travellers", ())
    )
    return Manifest("", "", "passenger", "", Flight("", ""), travellers)


def _key(found: Found) -> tuple[str, str, int]:
    said = found.hit.to_json()
    return (found.matter or str(said["list"]), str(said["match"]), found.row)


def _source(form: Mapping[str, Any]) -> str:
    return str(form.get("matter", "")) or str(form.get("list", ""))


def _gone_before(node: Node, flight: _Alive) -> set[str]:
    """The hits that an earlier screening said are gone."""
    names = [
        part.commitment
        for header in flight.headers.values()
        if header.step == "rescreen"
        for part in header.parts
        if part.kind == "change"
    ]
    with node.store.read() as unit:
        stored = act_rows.parts_by_commitment(unit, names)
    keys = node.keys.get(names)
    found: set[str] = set()
    for name, part in stored.items():
        if part.hidden is None and part.sealed is not None and name in keys:
            form = read_content(open_part(keys[name][0], name, part.sealed)).form or {}
            found |= {str(one["hit"]) for one in form.get("gone", ())}
    return found


def _why(form: Mapping[str, Any], lists: tuple[Loaded, ...]) -> str:
    if _is_document(form):
        return "The register does not say it of this document any more."
    if str(form.get("matter", "")) != "":
        return "The matter it was found in is no longer acted on."
    name = str(form.get("list", ""))
    now = next((one.version.version for one in lists if one.name == name), "")
    if now == "":
        return f"The list {name} is not loaded any more."
    return f"Not found any more in {name}, version {now}."


def _officer(headers: Iterable[Header]) -> Officer:
    """In whose name: the officer who screened the flight."""
    header = next(header for header in headers if header.step == "screen")
    return Officer("", header.officer, header.agency, ROLES)
