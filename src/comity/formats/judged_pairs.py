"""Judged pairs: two names or two entities a row and whether they are the same, as CSV or JSON lines.

CSV has a header: two names (``name1``, ``name2``) with ``schema``, or two entities as JSON (``left``, ``right``), and
the judgement in ``is_match`` or ``judgement``; ``quality`` labels a row, other columns are left aside. JSON lines
hold ``left``, ``right`` and ``judgement``. What nobody could tell (*unsure*, *can't tell*) is counted and judges
nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from comity.errors import Defect, InputRefused
from comity.formats.base import Tree, decode_text
from comity.model.entity import vocabulary

SAME = frozenset({"true", "1", "yes", "same", "positive", "match"})
NOT_SAME = frozenset({"false", "0", "no", "not_same", "negative", "no_match"})
UNSURE = frozenset({"unsure", "cant_tell", "can't tell", "no_judgement", "maybe", ""})
NAMES = ("name1", "name2")
SIDES = ("left", "right")
JUDGEMENT = ("is_match", "judgement")


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Two entities and whether they are the same; ``label`` is the row's quality or the empty text."""

    left: Tree
    right: Tree
    is_same: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class JudgedPairs:
    """The pairs of a file; ``unsure`` counts the rows that judge nothing."""

    pairs: tuple[JudgedPair, ...]
    unsure: int


def read_judged_pairs(name: str, data: bytes) -> JudgedPairs:
    """The pairs of one file; raises :class:`InputRefused` with every defect."""
    defects: list[Defect] = []
    text = decode_text(name, data.removeprefix(b"\xef\xbb\xbf"), "utf-8", defects)
    rows = _json_rows(name, text, defects) if text.lstrip().startswith("{") else _csv_rows(name, text, defects)
    pairs, unsure = [], 0
    for number, row in rows:
        found = _pair(name, number, row, defects)
        if isinstance(found, JudgedPair):
            pairs.append(found)
        elif found:
            unsure += 1
    if len(defects) == 0 and len(pairs) == 0:
        defects.append(Defect("pairs.empty", "There is no judged pair in it.", "Give at least one row.", name))
    if len(defects) > 0:
        raise InputRefused("The judged pairs cannot be read.", defects, recorded="Nothing was evaluated.")
    return JudgedPairs(tuple(pairs), unsure)


def _csv_rows(name: str, text: str, defects: list[Defect]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = {column.strip().lower() for column in reader.fieldnames or ()}
        if not (columns >= set(NAMES) or columns >= set(SIDES)) or len(columns & set(JUDGEMENT)) == 0:
            remedy = "Use name1, name2 (or left, right) and is_match (or judgement)."
            defects.append(Defect("pairs.columns", "The header lacks a column.", remedy, name, "row 1"))
            return
        for number, row in enumerate(reader, 2):
            yield number, {str(key).strip().lower(): value or "" for key, value in row.items()}
    except csv.Error as error:
        says = f"The quotes do not match up ({error})."
        defects.append(Defect("pairs.quotes", says, "Check the quotes.", name, f"row {reader.line_num}"))


def _json_rows(name: str, text: str, defects: list[Defect]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() == "":
            continue
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            says = f"The line is not JSON ({error})."
            defects.append(Defect("pairs.json", says, "Write one JSON object a line.", name, f"row {number}"))
            continue
        yield number, row if isinstance(row, dict) else {}


def _pair(name: str, number: int, row: Mapping[str, Any], defects: list[Defect]) -> JudgedPair | bool:
    """The pair; True for a row that judges nothing, False for one that cannot be read."""
    known = len(defects)
    said = next((str(row[column]).strip().lower() for column in JUDGEMENT if column in row), "?")
    place = f"row {number}"
    if said not in SAME | NOT_SAME | UNSURE:
        remedy = "Write true or false; same, not_same or cant_tell; positive, negative or unsure."
        defects.append(Defect("pairs.judgement", f"{said!r} is no judgement.", remedy, name, place))
    sides = [_side(row, n, number) for n in (0, 1)]
    defects.extend(
        Defect("pairs.side", f"The {side} of the pair is no name and no entity.", "Give one.", name, place)
        for side, tree in zip(SIDES, sides, strict=True)
        if tree is None
    )
    left, right = sides
    if len(defects) > known or left is None or right is None:
        return False
    if said in UNSURE:
        return True
    return JudgedPair(left, right, said in SAME, str(row.get("quality", "")).strip())


def _side(row: Mapping[str, Any], side: int, number: int) -> Tree | None:
    """One side as an entity with an id of its own."""
    name = f"pair-{number}-{SIDES[side]}"
    told = row.get(SIDES[side])
    if isinstance(told, str) and told.lstrip().startswith("{"):
        try:
            told = msgspec.json.decode(told)
        except msgspec.DecodeError:
            return None
    if isinstance(told, dict):
        schema, properties = told.get("schema"), told.get("properties")
        if not isinstance(schema, str) or vocabulary().get(schema) is None or not isinstance(properties, dict):
            return None
        texts = {str(prop): [str(one) for one in _many(values)] for prop, values in properties.items()}
        return {"id": name, "schema": schema, "properties": texts}
    text = row.get(NAMES[side]) if told is None else told
    schema = str(row.get("schema") or "Person")
    if not isinstance(text, str) or text.strip() == "" or vocabulary().get(schema) is None:
        return None
    return {"id": name, "schema": schema, "properties": {"name": [text.strip()]}}


def _many(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]
