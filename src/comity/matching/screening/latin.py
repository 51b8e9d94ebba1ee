"""Which Latin words of a list speak for a native word: the channel asked of a whole list at once.

The tree of Latin words (:mod:`comity.matching.screening.forest`) is walked with the channel's sums over all ways of
cutting, one row for each letter and kind of letter that follows. A branch is left out once nothing that grows on it
can be chance enough, or no word on it has fitting consonants.

The bound. Of a Latin word that begins as the branch does, the ways of cutting are those with a cut before the
branch's last letter, those whose chunk over it begins one letter earlier, and two earlier. The chance of the native
word is the sum of all their chances over the sum of their chances whatever they are written as, so it is at most the
greatest of the three ratios. A ratio is what is written so far, by place in the native word, times the most that the
rest may come to from that place on, given how the next chunk begins.

That most, x(j), is over all rests of words and chunks c, in any context: x(j) = max_c (silent_c x(j) + one_c x(j+1) +
two_c x(j+2)) / part_c, solved for x(j), or the most that any word's ways can come to at all (``Chunks.limit``) where
that is less. By induction on the length of the Latin rest no rest exceeds it.
"""

from __future__ import annotations

import numpy as np

from comity.matching.compiled import compiled, inlined
from comity.matching.names.channel import differ, spoken
from comity.matching.screening.chunks import (
    CHUNK_LETTERS,
    CONTEXTS,
    LATIN_LETTERS,
    ROUNDING,
    Chunks,
    Floats,
    Shorts,
    Slate,
    kind,
    least,
    read,
)
from comity.matching.screening.columns import Longs, Tokens
from comity.matching.screening.forest import depth_of, letter_of, next_of, sounds_apart
from comity.matching.screening.scratch import Sought


@compiled
def find_latin(tokens: Tokens, chunks: Chunks, slate: Slate, sought: Sought) -> int:
    """Writes the Latin tokens that speak for the native word to the slate; how many."""
    script, m = sought.script, len(sought.own)
    node, end = tokens.branch_starts[0], tokens.branch_starts[1]
    if node == end or not read(chunks, slate, sought.own, script):
        return 0
    _begin(chunks, slate, script, m)
    # Each use of a table's column costs as much as several sums, so the loops take the columns by themselves.
    branches, leaf_starts, leaf_tokens = tokens.branches, tokens.leaf_starts, tokens.leaf_tokens
    sounds, consonants_of, lowest = sought.consonants, tokens.consonants, least(sought.weight)
    path, done, rows, alone = slate.path, slate.done, slate.rows, slate.alone_by
    begins, places, by_letter, by_two = chunks.begins[script], chunks.place[script], slate.by_letter, slate.by_two
    parts, silences, ones, twos, probs = chunks.parts[script], chunks.silent, chunks.one, chunks.two, chunks.probs
    written, pairs = slate.letters, slate.pairs
    found = 0
    while node < end:
        branch = branches[node]
        if sounds_apart(branch, sounds) or depth_of(branch) > 3 * m + 1:
            node = next_of(branch)
            continue
        depth, letter = depth_of(branch), letter_of(branch)
        path[depth] = letter
        if done[depth - 1, kind(letter)] == 0:
            _row(
                path,
                written,
                pairs,
                places,
                parts,
                silences,
                ones,
                twos,
                probs,
                rows,
                alone,
                depth - 1,
                kind(letter),
                m,
            )
            done[depth - 1, kind(letter)] = 1
        if _most(path, begins, places, by_letter, by_two, rows, alone, depth, m) * ROUNDING < lowest:
            node = next_of(branch)
            continue
        done[depth, 0] = done[depth, 1] = done[depth, 2] = 0
        first, last = leaf_starts[node], leaf_starts[node + 1]
        if first < last and depth > 1 and m <= depth + 2:
            _row(path, written, pairs, places, parts, silences, ones, twos, probs, rows, alone, depth, 0, m)
            done[depth, 0] = 1
            said = spoken(rows[depth, 0, m] / alone[depth, 0], sought.weight)
            for at in range(first if said > 0 else last, last):
                token = leaf_tokens[at]
                if not differ(sounds, np.int64(consonants_of[token])):
                    slate.tokens[found] = token
                    slate.says[found] = said
                    found += 1
        node += 1
    return found


@compiled
def _begin(chunks: Chunks, slate: Slate, script: int, m: int) -> None:
    pairs, letters = slate.pairs, slate.letters
    for j in range(2, m + 1):
        pairs[j] = chunks.pair[letters[j - 1] * CHUNK_LETTERS + letters[j]]
    _set_most(chunks, slate, script, m)
    slate.is_written[:] = 0
    slate.path[0] = 0
    for after in range(3):
        slate.rows[0, after, : m + 1] = 0.0
        slate.rows[0, after, 0] = 1.0
        slate.alone_by[0, after], slate.done[0, after] = 1.0, 1


