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

from comity.errors import Defect, InputRefused, OwnFault, PeerRefused, RuleRefused
from comity.exchange.assertion import check_assertion, is_asked
from comity.model.act import Header, matter_id, read_header
from comity.model.canon import encode
from comity.model.track import is_correspondent, track_name
from comity.node.arrival import Arrival
from comity.node.forward import parts_passed_on
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.node.parts import Draft, drafts_of
from comity.node.record import Recorded, keep_keys, record, seats_to_members
from comity.node.sight import sight_of
from comity.node.signing import Signing, Standing, counts, is_frozen
from comity.policy.facts import StepFacts
from comity.procedures.form import File, Filled, Form, read_form
from comity.procedures.machine import MatterView, fold, owns
from comity.procedures.table import VOUCHED, Finding, Procedure, Step, as_vouched
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
class _Ready:
    """One order, checked, signed and folded: nothing is left but to write it."""

    order: Order
    step: Step
    procedure: Procedure
    arrivals: list[Arrival]
    view: MatterView | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """One order that only waits for its officer's own assertion; ``is_asked`` if it counts with one alone."""

    ready: _Ready
    officer: Officer
    at: datetime
    is_asked: bool

    @property
    def digest(self) -> str:
        """The act's digest, which is what is asserted."""
        return self.ready.arrivals[0].act.digest

    @property
    def title(self) -> str:
        """The step's title."""
        return self.ready.step.title

    @property
    def says(self) -> str:
        """What the step does, in the table's words."""
        return self.ready.step.says

    @property
    def key(self) -> str:
        """The form's idempotency key."""
        return self.ready.order.key


def take_step(node: Node, officer: Officer, order: Order, now: datetime) -> Done:
    """Takes one step; raises :class:`InputRefused` with every defect or :class:`RuleRefused` with the lawful way."""
    prepared = prepare_step(node, officer, order, now)
    if isinstance(prepared, Done):
        return prepared
    if prepared.is_asked:
        raise RuleRefused(
            f"{prepared.title} is a grave step: it counts with your own passkey's signature alone.",
            rule="act.assertion_missing",
            remedy="Take it on the desk, with a passkey that your member has listed.",
        )
    return _write(node, officer, [prepared.ready], now)[0]


def prepare_step(node: Node, officer: Officer, order: Order, now: datetime) -> Done | Prepared:
    """One step, checked and signed by the node but not yet recorded; or what the same form came to before."""
    with node.store.read() as unit:
        done = _already(unit, officer, order)
    if done is not None:
        return done
    ready = _ready(node, officer, order, now)
    agency = node.trust.agency(officer.agency)
    return Prepared(ready, officer, now, ready.step.grave and is_asked(agency, now, now))


def finish_step(node: Node, prepared: Prepared, assertion: bytes, now: datetime) -> Done:
    """Records a prepared step with its officer's assertion; raises :class:`RuleRefused` if that is not good, or if
    somebody else took a step meanwhile."""
    arrival, *others = prepared.ready.arrivals
    act = replace(arrival.act, assertion=assertion)
    agency = node.trust.agency(act.header.agency)
    if agency is not None and prepared.is_asked:
        try:
            check_assertion(act, agency, instant(act.header.time))
        except PeerRefused as refusal:
            raise RuleRefused(refusal.says, rule=refusal.rule, remedy="Use a passkey that is listed.") from refusal
    ready = replace(prepared.ready, arrivals=[replace(arrival, act=act), *others])
    return _write(node, prepared.officer, [ready], now)[0]


def open_matters(node: Node, officer: Officer, orders: Sequence[Order], now: datetime) -> list[Done]:
    """Opens many matters in one transaction, as an import does: all of them, or on any refusal none.

    Orders within matters that exist go one by one through :func:`take_step`, since each depends on the one before.
    """
    if any(order.matter != "" or order.key != "" for order in orders):
        raise OwnFault("Only keyless orders that open a matter are taken together.", rule="action.batch")
    ready = [_ready(node, officer, order, now) for order in orders]
    if any(one.step.grave for one in ready):
        raise OwnFault("Grave steps are taken one by one.", rule="action.batch")
    return _write(node, officer, ready, now)


def _ready(node: Node, officer: Officer, order: Order, now: datetime) -> _Ready:
    standing = standing_of(node, order)
    step = _step_of(standing.procedure, order)
    track = _track_of(node, standing, step, order)
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


def standing_of(node: Node, order: Order) -> Standing:
    """What this node holds of the order's matter; raises :class:`RuleRefused` if no step can be taken in it."""
    if order.matter == "":
        procedure = node.registry.current(order.procedure)
        if procedure is None:
            raise RuleRefused(f"There is no procedure {order.procedure}.", rule="procedure.unknown")
        return Standing(procedure, None, {}, {}, frozenset())
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
    return Standing(procedure, view, headers, seats, frozenset(from_set(str(row["own_agencies"]))))


def _step_of(procedure: Procedure, order: Order) -> Step:
    step = procedure.step(order.step, order.track)
    if step is None or (step.automatic and len(order.drafts) == 0):
        raise RuleRefused(f"{procedure.title} has no step {order.track}.{order.step}.", rule="procedure.step")
    return step


