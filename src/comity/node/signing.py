"""Signing an officer's acts in one matter: the header, what it follows from, what it may name, and the fold's consent.

Everything a reader would refuse is found here, before anything is written, so a node never signs what another would
not take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.errors import RuleRefused
from comity.exchange.delivery import delivery_id
from comity.model.act import FORMAT, Act, Header, PartHead, sign_act
from comity.model.track import is_correspondent, member_of, track_index, track_name
from comity.node.arrival import Arrival, ReadPart
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.parts import Draft, resolved, seal_draft
from comity.node.record import seats_to_members
from comity.procedures.machine import MatterView, fold
from comity.procedures.table import Procedure, Step


@dataclass(frozen=True, slots=True)
class Standing:
    """What this node holds of a matter when the step is taken."""

    procedure: Procedure
    view: MatterView | None
    headers: Mapping[str, Header]
    seats: Mapping[str, set[str]]
    own_agencies: frozenset[str]


def is_frozen(view: MatterView, track: str) -> bool:
    """Whether two acts follow from one here: only protection goes on."""
    return track in view.tracks and len(view.tracks[track].frozen) > 0


def counts(view: MatterView, track: str, digest: str) -> bool:
    """Whether an act is reached, or stands although the track was offered to another agency: protection never waits
    for an answer."""
    return view.outcomes[digest].verdict == "applied" or digest in view.tracks[track].standing


class Signing:
    """Signs acts of one officer in one matter, each following from what the ones before it left.

    What is open and who writes it is carried along; everything is folded once, by :meth:`folded`, before any of it
    is written.
    """

    def __init__(
        self,
        node: Node,
        officer: Officer,
        standing: Standing,
        matter: str,
        nonce: str,
        parties: tuple[str, ...],
        at: str,
    ) -> None:
        self.node, self.officer, self.procedure = node, officer, standing.procedure
        self.matter, self.nonce, self.at = matter, nonce, at
        self.headers = dict(standing.headers)
        shown = {} if standing.view is None else standing.view.tracks
        self.heads = {name: track.head for name, track in shown.items() if track.head != ""}
        self.states = {name: track.state for name, track in shown.items()}
        self.writers = {name: track.writer for name, track in shown.items() if track.writer != ""}
        self.seats = {seat: set(members) for seat, members in standing.seats.items()}
        self.seats.setdefault("owner", {officer.member} if standing.view is None else set())
        self.seats.setdefault("party", set()).update(parties)
        self.made: list[tuple[Step, Arrival]] = []

    def act(
        self,
        step: Step,
        track: str,
        terms: Mapping[str, Any],
        drafts: tuple[Draft, ...] = (),
        *,
        heads: tuple[PartHead, ...] = (),
    ) -> None:
        """One signed act on a track; ``heads`` are parts of this member that it says again."""
        parts = [seal_draft(self.node, draft, self.officer.agency) for draft in drafts]
        drafts = tuple(resolved(draft, parts) for draft in drafts)
        header = self._header(step, track, terms, (*heads, *(part.part.head for part in parts)))
        signed = sign_act(header, self.node.ring.agencies[self.officer.agency].key)
        self.headers[signed.digest] = header
        self.heads[track] = signed.digest
        self.writers.setdefault(track, self.officer.agency)
        self.made.append((step, self._arrival(signed, parts, drafts)))

    def also(self, name: str) -> None:
        """The automatic step ``track.step`` on each of its tracks: opened for each party, or where it is open.

        A track of paper is opened for correspondents alone, and any other for members alone; on paper, a step is left
        out where the track's state does not allow it.
        """
        on, _, step_name = name.partition(".")
        step = self.procedure.step(step_name, on)
        if step is None:
            return
        kind = self.procedure.track(on)
        paper = kind is not None and kind.paper
        if step.opens:
            parties = sorted(self.seats.get("party", set()))
            tracks = [f"{on}/{party}" for party in parties if is_correspondent(party) == paper]
        else:
            tracks = [track for track in sorted(self.heads) if track_name(track) == on]
            tracks = [track for track in tracks if not paper or self.states.get(track, "") in step.frm]
        for track in tracks:
            self.act(step, track, {})

    def folded(self) -> MatterView:
        """The matter with the new acts in it; raises :class:`RuleRefused` if a reader would refuse one of them."""
        view = fold(self.procedure, self.headers, self.node.reviewer)
        for step, arrival in self.made:
            outcome, track = view.outcomes[arrival.act.digest], arrival.act.header.track
            frozen = is_frozen(view, track) and step.rank.kind != "protective"
            if not counts(view, arrival.act.header.track, arrival.act.digest) or frozen:
                frozen_says = "the track is frozen, since two acts follow from the same one"
                raise RuleRefused(
                    f"{step.title} is not possible now: {outcome.reason if outcome.reason != '' else frozen_says}.",
                    rule="table.state",
                    remedy="Open the matter again to see how it stands.",
                )
        return view

    def _header(self, step: Step, track: str, terms: Mapping[str, Any], parts: tuple[PartHead, ...]) -> Header:
        kind = self.procedure.track(step.on)
        nonce = {"nonce": self.nonce} if step.opens and kind is not None and kind.writer.startswith("owner") else {}
        head = self.heads.get(track, "")
        return Header(
            format=FORMAT,
            network=self.node.network,
            id=self.node.draw(16).hex(),
            matter=self.matter,
            track=track,
            procedure=self.procedure.kind,
            version=self.procedure.version,
            step=step.name,
            prev=head if head != "" and not step.opens else self.node.draw(32).hex(),
            seen=self._seen(track),
            agency=self.officer.agency,
            key=self.node.ring.agencies[self.officer.agency].id,
            officer=self.officer.pseudonym,
            time=self.at,
            terms={**nonce, **terms},
            parts=parts,
        )

    def _seen(self, track: str) -> tuple[str, ...]:
        """The heads of other tracks that this track's whole audience may hold: nobody learns of anybody by them."""
        audience = self._holders(track)
        heads = [head for name, head in self.heads.items() if name != track and audience <= self._holders(name)]
        return tuple(sorted(heads))

    def _holders(self, track: str) -> set[str]:
        """The members that hold a track: its audience, and whoever writes it."""
        members = seats_to_members(self.node, self.procedure, track, self.seats) | {self.node.member}
        kind = self.procedure.track(track_name(track))
        if track in self.writers:
            members.add(member_of(self.writers[track]))
        elif kind is not None and kind.writer == "party":
            members.add(track_index(track))
        return members

    def _arrival(self, signed: Act, parts: list[ReadPart], drafts: tuple[Draft, ...]) -> Arrival:
        sources = {part.sealed.commitment: draft.sources for part, draft in zip(parts, drafts, strict=True)}
        own = self.node.member
        identity = delivery_id(signed.digest, own, [part.sealed.commitment for part in parts])
        dies = {p.sealed.commitment: d.dies for p, d in zip(parts, drafts, strict=True) if d.dies != ""}
        return Arrival(signed, own, identity, tuple(parts), sources, dies=dies)
