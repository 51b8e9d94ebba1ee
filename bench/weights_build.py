"""Makes the packaged tables of name frequencies and of words (name classes and roles) from public data.

Sources, all free to redistribute: NETransliteration-COLING2018 (Wikidata name tokens with counts; CC0), the OFAC SDN
list of 2019 (US Government work, public domain), rigour's name classes, organisation types, symbols and titles (MIT;
the classes are Wikidata's, CC0), and carltonnorthern/nicknames (Apache-2.0). Never from holdings. Run with
COMITY_DATA set; the tables are versioned: a new source or rule gets a new file name.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from bench.syllables import chinese, korean
from rigour.names import NameTypeTag, analyze_names, replace_org_types_compare

from comity.matching.names.script import LATIN
from comity.matching.names.tokens import ORGANISATION, PERSON, words_of

DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
FOLDER = Path(__file__).resolve().parents[1] / "src/comity/matching/names"
FREQUENCIES = FOLDER / "frequency-3.tsv"
WORDS = FOLDER / "words-3.tsv"
RIGOUR = DATA / "02_ftm_matching/rigour"
LEAST = 4.5e-5
"""A token rarer than this is left out and counts as unseen."""

HEADER = """# Comity name frequencies, version 3: token, rarity (minus the natural logarithm of its share of all name
# tokens, the larger of its share among persons and among organisations). Made by bench/weights_build.py.
# Sources: NETransliteration-COLING2018, wd_* files, Wikidata name tokens with counts (CC0 1.0);
# OFAC Specially Designated Nationals list, edition of 2019 (US Government work, public domain).
"""
WORDS_HEADER = """# Comity words, version 3: word, role, ids of the classes it belongs to. Words that share a class
# are forms, spellings or translations of one; ids from 2**32 on are syllables that romanisations write alike. Made
# by bench/weights_build.py. Sources: Wikidata (CC0 1.0) name items as packaged in rigour (MIT), for the tokens of
# NETransliteration-COLING2018 (CC0 1.0) and of the OFAC Specially Designated Nationals list of 2019 (US Government
# work, public domain); organisation types, symbols and titles of rigour (MIT); nicknames by C. Northern (Apache-2.0).
"""
SCRIPTS = ("arabic", "hebrew", "russian")
"""Native scripts whose tokens are names as they stand; the others are syllables."""
LARGEST_CLASS = 120
"""A class with more spellings than this says nothing."""
NICKNAMES, SYMBOLS, FORMS = 3 << 30, (3 << 30) + (1 << 20), (3 << 30) + (2 << 20)
"""First ids of the classes that are not Wikidata's, which stay below."""
PARTICLES = str.split(
    "AL EL AD AR AS ASH AT AZ AN UL UR US IL BIN IBN BEN BINT BENT OULD WULD WALAD DE DEL DELA LA LE LOS LAS DA DO DOS"
    " DI DU DES VAN VON DER DEN TER THE OF AND FOR E Y I ET UND VE ZU TO IN DAL ZE بن ابن بنت ولد ال و בן בת"
)
MORE_TITLES = str.split(
    "SHEIKH SHAIKH SHAYKH CHEIKH MULLAH MULLA MAULAVI MAWLAWI MAULANA QARI HAJI HAJJI HAJJ ALHAJ ALHAJI HADJI SAYYID"
    " SAYED SAYYED SEYED GENERAL GEN BRIG BRIGADIER COL COLONEL MAJOR MAJ LT LIEUTENANT CAPTAIN CAPT ADMIRAL MARSHAL"
    " JR SR شيخ حاج ملا مولوي قاري سيد دكتور مهندس لواء عميد عقيد"
)
"""Forms of address and rank beside those of rigour; none of them tells two persons apart."""


NAMED = ("alqaeda", "hezbollah", "irgc", "pla", "ccp", "cia", "tpb", "npp", "snco", "nbco")
"""Symbols of rigour that name one body; their words are no generic ones."""


NUMERALS = {"i", "ii", "iii", "iv", "v", "vi", "x"}
"""Read as numbers, although some register uses them for a legal form."""


COMPOUNDS = (("ABD", "عبد"), ("DIN", "دين"), ("ALLAH", "الله"), ("ABU", "ابو"))
"""Parts of compound names, which weigh too little for the channel to tell."""


