"""What a reviewer sees of a request: its automatic findings, with what the secretariat holds from before.

Everything is a flag with questions; nothing is decided here. Earlier refusals of any colour are found by the same
screening as everything else, among persons whose requests were refused; what was cancelled is known by marks alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from comity.matching.screening.index import Index
from comity.matching.subject import subjects_of
from comity.model.act import Header, read_header
from comity.model.track import member_of, track_name
from comity.node import marks
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.opening import opened_parts
from comity.node.story import Held
from comity.policy.clocks import due
from comity.procedures.notice.colours import COLOURS
from comity.procedures.notice.fields import FIELDS
from comity.procedures.notice.findings import Before, Flag, earlier, read_request
from comity.procedures.table import Sight
from comity.storage import acts as act_rows
from comity.storage import schema

LIKE = 0.8
"""Least score of an earlier refused person that is shown to the reviewer."""


@dataclass(frozen=True, slots=True)
class Review:
    """The request's colour, its flags, and in words what it is for."""

    colour: str
    title: str
    purpose: str
    source: str
    mark: str
    flags: tuple[Flag, ...]


def review_of(node: Node, unit: Connection, officer: Officer, held: Held, now: datetime) -> Review | None:
    """The automatic reading of a notice's request; None for anybody but the secretariat, and for other matters."""
    view = held.view
    if view is None or view.procedure.kind != "notice" or node.member != node.reviewer or held.row["ended"]:
        return None
    requests = {
        d: h
        for d, h in held.headers.items()
        if h.step.startswith("submit_") and view.outcomes[d].verdict == "applied" and h.agency == view.owner
    }
    if len(requests) == 0:
        return None
    colour = next(iter(requests.values())).step.removeprefix("submit_")
    values, files, tree = _content(node, unit, requests)
    source = member_of(view.owner)
    sight = Sight(
        member=source,
        agency=view.owner,
        officer="",
        now=stamp(now),
        members=node.members(),
        profiles=node.laws.on(now.date()),
        charter=node.reviewer,
        owner=view.owner,
    )
    before = [*_known(node, unit, held, tree, now), *_marked(node, unit, held, now)]
    flags = (*earlier(before, colour, _lately(node, now)), *read_request(colour, values, files, sight))
    row = COLOURS[colour]
    return Review(colour, row.title, row.purpose, row.source, row.mark, tuple(_once(flags)))


def _once(flags: tuple[Flag, ...]) -> Iterator[Flag]:
    seen: set[tuple[str, str]] = set()
    for flag in flags:
        if (flag.code, flag.says) not in seen:
            seen.add((flag.code, flag.says))
            yield flag


def _content(
    node: Node, unit: Connection, requests: Mapping[str, Header]
) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
    """(the values by field, the fields with a file, the subject as a tree) of the request."""
    values: dict[str, Any] = {}
    files: list[str] = []
    tree: dict[str, Any] = {}
    for digest, header in requests.items():
        values.update({name: value for name, value in header.terms.items() if name != "nonce"})
        files.extend(head.kind for head in header.parts if head.kind in ("portrait", "prints", "scan"))
        colour = COLOURS[header.step.removeprefix("submit_")]
        for act, content in opened_parts(node, unit, {digest: header}):
            if content.entity is not None and act == digest:
                tree = dict(content.entity)
                values.update(_fields_of(colour.code, content.entity.get("properties", {})))
            elif content.form is not None:
                values.update(content.form)
    return values, files, tree


