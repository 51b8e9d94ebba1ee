"""Lists of any length for measuring speed: invented persons whose names are real words recombined.

Words and how often each is drawn come from NETransliteration-COLING2018 (CC0: Wikidata name words with counts, Latin
and in six other scripts) and from the OFAC list; six names of ten are Latin, the others spread evenly.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from bench.quality.lists import sdn
from numpy.typing import NDArray

from comity.formats.base import Tree

DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SCRIPTS = ("arabic", "chinese", "hebrew", "japanese", "korean", "russian")
LATIN_SHARE = 0.6
BIRTH_SHARE = 0.8
ALIAS_SHARE = 0.2
WORDS = (2, 3, 4)
WORD_SHARES = (0.55, 0.35, 0.1)
BLOCK = 10_000
Pool = tuple[list[str], NDArray[np.float64]]


@cache
def pools() -> dict[str, Pool]:
    """Words of each script with the chance of each."""
    counts: dict[str, Counter[str]] = {script: Counter() for script in ("latin", *SCRIPTS)}
    for script in SCRIPTS:
        path = DATA / "12_names/netranslit" / f"wd_{script}_20"
        for line in path.read_text(encoding="utf-8").splitlines():
            latin, native, count = line.split("\t")
            counts["latin"][latin.title()] += int(count)
            counts[script][native.replace(" ", "")] += int(count)
    for tree in sdn():
        if tree["schema"] == "Person":
            counts["latin"].update(
                word for name in tree["properties"]["name"] for word in name.replace(",", "").split()
            )
    return {script: _pool(counted) for script, counted in counts.items()}


def _pool(counted: Counter[str]) -> Pool:
    words = sorted(counted)
    shares = np.array([counted[word] for word in words], dtype=np.float64)
    return words, shares / shares.sum()


def persons(count: int, *, seed: int = 11, prefix: str = "p", latin: float = LATIN_SHARE) -> Iterator[Tree]:
    """Invented persons, always the same for one seed."""
    chance = np.random.default_rng(seed)
    for begin in range(0, count, BLOCK):
        yield from _block(chance, begin, min(BLOCK, count - begin), prefix, latin)


def _block(chance: np.random.Generator, begin: int, count: int, prefix: str, latin: float) -> Iterator[Tree]:
    names = _names(chance, 2 * count, latin)
    has_alias = chance.random(count) < ALIAS_SHARE
    born = np.where(chance.random(count) < BIRTH_SHARE, chance.integers(1935, 2008, count), 0)
    months, days = chance.integers(1, 13, count), chance.integers(1, 29, count)
    for n in range(count):
        values: dict[str, list[str]] = {"name": [names[2 * n]]}
        if has_alias[n]:
            values["alias"] = [names[2 * n + 1]]
        if born[n] > 0:
            values["birthDate"] = [f"{born[n]}-{months[n]:02d}-{days[n]:02d}"]
        yield {"id": f"{prefix}{begin + n:08d}", "schema": "Person", "properties": values}


def _names(chance: np.random.Generator, count: int, latin: float) -> list[str]:
    scripts = np.where(chance.random(count) < latin, 0, chance.integers(1, len(SCRIPTS) + 1, count))
    lengths = chance.choice(WORDS, count, p=WORD_SHARES)
    made = [""] * count
    for number, script in enumerate(("latin", *SCRIPTS)):
        places = np.nonzero(scripts == number)[0].tolist()
        words, shares = pools()[script]
        drawn = iter(chance.choice(len(words), int(lengths[places].sum()), p=shares).tolist())
        between = "·" if script in ("chinese", "japanese") else " "
        for place in places:
            made[place] = between.join(words[next(drawn)] for _ in range(lengths[place]))
    return made
