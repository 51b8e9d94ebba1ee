"""Searching and sorting in compiled code: small, since the library's own take seconds to compile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled


@compiled
def first_at_least(values: NDArray[Any], value: Any) -> int:
    """The first place in sorted ``values`` that holds ``value`` or more."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def first_above(values: NDArray[Any], value: Any) -> int:
    """The first place in sorted ``values`` that holds more than ``value``."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def sort_rows(rows: NDArray[np.int32], count: int) -> None:
    """Sorts the first ``count`` rows of three by the second column, greatest first (Shell's sort)."""
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for n in range(gap, count):
            a, b, c = rows[n, 0], rows[n, 1], rows[n, 2]
            at = n
            while at >= gap and rows[at - gap, 1] < b:
                rows[at, 0], rows[at, 1], rows[at, 2] = rows[at - gap, 0], rows[at - gap, 1], rows[at - gap, 2]
                at -= gap
            rows[at, 0], rows[at, 1], rows[at, 2] = a, b, c
        gap //= 3


@compiled
def descending(values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The places of the first ``count`` values, greatest first, equal ones in their order."""
    order = np.empty(count, dtype=np.int64)
    for n in range(count):
        at = n
        while at > 0 and values[order[at - 1]] < values[n]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = n
    return order