def _fields_of(colour: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields behind the properties of the subject."""
    found: dict[str, Any] = {}
    for name, field in FIELDS.items():
        if field.prop in properties:
            given = list(properties[field.prop])
            found[name] = given if field.many else given[0]
    return found


def _known(node: Node, unit: Connection, held: Held, tree: dict[str, Any], now: datetime) -> Iterator[Before]:
    """Persons like this one: refused as far back as the charter keeps them, protected, or asking about their data."""
    own = str(held.row["matter"])
    if _state(unit, own, "inquiry") == "open":
        yield Before("data_subject", own, "", "", "")
    if len(tree) == 0:
        return
    others = list(_people(node, unit, own, now))
    index = Index.build(subjects_of([{**one[0], "id": str(n)} for n, one in enumerate(others)]), list_name="known")
    for subject in subjects_of([tree]):
        for hit in index.screen(subject, threshold=LIKE, limit=5):
            _, row = others[int(hit.match)]
            reasons = tuple(reason.says for reason in hit.reasons if reason.weight > 0)
            source, when = node.name(str(row["owner_member"])), str(row["changed"])[:10]
            for kind in row["kinds"]:
                yield Before(kind, str(row["matter"]), str(row["colour"]), when, source, reasons)


def _state(unit: Connection, matter: str, track: str) -> str:
    query = select(schema.track.c.state).where(schema.track.c.matter == matter, schema.track.c.track == track)
    return str(unit.execute(query).scalar() or "")


def _kinds(unit: Connection, since: str) -> dict[str, list[str]]:
    """What is known of each matter that a reviewer has to know of: refused, protection confirmed, a request open."""
    matter, track = schema.matter, schema.track
    refused = select(matter.c.matter).where(
        matter.c.procedure == "notice", matter.c.status == "refused", matter.c.changed >= since
    )
    found: dict[str, list[str]] = {str(one): ["refused"] for one in unit.execute(refused).scalars()}
    protected = select(track.c.matter).where(track.c.track.startswith("protection/"), track.c.state == "confirmed")
    asked = select(track.c.matter).where(track.c.track == "inquiry", track.c.state == "open")
    for kind, query in (("protection_open", protected), ("data_subject", asked)):
        for one in set(unit.execute(query).scalars()):
            found.setdefault(str(one), []).append(kind)
    return found


def _people(
    node: Node, unit: Connection, own: str, now: datetime
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """(the person as a tree, the matter's row with its colour and what is known of it) of each such matter."""
    law = node.rule("retention.refused")
    since = stamp(due(now, -law.value, law.unit)) if isinstance(law.value, int) else ""
    kinds = {matter: some for matter, some in _kinds(unit, since).items() if matter != own}
    rows, acts = act_rows.matter_rows(unit, kinds), act_rows.acts_of(unit, kinds)
    trees: dict[str, tuple[dict[str, Any], Mapping[str, Any]]] = {}
    statements = select(schema.statement, schema.part.c.matter, schema.part.c.agency).select_from(
        schema.statement.join(schema.part, schema.statement.c.commitment == schema.part.c.commitment)
    )
    shown = (schema.part.c.matter.in_(list(rows)), schema.part.c.hidden.is_(None), act_rows.said_when())
    for row in unit.execute(statements.where(*shown)):
        if row.agency != rows[row.matter]["owner"]:
            continue
        steps = [one for one in acts.get(row.matter, ()) if b'"step":"submit_' in one.header]
        colour = _colour(steps[0].header) if len(steps) > 0 else ""
        empty = {"id": row.entity, "schema": row.schema, "properties": {}}
        about = {**rows[row.matter], "colour": colour, "kinds": kinds[row.matter]}
        known = trees.setdefault(row.entity, (empty, about))
        known[0]["properties"].setdefault(row.prop, []).append(row.value)
    yield from trees.values()


def _colour(header: bytes) -> str:
    return header.partition(b'"step":"submit_')[2].partition(b'"')[0].decode()


def _marked(node: Node, unit: Connection, held: Held, now: datetime) -> Iterator[Before]:
    """Earlier matters of this source about this person that were cancelled on a ground of protection."""
    for marked in marks.earlier(node, unit, str(held.row["matter"]), now):
        headers = act_rows.acts_of(unit, [marked.matter]).get(marked.matter, [])
        if _ground(node, unit, marked.matter) == "protection" and len(headers) > 0:
            yield Before("protection", marked.matter, "", marked.at.date().isoformat(), "")


def _ground(node: Node, unit: Connection, matter: str) -> str:
    """The ground that the secretariat wrote in its own file."""
    held = {one.digest: read_header(one.header) for one in act_rows.acts_of(unit, [matter]).get(matter, [])}
    mine = {d: h for d, h in held.items() if track_name(h.track) == "shield" and node.is_own(h.agency)}
    for _, content in opened_parts(node, unit, mine):
        if content.form is not None and "ground" in content.form:
            return str(content.form["ground"])
    return ""


def _lately(node: Node, now: datetime) -> str:
    """The first day that counts as lately for a blue notice after a refused red one."""
    law = node.rule("threshold.blue.after_refused_red_months")
    return due(now, -law.value, "months").date().isoformat() if isinstance(law.value, int) else now.date().isoformat()
