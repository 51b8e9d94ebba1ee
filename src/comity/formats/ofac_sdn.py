"""The OFAC list set in its legacy CSV form: sdn, alt, add and, where there is one, sdn_comments.

Strict: 12, 5, 6 and 2 columns, ASCII, ``-0-`` for nothing, one row a line, CRLF or LF, at most one 0x1A at the
end. What the genuine editions contain is handled by name and told as notices: an entity number given twice, a row
that names an entity the set does not have, a last line whose null mark lost its end, a comments file of another
day. Above :data:`TOLERATED` of a kind they are defects.

The layout is the publisher's data specification of the legacy list files; the remarks grammar is in
:mod:`comity.formats.ofac_remarks`.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from comity.errors import Defect, InputRefused
from comity.formats.base import Format, Notice, Reading, Rows, Tree, clean, decode_text, make_tree, refuse_empty
from comity.formats.listing import is_number
from comity.formats.ofac_remarks import (
    Linked,
    Paper,
    Understood,
    Value,
    Wallet,
    country_name,
    even,
    person_name,
    read_piece,
    split_remarks,
)
from comity.formats.ofac_write import write
from comity.model.collector import without_collector

COLUMNS = {"sdn": 12, "alt": 5, "add": 6, "sdn_comments": 2}
SCHEMAS = {"individual": "Person", "": "Organization", "vessel": "Vessel", "aircraft": "Airplane"}
ALIASES = {"aka": "alias", "nka": "alias", "fka": "previousName"}
TOLERATED = 20
"""Oddities of one kind in one file that are told as notices; more means that the files do not belong together."""
CONTINUED_FROM = 950
"""A remark shorter than this was not cut, so a comments row is not its continuation (the column holds 1,000)."""

CONSOLIDATED = {"cons_prim": "sdn", "cons_alt": "alt", "cons_add": "add", "cons_comments": "sdn_comments"}
"""What the same files are called in the consolidated (non-SDN) set."""

_NAME = re.compile(
    r"(?:^|[/\\])(cons_prim|cons_alt|cons_add|cons_comments|sdn_comments|sdn|alt|add)[^/\\]*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Row:
    file: str
    number: int
    cells: tuple[str, ...]

    @property
    def place(self) -> str:
        return f"row {self.number}"


@dataclass(slots=True)
class _Entry:
    """One listed entity while its rows are gathered."""

    entity_id: str
    schema: str
    values: dict[str, list[str]] = field(default_factory=dict)
    papers: list[Paper] = field(default_factory=list)
    wallets: list[Wallet] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)

    def add(self, prop: str, value: str) -> bool:
        """Adds one value if it fits the schema, and says whether it did."""
        if clean(self.schema, prop, value) is None:
            return False
        self.values.setdefault(prop, []).append(value)
        return True

    def note(self, text: str) -> None:
        self.values.setdefault("notes", []).append(text)


@dataclass(slots=True)
class _Findings:
    """What is wrong and what is odd."""

    defects: list[Defect] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def defect(self, row: _Row, name: str, rule: str, says: str, remedy: str) -> None:
        self.defects.append(Defect(rule, says, remedy, row.file, row.place, name))

    def odd(self, rows: list[tuple[_Row, str]], rule: str, remedy: str) -> None:
        """A few odd rows are notices, many are defects."""
        for row, says in rows:
            if len(rows) > TOLERATED:
                self.defect(row, "ent_num", rule, says, remedy)
            else:
                self.notices.append(Notice(says, row.file, row.place))


@without_collector()
def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The set's entities, with their papers, wallets and links; raises :class:`InputRefused`.

    Ids are ``ofac-NUMBER``. ``now`` is not used: years have four digits here.
    """
    refuse_empty(files, "OFAC list set")
    findings = _Findings()
    tables = _tables(files, findings)
    entries = _entries(tables.get("sdn", []), findings)
    _comments(tables.get("sdn_comments", []), entries, findings)
    _aliases(tables.get("alt", []), entries, findings)
    _addresses(tables.get("add", []), entries, findings)
    noted = sum(_remarks(entry) for entry in entries.values())
    trees = tuple(_trees(entries))
    if len(findings.defects) > 0:
        raise InputRefused("The OFAC list set cannot be read.", findings.defects)
    if noted > 0:
        findings.notices.append(Notice(f"{noted} remarks of no known form are kept as notes."))
    rows = tuple(_counted(table, findings) for table in tables.values() if len(table) > 0)
    return Reading(trees, tuple(findings.notices), rows=rows)


