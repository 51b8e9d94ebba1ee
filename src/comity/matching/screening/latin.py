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

from comity.matching.compiled import compiled
from comity.matching.names.channel import differ, spoken
from comity.matching.screening.chunks import (
    BLOCK,
    CHUNK_LETTERS,
    CONTEXTS,
    HEAD,
    LATIN_LETTERS,
    PAD,
    ROUNDING,
    ROW,
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

_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
"""Places without a sign: a place that might be negative is looked at again, and sums are not made side by side."""


@compiled
def find_latin(tokens: Tokens, chunks: Chunks, slate: Slate, sought: Sought) -> int:
    """Writes the Latin tokens that speak for the native word to the slate; how many."""
    script, m = sought.script, len(sought.own)
    node, end = tokens.branch_starts[0], tokens.branch_starts[1]
    if node == end or not read(chunks, slate, sought.own, script):
        return 0
    width = (m // BLOCK + 1) * BLOCK
    _begin(chunks, slate, script, m, width)
    return _walk(tokens, chunks, slate, sought, node, end, width)


@compiled
def _walk(tokens: Tokens, chunks: Chunks, slate: Slate, sought: Sought, node: int, end: int, width: int) -> int:
    """Walks the branches ``node`` to ``end``.

    One long function: handing an array to another one, and each use of a table's column, counts a reference, which
    costs as much as all the sums of a row.
    """
    script, m = sought.script, len(sought.own)
    sounds, weight, lowest = sought.consonants, sought.weight, least(sought.weight)
    branches, leaf_starts, leaf_tokens = tokens.branches, tokens.leaf_starts, tokens.leaf_tokens
    consonants_of, found_tokens, says = tokens.consonants, slate.tokens, slate.says
    path, done, rows, alone_by, following = slate.path, slate.done, slate.rows, slate.alone_by, slate.following
    begins, places, strange = chunks.begins[script], chunks.place[script], chunks.strange[script]
    slots, written = slate.slots, slate.written
    found = used = 0
    while node < end:
        branch = branches[node]
        if sounds_apart(branch, sounds) or depth_of(branch) > 3 * m + 1:
            node = next_of(branch)
            continue
        depth, letter = depth_of(branch), letter_of(branch)
        path[depth] = letter
        first, last = leaf_starts[node], leaf_starts[node + 1]
        i, after = depth - 1, kind(letter)
        may_come = True
        while True:
            if done[i, after] == 0:
                # The sums of the beginning of ``i`` letters, which a letter of kind ``after`` follows.
                into = np.uint64((3 * i + after) * ROW + PAD)
                for j in range(np.uint64(width)):
                    rows[into + j] = 0.0
                alone = 0.0
                code, step = 0, 1
                for begin in range(i - 1, max(i - 4, -1), -1):
                    code += path[begin + 1] * step
                    step *= LATIN_LETTERS
                    context, front = kind(path[begin]) * 3 + after, kind(path[begin + 1])
                    place = np.int64(places[code])
                    if place < 0:
                        alone += alone_by[begin, front] * strange
                        continue
                    if slots[place, context] < 0:
                        _lay(chunks, slate, place, context, m, width, used)
                        used += 1
                    at = np.int64(slots[place, context]) * (HEAD + 2 * width)
                    alone += alone_by[begin, front] * written[at]
                    silent = written[at + 1]
                    by_one, by_two = np.uint64(at + HEAD), np.uint64(at + HEAD + width)
                    row = (3 * begin + front) * ROW + PAD
                    here, one_back, two_back = np.uint64(row), np.uint64(row - 1), np.uint64(row - 2)
                    for j in range(np.uint64(width)):
                        total = rows[into + j] + rows[here + j] * silent
                        total += rows[one_back + j] * written[by_one + j]
                        rows[into + j] = total + rows[two_back + j] * written[by_two + j]
                alone_by[i, after] = alone
                done[i, after] = 1
            if i == depth:
                said = spoken(rows[(3 * i + after) * ROW + PAD + m] / alone_by[i, after], weight)
                for at in range(first if said > 0 else last, last):
                    token = leaf_tokens[at]
                    if not differ(sounds, np.int64(consonants_of[token])):
                        found_tokens[found] = token
                        says[found] = said
                        found += 1
                break
            may_come = False
            for back in range(1, min(depth, 3) + 1):
                # The next cut is ``back`` letters before the end of the branch.
                begin = depth - back
                code = path[begin + 1]
                if back > 1:
                    code = np.int64(begins[code * LATIN_LETTERS + path[begin + 2]])
                    if code < 0 or (
                        back == 3
                        and places[(path[begin + 1] * LATIN_LETTERS + path[begin + 2]) * LATIN_LETTERS + letter] < 0
                    ):
                        continue
                    code += LATIN_LETTERS
                front = kind(path[begin + 1])
                here, there = (
                    np.uint64((3 * begin + front) * ROW + PAD),
                    np.uint64((3 * code + kind(path[begin])) * width),
                )
                even = odd = 0.0
                for _ in range(width // BLOCK):
                    even += rows[here] * following[there] + rows[here + _TWO] * following[there + _TWO]
                    odd += rows[here + _ONE] * following[there + _ONE] + rows[here + _THREE] * following[there + _THREE]
                    here += _FOUR
                    there += _FOUR
                if (even + odd) * ROUNDING >= lowest * alone_by[begin, front]:
                    may_come = True
                    break
            if not may_come:
                break
            done[depth, 0] = done[depth, 1] = done[depth, 2] = 0
            if first == last or depth < 2 or m > depth + 2:
                break
            i, after = depth, 0
        node = node + 1 if may_come else next_of(branch)
    return found


@compiled
def _begin(chunks: Chunks, slate: Slate, script: int, m: int, width: int) -> None:
    pairs, letters = slate.pairs, slate.letters
    for j in range(2, m + 1):
        pairs[j] = chunks.pair[letters[j - 1] * CHUNK_LETTERS + letters[j]]
    slate.following[: (LATIN_LETTERS + len(chunks.front)) * 3 * width] = 0.0
    _set_most(chunks, slate, script, m, width)
    slate.slots[chunks.spans[script] : chunks.spans[script + 1]] = -1
    slate.path[0] = 0
    for after in range(3):
        slate.rows[after * ROW : after * ROW + PAD + width] = 0.0
        slate.rows[after * ROW + PAD] = 1.0
        slate.alone_by[0, after], slate.done[0, after] = 1.0, 1


@compiled
def _set_most(chunks: Chunks, slate: Slate, script: int, m: int, width: int) -> None:
    """Sets the most that the rest of a native word from each place can come to, whatever Latin it renders, and by how
    that begins."""
    mass, pairs, letters, chances = slate.mass, slate.pairs, slate.letters, slate.chances
    following, limit = slate.following, chunks.limit
    first, last = chunks.spans[script], chunks.spans[script + 1]
    chances[first:last] = 0.0
    mass[m] = 1.0
    _spread(chunks.hush, chances, chunks.front, chunks.fronts, following, first, last, m, width, 1.0, limit)
    for j in range(m - 1, -1, -1):
        _set_one(chunks.ones[letters[j + 1]], chances, first, last, mass[j + 1])
        if j + 1 < m and pairs[j + 2] >= 0:
            _add_two(chunks.units[pairs[j + 2]], chunks.two_shares, chances, first, last, mass[j + 2])
        mass[j] = _solved(chunks.loud, chances, first, last, limit)
        _spread(chunks.hush, chances, chunks.front, chunks.fronts, following, first, last, j, width, mass[j], limit)


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
    following: Floats,
    first: int,
    last: int,
    j: int,
    width: int,
    rest: float,
    limit: float,
) -> None:
    """Notes what may follow place ``j`` by the chunk that comes next, which may be silent."""
    for place in range(first, last):
        letter, two = front[place], fronts[place]
        for before in range(3):
            most = 0.0
            for context in range(3 * before, 3 * before + 3):
                most = max(most, hush[place, context] * rest + chances[place, context])
            most = min(most, limit)
            at = (letter * 3 + before) * width + j
            following[at] = max(following[at], most)
            if two >= 0:
                at = ((LATIN_LETTERS + two) * 3 + before) * width + j
                following[at] = max(following[at], most)


@compiled
def _lay(chunks: Chunks, slate: Slate, place: int, context: int, m: int, width: int, slot: int) -> None:
    """Lays out a chunk in one context: its chance, that of nothing, and by place in the native word those of the
    letter and of the two letters that end there."""
    written, begin = slate.written, slot * (HEAD + 2 * width)
    written[begin], written[begin + 1] = chunks.own[place, context], chunks.silent[place, context]
    ones, twos = begin + HEAD, begin + HEAD + width
    for j in range(width):
        written[ones + j] = written[twos + j] = 0.0
    for j in range(1, m + 1):
        written[ones + j] = chunks.single[slate.letters[j], place, context]
        if j > 1 and slate.pairs[j] >= 0:
            unit = np.int64(chunks.two[place, slate.pairs[j]])
            if unit >= 0:
                written[twos + j] = chunks.probs[unit, context]
    slate.slots[place, context] = slot
