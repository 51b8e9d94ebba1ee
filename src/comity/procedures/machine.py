"""The fold: from the headers that a node holds to what each act reached and what each track shows.

What an act *reached* depends on its ancestry (``prev`` and ``seen``) alone and never changes. What a track
*shows* may change: by a fork, by a crossing, or by a protective act that still waits for what came before it.
Nodes that hold the same acts show the same, in any order of arrival, with duplicates and forks.

Rules kept here, each with a test that names it:

- Only an opening step begins a track; its ``prev`` is random and tells nothing. Any other act waits for its
  ``prev`` and its ``seen``; a protective one of the known writer takes effect at once all the same.
- The owner of a matter is whoever can show the nonce that its id was made from; a stranger's act is kept, refused
  and off the chain, so it can neither freeze a track nor pre-empt it.
- Two acts of a track's writer with one ``prev`` (or two openings) freeze it: no further move counts, facts and
  protective steps of every branch stand.
- After ``offer`` only the named agency may follow, by ``accept`` or ``decline``; a protective act of the agency
  that offered stands.
- A move outside its from-states is refused and leaves the state; a fact is recorded, flagged, and leaves it.
- A party's move counts as before an ending if the owner's settling act has it in its ancestry.

Not handled here: signatures (verified before), form and policy checks (made before signing), effects (run by the
node from what is returned here).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from comity.model.act import Header, matter_id
from comity.model.track import member_of, track_index, track_name
from comity.procedures.table import VOUCHED, Procedure, Status, Step

Verdict = Literal["applied", "out_of_order", "refused", "off_chain", "waiting", "not_understood"]
Settled = Literal["counted", "not_applied", "not_settled"]

_GRAVEST: tuple[Settled, ...] = ("not_applied", "not_settled", "counted")
"""Where a move crossed several endings, the gravest answer is the one shown."""

ON_CHAIN = ("applied", "out_of_order", "refused")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one act reached. ``state`` and ``writer`` are the track's after it; ``heads`` the newest act of each
    track in its ancestry, itself included; ``depth`` its distance from the opening act."""

    verdict: Verdict
    reason: str = ""
    state: str = ""
    writer: str = ""
    offered: str = ""
    depth: int = 0
    heads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrackView:
    """What a track shows: its state, its head (empty if not open), who writes it, and why it may be special."""

    track: str
    state: str
    head: str = ""
    writer: str = ""
    frozen: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    offered: str = ""


@dataclass(frozen=True, slots=True)
class MatterView:
    """What a matter shows. ``owner`` is empty while no opening act of the owner is held."""

    procedure: Procedure
    owner: str
    tracks: Mapping[str, TrackView]
    outcomes: Mapping[str, Outcome]
    settled: Mapping[str, Settled]
    status: Status
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sighting:
    """An act's ancestry as guards may see it."""

    procedure: Procedure
    acts: Mapping[str, Header]
    outcomes: Mapping[str, Outcome]
    heads: Mapping[str, str]
    index: str

    def _head(self, track: str) -> str:
        kind = self.procedure.track(track)
        name = f"{track}/{self.index}" if kind is not None and kind.one_per != "" else track
        return self.heads.get(name, "")

    def state(self, track: str) -> str:
        head = self._head(track)
        if head != "":
            return self.outcomes[head].state
        kind = self.procedure.track(track)
        return "" if kind is None else kind.start

    def officer(self, track: str, step: str) -> str:
        digest = self._head(track)
        while digest in self.acts and digest in self.outcomes:
            if self.acts[digest].step == step:
                return self.acts[digest].officer
            digest = self.acts[digest].prev
        return ""

    def vouched(self, track: str) -> frozenset[str]:
        digest, found = self._head(track), set[str]()
        while digest in self.acts and digest in self.outcomes:
            header = self.acts[digest]
            step = self.procedure.step(header.step, track_name(header.track))
            if (
                step is not None
                and len(step.vouches) > 0
                and self.outcomes[digest].verdict in ("applied", "out_of_order")
            ):
                found |= vouched_in(header)
            digest = header.prev
        return frozenset(found)


def vouched_in(header: Header) -> set[str]:
    """The commitments that an act names as vouched for; nothing where its term is no list of texts."""
    named = header.terms.get(VOUCHED, ())
    return {one for one in named if isinstance(one, str)} if isinstance(named, (list, tuple)) else set()


