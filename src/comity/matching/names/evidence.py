"""From what two names agree on, lack and leave over to one log-odds.

Three things speak: the share of both names that agrees, how rare that is, and whether words stand against each
other: a word that is missing is common, a rare word replaced by another one makes a different person.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled

SHARE, RARE, CONFLICT, SCALE, BASE, WEAK = range(6)
"""Places of the coefficients."""
NOTHING = -50.0
"""Log-odds of names that agree on nothing, and the least there is."""
WEAK_CEILING = 1.0
"""Most that a weak alias can say; the top band begins at log-odds 2.2, so it never gets there alone."""
MOST = 100000.0
"""Millinats of agreement beyond which more says nothing new: words of one name are not independent."""


@compiled
def evidence(
    agreed: int, lacking: int, query_missing: int, match_missing: int, query_weight: int, match_weight: int,
    is_weak: bool, numbers: NDArray[np.float64],
) -> float:  # fmt: skip
    """Log-odds of two names; never falls when ``agreed`` grows, never grows when any of the others does."""
    if agreed <= 0:
        return NOTHING
    total = agreed + lacking + 0.5 * (query_missing + match_missing)
    against = 1.0 - math.exp(-min(query_missing, match_missing) / numbers[SCALE])
    found = numbers[BASE] + numbers[SHARE] * (agreed / total - 1.0)
    found += numbers[RARE] * math.log(min(agreed, MOST) / 10000.0) - numbers[CONFLICT] * against
    if is_weak:
        found = min(found - numbers[WEAK], WEAK_CEILING)
    return max(float(found), NOTHING)
