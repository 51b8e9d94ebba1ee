"""From units to the names that may come to the least evidence.

Every name of a unit that must be followed is marked with the units that reach it, a bit each; so few combinations of
marks occur that each is judged once. What may suffice is looked at token by token, all pairs being free, before it is
compared. An initial may stand for any word that begins with it: the names with initials are marked for every unit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.names.evidence import evidence
from comity.matching.screening.columns import Halves, Ints, Longs, Names, Owners, Tokens
from comity.matching.screening.letters import bit_of
from comity.matching.screening.numbers import Numbers
from comity.matching.screening.order import descending
from comity.matching.screening.reaching import is_text
from comity.matching.screening.scratch import Asked, Desk, Units
from comity.matching.screening.units import (
    APART,
    MARKS,
    TOGETHER,
    brought,
    by_initials,
    ceiling,
    give_marks,
    least_agreed,
    settle,
)

OPEN = 1 << MARKS
"""The mark of a name whose marks do not tell the most it can come to."""
WRITTEN_TOGETHER = 1 << (MARKS + 1)
"""The mark of a name with words that one side writes together: it is compared without looking at its tokens."""
WITH_INITIAL = 1 << (MARKS + 2)
"""The mark of a name with a token of one letter."""
PAIRED = 4
"""Initials that may stand for a word are counted below this; more are taken for as many as there can be."""
CHEAP = 8
"""A unit that need not be followed is marked all the same if it reaches at most so many names for each one marked."""
FEW = 1000
_UPPER = np.uint64(32)


@compiled
def follow(
    tokens: Tokens,
    names: Names,
    owners: Owners,
    numbers: Numbers,
    asked: Asked,
    units: Units,
    count: int,
    desk: Desk,
    kinds: NDArray[np.bool_],
    least: float,
) -> int:
    """Writes every name of a fitting kind that may come to ``least`` by its tokens to ``desk.touched``; how many."""
    settle(numbers, asked, units, count, least)
    give_marks(units, count)
    touched = 0
    agreed = saved = np.int64(0)
    for n in range(count):
        if units.followed[n]:
            touched = _touch_all(tokens, names, asked, units, n, desk, touched)
        elif units.leads[n]:
            touched = _touch_initials(tokens, asked, units, n, desk, touched)
    order = descending(units.mass, count)
    for place in range(count - 1, -1, -1):
        n = order[place]
        if units.followed[n]:
            continue
        if units.mark[n] >= 0 and units.mass[n] <= CHEAP * touched + FEW:
            _mark_all(tokens, asked, units, n, desk)
        else:
            agreed += units.agreed[n]
            saved += units.saved[n]
    return _sift(
        names, owners, numbers, asked, units, count, desk, kinds, agreed, saved, touched, least
    )  # fmt: skip


@compiled
def _marks(units: Units, n: int) -> tuple[int, int]:
    """The marks of a unit: of what it reaches best, and of the lesser rest."""
    best = 1 << units.mark[n] if units.mark[n] >= 0 else OPEN
    return best, 1 << units.lesser[n] if units.lesser[n] >= 0 else best


@compiled
def _touch_all(tokens: Tokens, names: Names, asked: Asked, units: Units, n: int, desk: Desk, touched: int) -> int:
    best, lesser = _marks(units, n)
    masks, order, i = desk.masks, desk.touched, units.place[n]
    starts, middles = tokens.name_starts, tokens.initial_ends
    if units.kind[n] == APART:
        first = units.first[n]
        last = first + units.mass[n]
        return _touch(masks, order, names.pair_names, first, last, best | WRITTEN_TOGETHER, touched)
    if units.kind[n] == TOGETHER:
        token = units.first[n]
        begin, end = asked.starts[i], asked.starts[i + 2]
        while token < len(tokens.weights) and is_text(tokens, token, asked.codes, begin, end):
            mark = best | WRITTEN_TOGETHER
            touched = _touch(masks, order, tokens.names, starts[token], starts[token + 1], mark, touched)
            token += 1
        return touched
    for at in range(asked.reach_at[i], asked.reach_at[i] + asked.reach_count[i]):
        token = np.int64(asked.reached[at, 0])
        mark = best if at < units.split[n] else lesser
        touched = _touch(masks, order, tokens.names, starts[token], middles[token], mark | WITH_INITIAL, touched)
        touched = _touch(masks, order, tokens.names, middles[token], starts[token + 1], mark, touched)
    return touched


@compiled
def _touch_initials(tokens: Tokens, asked: Asked, units: Units, n: int, desk: Desk, touched: int) -> int:
    """Touches the names with an initial that a unit reaches."""
    best, lesser = _marks(units, n)
    i = units.place[n]
    for at in range(asked.reach_at[i], asked.reach_at[i] + asked.reach_count[i]):
        token = np.int64(asked.reached[at, 0])
        mark = best if at < units.split[n] else lesser
        first, last = tokens.name_starts[token], tokens.initial_ends[token]
        touched = _touch(desk.masks, desk.touched, tokens.names, first, last, mark | WITH_INITIAL, touched)
    return touched


@compiled
def _touch(masks: Halves, order: Ints, held: Ints, begin: int, end: int, mark: int, touched: int) -> int:
    """Marks the names ``held[begin:end]``; ``order`` has one place more than there are names."""
    for place in range(begin, end):
        name = held[place]
        before = masks[name]
        order[touched] = name
        touched += 1 if before == 0 else 0
        masks[name] = before | mark
    return touched


@compiled
def _mark_all(tokens: Tokens, asked: Asked, units: Units, n: int, desk: Desk) -> None:
    """Marks what a unit reaches among the names that are touched."""
    best, lesser = _marks(units, n)
    masks, held, i = desk.masks, tokens.names, units.place[n]
    for at in range(asked.reach_at[i], asked.reach_at[i] + asked.reach_count[i]):
        token = np.int64(asked.reached[at, 0])
        mark = best if at < units.split[n] else lesser
        for place in range(tokens.name_starts[token], tokens.name_starts[token + 1]):
            name = held[place]
            if masks[name] != 0:
                masks[name] |= mark


@compiled
def _sift(
    names: Names,
    owners: Owners,
    numbers: Numbers,
    asked: Asked,
    units: Units,
    count: int,
    desk: Desk,
    kinds: NDArray[np.bool_],
    agreed: int,
    saved: int,
    touched: int,
    least: float,
) -> int:
    """Keeps of the names touched those of a fitting kind that may come to ``least``, and clears their marks.

    What units that were not followed add is in ``agreed`` and ``saved``.
    """
    masks, order, owner_of, kind_of = desk.masks, desk.touched, names.owners, owners.kinds
    suffices = np.zeros((PAIRED, OPEN), dtype=np.int8)
    by_token = np.zeros(len(asked.costs), dtype=np.int64)
    lowest = least_agreed(numbers, asked, least)
    looked_at = WITH_INITIAL | WRITTEN_TOGETHER
    for i in range(len(asked.costs)):
        looked_at |= OPEN - 1 if asked.starts[i + 1] - asked.starts[i] == 1 else 0
    kept = 0
    for n in range(touched):
        name = order[n]
        marks = np.int64(masks[name])
        masks[name] = 0
        pairs = _paired(asked, names, name) if marks & looked_at != 0 else 0
        if marks & OPEN == 0:
            known, some = marks & (OPEN - 1), min(pairs, PAIRED - 1)
            if suffices[some, known] == 0:
                more, less = brought(units, count, known)
                put, kept_back = by_initials(numbers, asked, some if some < PAIRED - 1 else len(asked.costs))
                most = ceiling(numbers, asked, agreed + more + put, saved + less + kept_back)
                suffices[some, known] = 1 if most >= least else -1
            if suffices[some, known] < 0:
                continue
        if not kinds[kind_of[owner_of[name]]]:
            continue
        if marks & WRITTEN_TOGETHER != 0 or _may_hold(
            names, numbers, asked, desk, by_token, pairs, name, lowest, least
        ):
            order[kept] = name
            kept += 1
    return kept


@compiled
def _paired(asked: Asked, names: Names, name: int) -> int:
    """How many words of the query and a name may stand against an initial of the other."""
    letters = names.letters[name]
    mine = longer = 0
    for i in range(len(asked.costs)):
        bit = bit_of(asked.codes[asked.starts[i]])
        if asked.starts[i + 1] - asked.starts[i] == 1:
            mine += 1 if (letters >> _UPPER) & bit != 0 else 0
        else:
            longer += 1 if letters & bit != 0 else 0
    return mine + min(longer, np.int64(names.initials[name]))


@compiled
def _may_hold(
    names: Names,
    numbers: Numbers,
    asked: Asked,
    desk: Desk,
    by_token: Longs,
    pairs: int,
    name: int,
    lowest: int,
    least: float,
) -> bool:
    """Whether a name's tokens may bring it to ``least``, all pairs being free; each of the ``pairs`` of an initial and
    a word is given the best there can be."""
    by_token[:] = 0
    start, end = names.starts[name], names.starts[name + 1]
    by_list, theirs, dearest = _held(desk.heads, desk.entries, names.tokens, names.costs, start, end, by_token)
    by_query, mine, open_most = _left(asked.costs, by_token)
    agreed = min(by_list, by_query) + pairs * numbers.initial
    if agreed < lowest:
        return False
    mine, theirs = max(0, mine - pairs * open_most), max(0, theirs - pairs * dearest)
    is_weak = asked.is_weak or names.weak[name] != 0
    weight = np.int64(names.weights[name])
    return evidence(agreed, 0, mine, theirs, asked.weight, weight, is_weak, numbers.evidence) >= least


@compiled
def _held(
    heads: Ints, entries: Ints, held: Ints, costs: Ints, begin: int, end: int, by_token: Longs
) -> tuple[int, int, int]:
    """(agreed, left over, most left over of one token) of a name's tokens; ``by_token`` is set to the most that each
    token of the query agrees on."""
    agreed = left = dearest = np.int64(0)
    for place in range(begin, end):
        at = heads[held[place]]
        if at < 0:
            left += costs[place]
            dearest = max(dearest, np.int64(costs[place]))
        best = np.int64(0)
        while at >= 0:
            i, one = entries[at, 0], np.int64(entries[at, 1])
            by_token[i] = max(by_token[i], one)
            best = max(best, one)
            at = entries[at, 3]
        agreed += best
    return agreed, left, dearest


@compiled
def _left(costs: Longs, by_token: Longs) -> tuple[int, int, int]:
    """(agreed, left over, most left over of one token) of the query's tokens."""
    agreed = left = dearest = np.int64(0)
    for i in range(len(by_token)):
        agreed += by_token[i]
        if by_token[i] == 0:
            left += costs[i]
            dearest = max(dearest, costs[i])
    return agreed, left, dearest
