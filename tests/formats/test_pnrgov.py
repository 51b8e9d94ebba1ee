"""PNRGOV as carriers push it: every booking, nothing sensitive, history never as the present state."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from comity.errors import InputRefused
from comity.formats import detect
from comity.formats.booking import Booking, Contact, Payment
from comity.formats.manifest import Manifest
from comity.formats.pnr_fields import (
    is_sensitive,
    moment,
    names_of,
    read_contact,
    read_doca,
    read_doco,
    read_docs,
    short_date,
)
from comity.formats.pnrgov import FORMAT, read
from comity.formats.pnrgov_xml import FORMAT as XML
from comity.formats.pnrgov_xml import read as read_xml

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TODAY = NOW.date()
GOOD = next(iter(FORMAT.example.values()))


def one(data: bytes) -> Manifest:
    (manifest,) = read({"f.edi": data}, NOW).manifests
    return manifest


def only(data: bytes) -> Booking:
    (booking,) = one(data).bookings
    return booking


REAL = {
    "2_pnrs_basic.edi": ("DL324", 4, 2, 0),
    "3_pnrs.edi": ("TZ0006", 8, 3, 6),
    "adult_and_infant.edi": ("AM498", 2, 1, 0),
    "bigMessagePnr.txt": ("UA988", 7, 1, 0),
    "codeshare.edi": ("SQ609", 2, 2, 0),
    "infant.edi": ("SQ602", 2, 1, 0),
    "modifyPnr77ForCodeShare.txt": ("TZ0006", 1, 1, 0),
    "no_pnr_history.edi": ("LH474", 4, 3, 0),
    "pnr1.txt": ("DL324", 2, 1, 0),
    "pnr3.txt": ("UA988", 4, 1, 0),
    "pnrNoOrgMsg.txt": ("UA988", 1, 1, 0),
    "pnrWithDoco.txt": ("UA988", 1, 1, 0),
}


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_real_pushes_give_their_flight_travellers_and_bookings(name: str, data_dir: Path) -> None:
    number, travellers, bookings, unread = REAL[name]
    manifest = one((data_dir / f"04_border/gtas/pnr-messages__{name}").read_bytes())
    assert manifest.flight.number == number
    assert (len(manifest.travellers), len(manifest.bookings), manifest.unread) == (travellers, bookings, unread)
    assert manifest.message == "pnrgov"


@pytest.mark.data
def test_history_is_counted_and_never_read(data_dir: Path) -> None:
    manifest = one((data_dir / "04_border/gtas/pnr-messages__2_pnrs_basic.edi").read_bytes())
    first = manifest.bookings[0]
    assert [(s.number, s.departure, s.departs[:10]) for s in first.itinerary] == [
        ("324", "LHR", "2010-12-12"),
        ("330", "JFK", "2010-12-12"),
    ]
    assert first.history == 12
    assert first.is_split
    assert ("DL", "ABCDEF") in first.others


@pytest.mark.data
def test_nothing_sensitive_is_kept_and_what_it_was_is_not_said(data_dir: Path) -> None:
    for path in (data_dir / "04_border/gtas").glob("pnr-*"):
        reading = read({path.name: path.read_bytes()}, NOW)
        kept = repr(reading)
        assert not any(code in kept for code in ("AVML", "VIP", "MEDA", "WCHR", "CTCR")), path.name
        assert not any(card in kept for card in ("XXXX", "370266")), path.name


@pytest.mark.data
def test_a_seat_booked_for_nobody_is_not_checked(data_dir: Path) -> None:
    manifest = one((data_dir / "04_border/gtas/pnr-messages__3_pnrs.edi").read_bytes())
    assert sum(defect.rule == "pnrgov.unnamed" for defect in manifest.filing_defects) == 6
    assert all("TBA" not in traveller.person["properties"]["lastName"] for traveller in manifest.travellers)


@pytest.mark.data
def test_an_infants_paper_is_the_infants(data_dir: Path) -> None:
    manifest = one((data_dir / "04_border/gtas/pnr-messages__infant.edi").read_bytes())
    papers = {t.person["properties"]["firstName"][0]: {d.number for d in t.documents} for t in manifest.travellers}
    assert papers == {"ISABELLE": {"509229987"}, "SOPHY": {"512731999"}}


@pytest.mark.data
def test_code_shares_name_who_operates(data_dir: Path) -> None:
    manifest = one((data_dir / "04_border/gtas/pnr-messages__codeshare.edi").read_bytes())
    sector = manifest.bookings[1].itinerary[0]
    assert (sector.carrier, sector.number, sector.operated_by, sector.operated_as) == ("OZ", "609", "SQ", "752")


@pytest.mark.data
def test_contacts_payment_and_bags_are_kept_as_far_as_allowed(data_dir: Path) -> None:
    booking = only((data_dir / "04_border/gtas/pnr-messages__pnrMessageExample.txt").read_bytes())
    assert Contact("email", "molly_lobb@gmail.com", "UA988-2018-09-28-1") in booking.contacts
    assert booking.payments[0] == Payment(
        "CC", "AX", "9581", "800.00", "MOLLY LOBB", "99 GANDER AVENUE KOLKATA GBR O2070"
    )
    assert (booking.bags[3].pieces, booking.bags[3].tags) == ("02", ("0852", "0853"))


def test_a_whole_message_reads_without_a_defect() -> None:
    manifest = one(GOOD)
    assert manifest.is_complete, manifest.filing_defects
    assert manifest.travellers[0].person["properties"]["passportNumber"] == ["A1234567"]
    assert manifest.travellers[0].person["properties"]["name"] == ["DRAZEN JAN LUKIC", "DRAZEN LUKIC"]


def test_the_same_message_twice_is_read_once() -> None:
    reading = read({"a": GOOD, "b": GOOD}, NOW)
    assert len(reading.manifests) == 1
    assert "repeats" in reading.notices[0].says


def test_parts_of_one_push_are_joined() -> None:
    first = GOOD.replace(b"AV210/010826/0900'", b"AV210/010826/0900+1:C'")
    last = GOOD.replace(b"AV210/010826/0900'", b"AV210/010826/0900+2:F'").replace(b"LUKIC", b"NOVAK")
    (manifest,) = read({"a": last, "b": first}, NOW).manifests
    assert manifest.is_complete, manifest.filing_defects
    assert len(manifest.travellers) == len({t.person["id"] for t in manifest.travellers}) == 2
    (cut,) = read({"a": first}, NOW).manifests
    assert [defect.rule for defect in cut.filing_defects] == ["pnrgov.parts"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"UNT+16", b"UNT+15", "pnrgov.unt_count"),
        (b"UNZ+1+9", b"UNZ+1+8", "pnrgov.unz_reference"),
        (b"MSG+:22'", b"", "pnrgov.missing"),
        (b"EQN+1", b"EQN+5", "pnrgov.count"),
        (b"LUKIC:I+DRAZEN", b"TBA:I+DRAZEN", "pnrgov.unnamed"),
        (b"RPI+1+HK", b"QQQ+1+HK", "pnrgov.segment"),
    ],
)
def test_what_breaks_a_rule_is_named(old: bytes, new: bytes, rule: str) -> None:
    manifest = one(GOOD.replace(old, new))
    assert rule in {defect.rule for defect in manifest.filing_defects}
    assert not manifest.is_complete


@pytest.mark.parametrize("code", ["AVML", "KSML", "MOML", "HNML", "DBML", "WCHR", "BLND", "MEDA", "PPOC"])
def test_services_that_reveal_religion_or_health_are_told(code: str) -> None:
    assert is_sensitive(code)
    data = GOOD.replace(b"TKT+", f"SSR+{code}:HK:1:AV'TKT+".encode())
    reading = read({"f": data}, NOW)
    assert code not in repr(reading)
    assert any("religion or health" in notice.says for notice in reading.notices)


def test_texts_inside_messages() -> None:
    docs = read_docs("/P/GBR/123456789/GBR/12JUL64/MI/23AUG19/SMITH/JOHN/ROBERT/H", TODAY)
    assert docs is not None
    assert (docs.born, docs.expires, docs.given, docs.of_infant) == ("1964-07-12", "2019-08-23", "JOHN ROBERT", True)
    assert read_docs("/////", TODAY) is None
    doco = read_doco(" HERE VA/V/8675309/OTHER PLACE/22DEC06/LI")
    assert doco is not None
    assert (doco.birth_place, doco.number, doco.country) == ("HERE VA", "8675309", "LI")
    doca = read_doca("/D/AUS/13 SHORE AVENUE/BROADBEACH/QLD/4215")
    assert doca is not None
    assert doca.address == "13 SHORE AVENUE, BROADBEACH, QLD, 4215"
    assert read_contact("CTCE ANN..LEE//MAIL.COM") == ("email", "ann_lee@mail.com")
    assert read_contact("YY CTC M 123456789") == ("phone", "123456789")
    assert read_contact("THIS PASSENGER IS A VIP") is None


def test_a_title_that_may_be_a_name_is_kept_beside_the_name_without_it() -> None:
    assert names_of("SMITH", "JOHN MR") == ("SMITH", "JOHN", "")
    assert names_of("SMITH", "JOHNMR") == ("SMITH", "JOHNMR", "JOHN")
    assert names_of("HASSAN", "AMR") == ("HASSAN", "AMR", "")


def test_dates_that_do_not_exist_are_not_guessed() -> None:
    assert short_date("30FEB70", TODAY, is_past=True) == ""
    assert short_date("01JAN30", TODAY, is_past=True) == "1930-01-01"
    assert short_date("01JAN30", TODAY, is_past=False) == "2030-01-01"
    assert moment("310213", "1200") == ""
    assert moment("280513", "2225") == "2013-05-28T22:25"
    assert date.fromisoformat(moment("280513", "")) == date(2013, 5, 28)


@pytest.mark.data
def test_real_xml_gives_travellers_seats_and_contacts(data_dir: Path) -> None:
    folder = data_dir / "04_border/pnrgov_xml"
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}
    first, second = read_xml(files, NOW).manifests
    assert (first.flight.number, len(first.travellers)) == ("ENT1234", 3)
    assert first.travellers[0].documents[0].number == "BA5345321"
    assert {(seat.seat, seat.departure) for seat in second.bookings[0].seats} == {("6F", "FRA"), ("6D", "FRA")}
    assert [contact.value for contact in second.bookings[0].contacts] == ["tomnowack@wp.pl", "pzielinsk@wp.pl"]
    assert all(detect(name, data) is XML for name, data in files.items())


def test_xml_with_a_document_type_or_without_end_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><PNR>&b;</PNR>'
    for data in (
        bomb,
        b"<a>" * 60 + b"</a>" * 60,
        b"<PNR><Passenger>",
        b"<a/>",
        b'<?xml version="1.0" encoding="x"?><a/>',
    ):
        with pytest.raises(InputRefused) as refused:
            read_xml({"f.xml": data}, NOW)
        assert refused.value.defects[0].file == "f.xml"


def test_a_passenger_who_is_counted_and_not_named_is_not_checked() -> None:
    data = next(iter(XML.example.values())).replace(b'NumberOfPassengers="1"', b'NumberOfPassengers="3"')
    (manifest,) = read_xml({"f.xml": data}, NOW).manifests
    assert manifest.unread == 2
    assert [defect.rule for defect in manifest.filing_defects] == ["pnrgov_xml.count"]
