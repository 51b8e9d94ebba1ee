"""Cross-script evidence: how much more likely a word is, given the Latin word, than it is at all.

The channel is a joint multigram: Latin chunks of one to three letters are written as none to two letters of the
other script, each with a probability learned from pairs of names (bench/channel_build.py), by the kind of letter
before and after the chunk. All ways of cutting are summed, so no single romanisation is preferred.
Evidence = log P(word | Latin word) - log P(word); the second is the word's weight, from its script's background.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.matching.compiled import compiled
from comity.matching.names.script import ARABIC, CYRILLIC, HEBREW, LATIN, SCRIPTS
from comity.model.packaged import packaged_bytes

MODELS = {ARABIC: "channel-arabic-1.npz", CYRILLIC: "channel-cyrillic-1.npz", HEBREW: "channel-hebrew-1.npz"}
"""The scripts that have a channel, and its model file."""
LONGEST = 24
"""Letters; longer words are not compared across scripts."""
FLOOR = 1.2e-4
"""Chance of a letter written as a letter, or as nothing, that was never seen so written."""
LEAST_SHARE = 150
"""Permille of the other word's weight that a Latin word must explain to speak for it at all; chance explains less."""

Codes = NDArray[np.uint16]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Model = tuple[NDArray[np.uint8], Ints, Ints, Floats, Floats]


@dataclass(frozen=True, slots=True)
class Channel:
    """One script's model: sorted ``units`` (Latin chunk and native chunk as one number), their chances ``probs`` by
    context, ``parts`` the chance of each Latin chunk by context, and the background of the script."""

    alphabet: str
    units: Ints
    probs: Floats
    parts: Floats
    trigrams: Floats
    counted: dict[str, float]

    def number(self, char: str) -> int:
        """The number of a letter, from 1, or of the nearest one that training saw; 0 if there is none."""
        return self.alphabet.find(char if char in self.alphabet else _NEAR.get(char, char)) + 1

    def surprisal(self, native: str) -> float:
        """Minus the log-probability of a word of this script: half by how often it was counted, half by letters."""
        size = len(self.alphabet) + 2
        letters = [0, 0, *map(self.number, native), size - 1]
        spelled = sum(
            float(self.trigrams[(letters[n - 2] * size + letters[n - 1]) * size + letters[n]])
            for n in range(2, len(letters))
        )
        known = self.counted.get(native, -math.inf)
        most = max(spelled, known)
        return -(most + math.log(0.5 * (math.exp(spelled - most) + math.exp(known - most))))


_NEAR = {"پ": "ب", "گ": "غ", "چ": "ش", "ژ": "ج", "ڤ": "ف", "ۋ": "و", "ڭ": "ن", "ۈ": "و", "ө": "о", "ү": "у", "қ": "к",
         "ғ": "г", "ң": "н", "ә": "а", "һ": "х", "ұ": "у", "ј": "й", "љ": "л", "њ": "н", "ћ": "ч", "ђ": "ж", "џ": "ж",
         "җ": "ж", "ҳ": "х", "ҷ": "ч", "ѓ": "г", "ќ": "к", "ѕ": "з"}  # fmt: skip
"""Letters of other languages of the script that training did not see, and the nearest one that it did."""


@cache
def channel(script: int) -> Channel | None:
    """The channel of a script; None where there is none."""
    if script not in MODELS:
        return None
    held: Any = np.load(io.BytesIO(packaged_bytes("comity.matching.names", MODELS[script])), allow_pickle=False)
    words = str(held["words"]).split("\n")
    return Channel(
        alphabet=str(held["alphabet"]),
        units=held["units"],
        probs=np.exp(held["logs"].astype(np.float64)),
        parts=np.exp(held["parts"].astype(np.float64)),
        trigrams=held["trigrams"].astype(np.float64),
        counted=dict(zip(words, held["counted"].astype(float).tolist(), strict=True)),
    )


@cache
def model() -> Model:
    """All channels as flat arrays: the number of each code point by script, sorted units with where each script's
    begin, their chances by context, and the chances of the Latin chunks by script."""
    letters = np.zeros((SCRIPTS, 1 << 16), dtype=np.uint8)
    letters[LATIN, ord("A") : ord("Z") + 1] = np.arange(1, 27)
    parts = np.full((SCRIPTS, 27**3, 9), 1e-12)
    held = [channel(script) for script in range(SCRIPTS)]
    for script, one in enumerate(held):
        if one is not None:
            known = {**{near: one.number(near) for near in _NEAR}, **{c: one.number(c) for c in one.alphabet}}
            for char, number in known.items():
                letters[script, ord(char)] = number
            parts[script] = one.parts
    some = [one for one in held if one is not None]
    offsets = np.cumsum([0, *(0 if one is None else len(one.units) for one in held)])
    units, probs = np.concatenate([one.units for one in some]), np.concatenate([one.probs for one in some])
    return letters, units, offsets.astype(np.int64), probs, parts


@lru_cache(maxsize=1 << 16)
def codes_of(word: str) -> Codes:
    """The code points of a word; 0 for those beyond the basic plane."""
    return np.array([code if code < 1 << 16 else 0 for code in map(ord, word)], dtype=np.uint16)


_DIGRAPHS = (("SCH", "S"), ("TCH", "S"), ("SH", "S"), ("CH", "S"), ("ZH", "S"), ("TS", "S"), ("KH", "K"), ("GH", "K"),
             ("PH", "F"), ("TH", ""), ("DH", ""), ("DJ", ""))  # fmt: skip
