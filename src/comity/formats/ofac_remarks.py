"""The Remarks column of the OFAC lists: one text that packs birth dates, papers, wallets and weak names.

Pieces are parted by semicolons. Each is understood, or kept word for word as a note; nothing is dropped. Reads
and writes; reading what was written gives the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from followthemoney.types import registry

from comity.formats.base import clean
from comity.model.span import span_of

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = rf"(?:(?:\d{{2}} )?(?:{'|'.join(MONTHS)}) )?\d{{4}}"
_ISO = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one property of the listed entity."""

    prop: str
    value: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: ``prop`` is the property that holds its number, ``kind`` the list's own name of it."""

    prop: str
    kind: str
    number: str
    country: str = ""
    issued: str = ""
    expires: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the number alone says it all."""
        return PLAIN_KIND[self.prop] == self.kind and self.country == self.issued == self.expires == ""


@dataclass(frozen=True, slots=True)
class Wallet:
    """A digital currency address and the list's code of its currency."""

    currency: str
    address: str


@dataclass(frozen=True, slots=True)
class Linked:
    """The name of another entry that this one is linked to."""

    name: str


Understood = Value | Paper | Wallet | Linked

PAPERS: dict[str, tuple[str, ...]] = {
    "passportNumber": ("Passport", "Diplomatic Passport", "Stateless Person Passport"),
    "idNumber": (
        "Identification Number",
        "National ID No.",
        "Cedula No.",
        "C.U.R.P.",
        "D.N.I.",
        "Driver's License No.",
        "National Foreign ID Number",
        "Residency Number",
        "Birth Certificate Number",
        "British National Overseas Passport",
        "Travel Document Number",
        "Refugee ID Card",
        "Numero de Identidad",
        "Cedula de Residencia",
        "Electoral Registry No.",
        "Seafarer's Identification Document",
        "Personal ID Card",
        "Turkish Identification Number",
        "Citizen's Card Number",
        "Stateless Person ID Card",
        "Bosnian Personal ID No.",
        "Afghan Money Service Provider License Number",
        "Chinese Commercial Code",
        "Kenyan ID No.",
        "I.F.E.",
        "Credencial electoral",
        "Military Registration Number",
        "Interpol: Red Notice. File No.",
    ),
    "socialSecurityNumber": ("SSN",),
    "taxNumber": (
        "Tax ID No.",
        "NIT #",
        "R.F.C.",
        "RFC",
        "RUC #",
        "RIF #",
        "V.A.T. Number",
        "C.U.I.T.",
        "C.U.I.P.",
        "Italian Fiscal Code",
        "Fiscal Code",
        "N.I.E.",
        "C.I.F.",
        "RTN",
        "RSIN",
    ),
    "registrationNumber": (
        "Registration Number",
        "Registration ID",
        "Commercial Registry Number",
        "Company Number",
        "Business Registration Number",
        "Business Registration Document #",
        "Business Number",
        "C.R. No.",
        "Folio Mercantil No.",
        "Matricula Mercantil No",
        "Trade License No.",
        "Government Gazette Number",
        "Certificate of Incorporation Number",
        "Registered Charity No.",
        "Public Registration Number",
        "Enterprise Number",
        "Unified Social Credit Code (USCC)",
        "Economic Register Number (CBLS)",
        "UK Company Number",
        "Chamber of Commerce Number",
        "Aircraft Tail Number",
        "License",
    ),
}
PLAIN_KIND = {prop: kinds[0] for prop, kinds in PAPERS.items()}
_PROP_OF = {kind: prop for prop, kinds in PAPERS.items() for kind in kinds}
_PAPER = re.compile(
    rf"(?:alt\. )?(?P<kind>{'|'.join(re.escape(k) for k in sorted(_PROP_OF, key=len, reverse=True))})"
    rf" (?P<number>[^()]*\d[^()]*?)(?: \((?P<country>[^()]+)\))?"
    rf"(?: issued (?P<issued>{_DATE}))?(?: expires (?P<expires>{_DATE}))?"
)
_BIRTH = re.compile(
    rf"(?:alt\. )?DOB (?P<circa>circa )?(?P<first>{_DATE})(?:(?: to |-)(?:circa )?(?P<last>{_DATE}))?", re.IGNORECASE
)
_WALLET = re.compile(r"(?:alt\. )?Digital Currency Address - (?P<currency>[A-Z]{2,6}) (?P<address>[A-Za-z0-9]{20,120})")
_LINKED = re.compile(r"Linked To: (?P<name>.+)")
_WEAK = re.compile(r"(?:alt\. )?(?:a\.k\.a\.|f\.k\.a\.) '(?P<name>.+)'")
_IMO = re.compile(
    r"(?:alt\. )?(?:Vessel Registration Identification|Identification Number|Company Number) (?P<number>IMO \d{7})"
)

