"""Numbers that identify: which properties hold them, how each kind is written alike, and what it is worth.

Kinds are compared with their own kind only. Documents are one kind, since lists mix passports and identity cards up.
The checks and forms of rigour are used where it has the format.

Not handled here: what a shared or differing number weighs (:mod:`comity.matching.features`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import phonenumbers
from rigour.ids import IMO, LEI

from comity.model.entity import vocabulary

Tree = Mapping[str, Any]

IDENTIFIERS = {
    "passportNumber": "document",
    "idNumber": "document",
    "personalNumber": "document",
    "socialSecurityNumber": "document",
    "pfrNumber": "document",
    "taxNumber": "tax",
    "vatCode": "tax",
    "innCode": "tax",
    "irsCode": "tax",
    "voenCode": "tax",
    "jibCode": "tax",
    "registrationNumber": "registration",
    "ogrnCode": "registration",
    "uscCode": "registration",
    "mbsCode": "registration",
    "licenseNumber": "licence",
    "leiCode": "lei",
    "dunsCode": "duns",
    "uniqueEntityId": "uei",
    "cageCode": "cage",
    "cikCode": "cik",
    "giiNumber": "giin",
    "permId": "permid",
    "npiCode": "npi",
    "isinCode": "isin",
    "swiftBic": "bic",
    "bikCode": "bik",
    "wikidataId": "wikidata",
    "imoNumber": "imo",
    "mmsi": "mmsi",
    "callSign": "callsign",
    "crsNumber": "crs",
    "serialNumber": "serial",
    "publicKey": "wallet",
    "cryptoAddress": "wallet",
    "accountId": "account",
    "accountNumber": "account",
    "iban": "iban",
    "phone": "phone",
    "email": "email",
}
"""Properties that hold an identifier, and the kind they are compared as."""
ISSUERS = {
    "innCode": "ru",
    "ogrnCode": "ru",
    "pfrNumber": "ru",
    "bikCode": "ru",
    "uscCode": "cn",
    "irsCode": "us",
    "socialSecurityNumber": "us",
    "cikCode": "us",
    "npiCode": "us",
    "voenCode": "az",
    "jibCode": "ba",
}
"""Registers of one country, by property."""
HOLDING = ("Passport", "Identification", "CryptoWallet", "BankAccount")
"""Things that are compared as a part of who holds or owns them."""
ALONE = ("CryptoWallet", "BankAccount")
"""Those of them that are looked for by themselves as well."""
SHARED = frozenset({"phone", "email"})
"""Kinds that a household or an office shares."""
LENT = frozenset({"mmsi", "callsign", "mark"})
"""Kinds that are given out again: with another flag or owner the same hull, wing or car bears another one."""
LASTING = frozenset({"imo", "lei", "wikidata"})
"""Kinds that one register of the world gives once and for all: two of them are two things."""
REGISTERED = frozenset({"tax", "registration", "licence"})
"""Kinds of which one issuer gives one thing one."""
SHORTEST = {"callsign": 4, "mark": 4, "cage": 5, "wikidata": 2, "phone": 7}
SHORTEST_OTHER = 5
LONGEST = 160
"""Characters; what is longer is no number."""
WITHOUT_DIGIT = frozenset({"callsign", "mark", "email", "bic"})
_ALIKE = str.maketrans("АВЕКМНОРСТУХІЅЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXISJABEZHIKMNOPTYX")
"""Letters that look like Latin ones: number plates and papers are read by the eye."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that one register gives once: ``kind`` of :data:`IDENTIFIERS`, ``country`` the issuer or empty."""

    kind: str
    number: str
    country: str = ""

    @property
    def key(self) -> str:
        """What two equal identifiers share, the issuer aside."""
        return f"{self.kind}:{self.number}"


def identifiers_of(tree: Tree, parts: Iterable[Tree] = ()) -> tuple[Identifier, ...]:
    """The identifiers of an entity and of what it holds, each number once."""
    found: dict[str, Identifier] = {}
    for part in (*parts, tree):
        for prop, kind, text in _values(part):
            country = _issuer(part, prop, kind)
            number = normal_number(kind, text, country)
            if number is not None:
                one = Identifier(kind, number, "" if kind in SHARED else country)
                found.setdefault(one.key, one)
    return tuple(found.values())


def shared_identifier(mine: Iterable[Identifier], theirs: Iterable[Identifier]) -> Identifier | None:
    """The identifier that both have, that no different issuer speaks against, and that says most."""
    known = {one.key: one for one in theirs}
    shared = [
        one for one in mine if one.key in known and (one.country == known[one.key].country or
                                                     "" in (one.country, known[one.key].country))
    ]  # fmt: skip
    return min(shared, key=lambda one: (one.kind in SHARED, one.kind in LENT), default=None)


