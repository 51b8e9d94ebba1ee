"""CSV for screening: a header and one person, company or thing a row.

Columns: any of :data:`COLUMNS`. A row without ``id`` gets its row number; the header is row 1. Comma or semicolon,
UTF-8. Unknown columns, bad dates and rows without a name or number are defects.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain

from comity.errors import Defect, InputRefused
from comity.formats.base import Format, Reading, Tree, clean, decode_text, make_tree, refuse_empty
from comity.model.entity import vocabulary
from comity.model.span import span_of

COLUMNS = {
    "id": "",
    "schema": "",
    "name": "name",
    "full_name": "name",
    "first_name": "firstName",
    "middle_name": "middleName",
    "last_name": "lastName",
    "birth_date": "birthDate",
    "date_of_birth": "birthDate",
    "birth_place": "birthPlace",
    "nationality": "nationality",
    "gender": "gender",
    "document_number": "idNumber",
    "document_country": "",
}
SCHEMA = "Person"
"""What a row without ``schema`` is about."""
csv.field_size_limit(1 << 20)


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The rows as entities, a document with its country as one more; raises :class:`InputRefused`."""
    refuse_empty(files, "screening file")
    defects: list[Defect] = []
    trees = [tree for name, data in files.items() for tree in _file(name, data, now.date(), defects)]
    seen: set[str] = set()
    for tree in trees:
        if tree["id"] in seen:
            defects.append(
                Defect("csv.repeated", f"The id {tree['id']!r} is given twice.", "Give each row an id of its own.")
            )
        seen.add(tree["id"])
    if len(defects) > 0:
        raise InputRefused("The screening file cannot be read.", defects)
    return Reading(tuple(trees))


def recognises(name: str, data: bytes) -> bool:
    """Whether the first line is a header of known columns."""
    first = data.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    cells = {cell.strip(' "\r').lower() for cell in first.replace(";", ",").split(",")}
    return len(cells & COLUMNS.keys() - {"id", "schema"}) > 0


def rows(name: str, lines: Iterable[str], today: date, defects: list[Defect]) -> Iterator[tuple[int, tuple[Tree, ...]]]:
    """(row, entities of the row) of one file given line by line; what is wrong goes into ``defects``."""
    source = iter(lines)
    first = next(source, "")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    read = _cells(name, chain([first], source), delimiter, defects)
    _, header = next(read, (1, []))
    columns = [cell.strip().lower() for cell in header]
    _check_header(name, columns, defects)
    count = 0
    for number, cells in read:
        if all(cell.strip() == "" for cell in cells):
            continue
        count += 1
        if len(cells) != len(columns):
            says = f"The row has {len(cells)} fields; the header has {len(columns)}."
            defects.append(Defect("csv.fields", says, "Quote fields that hold a comma.", name, f"row {number}"))
            continue
        values = {column: " ".join(cell.split()) for column, cell in zip(columns, cells, strict=True)}
        yield number, tuple(_Row(name, number, values, today, defects).trees())
    if count == 0:
        defects.append(Defect("csv.empty", "The file has no row below its header.", "Give at least one row.", name))


def _file(name: str, data: bytes, today: date, defects: list[Defect]) -> Iterator[Tree]:
    text = decode_text(name, data.removeprefix(b"\xef\xbb\xbf"), "utf-8", defects)
    if "\x00" in text:
        defects.append(Defect("csv.null", "The file holds null characters.", "Save it as UTF-8 text.", name))
        return
    for _, trees in rows(name, io.StringIO(text, newline=""), today, defects):
        yield from trees


def _cells(name: str, lines: Iterable[str], delimiter: str, defects: list[Defect]) -> Iterator[tuple[int, list[str]]]:
    read = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        yield from enumerate(read, 1)
    except csv.Error as error:
        says = f"The quotes do not match up ({error})."
        place = f"row {read.line_num}"
        defects.append(Defect("csv.quotes", says, "Check the quotes from here on.", name, place))


def _check_header(name: str, columns: list[str], defects: list[Defect]) -> None:
    remedy = f"Rename or remove it; known are {', '.join(COLUMNS)}."
    defects.extend(
        Defect("csv.column", f"The column {column!r} is not known.", remedy, name, "row 1", column)
        for column in columns
        if column not in COLUMNS
    )
    defects.extend(
        Defect("csv.column_twice", f"The column {column!r} stands twice.", "Keep one.", name, "row 1", column)
        for column, count in sorted(Counter(columns).items())
        if count > 1
    )


