"""Screening a carrier's list: against the reference lists and against the persons in matters taken up.

A file is one act of this member alone; travellers' rows are a part of their own that dies by itself, and each
possible hit is made from that part and from the record it was found in, so that it goes with either. A message
that breaks a rule is refused as a filing and screened all the same, marked incomplete; nobody is shown as clear.
A hit that officers of this agency decided to be *not same*, and of which neither side has changed since, is kept
and counted as *decided before* and waits for nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from comity.errors import Defect, InputRefused
from comity.formats import format_named, pnrgov, pnrgov_xml
from comity.formats.base import Format, Reading
from comity.formats.cusres import Told, told
from comity.formats.manifest import Manifest, Traveller
from comity.matching.judgement import pair_of
from comity.matching.screening.index import Index
from comity.matching.subject import Subject, subjects_of
from comity.model.content import Content
from comity.node import effects, judgements
from comity.node.action import Done, Order, take_step
from comity.node.at_hand import Loaded, loaded_lists, records_of
from comity.node.flight_documents import Documents, look_up_aboard
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.node.parts import Draft
from comity.node.screened import Found, protects_of, terms_of_hit
from comity.node.screens import WatchIndex
from comity.policy.clocks import due
from comity.policy.facts import ScreeningFacts
from comity.procedures.screening.table import BORDER
from comity.storage import acts as act_rows
from comity.storage import desk, schema

THRESHOLD = 0.7
PER_TRAVELLER = 5
MANIFEST = "#1"
"""The manifest's part among the parts of the act, which hits name as what they were made from."""
KNOWN = "known_hit"
"""The kind of part of a hit that an earlier decision takes out of the way."""
WATCHED = "diffusion"
"""What stands in place of a list's name where a possible hit was found in a matter."""


def screen_flight(node: Node, officer: Officer, name: str, data: bytes, now: datetime) -> Done:
    """Screens every list in one file (PAXLST, PNRGOV), each as a matter of its own, and returns the first.

    Raises :class:`comity.errors.InputRefused` with every defect of a file that cannot be read, which is kept as *not
    checked* if it is a carrier's message, and :class:`comity.errors.RuleRefused` if the officer may not screen.
    """
    facts = ScreeningFacts("flight", officer.agency)
    node.policies.decide(principal(node, officer), "screen", facts, context("border_check", now)).require()
    digest = hashlib.sha256(data).hexdigest()
    try:
        reading = _format_of(name, data).read({name: data}, now)
    except InputRefused as refused:
        if not _is_message(data):
            raise
        _keep_unread(node, officer, name, digest, refused, now)
        recorded = "It is kept as not checked: nobody in it was screened."
        raise InputRefused(refused.says, refused.defects, recorded=recorded) from refused
    done = [_screen(node, officer, manifest, reading, digest, now) for manifest in reading.manifests]
    return done[0]


def _format_of(name: str, data: bytes) -> Format:
    """The reader for a carrier's message; PAXLST for whatever is neither form of PNRGOV."""
    for one in (pnrgov_xml.FORMAT, pnrgov.FORMAT):
        if one.recognises(name, data):
            return one
    return format_named("paxlst")


