"""A border morning in a real browser: forty flights, six thousand travellers, two broken messages, a list at 08:10.

Everything runs through the product's own commands and the page an officer has open. What stands there must be true:
which flights were asked against what and when, what was not checked, what changed when the list changed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.harness import Exercise, desk, four_nodes, wait_for, wait_for_text
from tests.travellers import manifest, people, watch_list

from comity.formats.base import Reading
from comity.formats.manifest import Manifest, TravelDocument
from comity.formats.paxlst_write import write

FLIGHTS, EACH = 40, 150
AT_ONCE = 14
"""Files in one go: a form holds at most twenty."""
LISTED_FROM_THE_START, LISTED_AT_EIGHT_TEN = (3, 7), (11, 29)
"""Flights whose first traveller is on the list, from the start or since its new version."""


DOCUMENT_FLIGHT, STOLEN = 23, "QM4471902"
"""The flight on which somebody travels with a document of Arvenia that is reported stolen that morning."""
NEAR = 3
"""Flights at most on which only a name that is written nearly the same is put to an officer."""


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Exercise]:
    with four_nodes(tmp_path) as made:
        yield made


def aboard(n: int) -> list[dict[str, str]]:
    return people(EACH, f"flight {n}")


def number(n: int) -> str:
    return f"QA{500 + n}"


def write_morning(folder: Path, departs: datetime) -> list[Path]:
    """Forty lists, and two messages that are broken: one cut inside its head, one that is no list at all."""
    folder.mkdir()
    made = []
    for n in range(FLIGHTS):
        made.append(folder / f"{number(n)}.edi")
        listed = manifest(number(n), aboard(n), departs + timedelta(minutes=10 * n))
        listed = with_a_document_of_arvenia(listed) if n == DOCUMENT_FLIGHT else listed
        made[-1].write_bytes(next(iter(write(Reading((), manifests=(listed,))).values())))
    for name, data in (("cut.edi", b"UNB+UNOA:4+QA+QN+2"), ("other.edi", b"UNB+UNOA:4+QA+QN'UNH+1+CONTRL:2:2:UN'")):
        made.append(folder / name)
        made[-1].write_bytes(data)
    return made


def with_a_document_of_arvenia(listed: Manifest) -> Manifest:
    """The same list; the fifth traveller shows a passport of Arvenia."""
    rows = list(listed.travellers)
    rows[4] = replace(rows[4], documents=(TravelDocument("P", STOLEN, "QM", "2031-01-01"),))
    return replace(listed, travellers=tuple(rows))


def comity(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "comity.cli", *words, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def add_list(four: Exercise, name: str, data: bytes) -> subprocess.CompletedProcess[str]:
    file = four.folder / f"{name}.json"
    file.write_bytes(data)
    return comity(four.homes["QN"], "lists", "add", name, str(file), "--format", "ftm")


def listed(*flights: int) -> bytes:
    """A list of two hundred strangers and the first traveller of each of these flights."""
    return watch_list([*people(200, "strangers", elsewhere=True), *(aboard(n)[0] for n in flights)])


def concerned(*flights: int) -> set[int]:
    """The flights that carry somebody of the name of one who is listed: most of them innocent namesakes."""
    names = {(one["first"], one["last"]) for one in (aboard(n)[0] for n in flights)}
    return {n for n in range(FLIGHTS) if any((one["first"], one["last"]) in names for one in aboard(n))}


def upload(page: Page, files: list[Path]) -> None:
    page.locator("#field-file").set_input_files([str(file) for file in files])
    page.get_by_role("button", name="Screen", exact=True).click()


def row(page: Page, flight: str) -> str:
    return page.locator("tr.flight", has_text=flight).first.inner_text()


def to_decide(page: Page, flight: str) -> str:
    return page.locator("tr.flight", has_text=flight).first.locator("td[data-label='To decide']").inner_text().strip()


def with_hits(page: Page) -> set[int]:
    """The flights with somebody to decide about."""
    return {n for n in range(FLIGHTS) if to_decide(page, number(n)) != "0"}


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_a_border_morning(browser: Browser, four: Exercise) -> None:
    departs = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=6)
    files = write_morning(four.folder / "morning", departs)
    assert add_list(four, "morning", listed(*LISTED_FROM_THE_START)).returncode == 0
    four.start("QM", "QN")
    with desk(browser, four, "QN", "second-line") as page:
        page.goto(four.url("QN", "/flights"))
        for first in range(0, len(files), AT_ONCE):
            some = files[first : first + AT_ONCE]
            upload(page, some)
            expect(page.locator("tr.flight")).to_have_count(first + len(some), timeout=200_000)
        the_broken_ones_are_said_and_kept(page)
        the_flights_say_what_was_asked(page)
        at_eight_ten_the_list_changes(page, four)
        a_truncated_list_is_held(page, four)
        the_new_hit_is_decided(page, four)
        a_document_is_reported_stolen(page, four)


def the_broken_ones_are_said_and_kept(page: Page) -> None:
    """Both messages are named with what is wrong, and stand on the page as not checked."""
    summary = page.locator("#error-summary")
    expect(summary).to_contain_text("cut.edi")
    expect(summary).to_contain_text("other.edi")
    broken = page.locator("tr.flight", has_text="Message that could not be read")
    expect(broken).to_have_count(2)
    for n in range(2):
        expect(broken.nth(n)).to_contain_text("Not checked")


def the_flights_say_what_was_asked(page: Page) -> None:
    """Every flight has its travellers, its departure and the age of the list."""
    for n in range(FLIGHTS):
        shown = row(page, number(n))
        assert str(EACH) in shown, shown
        assert "UTC" in shown, shown
        assert "oldest list 0 days" in shown, shown
        assert "Not checked" not in shown, shown
    assert set(LISTED_FROM_THE_START) <= with_hits(page)
    assert len(with_hits(page) - concerned(*LISTED_FROM_THE_START)) <= NEAR
    assert "%" not in page.locator("main").inner_text()


def at_eight_ten_the_list_changes(page: Page, four: Exercise) -> None:
    """A new version of the list: the node asks the rows again by itself, and only what is new appears."""
    before = with_hits(page)
    added = add_list(four, "morning", listed(*LISTED_FROM_THE_START, *LISTED_AT_EIGHT_TEN))
    assert added.returncode == 0, added.stdout + added.stderr
    page.goto(four.url("QN", "/flights"))
    wait_for(page, lambda: all(to_decide(page, number(n)) != "0" for n in LISTED_AT_EIGHT_TEN))
    listed_now = (*LISTED_FROM_THE_START, *LISTED_AT_EIGHT_TEN)
    assert {*before, *LISTED_AT_EIGHT_TEN} <= with_hits(page)
    assert len(with_hits(page) - concerned(*listed_now)) <= NEAR


def a_truncated_list_is_held(page: Page, four: Exercise) -> None:
    """Half a list is held; the one before goes on screening, and the page says so."""
    half = b"".join(listed(*LISTED_FROM_THE_START, *LISTED_AT_EIGHT_TEN).splitlines(keepends=True)[:90])
    held = add_list(four, "morning", half)
    assert held.returncode == 1
    assert "is held" in held.stdout
    page.reload()
    expect(page.locator("section[aria-labelledby='screen']")).to_contain_text("held")
    assert to_decide(page, number(LISTED_AT_EIGHT_TEN[0])) != "0"


def the_new_hit_is_decided(page: Page, four: Exercise) -> None:
    """The second line opens what came with the list, sees that it is new and by which document, and decides."""
    flight = number(LISTED_AT_EIGHT_TEN[0])
    page.locator("tr.flight", has_text=flight).first.get_by_role("link").first.click()
    hit = page.locator("section.hit").first
    expect(hit).to_contain_text("New")
    expect(hit).to_contain_text(aboard(LISTED_AT_EIGHT_TEN[0])[0]["passport"])
    hit.get_by_label("Same person", exact=True).check()
    hit.get_by_label("Ground").select_option("document")
    hit.get_by_role("button", name="Record the decision").click()
    expect(page.locator(".hit--decided").first).to_contain_text("Same person")
    with page.expect_download() as download:
        page.get_by_role("link", name="Answer to the carrier").click()
    answer = Path(download.value.path()).read_bytes()
    assert b"CUSRES" in answer
    assert aboard(LISTED_AT_EIGHT_TEN[0])[0]["last"].encode() not in answer
    page.goto(four.url("QN", "/flights"))
    assert to_decide(page, flight) == "0"


def a_document_is_reported_stolen(page: Page, four: Exercise) -> None:
    """Arvenia reports a passport that is on its way already: the node looks the rows up again by itself."""
    page.locator("tr.flight", has_text=number(DOCUMENT_FLIGHT)).first.get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("Documents: looked up in the register")
    assert "Possible: confirm with the owner first" not in page.locator("main").inner_text()
    form = four.folder / "stolen.json"
    form.write_text(json.dumps({"country": "QM", "kind": "P", "number": STOLEN, "state": "stolen"}))
    done = comity(four.homes["QM"], "do", "travel_document", "report", "--form", str(form), "--as", "duty-officer")
    assert done.returncode == 0, done.stderr
    wait_for_text(page, "Possible: confirm with the owner first")
    hit = page.locator("section.hit", has_text=STOLEN)
    expect(hit).to_have_count(1)
    expect(hit).to_contain_text("New")
    expect(hit).to_contain_text("By itself no ground to detain.")
    expect(hit).to_contain_text("Arvenia")
    hit.get_by_role("button", name="Tell Arvenia and ask it to confirm").click()
    expect(page.locator("#field-number")).to_have_value(STOLEN)
    assert STOLEN not in page.url
