"""Which tokens of another script may speak for a token at all: a bound on the cross-script channel, cheap to take.

The channel sums over all ways of cutting the Latin word; every way has a last cut at one of any three places in a
row, and what follows it has a chance of at most one. So once the chances of three places are too small, the whole
is, and most words are given up after a few letters. Who passes is given to the channel itself, whose word counts.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.names.channel import FLOOR, LONGEST, kind_of, model
from comity.matching.screening.columns import Halves, Longs

MARGIN = 1.05
"""The chances of letters never seen together come on top of those that add up to one: less than this in all."""
LATIN_LETTERS = 27
CHUNK_LETTERS = 128
"""The bases in which the channel writes a Latin chunk and a native one as numbers."""
Floats = NDArray[np.float64]
Shorts = NDArray[np.int16]


class Chunks(NamedTuple):
    """The channel's units laid out by Latin chunk, per script: ``place`` of a chunk's code or -1, ``none`` and ``one``
    the unit that writes it as nothing and as one letter or -1, ``twos[two_starts[p]:…]`` the units of two letters,
    sorted by their letters ``pairs``; ``probs`` and ``parts`` are the channel's."""

    place: Shorts
    none: Longs
    one: Longs
    two_starts: Longs
    twos: Longs
    pairs: Longs
    probs: Floats
    parts: Floats
    letters: NDArray[np.uint8]


@cache
def chunks() -> Chunks:
    """The chunks of the current model; the scripts' places follow each other."""
    letters, units, offsets, probs, parts = model()
    scripts = len(offsets) - 1
    place = np.full((scripts, LATIN_LETTERS**3), -1, dtype=np.int16)
    square = CHUNK_LETTERS * CHUNK_LETTERS
    script_of = np.repeat(np.arange(scripts), np.diff(offsets))
    codes, chunk = units // square, units % square
    held, places = np.unique(script_of * LATIN_LETTERS**3 + codes, return_inverse=True)
    place.reshape(-1)[held] = np.arange(len(held))
    none = np.full(len(held), -1, dtype=np.int64)
    one = np.full((len(held), CHUNK_LETTERS), -1, dtype=np.int64)
    numbers = np.arange(len(units))
    none[places[chunk == 0]] = numbers[chunk == 0]
    is_one = (chunk > 0) & (chunk < CHUNK_LETTERS)
    one[places[is_one], chunk[is_one]] = numbers[is_one]
    is_two = chunk >= CHUNK_LETTERS
    order = np.lexsort((chunk[is_two], places[is_two]))
    two_starts = np.searchsorted(places[is_two][order], np.arange(len(held) + 1))
    twos, pairs = numbers[is_two][order], chunk[is_two][order]
    return Chunks(place, none, one, two_starts, twos, pairs, probs, parts, letters)


class Slate(NamedTuple):
    """Room for one bound: the chances of the beginnings of both words, and of those of the Latin word alone."""

    joint: Floats
    alone: Floats
    latin: Halves
    native: Halves


def make_slate() -> Slate:
    """Fresh room."""
    size = LONGEST + 1
    codes = (np.zeros(LONGEST, dtype=np.uint16) for _ in range(2))
    return Slate(np.zeros((size, size)), np.zeros(size), *codes)


@compiled
def may_speak(chunks: Chunks, slate: Slate, latin: Halves, native: Halves, script: int, least: float) -> bool:
    """Whether the chance of ``native`` given ``latin`` (code points) may be more than ``least``."""
    n, m = len(latin), len(native)
    if n > LONGEST or m > LONGEST:
        return False
    letters, joint, alone = chunks.letters, slate.joint, slate.alone
    for i in range(n):
        slate.latin[i] = letters[0, latin[i]]
    for j in range(m):
        slate.native[j] = letters[script, native[j]]
        if slate.native[j] == 0:
            return True
    joint[0, : m + 1] = 0.0
    joint[0, 0] = 1.0
    alone[0] = 1.0
    before_last, last = 1.0, 1.0
    for i in range(1, n + 1):
        here = _row(chunks, slate, script, i, n, m)
        if alone[i] <= 0.0:
            return True
        here /= alone[i]
        if max(here, last, before_last) * MARGIN <= least:
            return False
        before_last, last = last, here
    return joint[n, m] / alone[n] * MARGIN > least


@compiled
def _row(chunks: Chunks, slate: Slate, script: int, i: int, n: int, m: int) -> float:
    """Sets the chances of the first ``i`` Latin letters with each beginning of the native word; their sum."""
    joint, alone, latin, native = slate.joint, slate.alone, slate.latin[:n], slate.native
    probs, parts, one, two_starts = chunks.probs, chunks.parts, chunks.one, chunks.two_starts
    row = joint[i]
    row[: m + 1] = 0.0
    alone[i] = 0.0
    for a in range(1, min(3, i) + 1):
        code = 0
        for k in range(i - a, i):
            code = code * LATIN_LETTERS + latin[k]
        context = kind_of(latin, i - a - 1) * 3 + kind_of(latin, i)
        part = parts[script, code, context]
        alone[i] += alone[i - a] * part
        place = chunks.place[script, code]
        if place < 0 and a > 1:
            continue
        floor = part * FLOOR if a == 1 else 0.0
        nothing = chunks.none[place] if place >= 0 else -1
        silent = probs[nothing, context] if nothing >= 0 else floor
        from_row = joint[i - a]
        for j in range(m + 1):
            before = from_row[j]
            if before == 0.0:
                continue
            row[j] += before * silent
            if j + 1 <= m:
                unit = one[place, native[j]] if place >= 0 else -1
                row[j + 1] += before * (probs[unit, context] if unit >= 0 else floor)
            if j + 2 <= m and place >= 0:
                pair = native[j] * CHUNK_LETTERS + native[j + 1]
                for at in range(two_starts[place], two_starts[place + 1]):
                    if chunks.pairs[at] == pair:
                        row[j + 2] += before * probs[chunks.twos[at], context]
    total = 0.0
    for j in range(m + 1):
        total += row[j]
    return total
