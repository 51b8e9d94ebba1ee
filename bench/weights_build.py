"""Makes the packaged tables of name frequencies and name classes from public data.

Sources, all free to redistribute: NETransliteration-COLING2018 (Wikidata name tokens with counts; CC0) and the
OFAC SDN list of 2019 (US Government work, public domain). Never from holdings. Run with COMITY_DATA set; the
table is versioned: a new source or rule gets a new file name.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
from collections import Counter
from pathlib import Path

from rigour.names import NameTypeTag, analyze_names, tokenize_name

from comity.matching.names.tokens import tokens_of

DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
TARGET = Path(__file__).resolve().parents[1] / "src/comity/matching/names/frequency-1.tsv"
CLASSES = TARGET.with_name("classes-1.tsv")
LEAST = 6e-5
"""A token rarer than this is left out and counts as unseen."""

HEADER = """# Comity name frequencies, version 1: token, rarity (minus the natural logarithm of its share of all name
# tokens, the larger of its share among persons and among organisations). Made by bench/weights_build.py.
# Sources: NETransliteration-COLING2018, wd_* files, Wikidata name tokens with counts (CC0 1.0);
# OFAC Specially Designated Nationals list, edition of 2019 (US Government work, public domain).
"""


def wikidata() -> Counter[str]:
    """Tokens of persons in Wikidata; a token in several files counts once, with its largest count."""
    found: Counter[str] = Counter()
    for path in sorted((DATA / "12_names/netranslit").glob("wd_*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, count = line.split("\t")
            for token in tokens_of(name):
                found[token.text] = max(found[token.text], int(count))
    return found


def listed() -> tuple[Counter[str], Counter[str]]:
    """Tokens of the persons and of the organisations of one old public list, with their other names."""
    folder = DATA / "01_sanctions/ofac_2019"
    rows = {
        kind: list(csv.reader(io.StringIO(gzip.decompress((folder / f"{kind}.csv.gz").read_bytes()).decode("ascii"))))
        for kind in ("sdn", "alt")
    }
    kinds = {row[0]: row[2] for row in rows["sdn"]}
    persons: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for key, name in [(row[0], row[1]) for row in rows["sdn"]] + [(row[0], row[3]) for row in rows["alt"]]:
        into = persons if kinds[key] == "individual" else others
        into.update({token.text for token in tokens_of(name)})
    return persons, others


CLASSES_HEADER = """# Comity name classes, version 1: token, ids of the classes it belongs to. Tokens that share a class
# are spellings or transliterations of one name. Made by bench/weights_build.py.
# Sources: Wikidata (CC0 1.0) name items as packaged in rigour (MIT), for the tokens of NETransliteration-COLING2018
# (CC0 1.0) and of the OFAC Specially Designated Nationals list of 2019 (US Government work, public domain).
"""
SCRIPTS = ("arabic", "hebrew", "russian")
"""Native scripts whose tokens are names as they stand; the others are syllables."""
LARGEST_CLASS = 120
"""A class with more spellings than this says nothing."""


def classes(latin: set[str]) -> dict[str, list[str]]:
    """Class ids of every token that shares a class with another one."""
    words = {token.casefold() for token in latin}
    for script in SCRIPTS:
        lines = (DATA / f"12_names/netranslit/wd_{script}_20").read_text(encoding="utf-8").splitlines()
        words |= {line.split("\t")[1].replace(" ", "").casefold() for line in lines}
        words |= {line.split("\t")[0].casefold() for line in lines}
    found: dict[str, set[str]] = {}
    for word in sorted(words):
        if len(word) > 1 and len(tokenize_name(word)) == 1:
            for name in analyze_names(NameTypeTag.PER, [word], phonetics=False, numerics=False):
                for symbol in name.symbols:
                    found.setdefault(str(symbol.id).removeprefix("Q"), set()).add(word)
    of_word: dict[str, list[str]] = {}
    for symbol, members in sorted(found.items()):
        if 1 < len(members) <= LARGEST_CLASS:
            for word in members:
                of_word.setdefault(word, []).append(symbol)
    return of_word


def main() -> None:
    """Writes the tables."""
    persons, others = listed()
    tables = [wikidata(), persons, others]
    shares = [{token: count / table.total() for token, count in table.items()} for table in tables]
    lines = []
    for token in sorted(set().union(*shares)):
        world, person, other = (share.get(token, 0.0) for share in shares)
        share = max((world + person) / 2, other)
        if share >= LEAST:
            lines.append(f"{token}\t{-math.log(share):.2f}")
    TARGET.write_text(HEADER + "\n".join(lines) + "\n", encoding="ascii")
    print(f"{len(lines)} tokens, {TARGET.stat().st_size} bytes")
    found = classes({token for token, count in (persons + others).items()})
    numbers = {symbol: str(n) for n, symbol in enumerate(sorted({s for ids in found.values() for s in ids}))}
    rows = [f"{word}\t{' '.join(numbers[s] for s in ids)}" for word, ids in sorted(found.items())]
    CLASSES.write_text(CLASSES_HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows)} tokens in {len(numbers)} classes, {CLASSES.stat().st_size} bytes")


if __name__ == "__main__":
    main()
