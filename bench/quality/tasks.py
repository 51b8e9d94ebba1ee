"""The tasks: a list, queries whose true entry is known, and innocents whom nobody looks for.

What travellers write: other case, parts in another order, an initial for a middle name, one typo. Innocents of
another script are composed of tokens of real names of that script, given names first, family names last.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.quality.lists import DATA, Listed, eu, is_latin, sdn, un

from comity.formats.base import Tree

INNOCENTS = 2000
LETTERS = "aeiounrstlmkdh"


@dataclass(frozen=True, slots=True)
class Task:
    """``asked`` are (query name, schema, id of the true entry); ``innocents`` are names."""

    name: str
    entries: Sequence[Tree]
    asked: Sequence[tuple[str, str, str]]
    innocents: Sequence[str]


def latin_innocents() -> list[str]:
    """Invented residents of the United States, of every origin."""
    with (DATA / "02_ftm_matching/yente/negatives_us_first2000.csv").open(encoding="utf-8") as file:
        return [row["full_name"] for row in csv.DictReader(file)]


def native_innocents(script: str, *, seed: int = 11) -> list[str]:
    """Names nobody bears, of tokens of ``script``: half as often as people bear them, half as often as an old list
    holds them in Latin letters, so that innocents and listed are of one kind."""
    chance = random.Random(seed)
    borne: Counter[str] = Counter()
    latin: dict[str, set[str]] = {}
    for line in (DATA / f"12_names/netranslit/wd_{script}_20").read_text(encoding="utf-8").splitlines():
        written, native, count = line.split("\t")
        borne[native.replace(" ", "")] += int(count)
        latin.setdefault(native.replace(" ", ""), set()).add(written.upper())
    persons = [tree for tree in sdn("ofac_2019") if tree["schema"] == "Person"]
    listed = [name for tree in persons for name in tree["properties"].get("name", ())]
    old = Counter(word.upper() for name in listed for word in name.replace("-", " ").split())
    words = list(borne)
    weights = [list(borne.values()), [sum(old[one] for one in latin[word]) for word in words]]
    made: dict[str, None] = {}
    while len(made) < INNOCENTS:
        parts = chance.choices(words, weights[len(made) % 2], k=chance.choice((2, 3, 3)))
        made[" ".join(parts)] = None
    return list(made)


def travelled(name: str, chance: random.Random) -> str:
    """A name as a traveller or a clerk writes it."""
    words = name.split()
    kind = chance.random()
    if kind < 0.35 and len(words) > 1:
        cut = chance.randrange(1, len(words))
        words = words[cut:] + words[:cut]
    elif kind < 0.55 and len(words) > 2:
        at = chance.randrange(1, len(words) - 1)
        words[at] = words[at][0]
    text = " ".join(words)
    if chance.random() < 0.6 and len(text) > 5:
        text = typo(text, chance)
    return chance.choice((str.upper, str.lower, str.title))(text)


def typo(text: str, chance: random.Random) -> str:
    """One letter left out, put in, replaced, or swapped with the next."""
    at = chance.randrange(1, len(text))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + chance.choice(LETTERS) + text[at:]
    if kind == 2:
        return text[:at] + chance.choice(LETTERS) + text[at + 1 :]
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]


def both(entries: Sequence[Tree]) -> list[Tree]:
    """``entries`` beside the OFAC list."""
    return [*entries, *sdn()]


def travellers() -> Task:
    """UN names as travellers write them, against UN and OFAC."""
    chance = random.Random(3)
    listed = un()
    asked = [(travelled(one.name, chance), one.schema, one.id) for one in listed if one.schema == "Person"]
    return Task("travellers", both([one.tree() for one in listed]), asked, latin_innocents())


def original_script() -> Task:
    """UN names in their original script, against UN and OFAC in Latin letters only."""
    listed = un()
    asked = [(name, one.schema, one.id) for one in listed for name in one.native]
    return Task("original script", both([one.tree() for one in listed]), asked, native_innocents("arabic"))


def syria() -> Task:
    """The same for the EU's list on Syria, which nothing was tuned on."""
    return _eu_native("32012R0036", "EU Syria, original script", "arabic")


def russia() -> Task:
    """The same for the EU's list on Russia (Cyrillic)."""
    return _eu_native("32014R0269", "EU Russia, original script", "russian")


def _eu_native(act: str, name: str, script: str) -> Task:
    listed = [one for one in eu(act) if is_latin(one.name)]
    asked = [(native, one.schema, one.id) for one in listed for native in one.native[:1]]
    return Task(name, both([one.tree() for one in listed]), asked, native_innocents(script))


def held_out_un() -> Task:
    """One good alias of each UN person is taken off the list and asked."""
    chance = random.Random(5)
    return _held_out("held-out alias UN", [one for one in un() if one.schema == "Person"], chance, 10_000)


def held_out_eu() -> Task:
    """The same for the EU's list on Syria."""
    chance = random.Random(5)
    return _held_out("held-out alias EU Syria", [one for one in eu("32012R0036") if is_latin(one.name)], chance, 10_000)


def _held_out(name: str, listed: Sequence[Listed], chance: random.Random, most: int) -> Task:
    trees, asked = [], []
    for one in listed:
        aliases = [alias for alias in one.good if alias.casefold() != one.name.casefold()]
        alias = chance.choice(aliases) if len(aliases) > 0 and len(asked) < most else ""
        trees.append(one.tree(without=alias))
        if alias != "":
            asked.append((alias, one.schema, one.id))
    return Task(name, both(trees), asked, latin_innocents())


def held_out_sdn() -> Task:
    """One alias of each of 1,000 OFAC persons is taken off the list and asked."""
    chance = random.Random(5)
    trees = sdn()
    persons = [tree for tree in trees if tree["schema"] == "Person" and len(tree["properties"].get("alias", ())) > 0]
    chosen = {tree["id"]: chance.choice(tree["properties"]["alias"]) for tree in chance.sample(persons, 1000)}
    entries = []
    for tree in trees:
        if tree["id"] in chosen:
            kept = [alias for alias in tree["properties"]["alias"] if alias != chosen[tree["id"]]]
            tree = {**tree, "properties": {**tree["properties"], "alias": kept}}
        entries.append(tree)
    asked = [(alias, "Person", entry) for entry, alias in chosen.items()]
    return Task("held-out alias SDN", entries, asked, latin_innocents())


TASKS: dict[str, Callable[[], Task]] = {
    "travellers": travellers,
    "script": original_script,
    "un": held_out_un,
    "sdn": held_out_sdn,
    "syria": syria,
    "russia": russia,
    "eu": held_out_eu,
}


def labelled() -> list[tuple[str, str, str, bool, str]]:
    """(schema, first, second, is the same, quality) of the labelled pairs."""
    path = DATA / "02_ftm_matching/nomenklatura/cases_dev.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [(r["schema"], r["name1"], r["name2"], r["is_match"] == "true", r["quality"] or "MEDIUM") for r in rows]
