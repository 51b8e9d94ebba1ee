"""A question about one document, as it is typed, sent or pasted: kind, country and number, or the zone.

What the zone says is asked as it is printed and never repaired. Where a zone leaves open under which kind the issuer
reports a document, every kind that it may be is asked, so that nothing is missed. What stands for no country, and a
number whose check digit does not agree, cannot be answered with *nothing found*: the question says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from comity.errors import Defect, InputRefused
from comity.formats.mrz import Zone, country_of, read_zone
from comity.model.travel_document import KINDS, LONGEST, Document, plain_number

SIZES = {88: 44, 72: 36, 90: 30}
"""Characters of a zone on one line, and where it is broken."""
NO_NUMBER = "The zone shows no number."
MISREAD = "The check digit of the number does not agree: read the number again."
CONVENTION = frozenset({"XXA", "XXB", "XXC"})
"""Nationalities that a convention travel document bears."""
_KINDS = {word.casefold(): code for code, title in KINDS for word in (code, title)}


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """What is asked: the document under each kind that it may have, its zone if there is one, and in ``doubt`` why
    *nothing found* would be no answer, or the empty text."""

    documents: tuple[Document, ...]
    zone: Zone | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, and where, for errors."""

    kind: str = ""
    country: str = ""
    number: str = ""
    mrz: str = ""
    file: str = ""
    place: str = ""


def read_asked(typed: Typed, today: date) -> AskedDocument:
    """The question in ``typed``; raises :class:`InputRefused` with every defect."""
    fields = (typed.kind, typed.country, typed.number)
    if typed.mrz.strip() != "":
        if any(text.strip() != "" for text in fields):
            raise _refused([_defect(typed, "mrz", "The document is given twice.", "Give the zone or the number.")])
        return of_zone(_zone(typed, today))
    defects = list(_defects(typed))
    if len(defects) > 0:
        raise _refused(defects)
    kind, country = _KINDS[typed.kind.strip().casefold()], _country(typed.country)
    return AskedDocument((Document(kind, country, typed.number),))


def of_zone(zone: Zone) -> AskedDocument:
    """The question about the document of a zone."""
    country = _country(zone.issuer)
    documents = tuple(Document(kind, country, zone.number) for kind in kinds_of(zone) if country != "")
    if country == "":
        return AskedDocument((), zone, f"{zone.issuer or 'The issuer'} stands for no country whose documents are kept.")
    if plain_number(zone.number) == "":
        return AskedDocument((), zone, NO_NUMBER)
    if any(check.field == "document number" and not check.agrees for check in zone.checks):
        return AskedDocument(documents, zone, MISREAD)
    return AskedDocument(documents, zone)


def of_paper(kind: str, country: str, number: str, nationality: str) -> AskedDocument:
    """The question about a document as a carrier filed it; where its kind is not said, every kind is asked."""
    code, issuer = kind[:1].upper(), _country(country)
    if issuer == "" or plain_number(number) == "":
        return AskedDocument((), doubt="It was filed without a number or a country whose documents are kept.")
    kinds = {"P": ("P", "R") if nationality in CONVENTION else ("P",), "I": ("I", "O"), "V": ("V",)}
    return AskedDocument(tuple(Document(one, issuer, number) for one in kinds.get(code, ("P", "I", "R", "O"))))


def kinds_of(zone: Zone) -> tuple[str, ...]:
    """Every kind under which the issuer may have reported a document with this zone."""
    first, second = zone.kind[:1], zone.kind[1:2]
    if first == "P":
        return ("P", "R") if zone.nationality in CONVENTION or second in ("R", "S", "T") else ("P",)
    if first == "V":
        return ("V",)
    return ("I", "O") if first in ("I", "A", "C") else ("O",)


def _country(text: str) -> str:
    """Two small letters, or nothing; codes of two letters are taken as they are, since exercise members bear them."""
    code = text.strip().upper()
    found = country_of(code)
    return found if found != "" or len(code) != 2 or not code.isalpha() or not code.isascii() else code.lower()


def _zone(typed: Typed, today: date) -> Zone:
    lines = [line.replace(" ", "").upper() for line in typed.mrz.splitlines() if line.strip() != ""]
    if len(lines) == 1 and len(lines[0]) in SIZES:
        width, text = SIZES[len(lines[0])], lines[0]
        lines = [text[start : start + width] for start in range(0, len(text), width)]
    try:
        return read_zone(lines, today, file=typed.file)
    except InputRefused as error:
        raise _refused([_at(typed, defect) for defect in error.defects]) from error


def _at(typed: Typed, defect: Defect) -> Defect:
    place = " ".join(word for word in (typed.place, defect.place) if word != "")
    return Defect(defect.rule, defect.says, defect.remedy, typed.file, place, "mrz")


def _defects(typed: Typed) -> Iterator[Defect]:
    known = ", ".join(f"{code} ({title})" for code, title in KINDS)
    kind, country = typed.kind.strip(), typed.country.strip()
    if kind.casefold() not in _KINDS:
        says = f"{kind} is no kind of document." if kind != "" else "The kind is missing."
        yield _defect(typed, "kind", says, f"Known: {known}.")
    if _country(country) == "":
        says = f"{country} is no country that issues documents." if country != "" else "The issuing country is missing."
        yield _defect(typed, "country", says, "Give the issuing country in two or three letters, as printed.")
    number = plain_number(typed.number)
    if number == "":
        yield _defect(typed, "number", "There is no number.", "Type the number as printed.")
    elif len(number) > LONGEST:
        says = f"The number has {len(number)} characters; {LONGEST} are the most."
        yield _defect(typed, "number", says, "Type the number alone.")


def _defect(typed: Typed, field: str, says: str, remedy: str) -> Defect:
    return Defect(f"check.{field}", says, remedy, typed.file, typed.place, field)


def _refused(defects: list[Defect]) -> InputRefused:
    return InputRefused("The document cannot be looked up.", defects)
