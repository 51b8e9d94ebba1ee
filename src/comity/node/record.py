"""Recording acts: one transaction for ledger leaves, acts, parts, statements, tracks, effects and recalls.

Both roads end here, an officer's step and what comes in from a peer. Everything expensive (signatures, keys,
opening parts) is done before the writer is taken; what is written is gathered and written table by table. A bad
act among good ones is found before anything is written, so it never rolls back its neighbours.

Not handled here: what recalls reach (:mod:`comity.node.recalling`), whether an act may be taken in
(:mod:`comity.node.intake`) or made (:mod:`comity.node.action`), and what effects do (:mod:`comity.node.effects`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from comity.ledger.leaf import Leaf
from comity.model.act import Header, read_header
from comity.model.track import is_correspondent, member_of, track_name
from comity.node.arrival import Arrival, ReadPart
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.recalling import hide_recalled, recalls_of
from comity.node.registering import bring_in_line, reports_documents
from comity.policy.clocks import due
from comity.procedures.effects import EFFECTS
from comity.procedures.machine import MatterView, fold, owns
from comity.procedures.table import Procedure, Step
from comity.storage import acts as act_rows
from comity.storage import desk, log, schema
from comity.storage.rows import Batch, Row, as_set, from_set

LONGEST = ("retention.notice.nominal", "retention.notice.biometrics_unknown")
"""Where the charter says how long data of a notice or a diffusion are kept at most, by kind."""
SKEW = timedelta(minutes=5)
"""How far an author's clock may run ahead before the act is flagged."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the transaction did: the view of each matter touched, and what is missing of them by sender."""

    views: Mapping[str, MatterView]
    missing: Mapping[str, tuple[str, ...]]
    hidden: Mapping[str, frozenset[str]]


def keep_keys(node: Node, arrivals: Iterable[Arrival], known: Collection[str] = ()) -> None:
    """Keeps the keys of parts in their own file, before the transaction that refers to them.

    ``known`` are parts that were recorded before: a late copy must not bring back the key of an erased one.
    """
    fresh = (p.sealed for a in arrivals for p in a.parts if p.sealed.commitment not in known)
    node.keys.put({sealed.commitment: (sealed.key, sealed.salt) for sealed in fresh})


def record(
    node: Node,
    unit: Connection,
    arrivals: Sequence[Arrival],
    now: datetime,
    folded: Mapping[str, MatterView] | None = None,
) -> Recorded:
    """Writes ``arrivals``; an act that is there already only adds parts that are new.

    ``folded`` are views of new matters that the caller has folded from these very arrivals.
    """
    at = stamp(now)
    by_matter: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        by_matter.setdefault(arrival.act.header.matter, []).append(arrival)
    held = act_rows.acts_of(unit, by_matter)
    seats = act_rows.participants_of(unit, by_matter)
    known_rows = act_rows.matter_rows(unit, [matter for matter in by_matter if matter in held])
    batch, writer = Batch(), log.LogWriter(unit)
    work = _Work(node, unit, batch, writer, at, now)
    work.folded = {} if folded is None else folded
    brought = [one.sealed.commitment for arrival in arrivals for one in arrival.parts]
    work.held_parts = set(act_rows.parts_by_commitment(unit, brought))
    for matter, some in by_matter.items():
        work.matter(matter, some, held.get(matter, []), seats.get(matter, {}), known_rows.get(matter))
    writer.write(batch)
    batch.write(unit)
    longest = _longest(node, now) if len(work.termed) > 0 else ""
    for matter, (view, headers) in work.termed.items():
        _keep_to_term(unit, matter, view, headers, longest)
    late = act_rows.drawn_from_hidden(unit, brought)
    for source, commitments in late.items():
        act_rows.hide(unit, commitments, at=at, recall=source)
    for view, headers in work.registered.values():
        bring_in_line(node, unit, view, headers, at)
    hidden = {m: hide_recalled(node, unit, view, headers, at) for m, (view, headers) in work.recalled.items()}
    node.hides += 1 if any(hidden.values()) else 0
    return Recorded(work.views, work.missing, hidden)


