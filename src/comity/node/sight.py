"""What a check may look at: gathered from the node, so that checks stay pure.

Checks see the form, this member's own earlier forms in the matter, codes and officers of its acts, both sides' legal
profiles, and a few facts of the desk. Own forms are opened here without a disclosure: nobody is shown them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from comity.model.track import track_name
from comity.node.document_record import record_of
from comity.node.forward import consent_of
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.opening import opened_parts
from comity.node.rota import turns
from comity.node.signing import Standing
from comity.policy.ages import may_be_under
from comity.procedures.form import Filled
from comity.procedures.machine import ancestors
from comity.procedures.table import Procedure, Sight, Step
from comity.storage import acts as act_rows
from comity.storage import paper, schema


def sight_of(node: Node, officer: Officer, standing: Standing, step: Step, filled: Filled, now: datetime) -> Sight:
    """The sight of one step."""
    view = standing.view
    owner = view.owner if view is not None else officer.agency
    with node.store.read() as unit:
        said = _said(node, unit, standing)
        facts = _facts(node, unit, officer, standing, filled, said, now)
    return Sight(
        member=node.member,
        agency=officer.agency,
        officer=officer.pseudonym,
        now=stamp(now),
        members=node.members(),
        states={} if view is None else _states(node, standing),
        facts=facts,
        said=said,
        profiles=node.laws.on(now.date()),
        charter=node.reviewer,
        owner=owner,
    )


def local_hour(node: Node, now: datetime) -> str:
    """The hour at the member's desk, as 02:40."""
    return now.astimezone(ZoneInfo(node.trust.lists[node.member].doc.timezone)).strftime("%H:%M")


def _states(node: Node, standing: Standing) -> dict[str, str]:
    """The state of each track, this member's own among those of the parties under the bare name too."""
    tracks = {} if standing.view is None else standing.view.tracks
    states = {name: shown.state for name, shown in tracks.items()}
    own = {track_name(name): state for name, state in states.items() if name.endswith(f"/{node.member}")}
    return {**own, **states}


def _said(node: Node, unit: Connection, standing: Standing) -> dict[str, dict[str, Any]]:
    """The values of this member's own forms, by ``track.step``; the latest of each."""
    mine = {d: h for d, h in standing.headers.items() if node.is_own(h.agency) and len(h.parts) > 0}
    if len(mine) == 0:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for digest, content in opened_parts(node, unit, mine):
        header = mine[digest]
        values = content.form if content.form is not None else (content.entity or {}).get("properties", {})
        found.setdefault(f"{track_name(header.track)}.{header.step}", {}).update(values)
    return found


def _facts(
    node: Node,
    unit: Connection,
    officer: Officer,
    standing: Standing,
    filled: Filled,
    said: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    listed = node.trust.lists[node.member].doc
    acts = (header for header in standing.headers.values() if node.is_own(header.agency))
    mine = sorted(acts, key=lambda header: header.time)
    about = str(filled.values.get("about", "") or said.get("finding.open", {}).get("about", ""))
    return {
        "roles": officer.roles,
        "nationality": officer.nationality,
        "local_hour": local_hour(node, now),
        "correspondents": _correspondents(node, unit, officer),
        "agencies": tuple(agency.id for agency in listed.agencies),
        "bureaus": tuple(agency.id for agency in listed.agencies if agency.bureau),
        "officers": {f"{track_name(h.track)}.{h.step}": h.officer for h in mine},
        "abreast": tuple(_abreast(node, standing)),
        "terms": {f"{track_name(h.track)}.{h.step}": dict(h.terms) for h in mine},
        "numbers": tuple(c.phone for one in node.trust.lists.values() for c in one.doc.contacts),
        "approvers": tuple(turn.name for turn in turns(unit, at=now) if turn.duty == "approver"),
        "requests": _requests(node, unit, standing.procedure),
        "consent": consent_of(node, unit, str(filled.values.get("forwards", ""))),
        **_about(node, unit, about or _term(mine, "about"), now),
        **record_of(node, unit, standing, filled),
    }


def _abreast(node: Node, standing: Standing) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(step, officer, tracks whose present head they had before them) for each of this member's own acts.

    What an act follows from says what was there when it was taken; times are each author's own word.
    """
    shown = {} if standing.view is None else standing.view.tracks
    heads = {name: track.head for name, track in shown.items() if track.head != ""}
    for digest, header in standing.headers.items():
        if node.is_own(header.agency):
            known = ancestors(standing.headers, digest)
            present = frozenset(name for name, head in heads.items() if head in known)
            yield f"{track_name(header.track)}.{header.step}", header.officer, present


def _correspondents(node: Node, unit: Connection, officer: Officer) -> tuple[str, ...]:
    """The codes that this officer may write to: the bureau is the gateway to whoever has no node."""
    return tuple(one.code for one in paper.correspondents(unit)) if officer.agency == node.bureau else ()


def _term(acts: list[Any], name: str) -> str:
    return next((str(h.terms[name]) for h in acts if name in h.terms), "")


def _requests(node: Node, unit: Connection, procedure: Procedure) -> dict[str, int]:
    """How many matters of this member are open, by the step that opened them: what a quota counts."""
    if not any(step.name.startswith("submit_") for step in procedure.steps):
        return {}
    act, matter = schema.act, schema.matter
    joined = act.join(matter, act.c.matter == matter.c.matter)
    query = (
        select(act.c.step, func.count())
        .select_from(joined)
        .where(matter.c.owner_member == node.member, matter.c.procedure == procedure.kind, matter.c.ended.is_(False))
        .group_by(act.c.step)
    )
    return {str(step): int(n) for step, n in unit.execute(query)}


def _about(node: Node, unit: Connection, matter: str, now: datetime) -> dict[str, Any]:
    """Of the notice that a finding is about: its owner, whether it may be acted on, and whether a minor is sought."""
    row = act_rows.matter_rows(unit, [matter]).get(matter) if matter != "" else None
    if row is None:
        return {}
    profiles = (node.member, str(row["owner_member"]))
    ages = [node.law(member, "age.criminal_responsibility").value for member in profiles]
    births = unit.execute(
        select(schema.statement.c.value)
        .select_from(schema.statement.join(schema.part, schema.statement.c.commitment == schema.part.c.commitment))
        .where(
            schema.part.c.matter == matter,
            schema.part.c.agency == str(row["owner"]),
            schema.part.c.hidden.is_(None),
            schema.statement.c.prop == "birthDate",
            act_rows.said_when(),
        )
    )
    born = [str(value) for value in births.scalars()]
    young = any(may_be_under(birth, age, stamp(now)[:10]) for birth in born for age in ages if isinstance(age, int))
    return {"about_owner": str(row["owner_member"]), "about_acts": bool(row["acts"]), "may_be_minor": young}
