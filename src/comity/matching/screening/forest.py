"""The words of the scripts that have a channel, letter by letter: words that begin alike share their beginnings.

One tree per script, its branches in the order of a walk that goes down first; the forest is their rows one after the
other. A search walks it and leaves out all that grows on a branch, by ``next``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from comity.matching.compiled import compiled
from comity.matching.names.channel import LONGEST, differ, model
from comity.matching.screening.columns import Bytes, Halves, Ints, Longs


class Forest(NamedTuple):
    """``starts`` the first branch of each script, with one place more; by branch one number, as a walk that reads one
    array is the quicker: from the lowest bits its channel letter, its depth (from 1), the consonant classes that all
    words on it have and those that any has, a byte each, and the next branch that does not grow on it;
    ``leaf_tokens[leaf_starts[b]:leaf_starts[b + 1]]`` the tokens that end there."""

    starts: Longs
    branches: Longs
    leaf_starts: Longs
    leaf_tokens: Ints


def grow(own: Halves, own_starts: Longs, scripts: Bytes, sounds: Bytes) -> Forest:
    """The forest of all tokens that the channel can read: ``own[own_starts[t]:own_starts[t + 1]]`` are the code
    points of token t in its ``scripts[t]``, ``sounds[t]`` its consonant classes."""
    table = model()[0]
    letters = table[np.repeat(scripts, np.diff(own_starts)), own]
    unknown = np.concatenate(([0], np.cumsum(letters == 0)))
    lengths = np.diff(own_starts)
    is_read = (unknown[own_starts[1:]] == unknown[own_starts[:-1]]) & (lengths >= 2) & (lengths <= LONGEST)
    held = np.nonzero(is_read)[0]
    packed = letters.tobytes()
    begins, ends = own_starts[held].tolist(), own_starts[held + 1].tolist()
    words = [packed[begin:end] for begin, end in zip(begins, ends, strict=True)]
    known = scripts[held].tolist()
    order = np.array(sorted(range(len(words)), key=lambda n: (known[n], words[n])), dtype=np.int64)
    return _grown(letters, own_starts, scripts, sounds, held[order], len(table))


@compiled
def letter_of(branch: int) -> int:
    """A branch's channel letter."""
    return branch & 255


@compiled
def depth_of(branch: int) -> int:
    """How many letters lead to a branch, its own included."""
    return branch >> 8 & 255


@compiled
def sounds_apart(branch: int, mine: int) -> bool:
    """Whether the consonant classes of all words on a branch differ from ``mine`` in more than one."""
    common, some = branch >> 16 & 255, branch >> 24 & 255
    return differ(0, (common & ~mine) | (mine & ~some))


@compiled
def next_of(branch: int) -> int:
    """The next branch that does not grow on this one."""
    return branch >> 32


@compiled
def _grown(letters: Bytes, starts: Longs, scripts: Bytes, sounds: Bytes, order: Longs, count: int) -> Forest:
    most = 0
    for token in order:
        most += starts[token + 1] - starts[token]
    script_starts = np.zeros(count + 1, dtype=np.int64)
    branch_letters, depths = np.empty(most, dtype=np.uint8), np.empty(most, dtype=np.uint8)
    after, leaf_starts = np.empty(most, dtype=np.int32), np.zeros(most + 1, dtype=np.int64)
    common, some = np.full(most, 255, dtype=np.uint8), np.zeros(most, dtype=np.uint8)
    path = np.zeros(LONGEST + 1, dtype=np.int64)
    branches, deep, script, before = 0, 0, 0, 0
    for n in range(len(order)):
        token = order[n]
        begin, length = starts[token], starts[token + 1] - starts[token]
        same = 0
        if n > 0 and scripts[token] == script:
            while same < min(deep, length) and letters[begin + same] == letters[before + same]:
                same += 1
        for depth in range(same, deep):
            after[path[depth]] = branches
        while script < scripts[token]:
            script += 1
            script_starts[script] = branches
        for depth in range(same, length):
            branch_letters[branches], depths[branches] = letters[begin + depth], depth + 1
            leaf_starts[branches] = n
            path[depth] = branches
            branches += 1
        for depth in range(length):
            common[path[depth]] &= sounds[token]
            some[path[depth]] |= sounds[token]
        deep, before = length, begin
    for depth in range(deep):
        after[path[depth]] = branches
    script_starts[script + 1 :] = branches
    leaf_starts[branches] = len(order)
    packed = np.empty(branches, dtype=np.int64)
    for n in range(branches):
        sounds_of = np.int64(common[n]) << 16 | np.int64(some[n]) << 24
        packed[n] = np.int64(branch_letters[n]) | np.int64(depths[n]) << 8 | sounds_of | np.int64(after[n]) << 32
    return Forest(
        script_starts,
        packed,
        leaf_starts[: branches + 1].copy(),
        order.astype(np.int32),
    )
