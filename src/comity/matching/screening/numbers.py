"""The model's numbers as the kernels take them: flattened once per process."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.matching.names.parameters import parameters
from comity.matching.screening.spelling import deletions_by_length


class Numbers(NamedTuple):
    """:class:`~comity.matching.names.parameters.Parameters` as arrays; ``deletions`` is derived from ``edited``,
    ``dearest`` is the greatest cost of a token in permille of its weight."""

    edited: NDArray[np.int64]
    tags: NDArray[np.int64]
    deletions: NDArray[np.int64]
    dearest: int
    evidence: NDArray[np.float64]
    same_class: int
    like_class: int
    other_start: int
    initial: int
    merged: int
    joined_deduction: int


@cache
def numbers() -> Numbers:
    """The numbers of the current model."""
    p = parameters()
    edited = np.array(p.edited, dtype=np.int64)
    return Numbers(
        edited=edited,
        tags=np.array(p.tags, dtype=np.int64),
        deletions=deletions_by_length(edited),
        dearest=max(p.costs),
        evidence=np.array(p.evidence, dtype=np.float64),
        same_class=p.same_class,
        like_class=p.like_class,
        other_start=p.other_start,
        initial=p.initial,
        merged=p.merged,
        joined_deduction=p.joined_deduction,
    )
