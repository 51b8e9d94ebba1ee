"""Which tokens of another script may speak for a token at all: a bound on the cross-script channel, cheap to take.

The channel sums over all ways of cutting the Latin word; every way has a last cut at one of any three places in a
row, and what follows it has a chance of at most one. So once the chances of three places are too small, the whole
is, and most words are given up after a few letters. Who passes is given to the channel itself, whose word counts.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.names.channel import FLOOR, LONGEST, kind_of, model
from comity.matching.screening.columns import Halves, Longs, Tokens

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
    """Room for one search: ``joint`` the chances of the beginnings of both words, by letters of the list's word and
    then of the sought one; of the Latin word alone and of its endings; those of one letter by Latin cut; and the
    letters of both words as the channel numbers them."""

    joint: Floats
    alone: Floats
    endings: Floats
    ratios: Floats
    ones: Floats
    latin: Halves
    native: Halves
    passed: Longs


def make_slate(tokens: int) -> Slate:
    """Fresh room for a list of so many tokens."""
    size = LONGEST + 1
    return Slate(
        joint=np.zeros((size, size)),
        alone=np.zeros(size),
        endings=np.zeros(size),
        ratios=np.zeros(size + 2),
        ones=np.zeros((3 * size, CHUNK_LETTERS)),
        latin=np.zeros(LONGEST, dtype=np.uint16),
        native=np.zeros(LONGEST, dtype=np.uint16),
        passed=np.zeros(tokens, dtype=np.int64),
    )


@compiled
def speaking(chunks: Chunks, slate: Slate, tokens: Tokens, own: Halves, script: int, weight: int) -> int:
    """Writes to ``slate.passed`` the tokens of the list in another script that may speak for the sought one, which is
    ``own`` (code points) in ``script``; returns how many. Words that begin alike share the work on their beginning."""
    count = 0
    if len(own) > LONGEST or len(own) < 2:
        return 0
    for other in range(len(tokens.cross_starts) - 1):
        begin, end = tokens.cross_starts[other], tokens.cross_starts[other + 1]
        if begin == end or other == script or (other != 0 and script != 0):
            continue
        for at in range(tokens.strange_starts[other], tokens.strange_starts[other + 1]):
            slate.passed[count] = tokens.strange[at]
            count += 1
        if script == 0:
            count = _natives(chunks, slate, tokens, own, other, begin, end, count)
        else:
            count = _latins(chunks, slate, tokens, own, script, weight, begin, end, count)
    return count


@compiled
def _natives(
    chunks: Chunks, slate: Slate, tokens: Tokens, own: Halves, script: int, begin: int, end: int, count: int
) -> int:
    """Native words of the list for a Latin word: column by column of their letters."""
    n = len(own)
    _set_latin(chunks, slate, own, script)
    joint, endings, passed = slate.joint, slate.endings, slate.passed
    letters, starts, shared, held = tokens.cross_letters, tokens.cross_letter_starts, tokens.cross_shared, tokens.cross
    whole = slate.alone[n]
    heaviest = np.int64(0)
    for at in range(begin, end):
        heaviest = max(heaviest, np.int64(tokens.weights[held[at]]))
    least = math.exp(-heaviest / 1000.0) * whole / MARGIN
    _column(chunks, slate, letters, 0, 0, n, script)
    dead = computed = 0
    for at in range(begin, end):
        alike = np.int64(shared[at]) if at > begin else 0
        if dead > 0 and alike >= dead:
            continue
        dead = 0
        start = starts[at]
        length = starts[at + 1] - start
        computed = min(alike, computed)
        while computed < length:
            computed += 1
            _column(chunks, slate, letters, start, computed, n, script)
            most = 0.0
            for i in range(n + 1):
                most += (joint[computed, i] + joint[computed - 1, i]) * endings[i]
            if most <= least:
                dead = computed
                break
        if dead == 0:
            passed[count] = held[at]
            count += joint[length, n] * MARGIN / whole > math.exp(-tokens.weights[held[at]] / 1000.0)
    return count


@compiled
def _set_latin(chunks: Chunks, slate: Slate, own: Halves, script: int) -> None:
    """The chances of a Latin word's beginnings and endings, and of one letter for each of its cuts."""
    n = len(own)
    latin, alone, endings, ones = slate.latin[:n], slate.alone, slate.endings, slate.ones
    for i in range(n):
        latin[i] = chunks.letters[0, own[i]]
    alone[: n + 1] = 0.0
    endings[: n + 1] = 0.0
    alone[0] = endings[n] = 1.0
    for i in range(1, n + 1):
        for a in range(1, min(3, i) + 1):
            code, context = cut(latin, i, a)
            alone[i] += alone[i - a] * chunks.parts[script, code, context]
            place = np.int64(chunks.place[script, code])
            floor = chunks.parts[script, code, context] * FLOOR if a == 1 else 0.0
            for letter in range(CHUNK_LETTERS):
                unit = chunks.one[place, letter] if place >= 0 else -1
                ones[3 * i + a - 1, letter] = chunks.probs[unit, context] if unit >= 0 else floor
    for i in range(n - 1, -1, -1):
        for a in range(1, min(3, n - i) + 1):
            code, context = cut(latin, i + a, a)
            endings[i] += endings[i + a] * chunks.parts[script, code, context]


