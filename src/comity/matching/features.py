"""The features: a closed family of comparisons, each giving a log-odds and a sentence.

Their weights stand in a packaged file (:data:`comity.matching.reasons.WEIGHTS`): those of dates and of identifiers
are estimated from public lists by bench/features_build.py, the others are explained there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from rapidfuzz.distance import OSA

from comity.matching.identifiers import LENT, REGISTERED, SHARED, Identifier, is_told_apart, shared_identifier
from comity.matching.names.likeness import CROSS, Likeness, Name, Pair, compare_names, name_of
from comity.matching.names.words import PARTICLE, TITLE
from comity.matching.reasons import Feature, Finding, NamePair, feature, weights
from comity.matching.subject import Subject
from comity.model.span import Span

PLACE_LEAST = 1.0
"""Name evidence from which two places are taken for one."""
NEAR_YEARS = 5


@feature
def name(query: Subject, match: Subject, names: NamePair) -> Finding:
    """Names are compared word by word, in any order; rare words weigh more than common ones, weak aliases little.

    agree: Names agree: %(query)s = %(match)s
    near: Names are alike, spelt differently: %(query)s ~ %(match)s
    script: Names agree across scripts: %(query)s ~ %(match)s
    joined: Names agree when written without spaces: %(query)s ~ %(match)s
    query_only: Names agree in part: %(query)s ~ %(match)s; not on the list: %(query_only)s
    match_only: Names agree in part: %(query)s ~ %(match)s; only on the list: %(match_only)s
    against: Names agree in part: %(query)s ~ %(match)s; %(query_only)s stands against %(match_only)s
    weak: A weak alias on the list agrees: %(query)s ~ %(match)s
    differ: Names differ: %(query)s / %(match)s
    """
    found = names.likeness
    values = {"query": names.query.text, "match": names.match.text}
    if not found.is_candidate:
        return Finding("differ", names.evidence, values)
    if names.query.is_weak or names.match.is_weak:
        return Finding("weak", names.evidence, values)
    mine, theirs = _left(names.query, found.query_only), _left(names.match, found.match_only)
    if mine != "" or theirs != "":
        outcome = "against" if "" not in (mine, theirs) else "query_only" if mine != "" else "match_only"
        return Finding(outcome, names.evidence, {**values, "query_only": mine, "match_only": theirs})
    return Finding(_whole(names), names.evidence, values)


def _left(name: Name, places: tuple[int, ...]) -> str:
    """The words left over that say something, as they are compared."""
    return " ".join(
        name.tokens[n].native or name.tokens[n].text for n in places if name.tags[n] not in (PARTICLE, TITLE)
    )


def _whole(names: NamePair) -> str:
    found = names.likeness
    if found.is_joined:
        return "joined"
    if any(one.kind == CROSS or _is_across(names, one) for one in found.pairs):
        return "script"
    return "agree" if found.lacking == 0 else "near"


def _is_across(names: NamePair, one: Pair) -> bool:
    return names.query.tokens[one.query].script != names.match.tokens[one.match].script


@feature
def birth_date(query: Subject, match: Subject, names: NamePair) -> Finding | None:
    """Dates of birth speak strongly when both are full; a year, a span or "about" says less, a swap is noted.

    agree: Birth dates agree: %(query)s = %(match)s
    swapped: Birth dates agree with day and month swapped: %(query)s / %(match)s
    month: Birth dates agree in year and month: %(query)s / %(match)s
    year: Birth years agree: %(query)s / %(match)s
    span: The birth dates fit, one of them given as a span: %(query)s / %(match)s
    about: The birth dates fit, one of them approximate: %(query)s / %(match)s
    near: Birth years are close: %(query)s / %(match)s
    slip: Birth dates differ in one digit: %(query)s / %(match)s
    same_year: Birth dates differ within one year: %(query)s / %(match)s
    few_years: Birth dates differ by a few years: %(query)s / %(match)s
    differ: Birth dates differ: %(query)s / %(match)s
    absent_query: Birth date not given in the query
    absent_list: Birth date not given on the list
    absent_both: Birth date not given on either side
    """
    if query.schema != "Person" and match.schema != "Person":
        return None
    if len(query.births) == 0 or len(match.births) == 0:
        return Finding(_absent(query.births, match.births), 0.0)
    pairs = (births(mine, theirs) for mine in query.births for theirs in match.births)
    return max(pairs, key=lambda finding: (finding.weight, finding.values["query"], finding.values["match"]))


def births(mine: Span, theirs: Span) -> Finding:
    """What two dates of birth say, each known to the day, the month, the year or a span of years."""
    outcome = _full(mine, theirs) if mine.is_full and theirs.is_full else _spans(mine, theirs)
    return Finding(outcome, weights("birth_date")[outcome], {"query": mine.says, "match": theirs.says})


def _full(mine: Span, theirs: Span) -> str:
    first, second = mine.first, theirs.first
    if first == second:
        return "agree"
    if first.year == second.year:
        if (first.month, first.day) == (second.day, second.month):
            return "swapped"
        # 1 January stands for an unknown day in many registers.
        if (1, 1) in ((first.month, first.day), (second.month, second.day)):
            return "year"
    if OSA.distance(mine.text, theirs.text) == 1:
        return "slip"
    return "same_year" if first.year == second.year else _apart(first, second)


def _spans(mine: Span, theirs: Span) -> str:
    if mine.first <= theirs.last and theirs.first <= mine.last:
        if mine.is_about or theirs.is_about:
            return "about"
        if mine.is_range or theirs.is_range:
            return "span"
        is_month = (mine.last - mine.first).days < 40 and (theirs.last - theirs.first).days < 40
        return "month" if is_month else "year"
    if mine.last < theirs.first:
        return _apart(mine.last, theirs.first)
    return _apart(theirs.last, mine.first)


def _apart(first: date, second: date) -> str:
    years = abs(first.year - second.year)
    return "same_year" if years == 0 else "near" if years == 1 else "few_years" if years <= NEAR_YEARS else "differ"


@feature
def gender(query: Subject, match: Subject, names: NamePair) -> Finding | None:
    """An equal gender adds next to nothing; a different one speaks against it.

    agree: Gender agrees
    differ: Gender differs
    absent_query: Gender not given in the query
    absent_list: Gender not given on the list
    absent_both: Gender not given on either side
    """
    if "Person" not in (query.schema, match.schema):
        return None
    if len(query.genders) == 0 or len(match.genders) == 0:
        return Finding(_absent(query.genders, match.genders), 0.0)
    outcome = "agree" if set(query.genders) & set(match.genders) else "differ"
    return Finding(outcome, weights("gender")[outcome])


@feature
def nationality(query: Subject, match: Subject, names: NamePair) -> Finding:
    """Countries say little: many people share one, and some have two.

    agree: Countries agree: %(query)s
    differ: Countries differ: %(query)s / %(match)s
    absent_query: Country not given in the query
    absent_list: Country not given on the list
    absent_both: Country not given on either side
    """
    if len(query.countries) == 0 or len(match.countries) == 0:
        return Finding(_absent(query.countries, match.countries), 0.0)
    shared = [code for code in query.countries if code in match.countries]
    if len(shared) > 0:
        return Finding("agree", weights("nationality")["agree"], {"query": _codes(shared)})
    values = {"query": _codes(query.countries), "match": _codes(match.countries)}
    return Finding("differ", weights("nationality")["differ"], values)


@feature
def birth_place(query: Subject, match: Subject, names: NamePair) -> Finding | None:
    """Places of birth that agree add some weight; spellings vary too much for a difference to say much.

    agree: Birth places agree: %(query)s ~ %(match)s
    differ: Birth places differ: %(query)s / %(match)s
    """
    if len(query.birth_places) == 0 or len(match.birth_places) == 0:
        return None
    pairs = [(_places(mine, theirs), mine, theirs) for mine in query.birth_places for theirs in match.birth_places]
    alike, mine, theirs = max(pairs)
    outcome = "agree" if alike >= PLACE_LEAST else "differ"
    return Finding(outcome, weights("birth_place")[outcome], {"query": mine, "match": theirs})


def _places(mine: str, theirs: str) -> float:
    return compare_names(name_of(mine), name_of(theirs)).evidence


@feature
def identifiers(query: Subject, match: Subject, names: NamePair) -> Finding | None:
    """A shared number of one issuer settles it, whatever the names; different numbers of one issuer speak against.

    document: The document number agrees: %(number)s
    tax: The tax number agrees: %(number)s
    registration: The registration number agrees: %(number)s
    imo: The IMO number agrees: %(number)s
    wallet: The wallet address agrees: %(number)s
    account: The account number agrees: %(number)s
    serial: The serial number agrees: %(number)s
    mark: The registration mark agrees: %(number)s
    mmsi: The radio identity (MMSI) agrees: %(number)s
    callsign: The call sign agrees: %(number)s
    phone: A telephone number agrees, which a household or office may share: %(number)s
    email: An e-mail address agrees, which a household or office may share: %(number)s
    agree: A number of one register agrees: %(number)s
    lasting: Numbers that are given once and for all differ: %(query)s / %(match)s
    differ: Numbers of one issuer differ: %(query)s / %(match)s
    papers: Papers of one issuer have other numbers: %(query)s / %(match)s
    """
    shared = shared_identifier(query.identifiers, match.identifiers)
    if shared is not None and shared.kind not in SHARED:
        outcome = _NAMED_KINDS.get(shared.kind, "agree")
        weight = weights("identifiers")["lent" if shared.kind in LENT else "agree"]
        return Finding(outcome, weight, {"number": shared.number})
    apart = is_told_apart(query.identifiers, match.identifiers)
    if apart is not None:
        return _unlike("lasting", *apart)
    if shared is not None:
        return Finding(shared.kind, weights("identifiers")[shared.kind], {"number": shared.number})
    return _of_one_issuer(query, match)


def _of_one_issuer(query: Subject, match: Subject) -> Finding | None:
    found = None
    for mine in query.identifiers:
        for theirs in match.identifiers:
            if mine.kind != theirs.kind or not mine.country == theirs.country != "":
                continue
            if mine.kind in REGISTERED:
                return _unlike("differ", mine, theirs)
            if mine.kind == "document" and found is None:
                found = _unlike("papers", mine, theirs)
    return found


def _unlike(outcome: str, mine: Identifier, theirs: Identifier) -> Finding:
    values = {"query": mine.number, "match": theirs.number}
    return Finding(outcome, weights("identifiers")[outcome], values)


_NAMED_KINDS = {
    **dict.fromkeys(("iban", "account"), "account"),
    **{
        kind: kind
        for kind in ("document", "tax", "registration", "imo", "wallet", "serial", "mark", "mmsi", "callsign")
    },
}


def strangers(query: Subject, match: Subject) -> NamePair:
    """The main names of two subjects none of whose names are candidates."""
    mine = query.names[0] if len(query.names) > 0 else name_of(query.caption)
    theirs = match.names[0] if len(match.names) > 0 else name_of(match.caption)
    weight = weights("name")["strangers"]
    return NamePair(mine, theirs, Likeness(weight), weight)


FEATURES: tuple[Feature, ...] = (name, birth_date, gender, nationality, birth_place, identifiers)


def _absent(mine: tuple[object, ...], theirs: tuple[object, ...]) -> str:
    if len(mine) == 0 and len(theirs) == 0:
        return "absent_both"
    return "absent_query" if len(mine) == 0 else "absent_list"


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(code.upper() for code in codes)
