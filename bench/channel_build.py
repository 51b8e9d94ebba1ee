"""Trains the cross-script channels: joint multigrams by expectation maximisation on pairs of names.

Sources: the training part of google/transliteration ar2en (Apache-2.0) and NETransliteration-COLING2018 (CC0 1.0).
No other pairs are used: weights trained on data without a stated licence are not shipped. Run with COMITY_DATA set;
writes one file a script into the package.
"""

from __future__ import annotations

import math
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from normality import ascii_text
from numba import njit

from comity.matching.names.channel import MODELS, kind_of
from comity.matching.names.compounds import split_arabic, split_latin
from comity.matching.names.script import ARABIC, CYRILLIC, HEBREW, fold

DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
TARGET = Path(__file__).resolve().parents[1] / "src/comity/matching/names"
FILES = {ARABIC: "arabic", CYRILLIC: "russian", HEBREW: "hebrew"}
ROUNDS = 14
DISCOUNT = 0.3
"""Taken off each unit's count, so that what one bad pair suggests is forgotten."""
STRENGTH = 8.0
"""Counts that a unit's probability in all contexts is worth beside its count in one."""
LEAST_LETTER = 4
LOCAL = 4.0
LOCAL_LETTERS = {ARABIC: set("عحقصضطظذثخغه"), CYRILLIC: set(), HEBREW: set()}
"""Foreign names written in Arabic letters hardly use these; those that do count this much more, because the pairs are
mostly foreign names, and what is screened is not."""


def pairs(script: int) -> list[tuple[str, str, int]]:
    """(Latin capitals, native, count) of every pair whose tokens line up one to one."""
    rows: list[tuple[str, str, int]] = []
    for line in (DATA / f"12_names/netranslit/wd_{FILES[script]}_20").read_text(encoding="utf-8").splitlines():
        latin, native, count = line.split("\t")
        rows.append((latin, native.replace(" ", ""), int(count)))
    if script == ARABIC:
        for line in (DATA / "12_names/google_ar2en/ar2en-train.txt").read_text(encoding="utf-8").splitlines():
            native, latin = line.split("\t")
            rows.append((latin, native, 1))
    found: Counter[tuple[str, str]] = Counter()
    for latin, native, count in rows:
        words = [
            w
            for part in (ascii_text(latin) or "").upper().replace("-", " ").split()
            for w in split_latin("".join(c for c in part if "A" <= c <= "Z"))
        ]
        folded = [fold(one, script) for one in native.casefold().replace("-", " ").split()]
        natives = [w for one in folded for w in (split_arabic(one) if script == ARABIC else (one,))]
        if len(words) == len(natives):
            for pair in zip(words, natives, strict=True):
                if 2 <= len(pair[0]) <= 20 and 2 <= len(pair[1]) <= 18:
                    found[pair] += count
    return [(latin, native, count) for (latin, native), count in sorted(found.items())]


@njit(cache=True)
def _collect(latin, native, starts_l, starts_n, table, out):
    """Marks every unit that any pair could use."""
    for p in range(len(starts_l) - 1):
        word = latin[starts_l[p] : starts_l[p + 1]]
        f = native[starts_n[p] : starts_n[p + 1]]
        for i in range(1, len(word) + 1):
            for a in range(1, min(3, i) + 1):
                code = 0
                for k in range(i - a, i):
                    code = code * 27 + word[k]
                for j in range(len(f) + 1):
                    if abs(j * len(word) - i * len(f)) > 3.2 * max(len(word), len(f)):
                        continue
                    for b in range(min(2, j) + 1):
                        if a == 3 and b == 0:
                            continue
                        chunk = 0
                        for k in range(j - b, j):
                            chunk = chunk * 128 + f[k]
                        key = code * 16384 + chunk
                        if key not in table:
                            table[key] = len(out)
                            out.append(key)


@njit(cache=True)
def _round(latin, native, starts_l, starts_n, weights, table, probs, counts):
    """One pass of expectation: adds the expected count of each unit in each context; returns the log-likelihood."""
    total = 0.0
    for p in range(len(starts_l) - 1):
        word = latin[starts_l[p] : starts_l[p + 1]]
        f = native[starts_n[p] : starts_n[p + 1]]
        n, m = len(word), len(f)
        ids = np.full((n + 1, m + 1, 4, 3), -1, np.int64)
        fore = np.zeros((n + 1, m + 1))
        back = np.zeros((n + 1, m + 1))
        fore[0, 0] = 1.0
        for i in range(1, n + 1):
            for a in range(1, min(3, i) + 1):
                code = 0
                for k in range(i - a, i):
                    code = code * 27 + word[k]
                context = kind_of(word, i - a - 1) * 3 + kind_of(word, i)
                for j in range(m + 1):
                    for b in range(min(2, j) + 1):
                        chunk = 0
                        for k in range(j - b, j):
                            chunk = chunk * 128 + f[k]
                        key = code * 16384 + chunk
                        if key in table:
                            unit = table[key]
                            ids[i, j, a, b] = unit
                            fore[i, j] += fore[i - a, j - b] * probs[unit, context]
        if fore[n, m] <= 0.0:
            continue
        back[n, m] = 1.0
        scale = weights[p] / fore[n, m]
        total += weights[p] * math.log(fore[n, m])
        for i in range(n, 0, -1):
            for j in range(m, -1, -1):
                if back[i, j] == 0.0:
                    continue
                for a in range(1, min(3, i) + 1):
                    context = kind_of(word, i - a - 1) * 3 + kind_of(word, i)
                    for b in range(min(2, j) + 1):
                        unit = ids[i, j, a, b]
                        if unit >= 0:
                            prob = probs[unit, context] * back[i, j]
                            back[i - a, j - b] += prob
                            counts[unit, context] += fore[i - a, j - b] * prob * scale
    return total


