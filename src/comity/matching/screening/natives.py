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
    # Each use of a table's column, and each array handed over, counts a reference, which costs as much as several sums.
    columns, path, branches, chunk_pairs = slate.columns, slate.path, tokens.branches, chunks.pair
    via, into, silent, ones, twos = slate.via, slate.into, slate.silent, slate.ones, slate.twos
    leaf_starts, leaf_tokens, weights = tokens.leaf_starts, tokens.leaf_tokens, tokens.weights
    sounds, consonants_of, found_tokens, says = sought.consonants, tokens.consonants, slate.tokens, slate.says
    alone = slate.alone[n]
    lowest = least(tokens.branch_weights[script]) * alone
    found = 0
    while node < end:
        branch = branches[node]
        depth, letter = depth_of(branch), letter_of(branch)
        if depth > n + 2 or sounds_apart(branch, sounds):
            node = next_of(branch)
            continue
        path[depth] = letter
        pair = np.int64(chunk_pairs[path[depth - 1] * CHUNK_LETTERS + letter]) if depth > 1 else np.int64(-1)
        bound = 0.0
        for i in range(n + 1):
            bound += columns[depth - 1, i] * via[letter, i]
        if pair >= 0:
            for i in range(n + 1):
                bound += columns[depth - 2, i] * into[pair, i]
        if bound * ROUNDING < lowest:
            node = next_of(branch)
            continue
        # The sums of the native beginning with each beginning of the Latin word.
        columns[depth, 0] = 0.0
        for i in range(1, n + 1):
            total = 0.0
            for a in range(1, min(3, i) + 1):
                total += columns[depth, i - a] * silent[i, a]
                total += columns[depth - 1, i - a] * ones[i, a, letter]
                if pair >= 0:
                    total += columns[depth - 2, i - a] * twos[pair, i, a]
            columns[depth, i] = total
        first, last = leaf_starts[node], leaf_starts[node + 1]
        if first < last and depth > 1 and n <= 3 * depth + 1:
            chance = columns[depth, n] / alone
            for at in range(first, last):
                token = leaf_tokens[at]
                said = spoken(chance, np.int64(weights[token]))
                if said > 0 and not differ(sounds, np.int64(consonants_of[token])):
                    found_tokens[found] = token
                    says[found] = said
                    found += 1
        node += 1
    for place in range(1, n + 1):
        _set_twos(chunks, slate, place, n, script, False)
    return found


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
    alone, mass, columns, silent = slate.alone, slate.mass, slate.columns, slate.silent
    parts, places, silences = chunks.parts[script], chunks.place[script], chunks.silent
    one, first, totals, ones, via = chunks.one, chunks.first, chunks.total, slate.ones, slate.via
    alone[0] = mass[n] = columns[0, 0] = 1.0
    for i in range(1, n + 1):
        alone[i] = columns[0, i] = 0.0
        for a in range(1, min(3, i) + 1):
            code, context = _chunk(slate, i, a, n)
            alone[i] += alone[i - a] * parts[code, context]
            place = np.int64(places[code])
            silent[i, a] = silences[place, context] if place >= 0 else 0.0
            columns[0, i] += columns[0, i - a] * silent[i, a]
            for letter in range(LETTERS):
                ones[i, a, letter] = one[place, context, letter] if place >= 0 else 0.0
    via[:, : n + 1] = 0.0
    for i in range(n - 1, -1, -1):
        mass[i] = 0.0
        for a in range(1, min(3, n - i) + 1):
            code, context = _chunk(slate, i + a, a, n)
            place = np.int64(places[code])
            if place >= 0:
                mass[i] += totals[place, context] * mass[i + a]
                for letter in range(LETTERS):
                    both = one[place, context, letter] + first[place, context, letter]
                    via[letter, i] += both * mass[i + a]
    for place in range(1, n + 1):
        _set_twos(chunks, slate, place, n, script, True)


@compiled
def _set_twos(chunks: Chunks, slate: Slate, i: int, n: int, script: int, is_laid: bool) -> None:
    """Lays out, or clears, what the chunks that end at place ``i`` are written as in two letters."""
    places, starts, pairs, units, probs = (
        chunks.place[script],
        chunks.two_starts,
        chunks.pairs,
        chunks.twos,
        chunks.probs,
    )
    twos, into, mass = slate.twos, slate.into, slate.mass
    for a in range(1, min(3, i) + 1):
        code, context = _chunk(slate, i, a, n)
        place = np.int64(places[code])
        if place < 0:
            continue
        for at in range(starts[place], starts[place + 1]):
            pair = pairs[at]
            if is_laid:
                chance = probs[units[at], context]
                twos[pair, i, a] = chance
                into[pair, i - a] += chance * mass[i]
            else:
                twos[pair, i, a] = 0.0
                into[pair, i - a] = 0.0
