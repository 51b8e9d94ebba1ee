"""What the cross-script channel knows, laid out for a search through a list's words, and room for such a search.

The sums are those of :func:`comity.matching.names.channel.chance_given`, term by term.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.errors import OwnFault
from comity.matching.compiled import compiled
from comity.matching.names.channel import FLOOR, LEAST_SHARE, LONGEST, model
from comity.matching.screening.columns import Halves, Ints, Longs

ROUNDING = 1.0 + 1e-9
LATIN_LETTERS = 27
CHUNK_LETTERS = 128
"""The bases in which the channel writes a Latin chunk and a native one as numbers."""
LETTERS = 40
"""More than any script of the channel has."""
CONTEXTS = 9
BLOCK = 4
"""Places of a native word that are summed at once."""
HEAD = 2
"""Numbers before the letters of a chunk that is laid out: its chance and that of nothing."""
PAD = 2
"""Places before the first of a row of sums, always 0: a step of two letters needs no special case."""
ROW = PAD + (LONGEST // BLOCK + 1) * BLOCK
"""Numbers of one row of sums."""
Floats = NDArray[np.float64]
Shorts = NDArray[np.int16]


class Chunks(NamedTuple):
    """The channel's units laid out by Latin chunk, per script: ``place`` of a chunk's code or -1; by place and context
    ``silent`` the chance of nothing, ``one`` of each letter, ``first`` of any two letters that begin with a letter,
    ``total`` of all; ``two`` by place and pair the unit that writes two letters or -1, ``twos[two_starts[p]:…]`` all
    of them with their ``pairs``; ``begins`` a number for the two letters of a code that longer chunks begin with, or
    -1, ``spans`` where each script's places start; ``own`` by place and context the chunk's chance, ``strange`` by
    script that of any that has no place; by place ``front``, the first letter, and ``fronts``, the number of the
    first two or -1; ``pair`` the number of two letters or -1; ``probs``, ``parts`` and ``letters`` are the channel's,
    ``single`` is ``one`` by letter, place and context. In shares of a chunk's own chance: ``hush`` by place and
    context that of nothing and ``loud`` one over the rest, ``ones`` by letter, place and context, ``units`` by pair
    and place the unit as in ``two``, and ``two_shares`` by unit and context.

    All that a chunk may be written as comes to a little more than its own chance, as letters that were never seen
    together have one too; ``limit`` is the most that this can come to over a whole word."""

    place: Shorts
    silent: Floats
    one: Floats
    first: Floats
    total: Floats
    two: Shorts
    two_starts: Longs
    twos: Longs
    pairs: Longs
    pair: Shorts
    begins: Shorts
    spans: Longs
    own: Floats
    strange: Floats
    front: Longs
    fronts: Longs
    hush: Floats
    loud: Floats
    ones: Floats
    single: Floats
    units: Shorts
    two_shares: Floats
    probs: Floats
    parts: Floats
    letters: NDArray[np.uint8]
    limit: float


@cache
def chunks() -> Chunks:
    """The chunks of the current model; the scripts' places follow each other."""
    letters, units, offsets, probs, parts = model()
    scripts = len(offsets) - 1
    square = CHUNK_LETTERS * CHUNK_LETTERS
    script_of = np.repeat(np.arange(scripts), np.diff(offsets))
    codes, chunk = units // square, units % square
    held, places = np.unique(script_of * LATIN_LETTERS**3 + codes, return_inverse=True)
    place = np.full((scripts, LATIN_LETTERS**3), -1, dtype=np.int16)
    place.reshape(-1)[held] = np.arange(len(held))
    is_single = (held % LATIN_LETTERS**3) < LATIN_LETTERS
    floors = parts.reshape(-1, CONTEXTS)[held] * FLOOR * is_single[:, None]
    silent, one = floors.copy(), np.repeat(floors[:, :, None], LETTERS, axis=2)
    is_one, is_two = (chunk > 0) & (chunk < CHUNK_LETTERS), chunk >= CHUNK_LETTERS
    silent[places[chunk == 0]] = probs[chunk == 0]
    one[places[is_one], :, chunk[is_one]] = probs[is_one]
    order = np.nonzero(is_two)[0]
    order = order[np.argsort(places[order], kind="stable")]
    first = np.zeros_like(one)
    np.add.at(first, (places[order], slice(None), chunk[order] // CHUNK_LETTERS), probs[order])
    known, pairs = np.unique(chunk[order], return_inverse=True)
    pair = np.full(square, -1, dtype=np.int16)
    pair[known] = np.arange(len(known))
    two = np.full((len(held), len(known)), -1, dtype=np.int16)
    two[places[order], pairs] = order
    two_starts = np.searchsorted(places[order], np.arange(len(held) + 1))
    code = held % LATIN_LETTERS**3
    begins = np.full((scripts, LATIN_LETTERS**2), -1, dtype=np.int16)
    front = np.where(code < LATIN_LETTERS**2, code, code // LATIN_LETTERS)
    longer = front >= LATIN_LETTERS
    fronts = np.full(len(held), -1, dtype=np.int64)
    known_fronts, fronts[longer] = np.unique(
        held[longer] // LATIN_LETTERS**3 * LATIN_LETTERS**2 + front[longer], return_inverse=True
    )
    begins.reshape(-1)[known_fronts] = np.arange(len(known_fronts))
    part = parts.reshape(-1, CONTEXTS)[held]
    hush = silent / part
    total = silent + one.sum(axis=2) + first.sum(axis=2)
    lengths = 1 + (code >= LATIN_LETTERS).astype(np.int64) + (code >= LATIN_LETTERS**2)
    return Chunks(
        place=place,
        silent=silent,
        one=one,
        first=first,
        total=total,
        two=two,
        two_starts=two_starts,
        twos=order,
        pairs=pairs.astype(np.int64),
        pair=pair,
        begins=begins,
        spans=np.searchsorted(held, np.arange(scripts + 1) * LATIN_LETTERS**3),
        own=part,
        strange=np.array([_strange(parts[n], place[n]) for n in range(scripts)]),
        fronts=fronts,
        front=front // np.where(longer, LATIN_LETTERS, 1),
        hush=hush,
        loud=1.0 / np.maximum(1.0 - hush, 1e-300),
        ones=np.ascontiguousarray((one / part[:, :, None]).transpose(2, 0, 1)),
        single=np.ascontiguousarray(one.transpose(2, 0, 1)),
        units=np.ascontiguousarray(two.T),
        two_shares=probs / part[places],
        probs=probs,
        parts=parts,
        letters=letters,
        limit=float(max(1.0, ((total / part).max(axis=1) ** (1.0 / lengths)).max()) ** LONGEST),
    )


def _strange(parts: Floats, place: Shorts) -> float:
    """The chance of a chunk that training never saw: one for all of them."""
    found = np.unique(parts[place < 0])
    if len(found) != 1:
        raise OwnFault(
            "The model of a script gives chunks that it never saw different chances.",
            rule="channel.strange",
            remedy="Make the model anew with bench/channel_build.py.",
        )
    return float(found[0])


class Slate(NamedTuple):
    """Room for one search and its answer: the word's ``letters`` and ``pairs`` of them, the ``path`` into the tree; for
    a Latin word, by place and length of the chunk that ends there, what it is written as (``silent``, ``ones``,
    ``twos``), by place the chances of what follows (``mass``, ``via``, ``into``) and the sums by depth (``columns``);
    for a native word, the most that what follows each place can come to (``mass``), and in ``following`` the same
    if the next Latin chunk begins with a letter, then if it is longer and begins with two, by the kind of letter before
    it (``chances`` are of one place; rows as long as the word asks for), the ``slots`` by place and context of what
    chunks are ``written`` as, the sums by depth and kind of letter that follows (``rows``, ``alone_by``) and
    whether they are ``done``; the ``tokens`` found and what the channel ``says``."""

    letters: Longs
    pairs: Longs
    path: Longs
    alone: Floats
    mass: Floats
    silent: Floats
    ones: Floats
    twos: Floats
    via: Floats
    into: Floats
    columns: Floats
    rows: Floats
    chances: Floats
    slots: Shorts
    written: Floats
    following: Floats
    alone_by: Floats
    done: Longs
    tokens: Ints
    says: Ints


def make_slate(tokens: int) -> Slate:
    """Fresh room for a list of so many tokens."""
    size = LONGEST + 1
    width = ROW - PAD
    places, pairs = chunks().two.shape
    return Slate(
        letters=np.zeros(size, dtype=np.int64),
        pairs=np.zeros(size, dtype=np.int64),
        path=np.zeros(size, dtype=np.int64),
        alone=np.zeros(size),
        mass=np.zeros(size),
        silent=np.zeros((size, 4)),
        ones=np.zeros((size, 4, LETTERS)),
        twos=np.zeros((pairs, size, 4)),
        via=np.zeros((LETTERS, size)),
        into=np.zeros((pairs, size)),
        columns=np.zeros((size, size)),
        rows=np.zeros(size * 3 * ROW),
        chances=np.zeros((places, CONTEXTS)),
        slots=np.full((places, CONTEXTS), -1, dtype=np.int16),
        written=np.zeros(places * CONTEXTS * (HEAD + 2 * width)),
        following=np.zeros((LATIN_LETTERS + places) * 3 * width),
        alone_by=np.zeros((size, 3)),
        done=np.zeros((size, 3), dtype=np.int64),
        tokens=np.zeros(tokens, dtype=np.int32),
        says=np.zeros(tokens, dtype=np.int32),
    )


@compiled
def kind(letter: int) -> int:
    """As :func:`comity.matching.names.channel.kind_of`, of a letter's number; 0 for none."""
    return 0 if letter == 0 else 1 if letter in (1, 5, 9, 15, 21, 25) else 2


@compiled
def least(weight: int) -> float:
    """The chance below which a word of this weight is not spoken for."""
    return math.exp(-weight * (1.0 - LEAST_SHARE / 1000.0) / 1000.0)


@compiled
def read(chunks: Chunks, slate: Slate, own: Halves, script: int) -> bool:
    """Writes the letters of a word from place 1 of the slate; whether the channel knows them all."""
    if len(own) < 2 or len(own) > LONGEST:
        return False
    for n in range(len(own)):
        slate.letters[n + 1] = chunks.letters[script, own[n]]
        if slate.letters[n + 1] == 0:
            return False
    return True
