"""What is compared: one person, company, vessel, aircraft or wallet, with what identifies it.

Made from FollowTheMoney trees; papers and wallets that name their holder are folded into the holder.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from comity.matching.names.likeness import Name, name_of
from comity.matching.names.tokens import OBJECT, ORGANISATION, PERSON
from comity.model.entity import vocabulary

Tree = Mapping[str, Any]

STRONG_NAMES = ("name", "alias", "previousName")
WEAK_NAMES = ("weakAlias", "abbreviation")
IDENTIFIERS = {
    "passportNumber": "document",
    "idNumber": "document",
    "socialSecurityNumber": "document",
    "taxNumber": "tax",
    "vatCode": "tax",
    "innCode": "tax",
    "registrationNumber": "registration",
    "ogrnCode": "registration",
    "leiCode": "lei",
    "dunsCode": "duns",
    "swiftBic": "bic",
    "imoNumber": "imo",
    "mmsi": "mmsi",
    "serialNumber": "serial",
    "publicKey": "wallet",
    "cryptoAddress": "wallet",
}
"""Properties that hold an identifier, and the kind they are compared as: passports and identity cards are one
kind, since lists mix them up."""
COUNTRIES = ("nationality", "citizenship", "jurisdiction", "flag")
HOLDING = ("Passport", "Identification", "CryptoWallet")
SHORTEST_IDENTIFIER = 5
LEAST_EITHER = 4
_ISO = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?.*")


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A date known to the day, the month or the year, as the interval it covers; ``text`` as given."""

    text: str
    first: date
    last: date

    @property
    def is_full(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last


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


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to compare; ``countries`` are nationalities or flags, of residence only where none is given."""

    id: str
    schema: str
    caption: str
    names: tuple[Name, ...]
    births: tuple[BirthDate, ...] = ()
    birth_places: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()


def subject_of(tree: Tree, parts: Iterable[Tree] = ()) -> Subject:
    """The subject of one entity tree; ``parts`` are papers and wallets it holds."""
    properties: Mapping[str, list[str]] = tree["properties"]
    kind = name_kind(tree["schema"])
    named = [
        name_of(one, False, kind) for prop in STRONG_NAMES for text in properties.get(prop, ()) for one in either(text)
    ]
    weak = [name_of(text, True, kind) for prop in WEAK_NAMES for text in properties.get(prop, ())]
    names = tuple(dict.fromkeys(name for name in (*named, *weak) if len(name.tokens) > 0))
    countries = [code for prop in COUNTRIES for code in properties.get(prop, ())]
    called = [name.text for name in names]
    return Subject(
        id=tree["id"],
        schema=tree["schema"],
        caption=called[0] if len(called) > 0 else tree["id"],
        names=names,
        births=tuple(birth for birth in map(birth_of, properties.get("birthDate", ())) if birth is not None),
        birth_places=tuple(properties.get("birthPlace", ())),
        countries=tuple(dict.fromkeys(countries or properties.get("country", []))),
        genders=tuple(code for code in properties.get("gender", ()) if code in ("male", "female")),
        identifiers=_identifiers(tree, parts),
    )


def subjects_of(trees: Iterable[Tree]) -> Iterator[Subject]:
    """Every comparable subject among ``trees``, in their order."""
    trees = list(trees)
    ids = {tree["id"] for tree in trees if is_comparable(tree["schema"])}
    held: dict[str, list[Tree]] = {}
    for tree in trees:
        for holder in tree["properties"].get("holder", ()):
            if tree["schema"] in HOLDING and holder in ids:
                held.setdefault(holder, []).append(tree)
    folded = {part["id"] for parts in held.values() for part in parts}
    for tree in trees:
        if tree["id"] in ids and tree["id"] not in folded:
            yield subject_of(tree, held.get(tree["id"], ()))


@lru_cache(maxsize=1024)
def is_comparable(schema: str) -> bool:
    """Whether things of this schema are screened: persons, organisations, vehicles, wallets."""
    found = vocabulary()[schema]
    return any(found.is_a(vocabulary()[name]) for name in ("LegalEntity", "Vehicle", "CryptoWallet"))


def either(text: str) -> tuple[str, ...]:
    """The name, and the names that it stands for where a stroke sets two of four letters or more side by side."""
    parts = [part.strip() for part in text.split("/")]
    is_two = len(parts) == 2 and min(sum(char.isalpha() for char in part) for part in parts) >= LEAST_EITHER
    return (text, *parts) if is_two else (text,)


@lru_cache(maxsize=1024)
def name_kind(schema: str) -> int:
    """How names of things of this schema are read: as a person's, an organisation's, or of an object."""
    found = vocabulary()[schema]
    if found.is_a(vocabulary()["Vehicle"]) or found.is_a(vocabulary()["CryptoWallet"]):
        return OBJECT
    return PERSON if schema == "Person" else ORGANISATION


@lru_cache(maxsize=4096)
def may_be(query: str, match: str) -> bool:
    """Whether a thing of one schema may be one of the other: a person is never a vessel."""
    first, second = vocabulary()[query], vocabulary()[match]
    return (
        first.is_a(second) or second.is_a(first) or "Organization" in {s.name for s in first.schemata & second.schemata}
    )


@lru_cache(maxsize=1 << 16)
def birth_of(text: str) -> BirthDate | None:
    """An ISO date of any precision as the interval it covers."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part is not None else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day is not None:
        return BirthDate(text, first, first)
    last_month = month or 12
    return BirthDate(text, first, date(first.year, last_month, monthrange(first.year, last_month)[1]))


def _identifiers(tree: Tree, parts: Iterable[Tree]) -> tuple[Identifier, ...]:
    found: dict[str, Identifier] = {}
    for part in (*parts, tree):
        country = next(iter(part["properties"].get("country", ())), "") if part is not tree else ""
        for prop, kind in _kinds(part).items():
            for text in part["properties"].get(prop, ()):
                number = normal_number(kind, text)
                if number is not None:
                    one = Identifier(kind, number, country)
                    found.setdefault(one.key, one)
    return tuple(found.values())


def _kinds(part: Tree) -> Mapping[str, str]:
    if part["schema"] == "Passport":
        return {"number": "document"}
    if part["schema"] == "Identification":
        return {"number": "visa" if "V" in part["properties"].get("type", ()) else "document"}
    return IDENTIFIERS


@lru_cache(maxsize=1 << 16)
def normal_number(kind: str, text: str) -> str | None:
    """A number as it is compared; None for too short ones and for stand-ins such as 123456789 and 000000."""
    number = "".join(char for char in text if char.isalnum())
    number = number if kind == "wallet" else number.upper()
    if kind == "imo":
        number = number.removeprefix("IMO")
    steps = {ord(b) - ord(a) for a, b in pairwise(number)}
    if len(number) < SHORTEST_IDENTIFIER or steps in ({0}, {1}, {-1}) or not any(char.isdigit() for char in number):
        return None
    return number
