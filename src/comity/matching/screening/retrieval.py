"""Which names of a list may be the name that is asked, and which owners: nothing is lost that comparing all would find.

Names are found by their tokens (:mod:`comity.matching.screening.following`) or without their spaces
(:mod:`comity.matching.screening.spaceless`); all that is found is compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.screening.aligning import NEVER, compare
from comity.matching.screening.columns import Bytes, Ints, Joined, Longs, Names, Owners, Tokens
from comity.matching.screening.following import follow
from comity.matching.screening.handles import AskedHandle, DeskHandle
from comity.matching.screening.letters import CODES, mask_of, set_patterns
from comity.matching.screening.numbers import Numbers
from comity.matching.screening.scratch import Asked, Desk, Room
from comity.matching.screening.spaceless import without_spaces
from comity.matching.screening.units import units_of


@compiled
def retrieve(
    tokens: Tokens,
    names: Names,
    joined: Joined,
    owners: Owners,
    numbers: Numbers,
    codes: Bytes,
    joined_codes: Bytes,
    table: Longs,
    is_weak: bool,
    reached: Ints,
    number: int,
    kinds: NDArray[np.bool_],
    least: float,
    desk: Desk,
    room: Room,
    stamp: int,
    asked_stamp: int,
    found: int,
) -> int:
    """Compares every name that may reach ``least`` and keeps the best per owner; returns how many owners there are.

    ``table`` has the rows start, weight, tag, cost, reach_at and reach_count of the tokens asked, with one
    column more that ends the last start. ``number`` tells the names of one query apart, ``kinds`` says which schemas
    the query may be, ``stamp`` is new for each name asked and ``asked_stamp`` for each query.
    """
    asked = _asked(codes, joined_codes, table, is_weak, reached)
    desk = _with_entries(asked, desk)
    units, count = units_of(tokens, names, numbers, asked)
    _set_heads(asked, desk)
    touched = follow(tokens, names, owners, numbers, asked, units, count, desk, kinds, least)
    for n in range(touched):
        name = desk.touched[n]
        desk.done[name] = stamp
        value = compare(tokens, names, joined, numbers, asked, desk, room, name, least)
        found = _keep(names, desk, name, value, number, asked_stamp, found)
    for n in range(without_spaces(joined, asked, desk, stamp)):
        name = desk.touched[n]
        if not kinds[owners.kinds[names.owners[name]]]:
            continue
        value = compare(tokens, names, joined, numbers, asked, desk, room, name, least)
        found = _keep(names, desk, name, value, number, asked_stamp, found)
    _clear_heads(asked, desk)
    return found


@compiled
def _asked(codes: Bytes, joined: Bytes, table: Longs, is_weak: bool, reached: Ints) -> Asked:
    count = table.shape[1] - 1
    patterns = np.empty(CODES, dtype=np.uint64)
    set_patterns(patterns, joined, 0, len(joined))
    weight = cost = np.int64(0)
    for n in range(count):
        weight += table[1, n]
        cost += table[3, n]
    return AskedHandle(
        codes,
        table[0],
        table[1, :count],
        table[2, :count],
        table[3, :count],
        table[4, :count],
        table[5, :count],
        weight,
        cost,
        is_weak,
        joined,
        mask_of(joined, 0, len(joined)),
        patterns,
        reached,
    )


@compiled
def _with_entries(asked: Asked, desk: Desk) -> Desk:
    """The desk with room for all that the tokens asked reach."""
    needed = 0
    for count in asked.reach_count:
        needed += count
    if needed <= len(desk.entries):
        return desk
    return DeskHandle(
        desk.masks,
        desk.done,
        desk.touched,
        desk.heads,
        np.empty((needed, 4), dtype=np.int32),
        desk.best,
        desk.best_name,
        desk.best_asked,
        desk.owner_stamp,
        desk.owners,
    )


@compiled
def _keep(names: Names, desk: Desk, name: int, value: float, number: int, stamp: int, found: int) -> int:
    """Keeps the best pair of names of an owner: most evidence, then the earlier name asked, then the earlier name."""
    if value == NEVER:
        return found
    owner = names.owners[name]
    if desk.owner_stamp[owner] != stamp:
        desk.owner_stamp[owner] = stamp
        desk.owners[found] = owner
        found += 1
    elif value < desk.best[owner] or (
        value == desk.best[owner] and (number > desk.best_asked[owner] or name > desk.best_name[owner])
    ):
        return found
    desk.best[owner] = value
    desk.best_name[owner] = name
    desk.best_asked[owner] = number
    return found


@compiled
def _set_heads(asked: Asked, desk: Desk) -> None:
    reached, entries, heads = asked.reached, desk.entries, desk.heads
    entry = 0
    for i in range(len(asked.weights)):
        for at in range(asked.reach_at[i], asked.reach_at[i] + asked.reach_count[i]):
            token, agreed, shared = np.int64(reached[at, 0]), np.int64(reached[at, 1]), np.int64(reached[at, 2])
            entries[entry, 0] = i
            entries[entry, 1] = agreed
            entries[entry, 2] = shared
            entries[entry, 3] = heads[token]
            heads[token] = entry
            entry += 1


@compiled
def _clear_heads(asked: Asked, desk: Desk) -> None:
    reached, heads = asked.reached, desk.heads
    for i in range(len(asked.weights)):
        for at in range(asked.reach_at[i], asked.reach_at[i] + asked.reach_count[i]):
            heads[reached[at, 0]] = -1
