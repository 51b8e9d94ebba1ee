"""An officer's step: policy, form, checks, act, and then the same one transaction as everything that comes in.

All findings come at once. Every form carries an idempotency key: the same key again finds what was recorded and
records nothing twice. A step is folded with the officer's own view before it is signed, so a node never signs
what a reader would refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from comity.errors import Defect, InputRefused, OwnFault, RuleRefused
from comity.exchange.delivery import delivery_id
from comity.model.act import FORMAT, Act, Header, PartHead, matter_id, read_header, sign_act
from comity.model.canon import encode
from comity.model.track import member_of, track_index, track_name
from comity.node.arrival import Arrival, ReadPart
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.node.parts import Draft, drafts_of, resolved, seal_draft
from comity.node.record import Recorded, keep_keys, record, seats_to_members
from comity.policy.facts import StepFacts
from comity.procedures.form import File, Filled, Form, read_form
from comity.procedures.machine import MatterView, fold
from comity.procedures.table import Finding, Procedure, Sight, Step
from comity.storage import acts as act_rows
from comity.storage import desk, post
from comity.storage.rows import Batch, from_set


@dataclass(frozen=True, slots=True)
class Order:
    """What an officer wants done. ``matter`` is empty for a new one; ``confirmed`` names flags that were read.

    ``key`` is the form's idempotency key. ``drafts`` are parts that the node itself made, with their ``terms``.
    """

    procedure: str
    step: str
    track: str
    matter: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, tuple[File, ...]] = field(default_factory=dict)
    key: str = ""
    confirmed: frozenset[str] = frozenset()
    drafts: tuple[Draft, ...] = ()
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What was recorded: the matter and the act's digest."""

    matter: str
    act: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """What this node holds of a matter when the step is taken."""

    procedure: Procedure
    view: MatterView | None
    headers: Mapping[str, Header]
    seats: Mapping[str, set[str]]
    own_agencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Ready:
    """One order, checked, signed and folded: nothing is left but to write it."""

    order: Order
    step: Step
    procedure: Procedure
    arrivals: list[Arrival]
    view: MatterView | None


def take_step(node: Node, officer: Officer, order: Order, now: datetime) -> Done:
    """Takes one step; raises :class:`InputRefused` with every defect or :class:`RuleRefused` with the lawful way."""
    with node.store.read() as unit:
        done = _already(unit, officer, order)
    if done is not None:
        return done
    return _write(node, officer, [_ready(node, officer, order, now)], now)[0]


def open_matters(node: Node, officer: Officer, orders: Sequence[Order], now: datetime) -> list[Done]:
    """Opens many matters in one transaction, as an import does: all of them, or on any refusal none.

    Orders within matters that exist go one by one through :func:`take_step`, since each depends on the one before.
    """
    if any(order.matter != "" or order.key != "" for order in orders):
        raise OwnFault("Only keyless orders that open a matter are taken together.", rule="action.batch")
    return _write(node, officer, [_ready(node, officer, order, now) for order in orders], now)


def _ready(node: Node, officer: Officer, order: Order, now: datetime) -> _Ready:
    standing = _standing(node, order)
    step = _step_of(standing.procedure, order)
    track = _track_of(node, standing, step)
    _decide(node, officer, standing, step, track, now)
    filled = _checked(node, officer, standing, step, order, now)
    arrivals, view = _make(node, officer, standing, step, track, filled, order, now)
    return _Ready(order, step, standing.procedure, arrivals, view)


def _write(node: Node, officer: Officer, ready: Sequence[_Ready], now: datetime) -> list[Done]:
    """The transaction: acts, what is to be sent, and what became of each form."""
    arrivals = [arrival for one in ready for arrival in one.arrivals]
    keep_keys(node, arrivals)
    with node.store.write() as unit:
        done = [_already(unit, officer, one.order) for one in ready]
        if len(ready) == 1 and done[0] is not None:
            return [done[0]]  # the same form, sent twice at once
        folded = {one.arrivals[0].act.header.matter: one.view for one in ready if one.view is not None}
        recorded = record(node, unit, arrivals, now, folded)
        _refuse_crossing(recorded, arrivals)
        _queue(node, unit, ready, stamp(now))
        for one in ready:
            if one.order.key != "":
                first = one.arrivals[0].act
                asked = _asked(one.order)
                desk.put_submission(
                    unit,
                    desk.Submission(one.order.key, officer.login, asked, first.header.matter, first.digest, stamp(now)),
                )
    node.bell.set()
    return [Done(one.arrivals[0].act.header.matter, one.arrivals[0].act.digest) for one in ready]


def _already(unit: Connection, officer: Officer, order: Order) -> Done | None:
    """What the same form came to before; raises :class:`RuleRefused` if its key stood for another one."""
    made = None if order.key == "" else desk.submission(unit, order.key)
    if made is None:
        return None
    if (made.login, made.form) != (officer.login, _asked(order)):
        raise RuleRefused(
            "This form's key was used for another form.",
            rule="form.key_used",
            remedy="Open the form again and send it.",
        )
    return Done(made.matter, made.act)


