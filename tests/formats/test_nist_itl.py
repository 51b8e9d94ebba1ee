"""Fingerprint files: read strictly, and cleaned of everything that names. Built from the standard's record layouts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputRefused
from comity.formats.nist_itl import FS, GS, RS, US, clean_nist, is_nist, read_nist, written

WSQ = b"\xff\xa0\xff\xa4" + bytes(range(256)) + FS + GS + b"\xff\xa1"
"""Bytes that begin as WSQ does and hold separators, as compressed data may."""
NAME = b"VARNHOLT, ILKA"


def type_4(idc: int = 1) -> bytes:
    """A binary finger record: length, IDC, impression, six positions, resolution, width, height, algorithm, data."""
    body = (
        bytes([idc, 0, 1, 255, 255, 255, 255, 255, 0]) + (8).to_bytes(2, "big") + (8).to_bytes(2, "big") + b"\x01" + WSQ
    )
    return (len(body) + 4).to_bytes(4, "big") + body


def type_14(idc: int = 2, cga: bytes = b"WSQ20", data: bytes = WSQ) -> bytes:
    """A tagged finger record with a comment and a user-defined field."""
    fields = [(2, b"%02d" % idc), (3, b"0"), (6, b"8"), (7, b"8"), (11, cga), (12, b"8"), (13, b"2")]
    return written(14, [*fields, (20, b"COMMENT " + NAME), (250, b"CASE " + NAME), (999, data)])


def type_2() -> bytes:
    """Descriptive text, with a name."""
    return written(2, [(2, b"00"), (18, NAME), (22, b"19840723")])


def type_9(idc: int = 3) -> bytes:
    """Minutiae, with an examiner's words."""
    return written(9, [(2, b"%02d" % idc), (3, b"0"), (4, b"S"), (331, b"100" + US + b"200"), (351, NAME)])


def built(*records: tuple[int, int, bytes], count: int | None = None) -> bytes:
    """A whole file: (type, IDC, bytes) of each record after the first."""
    n = len(records) if count is None else count
    content = RS.join((b"1" + US + b"%d" % n, *(b"%d" % kind + US + b"%02d" % idc for kind, idc, _ in records)))
    head = [(2, b"0502"), (3, content), (4, b"TEN"), (5, b"20261122"), (7, b"QM"), (8, b"QN"), (9, b"T1"), (10, NAME)]
    return written(1, head) + b"".join(raw for _, _, raw in records)


WHOLE = built((2, 0, type_2()), (4, 1, type_4()), (14, 2, type_14()), (9, 3, type_9()))


def rules(data: bytes) -> set[str]:
    """The rules that a file breaks."""
    with pytest.raises(InputRefused) as refused:
        clean_nist(data)
    return {defect.rule for defect in refused.value.defects}


def test_a_file_is_read_record_by_record_with_separators_inside_its_images() -> None:
    records = read_nist(WHOLE)
    assert [(one.kind, one.idc) for one in records] == [(1, 0), (2, 0), (4, 1), (14, 2), (9, 3)]
    assert records[3].field(999) == WSQ
    assert records[0].field(4) == b"TEN"


def test_cleaning_keeps_prints_and_drops_every_name() -> None:
    cleaned = clean_nist(WHOLE)
    records = read_nist(cleaned)
    assert [(one.kind, one.idc) for one in records] == [(1, 0), (4, 1), (14, 2), (9, 3)]
    assert NAME not in cleaned
    assert records[1].raw == type_4()
    assert records[2].field(999) == WSQ
    assert records[3].field(331) == b"100" + US + b"200"
    assert clean_nist(cleaned) == cleaned


def test_faces_and_text_alone_are_no_fingerprints() -> None:
    face = written(10, [(2, b"01"), (11, b"JPEGB"), (999, b"\xff\xd8\xff\xe0")])
    assert rules(built((2, 0, type_2()), (10, 1, face))) == {"nist.no_prints"}


def test_a_picture_of_another_kind_is_refused_by_record_and_field() -> None:
    with pytest.raises(InputRefused) as refused:
        clean_nist(built((14, 2, type_14(data=b"\xff\xd8\xff\xe0 a photograph"))))
    (defect,) = refused.value.defects
    assert (defect.rule, defect.place, defect.field) == ("nist.image", "record 2", "14.999")
    assert rules(built((14, 2, type_14(cga=b"NONE", data=bytes(63))))) == {"nist.image"}
    assert clean_nist(built((14, 2, type_14(cga=b"NONE", data=bytes(64))))) != b""


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "nist.size"),
        (b"PK\x03\x04", "nist.form"),
        (WHOLE[:-5], "nist.length"),
        (WHOLE + b"more", "nist.rest"),
        (built((4, 1, type_4()), count=2), "nist.content"),
        (built((4, 7, type_4())), "nist.content"),
        (built((14, 2, type_4())), "nist.length"),
        (built((77, 2, type_14())), "nist.content"),
        (built((14, 2, written(14, [(2, b"02"), (11, b"WSQ20"), (3, b"0")]))), "nist.field"),
    ],
)
def test_what_does_not_hold_together_is_refused_with_its_rule(data: bytes, rule: str) -> None:
    assert rule in rules(data)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused_and_never_anything_else(at: int, value: int) -> None:
    changed = WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :]
    try:
        cleaned = clean_nist(changed)
    except InputRefused:
        return
    assert is_nist(cleaned)


@given(st.binary(max_size=400))
def test_any_bytes_after_the_start_are_read_or_refused(rest: bytes) -> None:
    with pytest.raises(InputRefused):
        read_nist(b"1.001:99999" + GS + rest)
