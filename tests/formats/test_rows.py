"""Entities as JSON lines and CSV for screening: strict, every bad row named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.errors import InputRefused
from comity.formats import ftm, screening_csv

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def places(read: object, data: bytes) -> list[tuple[str, str, str]]:
    with pytest.raises(InputRefused) as refused:
        read({"f": data}, NOW)  # type: ignore[operator]
    return [(defect.place, defect.field, defect.rule) for defect in refused.value.defects]


@pytest.mark.data
@pytest.mark.parametrize("name", ["t1__entities.ftm.json", "parteispenden__entities.ftm.json"])
def test_published_entities_are_read(name: str, data_dir: Path) -> None:
    data = (data_dir / "02_ftm_matching/yente" / name).read_bytes()
    assert len(ftm.read({name: data}, NOW).entities) == len(data.splitlines())


def test_every_bad_line_is_named() -> None:
    data = b'{"id":"a","schema":"Person","properties":{"height":1}}\nnot json\n[1]\n{"id":"","schema":"Dragon"}\n'
    assert [place for place, _, _ in places(ftm.read, data)] == ["row 1", "row 2", "row 3", "row 4", "row 4"]


def test_an_id_given_twice_is_refused() -> None:
    line = b'{"id":"a","schema":"Person","properties":{"name":["A B"]}}\n'
    assert places(ftm.read, line * 2) == [("row 2", "id", "ftm.repeated")]


def test_rows_without_id_get_their_row_number() -> None:
    data = b"name,birth_date\nAnn Bell,1971-03\n\nBen Clay,\n"
    trees = screening_csv.read({"f": data}, NOW).entities
    assert [(tree["id"], tree["properties"]["name"]) for tree in trees] == [("2", ["Ann Bell"]), ("4", ["Ben Clay"])]


def test_other_headings_and_semicolons_are_understood() -> None:
    data = "\ufefffull_name;date_of_birth;gender\nÄnne Bell;1971;F\n".encode()
    tree = screening_csv.read({"f": data}, NOW).entities[0]
    assert tree["properties"] == {"name": ["Änne Bell"], "birthDate": ["1971"], "gender": ["female"]}


def test_all_defects_of_a_file_are_told_at_once() -> None:
    data = b"name,birth_date,shoe\nAnn,1971-02-30,3\nBen,2050,3\nCid,12/03/71,3\n,1971,3\nDan,1971\n"
    assert places(screening_csv.read, data) == [
        ("row 1", "shoe", "csv.column"),
        ("row 2", "birth_date", "csv.date"),
        ("row 3", "birth_date", "csv.future"),
        ("row 4", "birth_date", "csv.date"),
        ("row 5", "name", "csv.name"),
        ("row 6", "", "csv.fields"),
    ]


def test_a_header_alone_is_refused() -> None:
    assert places(screening_csv.read, b"name,birth_date\n") == [("", "", "csv.empty")]