def _asked(order: Order) -> str:
    """A digest of what an order asks for."""
    files = {name: [hashlib.sha256(one.data).hexdigest() for one in some] for name, some in order.files.items()}
    data = {name: value for name, value in order.data.items() if value not in ("", [], None)}
    asked = (order.procedure, order.track, order.step, order.matter, data, files)
    return hashlib.sha256(encode(asked)).hexdigest()


def _standing(node: Node, order: Order) -> _Standing:
    if order.matter == "":
        procedure = node.registry.current(order.procedure)
        if procedure is None:
            raise RuleRefused(f"There is no procedure {order.procedure}.", rule="procedure.unknown")
        return _Standing(procedure, None, {}, {}, frozenset())
    with node.store.read() as unit:
        held = act_rows.acts_of(unit, [order.matter]).get(order.matter, [])
        seats = act_rows.participants_of(unit, [order.matter]).get(order.matter, {})
        row = act_rows.matter_rows(unit, [order.matter]).get(order.matter)
    if row is None:
        raise RuleRefused("There is no such matter here.", rule="matter.unknown", remedy="Open it from the desk.")
    procedure = node.registry.get(str(row["procedure"]), int(row["version"]))
    if procedure is None:
        raise RuleRefused(
            f"Version {row['version']} of {row['procedure']} is not known to this node.",
            rule="procedure.version",
            remedy="Ask the administrator to upgrade Comity.",
        )
    headers = {stored.digest: read_header(stored.header) for stored in held}
    view = fold(procedure, headers, node.reviewer)
    if view.owner == "":
        raise RuleRefused(
            "The first act of this matter has not arrived yet, so nobody could be told of a step in it.",
            rule="matter.incomplete",
            remedy="Wait until it has arrived; it is being asked for.",
        )
    return _Standing(procedure, view, headers, seats, frozenset(from_set(str(row["own_agencies"]))))


def _step_of(procedure: Procedure, order: Order) -> Step:
    step = procedure.step(order.step, order.track)
    if step is None or (step.automatic and len(order.drafts) == 0):
        raise RuleRefused(f"{procedure.title} has no step {order.track}.{order.step}.", rule="procedure.step")
    return step


def _track_of(node: Node, standing: _Standing, step: Step) -> str:
    """The track that this member writes; a party's track only where it was addressed."""
    kind = standing.procedure.track(step.on)
    if kind is None or kind.one_per != "party":
        return step.on
    if kind.writer == "party" and node.member not in standing.seats.get("party", set()):
        raise RuleRefused(
            "This matter was not addressed to your member, so it has no answer to give.",
            rule="table.seat",
            remedy="Take a step on your own track.",
        )
    return f"{step.on}/{node.member}"


def _decide(node: Node, officer: Officer, standing: _Standing, step: Step, track: str, now: datetime) -> None:
    shown = None if standing.view is None else standing.view.tracks.get(track)
    writer = officer.agency if shown is None or shown.head == "" else shown.writer
    if shown is not None and shown.offered != "" and step.hand in ("accept", "decline"):
        writer = shown.offered
    facts = StepFacts(
        procedure=standing.procedure.kind,
        step=step.name,
        roles=frozenset(step.roles),
        writer_agency=writer,
        own_agencies=standing.own_agencies,
        opening=standing.view is None,
    )
    node.policies.decide(principal(node, officer), "act", facts, context(step.purpose, now)).require()


def _checked(node: Node, officer: Officer, standing: _Standing, step: Step, order: Order, now: datetime) -> Filled:
    """The form as read; raises with every fault and every finding that is not a confirmed flag."""
    form = step.form or Form("", ())
    filled, faults = read_form(form, order.data, order.files)
    defects = [Defect(f.rule, f.says, f.remedy, field=f.field) for f in faults]
    findings = _findings(node, officer, standing, step, filled, now) if len(defects) == 0 else ()
    for finding in findings:
        if finding.flag and finding.rule in order.confirmed:
            continue
        rule = f"flag:{finding.rule}" if finding.flag else finding.rule
        defects.append(Defect(rule, finding.says, finding.remedy, field=finding.field))
    if len(defects) > 0:
        raise InputRefused(f"{step.title}: {len(defects)} to mend.", defects)
    return filled


def _findings(
    node: Node, officer: Officer, standing: _Standing, step: Step, filled: Filled, now: datetime
) -> Iterator[Finding]:
    view = standing.view
    sight = Sight(
        member=node.member,
        agency=officer.agency,
        officer=officer.pseudonym,
        now=stamp(now),
        members=node.members(),
        states={} if view is None else {name: shown.state for name, shown in view.tracks.items()},
        facts={
            "age_of_majority": _majority(node),
            "agencies": tuple(a.id for a in node.trust.lists[node.member].doc.agencies),
        },
    )
    for check in (*step.checks, *step.requires):
        yield from check(filled, sight)


def _majority(node: Node) -> int | None:
    profile = node.profiles.get(node.member)
    if profile is None:
        return None
    value = profile.value("age.majority").value
    return value if isinstance(value, int) else None


