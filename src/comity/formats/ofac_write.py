"""Writes an OFAC legacy CSV set, for exercises: invented entries in the official form.

What the set has no place for is refused, entity by entity, so that reading what was written gives the same
entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comity.errors import Defect, InputRefused
from comity.formats.base import Reading, Tree, clean
from comity.formats.ofac_remarks import (
    Paper,
    Value,
    Wallet,
    country_name,
    join_remarks,
    person_name,
    read_piece,
    write_paper,
    write_value,
    write_wallet,
)

TYPES = {"Person": "individual", "Organization": "", "Vessel": "vessel", "Airplane": "aircraft"}
LONGEST_REMARK = 1000
_ID = re.compile(r"ofac-(\d+)(?:-\d+)?")
_COLUMN_NAMES = (
    "name firstName lastName alias previousName address program position callSign type tonnage"
    " grossRegisteredTonnage topics notes country birthCountry"
)
_IN_COLUMNS = frozenset(_COLUMN_NAMES.split())
_OWN_COLUMN = frozenset({"name", "firstName", "lastName", "alias", "previousName", "address"})
_COUNTRIES = frozenset({"nationality", "citizenship", "pastFlags", "flag"})


def write(reading: Reading) -> Mapping[str, bytes]:
    """The files of the set; raises :class:`InputRefused` naming each value that has no place in it."""
    defects: list[Defect] = []
    named = {tree["id"]: tree for tree in reading.entities}
    main = [tree for tree in reading.entities if tree["schema"] in TYPES]
    sdn: list[str] = []
    alt: list[str] = []
    add: list[str] = []
    comments: list[str] = []
    parts: dict[str, list[Tree]] = {}
    for part in reading.entities:
        for owner in _values(part, "holder") + _values(part, "subject"):
            parts.setdefault(owner, []).append(part)
    for tree in main:
        pieces = list(_pieces(tree, parts.get(tree["id"], []), named, defects))
        defects.extend(_misfits(tree, pieces))
        number = tree["id"].split("-")[1]
        remarks = join_remarks(pieces)
        cut = _cut(remarks)
        sdn.append(_row([number, *_columns(tree), remarks[:cut]]))
        if cut < len(remarks):
            comments.append(_row([number, remarks[cut:]]))
        alt.extend(_row([number, *names]) for names in _aliases(tree, len(alt)))
        add.extend(_row([number, *place]) for place in _places(tree, len(add)))
    defects.extend(_strays(reading.entities))
    if len(defects) > 0:
        raise InputRefused("The entities do not fit the OFAC list set.", defects)
    files = {"sdn.csv": sdn, "alt.csv": alt, "add.csv": add, "sdn_comments.csv": comments}
    return {name: "".join(rows).encode("ascii") + b"\x1a" for name, rows in files.items() if len(rows) > 0}


def _values(tree: Tree, name: str) -> list[str]:
    found: Any = tree["properties"].get(name, [])
    return list(found)


def _row(cells: Sequence[str]) -> str:
    quoted = ('"' + cell.replace('"', '""') + '"' if cell != "" else "-0- " for cell in cells[1:])
    return ",".join((cells[0], *quoted)) + "\r\n"


def _columns(tree: Tree) -> tuple[str, ...]:
    def one(name: str) -> str:
        return next(iter(_values(tree, name)), "")

    flag = one("flag")
    return (
        _listed_name(tree),
        TYPES[tree["schema"]],
        "] [".join(_values(tree, "program")),
        "; ".join(_values(tree, "position")),
        one("callSign"),
        one("type"),
        one("tonnage"),
        one("grossRegisteredTonnage"),
        country_name(flag) if flag != "" else "",
        "",
    )


def _listed_name(tree: Tree) -> str:
    parts = (*_values(tree, "lastName"), *_values(tree, "firstName"))
    return ", ".join(parts) if len(parts) == 2 else _values(tree, "name")[0]


def _cut(remarks: str) -> int:
    """Where the Remarks column ends: not beside a blank, so that none is lost."""
    cut = min(len(remarks), LONGEST_REMARK)
    while cut < len(remarks) and " " in remarks[cut - 1 : cut + 1]:
        cut -= 1
    return cut


def _aliases(tree: Tree, start: int) -> Iterator[tuple[str, ...]]:
    named = [("aka", name) for name in _values(tree, "alias")] + [
        ("fka", name) for name in _values(tree, "previousName")
    ]
    for number, (kind, name) in enumerate(named, start + 1):
        yield str(number), kind, name, ""


def _places(tree: Tree, start: int) -> Iterator[tuple[str, ...]]:
    told = set()
    places: list[tuple[str, str]] = []
    for address in _values(tree, "address"):
        head, _, tail = address.rpartition(", ")
        code = clean("Person", "country", tail)
        told.add(code)
        places.append((head, tail) if code is not None and head != "" else (address, ""))
    places.extend(("", country_name(code)) for code in _values(tree, "country") if code not in told)
    for number, (address, country) in enumerate(places, start + 1):
        yield str(number), address, "", country, ""


def _pieces(tree: Tree, parts: list[Tree], named: Mapping[str, Tree], defects: list[Defect]) -> Iterator[str]:
    """The pieces of the Remarks of one entity."""
    told: set[tuple[str, str]] = set()
    papers, others = [], []
    for part in parts:
        if part["schema"] in ("Passport", "Identification"):
            prop, piece = _paper(part)
            told.add((prop, _values(part, "number")[0]))
            papers.append(piece)
        elif part["schema"] == "CryptoWallet":
            others.append(write_wallet(Wallet(_values(part, "currency")[0], _values(part, "publicKey")[0])))
        elif part["schema"] == "UnknownLink" and tree["id"] in _values(part, "subject"):
            others.append(f"Linked To: {_listed_name(named[_values(part, 'object')[0]])}")
    for prop, values in tree["properties"].items():
        if prop in _IN_COLUMNS:
            continue
        for value in values[1:] if prop == "flag" else values:
            words = list(write_value(prop, country_name(value) if prop in _COUNTRIES else value))
            if len(words) == 0:
                defects.append(_defect(tree, prop, f"The set has no place for {prop}."))
            if (prop, value) in told:
                continue
            if prop not in _COUNTRIES and not _reads_back(prop, value, tree["schema"]):
                defects.append(_defect(tree, prop, f"{value!r} would not read back."))
            yield from words
    yield from papers
    yield from others
    yield from _values(tree, "notes")


def _paper(part: Tree) -> tuple[str, str]:
    def one(name: str) -> str:
        return next(iter(_values(part, name)), "")

    country = country_name(one("country")) if one("country") != "" else ""
    piece = write_paper(Paper("", one("type"), one("number"), country, one("startDate"), one("endDate")))
    understood, _ = read_piece(piece, "Person")
    prop = understood[0].prop if len(understood) == 1 and isinstance(understood[0], Paper) else ""
    return prop, piece


def _misfits(tree: Tree, pieces: list[str]) -> Iterator[Defect]:
    """What would not read back as it is."""
    if _ID.fullmatch(tree["id"]) is None:
        yield _defect(tree, "id", "The id is not of the form ofac-NUMBER.")
    if len(_values(tree, "name")) != 1:
        yield _defect(tree, "name", "The set has one main name; give others as alias.")
    elif tree["schema"] == "Person" and person_name(_listed_name(tree)) != _values(tree, "name")[0]:
        yield _defect(tree, "name", "The name is not made of first and last name.")
    for prop, values in tree["properties"].items():
        for value in values:
            yield from _misfit(tree, prop, value)
    for note in _values(tree, "notes"):
        understood, keep = read_piece(note, tree["schema"])
        if len(understood) > 0 and not keep and not note.startswith("Linked To: "):
            yield _defect(tree, "notes", f"The note {note!r} would be read as data.")
    if any(piece.strip() != piece or piece == "" for piece in pieces):
        yield _defect(tree, "notes", "A remark is empty or starts or ends with a blank.")


def _misfit(tree: Tree, prop: str, value: str) -> Iterator[Defect]:
    if not (value.isascii() and value.isprintable()):
        yield _defect(tree, prop, f"{value!r} is not printable ASCII.")
    if value != " ".join(value.split()) or value in ("", "-0-"):
        yield _defect(tree, prop, f"{value!r} has loose blanks or is the list's word for nothing.")
    if ";" in value and prop not in _OWN_COLUMN:
        yield _defect(tree, prop, f"{value!r} holds a semicolon, which parts the remarks.")
    if prop in ("alias", "previousName") and tree["schema"] == "Person" and "," in value:
        yield _defect(tree, prop, f"{value!r} holds a comma, which parts last and first name.")


def _reads_back(prop: str, value: str, schema: str) -> bool:
    for piece in write_value(prop, value):
        understood, _ = read_piece(piece, schema)
        if not any(isinstance(one, Value | Paper) and one.prop == prop and _said(one) == value for one in understood):
            return False
    return True


def _said(one: Value | Paper) -> str:
    return one.value if isinstance(one, Value) else one.number


def _strays(trees: Sequence[Tree]) -> Iterator[Defect]:
    main = {tree["id"] for tree in trees if tree["schema"] in TYPES}
    for tree in trees:
        owners = _values(tree, "holder") + _values(tree, "subject")
        if tree["id"] not in main and not any(owner in main for owner in owners):
            yield _defect(tree, "schema", f"The set has no place for {tree['schema']} on its own.")


def _defect(tree: Tree, field: str, says: str) -> Defect:
    return Defect("ofac.write", says, "Change the entity or leave the value out.", "", tree["id"], field)
