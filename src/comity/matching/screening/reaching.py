"""Which tokens of a list one token may be taken for, and how far: text, class, spelling, script.

It computes :func:`comity.matching.names.likeness.pair` for every token of the list that agrees at all, initials
apart: one letter agrees with so many that alignment looks at it on the spot.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.names.likeness import SHORT_WORD
from comity.matching.names.script import HAN, HANGUL, LATIN
from comity.matching.names.tokens import WEAK_CLASS
from comity.matching.screening.chunks import Chunks, Slate
from comity.matching.screening.columns import Bytes, Ints, Tokens
from comity.matching.screening.latin import find_latin
from comity.matching.screening.letters import bits, distance_to, hash_of, mask_of, set_patterns
from comity.matching.screening.natives import find_natives
from comity.matching.screening.numbers import Numbers
from comity.matching.screening.order import first_at_least, sort_rows
from comity.matching.screening.scratch import Found, Sought
from comity.matching.screening.spelling import MOST_EDITS, MOST_RESTS, SHORT, rests_of

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@compiled
def reach(
    tokens: Tokens, numbers: Numbers, chunks: Chunks, slate: Slate, sought: Sought, found: Found, out: Ints
) -> int:
    """Writes (token, agreed, shared) rows to ``out``, most agreed first, and returns how many."""
    count = _same_text(tokens, sought, found, 0)
    count = _same_class(tokens, numbers, sought, found, count)
    count = _spelled_alike(tokens, numbers, sought, found, count)
    if sought.script == LATIN:
        for script in range(1, len(tokens.branch_starts) - 1):
            count = _heard(tokens, sought, found, count, slate, find_natives(tokens, chunks, slate, sought, script))
    else:
        count = _heard(tokens, sought, found, count, slate, find_latin(tokens, chunks, slate, sought))
    for n in range(count):
        token = found.tokens[n]
        out[n, 0] = token
        out[n, 1] = found.agreed[token]
        out[n, 2] = found.shared[token]
        found.agreed[token] = 0
    sort_rows(out, count)
    return count


@compiled
def _heard(tokens: Tokens, sought: Sought, found: Found, count: int, slate: Slate, spoken: int) -> int:
    """Notes what the channel said of the first ``spoken`` tokens on the slate."""
    for n in range(spoken):
        token = np.int64(slate.tokens[n])
        crossed = min(np.int64(slate.says[n]), sought.weight, np.int64(tokens.weights[token]))
        count = _note(found, count, token, crossed, crossed)
    return count


@compiled
def _note(found: Found, count: int, token: int, agreed: int, shared: int) -> int:
    """Keeps the greatest agreement, the first of equal ones."""
    if agreed > found.agreed[token]:
        if found.agreed[token] == 0:
            found.tokens[count] = token
            count += 1
        found.agreed[token] = agreed
        found.shared[token] = shared
    return count


@compiled
def _same_text(tokens: Tokens, sought: Sought, found: Found, count: int) -> int:
    token = first_with_text(tokens, sought.codes, 0, len(sought.codes))
    while 0 <= token < len(tokens.weights) and is_text(tokens, token, sought.codes, 0, len(sought.codes)):
        shared = min(sought.weight, np.int64(tokens.weights[token]))
        count = _note(found, count, token, shared, shared)
        found.seen[token] = sought.call
        token += 1
    return count


@compiled
def first_with_text(tokens: Tokens, codes: Bytes, start: int, end: int) -> int:
    """The first token with the text ``codes[start:end]``, or -1; others with the same text follow it."""
    hashed = hash_of(codes, start, end)
    return first_with_hash(tokens, hashed, codes, start, end, 0, 0)


@compiled
def first_with_hash(
    tokens: Tokens, hashed: np.uint64, codes: Bytes, start: int, end: int, second: int, last: int
) -> int:
    """As :func:`first_with_text`, for two stretches written together whose hash is known."""
    at = first_at_least(tokens.by_hash, hashed)
    best = -1
    while at < len(tokens.by_hash) and tokens.by_hash[at] == hashed:
        token = np.int64(tokens.hashed[at])
        if is_text_of_two(tokens, token, codes, start, end, second, last) and (best < 0 or token < best):
            best = token
        at += 1
    return best


@compiled
def is_text(tokens: Tokens, token: int, codes: Bytes, start: int, end: int) -> bool:
    """Whether a token's text is ``codes[start:end]``."""
    return is_text_of_two(tokens, token, codes, start, end, 0, 0)


