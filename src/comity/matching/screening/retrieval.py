"""Which names of a list may be the name that is asked, and which owners: nothing is lost that comparing all would find.

The query's tokens, alone and two written together, are *units*; each reaches some tokens of the list and so the
names that hold them. Units that even all together cannot bring a name to the least evidence are not followed
(MaxScore); the names of the others are followed up with the most they can still reach, and compared where that is
enough. Names that agree only without their spaces are found by pieces of four letters, of which so many are kept
that the allowed edits cannot touch them all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.names.evidence import evidence
from comity.matching.names.likeness import MERGED_LEAST
from comity.matching.screening.aligning import NEVER, compare, joined_edits
from comity.matching.screening.building import LATER, LENGTH_BITS, MIDDLE, PIECE
from comity.matching.screening.columns import Bytes, Ints, Joined, Longs, Names, Owners, Tokens
from comity.matching.screening.handles import AskedHandle, DeskHandle, MostHandle, UnitsHandle
from comity.matching.screening.letters import CODES, bits, hash_of, mask_of, piece_of, set_patterns
from comity.matching.screening.numbers import Numbers
from comity.matching.screening.order import descending, first_above, first_at_least
from comity.matching.screening.reaching import first_with_text, is_text
from comity.matching.screening.scratch import UNITS, Asked, Desk, Most, Room, Units

AGREED, SAVED, COVERED, MARK = range(4)
"""Columns of the desk's rows by name; a mark is the stamp of the name asked and, below it, the last unit."""
UNIT_BITS = 8
DONE = (1 << UNIT_BITS) - 1
"""The unit of a name that was compared."""
_LARGEST = 1 << 40
ANY_WEIGHT = 1 << 24
_MOST_COVERED = 1 << 30
"""More than two tokens weigh."""


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
    units, count = _units(tokens, names, numbers, asked)
    _set_heads(asked, desk)
    most = _followed(numbers, asked, units, count, least)
    touched = _follow(tokens, names, asked, units, count, desk, stamp)
    touched = _reachable(names, owners, numbers, asked, desk, most, kinds, touched, least)
    touched = _holding(names, numbers, asked, desk, most, touched, least)
    for n in range(touched):
        name = desk.touched[n]
        desk.rows[name, MARK] = stamp << UNIT_BITS | DONE
        value = compare(tokens, names, joined, numbers, asked, desk, room, name, least)
        found = _keep(names, desk, name, value, number, asked_stamp, found)
    candidates = _without_spaces(joined, asked, desk, stamp)
    for n in range(candidates):
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
        desk.rows,
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


@compiled
def _units(tokens: Tokens, names: Names, numbers: Numbers, asked: Asked) -> tuple[Units, int]:
    units = UnitsHandle(
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.bool_),
        np.zeros(UNITS, dtype=np.bool_),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
        np.zeros(UNITS, dtype=np.int64),
    )
    count = 0
    for i in range(len(asked.weights)):
        start, end = asked.starts[i], asked.starts[i + 1]
        if asked.reach_count[i] > 0:
            reach_at = asked.reach_at[i]
            mass, agreed, covered = _weighed(
                asked.reached, reach_at, reach_at + asked.reach_count[i], tokens.weights, tokens.name_starts
            )
            count = _add(units, count, mass, agreed, asked.costs[i], covered, end - start > 1, 0, i, 0)
        if end - start >= MERGED_LEAST:
            hashed = hash_of(asked.codes, start, end)
            first = first_at_least(names.pair_hashes, hashed)
            if first < len(names.pair_hashes) and names.pair_hashes[first] == hashed:
                last = first_above(names.pair_hashes, hashed)
                agreed = asked.weights[i] * numbers.merged // 1000
                count = _add(units, count, last - first, agreed, asked.costs[i], ANY_WEIGHT, True, 2, i, first)
        if i + 1 < len(asked.weights) and asked.starts[i + 2] - start >= MERGED_LEAST:
            token = first_with_text(tokens, asked.codes, start, asked.starts[i + 2])
            if token >= 0:
                mass = 0
                other = token
                while other < len(tokens.weights) and is_text(tokens, other, asked.codes, start, asked.starts[i + 2]):
                    mass += tokens.name_starts[other + 1] - tokens.name_starts[other]
                    other += 1
                agreed = (asked.weights[i] + asked.weights[i + 1]) * numbers.merged // 1000
                count = _add(
                    units, count, mass, agreed, asked.costs[i] + asked.costs[i + 1], ANY_WEIGHT, True, 1, i, token
                )
    return units, count