def fold(procedure: Procedure, acts: Mapping[str, Header], reviewer: str) -> MatterView:
    """The matter that ``acts`` (digest to header, of one matter) make; ``reviewer`` is the reviewing member."""
    known = {d: h for d, h in acts.items() if (h.procedure, h.version) == (procedure.kind, procedure.version)}
    owner = _owner_of(procedure, known)
    outcomes = _reach_all(procedure, known, owner, reviewer)
    names = sorted({h.track for d, h in known.items() if outcomes[d].verdict not in ("off_chain", "not_understood")})
    tracks = {name: _show(procedure, name, known, outcomes) for name in names}
    for digest in acts.keys() - known.keys():
        outcomes[digest] = Outcome("not_understood", f"version {acts[digest].version} is not known here")
    wanted = {d for h in known.values() for d in (*_prev_wanted(procedure, h), *h.seen)}
    return MatterView(
        procedure=procedure,
        owner=owner,
        tracks=tracks,
        outcomes=outcomes,
        settled=_settle(procedure, known, outcomes, tracks),
        status=status_of(procedure, tracks),
        missing=tuple(sorted(wanted - acts.keys())),
    )


def status_of(procedure: Procedure, tracks: Mapping[str, TrackView]) -> Status:
    """The first status of the table that any of the tracks brings about; the last row is the fallback."""
    states = [(track_name(name), view.state) for name, view in tracks.items()]
    for status in procedure.statuses:
        if any(name == status.track and state in status.states for name, state in states):
            return status
    return procedure.statuses[-1]


def ancestors(acts: Mapping[str, Header], digest: str) -> set[str]:
    """Every act that ``digest`` follows from, as far as held, itself left out."""
    found: set[str] = set()
    todo = [digest]
    while len(todo) > 0:
        header = acts.get(todo.pop())
        if header is None:
            continue
        fresh = {d for d in (header.prev, *header.seen) if d in acts} - found
        found |= fresh
        todo.extend(fresh)
    return found - {digest}


def _owner_of(procedure: Procedure, acts: Mapping[str, Header]) -> str:
    return next((header.agency for header in acts.values() if owns(procedure, header)), "")


def owns(procedure: Procedure, header: Header) -> bool:
    """Whether this is an opening act of the matter's owner: only the owner can show what the matter's id is made of."""
    track = procedure.track(track_name(header.track))
    step = procedure.step(header.step, track_name(header.track))
    if track is None or step is None or not step.opens or track.writer not in ("owner", "owner_member"):
        return False
    return _certifies(header)


def _certifies(header: Header) -> bool:
    nonce = header.terms.get("nonce")
    return isinstance(nonce, str) and matter_id(header.agency, nonce) == header.matter


def _prev_wanted(procedure: Procedure, header: Header) -> tuple[str, ...]:
    step = procedure.step(header.step, track_name(header.track))
    return () if step is None or step.opens else (header.prev,)


def _reach_all(procedure: Procedure, acts: Mapping[str, Header], owner: str, reviewer: str) -> dict[str, Outcome]:
    """Outcomes in an order where ancestors come first; what misses an ancestor waits."""
    outcomes: dict[str, Outcome] = {}
    needs = {d: {*_prev_wanted(procedure, h), *h.seen} for d, h in acts.items()}
    waiting = {d for d, wanted in needs.items() if not wanted <= acts.keys()}
    todo = sorted(acts)
    while len(todo) > 0:
        rest = []
        for digest in todo:
            wanted = needs[digest]
            if digest in waiting or any(d in outcomes and outcomes[d].verdict == "waiting" for d in wanted):
                outcomes[digest] = _waiting(procedure, acts[digest], (owner, reviewer))
            elif all(d in outcomes for d in wanted):
                outcomes[digest] = _reach(procedure, acts, outcomes, digest, (owner, reviewer))
            else:
                rest.append(digest)
        if len(rest) == len(todo):
            break  # cannot happen with SHA-256: a cycle of digests
        todo = rest
    return outcomes


def _waiting(procedure: Procedure, header: Header, parties: tuple[str, str]) -> Outcome:
    """An act whose ancestors have not all arrived; of an opening it is known all the same whether it may open."""
    step = procedure.step(header.step, track_name(header.track))
    known = step is not None and step.opens and not (parties[0] == "" and _needs_owner(procedure, header))
    writer = header.agency if known and _opening_fault(procedure, header, parties) == "" else ""
    return Outcome("waiting", "an act before it has not arrived", writer=writer)


