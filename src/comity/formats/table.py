"""A table with a saved mapping: one row an act that lists somebody; rows that name the same entry are gathered.

Strict: the header is the mapping's, every row has as many cells, quotes match, the text is UTF-8, a date is one of
the forms that its column may have. A value that does not fit is a defect, or a note where the mapping says so, since
some publishers write whole sentences into their columns. Nothing of a row is dropped.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from comity.errors import Defect, InputRefused
from comity.formats.base import Format, Notice, Reading, Rows, clean, decode_text, refuse_empty
from comity.formats.list_dates import read_dates
from comity.formats.list_papers import add_paper
from comity.formats.list_values import numbers_in, split_cell, split_countries
from comity.formats.listing import Entry, Findings, digest
from comity.formats.ofac_remarks import person_name
from comity.formats.table_mapping import Column, Mapped, packaged_mappings
from comity.model.collector import without_collector
from comity.model.entity import vocabulary
from comity.model.territory import country_code
from comity.model.value import kind_of

LONGEST_CELL = 1 << 15
"""Characters; the longest of a published table that we hold has 3,626."""
csv.field_size_limit(1 << 20)


@without_collector()
def read_table(files: Mapping[str, bytes], now: datetime, *, mapped: Mapped) -> Reading:
    """The entries of tables of one mapping; raises :class:`comity.errors.InputRefused`. ``now`` is not used."""
    refuse_empty(files, f"table ({mapped.title})")
    findings = Findings()
    entries: dict[str, Entry] = {}
    for name, data in files.items():
        count = 0
        for number, cells in _rows(name, data, mapped, findings):
            count += 1
            if mapped.reference == "":
                _Row(name, number, cells, mapped, findings).into(entries)
        if count == 0 and len(findings.defects) == 0:
            findings.defect("table.empty", "The table has no row below its header.", "Fetch the file again.", name)
        is_listed = mapped.reference == ""
        findings.rows.append(Rows(name, count if is_listed else 0, () if is_listed else ((mapped.reference, count),)))
        if not is_listed:
            findings.notices.append(Notice(f"{count} rows are left aside: {mapped.reference}", name))
    trees = tuple(tree for entry in entries.values() for tree in entry.trees())
    return findings.reading(f"table ({mapped.title})", trees)


def _rows(name: str, data: bytes, mapped: Mapped, findings: Findings) -> Iterator[tuple[int, dict[str, str]]]:
    text = decode_text(name, data.removeprefix(b"\xef\xbb\xbf"), "utf-8", findings.defects)
    if "\x00" in text:
        findings.defect("table.null", "The file holds null characters.", "Fetch the file again.", name)
        return
    read = csv.reader(io.StringIO(text, newline=""), delimiter=mapped.delimiter, strict=True)
    header: list[str] = []
    try:
        for number, cells in enumerate(read, 1):
            if number == 1:
                header = [cell.strip() for cell in cells]
                if not _is_header(name, header, mapped, findings):
                    return
            elif max(map(len, cells), default=0) > LONGEST_CELL:
                says = f"A cell has more than {LONGEST_CELL:,} characters."
                findings.defect("table.cell", says, "Check the quotes from here on.", name, f"row {number}")
            elif len(cells) != len(header):
                says = f"The row has {len(cells)} cells; the header has {len(header)}."
                remedy = "Fetch the file again; it may be cut."
                findings.defect("table.cells", says, remedy, name, f"row {number}")
            else:
                yield number, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        says = f"The quotes do not match up ({error})."
        findings.defect("table.quotes", says, "Fetch the file again.", name, f"line {read.line_num}")


def _is_header(name: str, header: list[str], mapped: Mapped, findings: Findings) -> bool:
    known = mapped.known
    says = [(one, "The mapping knows no such column.") for one in header if one not in known]
    says += [(one, "The column is missing.") for one in sorted(mapped.header - set(header))]
    says += [(one, "The column stands twice.") for one, count in sorted(Counter(header).items()) if count > 1]
    for column, wrong in says:
        findings.defect("table.column", wrong, "Use the mapping of this edition.", name, "row 1", column)
    return len(says) == 0


class _Row:
    """One row on its way into its entry."""

    def __init__(self, file: str, number: int, cells: dict[str, str], mapped: Mapped, findings: Findings) -> None:
        self.file = file
        self.place = f"row {number}"
        self.cells = cells
        self.mapped = mapped
        self.findings = findings
        self.act = dict(mapped.act)

    def into(self, entries: dict[str, Entry]) -> None:
        schema = self._schema()
        key = self._key()
        if schema is None or key is None:
            return
        entry = entries.get(key)
        if entry is not None and entry.schema != schema:
            key = f"{key}-{schema.lower()}"
            entry = entries.get(key)
        if entry is None:
            entry = entries[key] = Entry(key, schema, self.findings)
            for prop, values in self.mapped.constants.items():
                for value in values:
                    entry.add(prop, value)
        for name, column in self.mapped.columns.items():
            text = self.cells.get(name, "").strip()
            if text != "" and text not in column.nothing:
                self._cell(entry, name, column, text)
        for prop, names in self.mapped.joined.items():
            parts = [" ".join(self.cells.get(name, "").split()) for name in names]
            entry.take(prop, ", ".join(part for part in parts if part != ""), prop)
        if "name" not in entry.values:
            words = [one for prop in ("firstName", "middleName", "lastName") for one in entry.values.get(prop, ())]
            entry.add("name", " ".join(words))
        if len(entry.values.get("name", ())) == 0:
            self.findings.defect("table.name", "The row has no name.", "Fetch the file again.", self.file, self.place)
        entry.act(self.act)

    def _schema(self) -> str | None:
        kind = self.mapped.schema
        written = self.cells.get(kind.column, "").strip() if kind.column != "" else ""
        if written == "":
            return kind.default
        schema = kind.values.get(written, written if len(kind.values) == 0 else "")
        model = vocabulary().get(schema)
        if model is None or not model.matchable:
            says = f"There is no kind {written!r}."
            remedy = f"Expected {', '.join(kind.values) or 'a schema'}."
            self.findings.defect("table.kind", says, remedy, self.file, self.place, kind.column)
            return None
        return schema

    def _key(self) -> str | None:
        for choice in self.mapped.key:
            words = [" ".join(self.cells.get(name, "").split()) for name in choice]
            if words[-1] != "":
                return f"{self.mapped.prefix}-{digest(repr(words))}"
        says = "The row has nothing that names its entry."
        columns = " or ".join(" and ".join(choice) for choice in self.mapped.key)
        self.findings.defect("table.key", says, f"Expected {columns}.", self.file, self.place)
        return None

    def _cell(self, entry: Entry, name: str, column: Column, text: str) -> None:
        label = column.label or name
        for part in split_cell(text, column.split):
            if column.papers:
                add_paper(entry, part)
                continue
            if len(column.dates) > 0:
                dates = read_dates(part, column.dates)
                values = dates if dates is not None else None
            elif column.number:
                values = numbers_in(part)
                if values is not None and values != (part,):
                    entry.note(part, label)
            else:
                values = self._fitting(entry, column, part)
            if values is None:
                self._misfit(entry, column, name, label, part)
            for value in values or ():
                self._put(entry, column, name, label, value)

    def _fitting(self, entry: Entry, column: Column, part: str) -> tuple[str, ...]:
        """The values in a part: itself, or the countries that it names."""
        if kind_of(entry.schema, column.prop) != "country" or country_code(part) is not None:
            return (part,)
        countries = split_countries(part)
        return tuple(countries) if all(country_code(one) is not None for one in countries) else (part,)

    def _put(self, entry: Entry, column: Column, name: str, label: str, value: str) -> None:
        if column.surname_first and entry.schema == "Person":
            value = person_name(value)
        if column.country_last:
            country = value.rpartition(",")[2].strip()
            if clean(entry.schema, "country", country) is not None:
                entry.add("country", country)
        if column.act != "":
            before = self.act.get(column.act, "")
            if before != "" and len(column.dates) > 0:
                entry.note(value, label)  # an act has one date of a kind
            else:
                self.act[column.act] = f"{before}; {value}" if before != "" else value
        elif column.prop == "name" and len(entry.values.get("name", ())) > 0:
            if value not in entry.values["name"]:
                entry.take("alias", value, label)
        elif column.prop == "notes":
            entry.note(value, column.label)
        elif not entry.add(column.prop, value):
            self._misfit(entry, column, name, label, value)

    def _misfit(self, entry: Entry, column: Column, name: str, label: str, text: str) -> None:
        if column.otherwise == "note":
            self.findings.kept[label] += 1
            entry.note(text, label)
            return
        says = f"{text!r} is not a {column.prop or column.act} of {entry.schema}."
        self.findings.defect("table.value", says, "Fetch the file again.", self.file, self.place, name)


def recognises(mapped: Mapped, name: str, data: bytes) -> bool:
    """Whether the first line is the mapping's header."""
    first = data.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
    if len(first) > 1 << 16:
        return False
    try:
        cells = {cell.strip() for cell in next(csv.reader([first], delimiter=mapped.delimiter), [])}
    except csv.Error:
        return False
    return mapped.header <= cells <= mapped.known