PLAIN: tuple[tuple[str, str], ...] = (
    ("POB", "birthPlace"),
    ("nationality", "nationality"),
    ("citizen", "citizenship"),
    ("Gender", "gender"),
    ("MMSI", "mmsi"),
    ("D-U-N-S Number", "dunsCode"),
    ("SWIFT/BIC", "swiftBic"),
    ("Aircraft Model", "model"),
    ("Aircraft Manufacturer's Serial Number (MSN)", "serialNumber"),
    ("Vessel Flag", "flag"),
    ("Former Vessel Flag", "pastFlags"),
    ("Telephone", "phone"),
    ("Phone Number", "phone"),
    ("Email Address", "email"),
    ("Website", "website"),
)
"""Words that start a piece, and the property that the rest of it is a value of; the first for each is written."""

DATED: tuple[tuple[str, str], ...] = (
    ("Organization Established Date", "incorporationDate"),
    ("Aircraft Manufacture Date", "buildDate"),
    ("Vessel Year of Build", "buildDate"),
)
_CANONICAL = frozenset({"nationality", "citizenship", "gender", "flag", "pastFlags", "phone", "email", "website"})


def split_remarks(remarks: str) -> list[str]:
    """The pieces of a Remarks text, blanks evened, without the closing full stop."""
    text = " ".join(remarks.split())
    text = text.removesuffix(".")
    return [piece for piece in (part.strip() for part in text.split(";")) if piece != ""]


def join_remarks(pieces: list[str]) -> str:
    """The Remarks text of ``pieces``; the empty text for none."""
    return "; ".join(pieces) + "." if len(pieces) > 0 else ""


def read_piece(piece: str, schema: str) -> tuple[tuple[Understood, ...], bool]:
    """What one piece says about an entity of ``schema``, and whether its words must stay as a note as well."""
    for reader in (_read_birth, _read_imo, _read_paper, _read_wallet, _read_linked, _read_weak, _read_plain):
        understood, keep = reader(piece, schema)
        if len(understood) > 0:
            return understood, keep
    return (), True


def iso_date(text: str) -> str | None:
    """``19 Apr 1947``, ``Apr 1947`` or ``1947`` as an ISO date of that precision; None for no date at all."""
    words = text.split()
    if len(words) == 1:
        return words[0] if words[0] > "1000" else None
    month = MONTHS.index(words[-2].title()) + 1
    if len(words) == 2:
        return f"{words[1]}-{month:02}"
    try:
        return date(int(words[2]), month, int(words[0])).isoformat()
    except ValueError:
        return None


def list_date(iso: str) -> str:
    """The list's way to write an ISO date of any precision, about or a span of two."""
    if "/" in iso:
        first, _, last = iso.partition("/")
        return f"{list_date(first)} to {list_date(last).removeprefix('circa ')}"
    if iso.endswith("~"):
        return f"circa {list_date(iso[:-1])}"
    year, month, day = _ISO.fullmatch(iso[:10]).groups()  # type: ignore[union-attr]
    words = (day, MONTHS[int(month) - 1] if month is not None else None, year)
    return " ".join(word for word in words if word is not None)


def even(text: str) -> str:
    """``text`` with single blanks."""
    return " ".join(text.split())


def person_name(text: str) -> str:
    """``NASSER DAVID, Julio Cesar`` in speaking order; a text without comma as it is."""
    last, _, first = text.partition(",")
    return even(f"{first.replace(',', ' ')} {last}")


def country_name(code: str) -> str:
    """A name of the country that reads back as ``code`` and fits the list: ASCII, no comma, no bracket."""
    caption = registry.country.caption(code) or ""
    fits = re.fullmatch(r"[A-Za-z .'&-]+", caption) is not None
    return caption if fits else code.upper()