def _reach(
    procedure: Procedure,
    acts: Mapping[str, Header],
    outcomes: Mapping[str, Outcome],
    digest: str,
    parties: tuple[str, str],
) -> Outcome:
    header = acts[digest]
    step = procedure.step(header.step, track_name(header.track))
    if step is None:
        return Outcome("off_chain", f"there is no step {header.step} on {track_name(header.track)}")
    if step.opens:
        if parties[0] == "" and _needs_owner(procedure, header):
            return Outcome("waiting", "the owner of the matter is not known yet")
        before = Outcome("applied", state=_start_of(procedure, header.track), writer=header.agency)
        fault = _opening_fault(procedure, header, parties)
    else:
        before = outcomes[header.prev]
        fault = _follow_fault(acts[header.prev], before, header, step)
    heads = _merge_heads(acts, outcomes, header)
    if fault != "":
        return Outcome("off_chain", fault, before.state, before.writer, before.offered, depth=before.depth, heads=heads)
    sighting = _Sighting(procedure, acts, outcomes, heads, track_index(header.track))
    verdict, reason = _judge(step, before, sighting, header)
    heads[header.track] = digest
    state, writer, offered = before.state, before.writer, before.offered
    if verdict == "applied":
        state = step.to if step.to != "" else state
        writer = header.agency if step.hand == "accept" or step.opens else writer
        offered = str(header.terms.get("to", "")) if step.hand == "offer" else ""
    depth = 0 if step.opens else before.depth + 1
    return Outcome(verdict, reason, state, writer, offered, depth, heads)


def _start_of(procedure: Procedure, track: str) -> str:
    kind = procedure.track(track_name(track))
    return "" if kind is None else kind.start


def _needs_owner(procedure: Procedure, header: Header) -> bool:
    track = procedure.track(track_name(header.track))
    return track is not None and track.writer == "owner_member"


def _opening_fault(procedure: Procedure, header: Header, parties: tuple[str, str]) -> str:
    """Why this agency may not begin this track, or the empty text."""
    owner, reviewer = parties
    track = procedure.track(track_name(header.track))
    if track is None:
        return f"there is no track {header.track}"
    index = track_index(header.track)
    if (index != "") != (track.one_per != ""):
        return f"the track {header.track} is not one of this procedure"
    allowed = {
        "owner": header.agency == owner and _certifies(header),
        "owner_member": owner != "" and member_of(header.agency) == member_of(owner),
        "party": member_of(header.agency) == (index if index != "" else member_of(header.agency)),
        "reviewer": member_of(header.agency) == reviewer,
    }[track.writer]
    return "" if allowed else f"{header.agency} does not write the track {header.track}"


def _follow_fault(prev: Header, before: Outcome, header: Header, step: Step) -> str:
    """Why this act does not follow the act before it, or the empty text."""
    if prev.track != header.track:
        return "the act before it is on another track"
    if before.verdict not in ON_CHAIN:
        return "the act before it is off the chain"
    if before.offered != "":
        if header.agency == before.offered and step.hand in ("accept", "decline"):
            return ""
        return f"the track is offered to {before.offered}"
    if step.hand in ("accept", "decline"):
        return "nothing was offered"
    return "" if header.agency == before.writer else f"{before.writer} writes this track"


def _merge_heads(acts: Mapping[str, Header], outcomes: Mapping[str, Outcome], header: Header) -> dict[str, str]:
    """The newest act of each track over everything this act follows from: deepest first, then by digest."""
    heads: dict[str, str] = {}
    for parent in (header.prev, *header.seen):
        if parent not in outcomes:
            continue
        for track, digest in outcomes[parent].heads.items():
            held = heads.get(track)
            if held is None or (outcomes[digest].depth, digest) > (outcomes[held].depth, held):
                heads[track] = digest
    return heads


def _judge(step: Step, before: Outcome, sighting: _Sighting, header: Header) -> tuple[Verdict, str]:
    for guard in step.guards:
        reason = guard.test(sighting, header)
        if reason is not None:
            return ("out_of_order" if step.fact else "refused"), reason
    if step.opens or before.state in step.frm:
        return "applied", ""
    reason = f"the track was {before.state}"
    return ("out_of_order" if step.fact else "refused"), reason


def _show(procedure: Procedure, name: str, acts: Mapping[str, Header], outcomes: Mapping[str, Outcome]) -> TrackView:
    """The state that a track shows, with forks frozen and protective acts standing."""
    mine = {d: h for d, h in acts.items() if h.track == name}
    chain = {d: h for d, h in mine.items() if outcomes[d].verdict in ON_CHAIN}
    waiting = tuple(sorted(d for d in mine if outcomes[d].verdict == "waiting"))
    start = _start_of(procedure, name)
    head, branches = _walk(procedure, chain)
    base = outcomes[head] if head != "" else Outcome("applied", state=start)
    view = TrackView(name, base.state, head, base.writer, frozen=branches, waiting=waiting, offered=base.offered)
    if len(branches) > 0:
        view = replace(view, state=_standing_state(procedure, chain, outcomes, view), writer=_fork_writer(chain))
    return _overlay(procedure, mine, acts, outcomes, view)


