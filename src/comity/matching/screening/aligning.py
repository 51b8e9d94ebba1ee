"""Two names compared, compiled: the same function as :func:`comity.matching.names.likeness.compare_names`."""

from __future__ import annotations

import numpy as np

from comity.matching.compiled import compiled
from comity.matching.names.evidence import evidence
from comity.matching.names.likeness import JOINED_LEAST, MERGED_LEAST
from comity.matching.names.tokens import MAX_TOKENS
from comity.matching.screening.columns import Bytes, Joined, Longs, Names, Tokens
from comity.matching.screening.letters import WORD, banded_distance, bits, distance_to
from comity.matching.screening.numbers import Numbers
from comity.matching.screening.reaching import is_text_of_two
from comity.matching.screening.scratch import Asked, Desk, Room

NEVER = -1e9


def make_room() -> Room:
    """Fresh room."""
    return Room(
        np.zeros((MAX_TOKENS, MAX_TOKENS), dtype=np.int64),
        np.zeros((MAX_TOKENS, MAX_TOKENS), dtype=np.int64),
        np.zeros((3 * MAX_TOKENS * MAX_TOKENS, 7), dtype=np.int64),
    )


@compiled
def joined_edits(length: int) -> int:
    """Edits allowed between names without spaces, by the length of the longer."""
    return 0 if length < 10 else 1 if length < 20 else 2 if length < 30 else 3