def _is_message(data: bytes) -> bool:
    """Whether these bytes may be meant as a carrier's message; anything else is no more than a wrong file."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    return head[:3] in (b"UNA", b"UNB", b"UNG", b"UNH") or (head[:1] == b"<" and b"PNR" in head)


def _keep_unread(node: Node, officer: Officer, name: str, digest: str, refused: InputRefused, now: datetime) -> None:
    form = {"file": name, "screened_at": stamp(now), "unread": True, "message": _guess(name)}
    drafts = (
        Draft("flight", BORDER, Content(form=form)),
        Draft("filing", BORDER, Content(form=_filing_form(refused.defects)), dies=stamp(now + _TERM)),
    )
    terms = {"digest": digest, "travellers": 0, "hits": 0, "incomplete": True, "unread": True}
    take_step(node, officer, Order("screening", "refuse", "flight", drafts=drafts, terms=terms), now)


_TERM = timedelta(days=1)
"""How long rows live where neither the profile nor an arrival says otherwise."""


def _guess(name: str) -> str:
    return "pnrgov_xml" if name.lower().endswith(".xml") else "paxlst"


def _filing_form(defects: Iterable[Defect]) -> dict[str, Any]:
    """What is wrong with a filing, in words and as the carrier is told; it may quote the carrier, so it dies."""
    found = tuple(defects)
    said = [{"rule": one.rule, "place": one.place, "says": one.says} for one in told(found)]
    return {"defects": [str(replace(defect, file="")) for defect in found], "told": said}


def told_of(form: Mapping[str, Any]) -> tuple[Told, ...]:
    """The defects of a filing as its part keeps them."""
    return tuple(Told(str(one["rule"]), str(one["place"]), str(one["says"])) for one in form.get("told", ()))


def _screen(node: Node, officer: Officer, manifest: Manifest, reading: Reading, digest: str, now: datetime) -> Done:
    effects.run_due(node, now)  # what was taken up a moment ago counts, though its worker has not come to it
    rows = {traveller.person["id"]: (n, traveller) for n, traveller in enumerate(manifest.travellers, 1)}
    subjects = [subject for subject in subjects_of(reading.entities) if subject.id in rows]
    lists = loaded_lists(node, now)
    watch = watch_index(node, now)
    papers = papers_of(reading.entities)
    asked = [hit for subject in subjects for hit in found_for(node, subject, rows, papers, lists, watch)]
    documents = look_up_aboard(node, officer, rows, now)
    found = judged(node, officer, [*documents.found, *asked])
    until = rows_until(node, manifest, now)
    screens = len(lists) + len(watch.sources) > 0
    named = {subject.id for subject in subjects}
    unchecked = manifest.unread + sum(
        "name" in one.person["properties"] and i not in named for i, (_, one) in rows.items()
    )
    open_hits = sum(one.before is None for one in found)
    drafts = (
        Draft(
            "flight", BORDER, Content(form={**flight_form(manifest, lists, watch, now), **_register_form(documents)})
        ),
        Draft("manifest", BORDER, Content(form=manifest_form(manifest)), dies=until),
        *(hit_draft(one) for one in found),
        Draft("filing", BORDER, Content(form=_filing_form(manifest.filing_defects)), sources=(MANIFEST,)),
    )
    terms = {
        "digest": digest,
        "travellers": len(rows),
        "hits": open_hits,
        "decided_before": len(found) - open_hits,
        "incomplete": not manifest.is_complete,
        "unchecked": unchecked if screens else len(rows) + manifest.unread,
        "message": manifest.message,
        "action": manifest.action,
        "lists": [f"{one.name}@{one.version.version}" for one in lists],
        "watched": len(watch.sources),
        "register": documents.asked,
    }
    order = Order("screening", "screen", "flight", drafts=drafts, terms=terms)
    return take_step(node, officer, order, now)


def _register_form(documents: Documents) -> dict[str, Any]:
    """Whether the register of documents was asked, and of how many documents it could not be."""
    return {"register": {"asked": documents.asked, "unasked": documents.unasked}}


BOOKINGS = ("pnrgov", "pnrgov_xml")
"""Messages that hold bookings, for which a law may give a term of its own."""


def rows_until(node: Node, manifest: Manifest, now: datetime) -> str:
    """When the travellers' rows die: so long after arrival as the member's profile says, else after screening.

    Bookings are kept longer only where the member's own profile, signed, says so: never on an example's word.
    """
    law = node.law(node.member, "retention.manifest.rows", now.date())
    if manifest.message in BOOKINGS:
        kept = node.law(node.member, "retention.pnr.delete", now.date())
        law = kept if kept.standing == "signed" else law
    arrives = [leg.arrives for leg in manifest.flight.legs if leg.arrives != ""]
    landed = datetime.fromisoformat(arrives[-1]).replace(tzinfo=UTC) if len(arrives) > 0 else now
    latest = max(landed, now)
    if isinstance(law.value, int) and law.unit in ("hours", "days", "months", "years"):
        return stamp(due(latest, law.value, law.unit))
    return stamp(latest + _TERM)


def watch_index(node: Node, now: datetime) -> WatchIndex:
    """The persons in matters that are taken up and may be acted on, as far as their terms allow border checks."""
    with node.store.read() as unit:
        version = f"{desk.setting(unit, 'watch_version', '0')} {_acting(unit)}"
        with node.screens.lock:
            kept = node.screens.watch
        if kept is not None and kept.version == version:
            return kept
        rows = _watched_statements(unit, stamp(now)[:10])
    trees: dict[str, dict[str, Any]] = {}
    sources: dict[str, tuple[str, frozenset[str]]] = {}
    for row in rows:
        name = f"{row.entity}-{row.matter}"  # the same person in two matters is two records: either may be recalled
        tree = trees.setdefault(name, {"id": name, "schema": row.schema, "properties": {}})
        tree["properties"].setdefault(row.prop, []).append(row.value)
        sources[name] = (row.matter, sources.get(name, ("", frozenset()))[1] | {row.commitment})
    with node.store.read() as unit:
        held = act_rows.parts_by_commitment(unit, {part for _, parts in sources.values() for part in parts})
    handling = {name: tuple(held[part].handling for part in sorted(parts)) for name, (_, parts) in sources.items()}
    index = Index.build(subjects_of(trees.values()), list_name=WATCHED, list_version=version.partition(" ")[0])
    made = WatchIndex(version, index, sources, handling, trees)
    with node.screens.lock:
        node.screens.watch = made
    return made


def _acting(unit: Connection) -> str:
    """Which watched matters may be acted on: a suspension ends screening in its own transaction."""
    joined = schema.watch.join(schema.matter, schema.watch.c.matter == schema.matter.c.matter)
    query = select(schema.watch.c.matter).select_from(joined).where(schema.matter.c.acts, schema.matter.c.shows)
    return hashlib.sha256("".join(sorted(unit.execute(query).scalars())).encode()).hexdigest()[:16]


def _watched_statements(unit: Connection, today: str) -> list[Any]:
    """What the owners of the watched matters had said when each watch began: nobody else adds a person to them, and
    the owner adds none past whoever reviewed it or took it up."""
    part, matter, watch, statement = schema.part, schema.matter, schema.watch, schema.statement
    joined = (
        statement.join(part, statement.c.commitment == part.c.commitment)
        .join(matter, part.c.matter == matter.c.matter)
        .join(watch, watch.c.matter == matter.c.matter)
    )
    query = (
        select(statement, part.c.matter)
        .select_from(joined)
        .where(
            part.c.hidden.is_(None),
            part.c.purposes.contains("|border_check|"),
            part.c.agency == matter.c.owner,
            act_rows.said_when(schema.act.c.recorded <= watch.c.since),
            matter.c.acts,
            matter.c.shows,
            (watch.c.until == "") | (watch.c.until >= today),
        )
    )
    return sorted(unit.execute(query), key=lambda row: row.id)


def papers_of(entities: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The papers of a message by their holder."""
    held: dict[str, list[dict[str, Any]]] = {}
    for tree in entities:
        for holder in tree["properties"].get("holder", ()):
            held.setdefault(holder, []).append(tree)
    return held