@compiled
def _weighed(reached: Ints, begin: int, end: int, weights: Ints, starts: Longs) -> tuple[int, int, int]:
    """(names, most agreed, greatest weight) of the rows of one token."""
    mass = agreed = covered = np.int64(0)
    for at in range(begin, end):
        token = np.int64(reached[at, 0])
        agreed = max(agreed, np.int64(reached[at, 1]))
        covered = max(covered, np.int64(weights[token]))
        mass += starts[token + 1] - starts[token]
    return mass, agreed, covered


@compiled
def _add(
    units: Units,
    count: int,
    mass: int,
    agreed: int,
    saved: int,
    covered: int,
    leads: bool,
    kind: int,
    place: int,
    first: int,
) -> int:
    units.mass[count] = mass
    units.agreed[count] = agreed
    units.saved[count] = saved
    units.covered[count] = covered
    units.leads[count] = leads
    units.kind[count] = kind
    units.place[count] = place
    units.first[count] = first
    return count + 1


@compiled
def _ceiling(numbers: Numbers, asked: Asked, agreed: int, missing: int) -> float:
    """The most evidence of a name that agrees on ``agreed`` and leaves at least ``missing`` of the query open.

    Evidence goes one way with the other name's weight, so its two ends bound it.
    """
    missing = max(0, missing)
    light = evidence(agreed, 0, missing, 0, asked.weight, 0, asked.is_weak, numbers.evidence)
    heavy = evidence(agreed, 0, missing, 0, asked.weight, _LARGEST, asked.is_weak, numbers.evidence)
    return max(light, heavy)


@compiled
def _followed(numbers: Numbers, asked: Asked, units: Units, count: int, least: float) -> Most:
    """Settles which units are followed; what the others and initials can add to a name."""
    order = descending(asked.costs, len(asked.costs))
    costs = np.empty(len(order), dtype=np.int64)
    initials = 0
    for n in range(len(order)):
        costs[n] = asked.costs[order[n]]
        initials += 1 if asked.starts[n + 1] - asked.starts[n] == 1 else 0
    agreed = initials * np.int64(numbers.initial)
    saved = _initial_saving(costs, initials)
    covered = np.int64(0)
    for n in range(count):
        units.followed[n] = units.leads[n]
        if not units.leads[n]:
            agreed += units.agreed[n]
            saved += units.saved[n]
            covered += units.covered[n]
    for n in descending(units.mass, count):
        if not units.followed[n] or units.kind[n] > 0:
            continue
        more, less = agreed + units.agreed[n], saved + units.saved[n]
        if _ceiling(numbers, asked, more, asked.cost - less) >= least:
            break
        units.followed[n] = False
        agreed, saved, covered = more, less, covered + units.covered[n]
    low, high = np.int64(0), np.int64(1) << 30
    while low < high:
        middle = (low + high) // 2
        if _ceiling(numbers, asked, middle, 0) >= least:
            high = middle
        else:
            low = middle + 1
    return MostHandle(agreed, saved, covered, initials, costs, low)


@compiled
def _initial_saving(costs: Longs, most: int) -> int:
    """The greatest costs that ``most`` initials can save."""
    saved = np.int64(0)
    for n in range(min(most, len(costs))):
        saved += costs[n]
    return saved


