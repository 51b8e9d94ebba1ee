"""Machine-readable zones: real specimens, altered ones, long numbers, and nothing repaired."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputRefused
from comity.formats import detect
from comity.formats.document_checks import Page, check_document
from comity.formats.mrz import FORMAT, SIZES, Zone, check_digit, country_of, read, read_zone, says_of

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PASSPORT = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
CARD = ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"]


def zone(lines: list[str]) -> Zone:
    return read_zone(lines, TODAY)


def signed(line: str, places: tuple[tuple[int, int], ...]) -> str:
    """A second line of a passport with its digits made right."""
    made = line
    for start, end in places:
        made = made[:end] + check_digit(made[start:end]) + made[end + 1 :]
    return made[:43] + check_digit(made[:10] + made[13:20] + made[21:43])


@pytest.mark.data
def test_the_specimens_of_others_read_as_their_own_tests_say(data_dir: Path) -> None:
    with (data_dir / "04_border/mrz/mrz_strings.csv").open() as source:
        rows = list(csv.DictReader(source))
    agreed = read_as = 0
    for row in rows:
        found = zone([line for line in (row["line1"], row["line2"], row["line3"]) if line != ""])
        digits = {check.field: check.agrees for check in found.checks}
        if found.layout == "FR-ID" or row["line2"].startswith("PTCHN"):
            continue  # another layout than the columns were computed for; a zone whose lines are not its own
        read_as += 1
        wanted = [row[name] == "True" for name in ("docnum_cd_ok", "dob_cd_ok", "expiry_cd_ok")]
        agreed += [digits[name] for name in ("document number", "date of birth", "date of expiry")] == wanted
    assert (len(rows), read_as, agreed) == (39, 36, 36)


def test_each_layout_says_the_same_of_one_person() -> None:
    td2 = ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]
    for layout, lines, number in (
        ("TD3", PASSPORT, "L898902C3"),
        ("TD1", CARD, "D23145890"),
        ("TD2", td2, "D23145890"),
    ):
        found = read_zone(lines, date(2012, 1, 1))
        assert (found.layout, found.number, found.is_intact) == (layout, number, True)
        assert (found.surname, found.given, found.sex) == ("ERIKSSON", "ANNA MARIA", "F")
        assert (found.born, found.nationality, found.expires) == ("1974-08-12", "UTO", "2012-04-15")
    assert zone(PASSPORT).doubts == ("date of expiry: 120415 cannot be.",)


def test_a_number_longer_than_its_field_goes_on_in_the_next() -> None:
    found = zone(["IDUTO123456789<07<<<<<<<<<<<<<", *CARD[1:]])
    assert (found.number, found.checks[0].agrees) == ("1234567890", True)


def test_an_altered_digit_is_shown_and_not_repaired() -> None:
    altered = [PASSPORT[0], PASSPORT[1].replace("740812", "750812")]
    found = zone(altered)
    assert found.born == "1975-08-12"
    assert [check.field for check in found.checks if not check.agrees] == ["date of birth", "all together"]
    assert "date of birth: the check digit is 2, computed 5: unreadable or altered." in list(says_of(found))


@given(st.integers(0, 87), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
def test_any_changed_character_of_the_checked_fields_is_noticed(place: int, char: str) -> None:
    text = "".join(PASSPORT)
    changed = text[:place] + char + text[place + 1 :]
    found = zone([changed[:44], changed[44:]])
    checked = {*range(44, 54), *range(57, 64), *range(65, 87)}
    value = (0 if text[place] == "<" else int(text[place], 36)) - int(char, 36)
    if place in checked and value % 10 != 0:
        assert not found.is_intact


@pytest.mark.parametrize(
    ("code", "country"), [("D<<", "de"), ("GBN", "gb"), ("XXB", ""), ("XXA", ""), ("RKS", "xk"), ("CHE", "ch")]
)
def test_codes_of_no_country_stay_codes_and_call_for_the_gate(code: str, country: str) -> None:
    line = signed(PASSPORT[1][:10] + code + PASSPORT[1][13:], ((0, 9), (13, 19), (21, 27), (28, 42)))
    found = zone([PASSPORT[0], line])
    assert country_of(found.nationality) == country
    assert any("protection gate" in says for says in says_of(found)) == code.startswith("XX")


def test_unknown_parts_of_a_date_stay_unknown() -> None:
    for raw, born in (("74<<<<", "1974"), ("7408<<", "1974-08"), ("<<<<<<", "")):
        line = signed(PASSPORT[1][:13] + raw + PASSPORT[1][19:], ((0, 9), (13, 19), (21, 27), (28, 42)))
        assert [check.agrees for check in zone([PASSPORT[0], line]).checks] == [True] * 5
        assert zone([PASSPORT[0], line]).born == born


def test_what_is_no_zone_is_refused_with_every_fault_and_its_line() -> None:
    text = "\n".join([*PASSPORT, "", PASSPORT[0].lower(), PASSPORT[1], "", "TOO SHORT"])
    with pytest.raises(InputRefused) as refused:
        read({"gate.txt": text.encode()}, NOW)
    assert [(d.rule, d.place) for d in refused.value.defects] == [
        ("mrz.character", "line 4"),
        ("mrz.size", "line 7"),
        ("mrz.character", "line 7"),
    ]


def test_a_file_of_zones_is_told_by_its_form_and_gives_people_with_their_papers() -> None:
    text = ("\n".join(PASSPORT) + "\n\n" + "\n".join(CARD)).encode()
    assert detect("gate.txt", text) is FORMAT
    found = read({"gate.txt": text}, NOW)
    assert [tree["schema"] for tree in found.entities] == ["Person", "Passport", "Person", "Identification"]
    assert found.entities[0]["properties"]["passportNumber"] == ["L898902C3"]
    assert next(str(one) for one in found.notices).startswith("gate.txt, line 1: date of expiry: 120415 cannot be.")


@given(
    st.one_of(
        st.lists(st.text(alphabet="ABCXYZ0129<", min_size=30, max_size=30), min_size=2, max_size=3),
        st.lists(st.text(alphabet="ABCXYZ0129<", min_size=44, max_size=44), min_size=1, max_size=3),
    )
)
def test_anything_typed_is_read_or_refused(lines: list[str]) -> None:
    sizes = {len(line) for line in lines}
    if len(sizes) == 1 and (len(lines), *sizes) in SIZES:
        assert zone(lines).layout in ("TD1", "TD2", "TD3", "MRV-A", "MRV-B", "FR-ID")
    else:
        with pytest.raises(InputRefused):
            zone(lines)


def test_the_page_is_compared_with_the_zone() -> None:
    german = [
        "P<D<<MUELLER<<JOERG<<<<<<<<<<<<<<<<<<<<<<<<<",
        signed("C01X0006H0D<<6408125M3110315<<<<<<<<<<<<<<00", ((0, 9), (13, 19), (21, 27), (28, 42))),
    ]
    page = Page("Müller", "Jörg", "C01X0006H", "D", "D", "1964-08-12", "M", "2021-11-01", "2031-10-31")
    assert check_document(zone(german), page, TODAY) == ()
    other = Page("Mueller", "Georg", "C01X0006K", "D", "D", "1946-08-12", "M", "2021-11-01", "2036-10-31")
    doubts = {(doubt.field, doubt.mark) for doubt in check_document(zone(german), other, TODAY)}
    assert doubts == {("given", "V"), ("number", "V"), ("born", "V"), ("expires", "V"), ("expires", "G")}


def test_dates_that_cannot_be_and_numbers_of_another_form_are_asked_about() -> None:
    page = Page(number="12X", issuer="GBR", born="2027-01-01", issued="2027-02-01", expires="2026-01-01")
    says = [doubt.says for doubt in check_document(None, page, TODAY)]
    assert says == [
        "It expired on 2026-01-01.",
        "It was issued on 2027-02-01: that lies in the future.",
        "It expires on 2026-01-01, and was issued on 2027-02-01.",
        "The holder was born on 2027-01-01: later than the document or today.",
        "12X is not of the form that passports of GB are known to have.",
    ]