def _values(part: Tree) -> Iterator[tuple[str, str, str]]:
    """(property, kind, value) of what may identify."""
    properties: Mapping[str, list[str]] = part["properties"]
    if part["schema"] in ("Passport", "Identification"):
        is_visa = part["schema"] == "Identification" and "V" in properties.get("type", ())
        for prop in ("number", "passportNumber", "personalNumber"):
            kind = "visa" if is_visa and prop == "number" else "document"
            yield from ((prop, kind, text) for text in properties.get(prop, ()))
        return
    for prop, texts in properties.items():
        kind = IDENTIFIERS.get(prop, "")
        if kind == "registration" and _is_vehicle(part["schema"]):
            kind = "mark"
        if kind != "":
            yield from ((prop, kind, text) for text in texts)


@lru_cache(maxsize=256)
def _is_vehicle(schema: str) -> bool:
    """Whether its registration is a mark painted on it: plates and tail numbers, not the registers of ships."""
    return schema != "Vessel" and vocabulary()[schema].is_a(vocabulary()["Vehicle"])


def _issuer(part: Tree, prop: str, kind: str) -> str:
    if prop in ISSUERS:
        return ISSUERS[prop]
    properties = part["properties"]
    if kind == "phone":
        codes = {code for name in ("country", "nationality", "jurisdiction") for code in properties.get(name, ())}
        return str(next(iter(codes))) if len(codes) == 1 else ""
    if part["schema"] in ("Passport", "Identification") or (kind == "mark" and part["schema"] != "Airplane"):
        return str(next(iter(properties.get("country", ())), ""))
    return ""


@lru_cache(maxsize=1 << 16)
def normal_number(kind: str, text: str, country: str = "") -> str | None:
    """A number as it is compared; None for too short ones and for stand-ins such as 123456789 and 000000."""
    if len(text) > LONGEST:
        return None
    if kind == "email":
        return text.strip().casefold() if text.count("@") == 1 else None
    if kind == "phone":
        return _phone(text, country)
    plain = _plain(text)
    if kind == "wallet":
        number = plain.lower() if plain.lower().startswith(("0x", "bc1", "ltc1", "tb1")) else plain
    else:
        number = plain.upper().translate(_ALIKE)
    if kind == "imo":
        number = number.removeprefix("IMO")
    if kind == "bic":
        number = number[:8]  # the bank; what follows is a branch
    return number if _says(kind, number) else None


def _plain(text: str) -> str:
    """Letters and digits alone, digits of every script as 0 to 9."""
    found = []
    for char in unicodedata.normalize("NFKC", text):
        digit = unicodedata.decimal(char, None)
        if digit is not None:
            found.append(str(digit))
        elif char.isalnum():
            found.append(char)
    return "".join(found)


def _says(kind: str, number: str) -> bool:
    steps = {ord(b) - ord(a) for a, b in pairwise(number)}
    if len(number) < SHORTEST.get(kind, SHORTEST_OTHER) or (steps in ({0}, {1}, {-1}) and len(number) > 2):
        return False
    return kind in WITHOUT_DIGIT or any(char.isdigit() for char in number)


def _phone(text: str, country: str) -> str | None:
    """In international form where it can be told; else its digits without the zeros and the plus in front."""
    written = unicodedata.normalize("NFKC", text).strip()
    written = f"+{written[2:]}" if written.startswith("00") else written
    try:
        parsed = phonenumbers.parse(written, country.upper() or None)
        digits = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:]
    except phonenumbers.NumberParseException:
        digits = _plain(written).lstrip("0")
    return digits if digits.isdigit() and _says("phone", digits) else None


def is_sound(one: Identifier) -> bool:
    """Whether a lasting number passes its own check digit; a misprint tells nobody apart."""
    if one.kind == "imo":
        return IMO.is_valid(one.number)
    return one.kind != "lei" or LEI.is_valid(one.number)


def is_told_apart(mine: Iterable[Identifier], theirs: Iterable[Identifier]) -> tuple[Identifier, Identifier] | None:
    """The first numbers of a lasting kind that differ, where neither side has one of the other's."""
    left, right = ([one for one in side if one.kind in LASTING and is_sound(one)] for side in (mine, theirs))
    for one in left:
        others = [other for other in right if other.kind == one.kind]
        numbers = {other.number for other in left if other.kind == one.kind}
        if len(others) > 0 and numbers.isdisjoint(other.number for other in others):
            return one, others[0]
    return None