@compiled
def _follow(
    tokens: Tokens,
    names: Names,
    asked: Asked,
    units: Units,
    count: int,
    desk: Desk,
    stamp: int,
) -> int:
    """Touches every name that a followed unit leads to; the others lead to names with an initial alone, which the
    bound of what is not followed leaves out."""
    touched = 0
    rows, order = desk.rows, desk.touched
    for n in range(count):
        if not units.leads[n]:
            continue
        i, saved, mark = units.place[n], units.saved[n], stamp << UNIT_BITS | n
        if units.kind[n] == 0:
            ends = tokens.name_starts[1:] if units.followed[n] else tokens.initial_ends
            begin = asked.reach_at[i]
            end = begin + asked.reach_count[i]
            touched = _touch_reached(
                rows, order, tokens.names, tokens.name_starts, ends, tokens.weights, asked.reached, begin, end, saved,
                mark, touched,
            )  # fmt: skip
        elif units.kind[n] == 1:
            token = units.first[n]
            start, end = asked.starts[i], asked.starts[i + 2]
            while token < len(tokens.weights) and is_text(tokens, token, asked.codes, start, end):
                touched = _touch(
                    rows,
                    order,
                    tokens.names,
                    tokens.name_starts[token],
                    tokens.name_starts[token + 1],
                    units.agreed[n],
                    saved,
                    ANY_WEIGHT,
                    mark,
                    touched,
                )
                token += 1
        else:
            first = units.first[n]
            last = first + units.mass[n]
            agreed = units.agreed[n]
            touched = _touch(rows, order, names.pair_names, first, last, agreed, saved, ANY_WEIGHT, mark, touched)
    return touched


@compiled
def _touch_reached(
    rows: Ints, order: Ints, held: Ints, starts: Longs, ends: Longs, weights: Ints, reached: Ints, begin: int,
    end: int, saved: int, mark: int, touched: int,
) -> int:  # fmt: skip
    """Touches the names of every token that one token reaches, ``held[starts[t]:ends[t]]``."""
    for at in range(begin, end):
        token, agreed = np.int64(reached[at, 0]), np.int64(reached[at, 1])
        covered = np.int64(weights[token])
        touched = _touch(rows, order, held, starts[token], ends[token], agreed, saved, covered, mark, touched)
    return touched


@compiled
def _touch(
    rows: Ints, order: Ints, held: Ints, begin: int, end: int, agreed: int, saved: int, covered: int, mark: int,
    touched: int,
) -> int:  # fmt: skip
    """Adds what one unit reaches to the names ``held[begin:end]``; of several tokens of one unit the first, which
    agrees most."""
    for place in range(begin, end):
        name = held[place]
        before = np.int64(rows[name, MARK])
        if before >> UNIT_BITS != mark >> UNIT_BITS:
            rows[name, AGREED] = agreed
            rows[name, SAVED] = saved
            rows[name, COVERED] = covered
            rows[name, MARK] = mark
            order[touched] = name
            touched += 1
            continue
        rows[name, COVERED] = min(np.int64(rows[name, COVERED]) + covered, _MOST_COVERED)
        if before != mark:
            rows[name, AGREED] += agreed
            rows[name, SAVED] += saved
            rows[name, MARK] = mark
    return touched


