"""EDIFACT as it is sent: any separators, a UNA that is missing or wrong, wrapped lines, released and dangling marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputRefused
from comity.formats.edifact import Separators, release, segments, write_segments

PLAIN = b"UNB+UNOA:4+AV+QM+260801:0600+1'UNH+1+PAXLST:D:02B:UN:IATA'BGM+745'UNT+3+1'UNZ+1+1'"
MARKS = sorted("!#$%&*/;<=>@^_|~\x1c\x1d\x1f:+?'")


def tags(data: bytes) -> list[str]:
    return [one.tag for one in segments("f.edi", data)[0]]


def rules(data: bytes) -> list[str]:
    return [defect.rule for defect in segments("f.edi", data)[1]]


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(str.strip)


@given(
    st.permutations(MARKS).map(lambda marks: Separators(*marks[:4])),
    st.lists(st.lists(st.lists(texts, min_size=1, max_size=4), min_size=1, max_size=5), min_size=1, max_size=6),
)
def test_whatever_una_names_is_read_back(separators: Separators, said: list[list[list[str]]]) -> None:
    una = f"UNA{separators.component}{separators.element}.{separators.release} {separators.end}".encode()
    body = [
        ("FTX", *(separators.component.join(release(text, separators) for text in element) for element in one))
        for one in said
    ]
    found, defects = segments("f.edi", una + write_segments(body, separators))
    assert defects == ()
    assert [one.elements[1:] for one in found] == [tuple(tuple(element) for element in one) for one in said]


def test_a_line_end_may_be_the_end_of_segments() -> None:
    assert tags(b"UNA:+.? \nUNB+UNOA:4+A+B\nUNH+1+PAXLST:D:02B:UN\n\nBGM+745\n") == ["UNB", "UNH", "BGM"]


def test_without_una_the_standard_separators_hold() -> None:
    assert rules(PLAIN) == []
    assert tags(PLAIN) == ["UNB", "UNH", "BGM", "UNT", "UNZ"]


def test_level_b_needs_no_una() -> None:
    data = PLAIN.replace(b"UNOA", b"UNOB").translate(bytes.maketrans(b"+:'", b"\x1d\x1f\x1c"))
    assert (tags(data), rules(data)) == (["UNB", "UNH", "BGM", "UNT", "UNZ"], [])


def test_other_separators_without_una_are_told_and_said() -> None:
    data = PLAIN.translate(bytes.maketrans(b"+:'", b"*;$"))
    assert tags(data) == ["UNB", "UNH", "BGM", "UNT", "UNZ"]
    assert rules(data) == ["edifact.una"]


@pytest.mark.parametrize("una", [b"UNA:+\\*'\r\n", "UNA:+.\\*\N{RIGHT SINGLE QUOTATION MARK} ".encode()])
def test_a_una_that_is_short_or_not_kept_to_loses_no_segment(una: bytes) -> None:
    assert tags(una + PLAIN) == ["UNB", "UNH", "BGM", "UNT", "UNZ"]
    assert rules(una + PLAIN) == ["edifact.una"]


def test_una_with_equal_marks_is_refused() -> None:
    with pytest.raises(InputRefused, match="cannot be read"):
        segments("f.edi", b"UNA::.? '" + PLAIN)


@given(st.integers(1, 60), st.sampled_from([b"\n", b"\r\n"]))
def test_wrapping_changes_nothing(width: int, line_end: bytes) -> None:
    wrapped = line_end.join(PLAIN[at : at + width] for at in range(0, len(PLAIN), width))
    assert segments("f", wrapped)[0] == segments("f", PLAIN)[0]


def test_released_marks_are_text() -> None:
    (one,), defects = segments("f.edi", b"FTX+A?+B?:C?'D??'")
    assert (one.get(1), defects) == ("A+B:C'D?", ())


def test_a_dangling_release_swallows_no_traveller() -> None:
    found, defects = segments("f.edi", b"NAD+FL+++SMITH:JOHN?'NAD+FL+++JONES:ANN'")
    assert [one.get(4) for one in found] == ["SMITH", "JONES"]
    assert [defect.rule for defect in defects] == ["edifact.release"]


def test_a_release_at_the_end_of_the_file_is_a_cut() -> None:
    assert rules(b"UNH+1'FTX+A?") == ["edifact.cut"]
    assert rules(b"UNH+1'FTX+A?'") == ["edifact.cut"]


def test_without_a_release_character_a_question_mark_is_text() -> None:
    (one,), _ = segments("f.edi", b"UNA:+.  'FTX+WHAT?'")
    assert one.get(1) == "WHAT?"


def test_a_segment_of_release_characters_takes_no_longer_than_its_length() -> None:
    found, _ = segments("f.edi", b"FTX+" + b"?'" * 500_000 + b"'")
    assert len(found[0].get(1)) == 500_000


@pytest.mark.data
def test_real_messages_keep_every_segment(data_dir: Path) -> None:
    expected = {
        "pnr-messages__codeshare.edi": (61, ["edifact.una"]),
        "pnr-messages__infant.edi": (84, ["edifact.una"]),
        "pnr-messages__no_pnr_history.edi": (57, []),
        "pnr-messages__modifyPnr77ForCodeShare.txt": (61, ["edifact.cut"]),
        "apis-messages__apisMessage.txt": (37, []),
    }
    for name, (count, faults) in expected.items():
        data = (data_dir / "04_border/gtas" / name).read_bytes()
        assert (len(tags(data)), rules(data)) == (count, faults), name
