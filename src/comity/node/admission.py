"""Whether an act may come in at all: from its author's own member, on a track whose audience this member is in.

Decided from the header, the table and who owns the matter here, before the writer is taken. Who may write which track
is folded by every reader and not decided here (:mod:`comity.procedures.machine`).
"""

from __future__ import annotations

from datetime import datetime

from comity.errors import PeerRefused
from comity.exchange.assertion import check_assertion, is_asked
from comity.model.act import Act, Header
from comity.model.track import member_of, track_index, track_name
from comity.node.arrival import Arrival
from comity.node.moment import instant
from comity.node.node import Node
from comity.procedures.table import Step, Track


def may_come_in(node: Node, sender: str, arrival: Arrival, now: datetime) -> None:
    """Raises :class:`PeerRefused` unless the author's own member delivers it (nothing passes a third party without
    the author's consent), with the parts of its own form; a suspended member's act carries nothing but protection."""
    header = arrival.act.header
    if member_of(header.agency) != sender:
        raise PeerRefused(
            f"{sender} sent an act of {header.agency}.",
            rule="act.third_party",
            remedy="Only the author's own member delivers its acts.",
        )
    procedure = node.registry.get(header.procedure, header.version)
    step = None if procedure is None else procedure.step(header.step, track_name(header.track))
    if procedure is not None:
        _leaves_its_node(procedure.track(track_name(header.track)), header)
    _has_known_kinds(header, step)
    if step is not None and step.grave:
        is_asserted(node, arrival.act, now)
    member = node.trust.member(sender)
    if member is not None and member.status == "suspended" and (step is None or step.rank.kind != "protective"):
        raise PeerRefused(f"{sender} is suspended and may only withdraw.", rule="member.suspended")


def is_asserted(node: Node, act: Act, now: datetime) -> None:
    """Raises :class:`PeerRefused` where the act's agency lists its officers' keys and the one it names did not assert
    it; whether the act is grave is the table's word."""
    agency, written = node.trust.agency(act.header.agency), instant(act.header.time)
    if agency is not None and is_asked(agency, written, now):
        check_assertion(act, agency, written)


def is_for_us(node: Node, header: Header, owner: str) -> None:
    """Raises :class:`PeerRefused` unless the table puts this member in the act's audience.

    ``owner`` is the member that owns the matter as this node holds it, empty where it holds none: what is said to an
    owner comes after the owner's first act, which its own node has. Whom a matter is addressed to is its owner's word,
    so what goes to all parties goes to anybody but the owner. A table that is not known here says nothing.
    """
    procedure = node.registry.get(header.procedure, header.version)
    track = None if procedure is None else procedure.track(track_name(header.track))
    if track is None:
        return
    seats = {
        "owner": owner == node.member,
        "party": track_index(header.track) == node.member,
        "parties": owner != node.member,
        "reviewer": node.member == node.reviewer,
    }
    if not any(seats[seat] for seat in track.audience):
        raise PeerRefused(
            f"An act on the track {header.track} is not for {node.member}.",
            rule="act.audience",
            remedy="It is sent to whom the procedure's table names; the sender's node must not send it to others.",
        )


MOST = 500
"""Acts that one member may say in one matter here; twice as many where they protect. Every act is folded with all
others of its matter, so a member that floods one would hold up everybody's."""


def has_room(node: Node, header: Header, before: int) -> None:
    """Raises :class:`PeerRefused` if the act's member has said too much in this matter ``before``."""
    procedure = node.registry.get(header.procedure, header.version)
    step = None if procedure is None else procedure.step(header.step, track_name(header.track))
    most = 2 * MOST if step is not None and step.rank.kind == "protective" else MOST
    if before >= most:
        raise PeerRefused(
            f"{member_of(header.agency)} said {before} things in this matter; {most} are taken.",
            rule="matter.full",
            remedy="Go on in a new matter that names this one.",
        )


def _leaves_its_node(track: Track | None, header: Header) -> None:
    """A track that the table does not have, or one without an audience, comes from no honest node."""
    if track is None:
        raise PeerRefused(
            f"{header.procedure} has no track {track_name(header.track)}.",
            rule="act.audience",
            remedy="Ask the sender which version of Comity wrote it.",
        )
    if len(track.audience) == 0:
        raise PeerRefused(
            f"Acts on the track {track.name} never leave the node of their author.",
            rule="act.audience",
            remedy="The sender's node must not send them.",
        )


def _has_known_kinds(header: Header, step: Step | None) -> None:
    """An act holds the kinds of parts of its own form, and no other: a word about a suspension brings no new person."""
    if step is None:
        return
    known = {*step.carries, *(() if step.form is None else (spec.kind for spec in step.form.parts))}
    beyond = sorted({head.kind for head in header.parts} - known)
    if len(beyond) > 0:
        raise PeerRefused(
            f"The step {step.name} has no part of the kind {', '.join(beyond)}.",
            rule="part.kind",
            remedy="Say it in the step whose form has it.",
        )
