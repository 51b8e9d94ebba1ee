"""Automatic steps: what the table says follows from an act, taken by the node that writes the track.

An approved request is published by the asking member's own node; a refused extradition opens the review again; a
closing reaches the source in the fixed batch; what nobody countersigned lapses. Each is signed with the agency's key
in the name of the officer who last ordered anything in the matter there, and recorded in the caller's transaction.
What the secretariat's node takes by itself is its office's: nobody learns from it which reviewer took part.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from comity.model.act import Header, PartHead, read_header
from comity.model.track import member_of, track_name
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.record import record, seats_to_members
from comity.node.signing import Signing, Standing
from comity.procedures.machine import MatterView, fold, vouched_in
from comity.procedures.table import Procedure, Step
from comity.storage import acts as act_rows
from comity.storage import post
from comity.storage.rows import Batch, from_set

OFFICE = "office"
"""The pseudonym of an agency's office, the same in every matter; no account has it, since theirs are drawn digits."""


def take_automatic(node: Node, unit: Connection, matter: str, name: str, now: datetime) -> str:
    """Takes the automatic step ``track.step`` in a matter, in the transaction ``unit``.

    Returns the act's digest, or the empty text where it is not this node's to take or not possible now.
    """
    standing = _standing(node, unit, matter)
    if standing is None or standing.view is None:
        return ""
    on, _, step_name = name.partition(".")
    step = standing.procedure.step(step_name, on)
    officer = None if step is None else _on_whose_order(node, standing, step)
    if step is None or officer is None or not _is_possible(standing, step):
        return ""
    at = stamp(now)
    signing = Signing(node, officer, standing, matter, _nonce(standing), (), at)
    if _is_per_party(standing, step):
        signing.also(name)
    else:
        signing.act(step, on, _terms(node, standing, step), heads=_carried(node, unit, standing, step))
    for other in step.also:
        signing.also(other)
    if len(signing.made) == 0:
        return ""
    signing.folded()
    arrivals = [arrival for _, arrival in signing.made]
    record(node, unit, arrivals, now)
    _queue(node, unit, standing.procedure, signing, at)
    node.bell.set()
    return arrivals[0].act.digest


def _standing(node: Node, unit: Connection, matter: str) -> Standing | None:
    row = act_rows.matter_rows(unit, [matter]).get(matter)
    procedure = None if row is None else node.registry.get(str(row["procedure"]), int(row["version"]))
    if row is None or procedure is None:
        return None
    held = act_rows.acts_of(unit, [matter]).get(matter, [])
    headers = {stored.digest: read_header(stored.header) for stored in held}
    seats = act_rows.participants_of(unit, [matter]).get(matter, {})
    view = fold(procedure, headers, node.reviewer)
    return Standing(procedure, view, headers, seats, frozenset(from_set(str(row["own_agencies"]))))


def _on_whose_order(node: Node, standing: Standing, step: Step) -> Officer | None:
    """The officer in whose name it is taken, if the track is this node's to write: the last who ordered anything, or
    at the secretariat its office. A track that was handed over is written by whoever accepted it."""
    view, kind = standing.view, standing.procedure.track(step.on)
    if view is None or kind is None or kind.writer == "party":
        return None
    shown = view.tracks.get(step.on)
    first = node.bureau if kind.writer == "reviewer" else view.owner
    agency = first if shown is None or shown.writer == "" else shown.writer
    if agency == "" or not node.is_own(agency):
        return None
    if kind.writer == "reviewer":
        return Officer("", OFFICE, agency, frozenset()) if node.member == node.reviewer else None
    mine = [h for h in standing.headers.values() if h.agency == agency and not _automatic(standing.procedure, h)]
    if len(mine) == 0:
        return None
    last = max(mine, key=lambda header: (header.time, header.id))
    return Officer("", last.officer, agency, frozenset())


def _automatic(procedure: Procedure, header: Header) -> bool:
    step = procedure.step(header.step, track_name(header.track))
    return step is None or step.automatic


def _is_per_party(standing: Standing, step: Step) -> bool:
    kind = standing.procedure.track(step.on)
    return kind is not None and kind.one_per == "party"


def _is_possible(standing: Standing, step: Step) -> bool:
    """Whether the table allows it now: of a matter that ended, only what protects still leaves."""
    view: MatterView | None = standing.view
    kind = standing.procedure.track(step.on)
    leaves = kind is not None and len(kind.audience) > 0
    if view is not None and view.status.ended and leaves and step.rank.kind != "protective":
        return False
    if _is_per_party(standing, step):
        return view is not None  # judged track by track when it is signed
    shown = None if view is None else view.tracks.get(step.on)
    if step.opens:
        return shown is None or shown.head == ""
    return shown is not None and shown.head != "" and shown.state in step.frm


def _terms(node: Node, standing: Standing, step: Step) -> dict[str, Any]:
    """The codes and dates that this member said before and that the step's form repeats."""
    fields = () if step.form is None else step.form.fields
    mine = sorted((h for h in standing.headers.values() if node.is_own(h.agency)), key=lambda h: h.time)
    said: dict[str, Any] = {}
    for header in mine:
        said.update(header.terms)
    if len(mine) > 0:
        said["of"] = mine[0].step
    return {f.name: said[f.name] for f in fields if f.term and f.name in said}


def _carried(node: Node, unit: Connection, standing: Standing, step: Step) -> tuple[PartHead, ...]:
    """The heads of the parts that the step takes along: this member's own, still here, not said there before."""
    heads: dict[str, PartHead] = {}
    there: set[str] = set()
    for header in sorted(standing.headers.values(), key=lambda h: h.time):
        if not node.is_own(header.agency):
            continue
        if track_name(header.track) == step.on:
            there |= {head.commitment for head in header.parts}
        heads.update({head.commitment: head for head in header.parts if head.kind in step.carries})
    if any(len(one.vouches) > 0 for one in standing.procedure.steps):
        reviewed = [h for h in standing.headers.values() if member_of(h.agency) == node.reviewer]
        vouched = {commitment for header in reviewed for commitment in vouched_in(header)}
        heads = {commitment: head for commitment, head in heads.items() if commitment in vouched}
    stored = act_rows.parts_by_commitment(unit, heads)
    return tuple(head for c, head in heads.items() if c not in there and c in stored and stored[c].hidden is None)


def _nonce(standing: Standing) -> str:
    return next((str(h.terms["nonce"]) for h in standing.headers.values() if "nonce" in h.terms), "")


def _queue(node: Node, unit: Connection, procedure: Procedure, signing: Signing, at: str) -> None:
    """One intent for each member of each act's audience."""
    batch, outbox = Batch(), post.Outbox(unit)
    first = signing.made[0][0]
    for _, arrival in signing.made:
        header = arrival.act.header
        members = seats_to_members(node, procedure, header.track, signing.seats)
        for member in sorted(members):
            lane = "urgent" if first.urgent else "ordinary"
            outbox.add(batch, peer=member, lane=lane, kind="act", act=arrival.act.digest, at=at)
    outbox.close()
    batch.write(unit)
