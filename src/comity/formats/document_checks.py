"""What an officer expects of a travel document: zone against page, dates that can be, a number of the right form.

Each finding is a question with its reason; none says that a document is false, and none that it is genuine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from normality import latinize_text

from comity.formats.mrz import Zone, country_of, expectations, says_of


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on the page of data beside the zone, as an officer reads it; empty where it is not compared.
    Dates are ISO, codes of countries in three letters."""

    surname: str = ""
    given: str = ""
    number: str = ""
    nationality: str = ""
    issuer: str = ""
    born: str = ""
    sex: str = ""
    issued: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One finding about a document: the field it is about, what was seen, and how sure the rule behind it is."""

    field: str
    says: str
    mark: str = "V"


_COMPARED = ("number", "nationality", "issuer", "born", "sex", "expires")
_DIGRAPHS = (("Ä", "AE"), ("Ö", "OE"), ("Ü", "UE"), ("ß", "SS"), ("Ø", "OE"), ("Å", "AA"), ("Æ", "AE"), ("Ñ", "N"))


def check_document(zone: Zone | None, page: Page, today: date) -> tuple[Doubt, ...]:
    """Everything that does not add up, the zone's own check digits first."""
    found: list[Doubt] = []
    if zone is not None:
        found.extend(Doubt("zone", says) for says in says_of(zone))
        found.extend(_against(zone, page))
    found.extend(_dates(zone, page, today))
    found.extend(_number(zone, page))
    return tuple(found)


def _against(zone: Zone, page: Page) -> Iterator[Doubt]:
    for name in _COMPARED:
        printed, read = getattr(page, name).strip().upper(), str(getattr(zone, name)).upper()
        if printed != "" and printed.replace(" ", "") != read.replace(" ", ""):
            yield Doubt(name, f"The page says {printed}, the zone {read or 'nothing'}.")
    for name in ("surname", "given"):
        printed, read = getattr(page, name).strip(), str(getattr(zone, name))
        if printed != "" and not _same_name(printed, read, cut=zone.cut and name == "given"):
            yield Doubt(name, f"The page says {printed.upper()}, the zone {read or 'nothing'}.")


def _same_name(printed: str, read: str, *, cut: bool) -> bool:
    """Whether a name on the page can be written so in the zone: transliterated either way, cut at the field's end."""
    plain = re.sub(r"[^A-Z0-9]", "", read)
    forms = {_plain(printed), _plain(_with_digraphs(printed))}
    return any(form == plain or (cut and plain != "" and form.startswith(plain)) for form in forms)


def _with_digraphs(text: str) -> str:
    upper = text.upper()
    for letter, pair in _DIGRAPHS:
        upper = upper.replace(letter, pair)
    return upper


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", (latinize_text(text) or "").upper())


def _dates(zone: Zone | None, page: Page, today: date) -> Iterator[Doubt]:
    expires = page.expires or ("" if zone is None else zone.expires)
    born = page.born or ("" if zone is None else zone.born)
    day = today.isoformat()
    if expires != "" and expires < day[: len(expires)]:
        yield Doubt("expires", f"It expired on {expires}.")
    if page.issued != "" and page.issued > day:
        yield Doubt("issued", f"It was issued on {page.issued}: that lies in the future.")
    if page.issued != "" and expires != "" and expires <= page.issued:
        yield Doubt("expires", f"It expires on {expires}, and was issued on {page.issued}.")
    if born != "" and (born > day or (page.issued != "" and born[: len(page.issued)] > page.issued)):
        yield Doubt("born", f"The holder was born on {born}: later than the document or today.")
    longest: Mapping[str, object] = expectations()["longest_validity"]
    years = _years_between(page.issued, expires)
    if years is not None and years > int(str(longest["passport"])):
        says = f"It is valid for {years} years; {longest['passport']} is the longest that is usual."
        yield Doubt("expires", says, str(longest["mark"]))


def _years_between(start: str, end: str) -> int | None:
    """Whole years between two full ISO dates, or None where one is not known."""
    if len(start) != 10 or len(end) != 10:
        return None
    later, years = end[4:] > start[4:], int(end[:4]) - int(start[:4])
    return years + 1 if later else years


def _number(zone: Zone | None, page: Page) -> Iterator[Doubt]:
    number = page.number.strip().upper() or ("" if zone is None else zone.number)
    issuer = country_of(page.issuer.strip().upper() or ("" if zone is None else zone.issuer))
    passport = zone is None or zone.kind.startswith("P")
    rule = expectations()["passport_numbers"].get(issuer) if passport else None
    if rule is not None and number != "" and re.fullmatch(rule["pattern"], number) is None:
        says = f"{number} is not of the form that passports of {issuer.upper()} are known to have."
        yield Doubt("number", says, str(rule["mark"]))