class _Work:
    """The rows of one transaction, matter by matter."""

    def __init__(
        self, node: Node, unit: Connection, batch: Batch, writer: log.LogWriter, at: str, now: datetime
    ) -> None:
        self.node, self.unit, self.batch, self.writer, self.at, self.now = node, unit, batch, writer, at, now
        self.folded: Mapping[str, MatterView] = {}
        self.held_parts: set[str] = set()
        self.views: dict[str, MatterView] = {}
        self.missing: dict[str, tuple[str, ...]] = {}
        self.recalled: dict[str, tuple[MatterView, Mapping[str, Header]]] = {}
        self.termed: dict[str, tuple[MatterView, Mapping[str, Header]]] = {}
        self.registered: dict[str, tuple[MatterView, Mapping[str, Header]]] = {}

    def matter(
        self,
        matter: str,
        arrivals: list[Arrival],
        held: list[act_rows.StoredAct],
        seats: Mapping[str, set[str]],
        row: Mapping[str, object] | None,
    ) -> None:
        """Everything about one matter."""
        headers = {stored.digest: _header(stored.header) for stored in held}
        fresh = _first_of_each(arrivals, headers)
        for arrival in arrivals:
            headers.setdefault(arrival.act.digest, arrival.act.header)
        known = {stored.digest: stored.verdict for stored in held}
        first = _table_header(self.node, headers, row) or arrivals[0].act.header
        procedure = self.node.registry.get(first.procedure, first.version)
        view = self.folded.get(matter) if len(held) == 0 else None
        if view is None and procedure is not None:
            view = fold(procedure, headers, self.node.reviewer)
        self._parts(arrivals, _reached(view, headers))
        for arrival in fresh:
            self._act(arrival, "not_understood" if view is None else view.outcomes[arrival.act.digest].verdict)
        members = self._participants(matter, view, fresh, seats)
        self._matter_row(matter, view, first, headers, members, row)
        if view is None:
            return
        self._tracks(matter, view, len(held) > 0)
        changed = {d: view.outcomes[d].verdict for d, verdict in known.items() if view.outcomes[d].verdict != verdict}
        act_rows.set_verdicts(self.unit, changed)
        self._effects(view, headers, known, changed)
        self.views[matter] = view
        if len(view.missing) > 0:
            self.missing[matter] = view.missing
        if len(view.procedure.term) > 0:
            self.termed[matter] = (view, headers)
        if reports_documents(view.procedure):
            self.registered[matter] = (view, headers)
        if any(step.erases for step in recalls_of(view, headers).values()):
            self.recalled[matter] = (view, headers)

    def _act(self, arrival: Arrival, verdict: str) -> None:
        act = arrival.act
        skewed = instant(act.header.time) > self.now + SKEW
        self.batch.add(
            schema.act, act_rows.act_row(act, recorded=self.at, sender=arrival.sender, verdict=verdict, skewed=skewed)
        )
        if len(act.header.parts) > 0:
            self.batch.add(
                schema.act_part,
                *(
                    {"digest": act.digest, "commitment": commitment}
                    for commitment in dict.fromkeys(head.commitment for head in act.header.parts)
                ),
            )
        leaf = Leaf(
            index=0,
            time=self.at,
            tag="exchange:act:record" if arrival.sender != self.node.member else "desk:act:record",
            digest=act.digest,
            actor=f"{act.header.agency}:{act.header.officer}",
            purpose="",
            decision=verdict,
            rule=f"{act.header.procedure}.{act.header.version}.{act.header.step}",
        )
        self.writer.add(log.MAIN, leaf)
        if arrival.sender != self.node.member:
            self.writer.add(log.pair(arrival.sender), leaf)

    def _parts(self, arrivals: list[Arrival], reached: Mapping[str, Header]) -> None:
        for arrival in arrivals:
            for one in arrival.parts:
                if one.sealed.commitment not in self.held_parts:
                    self.held_parts.add(one.sealed.commitment)
                    self._part(arrival, one, reached)

    def _part(self, arrival: Arrival, one: ReadPart, reached: Mapping[str, Header]) -> None:
        commitment = one.sealed.commitment
        dies = arrival.dies.get(commitment, _last_moment(self._step(arrival.act.header), arrival.act.header))
        row = act_rows.part_row(arrival.act, one.part.head, one.sealed.sealed, dies=dies)
        self.batch.add(schema.part, row)
        if len(one.statements) > 0:
            values = map(act_rows.statement_values, one.statements)
            self.batch.extend(schema.statement, act_rows.STATEMENT_COLUMNS, values)
        if len(one.chunks) > 0 and one.content.attachment is not None:
            addresses = one.content.attachment.chunks
            pieces = enumerate(zip(addresses, one.chunks, strict=True))
            self.batch.add(
                schema.chunk,
                *({"commitment": commitment, "n": n, "digest": a, "data": data} for n, (a, data) in pieces),
            )
        drawn = self._drawn_from(arrival.act.header, one.part.head.kind, reached)
        for source in dict.fromkeys((*arrival.sources.get(commitment, ()), *drawn)):
            self.batch.add(schema.part_source, {"commitment": commitment, "source": source})

    def _drawn_from(self, header: Header, kind: str, reached: Mapping[str, Header]) -> tuple[str, ...]:
        """The parts that the table says a part of this kind is drawn from, as far as acts that were reached say them:
        what a stranger names is the source of nothing."""
        step = self._step(header)
        specs = () if step is None or step.form is None else step.form.parts
        tracks = {track for spec in specs if spec.kind == kind for track in spec.drawn_from}
        if len(tracks) == 0:
            return ()
        return tuple(
            head.commitment for other in reached.values() if track_name(other.track) in tracks for head in other.parts
        )

    def _step(self, header: Header) -> Step | None:
        procedure = self.node.registry.get(header.procedure, header.version)
        return None if procedure is None else procedure.step(header.step, track_name(header.track))

    def _participants(
        self, matter: str, view: MatterView | None, fresh: list[Arrival], seats: Mapping[str, set[str]]
    ) -> set[str]:
        """Who is in the matter, as far as this node knows: the owner, itself, the reviewer, and whoever is named."""
        node = self.node
        wanted: set[tuple[str, str]] = set()
        if view is not None and view.owner != "":
            owner = member_of(view.owner)
            wanted.add(("owner", owner))
            if owner != node.member and node.member != node.reviewer:
                wanted.add(("party", node.member))
        wanted |= {("party", member) for arrival in fresh for member in self._named_parties(arrival, view)}
        known = {(seat, member) for seat, members in seats.items() for member in members}
        for seat, member in sorted(wanted - known):
            self.batch.add(schema.participant, {"matter": matter, "member": member, "seat": seat, "agency": ""})
        return {member for _, member in wanted | known} | {node.member}

    def _named_parties(self, arrival: Arrival, view: MatterView | None) -> set[str]:
        """The members addressed: by our own officer, or by the owner's act in the part that its table fills so."""
        known = {member.code for member in self.node.trust.directory.doc.members}
        header = arrival.act.header
        if len(arrival.parties) > 0:
            return {party for party in arrival.parties if party in known or is_correspondent(party)}
        if view is None or header.agency != view.owner or view.outcomes[arrival.act.digest].verdict != "applied":
            return set()
        step = self._step(header)
        specs = () if step is None or step.form is None else step.form.parts
        kinds = {spec.kind for spec in specs if spec.fill == "addressees"}
        forms = [one.content.form or {} for one in arrival.parts if one.part.head.kind in kinds]
        return {str(member) for form in forms for member in form.get("members", ())} & known

    def _matter_row(
        self,
        matter: str,
        view: MatterView | None,
        first: Header,
        headers: Mapping[str, Header],
        members: set[str],
        row: Mapping[str, object] | None,
    ) -> None:
        own = {h.agency for h in headers.values() if self.node.is_own(h.agency)} | {self.node.bureau}
        offered = set() if view is None else {shown.offered for shown in view.tracks.values()}
        own |= {agency for agency in offered if self.node.is_own(agency)}
        before = {} if row is None else dict(row)
        fresh: Row = {
            "matter": matter,
            "procedure": first.procedure,
            "version": first.version,
            "owner": "" if view is None else view.owner,
            "owner_member": "" if view is None else member_of(view.owner),
            "own_agencies": as_set(own | set(from_set(str(before.get("own_agencies", ""))))),
            "parties": as_set(members),
            "status": "not_understood" if view is None else view.status.code,
            "shows": view is not None and view.status.shows,
            "acts": view is not None and view.status.acts,
            "ended": view is not None and view.status.ended,
            "opened": before.get("opened", self.at),
            "changed": self.at,
        }
        if row is None:
            self.batch.add(schema.matter, fresh)
        else:
            act_rows.put_matter(self.unit, fresh)

    def _tracks(self, matter: str, view: MatterView, there: bool) -> None:
        rows: list[Row] = [
            {
                "matter": matter,
                "track": name,
                "state": shown.state,
                "head": shown.head,
                "writer": shown.writer,
                "frozen": json.dumps(shown.frozen),
            }
            for name, shown in view.tracks.items()
        ]
        if there:
            act_rows.put_tracks(self.unit, matter, rows)
        elif len(rows) > 0:
            self.batch.add(schema.track, *rows)

    def _effects(
        self,
        view: MatterView,
        headers: Mapping[str, Header],
        known: Mapping[str, str],
        changed: Mapping[str, str],
    ) -> None:
        """A row for each effect of each act that is reached for the first time."""
        begun = {digest: desk.known_effects(self.unit, digest) for digest in changed}
        for digest, header in headers.items():
            outcome = view.outcomes[digest]
            if outcome.verdict != "applied" or (digest in known and digest not in changed):
                continue
            step = view.procedure.step(header.step, track_name(header.track))
            for effect in () if step is None else step.effects:
                if EFFECTS[effect.name].own and not self.node.is_own(header.agency):
                    continue
                if effect.name in begun.get(digest, ()):
                    continue
                state = "done" if EFFECTS[effect.name].at_once else "due"
                self.batch.add(schema.effect, {"act": digest, "name": effect.name, "state": state, "at": self.at})