def _counted(table: list[_Row], findings: _Findings) -> Rows:
    """What became of the rows of one file; those left aside are in the notices."""
    file = table[0].file
    aside = sum(one.file == file and "is left aside" in one.says for one in findings.notices)
    return Rows(file, len(table) - aside, (("the entity is not in the sdn file", aside),) if aside > 0 else ())


def recognises(name: str, data: bytes) -> bool:
    """Whether this looks like the main file of the set."""
    return re.match(rb'\d+,(?:"[^"\r\n]*"|[^",\r\n]*),"?(?:-0- ?|individual|vessel|aircraft)"?,', data) is not None


def _tables(files: Mapping[str, bytes], findings: _Findings) -> dict[str, list[_Row]]:
    tables: dict[str, list[_Row]] = {}
    for name, data in files.items():
        kind = _kind(name, data)
        if kind is None or kind in tables:
            says = "It is not one of sdn, alt, add, sdn_comments." if kind is None else f"There are two {kind} files."
            findings.defects.append(Defect("ofac.file", says, "Give each file of one edition once.", name))
            continue
        tables[kind] = list(_rows(name, data, kind, findings))
    if "sdn" not in tables:
        findings.defects.append(Defect("ofac.file", "The sdn file is missing.", "Give sdn.csv, alt.csv and add.csv."))
    for kind, what in (("alt", "other names"), ("add", "addresses")):
        if kind not in tables:
            findings.notices.append(Notice(f"No {kind} file was given: the entries are without their {what}."))
    return tables


def _kind(name: str, data: bytes) -> str | None:
    found = _NAME.search(name)
    if found is not None:
        return CONSOLIDATED.get(found[1].lower(), found[1].lower())
    first = data.split(b"\n", 1)[0].decode("latin-1").rstrip("\r")
    width = len(next(csv.reader([first]), []))
    return next((kind for kind, columns in COLUMNS.items() if columns == width), None)


def _rows(name: str, data: bytes, kind: str, findings: _Findings) -> Iterator[_Row]:
    body, _mark, rest = data.partition(b"\x1a")
    if len(rest.strip(b"\x00\r\n\x1a")) > 0:
        place = f"offset {len(body)}"
        says = "Content goes on after the end-of-file byte 0x1A."
        findings.defects.append(Defect("ofac.eof", says, "Fetch the file again.", name, place))
    lines = decode_text(name, body, "ascii", findings.defects).split("\n")
    has_end = lines[-1] == ""
    if has_end:
        lines.pop()
    if len(lines) == 0:
        findings.defects.append(Defect("file.empty", "The file has no rows.", "Fetch the file again.", name))
    for number, line in enumerate(lines, 1):
        row = _row(name, number, line.removesuffix("\r"), kind, findings)
        if row is None:
            continue
        if number == len(lines) and not has_end:
            row = _unended(row, line, findings)
        yield row


def _row(name: str, number: int, line: str, kind: str, findings: _Findings) -> _Row | None:
    bare = _Row(name, number, ())
    try:
        cells = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        findings.defect(bare, "", "ofac.quotes", f"The quotes do not match up ({error}).", "Fetch the file again.")
        return None
    if not line.isprintable():
        findings.defect(bare, "", "ofac.control", "The row holds a control character.", "Fetch the file again.")
        return None
    if len(cells) != COLUMNS[kind]:
        says = f"The row has {len(cells)} columns; {kind} has {COLUMNS[kind]}."
        findings.defect(bare, "", "ofac.columns", says, "Fetch the file again; it may be cut.")
        return None
    if not is_number(cells[0].strip()):
        findings.defect(bare, "ent_num", "ofac.number", f"{cells[0][:40]!r} is not a number.", "Fetch the file again.")
        return None
    *cells, last = ("" if cell.strip() == "-0-" else cell for cell in cells)
    # The last column is not stripped: a remark may go on in the comments file after a blank.
    return _Row(name, number, (*(cell.strip() for cell in cells), last))


def _unended(row: _Row, line: str, findings: _Findings) -> _Row:
    """The last line has no end: fine after a closing quote or a null mark, else the file was cut."""
    last = row.cells[-1].strip()
    if last in ("", "-0", "-") and not line.endswith('"'):
        findings.notices.append(Notice("The last line's null mark lost its end.", row.file, row.place))
        return _Row(row.file, row.number, (*row.cells[:-1], ""))
    if not line.endswith('"'):
        findings.defect(row, "", "ofac.cut", "The file ends inside its last row.", "Fetch the file again; it is cut.")
    return row