_LATIN = {"B": 0, "P": 0, "F": 1, "V": 1, "T": 2, "D": 2, "S": 3, "Z": 3, "K": 4, "G": 4, "Q": 4, "L": 5, "R": 6,
          "M": 7, "N": 7}  # fmt: skip
"""Classes of consonants. What is written in several ways (TH, DH, J, H, C, X) is in none."""
_NATIVE = {
    ARABIC: dict(zip("بپفڤتطدضسصشزچژكقخغگلرمن", (0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 6, 7, 7),
                     strict=True)),
    CYRILLIC: dict(zip("бпфвтдсзцчшщжкглрмн", (0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 5, 6, 7, 7), strict=True)),
    HEBREW: dict(zip("טתדסשזצגכקלרמנ", (2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 6, 7, 7), strict=True)),
}  # fmt: skip


@lru_cache(maxsize=1 << 14)
def consonants(text: str, native: str, script: int) -> int:
    """Which consonant classes a word has, as bits; words of two scripts whose classes differ in more than one are not
    compared by the channel."""
    if script == LATIN:
        for written, put in _DIGRAPHS:
            text = text.replace(written, put)
        return _mask(text, _LATIN)
    return _mask(native, _NATIVE.get(script, {}))


def _mask(word: str, table: Mapping[str, int]) -> int:
    mask = 0
    for char in word:
        if char in table:
            mask |= 1 << table[char]
    return mask


@compiled
def differ(mine: int, theirs: int) -> bool:
    """Whether two sets of consonant classes differ in more than one."""
    apart = mine ^ theirs
    return apart & (apart - 1) != 0


@compiled
def _find(units: Ints, key: int) -> int:
    low, high = 0, len(units)
    while low < high:
        middle = (low + high) >> 1
        if units[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < len(units) and units[low] == key else -1


@compiled
def kind_of(latin: Codes, at: int) -> int:
    """The kind of Latin letter at a place: 0 outside the word, 1 a vowel, 2 a consonant."""
    if at < 0 or at >= len(latin):
        return 0
    code = latin[at]
    return 1 if code in (1, 5, 9, 15, 21, 25) else 2


@compiled
def chance_given(latin: Codes, native: Codes, units: Ints, probs: Floats, parts: Floats) -> float:
    """P(native word | Latin word), all ways of cutting summed; ``parts`` are of the native word's script."""
    n, m = len(latin), len(native)
    joint = np.zeros((n + 1, m + 1))
    alone = np.zeros(n + 1)
    joint[0, 0] = 1.0
    alone[0] = 1.0
    for i in range(1, n + 1):
        for a in range(1, min(3, i) + 1):
            code = 0
            for k in range(i - a, i):
                code = code * 27 + latin[k]
            context = kind_of(latin, i - a - 1) * 3 + kind_of(latin, i)
            part = parts[code, context]
            floor = part * FLOOR
            alone[i] += alone[i - a] * part
            for j in range(m + 1):
                for b in range(min(2, j) + 1):
                    before = joint[i - a, j - b]
                    if before == 0.0:
                        continue
                    chunk = 0
                    for k in range(j - b, j):
                        chunk = chunk * 128 + native[k]
                    place = _find(units, code * 16384 + chunk)
                    if place >= 0:
                        joint[i, j] += before * probs[place, context]
                    elif a == 1 and b < 2:
                        joint[i, j] += before * floor
    return joint[n, m] / alone[n] if alone[n] > 0.0 else 0.0


@compiled
def _letters(codes: Codes, table: NDArray[np.uint8]) -> Codes:
    found = np.zeros(len(codes), dtype=np.uint16)
    for n in range(len(codes)):
        found[n] = table[codes[n]]
    return found


@compiled
def cross_evidence(
    query: Codes, query_script: int, query_weight: int, match: Codes, match_script: int, match_weight: int, model: Model
) -> int:
    """Millinats by which the Latin word makes the other, of its weight, more likely; 0 for none, or if neither or
    both are Latin, a letter of either is unknown or less than :data:`LEAST_SHARE` is explained. ``query`` and
    ``match`` are code points; the order of the two does not matter."""
    letters, units, offsets, probs, parts = model
    if match_script == LATIN:
        latin, native, script, weight = match, query, query_script, query_weight
    else:
        latin, native, script, weight = query, match, match_script, match_weight
    if min(query_script, match_script) != LATIN or offsets[script] == offsets[script + 1]:
        return 0
    n, m = len(latin), len(native)
    if m < 2 or n < 2 or n > LONGEST or m > LONGEST or m > n + 2 or n > 3 * m + 1:
        return 0
    low, high = offsets[script], offsets[script + 1]
    spelled, written = _letters(latin, letters[LATIN]), _letters(native, letters[script])
    if spelled.min() == 0 or written.min() == 0:
        return 0
    return spoken(chance_given(spelled, written, units[low:high], probs[low:high], parts[script]), weight)


@compiled
def spoken(chance: float, weight: int) -> int:
    """Millinats that a chance of a word of this weight says; 0 where that is too little to count."""
    found = 1000.0 * math.log(chance) + weight if chance > 0.0 else 0.0
    return int(found) if found > 0.0 and 1000.0 * found >= LEAST_SHARE * weight else 0