def _reached(view: MatterView | None, headers: Mapping[str, Header]) -> dict[str, Header]:
    """The acts that were reached."""
    if view is None:
        return {}
    good = ("applied", "out_of_order")
    return {digest: header for digest, header in headers.items() if view.outcomes[digest].verdict in good}


def _last_moment(step: Step | None, header: Header) -> str | None:
    """The end of the act's last day, where its form has one: every holder reads the same from the header."""
    fields = () if step is None or step.form is None else step.form.fields
    days = [str(header.terms[f.name]) for f in fields if f.ends and f.name in header.terms]
    return f"{min(days)}T23:59:59.999Z" if len(days) > 0 else None


def _longest(node: Node, now: datetime) -> str:
    """The last moment of what is recorded now, by the longest term that the charter knows; empty without one."""
    laws = [node.rule(path) for path in LONGEST]
    ends = [due(now, law.value, law.unit) for law in laws if isinstance(law.value, int)]
    return "" if len(ends) == 0 else f"{max(ends).date().isoformat()}T23:59:59.999Z"


def _keep_to_term(unit: Connection, matter: str, view: MatterView, headers: Mapping[str, Header], longest: str) -> None:
    """Gives what was said on the tracks of the matter's term its last day: the latest that an act on them named.

    Nothing is kept beyond the charter's ``longest``, whatever day a source names or leaves out (rule S-04).
    """
    last: dict[str, str] = {}
    tracks: dict[str, set[str]] = {}
    for digest, header in headers.items():
        if track_name(header.track) not in view.procedure.term or view.outcomes[digest].verdict != "applied":
            continue
        tracks.setdefault(header.agency, set()).add(header.track)
        day = _last_moment(view.procedure.step(header.step, track_name(header.track)), header)
        last[header.agency] = max(last.get(header.agency, ""), day or "")
    for agency, named in last.items():
        moment = min((one for one in (named, longest) if one != ""), default="")
        if moment != "":
            act_rows.keep_until(unit, matter, agency, tracks[agency], moment)