def _entries(rows: list[_Row], findings: _Findings) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    repeated: list[tuple[_Row, str]] = []
    for row in rows:
        key = row.cells[0]
        schema = SCHEMAS.get(row.cells[2].lower())
        if schema is None:
            says = f"There is no type {row.cells[2]!r}."
            findings.defect(row, "SDN_Type", "ofac.type", says, "Expected individual, vessel, aircraft or -0-.")
            continue
        if clean("Thing", "name", row.cells[1]) is None:
            findings.defect(row, "SDN_Name", "ofac.name", "The entry has no name.", "Fetch the file again.")
            continue
        while key in entries:
            key = f"{key}-2" if key == row.cells[0] else f"{row.cells[0]}-{int(key.rpartition('-')[2]) + 1}"
        if key != row.cells[0]:
            says = f"Number {row.cells[0]} is given again; the entry is kept as ofac-{key}."
            repeated.append((row, says))
        entries[key] = _entry(f"ofac-{key}", schema, row)
    findings.odd(repeated, "ofac.repeated", "Each entity number stands once; fetch the file again.")
    return entries


def _entry(entity_id: str, schema: str, row: _Row) -> _Entry:
    _, name, _, programs, title, call_sign, kind, tonnage, gross, flag, owner, remarks = row.cells
    entry = _Entry(entity_id, schema)
    _name(entry, name)
    entry.values["topics"] = ["sanction"]
    for program in re.split(r"\]\s*\[", programs.strip("[] ")):
        if program.strip() != "":
            entry.add("program", program.strip())
    for text in (text.strip() for text in title.split("; ")):
        if text != "" and not entry.add("position", text):
            entry.note(f"Title: {text}")
    for prop, value in (
        ("callSign", call_sign),
        ("type", kind),
        ("tonnage", tonnage),
        ("grossRegisteredTonnage", gross),
    ):
        if value != "" and not entry.add(prop, value):
            entry.note(f"{prop}: {value}")
    code = clean(schema, "flag", flag)
    if flag != "" and not (code is not None and entry.add("flag", code)):
        entry.note(f"Flag: {flag}")
    if owner != "":
        entry.note(f"Vessel owner: {owner}")
    entry.values["_remarks"] = [remarks]
    return entry


def _name(entry: _Entry, text: str) -> None:
    last, comma, first = (part.strip() for part in text.partition(","))
    if entry.schema != "Person" or comma == "" or first == "" or last == "":
        entry.values["name"] = [even(text)]
        return
    entry.values["name"] = [person_name(text)]
    entry.add("lastName", even(last))
    entry.add("firstName", even(first))


def _comments(rows: list[_Row], entries: dict[str, _Entry], findings: _Findings) -> None:
    for row in rows:
        entry = entries.get(row.cells[0])
        if entry is None:
            says = f"Entity {row.cells[0]} is not in the sdn file; its comment is left aside."
            findings.notices.append(Notice(says, row.file, row.place))
            continue
        if len(entry.values["_remarks"][0]) < CONTINUED_FROM:
            says = f"The remarks of {row.cells[0]} were not cut; the comment is kept as a note."
            findings.notices.append(Notice(says, row.file, row.place))
            for piece in split_remarks(row.cells[1]):
                entry.note(f"Comment: {piece}")
            continue
        entry.values["_remarks"][0] += row.cells[1]


def _owned(rows: list[_Row], entries: dict[str, _Entry], findings: _Findings) -> Iterator[tuple[_Row, _Entry]]:
    orphans: list[tuple[_Row, str]] = []
    for row in rows:
        entry = entries.get(row.cells[0])
        if entry is None:
            orphans.append((row, f"Entity {row.cells[0]} is not in the sdn file; the row is left aside."))
        else:
            yield row, entry
    findings.odd(orphans, "ofac.orphan", "Give files of one edition, fetched together.")


def _aliases(rows: list[_Row], entries: dict[str, _Entry], findings: _Findings) -> None:
    for row, entry in _owned(rows, entries, findings):
        _, _, kind, name, remark = row.cells
        prop = ALIASES.get(kind)
        text = person_name(name) if entry.schema == "Person" and "," in name else even(name)
        if prop is None:
            findings.defect(
                row, "alt_type", "ofac.alt_type", f"There is no type {kind!r}.", "Expected aka, fka or nka."
            )
        elif not entry.add(prop, text):
            findings.defect(row, "alt_name", "ofac.name", "The row has no name.", "Fetch the file again.")
        elif remark.strip() != "":
            entry.note(f"{text}: {even(remark)}")