@compiled
def cut(latin: Halves, i: int, a: int) -> tuple[int, int]:
    """The code and the context of the ``a`` letters before place ``i``."""
    code = 0
    for k in range(i - a, i):
        code = code * LATIN_LETTERS + latin[k]
    return code, kind_of(latin, i - a - 1) * 3 + kind_of(latin, i)


@compiled
def _column(
    chunks: Chunks, slate: Slate, letters: NDArray[np.uint8], start: int, j: int, n: int, script: int
) -> None:
    """Sets the chances of each beginning of the Latin word with the first ``j`` letters of a native one."""
    joint, ones, latin = slate.joint, slate.ones, slate.latin[:n]
    two_starts, twos, pairs, probs = chunks.two_starts, chunks.twos, chunks.pairs, chunks.probs
    pair = 0
    if j > 1:
        pair = np.int64(letters[start + j - 2]) * CHUNK_LETTERS + np.int64(letters[start + j - 1])
    joint[j, 0] = 1.0 if j == 0 else 0.0
    for i in range(1, n + 1):
        found = 0.0
        for a in range(1, min(3, i) + 1):
            silent = joint[j, i - a]
            one = joint[j - 1, i - a] if j > 0 else 0.0
            two = joint[j - 2, i - a] if j > 1 else 0.0
            if silent == 0.0 and one == 0.0 and two == 0.0:
                continue
            if one > 0.0:
                found += one * ones[3 * i + a - 1, letters[start + j - 1]]
            if silent == 0.0 and two == 0.0:
                continue
            code, context = cut(latin, i, a)
            place = np.int64(chunks.place[script, code])
            if silent > 0.0:
                unit = chunks.none[place] if place >= 0 else -1
                floor = chunks.parts[script, code, context] * FLOOR if a == 1 else 0.0
                found += silent * (probs[unit, context] if unit >= 0 else floor)
            if two > 0.0 and place >= 0:
                for at in range(two_starts[place], two_starts[place + 1]):
                    if pairs[at] == pair:
                        found += two * probs[twos[at], context]
        joint[j, i] = found


@compiled
def _latins(
    chunks: Chunks,
    slate: Slate,
    tokens: Tokens,
    own: Halves,
    script: int,
    weight: int,
    begin: int,
    end: int,
    count: int,
) -> int:
    """Latin words of the list for a native word: row by row of their letters."""
    m = len(own)
    joint, alone, ratios, latin, passed = slate.joint, slate.alone, slate.ratios, slate.latin, slate.passed
    letters, starts, shared, held = tokens.cross_letters, tokens.cross_letter_starts, tokens.cross_shared, tokens.cross
    is_strange = False
    for j in range(m):
        slate.native[j] = chunks.letters[script, own[j]]
        is_strange = is_strange or slate.native[j] == 0
    least = math.exp(-weight / 1000.0) / MARGIN
    joint[0, : m + 1] = 0.0
    joint[0, 0] = alone[0] = ratios[0] = 1.0
    dead = computed = 0
    for at in range(begin, end):
        alike = np.int64(shared[at]) if at > begin else 0
        if dead > 0 and alike >= dead:
            continue
        dead = 0
        start, length = starts[at], starts[at + 1] - starts[at]
        # A row looks at the letter after it, so the row at the end of what is alike is another one.
        computed = max(0, min(alike - 1, computed))
        for n in range(length):
            latin[n] = letters[start + n]
        while computed < length and not is_strange:
            computed += 1
            ratios[computed] = _row(chunks, slate, script, computed, length, m) / alone[computed]
            most = max(ratios[computed], ratios[computed - 1], ratios[max(0, computed - 2)])
            if most <= least:
                dead = computed + 1
                break
        if dead == 0:
            passed[count] = held[at]
            count += is_strange or joint[length, m] / alone[length] > least
    return count
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
