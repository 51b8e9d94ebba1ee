"""How fast members answer each other: median and 90th percentile by partner and level, in minutes of wall-clock time.

A figure counts messages, one for each member addressed. Those still open count in the number and not in the times;
the share in time is over those that are over or late. Percentiles are of what happened, by the nearest rank: no value
is shown that nobody took.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One clock of one message: who answered whom, at which level, in how many minutes, and whether in time.

    ``minutes`` is None while it is open; ``in_time`` is None while it is open and not late, or has no rule.
    ``lowered`` tells whether the urgency was lowered afterwards.
    """

    partner: str
    level: str
    clock: str
    matter: str
    minutes: float | None
    in_time: bool | None
    lowered: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: times in minutes, shares from 0 to 1; None where there is nothing to count."""

    partner: str
    level: str
    clock: str
    count: int
    open: int
    median: float | None
    p90: float | None
    in_time: float | None
    lowered: float


def figures(samples: Iterable[Sample]) -> tuple[Figure, ...]:
    """One line for each partner, level and clock, in that order."""
    groups: dict[tuple[str, str, str], list[Sample]] = {}
    for one in samples:
        groups.setdefault((one.partner, one.level, one.clock), []).append(one)
    return tuple(_figure(*key, some) for key, some in sorted(groups.items()))


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    """The value at the nearest rank of ``share`` (0 to 1); None of nothing."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if len(ordered) > 0 else None


def _figure(partner: str, level: str, clock: str, some: list[Sample]) -> Figure:
    taken = [one.minutes for one in some if one.minutes is not None]
    judged = [one.in_time for one in some if one.in_time is not None]
    return Figure(
        partner=partner,
        level=level,
        clock=clock,
        count=len(some),
        open=len(some) - len(taken),
        median=nearest_rank(taken, 0.5),
        p90=nearest_rank(taken, 0.9),
        in_time=sum(judged) / len(judged) if len(judged) > 0 else None,
        lowered=sum(one.lowered for one in some) / len(some),
    )
