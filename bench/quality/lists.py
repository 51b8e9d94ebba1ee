"""The public lists that quality is measured on, as FollowTheMoney trees: SDN, UN and EU.

The UN reader takes what the tasks need (names, aliases with their quality, names in the original script, dates of
birth); it is no product reader and leaves the rest out.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from comity.formats.base import Tree, clean
from comity.formats.ofac_sdn import read

DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SANCTIONS = DATA / "01_sanctions"
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_NATIONALITIES = {"Russian": "ru", "Ukrainian": "ua", "Syrian": "sy", "Belarusian": "by", "Lebanese": "lb"}
NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


@dataclass(frozen=True, slots=True)
class Listed:
    """One UN or EU entry: ``good`` and ``weak`` aliases, ``native`` names in the original script, ``births`` as bare
    dates, ``dated`` with spans and what is said to be approximate, ``facts`` as (property, value), ``papers`` as
    (number, country)."""

    id: str
    schema: str
    name: str
    good: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    native: tuple[str, ...] = ()
    births: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    papers: tuple[tuple[str, str], ...] = ()

    def tree(self, *, without: str = "", native: bool = False) -> Tree:
        """The entry as a tree; ``without`` leaves one alias out, ``native`` adds the original script."""
        values: dict[str, list[str]] = {"name": [self.name]}
        values["alias"] = [alias for alias in self.good if alias != without]
        values["weakAlias"] = list(self.weak)
        values["alias"] += self.native if native else ()
        if self.schema == "Person":
            values["birthDate"] = list(self.births)
        return {"id": self.id, "schema": self.schema, "properties": {k: v for k, v in values.items() if len(v) > 0}}


def whole(one: Listed) -> list[Tree]:
    """The entry with everything that is known of it, and its papers."""
    properties: dict[str, list[str]] = {"name": [one.name], "birthDate": list(one.dated)}
    for prop, value in one.facts:
        properties.setdefault(prop, []).append(value)
    papers: list[Tree] = [
        {"id": f"{one.id}-{n}", "schema": "Passport",
         "properties": {"holder": [one.id], "number": [number], **({"country": [code]} if code != "" else {})}}
        for n, (number, code) in enumerate(one.papers)
    ]  # fmt: skip
    return [{"id": one.id, "schema": one.schema, "properties": properties}, *papers]


def is_latin(text: str) -> bool:
    """Whether every letter is Latin."""
    return all(ord(char) < 0x250 or 0x1E00 <= ord(char) < 0x1F00 for char in text if char.isalpha())


def sdn(edition: str = "ofac_2022-01") -> list[Tree]:
    """The OFAC list, entries and what they hold."""
    files = {path.name: path.read_bytes() for path in (SANCTIONS / edition).glob("*.csv*")}
    files = {name.removesuffix(".gz"): gzip.decompress(d) if name.endswith(".gz") else d for name, d in files.items()}
    return list(read(files, datetime(2026, 11, 22, tzinfo=UTC)).entities)


def un() -> list[Listed]:
    """The UN consolidated list of October 2018."""
    root = ET.fromstring(gzip.decompress((SANCTIONS / "un" / "UN_consolidated_2020.xml.gz").read_bytes()))
    persons = [_un(node, "INDIVIDUAL", "Person") for node in root.iter("INDIVIDUAL")]
    return persons + [_un(node, "ENTITY", "Organization") for node in root.iter("ENTITY")]


def _un(node: ET.Element, kind: str, schema: str) -> Listed:
    def text(of: ET.Element, tag: str) -> str:
        return " ".join((of.findtext(tag) or "").split())

    aliases: dict[str, list[str]] = {"Good": [], "Low": []}
    for alias in node.iter(f"{kind}_ALIAS"):
        name, quality = text(alias, "ALIAS_NAME"), text(alias, "QUALITY")
        if name != "" and is_latin(name):
            aliases["Low" if quality == "Low" else "Good"].append(name)
    births = [text(one, "DATE") or text(one, "YEAR") for one in node.iter(f"{kind}_DATE_OF_BIRTH")]
    native = text(node, "NAME_ORIGINAL_SCRIPT")
    return Listed(
        id=f"un-{text(node, 'DATAID')}",
        schema=schema,
        name=" ".join(part for part in (text(node, tag) for tag in NAME_PARTS) if part != ""),
        good=tuple(aliases["Good"]),
        weak=tuple(aliases["Low"]),
        native=(native,) if native != "" and not is_latin(native) else (),
        births=tuple(birth[:10] for birth in births if birth != ""),
        dated=tuple(one for one in map(_dated, node.iter(f"{kind}_DATE_OF_BIRTH")) if one != ""),
        facts=tuple(_un_facts(node)) if schema == "Person" else (),
        papers=tuple(_un_papers(node)),
    )


def _un_facts(node: ET.Element) -> Iterator[tuple[str, str]]:
    for value in node.findall("NATIONALITY/VALUE"):
        yield from _country("nationality", value.text or "")
    for place in node.iter("INDIVIDUAL_PLACE_OF_BIRTH"):
        parts = [" ".join((place.findtext(tag) or "").split()) for tag in ("CITY", "STATE_PROVINCE", "COUNTRY")]
        if parts[0] != "":
            yield "birthPlace", ", ".join(part for part in parts if part != "")


def _un_papers(node: ET.Element) -> Iterator[tuple[str, str]]:
    for paper in node.iter("INDIVIDUAL_DOCUMENT"):
        number = " ".join((paper.findtext("NUMBER") or "").split())
        country = clean("Person", "nationality", paper.findtext("COUNTRY_OF_ISSUE") or "") or ""
        if any(char.isdigit() for char in number):
            yield number, country


def _country(prop: str, text: str) -> Iterator[tuple[str, str]]:
    code = clean("Person", "nationality", " ".join(text.split()))
    if code is not None:
        yield prop, code


def _dated(node: ET.Element) -> str:
    said = node.findtext("DATE") or node.findtext("YEAR") or ""
    if said == "" and node.findtext("FROM_YEAR") and node.findtext("TO_YEAR"):
        said = f"{node.findtext('FROM_YEAR')}/{node.findtext('TO_YEAR')}"
    return f"{said[:10]}~" if node.findtext("TYPE_OF_DATE") == "APPROXIMATELY" and said != "" else said[:10]


def eu(act: str) -> list[Listed]:
    """One consolidated EU act; names and aliases are put apart by script."""
    path = SANCTIONS / "eu_journal/consolidated" / f"{act}.csv"
    with path.open(encoding="utf-8") as file:
        return [listed for number, row in enumerate(csv.DictReader(file)) for listed in _eu(act, number, row)]


def _eu(act: str, number: int, row: dict[str, str]) -> Iterator[Listed]:
    def split(cell: str) -> list[str]:
        return [part for part in (" ".join(one.split()) for one in (row[cell] or "").split(";")) if part != ""]

    names = split("name")
    if len(names) == 0:
        return
    others = [*names[1:], *split("alias"), *split("previousName")]
    facts = [("gender", row["gender"])] if row["gender"] in ("male", "female") else []
    for word in re.split(r"[,;(]", row["nationality"] or ""):
        facts += _country("nationality", _NATIONALITIES.get(word.strip(), word))
    places = re.split(r" or |;", " ".join((row["birthPlace"] or "").split()))
    facts += [("birthPlace", place.strip()) for place in places if place.strip() != ""]
    taxed = re.findall(r"\d{9,}", row["taxNumber"] or "") + re.findall(r"\d{9,}", row["innCode"] or "")
    facts += [("taxNumber", number) for number in taxed]
    yield Listed(
        id=f"eu-{act}-{number}",
        schema=row["schema"],
        name=names[0],
        good=tuple(name for name in dict.fromkeys(others) if is_latin(name) and name != names[0]),
        weak=tuple(split("weakAlias")),
        native=tuple(name for name in dict.fromkeys([*names, *others]) if not is_latin(name)),
        dated=tuple(f"{y}-{int(m):02}-{int(d):02}" for d, m, y in _DAY.findall(row["birthDate"] or "")),
        facts=tuple(facts),
    )
