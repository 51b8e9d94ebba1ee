"""The page on which an officer checks a document, without a script: three plain outcomes, and what to do next."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.federation import Federation, federation
from tests.node.documents import lose_files, report
from tests.web.desks import Desk, seat
from tests.web.test_check import ZONE

from comity.storage import look_ups as rows

QM = {"kind": "P", "country": "QM", "number": "QM4471902"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path, ("QM", "QN", "QS")) as made:
        node = made.nodes["QN"]
        report(node, "P", "qm", "QM4471902", "stolen", "2026-11-03", owner="QM")
        report(node, "I", "qm", "QB000100", "stolen_blank", "2026-11-01", last="QB000200", owner="QM")
        report(node, "P", "qn", "QN1", "lost", "2026-11-02")
        yield made


@pytest.fixture
def desk(world: Federation) -> Desk:
    return seat(world, "QN", "second_line")


def text_of(page: str) -> str:
    """The words of a page's main part."""
    main = page.partition('<main id="main"')[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def asked(world: Federation) -> list[rows.LookUp]:
    with world.nodes["QN"].store.read() as unit:
        return list(rows.after(unit, 1))


@pytest.mark.rule("TD-8")
def test_a_possible_hit_says_whom_to_ask_first_and_begins_telling_the_owner(world: Federation, desk: Desk) -> None:
    page = desk.post("/check", {"mrz": ZONE})
    said = text_of(page.text)
    assert "Possible: confirm with the owner first" in said
    assert "By itself no ground to detain." in said
    assert "Reported as stolen" in said
    assert "Owner of the record Arvenia" in said
    assert "%" not in said.replace("100%", "")
    assert "Checking a traveller at the border" in page.text
    assert str(page.url).endswith("/check")  # type: ignore[attr-defined]
    hidden = dict(re.findall(r'<input type="hidden" name="(to|about|kind|number|seen_at)" value="([^"]*)">', page.text))
    assert (hidden["to"], hidden["kind"], hidden["number"]) == ("QM", "P", "QM4471902")
    form = desk.post("/check/tell", hidden, form="/check")
    assert form.status_code == 200
    assert "Tell the owner of the record" in form.text
    assert "QM4471902" in form.text
    assert 'action="/matters/new/document_hit/hit.tell"' in form.text
    assert "QM4471902" not in str(form.url)  # type: ignore[attr-defined]
    (row,) = asked(world)
    assert (row.outcome, row.purpose, row.about) == ("hit", "border_check", "document")


def test_nothing_reported_is_said_with_the_time_and_never_as_clear(desk: Desk) -> None:
    said = text_of(desk.post("/check", {**QM, "number": "QM0000001"}).text)
    assert re.search(r"Nothing reported under this number, \d\d:\d\d", said)
    assert "The register knows only what members reported" in said
    assert "clear" not in said.lower()
    assert "The last record came" in said


def test_not_checked_is_a_state_of_its_own_with_a_way_on(world: Federation, desk: Desk) -> None:
    wrong = text_of(desk.post("/check", {"mrz": ZONE.replace("QM4471902", "QM4471903")}).text)
    assert "Not checked" in wrong
    assert "This does not count as nothing found." in wrong
    assert "Nothing reported under" not in wrong
    lose_files(world.nodes["QN"])
    said = text_of(desk.post("/check", QM).text)
    assert "Not checked The register of documents could not be asked." in said
    assert "+00 0000 0000" in said
    assert [row.outcome for row in asked(world)] == ["not_checked", "not_checked"]


def test_the_zone_is_held_against_the_page(desk: Desk) -> None:
    said = text_of(
        desk.post(
            "/check",
            {"mrz": ZONE, "page_surname": "Lukitsch", "page_expires": "2031-01-01", "page_issued": "2027-01-01"},
        ).text
    )
    assert "The page says LUKITSCH, the zone LUKIC." in said
    assert "The page says 2031-01-01, the zone 2030-01-01." in said
    assert "that lies in the future" in said
    assert "None says that the document is false." in said
    plain = text_of(desk.post("/check", {**QM, "page_expires": "2020-01-01"}).text)
    assert "It expired on 2020-01-01." in plain


@pytest.mark.rule("TD-8")
def test_a_convention_document_protects_and_nothing_is_told_to_the_owner(desk: Desk) -> None:
    page = desk.post("/check", {"mrz": ZONE.replace(f"QM4471902{ZONE[54]}QM<", f"QM4471902{ZONE[54]}XXB")}).text
    assert "Protect – speak apart" in page
    assert 'action="/check/tell"' not in page


def test_ones_own_record_is_not_told_to_oneself(desk: Desk) -> None:
    page = desk.post("/check", {"kind": "P", "country": "QN", "number": "QN 1"}).text
    assert "The record is your own member" in page
    assert 'action="/check/tell"' not in page


def test_a_blank_of_a_range_says_so(desk: Desk) -> None:
    said = text_of(desk.post("/check", {"kind": "I", "country": "QM", "number": "QB000150"}).text)
    assert "Reported as stolen blank one of a range of blanks" in said


def test_what_cannot_be_looked_up_comes_back_with_every_defect_and_what_was_typed(
    world: Federation, desk: Desk
) -> None:
    page = desk.post("/check", {"kind": "", "country": "??", "number": "-", "page_surname": "Kept"})
    assert page.status_code == 422
    assert "Nothing was looked up" in page.text
    for name in ("kind", "country", "number"):
        assert f'href="#field-{name}"' in page.text
    assert 'value="Kept"' in page.text
    assert desk.post("/check", {"mrz": "P<UTO"}).status_code == 422
    assert asked(world) == []


def test_a_list_is_checked_row_by_row_and_saved_as_a_file(world: Federation, desk: Desk) -> None:
    one_line = ZONE.replace("\n", "")
    misread = one_line.replace("QM4471902", "QM4471903")
    data = f"id,kind,country,number,mrz\na,P,QM,QM4471902,\n=b,P,QM,QM1,\n,,,,{one_line}\n,,,,{misread}\n"
    said = text_of(desk.post("/check/list", {}, form="/check", files={"file": ("l.csv", data.encode())}).text)
    assert "4 documents" in said
    assert "2 possible hits: confirm with the owner first" in said
    assert "nothing reported under 1" in said
    assert "not checked: 1" in said
    answer = desk.post("/check/list", {"as": "csv"}, form="/check", files={"file": ("l.csv", data.encode())})
    assert answer.headers["content-disposition"].startswith("attachment")  # type: ignore[attr-defined]
    told = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["id"], row["outcome"], row["state"]) for row in told] == [
        ("a", "hit", "stolen"), ("'=b", "none", ""), ("4", "hit", "stolen"), ("5", "not_checked", ""),
    ]  # fmt: skip
    assert len(asked(world)) == 8


def test_a_list_with_a_defect_is_refused_whole(world: Federation, desk: Desk) -> None:
    bad = "kind;country;number\nP;QM;QM4471902\nX;QM;1\nP;;2\n"
    page = desk.post("/check/list", {}, form="/check", files={"file": ("l.csv", bad.encode())})
    assert page.status_code == 422
    assert "row 3" in page.text
    assert "row 4" in page.text
    for data in (
        b"",
        b"colour\nred\n",
        b"kind,country,number\n",
        b"\xff\xfe",
        b"kind,country,number\n" + b"P,QM,Q1\n" * 5_001,
    ):
        assert desk.post("/check/list", {}, form="/check", files={"file": ("l.csv", data)}).status_code == 422
    assert asked(world) == []


def test_who_may_not_look_up_is_refused_and_sees_no_way_there(world: Federation) -> None:
    desk = seat(world, "QN", "data_protection_officer")
    assert 'href="/check"' not in desk.get("/").text
    assert desk.post("/check", QM).status_code == 403
    assert asked(world) == []
