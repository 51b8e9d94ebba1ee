"""What a query's tokens can bring a name to: each token, and each two written together, is a *unit* that reaches some
tokens of the list and so the names that hold them.

Units that even all together cannot bring a name to the least evidence need not be followed (MaxScore): whatever is
found is held by a name of one of the others.
"""

from __future__ import annotations

import numpy as np

from comity.matching.compiled import compiled
from comity.matching.names.evidence import evidence
from comity.matching.names.likeness import MERGED_LEAST
from comity.matching.screening.columns import Names, Tokens
from comity.matching.screening.handles import UnitsHandle
from comity.matching.screening.letters import hash_of
from comity.matching.screening.numbers import Numbers
from comity.matching.screening.order import descending, first_above, first_at_least
from comity.matching.screening.reaching import first_with_text, is_text
from comity.matching.screening.scratch import UNITS, Asked, Units

TOKEN, TOGETHER, APART = range(3)
"""Kinds of units: a token, two of the query written together, one that is two of a name."""
MARKS = 13
"""Bits by which a name tells which units reach it."""
_LARGEST = 1 << 40
LESSER = 750
"""Permille of the most a unit can agree on, below which tokens it reaches have a mark of their own."""


@compiled
def units_of(tokens: Tokens, names: Names, numbers: Numbers, asked: Asked) -> tuple[Units, int]:
    """The units of the name asked, and how many; none is followed yet and none has marks."""
    units = _room()
    count = 0
    for i in range(len(asked.weights)):
        start, end = asked.starts[i], asked.starts[i + 1]
        if asked.reach_count[i] > 0:
            count = _add_token(tokens, asked, units, count, i)
        if end - start >= MERGED_LEAST:
            hashed = hash_of(asked.codes, start, end)
            first = first_at_least(names.pair_hashes, hashed)
            if first < len(names.pair_hashes) and names.pair_hashes[first] == hashed:
                last = first_above(names.pair_hashes, hashed)
                agreed = asked.weights[i] * numbers.merged // 1000
                count = _add(units, count, last - first, agreed, asked.costs[i], APART, i, first)
        if i + 1 < len(asked.weights) and asked.starts[i + 2] - start >= MERGED_LEAST:
            token = first_with_text(tokens, asked.codes, start, asked.starts[i + 2])
            if token >= 0:
                mass = _holding(tokens, asked, token, start, asked.starts[i + 2])
                agreed = (asked.weights[i] + asked.weights[i + 1]) * numbers.merged // 1000
                count = _add(units, count, mass, agreed, asked.costs[i] + asked.costs[i + 1], TOGETHER, i, token)
    return units, count


@compiled
def _room() -> Units:
    return UnitsHandle(
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.bool_),
        np.zeros(UNITS, dtype=np.bool_),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.full(UNITS, -1, dtype=np.int64),
        np.full(UNITS, -1, dtype=np.int64),
    )


@compiled
def _holding(tokens: Tokens, asked: Asked, token: int, start: int, end: int) -> int:
    """Names that hold a token with the text that is asked from ``start`` to ``end``; ``token`` is the first."""
    mass = np.int64(0)
    while token < len(tokens.weights) and is_text(tokens, token, asked.codes, start, end):
        mass += tokens.name_starts[token + 1] - tokens.name_starts[token]
        token += 1
    return mass


@compiled
def _add_token(tokens: Tokens, asked: Asked, units: Units, count: int, i: int) -> int:
    """Adds the unit of token ``i``; its rows are sorted by what they agree on."""
    reached, begin = asked.reached, asked.reach_at[i]
    most = np.int64(reached[begin, 1])
    split = begin + asked.reach_count[i]
    mass = np.int64(0)
    for at in range(begin + asked.reach_count[i] - 1, begin - 1, -1):
        token = np.int64(reached[at, 0])
        mass += tokens.name_starts[token + 1] - tokens.name_starts[token]
        if 1000 * np.int64(reached[at, 1]) < LESSER * most:
            split = at
    units.split[count] = split
    units.second[count] = reached[split, 1] if split < begin + asked.reach_count[i] else 0
    leads = asked.starts[i + 1] - asked.starts[i] > 1
    count = _add(units, count, mass, most, asked.costs[i], TOKEN, i, 0)
    units.leads[count - 1] = leads
    return count


