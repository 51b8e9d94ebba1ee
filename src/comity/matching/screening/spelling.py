"""Which tokens of a list are within a few edits of a token, without comparing it to all of them.

Short tokens are found by what is left of them when letters are deleted: two texts within d edits of optimal string
alignment leave an equal rest when at most d letters of each are deleted. Long tokens are few and are filtered by
length and letter mask. Both lose nothing; every find is measured.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.screening.letters import Codes, mixed, step

SHORT = 9
"""Tokens of at most this many letters are found by their rests."""
MOST_EDITS = 3
_START = np.uint64(14695981039346656037)
_HALF = np.uint64(32)


def deletions_by_length(edited: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many letters must be deleted from a token of each length so that no allowed pair is lost.

    ``edited`` is the permille by longer length and distance, 0 where not allowed. A partner longer by n letters
    needs n insertions, which leaves n fewer deletions on this side.
    """
    allowed = [max((d for d in range(1, edited.shape[1]) if row[d] > 0), default=0) for row in edited]
    longest = len(allowed) - 1
    return np.array(
        [
            max(0, *(allowed[min(length + more, longest)] - more for more in range(MOST_EDITS + 1)))
            for length in range(longest + 1)
        ],
        dtype=np.int64,
    )


@compiled
def _rest(codes: Codes, start: int, length: int, first: int, second: int, third: int) -> np.uint64:
    value = _START
    for at in range(length):
        if at != first and at != second and at != third:
            value = step(value, codes[start + at])
    return mixed(value) >> _HALF


@compiled
def rests_of(codes: Codes, start: int, length: int, deletions: int, longest: int, out: NDArray[np.uint64]) -> int:
    """Writes the 32-bit hashes of all rests with up to ``deletions`` deleted and at most ``longest`` letters left;
    returns how many."""
    count = 0
    if length <= longest:
        out[count] = _rest(codes, start, length, -1, -1, -1)
        count += 1
    for first in range(length if deletions >= 1 else 0):
        if length - 1 <= longest:
            out[count] = _rest(codes, start, length, first, -1, -1)
            count += 1
        for second in range(first + 1, length if deletions >= 2 else 0):
            if length - 2 <= longest:
                out[count] = _rest(codes, start, length, first, second, -1)
                count += 1
            for third in range(second + 1, length if deletions >= 3 else 0):
                if length - 3 <= longest:
                    out[count] = _rest(codes, start, length, first, second, third)
                    count += 1
    return count


MOST_RESTS = 1 + 12 + 66 + 220
"""Rests of a token of 12 letters, the longest that may have a short partner three edits away."""


@compiled
def rest_entries(
    codes: Codes, starts: NDArray[np.int64], short: int, deletions: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Entries (hash << 32 | token) of the first ``short`` tokens, neither sorted nor distinct."""
    total = 0
    for token in range(short):
        length = starts[token + 1] - starts[token]
        d = deletions[length]
        total += 1
        if d >= 1:
            total += length
        if d >= 2:
            total += length * (length - 1) // 2
        if d >= 3:
            total += length * (length - 1) * (length - 2) // 6
    entries = np.empty(total, dtype=np.uint64)
    rests = np.empty(MOST_RESTS, dtype=np.uint64)
    at = 0
    for token in range(short):
        length = starts[token + 1] - starts[token]
        count = rests_of(codes, starts[token], length, deletions[length], SHORT, rests)
        for n in range(count):
            entries[at] = (rests[n] << _HALF) | np.uint64(token)
            at += 1
    return entries[:at]


@compiled
def directory_of(entries: NDArray[np.uint64], width: int) -> NDArray[np.int32]:
    """Where the entries of each leading ``width`` bits start; ``entries`` sorted, their top bit is bit 63."""
    directory = np.zeros((1 << width) + 1, dtype=np.int32)
    shift = np.uint64(64 - width)
    for entry in entries:
        directory[np.int64(entry >> shift) + 1] += 1
    for n in range(1, len(directory)):
        directory[n] += directory[n - 1]
    return directory


def directory_width(count: int) -> int:
    """Leading bits that give about two entries each."""
    return min(20, max(4, count.bit_length() - 1))
