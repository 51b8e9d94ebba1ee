"""Which tokens of another script speak for a token: the cross-script channel asked of a whole list at once.

Words that begin alike share their beginnings (:mod:`comity.matching.screening.forest`), so the channel's sums over
all ways of cutting are carried down the tree, one row for each letter. A branch is left out once nothing that grows
on it can be chance enough, or no word on it has fitting consonants; the sums are those of
:func:`comity.matching.names.channel.chance_given`, term by term.

Two bounds. Below a native beginning: every way to a longer word cuts at its end or writes two letters over it, and
what follows has a chance of at most what the Latin rest has in all. Below a Latin beginning: every way cuts at its
end or writes a chunk over it that the channel has, and the native rest has a chance of at most what the chunks that
suit it best give it.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.names.channel import FLOOR, LEAST_SHARE, LONGEST, differ, model, spoken
from comity.matching.screening.columns import Halves, Ints, Longs, Tokens
from comity.matching.screening.scratch import Sought

MARGIN = 1.12
"""The chances of letters never seen together come on top of those that add up to one: less than this in all."""
ROUNDING = 1.0 + 1e-9
LATIN_LETTERS = 27
CHUNK_LETTERS = 128
"""The bases in which the channel writes a Latin chunk and a native one as numbers."""
LETTERS = 40
"""More than any script of the channel has."""
CONTEXTS = 9
Floats = NDArray[np.float64]
Shorts = NDArray[np.int16]


class Chunks(NamedTuple):
    """The channel's units laid out by Latin chunk, per script: ``place`` of a chunk's code or -1; by place and context
    ``silent`` the chance of nothing, ``one`` of each letter, ``first`` of any two letters that begin with a letter,
    ``total`` of all; ``two`` by place and pair the unit that writes two letters or -1, ``twos[two_starts[p]:…]`` all
    of them with their ``pairs``; ``begins`` whether any chunk begins with the two letters of a code, ``spans`` where
    each script's places start, ``rest`` by place and context what is not silent; ``pair`` the number of two letters
    or -1; ``probs``, ``parts`` and ``letters`` are the channel's."""

    place: Shorts
    silent: Floats
    one: Floats
    first: Floats
    total: Floats
    two: Shorts
    two_starts: Longs
    twos: Longs
    pairs: Longs
    pair: Shorts
    begins: NDArray[np.bool_]
    spans: Longs
    rest: Floats
    probs: Floats
    parts: Floats
    letters: NDArray[np.uint8]


