"""Two names compared, compiled: the same function as :func:`comity.matching.names.likeness.compare_names`."""

from __future__ import annotations

import numpy as np

from comity.matching.compiled import compiled
from comity.matching.names.evidence import evidence
from comity.matching.names.likeness import JOINED_LEAST, MERGED_LEAST
from comity.matching.names.tokens import MAX_TOKENS
from comity.matching.screening.columns import Bytes, Joined, Names, Tokens
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
        np.zeros((3 * MAX_TOKENS * MAX_TOKENS, 5), dtype=np.int64),
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
    mine = theirs = np.int64(0)
    firm = False
    agreed = lacking = np.int64(0)
    while True:
        best = -1
        for n in range(count):
            i, j, kind = room.pairs[n, 1], room.pairs[n, 2], room.pairs[n, 3]
            left = np.int64(1) << i if kind != 1 else np.int64(3) << i
            right = np.int64(1) << j if kind != 2 else np.int64(3) << j
            if mine & left == 0 and theirs & right == 0 and (best < 0 or room.pairs[n, 0] > room.pairs[best, 0]):
                best = n
        if best < 0:
            break
        i, j, kind = room.pairs[best, 1], room.pairs[best, 2], room.pairs[best, 3]
        mine |= np.int64(1) << i if kind != 1 else np.int64(3) << i
        theirs |= np.int64(1) << j if kind != 2 else np.int64(3) << j
        agreed += room.pairs[best, 0]
        lacking += room.pairs[best, 4] - room.pairs[best, 0]
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
    mine = len(asked.weights)
    theirs = names.starts[name + 1] - begin
    for i in range(mine):
        room.agreed[i, :theirs] = 0
    for j in range(theirs):
        token = names.tokens[begin + j]
        at = desk.heads[token]
        while at >= 0:
            i = desk.entries[at, 0]
            room.agreed[i, j] = desk.entries[at, 1]
            room.shared[i, j] = desk.entries[at, 2]
            at = desk.entries[at, 3]
    count = 0
    for i in range(mine):
        length = asked.starts[i + 1] - asked.starts[i]
        first = asked.codes[asked.starts[i]]
        is_last = i + 1 == mine
        for j in range(theirs):
            token = names.tokens[begin + j]
            other = tokens.lengths[token]
            agreed, shared = room.agreed[i, j], room.shared[i, j]
            if (length == 1) != (other == 1) and first == tokens.codes[tokens.starts[token]]:
                initial = min(numbers.initial, max(asked.weights[i], np.int64(tokens.weights[token])) // 2)
                if initial > agreed:
                    agreed = shared = initial
            agreed = agreed * numbers.tags[asked.tags[i], names.tags[begin + j]] // 1000
            if agreed > 0:
                count = _write(room, count, agreed, i, j, 0, shared)
            if j + 1 < theirs and length >= MERGED_LEAST:
                after = names.tokens[begin + j + 1]
                if other + tokens.lengths[after] == length and _is_split(
                    tokens, token, after, asked.codes, asked.starts[i]
                ):
                    both = np.int64(tokens.weights[token]) + np.int64(tokens.weights[after])
                    shared = min(both, asked.weights[i])
                    count = _write(room, count, shared * numbers.merged // 1000, i, j, 2, shared)
            if not is_last and asked.starts[i + 2] - asked.starts[i] == other and other >= MERGED_LEAST:
                if is_text_of_two(tokens, token, asked.codes, asked.starts[i], asked.starts[i + 2], 0, 0):
                    shared = min(asked.weights[i] + asked.weights[i + 1], np.int64(tokens.weights[token]))
                    count = _write(room, count, shared * numbers.merged // 1000, i, j, 1, shared)
    return count


@compiled
def _write(room: Room, count: int, agreed: int, i: int, j: int, kind: int, shared: int) -> int:
    if agreed <= 0:
        return count
    room.pairs[count, 0] = agreed
    room.pairs[count, 1] = i
    room.pairs[count, 2] = j
    room.pairs[count, 3] = kind
    room.pairs[count, 4] = shared
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