def _read_birth(piece: str, schema: str) -> tuple[tuple[Understood, ...], bool]:
    found = _BIRTH.fullmatch(piece)
    if found is None or schema != "Person":
        return (), True
    first, last = iso_date(found["first"]), iso_date(found["last"] or found["first"])
    if first is None or last is None:
        return (), True
    about = "~" if found["circa"] is not None else ""
    span = span_of(f"{first}{about}" if found["last"] is None else f"{first}{about}/{last}{about}")
    if span is None:  # turned round, or too long to say anything
        return (), True
    return (Value("birthDate", span.text),), False


def _read_imo(piece: str, schema: str) -> tuple[tuple[Understood, ...], bool]:
    found = _IMO.fullmatch(piece)
    if found is None or clean(schema, "imoNumber", found["number"]) is None:
        return (), True
    # A company's own IMO number says so; it is not a ship's.
    return (Value("imoNumber", found["number"].replace(" ", "")),), False


def _read_paper(piece: str, schema: str) -> tuple[tuple[Understood, ...], bool]:
    found = _PAPER.fullmatch(piece)
    if found is None:
        return (), True
    prop = _PROP_OF[found["kind"]]
    country = clean("Person", "country", found["country"]) if found["country"] is not None else ""
    dates = [iso_date(found[name]) if found[name] is not None else "" for name in ("issued", "expires")]
    if clean(schema, prop, found["number"]) is None or country is None or None in dates:
        return (), True
    return (Paper(prop, found["kind"], found["number"], country, dates[0] or "", dates[1] or ""),), False


def _read_wallet(piece: str, schema: str) -> tuple[tuple[Understood, ...], bool]:
    found = _WALLET.fullmatch(piece)
    return ((Wallet(found["currency"], found["address"]),), False) if found is not None else ((), True)


def _read_linked(piece: str, schema: str) -> tuple[tuple[Understood, ...], bool]:
    found = _LINKED.fullmatch(piece)
    return ((Linked(found["name"]),), False) if found is not None else ((), True)


def _read_weak(piece: str, schema: str) -> tuple[tuple[Understood, ...], bool]:
    found = _WEAK.fullmatch(piece)
    name = clean(schema, "weakAlias", found["name"]) if found is not None else None
    return ((Value("weakAlias", name),), False) if name is not None else ((), True)


def _read_plain(piece: str, schema: str) -> tuple[tuple[Understood, ...], bool]:
    text = piece.removeprefix("alt. ")
    for words, prop in PLAIN:
        if text.startswith(f"{words} "):
            value = clean(schema, prop, text[len(words) + 1 :])
            if value is None:
                return (), True
            kept = value if prop in _CANONICAL else text[len(words) + 1 :]
            return (Value(prop, kept),), False
    for words, prop in DATED:
        found = re.fullmatch(rf"{re.escape(words)} ({_DATE})", text)
        day = iso_date(found[1]) if found is not None else None
        if day is not None and clean(schema, prop, day) is not None:
            return (Value(prop, day),), False
    return (), True


def write_value(prop: str, value: str) -> Iterator[str]:
    """The piece that says one value, or none if the Remarks have no words for the property."""
    if prop == "birthDate":
        yield f"DOB {list_date(value)}"
    elif prop == "imoNumber":
        yield f"Vessel Registration Identification IMO {value.removeprefix('IMO')}"
    elif prop == "weakAlias":
        yield f"a.k.a. '{value}'"
    elif prop in PLAIN_KIND:
        yield write_paper(Paper(prop, PLAIN_KIND[prop], value))
    else:
        words = [word for word, name in PLAIN if name == prop]
        dated = [word for word, name in DATED if name == prop]
        if len(words) > 0:
            yield f"{words[0]} {value.title() if prop == 'gender' else value}"
        elif len(dated) > 0:
            yield f"{dated[0]} {list_date(value)}"


def write_paper(paper: Paper) -> str:
    """The piece that says one document; ``country`` is written as it is."""
    country = f" ({paper.country})" if paper.country != "" else ""
    issued = f" issued {list_date(paper.issued)}" if paper.issued != "" else ""
    expires = f" expires {list_date(paper.expires)}" if paper.expires != "" else ""
    return f"{paper.kind} {paper.number}{country}{issued}{expires}"


def write_wallet(wallet: Wallet) -> str:
    """The piece that says one wallet."""
    return f"Digital Currency Address - {wallet.currency} {wallet.address}"
