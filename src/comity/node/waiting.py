"""Who is waited for in a matter: whoever the table expects to speak and has not, as far as this node would see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from comity.model.track import is_correspondent, track_index, track_name
from comity.node.node import Node
from comity.node.story import Held
from comity.node.words import Says, says
from comity.procedures.table import Procedure, Track


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody from whom something is expected; ``ours`` if that is this member."""

    member: str
    who: Says | str
    ours: bool


def waits(node: Node, held: Held) -> Iterator[Waiting]:
    """Who is expected to speak: parties and reviewer whose track is not open, as far as this node would see it."""
    view = held.view
    if view is None:
        return
    if held.row["ended"]:
        for kind in view.procedure.tracks:
            yield from _paper_waits(node, held, kind) if kind.paper else ()
        return
    for kind in view.procedure.tracks:
        if kind.paper:
            yield from _paper_waits(node, held, kind)
            continue
        for track, member in _expected(node, held, view.procedure, kind):
            shown = view.tracks.get(track)
            if shown is not None and shown.head != "":
                continue
            ours = member == node.member
            yield Waiting(member, says("us") if ours else node.name(member), ours)
    if undecided(held) > 0:
        yield Waiting(node.member, says("the second line"), True)
    if len(view.missing) > 0:
        yield Waiting("", says("an act that has not arrived"), False)


def _paper_waits(node: Node, held: Held, kind: Track) -> Iterator[Waiting]:
    """Who is waited for on paper: us, while a letter is due, or the correspondent that was written to."""
    for name, shown in sorted({} if held.view is None else held.view.tracks.items()):
        if track_name(name) != kind.name:
            continue
        office = node.name(track_index(name))
        if shown.state in ("prepared", "prepared_again", "recalling"):
            yield Waiting(node.member, says("us: letter to %(office)s", office=office), True)
        elif shown.state in ("sent", "reminded", "recalled"):
            yield Waiting(track_index(name), office, False)


def undecided(held: Held) -> int:
    """How many possible hits of a matter nobody has decided yet."""
    hits = {part.commitment for header in held.headers.values() for part in header.parts if part.kind == "hit"}
    return len(hits - {str(header.terms.get("hit", "")) for header in held.headers.values()})


def _expected(node: Node, held: Held, procedure: Procedure, kind: Track) -> Iterator[tuple[str, str]]:
    """(track, member) of each track that somebody else than the owner has to open and that this node would see."""
    is_silent = all(step.automatic for step in procedure.steps if step.on == kind.name)
    if not kind.awaited or len(kind.audience) == 0 or is_silent:
        return
    owners, parties = held.seats.get("owner", set()), held.seats.get("party", set())
    if kind.writer == "party":
        for party in sorted(party for party in parties if not is_correspondent(party)):
            track = f"{kind.name}/{party}" if kind.one_per == "party" else kind.name
            if party == node.member or ("owner" in kind.audience and node.member in owners):
                yield track, party
    elif kind.writer == "reviewer":
        yield kind.name, node.reviewer