def seats_to_members(node: Node, procedure: Procedure, track: str, seats: Mapping[str, set[str]]) -> set[str]:
    """The members behind the seats that a track's table row names; a correspondent has no node and gets nothing."""
    kind = procedure.track(track_name(track))
    index = track.partition("/")[2]
    found: set[str] = set()
    for seat in () if kind is None else kind.audience:
        if seat == "parties":
            found |= seats.get("party", set())
        elif seat == "party":
            found |= {index}
        elif seat == "owner":
            found |= seats.get("owner", set())
        else:
            found |= {node.reviewer}
    return {member for member in found if member != node.member and not is_correspondent(member)}


@lru_cache(maxsize=20_000)
def _header(raw: bytes) -> Header:
    return read_header(raw)


def _table_header(node: Node, headers: Mapping[str, Header], row: Mapping[str, object] | None) -> Header | None:
    """A header under the matter's own table: its owner's opening says which, never whoever came first."""
    opened = [
        header
        for header in headers.values()
        if (procedure := node.registry.get(header.procedure, header.version)) is not None and owns(procedure, header)
    ]
    if len(opened) > 0:
        return min(opened, key=lambda header: (header.procedure, header.version))
    if row is None:
        return None
    table = (row["procedure"], row["version"])
    return next((h for h in headers.values() if (h.procedure, h.version) == table), None)


def _first_of_each(arrivals: list[Arrival], held: Mapping[str, Header]) -> list[Arrival]:
    """The arrivals whose act is new, each act once."""
    found: dict[str, Arrival] = {}
    for arrival in arrivals:
        if arrival.act.digest not in held:
            found.setdefault(arrival.act.digest, arrival)
    return list(found.values())