@compiled
def _set_most(chunks: Chunks, slate: Slate, script: int, m: int) -> None:
    """Sets the most that the rest of a native word from each place can come to, whatever Latin it renders, and by how
    that begins."""
    mass, pairs, letters, chances = slate.mass, slate.pairs, slate.letters, slate.chances
    by_letter, by_two, limit = slate.by_letter, slate.by_two, chunks.limit
    first, last = chunks.spans[script], chunks.spans[script + 1]
    by_letter[:, :, : m + 1] = 0.0
    by_two[:, :, : m + 1] = 0.0
    chances[first:last] = 0.0
    mass[m] = 1.0
    _spread(chunks.hush, chances, chunks.front, chunks.fronts, by_letter, by_two, first, last, m, 1.0, limit)
    for j in range(m - 1, -1, -1):
        _set_one(chunks.ones[letters[j + 1]], chances, first, last, mass[j + 1])
        if j + 1 < m and pairs[j + 2] >= 0:
            _add_two(chunks.units[pairs[j + 2]], chunks.two_shares, chances, first, last, mass[j + 2])
        mass[j] = _solved(chunks.loud, chances, first, last, limit)
        _spread(chunks.hush, chances, chunks.front, chunks.fronts, by_letter, by_two, first, last, j, mass[j], limit)


@compiled
def _set_one(ones: Floats, chances: Floats, first: int, last: int, following: float) -> None:
    for place in range(first, last):
        for context in range(CONTEXTS):
            chances[place, context] = ones[place, context] * following


@compiled
def _add_two(units: Shorts, shares: Floats, chances: Floats, first: int, last: int, following: float) -> None:
    for place in range(first, last):
        unit = units[place]
        if unit >= 0:
            for context in range(CONTEXTS):
                chances[place, context] += shares[unit, context] * following


@compiled
def _solved(loud: Floats, chances: Floats, first: int, last: int, limit: float) -> float:
    most = 0.0
    for place in range(first, last):
        for context in range(CONTEXTS):
            most = max(most, chances[place, context] * loud[place, context])
    return min(most, limit)


@compiled
def _spread(
    hush: Floats,
    chances: Floats,
    front: Longs,
    fronts: Longs,
    by_letter: Floats,
    by_two: Floats,
    first: int,
    last: int,
    j: int,
    following: float,
    limit: float,
) -> None:
    """Notes what may follow place ``j`` by the chunk that comes next, which may be silent."""
    for place in range(first, last):
        letter, two = front[place], fronts[place]
        for before in range(3):
            most = 0.0
            for context in range(3 * before, 3 * before + 3):
                most = max(most, hush[place, context] * following + chances[place, context])
            most = min(most, limit)
            by_letter[letter, before, j] = max(by_letter[letter, before, j], most)
            if two >= 0:
                by_two[two, before, j] = max(by_two[two, before, j], most)


@inlined
def _most(
    path: Longs,
    begins: Shorts,
    places: Shorts,
    by_letter: Floats,
    by_two: Floats,
    rows: Floats,
    alone: Floats,
    depth: int,
    m: int,
) -> float:
    """The most that any word on the branch to ``path[depth]`` may come to."""
    letter, second = path[depth], path[depth - 1]
    most = _ratio(rows, alone, by_letter, letter, kind(second), depth - 1, kind(letter), m)
    if depth > 1:
        third = path[depth - 2]
        two = np.int64(begins[second * LATIN_LETTERS + letter])
        if two >= 0:
            most = max(most, _ratio(rows, alone, by_two, two, kind(third), depth - 2, kind(second), m))
        if depth > 2 and places[(third * LATIN_LETTERS + second) * LATIN_LETTERS + letter] >= 0:
            two = np.int64(begins[third * LATIN_LETTERS + second])
            most = max(most, _ratio(rows, alone, by_two, two, kind(path[depth - 3]), depth - 3, kind(third), m))
    return most


@inlined
def _ratio(
    rows: Floats, alone: Floats, following: Floats, chunk: int, before: int, i: int, after: int, m: int
) -> float:
    """What is written so far, times the most that may follow, over the chance of the Latin beginning alone."""
    total = 0.0
    for j in range(m + 1):
        total += rows[i, after, j] * following[chunk, before, j]
    return total / alone[i, after]


@inlined
def _row(
    path: Longs,
    letters: Longs,
    pairs: Longs,
    places: Shorts,
    parts: Floats,
    silences: Floats,
    ones: Floats,
    twos: Shorts,
    probs: Floats,
    rows: Floats,
    alone_by: Floats,
    i: int,
    after: int,
    m: int,
) -> None:
    """The sums of a Latin beginning, which a letter of kind ``after`` follows, with each beginning of the native word,
    and the chance of the Latin beginning alone."""
    for j in range(m + 1):
        rows[i, after, j] = 0.0
    alone = 0.0
    code, step = 0, 1
    for begin in range(i - 1, max(i - 4, -1), -1):
        code += path[begin + 1] * step
        step *= LATIN_LETTERS
        context, front = kind(path[begin]) * 3 + after, kind(path[begin + 1])
        alone += alone_by[begin, front] * parts[code, context]
        place = np.int64(places[code])
        if place < 0:
            continue
        silent = silences[place, context]
        rows[i, after, 0] += rows[begin, front, 0] * silent
        for j in range(1, m + 1):
            total = rows[i, after, j] + rows[begin, front, j] * silent
            total += rows[begin, front, j - 1] * ones[place, context, letters[j]]
            if j > 1 and pairs[j] >= 0:
                unit = np.int64(twos[place, pairs[j]])
                if unit >= 0:
                    total += rows[begin, front, j - 2] * probs[unit, context]
            rows[i, after, j] = total
    alone_by[i, after] = alone
