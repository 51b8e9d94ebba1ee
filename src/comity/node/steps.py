"""What an officer may do next in a matter: the steps of the table whose seat, role, state and guards fit now.

What stands here is an offer; the step itself is decided, checked and folded again when it is taken
(:mod:`comity.node.action`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from comity.model.act import Header
from comity.model.track import is_correspondent, member_of, track_name
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.node.story import Held
from comity.policy.facts import StepFacts
from comity.procedures.form import Form
from comity.procedures.machine import MatterView, TrackView, vouched_in
from comity.procedures.table import Procedure, Step


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that this officer may take now; ``protective`` ones withdraw, suspend or narrow."""

    on: str
    name: str
    title: str
    says: str
    basis: str
    protective: bool
    form: Form | None

    @property
    def has_form(self) -> bool:
        """Whether anything is asked before it is taken."""
        return self.form is not None


def next_steps(node: Node, officer: Officer, held: Held, now: datetime) -> tuple[NextStep, ...]:
    """The steps of the table whose seat, role, state and guards fit this officer now."""
    view, procedure = held.view, held.procedure
    if view is None or procedure is None:
        return ()
    found = [
        NextStep(step.on, step.name, step.title, step.says, step.basis, step.rank.kind == "protective", step.form)
        for step in procedure.steps
        if not step.automatic and _fits(node, officer, held, view, step, now)
    ]
    return tuple(found)


def track_of(node: Node, procedure: Procedure, step: Step) -> str:
    """The track on which this node takes the step."""
    kind = procedure.track(step.on)
    return f"{step.on}/{node.member}" if kind is not None and kind.one_per == "party" else step.on


def _fits(node: Node, officer: Officer, held: Held, view: MatterView, step: Step, now: datetime) -> bool:
    track = track_of(node, view.procedure, step)
    shown = view.tracks.get(track)
    shown = _of_line(view, step, shown)
    return (
        has_seat(node, held, step)
        and _has_state(view, step, shown, officer)
        and _guards_hold(node, officer, held, view, step)
        and _may(node, officer, held, step, shown, now)
    )


def _of_line(view: MatterView, step: Step, shown: TrackView | None) -> TrackView | None:
    """Of the lines to one party each, the first on which the step can be taken."""
    if not _is_line(view, step) or step.opens:
        return shown
    lines = (one for name, one in sorted(view.tracks.items()) if track_name(name) == step.on)
    return next((one for one in lines if one.state in step.frm), None)


def parties_of_step(held: Held, step: Step) -> tuple[str, ...]:
    """The parties towards whom a step on the owner's lines can be taken now."""
    view = held.view
    kind = None if view is None else view.procedure.track(step.on)
    if view is None or kind is None:
        return ()
    parties = sorted(held.seats.get("party", set()))
    fitting = [party for party in parties if is_correspondent(party) == kind.paper]
    shown = {party: view.tracks.get(f"{step.on}/{party}") for party in fitting}
    if step.opens:
        return tuple(party for party, line in shown.items() if line is None or line.head == "")
    return tuple(party for party, line in shown.items() if line is not None and line.state in step.frm)


def has_seat(node: Node, held: Held, step: Step) -> bool:
    """Whether the table gives the step's track to this member in this matter."""
    view = held.view
    if view is None:
        return False
    kind = view.procedure.track(step.on)
    match None if kind is None else kind.writer:
        case "owner" | "owner_member":
            return member_of(view.owner) == node.member
        case "party":
            return node.member in held.seats.get("party", set())
        case "reviewer":
            return node.member == node.reviewer
        case _:
            return False


def _has_state(view: MatterView, step: Step, shown: TrackView | None, officer: Officer) -> bool:
    head = "" if shown is None else shown.head
    if shown is not None and len(shown.frozen) > 0:
        return False
    if step.opens:
        return head == "" or _is_line(view, step)
    if shown is None or head == "" or shown.state not in step.frm:
        return False
    if step.hand in ("accept", "decline"):
        return shown.offered == officer.agency
    mine = step.rank.kind == "protective" and shown.writer == officer.agency
    return shown.offered == "" or mine


def _is_line(view: MatterView, step: Step) -> bool:
    """Whether a step is taken to one party at a time: some party may still be without it."""
    kind = view.procedure.track(step.on)
    return kind is not None and kind.writer == "owner_member" and kind.one_per == "party"


class _Now:
    """The present heads as the ancestry that a step taken now would have."""

    def __init__(self, node: Node, held: Held, view: MatterView) -> None:
        self._node, self._held, self._view = node, held, view

    def _shown(self, track: str) -> TrackView | None:
        kind = self._view.procedure.track(track)
        one_per_party = kind is not None and kind.one_per == "party"
        return self._view.tracks.get(f"{track}/{self._node.member}" if one_per_party else track)

    def state(self, track: str) -> str:
        """See :class:`comity.procedures.table.Ancestry`."""
        shown = self._shown(track)
        kind = self._view.procedure.track(track)
        return shown.state if shown is not None else "" if kind is None else kind.start

    def officer(self, track: str, step: str) -> str:
        """See :class:`comity.procedures.table.Ancestry`."""
        shown = self._shown(track)
        digest = "" if shown is None else shown.head
        while digest in self._held.headers:
            header = self._held.headers[digest]
            if header.step == step:
                return header.officer
            digest = header.prev
        return ""

    def vouched(self, track: str) -> frozenset[str]:
        """See :class:`comity.procedures.table.Ancestry`."""
        shown, found = self._shown(track), set[str]()
        digest = "" if shown is None else shown.head
        while digest in self._held.headers:
            found |= vouched_in(self._held.headers[digest])
            digest = self._held.headers[digest].prev
        return frozenset(found)


def _guards_hold(node: Node, officer: Officer, held: Held, view: MatterView, step: Step) -> bool:
    some = next(iter(held.headers.values()), None)
    if some is None:
        return False
    header = Header(**{**{name: getattr(some, name) for name in some.__struct_fields__}, "officer": officer.pseudonym})
    return all(guard.test(_Now(node, held, view), header) is None for guard in step.guards)


def _may(node: Node, officer: Officer, held: Held, step: Step, shown: TrackView | None, now: datetime) -> bool:
    writer = officer.agency if shown is None or shown.head == "" or step.hand in ("accept", "decline") else shown.writer
    facts = StepFacts(
        procedure=str(held.row["procedure"]),
        step=step.name,
        roles=frozenset(step.roles),
        writer_agency=writer,
        own_agencies=frozenset(word for word in str(held.row["own_agencies"]).split("|") if word != ""),
        opening=False,
    )
    return node.policies.decide(principal(node, officer), "act", facts, context(step.purpose, now)).allowed