@cache
def chunks() -> Chunks:
    """The chunks of the current model; the scripts' places follow each other."""
    letters, units, offsets, probs, parts = model()
    scripts = len(offsets) - 1
    square = CHUNK_LETTERS * CHUNK_LETTERS
    script_of = np.repeat(np.arange(scripts), np.diff(offsets))
    codes, chunk = units // square, units % square
    held, places = np.unique(script_of * LATIN_LETTERS**3 + codes, return_inverse=True)
    place = np.full((scripts, LATIN_LETTERS**3), -1, dtype=np.int16)
    place.reshape(-1)[held] = np.arange(len(held))
    is_single = (held % LATIN_LETTERS**3) < LATIN_LETTERS
    floors = parts.reshape(-1, CONTEXTS)[held] * FLOOR * is_single[:, None]
    silent, one = floors.copy(), np.repeat(floors[:, :, None], LETTERS, axis=2)
    is_one, is_two = (chunk > 0) & (chunk < CHUNK_LETTERS), chunk >= CHUNK_LETTERS
    silent[places[chunk == 0]] = probs[chunk == 0]
    one[places[is_one], :, chunk[is_one]] = probs[is_one]
    order = np.nonzero(is_two)[0]
    order = order[np.argsort(places[order], kind="stable")]
    first = np.zeros_like(one)
    np.add.at(first, (places[order], slice(None), chunk[order] // CHUNK_LETTERS), probs[order])
    known, pairs = np.unique(chunk[order], return_inverse=True)
    pair = np.full(square, -1, dtype=np.int16)
    pair[known] = np.arange(len(known))
    two = np.full((len(held), len(known)), -1, dtype=np.int16)
    two[places[order], pairs] = order
    two_starts = np.searchsorted(places[order], np.arange(len(held) + 1))
    code = held % LATIN_LETTERS**3
    begins = np.zeros((scripts, LATIN_LETTERS**2), dtype=np.bool_)
    front = np.where(code < LATIN_LETTERS**2, code, code // LATIN_LETTERS)
    longer = front >= LATIN_LETTERS
    begins[held[longer] // LATIN_LETTERS**3, front[longer]] = True
    return Chunks(
        place=place,
        silent=silent,
        one=one,
        first=first,
        total=silent + one.sum(axis=2) + first.sum(axis=2),
        two=two,
        two_starts=two_starts,
        twos=order,
        pairs=pairs.astype(np.int64),
        pair=pair,
        begins=begins,
        spans=np.searchsorted(held, np.arange(scripts + 1) * LATIN_LETTERS**3),
        rest=parts.reshape(-1, CONTEXTS)[held] - silent,
        probs=probs,
        parts=parts,
        letters=letters,
    )


class Slate(NamedTuple):
    """Room for one search and its answer: the word's ``letters`` and ``pairs`` of them, the ``path`` into the tree
    and the ``ratios`` of its rows; for a Latin word, by place and length of the chunk that ends there, what it is
    written as (``silent``, ``ones``, ``twos``), and by place the chances of what follows (``mass``, ``via``,
    ``into``); ``columns`` and ``rows`` the sums by depth; the ``tokens`` found and what the channel ``says``."""

    letters: Longs
    pairs: Longs
    path: Longs
    ratios: Floats
    alone: Floats
    mass: Floats
    silent: Floats
    ones: Floats
    twos: Floats
    via: Floats
    into: Floats
    columns: Floats
    rows: Floats
    sums: Floats
    done: Longs
    tokens: Ints
    says: Ints


def make_slate(tokens: int) -> Slate:
    """Fresh room for a list of so many tokens."""
    size, pairs = LONGEST + 1, chunks().two.shape[1]
    return Slate(
        letters=np.zeros(size, dtype=np.int64),
        pairs=np.zeros(size, dtype=np.int64),
        path=np.zeros(size, dtype=np.int64),
        ratios=np.zeros(size),
        alone=np.zeros(size),
        mass=np.zeros(size),
        silent=np.zeros((size, 4)),
        ones=np.zeros((size, 4, LETTERS)),
        twos=np.zeros((pairs, size, 4)),
        via=np.zeros((LETTERS, size)),
        into=np.zeros((pairs, size)),
        columns=np.zeros((size, size)),
        rows=np.zeros((size, 3, size)),
        sums=np.zeros((size, 3, 2)),
        done=np.zeros((size, 3), dtype=np.int64),
        tokens=np.zeros(tokens, dtype=np.int32),
        says=np.zeros(tokens, dtype=np.int32),
    )


@compiled
def _kind(letter: int) -> int:
    """As :func:`comity.matching.names.channel.kind_of`, of a letter's number; 0 for none."""
    return 0 if letter == 0 else 1 if letter in (1, 5, 9, 15, 21, 25) else 2


@compiled
def _least(weight: int) -> float:
    """The chance below which a word of this weight is not spoken for."""
    return math.exp(-weight * (1.0 - LEAST_SHARE / 1000.0) / 1000.0)


@compiled
def _sounds_apart(tokens: Tokens, node: int, mine: int) -> bool:
    """Whether the consonant classes of all words on a branch differ from ``mine`` in more than one."""
    common, some = np.int64(tokens.branch_common[node]), np.int64(tokens.branch_any[node])
    return differ(0, (common & ~mine) | (mine & ~some))


@compiled
def _read(chunks: Chunks, slate: Slate, own: Halves, script: int) -> bool:
    """Writes the letters of a word from place 1 of the slate; whether the channel knows them all."""
    if len(own) < 2 or len(own) > LONGEST:
        return False
    for n in range(len(own)):
        slate.letters[n + 1] = chunks.letters[script, own[n]]
        if slate.letters[n + 1] == 0:
            return False
    return True


@compiled
def find_natives(tokens: Tokens, chunks: Chunks, slate: Slate, sought: Sought, script: int) -> int:
    """Writes the tokens of ``script`` that the Latin word speaks for to the slate; how many."""
    node, end = tokens.branch_starts[script], tokens.branch_starts[script + 1]
    if node == end or not _read(chunks, slate, sought.own, 0):
        return 0
    n = len(sought.own)
    _lay(chunks, slate, n, script)
    columns, path, letters, depths = slate.columns, slate.path, tokens.branch_letters, tokens.branch_depths
    least = _least(tokens.branch_weights[script]) * slate.alone[n]
    found = 0
    while node < end:
        depth, letter = np.int64(depths[node]), np.int64(letters[node])
        path[depth] = letter
        bound = _through(columns[depth - 1], slate.via[letter], n)
        pair = np.int64(-1)
        if depth > 1:
            pair = np.int64(chunks.pair[path[depth - 1] * CHUNK_LETTERS + letter])
            if pair >= 0:
                bound += _through(columns[depth - 2], slate.into[pair], n)
        if depth > n + 2 or _sounds_apart(tokens, node, sought.consonants) or bound * ROUNDING < least:
            node = np.int64(tokens.branch_next[node])
            continue
        _column(slate, depth, letter, pair, n)
        if depth > 1 and n <= 3 * depth + 1:
            chance = columns[depth, n] / slate.alone[n]
            for at in range(tokens.leaf_starts[node], tokens.leaf_starts[node + 1]):
                token = tokens.leaf_tokens[at]
                said = spoken(chance, np.int64(tokens.weights[token]))
                if said > 0 and not differ(sought.consonants, np.int64(tokens.consonants[token])):
                    slate.tokens[found] = token
                    slate.says[found] = said
                    found += 1
        node += 1
    for place in range(1, n + 1):
        _set_twos(chunks, slate, place, n, script, False)
    return found


@compiled
def _through(column: Floats, following: Floats, n: int) -> float:
    total = 0.0
    for i in range(n + 1):
        total += column[i] * following[i]
    return total


@compiled
def _chunk(slate: Slate, i: int, a: int, n: int) -> tuple[int, int]:
    """(code, context) of the ``a`` letters of the slate's Latin word that end at place ``i``."""
    letters = slate.letters
    code = 0
    for k in range(i - a + 1, i + 1):
        code = code * LATIN_LETTERS + letters[k]
    before = _kind(letters[i - a]) if i > a else 0
    return code, before * 3 + (_kind(letters[i + 1]) if i < n else 0)


@compiled
def _lay(chunks: Chunks, slate: Slate, n: int, script: int) -> None:
    """Lays out what the chunks of a Latin word are written as, and what may follow each place."""
    alone, mass, columns = slate.alone, slate.mass, slate.columns
    alone[0] = mass[n] = columns[0, 0] = 1.0
    for i in range(1, n + 1):
        alone[i] = columns[0, i] = 0.0
        for a in range(1, min(3, i) + 1):
            code, context = _chunk(slate, i, a, n)
            alone[i] += alone[i - a] * chunks.parts[script, code, context]
            place = chunks.place[script, code]
            slate.silent[i, a] = chunks.silent[place, context] if place >= 0 else 0.0
            columns[0, i] += columns[0, i - a] * slate.silent[i, a]
            for letter in range(LETTERS):
                slate.ones[i, a, letter] = chunks.one[place, context, letter] if place >= 0 else 0.0
    slate.via[:, : n + 1] = 0.0
    for i in range(n - 1, -1, -1):
        mass[i] = 0.0
        for a in range(1, min(3, n - i) + 1):
            code, context = _chunk(slate, i + a, a, n)
            place = chunks.place[script, code]
            if place >= 0:
                mass[i] += chunks.total[place, context] * mass[i + a]
                for letter in range(LETTERS):
                    both = chunks.one[place, context, letter] + chunks.first[place, context, letter]
                    slate.via[letter, i] += both * mass[i + a]
    for place in range(1, n + 1):
        _set_twos(chunks, slate, place, n, script, True)


@compiled
def _set_twos(chunks: Chunks, slate: Slate, i: int, n: int, script: int, is_laid: bool) -> None:
    """Lays out, or clears, what the chunks that end at place ``i`` are written as in two letters."""
    for a in range(1, min(3, i) + 1):
        code, context = _chunk(slate, i, a, n)
        place = chunks.place[script, code]
        if place < 0:
            continue
        for at in range(chunks.two_starts[place], chunks.two_starts[place + 1]):
            pair = chunks.pairs[at]
            if is_laid:
                chance = chunks.probs[chunks.twos[at], context]
                slate.twos[pair, i, a] = chance
                slate.into[pair, i - a] += chance * slate.mass[i]
            else:
                slate.twos[pair, i, a] = 0.0
                slate.into[pair, i - a] = 0.0


@compiled
def _column(slate: Slate, depth: int, letter: int, pair: int, n: int) -> None:
    """The sums of a native beginning with each beginning of the Latin word."""
    columns, silent, ones, twos = slate.columns, slate.silent, slate.ones, slate.twos
    columns[depth, 0] = 0.0
    for i in range(1, n + 1):
        total = 0.0
        for a in range(1, min(3, i) + 1):
            total += columns[depth, i - a] * silent[i, a]
            total += columns[depth - 1, i - a] * ones[i, a, letter]
            if pair >= 0:
                total += columns[depth - 2, i - a] * twos[pair, i, a]
        columns[depth, i] = total


@compiled
def find_latin(tokens: Tokens, chunks: Chunks, slate: Slate, sought: Sought) -> int:
    """Writes the Latin tokens that speak for the native word to the slate; how many."""
    script, m = sought.script, len(sought.own)
    node, end = tokens.branch_starts[0], tokens.branch_starts[1]
    if node == end or not _read(chunks, slate, sought.own, script):
        return 0
    pairs, path, ratios, sums, done = slate.pairs, slate.path, slate.ratios, slate.sums, slate.done
    least = _least(sought.weight) / MARGIN
    for j in range(2, m + 1):
        pairs[j] = chunks.pair[slate.letters[j - 1] * CHUNK_LETTERS + slate.letters[j]]
    _set_mass(chunks, slate, script, m)
    path[0] = 0
    for kind in range(3):
        slate.rows[0, kind, : m + 1] = 0.0
        slate.rows[0, kind, 0] = 1.0
        sums[0, kind, 0], sums[0, kind, 1], done[0, kind] = slate.mass[0], 1.0, 1
    found = 0
    while node < end:
        depth, letter = np.int64(tokens.branch_depths[node]), np.int64(tokens.branch_letters[node])
        kind = _kind(letter)
        path[depth] = letter
        if _sounds_apart(tokens, node, sought.consonants):
            node = np.int64(tokens.branch_next[node])
            continue
        if done[depth - 1, kind] == 0:
            _row(chunks, slate, script, depth - 1, kind, m)
        ratios[depth] = most = sums[depth - 1, kind, 0]
        if depth > 1 and chunks.begins[script, path[depth - 1] * LATIN_LETTERS + letter]:
            most = max(most, ratios[depth - 1])
        if depth > 2:
            code = (path[depth - 2] * LATIN_LETTERS + path[depth - 1]) * LATIN_LETTERS + letter
            if chunks.place[script, code] >= 0:
                most = max(most, ratios[depth - 2])
        if depth > 3 * m + 1 or most * ROUNDING < least:
            node = np.int64(tokens.branch_next[node])
            continue
        done[depth, 0] = done[depth, 1] = done[depth, 2] = 0
        first, last = tokens.leaf_starts[node], tokens.leaf_starts[node + 1]
        if first < last and depth > 1 and m <= depth + 2:
            _row(chunks, slate, script, depth, 0, m)
            said = spoken(slate.rows[depth, 0, m] / sums[depth, 0, 1], sought.weight)
            for at in range(first if said > 0 else last, last):
                token = tokens.leaf_tokens[at]
                if not differ(sought.consonants, np.int64(tokens.consonants[token])):
                    slate.tokens[found] = token
                    slate.says[found] = said
                    found += 1
        node += 1
    return found


@compiled
def _set_mass(chunks: Chunks, slate: Slate, script: int, m: int) -> None:
    """Sets the greatest chance that the rest of a native word from each place may have, whatever Latin it renders.

    Of a chunk that is written as something, what it is written as counts; one that is silent changes nothing.
    """
    mass, letters = slate.mass, slate.letters
    mass[m] = 1.0
    for j in range(m - 1, -1, -1):
        letter, pair = letters[j + 1], slate.pairs[j + 2] if j + 1 < m else np.int64(-1)
        most = 0.0
        for place in range(chunks.spans[script], chunks.spans[script + 1]):
            unit = np.int64(chunks.two[place, pair]) if pair >= 0 else np.int64(-1)
            for context in range(CONTEXTS):
                chance = chunks.one[place, context, letter] * mass[j + 1]
                if unit >= 0:
                    chance += chunks.probs[unit, context] * mass[j + 2]
                rest = chunks.rest[place, context]
                if chance > most * rest:
                    most = chance / rest if chance < rest else 1.0
        mass[j] = min(1.0, most)


@compiled
def _row(chunks: Chunks, slate: Slate, script: int, i: int, kind: int, m: int) -> None:
    """The sums of a Latin beginning, which a letter of ``kind`` follows, with each beginning of the native word; the
    most they can come to over the chance of the Latin beginning alone, and the latter."""
    rows, path, sums, pairs, letters = slate.rows, slate.path, slate.sums, slate.pairs, slate.letters
    row = rows[i, kind]
    row[: m + 1] = 0.0
    alone = 0.0
    for a in range(1, min(3, i) + 1):
        code = 0
        for k in range(i - a + 1, i + 1):
            code = code * LATIN_LETTERS + path[k]
        context = (_kind(path[i - a]) if i > a else 0) * 3 + kind
        after = _kind(path[i - a + 1])
        alone += sums[i - a, after, 1] * chunks.parts[script, code, context]
        place = np.int64(chunks.place[script, code])
        if place < 0:
            continue
        before, silent, one = rows[i - a, after], chunks.silent[place, context], chunks.one[place, context]
        row[0] += before[0] * silent
        for j in range(1, m + 1):
            total = row[j] + before[j] * silent + before[j - 1] * one[letters[j]]
            if j > 1 and pairs[j] >= 0:
                unit = chunks.two[place, pairs[j]]
                if unit >= 0:
                    total += before[j - 2] * chunks.probs[unit, context]
            row[j] = total
    total = 0.0
    for j in range(m + 1):
        total += row[j] * slate.mass[j]
    sums[i, kind, 0], sums[i, kind, 1] = total / alone, alone
    slate.done[i, kind] = 1
