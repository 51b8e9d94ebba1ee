"""The explainable scorer: a closed family of features, each a log-odds; their sum is the evidence.

A feature's docstring is what officers read: its first line says what the feature is worth, its other lines are
the texts of its outcomes. A feature without them cannot be registered, and an outcome without a text cannot be
said. Two subjects are compared at all only if a pair of their names reaches :data:`LEAST_SIMILARITY` or they share
an identifier: that is the declared rule of candidates, and retrieval must keep it without loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from comity.matching.hit import Reason
from comity.matching.names.likeness import Likeness, Name, compare_names, name_of
from comity.matching.subject import BirthDate, Identifier, Subject, may_be

WEAK_CEILING = 1.0
"""Most that a weak alias can say; the top band begins at log-odds 2.2, so it never gets there alone."""


@dataclass(frozen=True, slots=True)
class NamePair:
    """The names that speak most for it, or the main names if none agree; ``evidence`` in log-odds."""

    query: Name
    match: Name
    likeness: Likeness
    evidence: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One feature's outcome and weight, and the two values that its text names."""

    outcome: str
    weight: float
    query: str = ""
    match: str = ""


Judge = Callable[[Subject, Subject, NamePair], Finding | None]


@dataclass(frozen=True, slots=True)
class Feature:
    """One comparison: ``docs`` for users, ``texts`` by outcome, ``judge`` gives the finding or None for no word."""

    name: str
    docs: str
    texts: dict[str, str]
    judge: Judge

    def reason(self, finding: Finding) -> Reason:
        """The finding in words."""
        says = self.texts[finding.outcome].format(query=finding.query, match=finding.match)
        return Reason(self.name, says, finding.weight)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The summed log-odds and the findings it is made of."""

    evidence: float
    findings: tuple[tuple[Feature, Finding], ...]

    @property
    def score(self) -> float:
        """The logistic of the evidence, rounded to four places."""
        return round(1.0 / (1.0 + math.exp(-self.evidence)), 4)

    def reasons(self) -> tuple[Reason, ...]:
        """The findings in words, in the order of the features."""
        return tuple(feature.reason(finding) for feature, finding in self.findings)


def feature(judge: Judge) -> Feature:
    """Makes a feature of a function; its docstring must give one line of docs and an ``outcome: text`` each."""
    name = getattr(judge, "__name__", "")
    lines = [line.strip() for line in (judge.__doc__ or "").strip().splitlines() if line.strip() != ""]
    texts = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    if len(lines) < 2 or len(texts) != len(lines) - 1:
        raise ValueError(f"the feature {name} does not say what its outcomes mean")
    return Feature(name.strip("_"), lines[0], texts, judge)


@feature
def name(query: Subject, match: Subject, names: NamePair) -> Finding:
    """Names are compared word by word; rare words weigh more than common ones, weak aliases little.

    agree: Names agree: {query} = {match}
    near: Names are alike: {query} ~ {match}
    part: Names agree in part: {query} ~ {match}
    weak: A weak alias on the list agrees: {query} ~ {match}
    differ: Names differ: {query} / {match}
    """
    found = names.likeness
    mine, theirs = names.query.text, names.match.text
    if not found.is_candidate:
        return Finding("differ", names.evidence, mine, theirs)
    if names.query.is_weak or names.match.is_weak:
        return Finding("weak", names.evidence, mine, theirs)
    if len(found.query_only) + len(found.match_only) > 0:
        return Finding("part", names.evidence, mine, theirs)
    return Finding("agree" if found.lacking == 0 else "near", names.evidence, mine, theirs)


@feature
def birth_date(query: Subject, match: Subject, names: NamePair) -> Finding | None:
    """Dates of birth speak strongly when both are full; a year alone says less, a swapped day and month is noted.

    agree: Birth dates agree: {query} = {match}
    swapped: Birth dates agree with day and month swapped: {query} / {match}
    month: Birth dates agree in year and month: {query} / {match}
    year: Birth years agree: {query} / {match}
    near: Birth years are close: {query} / {match}
    slip: Birth dates differ in one digit: {query} / {match}
    differ: Birth dates differ: {query} / {match}
    absent: Birth date not given {match}
    """
    if query.schema != "Person" and match.schema != "Person":
        return None
    if len(query.births) == 0 or len(match.births) == 0:
        return Finding("absent", 0.0, match=_absent(query.births, match.births))
    pairs = (_births(mine, theirs) for mine in query.births for theirs in match.births)
    return max(pairs, key=lambda finding: (finding.weight, finding.query, finding.match))


def _births(mine: BirthDate, theirs: BirthDate) -> Finding:
    def found(outcome: str, weight: float) -> Finding:
        return Finding(outcome, weight, mine.text, theirs.text)

    if mine.is_full and theirs.is_full:
        if mine.first == theirs.first:
            return found("agree", 3.0)
        if mine.first.year == theirs.first.year:
            if (mine.first.month, mine.first.day) == (theirs.first.day, theirs.first.month):
                return found("swapped", 1.8)
            # 1 January stands for an unknown day in many registers.
            if (1, 1) in ((mine.first.month, mine.first.day), (theirs.first.month, theirs.first.day)):
                return found("year", 0.8)
        if OSA.distance(mine.text[:10], theirs.text[:10]) == 1:
            return found("slip", 0.3)
    elif mine.first <= theirs.last and theirs.first <= mine.last:
        is_month = (mine.last - mine.first).days < 40 and (theirs.last - theirs.first).days < 40
        return found("month", 1.8) if is_month else found("year", 1.0)
    apart = abs(mine.first.year - theirs.first.year)
    return found("near", -0.6) if apart == 1 else found("differ", -1.5 if apart == 0 else -2.5 if apart <= 5 else -4.0)


@feature
def gender(query: Subject, match: Subject, names: NamePair) -> Finding | None:
    """An equal gender adds next to nothing; a different one speaks against it.

    agree: Gender agrees: {query}
    differ: Gender differs: {query} / {match}
    absent: Gender not given {match}
    """
    if "Person" not in (query.schema, match.schema):
        return None
    if len(query.genders) == 0 or len(match.genders) == 0:
        return Finding("absent", 0.0, match=_absent(query.genders, match.genders))
    if set(query.genders) & set(match.genders):
        return Finding("agree", 0.2, query.genders[0])
    return Finding("differ", -2.0, query.genders[0], match.genders[0])


@feature
def nationality(query: Subject, match: Subject, names: NamePair) -> Finding:
    """Countries say little: many people share one, and some have two.

    agree: Countries agree: {query}
    differ: Countries differ: {query} / {match}
    absent: Country not given {match}
    """
    if len(query.countries) == 0 or len(match.countries) == 0:
        return Finding("absent", 0.0, match=_absent(query.countries, match.countries))
    shared = [code for code in query.countries if code in match.countries]
    if len(shared) > 0:
        return Finding("agree", 0.6, _codes(shared))
    return Finding("differ", -0.8, _codes(query.countries), _codes(match.countries))


@feature
def birth_place(query: Subject, match: Subject, names: NamePair) -> Finding | None:
    """Places of birth that agree add some weight; spellings vary too much for a difference to say much.

    agree: Birth places agree: {query} ~ {match}
    differ: Birth places differ: {query} / {match}
    """
    if len(query.birth_places) == 0 or len(match.birth_places) == 0:
        return None
    pairs = [(_places(mine, theirs), mine, theirs) for mine in query.birth_places for theirs in match.birth_places]
    alike, mine, theirs = max(pairs)
    return Finding("agree", 0.8, mine, theirs) if alike >= 1.0 else Finding("differ", -0.2, mine, theirs)


def _places(mine: str, theirs: str) -> float:
    return compare_names(name_of(mine), name_of(theirs)).evidence


@feature
def identifiers(query: Subject, match: Subject, names: NamePair) -> Finding | None:
    """A shared number of one issuer settles it, whatever the names; different numbers of one issuer speak against.

    agree: The {query} number agrees: {match}
    differ: Numbers of one issuer differ: {query} / {match}
    """
    shared = shared_identifier(query.identifiers, match.identifiers)
    if shared is not None:
        return Finding("agree", 8.0, shared.kind, shared.number)
    for mine in query.identifiers:
        for theirs in match.identifiers:
            if mine.kind == theirs.kind and mine.country == theirs.country != "":
                # Passports are renewed and lists mix them with identity cards; registers number a company once.
                weight = -0.4 if mine.kind == "document" else -3.0
                return Finding("differ", weight, mine.number, theirs.number)
    return None


def shared_identifier(mine: Iterable[Identifier], theirs: Iterable[Identifier]) -> Identifier | None:
    """The first identifier that both have and that no different issuer speaks against."""
    known = {one.key: one for one in theirs}
    for one in mine:
        other = known.get(one.key)
        if other is not None and (one.country == other.country or "" in (one.country, other.country)):
            return one
    return None


FEATURES: tuple[Feature, ...] = (name, birth_date, gender, nationality, birth_place, identifiers)


def _absent(mine: tuple[object, ...], theirs: tuple[object, ...]) -> str:
    if len(mine) == 0 and len(theirs) == 0:
        return "on either side"
    return "in the query" if len(mine) == 0 else "on the list"


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(code.upper() for code in codes)


def best_pair(pairs: Iterable[tuple[Name, Name, Likeness]]) -> NamePair | None:
    """The pair of names that says most among those that reach the least similarity; ties by the names' text."""
    best: NamePair | None = None
    for query, match, likeness in pairs:
        if not likeness.is_candidate:
            continue
        pair = NamePair(query, match, likeness, round(likeness.evidence, 4))
        if best is None or _rank(pair) < _rank(best):
            best = pair
    return best