@compiled
def compare(
    tokens: Tokens,
    names: Names,
    joined: Joined,
    numbers: Numbers,
    asked: Asked,
    desk: Desk,
    room: Room,
    name: int,
    least: float,
) -> float:
    """Evidence of the name asked and the list's name ``name``, or :data:`NEVER` where they are no candidates."""
    is_weak = asked.is_weak or names.weak[name] != 0
    weight = np.int64(names.weights[name])
    firm, agreed, lacking, mine, theirs = _align(tokens, names, numbers, asked, desk, room, name)
    best = evidence(agreed, lacking, mine, theirs, asked.weight, weight, is_weak, numbers.evidence)
    distance = _joined_distance(names, joined, asked, name)
    is_equal = distance == 0
    length = joined.starts[name + 1] - joined.starts[name]
    is_joined = distance >= 0 and min(length, len(asked.joined)) >= JOINED_LEAST
    if is_joined and len(asked.weights) != names.starts[name + 1] - names.starts[name]:
        shared = min(asked.weight, weight)
        length = max(len(asked.joined), length)
        agreed = shared * (1000 - 1000 * distance // length - numbers.joined_deduction) // 1000
        found = evidence(agreed, shared - agreed, 0, 0, asked.weight, weight, is_weak, numbers.evidence)
        if found > best:
            return found if found >= least else NEVER
    return best if best >= least and (firm or is_equal) else NEVER


@compiled
def _joined_distance(names: Names, joined: Joined, asked: Asked, name: int) -> int:
    """Distance of the two names without spaces, or -1 where it is more than allowed: none for names with equal
    numbers of tokens."""
    start, end = joined.starts[name], joined.starts[name + 1]
    length, mine = end - start, len(asked.joined)
    most = joined_edits(max(length, mine))
    if len(asked.weights) == names.starts[name + 1] - names.starts[name]:
        most = 0
    if abs(length - mine) > most or bits(joined.masks[name] ^ asked.mask) > 2 * most:
        return -1
    if most == 0:
        for n in range(length):
            if joined.codes[start + n] != asked.joined[n]:
                return -1
        return 0
    if mine <= WORD:
        distance = distance_to(asked.patterns, mine, joined.codes, start, end)
    else:
        distance = banded_distance(asked.joined, 0, mine, joined.codes, start, end, most)
    return distance if distance <= most else -1


@compiled
def _align(
    tokens: Tokens, names: Names, numbers: Numbers, asked: Asked, desk: Desk, room: Room, name: int
) -> tuple[bool, int, int, int, int]:
    """(firm, agreed, lacking, query missing, match missing) of the greedy one-to-one alignment."""
    count = _pairs(tokens, names, numbers, asked, desk, room, name)
    begin = names.starts[name]
    pairs = room.pairs
    mine = theirs = np.int64(0)
    firm = False
    agreed = lacking = np.int64(0)
    while True:
        best = -1
        for n in range(count):
            if (best < 0 or pairs[n, 0] > pairs[best, 0]) and mine & pairs[n, 5] == 0 and theirs & pairs[n, 6] == 0:
                best = n
        if best < 0:
            break
        i, j, kind = pairs[best, 1], pairs[best, 2], pairs[best, 3]
        mine |= pairs[best, 5]
        theirs |= pairs[best, 6]
        agreed += pairs[best, 0]
        lacking += pairs[best, 4] - pairs[best, 0]
        is_long = asked.starts[i + 1] - asked.starts[i] > 1 and tokens.lengths[names.tokens[begin + j]] > 1
        firm = firm or kind > 0 or is_long
    query_missing = match_missing = np.int64(0)
    for i in range(len(asked.weights)):
        if mine & (np.int64(1) << i) == 0:
            query_missing += asked.costs[i]
    for j in range(names.starts[name + 1] - begin):
        if theirs & (np.int64(1) << j) == 0:
            match_missing += names.costs[begin + j]
    return firm, agreed, lacking, query_missing, match_missing


@compiled
def _pairs(tokens: Tokens, names: Names, numbers: Numbers, asked: Asked, desk: Desk, room: Room, name: int) -> int:
    """Writes (agreed, i, j, kind, shared) rows in the order of i and j; kind 0 is token to token, 2 a token to two of
    the match written together, 1 two of the query to a token. Returns how many."""
    begin = names.starts[name]
    mine, theirs = len(asked.weights), names.starts[name + 1] - begin
    _fill(names, asked, desk, room, name)
    starts, codes, held = asked.starts, asked.codes, names.tokens
    lengths, token_starts, token_codes, weights = tokens.lengths, tokens.starts, tokens.codes, tokens.weights
    pairs, agreed_by, shared_by = room.pairs, room.agreed, room.shared
    count = 0
    for i in range(mine):
        start, end = starts[i], starts[i + 1]
        length, both = end - start, (starts[i + 2] - start if i + 1 < mine else 0)
        for j in range(theirs):
            token = held[begin + j]
            other = lengths[token]
            agreed, shared = agreed_by[i, j], shared_by[i, j]
            if (length == 1) != (other == 1) and codes[start] == token_codes[token_starts[token]]:
                initial = min(numbers.initial, max(asked.weights[i], np.int64(weights[token])) // 2)
                if initial > agreed:
                    agreed = shared = initial
            if agreed > 0:
                agreed = agreed * numbers.tags[asked.tags[i], names.tags[begin + j]] // 1000
                count = _write(pairs, count, agreed, i, j, 0, shared)
            if j + 1 < theirs and length >= MERGED_LEAST and other + lengths[held[begin + j + 1]] == length:
                after = held[begin + j + 1]
                if _is_split(tokens, token, after, codes, start):
                    shared = min(np.int64(weights[token]) + np.int64(weights[after]), asked.weights[i])
                    count = _write(pairs, count, shared * numbers.merged // 1000, i, j, 2, shared)
            if (
                both == other
                and other >= MERGED_LEAST
                and is_text_of_two(tokens, token, codes, start, start + both, 0, 0)
            ):
                shared = min(asked.weights[i] + asked.weights[i + 1], np.int64(weights[token]))
                count = _write(pairs, count, shared * numbers.merged // 1000, i, j, 1, shared)
    return count


@compiled
def _fill(names: Names, asked: Asked, desk: Desk, room: Room, name: int) -> None:
    """Writes what each token of the query and each of the name agree on and share."""
    begin, end = names.starts[name], names.starts[name + 1]
    heads, entries, agreed, shared = desk.heads, desk.entries, room.agreed, room.shared
    for i in range(len(asked.weights)):
        for j in range(end - begin):
            agreed[i, j] = 0
    for j in range(end - begin):
        at = heads[names.tokens[begin + j]]
        while at >= 0:
            i = entries[at, 0]
            if entries[at, 1] > agreed[i, j]:
                agreed[i, j] = entries[at, 1]
                shared[i, j] = entries[at, 2]
            at = entries[at, 3]


@compiled
def _write(pairs: Longs, count: int, agreed: int, i: int, j: int, kind: int, shared: int) -> int:
    if agreed <= 0:
        return count
    pairs[count, 0] = agreed
    pairs[count, 1] = i
    pairs[count, 2] = j
    pairs[count, 3] = kind
    pairs[count, 4] = shared
    pairs[count, 5] = np.int64(3 if kind == 1 else 1) << i
    pairs[count, 6] = np.int64(3 if kind == 2 else 1) << j
    return count + 1


@compiled
def _is_split(tokens: Tokens, first: int, second: int, codes: Bytes, start: int) -> bool:
    """Whether the text at ``start`` is two tokens of the list written together."""
    for at in range(tokens.starts[first], tokens.starts[first + 1]):
        if codes[start] != tokens.codes[at]:
            return False
        start += 1
    for at in range(tokens.starts[second], tokens.starts[second + 1]):
        if codes[start] != tokens.codes[at]:
            return False
        start += 1
    return True