def _make(
    node: Node,
    officer: Officer,
    standing: _Standing,
    step: Step,
    track: str,
    filled: Filled,
    order: Order,
    now: datetime,
) -> tuple[list[Arrival], MatterView | None]:
    """The officer's act and the automatic ones that go with it, signed and folded."""
    nonce = _nonce(node, standing)
    matter = order.matter if order.matter != "" else matter_id(officer.agency, nonce)
    parties = tuple(filled.texts("to")) if any(f.kind == "members" for f in filled.form.fields) else ()
    desk_of = _Desk(node, officer, standing, matter, nonce, parties, stamp(now))
    drafts = (*order.drafts, *drafts_of(node, officer, filled, parties))
    desk_of.act(step, track, {**filled.terms(), **order.terms}, drafts)
    for name in step.also:
        desk_of.also(name)
    view = desk_of.folded()
    arrivals = [arrival for _, arrival in desk_of.made]
    arrivals[0] = replace(arrivals[0], parties=parties)
    return arrivals, view if standing.view is None else None


def _refuse_crossing(recorded: Recorded, arrivals: Sequence[Arrival]) -> None:
    """Nobody's own track is ever forked by two officers at once: the later one looks again."""
    for arrival in arrivals:
        header = arrival.act.header
        view = recorded.views[header.matter]
        step = view.procedure.step(header.step, track_name(header.track))
        frozen = _is_frozen(view, header.track) and (step is None or step.rank.kind != "protective")
        if view.outcomes[arrival.act.digest].verdict != "applied" or frozen:
            raise RuleRefused(
                "Somebody else took a step in this matter at the same moment.",
                rule="action.crossed",
                remedy="Open the matter again to see how it stands.",
            )


def _is_frozen(view: MatterView, track: str) -> bool:
    """Whether two acts follow from one here: only protection goes on."""
    return track in view.tracks and len(view.tracks[track].frozen) > 0


def _nonce(node: Node, standing: _Standing) -> str:
    found = [h.terms["nonce"] for h in standing.headers.values() if "nonce" in h.terms]
    return str(found[0]) if len(found) > 0 else node.draw(16).hex()


class _Desk:
    """Signs acts of one officer in one matter, each following from what the ones before it left.

    What is open and who writes it is carried along; everything is folded once, by :meth:`folded`, before any of it
    is written.
    """

    def __init__(
        self,
        node: Node,
        officer: Officer,
        standing: _Standing,
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
        self.writers = {name: track.writer for name, track in shown.items() if track.writer != ""}
        self.seats = {seat: set(members) for seat, members in standing.seats.items()}
        self.seats.setdefault("owner", {officer.member} if standing.view is None else set())
        self.seats.setdefault("party", set()).update(parties)
        self.made: list[tuple[Step, Arrival]] = []

    def act(self, step: Step, track: str, terms: Mapping[str, Any], drafts: tuple[Draft, ...] = ()) -> None:
        """One signed act on a track."""
        parts = [seal_draft(self.node, draft) for draft in drafts]
        drafts = tuple(resolved(draft, parts) for draft in drafts)
        header = self._header(step, track, terms, tuple(part.part.head for part in parts))
        signed = sign_act(header, self.node.ring.agencies[self.officer.agency].key)
        self.headers[signed.digest] = header
        self.heads[track] = signed.digest
        self.writers.setdefault(track, self.officer.agency)
        self.made.append((step, self._arrival(signed, parts, drafts)))

    def also(self, name: str) -> None:
        """The automatic step ``track.step`` on each of its tracks: opened for each party, or where it is open."""
        on, _, step_name = name.partition(".")
        step = self.procedure.step(step_name, on)
        if step is None:
            return
        if step.opens:
            tracks = [f"{on}/{party}" for party in sorted(self.seats.get("party", set()))]
        else:
            tracks = [track for track in sorted(self.heads) if track_name(track) == on]
        for track in tracks:
            self.act(step, track, {})

    def folded(self) -> MatterView:
        """The matter with the new acts in it; raises :class:`RuleRefused` if a reader would refuse one of them."""
        view = fold(self.procedure, self.headers, self.node.reviewer)
        for step, arrival in self.made:
            outcome, track = view.outcomes[arrival.act.digest], arrival.act.header.track
            frozen = _is_frozen(view, track) and step.rank.kind != "protective"
            if outcome.verdict != "applied" or frozen:
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


def _queue(node: Node, unit: Connection, ready: Sequence[_Ready], at: str) -> None:
    """One intent for each member of each act's audience; what goes with an urgent step is urgent."""
    batch, outbox = Batch(), post.Outbox(unit)
    seats = act_rows.participants_of(unit, {one.arrivals[0].act.header.matter for one in ready})
    for one in ready:
        lane = "urgent" if one.step.urgent else "ordinary"
        for arrival in one.arrivals:
            header = arrival.act.header
            for member in sorted(seats_to_members(node, one.procedure, header.track, seats.get(header.matter, {}))):
                outbox.add(batch, peer=member, lane=lane, kind="act", act=arrival.act.digest, at=at)
    outbox.close()
    batch.write(unit)