def _rank(pair: NamePair) -> tuple[float, str, str]:
    return -pair.likeness.evidence, pair.query.text, pair.match.text


def compare(query: Subject, match: Subject) -> Comparison | None:
    """Compares two subjects in full; None where the rule of candidates says that they are not compared."""
    if not may_be(query.schema, match.schema):
        return None
    pairs = ((mine, theirs, compare_names(mine, theirs)) for mine in query.names for theirs in match.names)
    return judge(query, match, best_pair(pairs))


def judge(query: Subject, match: Subject, names: NamePair | None) -> Comparison | None:
    """As :func:`compare`, with the best pair of names given; both must be of kinds that may be one."""
    if names is None:
        if shared_identifier(query.identifiers, match.identifiers) is None:
            return None
        names = _strangers(query, match)
    found = []
    for one in FEATURES:
        finding = one.judge(query, match, names)
        if finding is not None:
            found.append((one, finding))
    evidence = round(sum(finding.weight for _, finding in found), 4)
    return Comparison(evidence, tuple(found))


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that a query's features can say: the birth date where a year is shared and where none is, and all
    others but names and identifiers together."""

    same_year: float
    other_year: float
    rest: float


def ceiling(query: Subject) -> Ceiling:
    """The most that the features can say of ``query``, whoever is compared with it; retrieval leaves out by it."""
    rest = (0.6 if len(query.countries) > 0 else 0.0) + (0.8 if len(query.birth_places) > 0 else 0.0)
    rest += 0.2 if len(query.genders) > 0 else 0.0
    return Ceiling(3.0 if len(query.births) > 0 else 0.0, 0.3 if len(query.births) > 0 else 0.0, rest)


def name_pair(query: Name, match: Name) -> NamePair:
    """Two names that are known to be the best pair of two subjects."""
    likeness = compare_names(query, match)
    return NamePair(query, match, likeness, round(likeness.evidence, 4))


def _strangers(query: Subject, match: Subject) -> NamePair:
    mine = query.names[0] if len(query.names) > 0 else name_of(query.caption)
    theirs = match.names[0] if len(match.names) > 0 else name_of(match.caption)
    return NamePair(mine, theirs, Likeness(-4.0), -4.0)