def _track_of(node: Node, standing: Standing, step: Step, order: Order) -> str:
    """The track that this member writes; a party's track only where it was addressed, a line to a party that was."""
    kind = standing.procedure.track(step.on)
    if kind is None or kind.one_per != "party":
        return step.on
    if kind.writer == "owner_member":
        party = str(order.data.get("party", ""))
        if party not in standing.seats.get("party", set()) or is_correspondent(party) != kind.paper:
            says = f"{party!r} was not addressed in this matter."
            raise InputRefused(says, [Defect("table.seat", says, "Choose a member that was.", field="party")])
        return f"{step.on}/{party}"
    if kind.writer == "party" and node.member not in standing.seats.get("party", set()):
        raise RuleRefused(
            "This matter was not addressed to your member, so it has no answer to give.",
            rule="table.seat",
            remedy="Take a step on your own track.",
        )
    return f"{step.on}/{node.member}"


def _decide(node: Node, officer: Officer, standing: Standing, step: Step, track: str, now: datetime) -> None:
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


def _checked(node: Node, officer: Officer, standing: Standing, step: Step, order: Order, now: datetime) -> Filled:
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
    node: Node, officer: Officer, standing: Standing, step: Step, filled: Filled, now: datetime
) -> Iterator[Finding]:
    if len(step.checks) + len(step.requires) == 0:
        return
    sight = sight_of(node, officer, standing, step, filled, now)
    for check in (*step.checks, *step.requires):
        yield from check(filled, sight)


def _make(
    node: Node,
    officer: Officer,
    standing: Standing,
    step: Step,
    track: str,
    filled: Filled,
    order: Order,
    now: datetime,
) -> tuple[list[Arrival], MatterView | None]:
    """The officer's act and the automatic ones that go with it, signed and folded."""
    nonce = _nonce(node, standing)
    matter = order.matter if order.matter != "" else matter_id(officer.agency, nonce)
    parties = _addressed(node, filled)
    signing = Signing(node, officer, standing, matter, nonce, parties, stamp(now))
    drafts = (*order.drafts, *_drawn(node, filled, drafts_of(node, officer, filled, parties)))
    signing.act(step, track, {**filled.terms(), **order.terms, **_vouched(node, standing, step)}, drafts)
    for name in step.also:
        signing.also(name)
    view = signing.folded()
    arrivals = [arrival for _, arrival in signing.made]
    arrivals[0] = replace(arrivals[0], parties=parties)
    return arrivals, view if standing.view is None else None


def _vouched(node: Node, standing: Standing, step: Step) -> dict[str, list[str]]:
    """What the officer had before them of the owner's parts that the step vouches for: none that did not come."""
    if len(step.vouches) == 0 or standing.view is None:
        return {}
    named = {
        head.commitment
        for digest, header in standing.headers.items()
        if header.agency == standing.view.owner
        and standing.view.outcomes[digest].verdict in ("applied", "out_of_order")
        for head in header.parts
        if head.kind in step.vouches
    }
    with node.store.read() as unit:
        held = act_rows.parts_by_commitment(unit, named)
    parts = {one for one, part in held.items() if part.hidden is None}
    return {VOUCHED: sorted(parts | _terms_of_opening(standing.view, standing.headers, step))}


def _terms_of_opening(view: MatterView, headers: Mapping[str, Header], step: Step) -> set[str]:
    """The terms of the matter's opening that the step vouches for; raises :class:`RuleRefused` where there are two."""
    if len(step.vouches_terms) == 0:
        return set()
    opening = [d for d, h in headers.items() if view.outcomes[d].verdict == "applied" and owns(view.procedure, h)]
    if len(opening) != 1:
        raise RuleRefused(
            "The request was made twice, in two forms, so nobody can say which of them is meant.",
            rule="table.frozen",
            remedy="Refuse it; the source asks anew.",
        )
    said = {**headers[opening[0]].terms, "of": headers[opening[0]].step}
    return {as_vouched(name, said.get(name, "")) for name in step.vouches_terms}


def _drawn(node: Node, filled: Filled, drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """The parts of a message that passes something on are drawn from what it passes on."""
    if filled.text("forwards") == "":
        return drafts
    with node.store.read() as unit:
        sources = parts_passed_on(unit, filled.text("forwards"), node.member)
    return tuple(replace(draft, sources=(*draft.sources, *sources)) for draft in drafts)


def _addressed(node: Node, filled: Filled) -> tuple[str, ...]:
    """The members that a form addresses: those it names, or everybody but those it is withheld from."""
    fields = {f.name for f in filled.form.fields if f.kind == "members"}
    if filled.form.to_all or "withheld" in fields:
        left = {node.member, node.reviewer, *filled.texts("withheld")}
        return tuple(sorted(set(node.members()) - left))
    return tuple(filled.texts("to")) if "to" in fields else ()


def _refuse_crossing(recorded: Recorded, arrivals: Sequence[Arrival]) -> None:
    """Nobody's own track is ever forked by two officers at once: the later one looks again."""
    for arrival in arrivals:
        header = arrival.act.header
        view = recorded.views[header.matter]
        step = view.procedure.step(header.step, track_name(header.track))
        frozen = is_frozen(view, header.track) and (step is None or step.rank.kind != "protective")
        if not counts(view, header.track, arrival.act.digest) or frozen:
            raise RuleRefused(
                "Somebody else took a step in this matter at the same moment.",
                rule="action.crossed",
                remedy="Open the matter again to see how it stands.",
            )


def _nonce(node: Node, standing: Standing) -> str:
    found = [h.terms["nonce"] for h in standing.headers.values() if "nonce" in h.terms]
    return str(found[0]) if len(found) > 0 else node.draw(16).hex()


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
