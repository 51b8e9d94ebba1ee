"""A list of stolen and lost documents as a member's register gives it out: CSV, one document a row, no name anywhere.

The header names the columns of :data:`comity.model.document_record.COLUMNS`; kind, number and state have to be there.
The list is read whole or not at all: every defect names its row, and a number that stands there twice is one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from comity.errors import Defect, InputRefused
from comity.formats.base import decode_text, refuse_empty
from comity.model.document_record import COLUMNS, MOST, DocumentRecord, record_defects
from comity.model.travel_document import plain_number

NEEDED = ("kind", "number", "state")
MOST_DEFECTS = 1000
"""Defects that are told of one file; what comes after is counted."""


def read_document_list(name: str, data: bytes, today: str, *, field: str = "") -> tuple[DocumentRecord, ...]:
    """The records of one file on the day ``today``; raises :class:`InputRefused` with every defect by row."""
    refuse_empty({name: data}, "list of documents")
    defects: list[Defect] = []
    text = decode_text(name, data.removeprefix(b"\xef\xbb\xbf"), "utf-8", defects)
    records: list[DocumentRecord] = []
    seen: dict[tuple[str, str], int] = {}
    for row, record in _rows(name, text, defects):
        found = list(record_defects(record, today))
        first = seen.setdefault((record.kind, plain_number(record.number)), row)
        if len(found) == 0 and first != row:
            says = f"The same document stands in row {first}."
            found.append(Defect("document.twice", says, "Keep the row that is right.", field="number"))
        defects.extend(Defect(one.rule, one.says, one.remedy, name, f"row {row}", one.field) for one in found)
        records.append(record)
    if len(records) == 0 and len(defects) == 0:
        defects.append(Defect("document.list", "There is no row below the header.", "Add the documents.", name))
    if len(records) > MOST:
        says = f"The list has {len(records):,} rows; {MOST:,} are taken in one report."
        defects.insert(0, Defect("document.list", says, "Split the file; report each piece.", name, field=field))
    if len(defects) > 0:
        raise InputRefused(f"{name}: {len(defects):,} to mend; no document was reported.", defects[:MOST_DEFECTS])
    return tuple(records)


def _rows(name: str, text: str, defects: list[Defect]) -> Iterator[tuple[int, DocumentRecord]]:
    """(row, record), the header being row 1; what is no table becomes defects."""
    if "\x00" in text:
        defects.append(Defect("document.list", "The file holds null characters.", "Save it as CSV again.", name))
        return
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if not _is_header(name, header, defects):
            return
        for row, cells in enumerate(reader, 2):
            if all(cell.strip() == "" for cell in cells):
                continue
            if len(cells) != len(header):
                says = f"The row has {len(cells)} cells; the header has {len(header)}."
                defects.append(Defect("document.list", says, "Check quotes and separators.", name, f"row {row}"))
                continue
            yield row, _record(dict(zip(header, (cell.strip() for cell in cells), strict=True)))
    except csv.Error as error:
        says = f"The quotes do not match up ({error})."
        defects.append(Defect("document.list", says, "Save it as CSV again.", name, f"line {reader.line_num}"))


def _is_header(name: str, header: list[str], defects: list[Defect]) -> bool:
    wrong = [
        (column, "There is no such column; a list has no place for a name.")
        for column in header
        if column not in COLUMNS
    ]
    wrong += [(column, "The column stands there twice.") for column in COLUMNS if header.count(column) > 1]
    wrong += [(column, "The column is missing.") for column in NEEDED if column not in header]
    remedy = f"The first row names the columns: {', '.join(COLUMNS)}."
    defects.extend(Defect("document.column", says, remedy, name, "row 1", column) for column, says in wrong)
    return len(wrong) == 0


def _record(cells: dict[str, str]) -> DocumentRecord:
    values = {column: cells.get(column, "") for column in COLUMNS}
    return DocumentRecord(**{**values, "kind": values["kind"].upper(), "state": values["state"].lower()})
