"""What the kernels work with beside the columns: the name that is asked, and room for what is found."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.matching.names.tokens import MAX_TOKENS
from comity.matching.screening.columns import Bytes, Halves, Ints, Longs

UNITS = 3 * MAX_TOKENS


class Sought(NamedTuple):
    """A token that is looked for in a list; ``call`` is a number no earlier call had."""

    codes: Bytes
    own: Halves
    script: int
    weight: int
    classes: Longs
    is_whole: bool
    consonants: int
    call: int


class Found(NamedTuple):
    """Room for what one token reaches, as long as the list has tokens: ``agreed`` and ``shared`` in millinats by
    token, 0 between calls; ``seen`` the last call that measured a token; ``tokens`` those found."""

    agreed: Ints
    shared: Ints
    seen: Ints
    tokens: Ints


class Asked(NamedTuple):
    """One name that is asked about. ``codes[starts[i]:starts[i + 1]]`` is the text of token i, and
    ``reached[reach_at[i]:][:reach_count[i]]`` are the list's tokens it may be taken for; ``joined`` is the name
    without spaces, ``mask`` and ``patterns`` its letters; ``weight`` and ``cost`` are the tokens' sums."""

    codes: Bytes
    starts: Longs
    weights: Longs
    tags: Longs
    costs: Longs
    reach_at: Longs
    reach_count: Longs
    weight: int
    cost: int
    is_weak: bool
    joined: Bytes
    mask: np.uint64
    patterns: NDArray[np.uint64]
    reached: Ints


class Units(NamedTuple):
    """The units of one query: how many names each reaches, the most it can agree on, the most of what it reaches less
    well (``second``, from row ``split`` on), the costs it can save, whether it may lead to a name and whether it must
    be followed; its kind (0 token, 1 two written together, 2 found as two of a name) and place, for kinds 1 and 2 the
    first of what it reaches; its marks, -1 for none."""

    mass: Longs
    agreed: Longs
    second: Longs
    split: Longs
    saved: Longs
    leads: NDArray[np.bool_]
    followed: NDArray[np.bool_]
    kind: Longs
    place: Longs
    first: Longs
    mark: Longs
    lesser: Longs


class Desk(NamedTuple):
    """Room for one query: by name ``masks``, the marks of the units that reach it, 0 between calls, and ``done``, the
    stamp of the last name asked that it was compared with; ``touched`` names, ``heads`` by token, ``entries`` (query
    token, agreed, shared, next) that a head leads to; by owner the best evidence, its name and asked name and the
    stamp of the query, and ``owners`` those found."""

    masks: Halves
    done: Ints
    touched: Ints
    heads: Ints
    entries: Ints
    best: NDArray[np.float64]
    best_name: Ints
    best_asked: Ints
    owner_stamp: Ints
    owners: Ints


class Room(NamedTuple):
    """Room for one alignment: by query and match token, and the pairs (agreed, i, j, kind, shared, the
    query's tokens as bits, the match's) in order."""

    agreed: Longs
    shared: Longs
    pairs: Longs
