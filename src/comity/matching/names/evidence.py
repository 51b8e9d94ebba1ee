"""From what two names share and miss to log-odds: one scalar function for the reference and the kernels."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def evidence(
    agreed: int,
    lacking: int,
    query_missing: int,
    match_missing: int,
    query_weight: int,
    match_weight: int,
    is_weak: bool,
    numbers: NDArray[np.float64],
) -> float:
    """Log-odds; nondecreasing in ``agreed``, nonincreasing in what lacks and misses. All in millinats."""
    if agreed <= 0:
        return -9.0
    whole = 2 * (agreed + lacking) + query_missing + match_missing
    found = numbers[0] * (2.0 * agreed / whole - numbers[1])
    found += min(numbers[4], max(-1.0, numbers[2] * (agreed / 1000.0 - numbers[3])))
    if is_weak:
        return min(found - 0.8, 1.0)
    return found