def wikidata() -> Counter[str]:
    """Tokens of persons in Wikidata; a token in several files counts once, with its largest count."""
    found: Counter[str] = Counter()
    for path in sorted((DATA / "12_names/netranslit").glob("wd_*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, count = line.split("\t")
            for text, _, script in words_of(name):
                if script == LATIN:
                    found[text] = max(found[text], int(count))
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
        is_person = kinds[key] == "individual"
        words = words_of(name, PERSON if is_person else ORGANISATION)
        (persons if is_person else others).update({text for text, _, _ in words})
    return persons, others


class Words:
    """The table under construction: roles and class ids by word."""

    def __init__(self) -> None:
        self.classes: dict[str, set[int]] = {}
        self.roles: dict[str, str] = {}

    def join(self, number: int, texts: Iterable[str], role: str = "", *, kind: int = PERSON) -> None:
        """Puts the single words among ``texts`` in one class and gives them a role."""
        for text in texts:
            found = words_of(text, kind)
            if len(found) == 1:
                latin, native, _ = found[0]
                word = native or latin
                self.classes.setdefault(word, set()).add(number)
                if role != "":
                    self.roles.setdefault(word, role)

    def lines(self) -> Iterator[str]:
        """The rows, without classes that hold one word only."""
        sizes = Counter(number for ids in self.classes.values() for number in ids)
        for word in sorted({*self.classes, *self.roles}):
            ids = [number for number in sorted(self.classes.get(word, ())) if sizes[number] > 1]
            if len(ids) > 0 or word in self.roles:
                yield f"{word}\t{self.roles.get(word, '')}\t{' '.join(map(str, ids))}"


def wikidata_classes(table: Words, latin: set[str]) -> None:
    """Classes of names that Wikidata holds to be one name in other spellings or scripts."""
    words = {token.casefold() for token in latin}
    for script in SCRIPTS:
        lines = (DATA / f"12_names/netranslit/wd_{script}_20").read_text(encoding="utf-8").splitlines()
        words |= {line.split("\t")[1].replace(" ", "").casefold() for line in lines}
        words |= {line.split("\t")[0].casefold() for line in lines}
    found: dict[int, set[str]] = {}
    for word in sorted(words):
        if len(word) > 1 and len(words_of(word)) == 1:
            for name in analyze_names(NameTypeTag.PER, [word], phonetics=False, numerics=False):
                for symbol in name.symbols:
                    number = str(symbol.id).removeprefix("Q")
                    if number.isdigit():
                        found.setdefault(int(number), set()).add(word)
    for number, members in sorted(found.items()):
        if 1 < len(members) <= LARGEST_CLASS:
            table.join(number, members)


def nicknames(table: Words) -> None:
    """A name and what its bearers are called.

    The source also lists the other direction, so that all names which share a short form would be forms of one: the
    longer of two is the name, and only what is shorter joins its class. William and Robert stay two.
    """
    with (DATA / "12_names/nicknames/names.csv").open(encoding="utf-8") as file:
        pairs = [(row[0], row[2]) for row in csv.reader(file) if row[1] == "has_nickname"]
        rows = [(name, short) if len(name) >= len(short) else (short, name) for name, short in pairs]
    numbers = {name: NICKNAMES + n for n, name in enumerate(sorted({row[0] for row in rows}))}
    for name, nickname in rows:
        table.join(numbers[name], (name, nickname))


def organisation_words(table: Words) -> None:
    """Words of organisations by what they mean, and legal forms by their general kind."""
    kinds: dict[str, set[str]] = {}
    for row in yaml.safe_load((RIGOUR / "org_types.yml").read_text(encoding="utf-8"))["types"]:
        texts = [row.get("display"), row.get("compare"), *row.get("aliases", ())]
        general = str(row.get("generic") or row.get("compare") or row.get("display"))
        forms = {replace_org_types_compare(str(text).casefold()) for text in texts if text} - NUMERALS
        kinds.setdefault(general, set()).update(forms)
    for n, (_, forms) in enumerate(sorted(kinds.items())):
        table.join(FORMS + n, forms, "form", kind=ORGANISATION)
    held = yaml.safe_load((RIGOUR / "symbols.yml").read_text(encoding="utf-8"))
    symbols = [(key, texts) for part in ("org_symbols", "org_domains") for key, texts in held[part].items()]
    for n, (key, texts) in enumerate(symbols):
        table.join(SYMBOLS + n, map(str, texts), "" if key in NAMED else "generic", kind=ORGANISATION)
    nicks = [texts for part in ("person_symbols", "person_nick", "person_name_parts") for texts in held[part].values()]
    for n, texts in enumerate(nicks):
        table.join(SYMBOLS + 5000 + n, map(str, texts))
    for n, words in enumerate(COMPOUNDS):
        for word in words:
            table.classes.setdefault(word, set()).add(SYMBOLS + 7000 + n)
    numbers = yaml.safe_load((RIGOUR / "ordinals.yml").read_text(encoding="utf-8"))["ordinals"]
    for n, texts in numbers.items():
        table.join(SYMBOLS + 6000 + int(n), [str(n), *map(str, texts)])


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
    FREQUENCIES.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} tokens, {FREQUENCIES.stat().st_size} bytes")
    table = Words()
    for word in PARTICLES:
        table.roles[word] = "particle"
    titles = yaml.safe_load((RIGOUR / "stopwords.yml").read_text(encoding="utf-8"))["PERSON_NAME_PREFIXES"]
    for text in [*MORE_TITLES, *titles]:
        found = words_of(text)
        if len(found) == 1:
            table.roles.setdefault(found[0][1] or found[0][0], "title")
    wikidata_classes(table, set(persons) | set(others))
    nicknames(table)
    organisation_words(table)
    for number, members in (*korean(), *chinese()):
        for word in members:
            table.classes.setdefault(word, set()).add(number)
    rows = list(table.lines())
    WORDS.write_text(WORDS_HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows)} words, {WORDS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
