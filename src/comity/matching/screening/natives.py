"""Which native words of a list a Latin word speaks for: the channel asked of a whole list at once.

Words that begin alike share their beginnings (:mod:`comity.matching.screening.forest`), so the channel's sums over
all ways of cutting are carried down the tree, one row for each letter. A branch is left out once nothing that grows
on it can be chance enough, or no word on it has fitting consonants. Every way to a longer word cuts at the end of its
beginning or writes two letters over it, and what follows has a chance of at most what the Latin rest has in all.
"""

from __future__ import annotations

import numpy as np

from comity.matching.compiled import compiled
from comity.matching.names.channel import differ, spoken
from comity.matching.screening.chunks import (
    CHUNK_LETTERS,
    LATIN_LETTERS,
    LETTERS,
    ROUNDING,
    Chunks,
    Floats,
    Slate,
    kind,
    least,
    read,
)
from comity.matching.screening.columns import Tokens
from comity.matching.screening.forest import depth_of, letter_of, next_of, sounds_apart
from comity.matching.screening.scratch import Sought


@compiled
def find_natives(tokens: Tokens, chunks: Chunks, slate: Slate, sought: Sought, script: int) -> int:
    """Writes the tokens of ``script`` that the Latin word speaks for to the slate; how many."""
    node, end = tokens.branch_starts[script], tokens.branch_starts[script + 1]
    if node == end or not read(chunks, slate, sought.own, 0):
        return 0
    n = len(sought.own)
    _lay(chunks, slate, n, script)
    columns, path, branches = slate.columns, slate.path, tokens.branches
    lowest = least(tokens.branch_weights[script]) * slate.alone[n]
    found = 0
    while node < end:
        branch = branches[node]
        depth, letter = depth_of(branch), letter_of(branch)
        if depth > n + 2 or sounds_apart(branch, sought.consonants):
            node = next_of(branch)
            continue
        path[depth] = letter
        bound = _through(columns[depth - 1], slate.via[letter], n)
        pair = np.int64(-1)
        if depth > 1:
            pair = np.int64(chunks.pair[path[depth - 1] * CHUNK_LETTERS + letter])
            if pair >= 0:
                bound += _through(columns[depth - 2], slate.into[pair], n)
        if bound * ROUNDING < lowest:
            node = next_of(branch)
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
    before = kind(letters[i - a]) if i > a else 0
    return code, before * 3 + (kind(letters[i + 1]) if i < n else 0)


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
