"""The numbers of the name model, read from one versioned file that says where each comes from.

Likenesses are permille of what two tokens share; the file is made by bench/evidence_build.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from comity.model.packaged import packaged_text

FILE = "parameters-3.json"
LENGTHS = 32
"""Lengths of words that the table of edits tells apart; longer words count as the last."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What comparing names depends on. ``edited[length][edits]`` in permille, 0 for not taken for each other;
    ``tags[query tag][match tag]`` in permille; ``costs`` in permille of a token's weight, by tag, and
    ``light_cost`` in millinats for the parts of compound names, which weigh little, ``number_cost`` the least for
    a number; ``least`` is the rule of candidates; ``evidence`` are the coefficients of
    :func:`comity.matching.names.evidence.evidence`."""

    same_class: int
    like_class: int
    edited: tuple[tuple[int, ...], ...]
    other_start: int
    initial: int
    tags: tuple[tuple[int, ...], ...]
    costs: tuple[int, ...]
    light_cost: int
    number_cost: int
    merged: int
    joined_deduction: int
    least: float
    evidence: tuple[float, ...]


@cache
def parameters() -> Parameters:
    """The packaged parameters."""
    held = json.loads(packaged_text("comity.matching.names", FILE))
    values = held["values"]
    return Parameters(
        same_class=values["same_class"],
        like_class=values["like_class"],
        edited=tuple(tuple(_by_length(values["edited"], length)) for length in range(LENGTHS)),
        other_start=values["other_start"],
        initial=values["initial"],
        tags=tuple(tuple(values["tags"].get(f"{a}-{b}", 1000) for b in range(16)) for a in range(16)),
        costs=tuple(values["costs"]),
        light_cost=values["light_cost"],
        number_cost=values["number_cost"],
        merged=values["merged"],
        joined_deduction=values["joined_deduction"],
        least=values["least"],
        evidence=tuple(values["evidence"]),
    )


def _by_length(rows: dict[str, list[int]], length: int) -> list[int]:
    """The row of the greatest length that is not above ``length``."""
    return rows[str(max(least for least in map(int, rows) if least <= length))]
