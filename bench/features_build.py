"""Estimates what dates of birth say, from two public lists that hold the same persons, and writes the weights.

A weight is the log of how much likelier an outcome is between two entries of one person than between two persons.
One person: an OFAC entry of January 2022 and a UN entry of 2018 whose names agree so far that they can hardly be
two (evidence of :data:`SURE`). Two persons: entries drawn at random. Outcomes that were seen too seldom borrow
:data:`PRIOR` from an even share. The other weights are not estimated but explained, in :data:`EXPLAINED`.
Run with COMITY_DATA set; writes src/comity/matching/weights-2.json.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from pathlib import Path

from bench.quality.lists import sdn, un

from comity.matching.features import births
from comity.matching.screening.index import Index
from comity.matching.subject import Subject, subjects_of

TARGET = Path(__file__).resolve().parents[1] / "src/comity/matching/weights-2.json"
SURE = 5.0
RANDOM_PAIRS = 200_000
PRIOR = 2.0
MOST = 5.0
"""Bound on a weight: clerks copy dates, and relatives are entered with each other's."""
OUTCOMES = ("agree", "swapped", "month", "year", "slip", "near", "same_year", "few_years", "differ")
"""From what says most to what says least; a weight never exceeds the one of a stronger outcome."""

EXPLAINED = {
    "name": {"strangers": -4.0},
    "gender": {"agree": 0.2, "differ": -2.0},
    "nationality": {"agree": 0.6, "differ": -0.8},
    "birth_place": {"agree": 0.8, "differ": -0.2},
    "identifiers": {"agree": 9.0, "differ": -3.0, "papers": -0.4},
}
WHY = {
    "name": "Names that are no candidates, where only a shared number brings two together: a person under another "
    "name is a rarer case than a number entered for somebody else's relative, but the number decides.",
    "birth_date": "Estimated: log of the outcome's share among pairs of one person over its share among two persons.",
    "gender": "Half of all people share a gender, and four in five listed are men: a bit under ln(1/0.8). About one "
    "entry in a hundred is wrong or of a name that says the other: ln(0.03/0.3) is about -2.",
    "nationality": "Two strangers of one list share a country in about one of two hits, since names go with "
    "countries: ln 2, less for double nationality. A different one is seen in every third true pair.",
    "birth_place": "Spellings and levels (town, district, country) differ in most true pairs, so a difference says "
    "little; agreement is worth about what a country is.",
    "identifiers": "A number of eight digits is shared by chance once in a hundred million: held to 9, which "
    "outweighs any names and a differing date. Papers are renewed, so other papers say little; registers and "
    "tax offices number once.",
}


def same_person() -> Counter[str]:
    """Outcomes between entries of one person on the two lists."""
    index = Index.build(subjects_of([tree for tree in sdn() if tree["schema"] == "Person"]))
    found: Counter[str] = Counter()
    for subject in subjects_of([one.tree() for one in un() if one.schema == "Person"]):
        bare = Subject(subject.id, subject.schema, subject.caption, subject.names)
        pairs = [(compared, match) for match, compared in index.compared(bare)]
        if len(pairs) == 0:
            continue
        compared, match = max(pairs, key=lambda pair: pair[0].evidence)
        if compared.evidence >= SURE and len(subject.births) > 0 and len(match.births) > 0:
            found[best(subject, match)] += 1
    return found


def two_persons() -> Counter[str]:
    """Outcomes between persons drawn at random."""
    chance = random.Random(17)
    dated = [s for s in subjects_of(sdn()) if s.schema == "Person" and len(s.births) > 0]
    pairs = (chance.sample(dated, 2) for _ in range(RANDOM_PAIRS))
    return Counter(best(first, second) for first, second in pairs)


def best(first: Subject, second: Subject) -> str:
    """The strongest outcome between any of their dates, as the feature takes it."""
    found = {births(mine, theirs).outcome for mine in first.births for theirs in second.births}
    return next(outcome for outcome in OUTCOMES if outcome in found)


def weights(same: Counter[str], two: Counter[str]) -> dict[str, float]:
    """The log-odds of each outcome, each at most the one before it."""
    made: dict[str, float] = {}
    most = MOST
    for outcome in OUTCOMES:
        shares = [(held[outcome] + PRIOR / len(OUTCOMES)) / (sum(held.values()) + PRIOR) for held in (same, two)]
        most = made[outcome] = round(max(-MOST, min(most, math.log(shares[0] / shares[1]))), 2)
    return made


def main() -> None:
    """Writes the weights."""
    same, two = same_person(), two_persons()
    print(f"one person   {sum(same.values())}: {dict(same)}")
    print(f"two persons  {sum(two.values())}: {dict(two)}")
    dated = weights(same, two)
    print(dated)
    held = {"weights": {"birth_date": dated, **EXPLAINED}, "why": WHY}
    held["sources"] = [  # type: ignore[assignment]
        "OFAC Specially Designated Nationals list, January 2022 (US Government work, public domain)",
        "United Nations Security Council consolidated list, October 2018",
    ]
    TARGET.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
