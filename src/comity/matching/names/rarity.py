"""How much it says that two names share a token: rare tokens say much, AL and COMPANY next to nothing.

The table is packaged, versioned public data (its header names the sources); holdings are never counted.
"""

from __future__ import annotations

from functools import cache

from comity.model.packaged import packaged_text

TABLE = "frequency-1.tsv"
UNSEEN = 10.0
"""Rarity of a token that the table does not hold, in nats."""
INITIAL = 0.3
"""Rarity of a single letter: an initial neither helps nor hurts much."""


@cache
def _table() -> dict[str, float]:
    lines = packaged_text("comity.matching.names", TABLE).splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return {token: float(rarity) for token, rarity in pairs}


_PARTICLES = (
    "AL EL AD AR AS ASH AT AZ BIN IBN BEN BINT ABU DE DEL DELA LA LOS LAS DA DO DOS DI VAN VON DER DEN THE OF AND FOR"
    " E Y I OOO OAO ZAO LTD LIMITED LLC INC SA SAS SRL CO COMPANY CORP CORPORATION CV RL GMBH AG PJSC JSC"
)
PARTICLES = frozenset(_PARTICLES.split())
"""Words that parts of names are joined with, and legal forms."""


@cache
def rarity(token: str) -> float:
    """The weight of ``token`` in nats, between :data:`INITIAL` and :data:`UNSEEN`."""
    if len(token) == 1 or token in PARTICLES:
        return INITIAL
    return min(_table().get(token, UNSEEN), UNSEEN)