def train(script: int) -> dict[str, np.ndarray]:
    """The model arrays of one script."""
    from numba import types
    from numba.typed import Dict, List

    rows = pairs(script)
    letters = Counter(char for _, native, _ in rows for char in native)
    alphabet = "".join(char for char, count in letters.most_common(100) if count >= LEAST_LETTER)
    rows = [row for row in rows if set(row[1]) <= set(alphabet)]
    latin = np.concatenate([np.array([ord(c) - 64 for c in word], np.uint16) for word, _, _ in rows])
    native = np.concatenate([np.array([alphabet.index(c) + 1 for c in f], np.uint16) for _, f, _ in rows])
    starts_l = np.cumsum([0, *(len(word) for word, _, _ in rows)])
    starts_n = np.cumsum([0, *(len(f) for _, f, _ in rows)])
    weights = np.array(
        [math.sqrt(count) * (LOCAL if LOCAL_LETTERS[script] & set(native) else 1.0) for _, native, count in rows]
    )
    table = Dict.empty(types.int64, types.int64)
    keys = List.empty_list(types.int64)
    _collect(latin, native, starts_l, starts_n, table, keys)
    units = np.array(list(keys), dtype=np.int64)
    sizes = (
        1
        + (units // 16384 >= 27).astype(int)
        + (units // 16384 >= 27 * 27)
        + (units % 16384 >= 1)
        + (units % 16384 >= 128)
    )
    probs = np.repeat((1e-3 ** (sizes - 1) + 1e-12)[:, None], 9, axis=1)
    probs /= probs.sum(axis=0)
    for number in range(ROUNDS):
        counts = np.zeros((len(units), 9))
        total = _round(latin, native, starts_l, starts_n, weights, table, probs, counts)
        overall = np.maximum(counts.sum(axis=1) - DISCOUNT, 0.0)
        overall /= overall.sum()
        probs = counts * (overall[:, None] > 0) + STRENGTH * overall[:, None]
        probs /= probs.sum(axis=0)
        print(
            f"  round {number}: log-likelihood a pair {total / weights.sum():.3f}, units {(overall > 0).sum()}",
            flush=True,
        )
    return packed(alphabet, units, probs, overall > 1e-9, rows)


def packed(
    alphabet: str, units: np.ndarray, probs: np.ndarray, kept: np.ndarray, rows: list[tuple[str, str, int]]
) -> dict[str, np.ndarray]:
    """The arrays as the package reads them."""
    order = np.argsort(units[kept])
    units, probs = units[kept][order], probs[kept][order]
    parts = np.full((27**3, 9), 1e-12)
    np.add.at(parts, units // 16384, probs)
    counted: Counter[str] = Counter()
    for _, native, count in rows:
        counted[native] += count
    total = sum(counted.values())
    words = [word for word, count in sorted(counted.items()) if count >= 2]
    return {
        "alphabet": np.array(alphabet),
        "units": units,
        "logs": np.log(np.maximum(probs, 1e-12)).astype(np.float32),
        "parts": np.log(parts).astype(np.float32),
        "trigrams": trigrams(alphabet, counted).astype(np.float32),
        "words": np.array("\n".join(words)),
        "counted": np.array([math.log(counted[word] / total) for word in words], dtype=np.float32),
    }


def trigrams(alphabet: str, counted: Counter[str]) -> np.ndarray:
    """Log-probability of each letter after two others, interpolated with shorter contexts; words count once."""
    size = len(alphabet) + 2
    three = np.zeros((size, size, size))
    for word in counted:
        letters = [0, 0, *(alphabet.index(c) + 1 for c in word), size - 1]
        for n in range(2, len(letters)):
            three[letters[n - 2], letters[n - 1], letters[n]] += 1
    two, one = three.sum(axis=0), three.sum(axis=(0, 1))
    uniform = (one + 1.0) / (one + 1.0).sum()
    second = (two + 4.0 * uniform) / (two.sum(axis=1, keepdims=True) + 4.0)
    third = (three + 4.0 * second[None]) / (three.sum(axis=2, keepdims=True) + 4.0)
    return np.log(third).reshape(-1)


def main() -> None:
    """Trains the scripts named, or all."""
    for script, name in FILES.items():
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            print(name)
            held = train(script)
            np.savez_compressed(TARGET / MODELS[script], **held)
            print(f"  {len(held['units'])} units, {(TARGET / MODELS[script]).stat().st_size} bytes")


if __name__ == "__main__":
    main()