@compiled
def _reachable(
    names: Names,
    owners: Owners,
    numbers: Numbers,
    asked: Asked,
    desk: Desk,
    most: Most,
    kinds: NDArray[np.bool_],
    touched: int,
    least: float,
) -> int:
    """Keeps of the names touched those of a fitting kind that may come to ``least`` by what units reach of them."""
    rows, order, initials_of, sums = desk.rows, desk.touched, names.initials, names.sums
    weights, weak, owner_of, kind_of = names.weights, names.weak, names.owners, owners.kinds
    coefficients, costs, total, weight = numbers.evidence, most.costs, asked.cost, asked.weight
    more, saved_more, covered_more, least_agreed = most.agreed, most.saved, most.covered, most.least_agreed
    mine, initial, dearest, is_weak = most.initials, numbers.initial, numbers.dearest, asked.is_weak
    kept = 0
    for n in range(touched):
        name = order[n]
        initials = np.int64(initials_of[name])
        agreed = rows[name, AGREED] + more + initials * initial
        if agreed < least_agreed or not kinds[kind_of[owner_of[name]]]:
            continue
        saved = rows[name, SAVED] + saved_more + _initial_saving(costs, initials)
        theirs = np.int64(0)
        if initials + mine == 0:
            theirs = max(0, np.int64(sums[name]) - (rows[name, COVERED] + covered_more) * dearest // 1000)
        found = evidence(
            agreed,
            0,
            max(0, total - saved),
            theirs,
            weight,
            np.int64(weights[name]),
            is_weak or weak[name] != 0,
            coefficients,
        )
        if found >= least:
            order[kept] = name
            kept += 1
    return kept


@compiled
def _holding(names: Names, numbers: Numbers, asked: Asked, desk: Desk, most: Most, touched: int, least: float) -> int:
    """Keeps of the names touched those whose tokens may bring them to ``least``, all pairs being free.

    An initial of either side is given the best partner there can be; names that hold something written together
    with its neighbour are left to the comparison.
    """
    rows, order, heads, entries = desk.rows, desk.touched, desk.heads, desk.entries
    starts, held, costs, query_costs = names.starts, names.tokens, names.costs, asked.costs
    initials_of, weights, weak = names.initials, names.weights, names.weak
    coefficients, weight, is_weak = numbers.evidence, asked.weight, asked.is_weak
    initial, query_initials = numbers.initial, most.initials
    by_token = np.zeros(len(query_costs), dtype=np.int64)
    kept = 0
    for n in range(touched):
        name = order[n]
        by_token[:] = 0
        by_list, theirs, dearest = _held(heads, entries, held, costs, starts[name], starts[name + 1], by_token)
        by_query, mine, open_most = _left(query_costs, by_token)
        initials = query_initials + np.int64(initials_of[name])
        agreed = min(by_list, by_query) + initials * initial
        mine, theirs = max(0, mine - initials * open_most), max(0, theirs - initials * dearest)
        is_either_weak = is_weak or weak[name] != 0
        found = evidence(agreed, 0, mine, theirs, weight, np.int64(weights[name]), is_either_weak, coefficients)
        if found >= least or rows[name, COVERED] >= ANY_WEIGHT:
            order[kept] = name
            kept += 1
    return kept


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


@compiled
def _without_spaces(joined: Joined, asked: Asked, desk: Desk, stamp: int) -> int:
    """Writes the names that may agree without spaces and are not yet compared to ``desk.touched``; how many."""
    length = len(asked.joined)
    count = 0
    hashed = hash_of(asked.joined, 0, length)
    at = first_at_least(joined.by_hash, hashed)
    while at < len(joined.by_hash) and joined.by_hash[at] == hashed:
        count = _collect(joined, asked, np.int64(joined.hashed[at]), desk, stamp, count)
        at += 1
    longest = length
    while longest + 1 - length <= joined_edits(longest + 1):
        longest += 1
    most = joined_edits(longest)
    if most == 0 or length < PIECE:
        return count
    count = _by_piece(joined, asked, joined.front, joined.front_names, 0, most, desk, stamp, count)
    count = _by_piece(joined, asked, joined.back, joined.back_names, length - PIECE, most, desk, stamp, count)
    for shift in range(-most, most + 1):
        if most >= 2:
            count = _by_piece(
                joined, asked, joined.middle, joined.middle_names, MIDDLE + shift, most, desk, stamp, count
            )
        if most >= 3:
            count = _by_piece(joined, asked, joined.later, joined.later_names, LATER + shift, most, desk, stamp, count)
    return count


@compiled
def _by_piece(
    joined: Joined, asked: Asked, keys: Longs, held: Ints, place: int, most: int, desk: Desk, stamp: int, count: int
) -> int:
    length = len(asked.joined)
    if place < 0 or place + PIECE > length:
        return count
    piece = piece_of(asked.joined, place) << LENGTH_BITS
    at = first_at_least(keys, piece | max(0, length - most))
    last = piece | (length + most)
    while at < len(keys) and keys[at] <= last:
        count = _collect(joined, asked, np.int64(held[at]), desk, stamp, count)
        at += 1
    return count


@compiled
def _collect(joined: Joined, asked: Asked, name: int, desk: Desk, stamp: int, count: int) -> int:
    row = desk.rows[name]
    most = joined_edits(max(len(asked.joined), joined.starts[name + 1] - joined.starts[name]))
    done = stamp << UNIT_BITS | DONE
    if bits(joined.masks[name] ^ asked.mask) > 2 * most or row[MARK] == done:
        return count
    row[MARK] = done
    desk.touched[count] = name
    return count + 1
