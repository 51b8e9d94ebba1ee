"""Compiled kernels on short texts: codes, hashes, letter masks and edit distance.

A text is an array of codes: A to Z are 1 to 26, 0 to 9 are 27 to 36. The distance is optimal string alignment
(insert, delete, replace, swap neighbours), bit-parallel after Hyyrö (2003) as far as 64 letters and banded beyond.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled

Codes = NDArray[np.uint8]
Patterns = NDArray[np.uint64]
CODES = 37
WORD = 64
_TABLE = bytes(
    letter - 64 if 65 <= letter <= 90 else letter - 48 + 27 if 48 <= letter <= 57 else 0 for letter in range(256)
)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_START = np.uint64(14695981039346656037)
_PRIME = np.uint64(1099511628211)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def codes_of(text: str) -> bytes:
    """The codes of a text in ASCII capitals and digits, a byte each."""
    return text.encode("ascii").translate(_TABLE)


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """Spreads a running hash over all bits."""
    value = (value ^ (value >> _HALF)) * _MIX
    return value ^ (value >> _HALF)


@compiled
def step(value: np.uint64, code: int) -> np.uint64:
    """One letter more of a running hash (FNV-1a)."""
    return (value ^ np.uint64(code)) * _PRIME


@compiled
def hash_of(codes: Codes, start: int, end: int) -> np.uint64:
    """The hash of ``codes[start:end]``."""
    value = _START
    for at in range(start, end):
        value = step(value, codes[at])
    return mixed(value)


@compiled
def hash_of_two(codes: Codes, start: int, end: int, second: int, last: int) -> np.uint64:
    """The hash of two stretches written together."""
    value = _START
    for at in range(start, end):
        value = step(value, codes[at])
    for at in range(second, last):
        value = step(value, codes[at])
    return mixed(value)


@compiled
def mask_of(codes: Codes, start: int, end: int) -> np.uint64:
    """Which letters a text holds once and twice, and which digits, one bit each.

    One edit changes at most two bits, so texts d edits apart differ in at most 2d bits: a filter without loss.
    """
    mask = _ZERO
    for at in range(start, end):
        code = np.int64(codes[at])
        if code <= 26:
            bit = _ONE << np.uint64(2 * (code - 1))
            mask |= bit if mask & bit == _ZERO else bit << _ONE
        else:
            mask |= _ONE << np.uint64(52 + code - 27)
    return mask


@compiled
def bit_of(code: int) -> np.uint64:
    """A bit for each letter and one for the rest, below bit 32."""
    return _ONE << np.uint64(min(np.int64(code), 31))


@compiled
def piece_of(codes: Codes, at: int) -> int:
    """Four letters as one number."""
    return ((np.int64(codes[at]) << 18) | (np.int64(codes[at + 1]) << 12) | (np.int64(codes[at + 2]) << 6)) | np.int64(
        codes[at + 3]
    )


@compiled
def bits(value: np.uint64) -> int:
    """How many bits are set."""
    value = value - ((value >> np.uint64(1)) & np.uint64(0x5555555555555555))
    value = (value & np.uint64(0x3333333333333333)) + ((value >> np.uint64(2)) & np.uint64(0x3333333333333333))
    value = (value + (value >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((value * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def set_patterns(patterns: Patterns, codes: Codes, start: int, end: int) -> None:
    """Writes where each code stands in ``codes[start:end]`` (at most 64), a bit per place."""
    patterns[:] = _ZERO
    for at in range(start, min(end, start + WORD)):
        patterns[codes[at]] |= _ONE << np.uint64(at - start)


@compiled
def distance_to(patterns: Patterns, length: int, codes: Codes, start: int, end: int) -> int:
    """Distance between the text of ``patterns`` (1 to 64 letters) and ``codes[start:end]``."""
    last = _ONE << np.uint64(length - 1)
    plus = ~_ZERO
    minus = diagonal = before = _ZERO
    found = length
    for at in range(start, end):
        here = patterns[codes[at]]
        swapped = ((~diagonal & here) << _ONE) & before
        diagonal = (((here & plus) + plus) ^ plus) | here | minus | swapped
        up = minus | ~(diagonal | plus)
        down = diagonal & plus
        if up & last != _ZERO:
            found += 1
        if down & last != _ZERO:
            found -= 1
        up = (up << _ONE) | _ONE
        down = down << _ONE
        plus = down | ~(diagonal | up)
        minus = up & diagonal
        before = here
    return found


@compiled
def banded_distance(first: Codes, start: int, end: int, second: Codes, other: int, last: int, most: int) -> int:
    """Distance between two stretches of any length, or ``most + 1`` where it is more than ``most``."""
    rows, columns = end - start, last - other
    if abs(rows - columns) > most:
        return most + 1
    width = 2 * most + 1
    # table[i % 3, d] is the distance of the first i letters to the first i + d - most letters.
    table = np.full((3, width), most + 1, dtype=np.int64)
    for d in range(width):
        if d >= most:
            table[0, d] = d - most
    for i in range(1, rows + 1):
        row = table[i % 3]
        row[:] = most + 1
        for d in range(width):
            j = i + d - most
            if j < 0 or j > columns:
                continue
            if j == 0:
                row[d] = i
                continue
            is_same = first[start + i - 1] == second[other + j - 1]
            best = table[(i - 1) % 3, d] + (0 if is_same else 1)
            if d + 1 < width:
                best = min(best, table[(i - 1) % 3, d + 1] + 1)
            if d > 0:
                best = min(best, row[d - 1] + 1)
            if (
                i > 1
                and j > 1
                and first[start + i - 1] == second[other + j - 2]
                and first[start + i - 2] == second[other + j - 1]
            ):
                best = min(best, table[(i - 2) % 3, d] + 1)
            row[d] = best
    return min(table[rows % 3, columns - rows + most], most + 1)
