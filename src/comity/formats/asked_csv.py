"""Lists of documents to look up (CSV): ``kind, country, number`` or ``mrz`` in each row, and an ``id`` if wanted.

A row without an id gets its row number. Comma, semicolon and tab are taken as the separator, as the header has it.
Rows are read one by one; every defect is named with file, row and field.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from comity.errors import Defect, InputRefused
from comity.formats.asked_document import AskedDocument, Typed, read_asked

COLUMNS = ("id", "kind", "country", "number", "mrz")
LONGEST_CELL, LONGEST_ID = 2_000, 64
_KNOWN = "Known columns: id, kind, country, number, mrz."


@dataclass(frozen=True, slots=True)
class AskedRow:
    """One row: its number in the file, its id, the question."""

    row: int
    id: str
    asked: AskedDocument


def rows(name: str, lines: Iterable[str], today: date, defects: list[Defect]) -> Iterator[AskedRow]:
    """The questions of a file; rows that cannot be asked are in ``defects`` instead."""
    stream = iter(lines)
    header = next((line for line in stream if line.strip() != ""), "")
    separator = next((one for one in "\t;" if one in header), ",")
    names = [one.strip().strip('"').casefold() for one in header.lstrip("\ufeff").rstrip("\r\n").split(separator)]
    if not _good_header(name, names, defects):
        return
    reader = csv.reader(_short_lines(stream), delimiter=separator, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            says = f"The row cannot be read: {error}."
            defects.append(_defect("asked.csv", says, "Save the file as CSV again.", name, reader.line_num + 1))
            return
        row = reader.line_num + 1
        if any(cell.strip() != "" for cell in cells):
            found = _row(name, names, cells, row, today, defects)
            if found is not None:
                yield found


def _row(
    name: str, names: list[str], cells: list[str], row: int, today: date, defects: list[Defect]
) -> AskedRow | None:
    if len(cells) > len(names) and any(cell.strip() != "" for cell in cells[len(names) :]):
        says = f"The row has {len(cells)} cells, the header {len(names)}."
        defects.append(_defect("asked.cells", says, "Quote cells that hold the separator.", name, row))
        return None
    if any(len(cell) > LONGEST_CELL for cell in cells):
        defects.append(_defect("asked.cell", "A cell is too long.", "Is a quotation mark missing?", name, row))
        return None
    values = dict(zip(names, cells, strict=False))
    typed = Typed(**{key: values.get(key, "") for key in COLUMNS[1:]}, file=name, place=f"row {row}")
    try:
        asked = read_asked(typed, today)
    except InputRefused as error:
        defects.extend(error.defects)
        return None
    return AskedRow(row, values.get("id", "").strip()[:LONGEST_ID] or str(row), asked)


def _good_header(name: str, names: list[str], defects: list[Defect]) -> bool:
    before = len(defects)
    for column in names:
        if column not in COLUMNS:
            says = f"The column {column[:40]!r} is not known."
            defects.append(Defect("asked.column", says, _KNOWN, name, "row 1", column[:40]))
    if len(set(names)) < len(names):
        defects.append(_defect("asked.column", "A column stands there twice.", _KNOWN, name, 1))
    if "mrz" not in names and not {"kind", "country", "number"} <= set(names):
        says = "The header names neither mrz nor kind, country and number."
        defects.append(_defect("asked.header", says, "Put the names of the columns into the first row.", name, 1))
    return len(defects) == before


def _short_lines(lines: Iterable[str]) -> Iterator[str]:
    """Lines, cut where nobody can mean them, so that one line without an end does not fill the memory."""
    for line in lines:
        yield line[: len(COLUMNS) * LONGEST_CELL + 100]


def _defect(rule: str, says: str, remedy: str, name: str, row: int) -> Defect:
    return Defect(rule, says, remedy, name, f"row {row}")
