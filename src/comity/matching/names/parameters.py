"""The numbers that comparing names runs on: permille and millinats, one frozen struct for reference and kernels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

LONGEST = 32
EDITS = 4
TAGS = 16


@dataclass(frozen=True, slots=True)
class Parameters:
    """Likeness in permille, weights in millinats (1000 is one nat); ``edited`` by longer length and distance,
    ``tags`` by the two sides' tags, ``least`` the least evidence of a candidate, ``evidence`` what its formula takes.
    """

    same_class: int
    like_class: int
    edited: tuple[tuple[int, ...], ...]
    other_start: int
    initial: int
    tags: tuple[tuple[int, ...], ...]
    merged: int
    joined_deduction: int
    least: float
    evidence: tuple[float, ...]


def _edited(length: int, distance: int) -> int:
    allowed = 0 if length < 4 else 1 if length < 7 else 2 if length < 10 else 3
    return 1000 - 1000 * distance // length if 0 < distance <= allowed else 0


@cache
def parameters() -> Parameters:
    """The parameters of the current model."""
    return Parameters(
        same_class=920,
        like_class=850,
        edited=tuple(tuple(_edited(length, distance) for distance in range(EDITS)) for length in range(LONGEST)),
        other_start=100,
        initial=300,
        tags=tuple(tuple(1000 for _ in range(TAGS)) for _ in range(TAGS)),
        merged=950,
        joined_deduction=30,
        least=-1.5,
        evidence=(10.0, 0.8, 0.12, 12.0, 1.5),
    )