class _Row:
    """One row on its way to an entity."""

    def __init__(self, file: str, number: int, values: dict[str, str], today: date, defects: list[Defect]) -> None:
        self.file = file
        self.number = number
        self.values = {column: value for column, value in values.items() if column in COLUMNS}
        self.today = today
        self.defects = defects

    def _defect(self, field: str, rule: str, says: str, remedy: str) -> None:
        self.defects.append(Defect(rule, says, remedy, self.file, f"row {self.number}", field))

    def trees(self) -> Iterator[Tree]:
        """The row's entity, and its document if a country is given with it."""
        entity_id = self.values.get("id") or str(self.number)
        schema = self.values.get("schema") or SCHEMA
        found = vocabulary().get(schema)
        if found is None or found.abstract or not found.matchable:
            self._defect("schema", "csv.schema", f"There is no schema {schema!r} to screen.", "Use Person, Company, …")
            return
        values: dict[str, list[str]] = {}
        for column, value in self.values.items():
            if COLUMNS[column] != "" and value != "":
                self._take(schema, column, value, values)
        name = self._name(values)
        if name != "":
            values["name"] = [name]
        if len(values) == 0 or (name == "" and "idNumber" not in values):
            self._defect("name", "csv.name", "The row has no name and no document number.", "Give one of them.")
        yield make_tree(entity_id, schema, values)
        yield from self._document(entity_id)

    def _take(self, schema: str, column: str, value: str, values: dict[str, list[str]]) -> None:
        prop = COLUMNS[column]
        if prop == "birthDate":
            self._born(column, value, values)
            return
        fitting = clean(schema, prop, value)
        if fitting is None:
            remedy = "Use an ISO code or an English name." if prop == "nationality" else "Correct it or leave it empty."
            self._defect(column, "csv.value", f"{value!r} is not a {column.replace('_', ' ')} of {schema}.", remedy)
        else:
            values.setdefault(prop, []).append(fitting)

    def _born(self, column: str, value: str, values: dict[str, list[str]]) -> None:
        remedy = "Write YYYY-MM-DD, YYYY-MM or YYYY; about a year 1960~, a span 1960/1962."
        span = span_of(value)
        if span is not None and (span.is_about or span.is_range):
            if span.first <= self.today:
                values.setdefault("birthDate", []).append(span.text)
            else:
                self._defect(column, "csv.future", f"{value!r} lies in the future.", remedy)
            return
        parts = value.split("-")
        widths = [len(part) for part in parts]
        if not all(part.isascii() and part.isdigit() for part in parts) or widths not in ([4], [4, 2], [4, 2, 2]):
            self._defect(column, "csv.date", f"{value!r} is no date.", remedy)
            return
        try:
            day = date(*(int(part) for part in (*parts, "1", "1")[:3]))
        except ValueError:
            self._defect(column, "csv.date", f"{value!r} is no date.", remedy)
            return
        if day > self.today:
            self._defect(column, "csv.future", f"{value!r} lies in the future.", remedy)
            return
        values.setdefault("birthDate", []).append(value)

    def _name(self, values: dict[str, list[str]]) -> str:
        given = values.get("name", [])
        if len(given) > 0:
            return given[0]
        return " ".join(part for prop in ("firstName", "middleName", "lastName") for part in values.get(prop, []))

    def _document(self, entity_id: str) -> Iterator[Tree]:
        number, issuer = self.values.get("document_number", ""), self.values.get("document_country", "")
        if issuer == "":
            return
        country = clean("Identification", "country", issuer)
        if country is None:
            remedy = "Use an ISO code or an English name."
            self._defect("document_country", "csv.value", f"{issuer!r} is not a country.", remedy)
        elif number != "" and clean("Identification", "holder", entity_id) is not None:
            # An id that no entity may refer to leaves the number on the row itself, without its issuer.
            values = {"holder": [entity_id], "number": [number], "country": [country]}
            yield make_tree(f"{entity_id}-doc-1", "Identification", values)


FORMAT = Format(
    name="csv",
    title="CSV for screening",
    docs="A header with any of " + ", ".join(COLUMNS) + "; one person or thing a row.",
    example={
        "people.csv": b"id,first_name,last_name,birth_date,nationality,gender,document_number,document_country\n"
        b"q1,Drazen,Lukic,1971-03-12,CHE,male,A1234567,CHE\n"
    },
    recognises=recognises,
    read=read,
)
