"""Sequence on the lanes between two members: what is new, what is repeated, what is missing.

Each ordered pair of members has two lanes, numbered from 1 without gaps in each of the sender's incarnations. The
receiver keeps one :class:`LaneState` per (peer, lane) and asks it about each envelope; lanes know nothing of each
other, so *urgent* never waits for *ordinary*. What arrives after a gap is taken at once (folds bear any order);
the gap is what the receiver pulls.

A sender that was restored from a backup starts a greater incarnation at 1. Anything still on its way from an
older one is refused: the restored node no longer knows what it said there, and sends it again.

Not handled here: whether the *content* was seen before (:func:`comity.exchange.delivery.delivery_id`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from comity.exchange.signed import Counter

MAX_GAPS = 512
"""How many separate gaps are borne before further ones are refused: a bound on what a peer makes us keep."""

Range = tuple[int, int]
"""First and last number, both included."""


class LanePositions(msgspec.Struct, frozen=True):
    """Per lane, the number up to which nothing is missing; 0 where nothing has arrived."""

    urgent: Counter = 0
    ordinary: Counter = 0


@dataclass(frozen=True, slots=True)
class LaneState:
    """What has arrived on one lane: ``incarnation`` is 0 before anything did; ``seen`` is sorted, with gaps between."""

    incarnation: int = 0
    seen: tuple[Range, ...] = ()

    @property
    def through(self) -> int:
        """The greatest number up to which nothing is missing; what is acknowledged and pulled after."""
        return self.seen[0][1] if len(self.seen) > 0 and self.seen[0][0] == 1 else 0

    @property
    def missing(self) -> tuple[Range, ...]:
        """The gaps below the greatest number seen."""
        edges = ((0, 0), *self.seen)
        pairs = zip(edges, self.seen, strict=False)
        return tuple((left[1] + 1, right[0] - 1) for left, right in pairs if left[1] + 1 < right[0])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What number (incarnation, n) is to a lane.

    ``next``, ``gap`` and ``new_incarnation`` are taken, ``duplicate`` gets its first receipt again,
    ``old_incarnation`` and ``too_many_gaps`` are refused under ``rule``. ``missing`` is what to pull.
    """

    kind: Literal["next", "gap", "duplicate", "new_incarnation", "old_incarnation", "too_many_gaps"]
    missing: tuple[Range, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether the envelope is new and counts."""
        return self.kind in ("next", "gap", "new_incarnation")

    @property
    def rule(self) -> str:
        """The refusal code, or the empty text."""
        return f"lane.{self.kind}" if self.kind in ("old_incarnation", "too_many_gaps") else ""


def judge(state: LaneState, incarnation: int, n: int) -> Verdict:
    """What envelope ``n`` of ``incarnation`` is to this lane; ``n`` counts from 1."""
    if incarnation < state.incarnation:
        return Verdict("old_incarnation")
    if incarnation > state.incarnation:
        return Verdict("new_incarnation", ((1, n - 1),) if n > 1 else ())
    if any(first <= n <= last for first, last in state.seen):
        return Verdict("duplicate", state.missing)
    after = _with(state.seen, n)
    if len(after) > MAX_GAPS:
        return Verdict("too_many_gaps", state.missing)
    missing = LaneState(incarnation, after).missing
    return Verdict("next" if len(missing) == 0 else "gap", missing)


def advance(state: LaneState, incarnation: int, n: int) -> LaneState:
    """The lane after the envelope; the same lane if :func:`judge` does not take it."""
    verdict = judge(state, incarnation, n)
    if not verdict.taken:
        return state
    if verdict.kind == "new_incarnation":
        return LaneState(incarnation, ((n, n),))
    return LaneState(incarnation, _with(state.seen, n))


def _with(seen: tuple[Range, ...], n: int) -> tuple[Range, ...]:
    before = tuple(r for r in seen if r[1] < n - 1)
    after = tuple(r for r in seen if r[0] > n + 1)
    touching = [r for r in seen if r[1] >= n - 1 and r[0] <= n + 1]
    first = min([n, *(r[0] for r in touching)])
    last = max([n, *(r[1] for r in touching)])
    return (*before, (first, last), *after)
