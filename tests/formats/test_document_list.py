"""Lists of stolen and lost documents: read whole or not at all, whatever the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import Defect, InputRefused
from comity.formats.document_list import read_document_list
from comity.model.document_record import COLUMNS, LINES, MANY, DocumentRecord, read_reported
from comity.model.travel_document import plain_number

TODAY = "2026-11-23"
RECORDS = st.lists(
    st.builds(
        DocumentRecord,
        kind=st.sampled_from("PIVRO"),
        number=st.from_regex(r"[A-Z]{0,2}[0-9]{3,9}", fullmatch=True),
        state=st.sampled_from(["stolen", "lost", "stolen_blank", "revoked", "invalidated"]),
        lost_on=st.sampled_from(["", "2026-11-01", "1970-01-01"]),
        lost_at=st.sampled_from(["", "Port Sorel, ferry terminal", 'The "Anchor"', "Tarn; Bridge", "مرفأ"]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: (one.kind, plain_number(one.number)),
)


def written(records: list[DocumentRecord], delimiter: str, *, bom: bool) -> bytes:
    """A list as a spreadsheet saves it."""
    rows = [list(COLUMNS), *([getattr(one, name) for name in COLUMNS] for one in records)]
    cells = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return (b"\xef\xbb\xbf" if bom else b"") + "\r\n".join([*cells, ""]).encode()


@given(RECORDS, st.sampled_from([",", ";"]), st.booleans())
def test_what_a_spreadsheet_saves_is_read_as_it_was(records: list[DocumentRecord], delimiter: str, bom: bool) -> None:
    assert list(read_document_list("lost.csv", written(records, delimiter, bom=bom), TODAY)) == records


@given(RECORDS)
def test_what_leaves_as_lines_comes_back_as_records(records: list[DocumentRecord]) -> None:
    reported = read_reported(MANY, {LINES: [one.line for one in records]}, "qm")
    assert list(reported.records) == records


def defects(data: bytes) -> tuple[Defect, ...]:
    """What is wrong with a file; nothing where it was read, and then it held a record."""
    try:
        assert len(read_document_list("lost.csv", data, TODAY)) > 0
    except InputRefused as refused:
        return refused.defects
    return ()


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    assert all(one.file == "lost.csv" and one.rule != "" and one.remedy != "" for one in defects(data))


@given(st.lists(st.text(st.characters(exclude_characters='",;\n\r\0', codec="utf-8"), max_size=12), max_size=7))
def test_any_row_is_read_or_refused_by_its_number(cells: list[str]) -> None:
    data = f"{','.join(COLUMNS)}\nP,QM1234567,lost,,,\n{','.join(cells)}\n".encode()
    assert all(one.place.startswith("row ") for one in defects(data))


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("X,QM1234567,lost,,,", "document.kind"),
        ("P,,lost,,,", "document.number"),
        ("P,Q1,lost,,,", "document.number"),
        ("P,ILKA VARNHOLT,lost,,,", "document.number"),
        ("P,АВ1234567,lost,,,", "document.number"),
        ("P,QM1234567,gone,,,", "document.state"),
        ("P,QM1234567,lost,2026-11-24,,", "document.day"),
        ("P,QM1234567,lost,1969-12-31,,", "document.day"),
        ("P,QM1234567,lost,20261101,,", "document.day"),
        ("P,QM1234567,lost,2026-11-01,,2026-11-02", "document.dates"),
        (f"P,QM1234567,lost,,{'x' * 81},", "document.place"),
        ("P,QM1234567,lost,,a\tb,", "document.place"),
        ("P,QM1234567", "document.list"),
    ],
)
def test_defect_of_a_row_names_its_rule(row: str, rule: str) -> None:
    data = f"{','.join(COLUMNS)}\n{row}\n".encode()
    with pytest.raises(InputRefused) as refused:
        read_document_list("lost.csv", data, TODAY)
    assert [(one.rule, one.place) for one in refused.value.defects] == [(rule, "row 2")]