@compiled
def _add(units: Units, count: int, mass: int, agreed: int, saved: int, kind: int, place: int, first: int) -> int:
    units.mass[count] = mass
    units.agreed[count] = agreed
    units.saved[count] = saved
    units.leads[count] = True
    units.kind[count] = kind
    units.place[count] = place
    units.first[count] = first
    return count + 1


@compiled
def ceiling(numbers: Numbers, asked: Asked, agreed: int, saved: int) -> float:
    """The most evidence of a name that agrees on ``agreed`` and saves ``saved`` of what the query's tokens cost.

    Evidence goes one way with the other name's weight, so its two ends bound it.
    """
    missing = max(0, asked.cost - saved)
    light = evidence(agreed, 0, missing, 0, asked.weight, 0, asked.is_weak, numbers.evidence)
    heavy = evidence(agreed, 0, missing, 0, asked.weight, _LARGEST, asked.is_weak, numbers.evidence)
    return max(light, heavy)


@compiled
def least_agreed(numbers: Numbers, asked: Asked, least: float) -> int:
    """The least agreement that can suffice at all."""
    low, high = np.int64(0), np.int64(1) << 30
    while low < high:
        middle = (low + high) // 2
        if ceiling(numbers, asked, middle, asked.cost) >= least:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def settle(numbers: Numbers, asked: Asked, units: Units, count: int, least: float) -> None:
    """Settles which units must be followed.

    Names with an initial of their own may come to more than is reckoned here; who follows looks at them for every unit.
    """
    initials = 0
    for n in range(len(asked.costs)):
        initials += 1 if asked.starts[n + 1] - asked.starts[n] == 1 else 0
    agreed, saved = by_initials(numbers, asked, initials)
    for n in range(count):
        units.followed[n] = units.leads[n]
        if not units.leads[n]:
            agreed += units.agreed[n]
            saved += units.saved[n]
    for n in descending(units.mass, count):
        if not units.leads[n] or units.kind[n] != TOKEN:
            continue
        agreed += units.agreed[n]
        saved += units.saved[n]
        if ceiling(numbers, asked, agreed, saved) >= least:
            break
        units.followed[n] = False


@compiled
def by_initials(numbers: Numbers, asked: Asked, count: int) -> tuple[int, int]:
    """The most that so many words can agree on and save that one side gives a letter of."""
    saved = np.int64(0)
    for n in descending(asked.costs, len(asked.costs))[:count]:
        saved += asked.costs[n]
    return count * np.int64(numbers.initial), saved


@compiled
def give_marks(units: Units, count: int) -> None:
    """Gives each unit a mark, those that must be followed and the rarest first, and the lesser tokens that it reaches
    another one, as far as there are any."""
    order = descending(units.mass, count)
    mark = 0
    for turn in range(4):
        for place in range(count - 1, -1, -1):
            n = order[place]
            if units.followed[n] != (turn % 2 == 0) or mark == MARKS:
                continue
            if turn < 2:
                units.mark[n] = mark
                mark += 1
            elif units.kind[n] == TOKEN and units.second[n] > 0:
                units.lesser[n] = mark
                mark += 1


@compiled
def brought(units: Units, count: int, marks: int) -> tuple[int, int]:
    """(agreed, saved): the most that the units of these marks bring a name to."""
    agreed = saved = np.int64(0)
    for n in range(count):
        if units.mark[n] >= 0 and marks >> units.mark[n] & 1:
            agreed += units.agreed[n]
            saved += units.saved[n]
        elif units.lesser[n] >= 0 and marks >> units.lesser[n] & 1:
            agreed += units.second[n]
            saved += units.saved[n]
    return agreed, saved
