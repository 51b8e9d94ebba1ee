"""From what two names agree on, lack and leave over to one log-odds.

Three things speak: the share of both names that agrees, how rare that is, and whether words stand against each
other: a word that is missing is common, a rare word replaced by another one makes a different person.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled

SHARE, RARE, CONFLICT, BASE, WEAK = range(5)
"""Places of the coefficients."""


@compiled
def evidence(
    agreed: int, lacking: int, query_missing: int, match_missing: int, query_weight: int, match_weight: int,
    is_weak: bool, numbers: NDArray[np.float64],
) -> float:  # fmt: skip
    """Log-odds of two names; never falls when ``agreed`` grows, never grows when any of the others does."""
    if agreed <= 0:
        return -20.0
    against = min(query_missing, match_missing)
    total = agreed + lacking + 0.5 * (query_missing + match_missing) + numbers[CONFLICT] * against
    found = numbers[BASE] + numbers[SHARE] * (agreed / total - 1.0)
    found += numbers[RARE] * math.log(min(agreed, 40000.0) / 10000.0)
    if is_weak:
        found = min(found - numbers[WEAK], 1.0)
    return found