def found_for(
    node: Node,
    subject: Subject,
    rows: dict[str, tuple[int, Traveller]],
    papers: dict[str, list[dict[str, Any]]],
    lists: tuple[Loaded, ...],
    watch: WatchIndex,
) -> Iterable[Found]:
    """The possible hits of one traveller: in matters taken up, then list by list."""
    row, traveller = rows[subject.id]
    person, own, protects = traveller.person, papers.get(subject.id, []), protects_of(traveller)
    key = judgements.pair_key(node)
    for hit in watch.index.screen(subject, threshold=THRESHOLD, limit=PER_TRAVELLER):
        matter, parts = watch.sources[hit.match]
        terms = terms_of_hit(node, watch.handling[hit.match])
        record = watch.trees[hit.match]
        pair = pair_of(key, person, own, record, (), source=WATCHED)
        yield Found(row, person, hit, record, pair, matter, parts, terms, protects=protects)
    for one in lists:
        hits = one.index.screen(subject, threshold=THRESHOLD, limit=PER_TRAVELLER)
        if len(hits) == 0:
            continue
        at_hand = records_of(node, one.version)
        records = at_hand.by_id(hit.match for hit in hits)
        held = at_hand.held_by(records)
        for hit in hits:
            record = records[hit.match]
            pair = pair_of(key, person, own, record, held.get(hit.match, ()), source=one.name)
            yield Found(row, person, hit, record, pair, protects=protects)


