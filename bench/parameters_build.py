"""Writes the parameters of the name model, each estimated here or explained beside it.

Estimated: how the share that agrees and words that stand against each other add up, by a logistic regression on pairs
of names from the EU's consolidated acts on Russia and Syria: aliases of one entry that agree by three quarters, and
what a clerk or traveller makes of a name, against names with one word exchanged, and strangers' names. The tasks of
bench/quality ask none of these lists for acceptance. Run with COMITY_DATA set; writes names/parameters-3.json.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from bench.quality.lists import DATA, eu, is_latin
from bench.quality.tasks import travelled
from numpy.typing import NDArray

from comity.matching.names.evidence import MOST
from comity.matching.names.likeness import Likeness, align, join, name_of
from comity.matching.names.tokens import PERSON
from comity.matching.subject import name_kind

TARGET = Path(__file__).resolve().parents[1] / "src/comity/matching/names/parameters-3.json"
ACTS = ("32014R0269", "32012R0036")
SCALE = 5000.0
LEAST_SHARED = 4000
"""Millinats that two names must agree on to be worth learning from: less is no candidate anyway. Aliases that agree by
less than three quarters are other names (noms de guerre, translations), from which spelling cannot be learnt."""

VALUES = {
    "same_class": 950,
    "like_class": 900,
    "edited": {
        "0": [0, 0, 0, 0],
        "3": [0, 200, 0, 0],
        "4": [0, 700, 0, 0],
        "5": [0, 780, 0, 0],
        "6": [0, 830, 0, 0],
        "7": [0, 880, 600, 0],
        "10": [0, 910, 720, 450],
    },
    "other_start": 120,
    "initial": 800,
    "tags": {"1-4": 300, "4-1": 300},
    "costs": [1000, 800, 1000, 600, 400, 0, 50, 100, 700, 1000, 2000, 800, 800, 800, 800, 800],
    "light_cost": 2500,
    "number_cost": 4500,
    "merged": 950,
    "joined_deduction": 30,
    "least": -3.0,
}
WHY = {
    "same_class": "Permille. Wikidata holds the two for forms of one name; a twentieth for those that are not.",
    "like_class": "Permille. Folded spellings and syllables: a tenth, since two names may fold alike.",
    "edited": "Permille by length of the longer word and number of edits. One slip of the pen in a word of n letters "
    "costs about 1/n and never less than a tenth; two slips are taken from seven letters, three from ten, where by "
    "chance hardly two names are so near. A word of three letters that lacks one counts a fifth: it is no other word "
    "that stands against it, but says little.",
    "other_start": "Permille. Misspellings rarely start a word.",
    "initial": "Millinats. One letter in 26, unevenly used, is worth 2 to 3 nats; of a person's middle names most "
    "are of a few letters.",
    "tags": "Permille of what two equal words agree on, by the parts they play (query-list): the son's name in the "
    "father's place is that of a father, a son or a brother more often than of himself.",
    "costs": "Permille of a word's weight if it is left over, by tag (names/words.py): a family name counts whole, a "
    "middle name or patronymic is often left out, titles and legal forms nearly always may be, particles count "
    "nothing. A differing initial stands for a whole name, so it counts double.",
    "light_cost": "Millinats. Abd, Din, Allah and Abu weigh little because many have them, but who has one is not "
    "called without it.",
    "number_cost": "Millinats. Ocean Fortune 7 is another ship than Ocean Fortune 8, so a number that differs counts "
    "as much as a common name.",
    "merged": "Permille for two words written together.",
    "joined_deduction": "Permille: spaces moved beside what letters differ.",
    "least": "Log-odds from which two names are compared further: with a date of birth that agrees (+5) such a pair "
    "reaches the top band, with nothing else it stays far below the threshold.",
    "evidence": "In this order: share, rarity, conflict, scale of conflict, base, weak alias. Share and conflict are "
    "estimated. Rarity: words of one name go together, so nats do not add up; a name that agrees on twice as many has "
    "8 to 1 more. Scale: a word of five nats, such as a common given name, counts by two thirds of what the rarest "
    "does when another stands in its place. Base: names that agree wholly on ten nats, two common words, have some 35 "
    "to 1 at an even prior. Weak alias: less than half as likely (ln 2.2) to be a name its bearer goes by.",
}
WEAK, RARE, BASE = 0.8, 3.0, 3.6


def pairs() -> Iterator[tuple[str, str, int, bool]]:
    """(name, other, kind, is one) for learning."""
    chance = random.Random(29)
    for act in ACTS:
        listed = [one for one in eu(act) if is_latin(one.name)]
        for one in listed:
            kind = name_kind(one.schema)
            yield from ((one.name, alias, kind, True) for alias in one.good[:2])
            yield one.name, travelled(one.name, chance), kind, True
            other = chance.choice(listed)
            yield from ((name, exchanged, kind, False) for name, exchanged in exchanges(one.name, other.name, chance))
        yield from ((name, near, PERSON, False) for name, near in strangers([one.name for one in listed], chance))


def strangers(listed: Sequence[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Names composed of the words that people bear, each beside a listed name that shares the most of them."""
    borne: Counter[str] = Counter()
    for path in sorted((DATA / "12_names/netranslit").glob("wd_*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            word, _, count = line.split("\t")
            borne[word] = max(borne[word], int(count))
    holding: dict[str, list[str]] = defaultdict(list)
    for name in listed:
        for word in name.casefold().split():
            holding[word].append(name)
    for _ in range(len(listed) * 4):
        words = chance.choices(list(borne), list(borne.values()), k=chance.choice((2, 2, 3)))
        near = [name for word in words for name in holding.get(word, ())]
        if len(near) > 0:
            yield " ".join(words), max(near, key=lambda name: len(shared_words(name, " ".join(words))))


def exchanges(name: str, other: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """``name`` beside itself with one word taken from ``other``, from the same end."""
    words, others = name.split(), other.split()
    if len(words) > 1 and len(others) > 1:
        at = chance.randrange(len(words))
        put = others[-1] if at == len(words) - 1 else others[0]
        if put.casefold() != words[at].casefold():
            yield name, " ".join([*words[:at], put, *words[at + 1 :]])


def shared_words(first: str, second: str) -> set[str]:
    """The words of both."""
    return set(first.casefold().split()) & set(second.casefold().split())


def row(found: Likeness) -> tuple[float, ...]:
    """What the regression sees of a pair: one, share, rarity, conflict."""
    missing = found.query_missing, found.match_missing
    total = found.agreed + found.lacking + 0.5 * sum(missing)
    against = 1.0 - float(np.exp(-min(missing) / SCALE))
    return 1.0, found.agreed / total - 1.0, float(np.log(min(found.agreed, MOST) / 10000.0)), -against


def regression(rows: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The coefficients but that of rarity, which is given, and the mean log-likelihood; both classes weigh alike."""
    weight = np.where(y > 0, 0.5 / y.sum(), 0.5 / (1 - y).sum())
    x, given = rows[:, (0, 1, 3)], RARE * rows[:, 2]
    found = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-x @ found - given))
        slope = x.T @ (weight * (y - p)) - 1e-4 * found
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-4 * np.eye(len(found))
        found = found + np.linalg.solve(curve, slope)
    p = np.clip(1.0 / (1.0 + np.exp(-x @ found - given)), 1e-9, 1 - 1e-9)
    return found, float((weight * (y * np.log(p) + (1 - y) * np.log(1 - p))).sum())


def estimate() -> list[float]:
    """The coefficients of the name evidence, in its order."""
    found: list[tuple[Likeness, bool]] = []
    for first, second, kind, is_one in pairs():
        names = name_of(first, False, kind), name_of(second, False, kind)
        best = max((align(*names), join(*names)), key=lambda one: one.evidence)
        lost = best.lacking + 0.5 * (best.query_missing + best.match_missing)
        if best.agreed >= LEAST_SHARED and (not is_one or best.agreed >= 3 * lost):
            found.append((best, is_one))
    y = np.array([float(is_one) for _, is_one in found])
    (_, share, conflict), likelihood = regression(np.array([row(one) for one, _ in found]), y)
    print(f"{len(y)} pairs, {y.mean():.0%} of one; log-likelihood {likelihood:.3f}")
    return [round(float(share), 1), RARE, round(float(conflict), 1), SCALE, BASE, WEAK]


def main() -> None:
    """Writes the parameters."""
    evidence = estimate()
    print("share, rare, conflict, scale, base, weak:", evidence)
    held = {"values": {**VALUES, "evidence": evidence}, "why": WHY}
    held["sources"] = [f"EU consolidated act {act} (European Union, reuse authorised)" for act in ACTS]  # type: ignore[assignment]
    TARGET.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