@compiled
def is_text_of_two(tokens: Tokens, token: int, codes: Bytes, start: int, end: int, second: int, last: int) -> bool:
    """Whether a token's text is two stretches written together."""
    at = tokens.starts[token]
    if tokens.lengths[token] != end - start + last - second:
        return False
    for place in range(start, end):
        if codes[place] != tokens.codes[at]:
            return False
        at += 1
    for place in range(second, last):
        if codes[place] != tokens.codes[at]:
            return False
        at += 1
    return True


@compiled
def _same_class(tokens: Tokens, numbers: Numbers, sought: Sought, found: Found, count: int) -> int:
    for one in sought.classes:
        at = first_at_least(tokens.classes, one)
        if at == len(tokens.classes) or tokens.classes[at] != one:
            continue
        factor = numbers.same_class if one < WEAK_CLASS else numbers.like_class
        for place in range(tokens.class_starts[at], tokens.class_starts[at + 1]):
            token = tokens.class_tokens[place]
            shared = min(sought.weight, np.int64(tokens.weights[token]))
            count = _note(found, count, token, shared * factor // 1000, shared)
    return count


@compiled
def _spelled_alike(tokens: Tokens, numbers: Numbers, sought: Sought, found: Found, count: int) -> int:
    length = len(sought.codes)
    if length == 0:
        return count
    patterns = np.empty(37, dtype=np.uint64)
    set_patterns(patterns, sought.codes, 0, length)
    mask = mask_of(sought.codes, 0, length)
    deletions = numbers.deletions[min(length, len(numbers.deletions) - 1)]
    if length <= SHORT + MOST_EDITS:
        rests = np.empty(MOST_RESTS, dtype=np.uint64)
        # Each use of a table's column counts a reference, which costs more than looking at a token does.
        directory, held, seen = tokens.directory, tokens.rests, found.seen
        width = np.uint64(64)
        size = len(directory) - 1
        while size > 1:
            size >>= 1
            width -= np.uint64(1)
        for n in range(rests_of(sought.codes, 0, length, deletions, SHORT, rests)):
            at = np.int64(directory[np.int64((rests[n] << _HALF) >> width)])
            while at < len(held) and (held[at] >> _HALF) < rests[n]:
                at += 1
            while at < len(held) and (held[at] >> _HALF) == rests[n]:
                token = np.int64(held[at] & _LOW)
                if seen[token] != sought.call:
                    count = _measure(tokens, numbers, sought, found, count, token, patterns, mask)
                at += 1
    first = first_at_least(tokens.lengths, max(SHORT + 1, length - MOST_EDITS))
    last = first_at_least(tokens.lengths, length + MOST_EDITS + 1)
    masks = tokens.masks
    for token in range(first, last):
        if bits(masks[token] ^ mask) <= 2 * MOST_EDITS:
            count = _measure(tokens, numbers, sought, found, count, token, patterns, mask)
    return count


@compiled
def _measure(
    tokens: Tokens,
    numbers: Numbers,
    sought: Sought,
    found: Found,
    count: int,
    token: int,
    patterns: NDArray[np.uint64],
    mask: np.uint64,
) -> int:
    if found.seen[token] == sought.call:
        return count
    found.seen[token] = sought.call
    if tokens.scripts[token] == sought.script and (sought.script == HAN or sought.script == HANGUL):
        return count
    if bits(tokens.masks[token] ^ mask) > 2 * MOST_EDITS:
        return count
    length = len(sought.codes)
    distance = distance_to(patterns, length, tokens.codes, tokens.starts[token], tokens.starts[token + 1])
    if distance > MOST_EDITS:
        return count
    longer = max(length, tokens.lengths[token])
    if longer <= SHORT_WORD:
        is_slip = tokens.scripts[token] == sought.script and tokens.lengths[token] != length
        if not is_slip or (sought.is_whole and tokens.wholes[token] != 0):
            return count
    alike = numbers.edited[min(longer, len(numbers.edited) - 1), distance]
    if sought.codes[0] != tokens.codes[tokens.starts[token]]:
        alike -= numbers.other_start
    if alike <= 0:
        return count
    shared = min(sought.weight, np.int64(tokens.weights[token]))
    return _note(found, count, token, shared * alike // 1000, shared)