def _walk(procedure: Procedure, chain: Mapping[str, Header]) -> tuple[str, tuple[str, ...]]:
    """The last act before any fork, and the acts that fork there (none if the track is whole)."""
    children: dict[str, list[str]] = {}
    for digest, header in sorted(chain.items()):
        step = procedure.step(header.step, track_name(header.track))
        root = step is not None and step.opens
        children.setdefault("" if root else header.prev, []).append(digest)
    head = ""
    while len(children.get(head, ())) == 1:
        head = children[head][0]
    return head, tuple(children.get(head, ()))


def _fork_writer(chain: Mapping[str, Header]) -> str:
    return min(header.agency for header in chain.values())


def _standing_state(
    procedure: Procedure, chain: Mapping[str, Header], outcomes: Mapping[str, Outcome], view: TrackView
) -> str:
    """The state at the fork, with the facts and the furthest protective step of every branch."""
    base = outcomes[view.head].depth if view.head != "" else -1
    after = sorted(
        (outcomes[d].depth, d) for d in chain if outcomes[d].depth > base and outcomes[d].verdict == "applied"
    )
    state, level = view.state, procedure.level(track_name(view.track), view.state)
    for _, digest in after:
        step = procedure.step(chain[digest].step, track_name(view.track))
        if step is None:
            continue
        if step.fact and step.to != "" and state in step.frm:
            state = step.to
        if step.rank.level > level:
            state, level = step.to, step.rank.level
    return state


def _overlay(
    procedure: Procedure,
    mine: Mapping[str, Header],
    acts: Mapping[str, Header],
    outcomes: Mapping[str, Outcome],
    view: TrackView,
) -> TrackView:
    """Protective acts of the known writer that wait, or that crossed its own offer, take effect at once."""
    seen_by_head = ancestors(acts, view.head) if view.head != "" else set()
    state, level = view.state, procedure.level(track_name(view.track), view.state)
    standing = []
    for digest, header in sorted(mine.items()):
        step = procedure.step(header.step, track_name(view.track))
        if step is None or step.rank.kind != "protective" or digest in seen_by_head:
            continue
        if not _stands(acts, outcomes, digest, header, view):
            continue
        standing.append(digest)
        if step.rank.level > level:
            state, level = step.to, step.rank.level
    return view if len(standing) == 0 else replace(view, state=state, standing=tuple(standing))


def _stands(
    acts: Mapping[str, Header], outcomes: Mapping[str, Outcome], digest: str, header: Header, view: TrackView
) -> bool:
    outcome = outcomes[digest]
    if outcome.verdict == "waiting":
        return header.agency in (view.writer, outcome.writer)
    if outcome.verdict != "off_chain" or header.prev not in outcomes:
        return False
    before = outcomes[header.prev]
    return before.verdict in ON_CHAIN and before.offered != "" and header.agency == before.writer


def _settle(
    procedure: Procedure,
    acts: Mapping[str, Header],
    outcomes: Mapping[str, Outcome],
    tracks: Mapping[str, TrackView],
) -> dict[str, Settled]:
    """For each applied move of a party that does not know of an ending: did it come before it?"""
    endings = [d for d, h in acts.items() if outcomes[d].verdict == "applied" and _ends(procedure, h)]
    if len(endings) == 0:
        return {}
    settling = [
        (d, ancestors(acts, d) | {d})
        for d, h in acts.items()
        if outcomes[d].verdict == "applied" and _is_settling(procedure, h)
    ]
    result: dict[str, Settled] = {}
    for digest, header in acts.items():
        track = procedure.track(track_name(header.track))
        step = procedure.step(header.step, track_name(header.track))
        if track is None or step is None or track.writer != "party" or len(track.audience) == 0:
            continue
        if step.fact or outcomes[digest].verdict != "applied":
            continue
        known = ancestors(acts, digest)
        crossed = {_crossing(acts, settling, header, digest, end) for end in endings if end not in known}
        if len(crossed) > 0:
            result[digest] = min(crossed, key=_GRAVEST.index)
    return result


def _crossing(
    acts: Mapping[str, Header], settling: Iterable[tuple[str, set[str]]], header: Header, digest: str, ending: str
) -> Settled:
    index = track_index(header.track)
    lines = [seen for d, seen in settling if track_index(acts[d].track) == index and ending in seen]
    if len(lines) == 0:
        return "not_settled"
    return "counted" if any(digest in seen for seen in lines) else "not_applied"


def _ends(procedure: Procedure, header: Header) -> bool:
    track = procedure.track(track_name(header.track))
    step = procedure.step(header.step, track_name(header.track))
    return track is not None and step is not None and track.writer in ("owner", "reviewer") and step.to in track.final


def _is_settling(procedure: Procedure, header: Header) -> bool:
    step = procedure.step(header.step, track_name(header.track))
    return step is not None and step.settles
