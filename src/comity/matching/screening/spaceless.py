"""Names that may agree without their spaces: found whole by their hash, or by pieces of four letters, of which so many
are kept that the allowed edits cannot touch them all."""

from __future__ import annotations

import numpy as np

from comity.matching.compiled import compiled
from comity.matching.screening.aligning import joined_edits
from comity.matching.screening.building import LATER, LENGTH_BITS, MIDDLE, PIECE
from comity.matching.screening.columns import Ints, Joined, Longs
from comity.matching.screening.letters import bits, hash_of, piece_of
from comity.matching.screening.order import first_at_least
from comity.matching.screening.scratch import Asked, Desk


@compiled
def without_spaces(joined: Joined, asked: Asked, desk: Desk, stamp: int) -> int:
    """Writes the names that may agree without spaces and are not yet compared to ``desk.touched``; how many."""
    length = len(asked.joined)
    count = 0
    hashed = hash_of(asked.joined, 0, length)
    at = first_at_least(joined.by_hash, hashed)
    while at < len(joined.by_hash) and joined.by_hash[at] == hashed:
        count = _collect(joined, asked, np.int64(joined.hashed[at]), desk, stamp, count)
        at += 1
    longest = length
    while longest + 1 - length <= joined_edits(longest + 1):
        longest += 1
    most = joined_edits(longest)
    if most == 0 or length < PIECE:
        return count
    count = _by_piece(joined, asked, joined.front, joined.front_names, 0, most, desk, stamp, count)
    count = _by_piece(joined, asked, joined.back, joined.back_names, length - PIECE, most, desk, stamp, count)
    for shift in range(-most, most + 1):
        if most >= 2:
            count = _by_piece(
                joined, asked, joined.middle, joined.middle_names, MIDDLE + shift, most, desk, stamp, count
            )
        if most >= 3:
            count = _by_piece(joined, asked, joined.later, joined.later_names, LATER + shift, most, desk, stamp, count)
    return count


@compiled
def _by_piece(
    joined: Joined, asked: Asked, keys: Longs, held: Ints, place: int, most: int, desk: Desk, stamp: int, count: int
) -> int:
    length = len(asked.joined)
    if place < 0 or place + PIECE > length:
        return count
    piece = piece_of(asked.joined, place) << LENGTH_BITS
    at = first_at_least(keys, piece | max(0, length - most))
    last = piece | (length + most)
    while at < len(keys) and keys[at] <= last:
        count = _collect(joined, asked, np.int64(held[at]), desk, stamp, count)
        at += 1
    return count


@compiled
def _collect(joined: Joined, asked: Asked, name: int, desk: Desk, stamp: int, count: int) -> int:
    most = joined_edits(max(len(asked.joined), joined.starts[name + 1] - joined.starts[name]))
    if bits(joined.masks[name] ^ asked.mask) > 2 * most or desk.done[name] == stamp:
        return count
    desk.done[name] = stamp
    desk.touched[count] = name
    return count + 1
