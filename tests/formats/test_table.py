"""Tables with mappings: every published table loads whole, every row is accounted for, and a wrong one is refused."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputRefused
from comity.formats import detect
from comity.formats.list_dates import FORMS, read_dates
from comity.formats.list_values import numbers_in, split_cell
from comity.formats.table import read, read_table
from comity.formats.table_mapping import packaged_mappings, read_mapping
from comity.model.entity import entity_defects

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MAPPING = b"""
title: Invented
prefix: xx
key: [[Id]]
schema: {column: Kind, default: LegalEntity, values: {person: Person}}
constants: {topics: [sanction]}
act: {authority: Invented Ministry}
columns:
  Name: {is: name, split: names}
  Born: {is: birthDate, dates: [day_first, rough]}
  Id: {act: recordId}
  Listed: {act: listingDate, dates: [iso]}
ignored: {Row: made by software}
"""
TABLE = b"Id,Row,Kind,Name,Born,Listed\n7,1,person,Ann Bell,1.2.1971,2026-03-04\n"


def rules(data: bytes, mapping: bytes = MAPPING) -> list[tuple[str, str, str]]:
    with pytest.raises(InputRefused) as refused:
        read_table({"t.csv": data}, NOW, mapped=read_mapping(mapping, file="m.yaml"))
    return [(defect.rule, defect.place, defect.field) for defect in refused.value.defects]


def published(data_dir: Path) -> list[Path]:
    lists = data_dir / "01_sanctions"
    found = [*lists.glob("opensanctions_sources/*.csv"), *lists.glob("us_*/*.*"), *lists.glob("eu_journal/*/*.csv")]
    return sorted([*found, data_dir / "04_border/gtas/wl-NS.csv"])


@pytest.mark.data
def test_every_published_table_loads_and_every_row_is_accounted_for(data_dir: Path) -> None:
    paths = published(data_dir)
    assert len(paths) == 16
    for path in paths:
        data = path.read_bytes()
        form = detect(path.name, data)
        reading = form.read({path.name: data}, NOW)
        text = io.StringIO(data.decode("utf-8-sig"), newline="")
        rows = sum(1 for _ in csv.reader(text, delimiter="\t" if path.suffix == ".txt" else ",")) - 1
        assert [one.total for one in reading.rows] == [rows], path.name
        assert [defect for tree in reading.entities for defect in entity_defects(tree)] == [], path.name
        assert len({tree["id"] for tree in reading.entities}) == len(reading.entities), path.name


@pytest.mark.data
def test_every_cell_of_the_journal_tables_is_kept(data_dir: Path) -> None:
    for path in sorted((data_dir / "01_sanctions/eu_journal").rglob("*.csv")):
        data = path.read_bytes()
        reading = detect(path.name, data).read({path.name: data}, NOW)
        said = "\n".join(v for tree in reading.entities for values in tree["properties"].values() for v in values)
        for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")):
            for column in ("reason", "position", "passportNumber", "idNumber", "notes", "appearance"):
                words = " ".join(row[column].split())
                whole = words.strip('"') in said or words == "N/D"
                assert whole or all(p.strip(' "') in said for p in split_cell(words, "list")), (column, words)


@pytest.mark.data
def test_several_dates_names_and_numbers_in_a_cell_are_taken_apart(data_dir: Path) -> None:
    path = data_dir / "01_sanctions/eu_journal/consolidated/32014R0269.csv"
    trees = detect(path.name, path.read_bytes()).read({path.name: path.read_bytes()}, NOW).entities
    first = next(tree["properties"] for tree in trees if "Sergey Valeryevich AKSYONOV" in tree["properties"]["name"])
    assert "Сергей Валерьевич АКСЁНОВ" in first["alias"]
    assert any(tree["properties"].get("birthDate") == ["1965-03-29", "1970-01-18"] for tree in trees)


def test_a_mapping_of_ones_own_reads_its_table() -> None:
    reading = read_table({"t.csv": TABLE}, NOW, mapped=read_mapping(MAPPING, file="m.yaml"))
    person, act = reading.entities
    assert person["schema"] == "Person"
    assert person["properties"] == {"birthDate": ["1971-02-01"], "name": ["Ann Bell"], "topics": ["sanction"]}
    assert act["properties"]["listingDate"] == ["2026-03-04"]


def test_rows_of_one_key_are_one_entry_with_several_acts() -> None:
    more = TABLE + b"7,2,person,Anne Bell,,2026-04-05\n"
    trees = read_table({"t.csv": more}, NOW, mapped=read_mapping(MAPPING, file="m.yaml")).entities
    assert [tree["schema"] for tree in trees] == ["Person", "Sanction", "Sanction"]
    assert trees[0]["properties"]["alias"] == ["Anne Bell"]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (TABLE.replace(b"1.2.1971", b"1.22.1971"), ("table.value", "row 2", "Born")),
        (TABLE.replace(b",Row,", b",Shoe,"), ("table.column", "row 1", "Shoe")),
        (TABLE.replace(b",Row,", b",Shoe,"), ("table.column", "row 1", "Row")),
        (TABLE.replace(b"person,", b"ghost,"), ("table.kind", "row 2", "Kind")),
        (TABLE.replace(b",2026-03-04", b""), ("table.cells", "row 2", "")),
        (TABLE.replace(b"Ann Bell", b'"Ann Bell'), ("table.quotes", "line 2", "")),
        (TABLE.replace(b"Ann Bell", b""), ("table.name", "row 2", "")),
        (TABLE.replace(b"\n7,", b"\n,"), ("table.key", "row 2", "")),
        (TABLE.replace(b"Ann", b"\xff"), ("text.encoding", "offset 40", "")),
        (TABLE.split(b"\n")[0] + b"\n", ("table.empty", "", "")),
    ],
)
def test_what_does_not_fit_is_refused_by_row_and_column(data: bytes, rule: tuple[str, str, str]) -> None:
    assert rule in rules(data)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"is: name", b"is: shoe", "Name"),
        (b"key: [[Id]]", b"key: [[Nr]]", "Nr"),
        (b"dates: [iso]", b"dates: [lunar]", "Listed"),
        (b"{Row:", b"{Name:", "Name"),
        (b"authority", b"shoe", "shoe"),
        (b"person: Person", b"person: Ghost", "schema"),
        (b"prefix: xx", b"prefix: x/../x", ""),
        (b"title", b"tidle", ""),
    ],
)
def test_a_wrong_mapping_is_refused_before_anything_is_read(old: bytes, new: bytes, field: str) -> None:
    schema = b"schema: {default: Person}\n"
    mapping = MAPPING.replace(old, new)
    if field == "Name" and b"shoe" in new:
        mapping = mapping.replace(b"schema: {column: Kind, default: LegalEntity, values: {person: Person}}\n", schema)
    with pytest.raises(InputRefused) as refused:
        read_mapping(mapping, file="m.yaml")
    assert field in {defect.field for defect in refused.value.defects}


def test_a_table_without_a_mapping_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputRefused) as refused:
        read({"t.csv": TABLE}, NOW)
    assert [defect.rule for defect in refused.value.defects] == ["table.mapping"]
    assert "ch_freezes" in refused.value.defects[0].remedy


def test_packaged_mappings_are_told_apart_by_their_headers() -> None:
    headers = [mapped.header for mapped in packaged_mappings().values()]
    assert all(len(header) > 0 for header in headers)
    assert not any(a <= b for a in headers for b in headers if a is not b)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("6.10.2001", ("2001-10-06",)),
        ("10.8. 1960", ("1960-08-10",)),
        ("21 Oct. 2013", ("2013-10-21",)),
        ("September 1958", ("1958-09",)),
        ("Approximately 1958", ("1958~",)),
        ("Between 1977 and 1982", ("1977/1982",)),
        ("24.6.1964 or 25.6.1964 or 26.6.1964", ("1964-06-24", "1964-06-25", "1964-06-26")),
        ("10.2.1983 (or 10.3.1983)", ("1983-02-10", "1983-03-10")),
        ("10 October (year unknown)", None),
        ("8.5.1967 Gender: female", None),
        ("31.2.1970", None),
    ],
)
def test_dates_as_journals_print_them(text: str, dates: tuple[str, ...] | None) -> None:
    assert read_dates(text, ("day_first", "words", "rough")) == dates


@given(st.dates())
def test_a_month_first_date_is_never_read_day_first(day: datetime) -> None:
    text = f"{day.month:02}/{day.day:02}/{day.year:04}"
    assert read_dates(text, ("month_first",)) in ((str(day),), None)


@given(st.text(max_size=60))
def test_any_text_is_dates_or_none(text: str) -> None:
    found = read_dates(text, FORMS)
    assert found is None or all(len(one) >= 4 for one in found)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("A31142734 (Malaysian number, issued on 6.11.2013 by X)", ("A31142734",)),
        ("76 2759110", ("76 2759110",)),
        ("Passport V47528711 (Iran)", ("V47528711",)),
        ("7308664347, 7303853009", ("7308664347", "7303853009")),
        ("unknown", None),
    ],
)
def test_the_number_among_the_words(text: str, numbers: tuple[str, ...] | None) -> None:
    assert numbers_in(text) == numbers
