"""PAXLST as carriers really send it: read with its oddities, refused as a filing where a rule is broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.travellers import passenger_list, people

from comity.errors import InputRefused
from comity.formats.base import Reading, make_tree
from comity.formats.manifest import Flight, Interchange, Leg, Manifest, TravelDocument, Traveller
from comity.formats.paxlst import FORMAT, read
from comity.formats.paxlst_dates import birth_date, expiry_date
from comity.formats.paxlst_write import write

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TODAY = NOW.date()
GOOD = next(iter(FORMAT.example.values()))


def one(data: bytes) -> Manifest:
    manifests = read({"f.edi": data}, NOW).manifests
    assert len(manifests) == 1
    return manifests[0]


def rules(data: bytes) -> set[str]:
    return {defect.rule for defect in one(data).filing_defects}


REAL = {
    "apis-messages__Test1.txt": ("crew", "UA0989", "FRA", "IAD", 8, {"paxlst.unt_count", "paxlst.unz_reference"}),
    "apis-messages__apisMessage.txt": ("passenger", "AA123", "ATL", "JFK", 2, {"paxlst.traveller"}),
    "tamr-integration-data__flight1.txt": ("passenger", "LA532", "SCL", "JFK", 10, {"paxlst.unt_count"}),
    "tamr-integration-data__flight2.txt": ("passenger", "FI615", "KEF", "JFK", 10, {"paxlst.unt_count"}),
    "tamr-integration-data__flight3.txt": ("passenger", "YY123", "IAD", "BRU", 10, {"paxlst.unt_count"}),
}


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_real_lists_are_read_and_marked_incomplete(name: str, data_dir: Path) -> None:
    kind, number, departure, arrival, travellers, expected = REAL[name]
    manifest = one((data_dir / "04_border/gtas" / name).read_bytes())
    assert (manifest.kind, manifest.flight.number) == (kind, number)
    assert (manifest.flight.departure, manifest.flight.arrival) == (departure, arrival)
    assert len(manifest.travellers) == travellers
    assert {defect.rule for defect in manifest.filing_defects} == expected
    assert not manifest.is_complete
    assert all(len(traveller.person["properties"]["birthDate"]) == 1 for traveller in manifest.travellers)


@pytest.mark.data
def test_legs_that_use_one_qualifier_are_paired(data_dir: Path) -> None:
    manifest = one((data_dir / "04_border/gtas/apis-messages__apisMessage.txt").read_bytes())
    assert manifest.flight.legs == (
        Leg("ATL", "ORD", "2007-02-19T15:40", "2007-02-19T17:40"),
        Leg("ORD", "JFK", "2007-02-19T18:40", "2007-02-19T19:55"),
    )


def test_a_traveller_is_read_in_full() -> None:
    traveller = one(GOOD).travellers[0]
    assert traveller.person == {
        "id": "AV210-2026-08-01-1",
        "schema": "Person",
        "properties": {
            "birthDate": ["1971-03-12"],
            "country": ["ch"],
            "firstName": ["DRAZEN"],
            "gender": ["male"],
            "lastName": ["LUKIC"],
            "middleName": ["JAN"],
            "name": ["DRAZEN JAN LUKIC"],
            "nationality": ["ch"],
            "passportNumber": ["A1234567"],
        },
    }
    assert traveller.documents == (TravelDocument("P", "A1234567", "CHE", "2031-01-01"),)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"UNT+21", b"UNT+20", "paxlst.unt_count"),
        (b"UNT+21+M1", b"UNT+21+M2", "paxlst.unt_reference"),
        (b"CNT+42:1", b"CNT+42:2", "paxlst.cnt_total"),
        (b"CNT+42:1", b"CNT+41:1", "paxlst.cnt_total"),
        (b"CNT+42:1'", b"", "paxlst.missing"),
        (b"BGM+745'", b"", "paxlst.missing"),
        (b"TDT+20+AV210+++AV'", b"", "paxlst.missing"),
        (b"NAD+MS+++DUTY DESK'", b"", "paxlst.missing"),
        (b"NAT+2+CHE'", b"", "paxlst.traveller"),
        (b"NAT+2+CHE'", b"NAT+2+QQQ'", "paxlst.nationality"),
        (b"DTM+329:710312'", b"DTM+329:711312'", "paxlst.birth_date"),
        (b"ATT+2++M'", b"ATT+2++W'", "paxlst.gender"),
        (b"UNZ+1+77'", b"", "paxlst.unz"),
        (b"UNZ+1+77'", b"UNZ+2+77'", "paxlst.unz_count"),
        (b"LOC+178+ZRH'", b"XYZ+178+ZRH'", "paxlst.segment"),
        (b"UNT+21+M1'UNZ+1+77'", b"", "paxlst.unt"),
        (b"CNT+42:1'UNT+21+M1'UNZ+1+77'", b"CNT+42", "edifact.cut"),
    ],
)
def test_a_broken_rule_refuses_the_filing_and_keeps_the_travellers(old: bytes, new: bytes, rule: str) -> None:
    assert GOOD.count(old) == 1
    data = GOOD.replace(old, new)
    assert rule in rules(data)
    assert one(data).travellers[0].person["properties"]["lastName"] == ["LUKIC"]


@pytest.mark.parametrize(
    "data",
    [
        GOOD.replace(b"'", b"'\r\n "),
        GOOD.replace(b"UNA:+.? '", b""),
        GOOD.replace(b"UNA:+.? '", b" UNA:+.?*'\n"),
        GOOD.replace(b"UNA:+.? '", b"").replace(b":", b"*").replace(b"+", b"$").join([b"UNA*$.? '", b""]),
        GOOD.replace(b"LUKIC:DRAZEN", b"LUK\nIC:DRA\r\nZEN"),
        GOOD.replace(b"CNT+42:1", b"CNT+42+1"),
        b"\xef\xbb\xbf\n" + GOOD,
    ],
)
def test_oddities_of_form_change_nothing(data: bytes) -> None:
    found, expected = one(data), one(GOOD)
    assert found.is_complete
    assert [t.person for t in found.travellers] == [t.person for t in expected.travellers]


def test_released_characters_are_text() -> None:
    manifest = one(GOOD.replace(b"LUKIC", b"O?'NEIL?+?:??"))
    assert manifest.travellers[0].person["properties"]["lastName"] == ["O'NEIL+:?"]


@pytest.mark.parametrize("code", ["XXA", "XXB", "XXC", "XXX"])
def test_people_without_a_country_are_kept_and_are_no_defect(code: str) -> None:
    manifest = one(GOOD.replace(b"NAT+2+CHE", b"NAT+2+" + code.encode()))
    assert manifest.is_complete
    assert manifest.travellers[0].nationality == code
    assert "nationality" not in manifest.travellers[0].person["properties"]


@pytest.mark.parametrize("data", [b"UNB+UNOA:4+A+B'", b"hello", GOOD.replace(b"PAXLST", b"PNRGOV"), b"UNA::::::"])
def test_what_is_no_passenger_list_is_refused(data: bytes) -> None:
    with pytest.raises(InputRefused):
        read({"f.edi": data}, NOW)


def test_several_messages_in_one_file_are_several_manifests() -> None:
    head, _, rest = GOOD.partition(b"UNH")
    message, _, _ = rest.partition(b"UNZ")
    data = head + b"UNH" + message + b"UNH" + message.replace(b"M1", b"M2").replace(b"DRAZEN", b"ANA") + b"UNZ+2+77'"
    manifests = read({"f.edi": data}, NOW).manifests
    assert [manifest.reference for manifest in manifests] == ["M1", "M2"]
    assert all(manifest.is_complete for manifest in manifests)


@given(st.dates(min_value=date(1927, 1, 1), max_value=TODAY))
def test_birth_years_of_the_last_century_are_right(day: date) -> None:
    assert birth_date(day.strftime("%y%m%d"), TODAY) == day.isoformat()


def test_a_birth_date_is_never_in_the_future() -> None:
    assert birth_date("261123", TODAY) == "1926-11-23"
    assert birth_date("261122", TODAY) == "2026-11-22"
    assert birth_date("260231", TODAY) is None
    assert birth_date("21001231", TODAY) is None
    assert expiry_date("610218", TODAY) == "2061-02-18"
    assert expiry_date("990218", TODAY) == "1999-02-18"


TEXT = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÄØß '+:?-", min_size=1, max_size=20).map(lambda t: " ".join(t.split()))
NAMES = TEXT.filter(lambda text: any(char.isalpha() for char in text))


SENT = Interchange("AV", "QM", "77")


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    day = draw(st.dates(date(2020, 1, 1), date(2030, 1, 1))).isoformat()
    travellers = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        first, last = draw(NAMES), draw(NAMES)
        papers = draw(st.lists(st.sampled_from(["P", "I", "V"]), min_size=1, max_size=2))
        documents = tuple(
            TravelDocument(kind, f"N{n}{number}7788", "CHE", "2031-01-01") for n, kind in enumerate(papers)
        )
        values = {
            "name": [f"{first} {last}"],
            "firstName": [first],
            "lastName": [last],
            "birthDate": [draw(st.dates(date(1920, 1, 1), date(2020, 1, 1))).isoformat()],
            "gender": draw(st.lists(st.sampled_from(["male", "female"]), max_size=1)),
            "nationality": ["ch"],
            "passportNumber": [paper.number for paper in documents if paper.kind == "P"],
            "idNumber": [paper.number for paper in documents if paper.kind == "I"],
        }
        role = draw(st.sampled_from(["passenger", "crew", "transit passenger", "transit crew"]))
        person = make_tree(f"AV1-{day}-{number}", "Person", values)
        travellers.append(Traveller(person, role, nationality="CHE", embarks="ZRH", documents=documents))
    flight = Flight("AV1", "AV", (Leg("ZRH", "ARN", f"{day}T09:00", f"{day}T11:30"),))
    return Manifest("a.edi", draw(NAMES), "passenger", draw(NAMES), flight, tuple(travellers), interchange=SENT)


@given(manifests())
def test_what_is_written_is_read_back_and_complete(manifest: Manifest) -> None:
    found = read(write(Reading((), manifests=(manifest,))), NOW).manifests[0]
    assert found.filing_defects == ()
    assert replace(found, travellers=tuple(replace(t, place=0) for t in found.travellers)) == manifest


def interchange(*messages: bytes) -> bytes:
    return GOOD[: GOOD.index(b"UNH")] + b"".join(messages) + f"UNZ+{len(messages)}+77'".encode()


def part(number: int, flag: str, name: str, reference: str, total: int = 1) -> bytes:
    body = GOOD[GOOD.index(b"UNH") : GOOD.index(b"UNZ")]
    body = body.replace(b"UN:IATA'", f"UN:IATA+AV210/260801/0900+{number}:{flag}'".encode())
    return body.replace(b"M1", reference.encode()).replace(b"LUKIC", name.encode()).replace(b"42:1", b"42:%d" % total)


def test_a_message_sent_twice_is_read_once_and_said() -> None:
    body = GOOD[GOOD.index(b"UNH") : GOOD.index(b"UNZ")]
    reading = read({"f.edi": interchange(body, body.replace(b"M1", b"M2"))}, NOW)
    assert [one.reference for one in reading.manifests] == ["M1"]
    assert [str(notice) for notice in reading.notices] == ["f.edi: Message M2 repeats message M1; it is read once."]


@pytest.mark.parametrize("total", [1, 2])
def test_the_parts_of_one_list_are_joined_whatever_their_order(total: int) -> None:
    files = {
        "b.edi": interchange(part(2, "F", "NOVAK", "M2", total)),
        "a.edi": interchange(part(1, "C", "LUKIC", "M1", total)),
    }
    manifests = read(files, NOW).manifests
    assert len(manifests) == 1
    assert [one.person["properties"]["lastName"] for one in manifests[0].travellers] == [["LUKIC"], ["NOVAK"]]
    assert len({one.person["id"] for one in manifests[0].travellers}) == 2
    assert manifests[0].is_complete, manifests[0].filing_defects


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ((part(1, "C", "LUKIC", "M1"), part(3, "F", "NOVAK", "M3")), "Part 2 of the list"),
        ((part(1, "C", "LUKIC", "M1"),), "The last part"),
        ((part(1, "F", "LUKIC", "M1"), part(1, "F", "NOVAK", "M2")), "same part"),
    ],
)
def test_a_part_that_is_missing_or_differs_is_said(messages: tuple[bytes, ...], says: str) -> None:
    (manifest,) = read({"f.edi": interchange(*messages)}, NOW).manifests
    found = [defect.says for defect in manifest.filing_defects if defect.rule == "paxlst.parts"]
    assert len(found) == 1
    assert says in found[0]
    assert len(manifest.travellers) == len(messages)


@pytest.mark.parametrize(
    ("bgm", "action"),
    [(b"745+XR", "cancel"), (b"745+AB1+1", "cancel"), (b"745++5", "replace"), (b"745+CP", "change"), (b"745+1", "new")],
)
def test_what_a_list_does_to_those_before_is_told(bgm: bytes, action: str) -> None:
    manifest = one(GOOD.replace(b"BGM+745", b"BGM+" + bgm))
    assert manifest.action == action
    assert bare_action(manifest) == action


def bare_action(manifest: Manifest) -> str:
    """The action after writing and reading again."""
    return read(write(Reading((), manifests=(manifest,))), NOW).manifests[0].action


def test_travellers_who_are_counted_and_not_listed_are_unread() -> None:
    assert one(GOOD.replace(b"CNT+42:1", b"CNT+42:4")).unread == 3
    assert one(GOOD.replace(b"CNT+42:1", b"CNT+42:999999")).unread == 2000
    assert one(GOOD.replace(b"LUKIC:DRAZEN:JAN", b"")).unread == 1


def test_who_sent_it_is_kept_for_the_answer() -> None:
    assert one(GOOD).interchange == Interchange("ARVAIR", "QMBORDER", "77")


def test_the_number_of_a_part_is_bounded() -> None:
    manifest = one(interchange(part(999_999_999, "F", "LUKIC", "M1")))
    assert [defect.rule for defect in manifest.filing_defects] == ["paxlst.parts"]


def test_a_list_of_a_quarter_of_a_megabyte_is_read_whole() -> None:
    aboard = people(2_300, "large")
    data = passenger_list("AV1", aboard, NOW)
    assert len(data) > 250_000
    manifest = one(data)
    assert manifest.is_complete
    assert len({traveller.person["id"] for traveller in manifest.travellers}) == 2_300