def judged(node: Node, officer: Officer, found: list[Found]) -> list[Found]:
    """The same hits, each with the decision of this agency that takes it out of the way, if there is one."""
    with node.store.read() as unit:
        settled = judgements.settled(node, unit, officer.agency, {one.pair for one in found})
    return [replace(one, before=settled.get(one.pair)) for one in found]


def hit_draft(found: Found, manifest: str = MANIFEST) -> Draft:
    """The part of one possible hit, which goes with the rows (``manifest``) and with what it was found in."""
    said = found.hit.to_json()
    form = {
        "row": found.row,
        "traveller": found.traveller,
        "match": said["match"],
        "caption": said["caption"],
        "record": found.record,
        "score": said["score"],
        "reasons": [reason.to_json() for reason in found.hit.reasons],
        "list": said["list"],
        "list_version": said["list_version"],
        "model": said["model"],
        "matter": found.matter,
        "protects": found.protects,
        judgements.PAIR: judgements.pair_form(found.pair),
    }
    if found.document is not None:
        form["document"] = dict(found.document)
    if found.before is not None:
        form["before"] = judgements.judgement_form(found.before)
    return Draft(
        "hit" if found.before is None else KNOWN,
        found.handling,
        Content(form=form),
        sources=(manifest, *sorted(found.parts)),
    )


def flight_form(manifest: Manifest, lists: tuple[Loaded, ...], watch: WatchIndex, now: datetime) -> dict[str, Any]:
    flight = manifest.flight
    return {
        "number": flight.number,
        "carrier": flight.carrier,
        "departure": flight.departure,
        "arrival": flight.arrival,
        "departure_time": flight.legs[0].departs if len(flight.legs) > 0 else "",
        "arrival_time": flight.legs[-1].arrives if len(flight.legs) > 0 else "",
        "kind": manifest.kind,
        "file": manifest.file,
        "travellers": len(manifest.travellers),
        "incomplete": not manifest.is_complete,
        "message": manifest.message,
        "action": manifest.action,
        "access": manifest.access,
        "reference": manifest.reference,
        "sent": [manifest.interchange.sender, manifest.interchange.recipient, manifest.interchange.reference],
        "content": _content_digest(manifest),
        "lists": [list_form(one, now) for one in lists],
        "watched": len(watch.sources),
        "screened_at": stamp(now),
    }


def _content_digest(manifest: Manifest) -> str:
    """The same for two lists that say the same of the same flight, whatever envelope they came in."""
    people = [(t.person["properties"], t.role, t.nationality, t.documents) for t in manifest.travellers]
    said = repr((manifest.kind, manifest.message, manifest.action, manifest.flight, people))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def list_form(one: Loaded, now: datetime) -> dict[str, Any]:
    version = one.version
    return {
        "name": version.name,
        "version": version.version,
        "published": version.published,
        "entities": version.entities,
        "age_days": (now - version.seen).days,
        "warning": one.warning,
    }


def manifest_form(manifest: Manifest) -> dict[str, Any]:
    """The rows of a list and its bookings, as they live under the key of their own."""
    return {
        "travellers": [
            {
                "row": n,
                "entity": traveller.person,
                "role": traveller.role,
                "nationality": traveller.nationality,
                "documents": [
                    {"kind": d.kind, "number": d.number, "country": d.country, "expires": d.expires}
                    for d in traveller.documents
                ],
            }
            for n, traveller in enumerate(manifest.travellers, 1)
        ],
        "bookings": [asdict(booking) for booking in manifest.bookings],
    }
