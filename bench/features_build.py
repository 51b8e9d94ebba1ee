"""Estimates what dates of birth, gender, countries, places and numbers say, and writes the weights.

A weight is the log of how much likelier an outcome is between two entries of one person than between two persons
who come up for each other. Both kinds of pairs come from public lists:

- one person: an entry of the UN's or the EU's and an OFAC entry whose names agree so far that they can hardly be two
  (evidence of :data:`SURE`);
- two persons: two entries of one list whose names are candidates for each other, since a list has one entry a
  person. Names go with countries, families and places, so these are far more alike than people drawn at random, and
  the weights are what is left to say once the names have spoken. Dates are also drawn at random, where candidates
  are too few for the rare outcomes.

Outcomes that were seen too seldom borrow :data:`PRIOR` from an even share. What no list shows is explained in
:data:`EXPLAINED`, each weight by itself. Run with COMITY_DATA set; writes src/comity/matching/weights-3.json.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.quality.lists import eu, sdn, un, whole

from comity.matching.features import births
from comity.matching.scorer import judge, strangers
from comity.matching.screening.index import Index
from comity.matching.subject import Subject, subjects_of

TARGET = Path(__file__).resolve().parents[1] / "src/comity/matching/weights-3.json"
SURE = 5.0
RANDOM_PAIRS = 200_000
PRIOR = 2.0
MOST = 5.0
"""Bound on a weight: clerks copy dates, and relatives are entered with each other's."""
OUTCOMES = ("agree", "swapped", "month", "year", "span", "about", "slip", "near", "same_year", "few_years", "differ")
"""Of dates, from what says most to what says least; a weight never exceeds the one of a stronger outcome."""
MOST_OF_FACTS = 2.0
COUNTED = {"gender": 1.0, "nationality": 0.5, "birth_place": 0.5}
"""Bound on what the other facts weigh, and how much of the estimate for a difference counts: lists copy from each
other, so that of one person they agree more than a traveller's papers do with a list."""

EXPLAINED = {
    "name": {"strangers": -4.0},
    "identifiers": {
        "agree": 9.0,
        "lent": 6.0,
        "email": 4.0,
        "phone": 3.0,
        "lasting": -6.0,
        "differ": -3.0,
        "papers": -0.4,
    },
}
WHY = {
    "name": {
        "strangers": "Names that are no candidates, where only a shared number brings two together: a person under "
        "another name is a rarer case than a number entered for somebody else's relative, but the number decides.",
    },
    "birth_date": "Estimated: log of the outcome's share among pairs of one person over its share among two persons.",
    "gender": "Estimated: as for dates, among two persons whose names are candidates for each other.",
    "nationality": "Estimated likewise; of a difference half counts, since lists copy from each other and travellers "
    "have second or false papers.",
    "birth_place": "Estimated likewise; of a difference half counts, since lists copy the place and its spelling.",
    "identifiers": {
        "agree": "A number of eight digits is shared by chance once in a hundred million: held to 9, which outweighs "
        "any names and a differing date.",
        "lent": "Call signs, MMSI and registration marks are given out again to another hull, wing or car: held to "
        "6, which still outweighs different names.",
        "email": "A household or an office may share an address for mail: one in fifty addresses, ln 50.",
        "phone": "A household or an office shares a telephone more often than an address for mail: one in twenty.",
        "lasting": "IMO numbers, LEI and Wikidata items are given once and for all, so two that pass their check "
        "digits are two things, but for the clerk who took the wrong one: one in four hundred, ln 400.",
        "differ": "Registers and tax offices number once, but several registers of one country are written into the "
        "same field: one in twenty.",
        "papers": "Papers are renewed, and lists give old ones; two persons whose papers have other numbers are the "
        "rule all the same: two in three, a bit under ln 1.5.",
    },
}


