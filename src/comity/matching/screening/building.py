"""Subjects into columns: read once, in any order, nothing kept but columns and compact records."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np

from comity.matching.compiled import compiled
from comity.matching.names.channel import consonants
from comity.matching.names.likeness import MERGED_LEAST
from comity.matching.names.parameters import parameters
from comity.matching.names.tokens import Token, is_whole
from comity.matching.screening.columns import (
    Bytes,
    Columns,
    Hashes,
    Ints,
    Joined,
    Longs,
    Names,
    Owners,
    Tokens,
)
from comity.matching.screening.forest import grow
from comity.matching.screening.gathering import Gathered, gather
from comity.matching.screening.letters import bit_of, codes_of, hash_of, hash_of_two, mask_of, piece_of
from comity.matching.screening.spelling import (
    SHORT,
    deletions_by_length,
    directory_of,
    directory_width,
    rest_entries,
)
from comity.matching.subject import Subject

PIECE = 4
"""Letters of the pieces by which whole names are found."""
LENGTH_BITS = 11
MIDDLE, LATER = 6, 13
"""Where the third and fourth piece start: never beside another, so that a swap of neighbours breaks one alone."""
TWO_EDITS, THREE_EDITS = 18, 27
"""Least lengths of a name that may be two and three edits away from another."""
LARGEST_CODE = 0xFFFF


def build_columns(subjects: Iterable[Subject]) -> Columns:
    """The columns of ``subjects``; equal subjects give equal columns whatever their order."""
    return columns_of(gather(subjects))


def columns_of(read: Gathered) -> Columns:
    """Everything sorted: owners by id, names by owner and text, tokens by length and text; ``read`` is used up, each
    part forgotten as soon as its columns are there."""
    order = np.array(sorted(range(len(read.ids)), key=read.ids.__getitem__), dtype=np.int64)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    records, record_starts = _gathered_bytes(np.frombuffer(read.records, dtype=np.uint8), read.record_ends, order)
    read.forget("records", "record_ends")
    ids = [read.ids[n].encode() for n in order.tolist()]
    read.forget("ids")
    id_starts, id_bytes = _starts(len(one) for one in ids), np.frombuffer(b"".join(ids), dtype=np.uint8)
    del ids
    joined = _joined(read, rank)
    read.forget("joined", "joined_ends")
    tokens, token_rank = _token_table(read.tokens)
    read.forget("tokens")
    names = _names(read, rank, token_rank, tokens)
    read.forget("name_tokens", "name_ends", "tags", "costs", "weak")
    name_starts, initial_ends, posted = _inverted(names, len(tokens.starts) - 1)
    tokens = tokens._replace(name_starts=name_starts, initial_ends=initial_ends, names=posted)
    arrays = Columns(
        tokens=tokens,
        names=names,
        joined=joined,
        owners=_owners(read, order, rank),
        records=records,
        record_starts=record_starts,
        ids=id_bytes,
        id_starts=id_starts,
        schemas=tuple(sorted(read.schemas)),
    ).to_arrays()
    return Columns.from_arrays(arrays)


def _names(read: Gathered, rank: Ints, token_rank: Ints, tokens: Tokens) -> Names:
    owners = rank[np.frombuffer(read.name_owners, dtype=np.int32)]
    order = np.argsort(owners, kind="stable")
    ends = np.frombuffer(read.name_ends, dtype=np.int64)
    numbers = token_rank[np.frombuffer(read.name_tokens, dtype=np.int32)]
    held, starts = _gathered_ints(numbers, ends, order)
    costs, _ = _gathered_ints(np.frombuffer(read.costs, dtype=np.int32), ends, order)
    tags, _ = _gathered_bytes(np.frombuffer(read.tags, dtype=np.uint8), read.name_ends, order)
    owner_of_token = np.repeat(np.arange(len(order)), np.diff(starts))
    weights = np.bincount(owner_of_token, tokens.weights[held], len(order)).astype(np.int32)
    initials = np.bincount(owner_of_token, tokens.lengths[held] == 1, len(order)).astype(np.uint8)
    hashes, pairs = _neighbours(starts, held, tokens.codes, tokens.starts)
    by_hash = np.lexsort((pairs, hashes))
    return Names(
        starts=starts,
        tokens=held,
        tags=tags,
        costs=costs,
        owners=owners[order],
        weights=weights,
        initials=initials,
        letters=_beginnings(starts, held, tokens.codes, tokens.starts),
        weak=np.frombuffer(read.weak, dtype=np.uint8)[order],
        pair_hashes=hashes[by_hash],
        pair_names=pairs[by_hash],
    )


def _joined(read: Gathered, rank: Ints) -> Joined:
    order = np.argsort(rank[np.frombuffer(read.name_owners, dtype=np.int32)], kind="stable")
    held = np.frombuffer(read.joined, dtype=np.uint8)
    return _joined_table(*_gathered_bytes(held, read.joined_ends, order))


def _owners(read: Gathered, order: Longs, rank: Ints) -> Owners:
    years, year_starts = _gathered_ints(
        np.frombuffer(read.years, dtype=np.int32), np.frombuffer(read.year_ends, dtype=np.int64), order
    )
    hashes = np.frombuffer(read.identifiers, dtype=np.uint64)
    holders = rank[np.frombuffer(read.identifier_owners, dtype=np.int32)]
    by_hash = np.lexsort((holders, hashes))
    return Owners(
        kinds=_ranks(read.schemas)[np.frombuffer(read.kinds, dtype=np.uint8)[order]],
        year_starts=year_starts,
        years=years,
        identifier_hashes=hashes[by_hash],
        identifier_owners=holders[by_hash],
    )


def _ranks(schemas: Iterable[str]) -> Bytes:
    """The place of each schema when they are sorted."""
    ordered = sorted(schemas)
    return np.array([ordered.index(schema) for schema in schemas], dtype=np.uint8)


def own_codes(token: Token) -> list[int]:
    """A token in its own script, as the cross-script channel reads it: code points, 0 beyond the basic plane."""
    return [code if code <= LARGEST_CODE else 0 for code in map(ord, token.native or token.text)]


def _token_table(numbered: dict[Token, int]) -> tuple[Tokens, Ints]:
    """The table without names, and for each number of reading the place in it."""
    held = sorted(numbered, key=lambda token: (len(token.text), token.text, token.native, token.classes, token.weight))
    rank = np.empty(len(held), dtype=np.int32)
    for place, token in enumerate(held):
        rank[numbered[token]] = place
    codes = np.frombuffer(b"".join(codes_of(token.text) for token in held), dtype=np.uint8)
    starts = _starts(len(token.text) for token in held)
    lengths = np.diff(starts)
    own = [own_codes(token) for token in held]
    hashes, masks = _hashes(codes, starts)
    by_hash = np.argsort(hashes, kind="stable")
    short = int(np.searchsorted(lengths, SHORT + 1))
    rests = _distinct(rest_entries(codes, starts, short, deletions_by_length(np.array(parameters().edited))))
    classes, class_starts, class_tokens = _by_id([token.classes for token in held])
    scripts = np.array([token.script for token in held], dtype=np.uint8)
    letters = np.array([code for one in own for code in one], dtype=np.uint16)
    own_starts = _starts(len(one) for one in own)
    weights = np.array([token.weight for token in held], dtype=np.int32)
    sounds = np.array([consonants(token.text, token.native, token.script) for token in held], dtype=np.uint8)
    forest = grow(letters, own_starts, scripts, sounds)
    table = Tokens(
        codes=codes,
        starts=starts,
        own=letters,
        own_starts=own_starts,
        scripts=scripts,
        weights=weights,
        masks=masks,
        lengths=lengths,
        by_hash=hashes[by_hash],
        hashed=by_hash.astype(np.int32),
        rests=rests,
        directory=directory_of(rests, directory_width(len(rests))),
        classes=classes,
        class_starts=class_starts,
        class_tokens=class_tokens,
        wholes=np.array([is_whole(token) for token in held], dtype=np.uint8),
        consonants=sounds,
        branch_starts=forest.starts,
        branches=forest.branches,
        branch_weights=_greatest(weights, scripts, len(forest.starts) - 1),
        leaf_starts=forest.leaf_starts,
        leaf_tokens=forest.leaf_tokens,
        name_starts=np.zeros(1, dtype=np.int64),
        initial_ends=np.zeros(0, dtype=np.int64),
        names=np.zeros(0, dtype=np.int32),
    )
    return table, rank


def _distinct(values: Hashes) -> Hashes:
    """The values sorted in place, each once."""
    values.sort()
    is_first = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_first[1:])
    return values[is_first]


def _greatest(weights: Ints, scripts: Bytes, count: int) -> Longs:
    found = np.zeros(count, dtype=np.int64)
    np.maximum.at(found, scripts, weights)
    return found


def _starts(lengths: Iterable[int]) -> Longs:
    return np.concatenate(([0], np.cumsum(np.fromiter(lengths, dtype=np.int64)))).astype(np.int64)


def _by_id(ids: list[tuple[int, ...]]) -> tuple[Longs, Longs, Ints]:
    """(sorted distinct ids, starts, places): the places of each id."""
    flat = np.array([one for row in ids for one in row], dtype=np.int64)
    places = np.repeat(np.arange(len(ids), dtype=np.int32), [len(row) for row in ids])
    order = np.lexsort((places, flat))
    distinct, starts = np.unique(flat[order], return_index=True)
    return distinct, np.append(starts, len(flat)).astype(np.int64), places[order].astype(np.int32)


def _inverted(names: Names, tokens: int) -> tuple[Longs, Longs, Ints]:
    """For each token the names that hold it, each once, those with an initial first: starts, ends of these, names."""
    name = np.repeat(np.arange(len(names.starts) - 1, dtype=np.uint64), np.diff(names.starts))
    plain = (names.initials == 0).astype(np.uint64)[name]
    entries = (names.tokens.astype(np.uint64) << np.uint64(33)) | (plain << np.uint64(32)) | name
    entries = _distinct(entries)
    starts = np.searchsorted(entries >> np.uint64(33), np.arange(tokens + 1, dtype=np.uint64))
    ends = np.searchsorted(entries >> np.uint64(32), 2 * np.arange(tokens, dtype=np.uint64) + np.uint64(1))
    return starts.astype(np.int64), ends.astype(np.int64), (entries & np.uint64(0xFFFFFFFF)).astype(np.int32)


def _gathered_ints(values: Ints, ends: Longs, order: Longs) -> tuple[Ints, Longs]:
    """Stretches of ``values`` in another order, with their starts."""
    begins = np.concatenate(([0], ends[:-1])).astype(np.int64) if len(ends) > 0 else ends.astype(np.int64)
    lengths = (ends - begins)[order]
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    places = np.repeat(begins[order] - starts[:-1], lengths) + np.arange(starts[-1])
    return values[places], starts


def _gathered_bytes(values: Bytes, ends: array[int], order: Longs) -> tuple[Bytes, Longs]:
    limits = np.frombuffer(ends, dtype=np.int64)
    begins = np.concatenate(([0], limits[:-1])).astype(np.int64) if len(limits) > 0 else limits
    starts = np.concatenate(([0], np.cumsum((limits - begins)[order]))).astype(np.int64)
    out = np.empty(int(starts[-1]), dtype=np.uint8)
    _copy(values, begins[order], starts, out)
    return out, starts


@compiled
def _copy(values: Bytes, begins: Longs, starts: Longs, out: Bytes) -> None:
    for n in range(len(begins)):
        for at in range(starts[n + 1] - starts[n]):
            out[starts[n] + at] = values[begins[n] + at]


@compiled
def _hashes(codes: Bytes, starts: Longs) -> tuple[Hashes, Hashes]:
    count = len(starts) - 1
    hashes = np.empty(count, dtype=np.uint64)
    masks = np.empty(count, dtype=np.uint64)
    for n in range(count):
        hashes[n] = hash_of(codes, starts[n], starts[n + 1])
        masks[n] = mask_of(codes, starts[n], starts[n + 1])
    return hashes, masks


@compiled
def _beginnings(starts: Longs, tokens: Ints, codes: Bytes, token_starts: Longs) -> Hashes:
    """By name, the letters that are tokens as the lower 32 bits, those that longer tokens begin with above them."""
    found = np.zeros(len(starts) - 1, dtype=np.uint64)
    for name in range(len(found)):
        for at in range(starts[name], starts[name + 1]):
            begin, end = token_starts[tokens[at]], token_starts[tokens[at] + 1]
            bit = bit_of(codes[begin])
            found[name] |= bit if end - begin == 1 else bit << np.uint64(32)
    return found


@compiled
def _neighbours(starts: Longs, tokens: Ints, codes: Bytes, token_starts: Longs) -> tuple[Hashes, Ints]:
    """The hash of each two neighbouring tokens of a name written together, and the name."""
    hashes = np.empty(len(tokens), dtype=np.uint64)
    names = np.empty(len(tokens), dtype=np.int32)
    count = 0
    for name in range(len(starts) - 1):
        for at in range(starts[name], starts[name + 1] - 1):
            a, b = tokens[at], tokens[at + 1]
            length = token_starts[a + 1] - token_starts[a] + token_starts[b + 1] - token_starts[b]
            if length >= MERGED_LEAST:
                hashes[count] = hash_of_two(
                    codes, token_starts[a], token_starts[a + 1], token_starts[b], token_starts[b + 1]
                )
                names[count] = name
                count += 1
    return hashes[:count].copy(), names[:count].copy()


def _joined_table(codes: Bytes, starts: Longs) -> Joined:
    hashes, masks = _hashes(codes, starts)
    lengths = np.diff(starts)
    by_hash = np.argsort(hashes, kind="stable")
    pieces: list[Any] = []
    for place, least in ((0, PIECE), (-1, PIECE), (MIDDLE, TWO_EDITS), (LATER, THREE_EDITS)):
        held = np.nonzero(lengths >= least)[0]
        keys = piece_keys(codes, starts, held, place)
        order = np.argsort(keys, kind="stable")
        pieces.extend((keys[order], held[order].astype(np.int32)))
    return Joined(codes, starts, masks, hashes[by_hash], by_hash.astype(np.int32), *pieces)


@compiled
def piece_keys(codes: Bytes, starts: Longs, held: Longs, place: int) -> Longs:
    """(four letters << 11 | length) of each name held, the letters at ``place`` or, if negative, at the end."""
    keys = np.empty(len(held), dtype=np.int64)
    for n, name in enumerate(held):
        length = starts[name + 1] - starts[name]
        at = starts[name] + place if place >= 0 else starts[name + 1] - PIECE
        keys[n] = (piece_of(codes, at) << LENGTH_BITS) | length
    return keys
