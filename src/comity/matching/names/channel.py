"""The cross-script channel: how likely one writing of a name is, given its writing in another script."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Codes = NDArray[np.uint16]
_MODEL = (np.zeros(1, dtype=np.float32),)


def model() -> tuple[NDArray[np.float32], ...]:
    """The arrays of the current model."""
    return _MODEL


@njit(cache=True)
def cross_evidence(
    query: Codes,
    query_script: int,
    query_weight: int,
    match: Codes,
    match_script: int,
    match_weight: int,
    model: tuple[NDArray[np.float32], ...],
) -> int:
    """Evidence in millinats that two tokens in different scripts are one."""
    return 0