def one_person() -> Iterator[tuple[Subject, Subject]]:
    """Pairs of entries of one person on two lists."""
    index = Index.build(subjects_of([tree for tree in sdn() if tree["schema"] == "Person"]))
    whole_ones = {subject.id: subject for subject in index.subjects}
    others = [*un(), *eu("32014R0269"), *eu("32012R0036")]
    trees = [tree for one in others if one.schema == "Person" for tree in whole(one)]
    for subject in subjects_of(trees):
        bare = Subject(subject.id, subject.schema, subject.caption, subject.names)
        pairs = [(compared.evidence, match.id) for match, compared in index.compared(bare)]
        if len(pairs) > 0 and max(pairs)[0] >= SURE:
            yield subject, whole_ones[max(pairs)[1]]


def namesakes() -> Iterator[tuple[Subject, Subject]]:
    """Pairs of different entries of one list whose names are candidates for each other."""
    index = Index.build(subjects_of([tree for tree in sdn() if tree["schema"] == "Person"]))
    for subject in index.subjects:
        bare = Subject(subject.id, subject.schema, subject.caption, subject.names)
        for match, _ in index.compared(bare):
            if match.id > subject.id:
                yield subject, match


def drawn() -> Iterator[tuple[Subject, Subject]]:
    """Pairs of persons drawn at random who both have a date of birth."""
    chance = random.Random(17)
    dated = [s for s in subjects_of(sdn()) if s.schema == "Person" and len(s.births) > 0]
    for _ in range(RANDOM_PAIRS):
        first, second = chance.sample(dated, 2)
        yield first, second


def outcomes(pairs: Sequence[tuple[Subject, Subject]]) -> dict[str, Counter[str]]:
    """How often each feature had each outcome, of pairs where both sides say something."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for first, second in pairs:
        compared = judge(first, second, strangers(first, second))
        for feature, finding in () if compared is None else compared.findings:
            if not finding.outcome.startswith("absent"):
                found[feature.name][finding.outcome] += 1
    return found


def best(first: Subject, second: Subject) -> str:
    """The strongest outcome between any of their dates, as the feature takes it."""
    found = {births(mine, theirs).outcome for mine in first.births for theirs in second.births}
    return next(outcome for outcome in OUTCOMES if outcome in found)


def ratio(outcome: str, same: Counter[str], two: Counter[str], kinds: int) -> float:
    """The log of an outcome's share among pairs of one person over its share among two persons."""
    shares = [(held[outcome] + PRIOR / kinds) / (sum(held.values()) + PRIOR) for held in (same, two)]
    return math.log(shares[0] / shares[1])


def dated(same: Counter[str], two: Counter[str]) -> dict[str, float]:
    """The log-odds of each outcome of dates, each at most the one before it."""
    made: dict[str, float] = {}
    most = MOST
    for outcome in OUTCOMES:
        most = made[outcome] = round(max(-MOST, min(most, ratio(outcome, same, two, len(OUTCOMES)))), 2)
    return made


def main() -> None:
    """Writes the weights."""
    one, others, strange = list(one_person()), list(namesakes()), list(drawn())
    same, two = outcomes(one), outcomes(others)
    print(f"{len(one)} pairs of one person, {len(others)} of two")
    counted = [
        Counter(best(*pair) for pair in pairs if all(len(s.births) > 0 for s in pair)) for pairs in (one, strange)
    ]
    made: dict[str, dict[str, float]] = {"birth_date": dated(*counted), **{k: dict(v) for k, v in EXPLAINED.items()}}
    print("birth_date", dict(counted[0]), dict(counted[1]), "namesakes", dict(two["birth_date"]))
    for feature, counted_as in COUNTED.items():
        agree, differ = (ratio(outcome, same[feature], two[feature], 2) for outcome in ("agree", "differ"))
        made[feature] = {
            "agree": round(min(MOST_OF_FACTS, agree), 2),
            "differ": round(counted_as * max(-2 * MOST_OF_FACTS, differ), 2),
        }
        print(feature, dict(same[feature]), dict(two[feature]), made[feature])
    print(made)
    held = {"version": 3, "weights": made, "why": WHY}
    held["sources"] = [
        "OFAC Specially Designated Nationals list, January 2022 (US Government work, public domain)",
        "United Nations Security Council consolidated list, October 2018",
        "EU consolidated acts 32014R0269 and 32012R0036 (European Union, reuse authorised)",
    ]
    TARGET.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