def _addresses(rows: list[_Row], entries: dict[str, _Entry], findings: _Findings) -> None:
    for row, entry in _owned(rows, entries, findings):
        _, _, street, city, country, remark = row.cells
        code = clean("Person", "country", country) if country != "" else None
        if code is not None and "," in country:
            country = country_name(code)
        parts = [even(part).strip(", ") for part in (street, city, country)]
        text = ", ".join(part for part in parts if part != "")
        if street == "" and city == "" and code is not None:
            entry.add("country", code)
        elif text != "" and not entry.add("address", text):
            entry.note(text)
        else:
            tail = clean("Person", "country", text.rpartition(", ")[2])
            if tail is not None:
                entry.add("country", tail)
        if remark.strip() != "":
            entry.note(even(remark))


def _remarks(entry: _Entry) -> int:
    """Reads the Remarks into the entry and returns how many pieces were not understood."""
    noted = 0
    for piece in split_remarks(entry.values.pop("_remarks")[0]):
        understood, keep = read_piece(piece, entry.schema)
        if keep:
            entry.note(piece)
            noted += len(understood) == 0
        for one in understood:
            _take(entry, one)
    return noted


def _take(entry: _Entry, one: Understood) -> None:
    match one:
        case Value("birthPlace", place):
            entry.add("birthPlace", place)
            country = clean("Person", "birthCountry", place.rpartition(",")[2].strip())
            if country is not None:
                entry.add("birthCountry", country)
        case Value(prop, value):
            entry.add(prop, value)
        case Paper():
            entry.add(one.prop, one.number)
            if not one.is_plain:
                entry.papers.append(one)
        case Wallet():
            entry.wallets.append(one)
        case Linked():
            entry.linked.append(one.name)


def _trees(entries: dict[str, _Entry]) -> Iterator[Tree]:
    by_name: dict[str, list[str]] = {}
    for entry in entries.values():
        written = ", ".join((*entry.values.get("lastName", ()), *entry.values.get("firstName", ())))
        for name in {entry.values["name"][0], written}:
            by_name.setdefault(name, []).append(entry.entity_id)
    for entry in entries.values():
        links = list(_links(entry, by_name))
        yield make_tree(entry.entity_id, entry.schema, entry.values)
        yield from {paper["id"]: paper for paper in (_paper(entry, one) for one in entry.papers)}.values()
        yield from {wallet["id"]: wallet for wallet in (_wallet(entry, one) for one in entry.wallets)}.values()
        yield from {link["id"]: link for link in links}.values()


def _links(entry: _Entry, by_name: dict[str, list[str]]) -> Iterator[Tree]:
    for name in entry.linked:
        found = by_name.get(name) or by_name.get(f"{name}.") or []
        if len(found) != 1:
            entry.note(f"Linked To: {name}")
            continue
        values = {"subject": [entry.entity_id], "object": found, "role": ["Linked To"]}
        yield make_tree(f"{entry.entity_id}-link-{found[0].removeprefix('ofac-')}", "UnknownLink", values)


def _paper(entry: _Entry, paper: Paper) -> Tree:
    schema = "Passport" if paper.prop == "passportNumber" else "Identification"
    values = {
        "holder": [entry.entity_id],
        "type": [paper.kind],
        "number": [paper.number],
        "country": [paper.country] if paper.country != "" else [],
        "startDate": [paper.issued] if paper.issued != "" else [],
        "endDate": [paper.expires] if paper.expires != "" else [],
    }
    return make_tree(f"{entry.entity_id}-doc-{_digest(repr(paper))}", schema, values)


def _wallet(entry: _Entry, wallet: Wallet) -> Tree:
    values = {"holder": [entry.entity_id], "publicKey": [wallet.address], "currency": [wallet.currency]}
    return make_tree(f"{entry.entity_id}-wallet-{_digest(repr(wallet))}", "CryptoWallet", values)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


FORMAT = Format(
    name="ofac_sdn",
    title="OFAC list, legacy CSV set",
    docs="Four files joined on the entity number: sdn.csv (entries), alt.csv (other names), add.csv (addresses) and "
    "sdn_comments.csv (remarks that did not fit). Give the files of one edition together.",
    example={
        "sdn.csv": b'9001,"LUKIC, Drazen","individual","EXR",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
        b'"DOB 12 Mar 1971; POB Port Arven; nationality Cuba; Passport A1234567 (Cuba); Gender Male; '
        b"a.k.a. 'THE CLERK'; Linked To: MERIDIAN TRADE HOUSE.\"\r\n"
        b'9002,"MERIDIAN TRADE HOUSE",-0- ,"EXR] [EXT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\x1a',
        "alt.csv": b'9001,1,"aka","LUKITCH, Drazhen",-0- \r\n\x1a',
        "add.csv": b'9002,1,"4 Quay Street","Havana","Cuba",-0- \r\n\x1a',
    },
    recognises=recognises,
    read=read,
    write=write,
)