def mapping_for(name: str, data: bytes) -> str | None:
    """The name of the packaged mapping whose header this is."""
    return next((one for one, mapped in packaged_mappings().items() if recognises(mapped, name, data)), None)


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """Tables whose packaged mapping is told by their header, all of one mapping; raises
    :class:`comity.errors.InputRefused`."""
    refuse_empty(files, "table")
    found = {name: mapping_for(name, data) for name, data in files.items()}
    names = {one for one in found.values() if one is not None}
    if None in found.values() or len(names) > 1:
        says = "No mapping of the package has its header." if None in found.values() else "The tables are of two kinds."
        remedy = f"Give a mapping of your own with --mapping; there are {', '.join(sorted(packaged_mappings()))}."
        defects = [Defect("table.mapping", says, remedy, name) for name, one in found.items() if one is None]
        raise InputRefused("The table cannot be read.", defects or [Defect("table.mapping", says, remedy)])
    return read_table(files, now, mapped=packaged_mappings()[names.pop()])


OWN = frozenset({"eu_journal", "us_bis", "us_csl"})
"""Mappings that are formats of their own."""


FORMAT = Format(
    name="table",
    title="Tables with a saved mapping",
    docs="CSV or tab-separated tables whose mapping ships with the package or is given with --mapping.",
    example={
        "freezes.csv": b"Name,Alias,Previous name,Birth date,Birth place,Nationality,Passport numbers,Notes,Country,"
        b"Program,Listed,Delisted,Source URL\nDrazen LUKIC,The Clerk,,1971-03-12,Havana,cu,A1234567,Invented,cu,"
        b"CH-FIAA-XX,2026-03-04,,https://example.org/1\n"
    },
    recognises=lambda name, data: (mapping_for(name, data) or "eu_journal") not in OWN,
    read=read,
)
