"""A stolen passport: reported at home, read in at another border, the owner asked, found again, nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.harness import Exercise, desk, fill, four_nodes, matter_of, take, wait_for_text
from tests.web.test_check import ZONE

MATTER = re.compile(r"/matters/[0-9a-f]{32}$")
NUMBER = "QM4471902"
POSSIBLE = "Possible: confirm with the owner first"


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Exercise]:
    with four_nodes(tmp_path) as made:
        yield made


def report(page: Page, four: Exercise, step: str, title: str, **values: str) -> str:
    """Arvenia reports documents; returns the matter."""
    page.goto(four.url("QM", f"/matters/new/travel_document/record.{step}"))
    fill(page, country="QM", **values)
    page.locator("form.step").get_by_role("button", name=title, exact=True).click()
    expect(page.locator("#error-summary")).to_have_count(0)
    page.wait_for_url(MATTER)
    return matter_of(page)


def check(page: Page, four: Exercise, says: str, **typed: str) -> None:
    """Belmora asks until the register says so: a report is on its way for a moment."""
    for _ in range(60):
        page.goto(four.url("QN", "/check"))
        for name, value in typed.items():
            field = page.locator(f"#field-{name}")
            if name == "kind":
                field.select_option(value)
            else:
                field.fill(value)
        page.locator("form.checking").get_by_role("button", name="Check", exact=True).press("Enter")
        expect(page.locator("#result")).to_be_visible()
        if says in page.locator("#result").inner_text():
            return
        page.wait_for_timeout(500)
    raise AssertionError(page.locator("#result").inner_text())


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_stolen_passports_story(browser: Browser, four: Exercise) -> None:
    four.start("QM", "QN", "QS")
    with desk(browser, four, "QM", "duty-officer") as arvenia, desk(browser, four, "QN", "second-line") as belmora:
        record = report(arvenia, four, "report", "Report a document", kind="P", number=NUMBER, state="stolen")
        check(belmora, four, POSSIBLE, mrz=ZONE)
        result = belmora.locator("#result")
        expect(result).to_contain_text("By itself no ground to detain")
        expect(result).to_contain_text("Arvenia")
        assert "%" not in result.inner_text()
        assert NUMBER not in belmora.url
        hit = the_owner_is_asked(belmora, record)
        the_owner_confirms(arvenia, four, hit)
        belmora.reload()
        wait_for_text(belmora, "Confirmed by the owner of the record")
        take(belmora, "Tell the outcome and close", done="kept", text="Kept under the Border Code, article 8.")
        wait_for_text(arvenia, "Closed: the outcome is told")
        found_again(arvenia, four, record)
        check(belmora, four, "Nothing reported under this number", mrz=ZONE)
        a_range_of_blanks(arvenia, belmora, four)
        what_is_wrong_with_the_page_itself(belmora, four)


def the_owner_is_asked(page: Page, record: str) -> str:
    """The button opens the form, filled in; nothing has left before it is sent."""
    page.get_by_role("button", name="Tell Arvenia and ask it to confirm").click()
    expect(page.locator("#field-about")).to_have_value(record)
    expect(page.locator("#field-number")).to_have_value(NUMBER)
    expect(page.locator("#to-QM")).to_be_checked()
    assert NUMBER not in page.url
    fill(page, where="Belmora City airport, arrivals", protection="no")
    page.locator("form.step").get_by_role("button", name="Tell the owner of the record", exact=True).click()
    page.wait_for_url(MATTER)
    expect(page.locator("main")).to_contain_text(POSSIBLE)
    return matter_of(page)


def the_owner_confirms(page: Page, four: Exercise, hit: str) -> None:
    page.goto(four.url("QM", "/"))
    wait_for_text(page, "Document hit")
    page.goto(four.url("QM", f"/matters/{hit}"))
    expect(page.locator("main")).to_contain_text(NUMBER)
    take(page, "Acknowledge")
    take(page, "Confirm: the record stands", checked="file", text="Please keep it (Passport Act s. 12).")


def found_again(page: Page, four: Exercise, record: str) -> None:
    page.goto(four.url("QM", f"/matters/{record}"))
    take(page, "Found again", how="holder")
    expect(page.locator("main")).to_contain_text("Found again: no longer in the register")


def a_range_of_blanks(arvenia: Page, belmora: Page, four: Exercise) -> None:
    values = {"kind": "I", "first": "QB000100", "last": "QB000900", "state": "stolen_blank"}
    report(arvenia, four, "report_range", "Report a range of blanks", **values)
    check(belmora, four, "one of a range of blanks", kind="I", country="QM", number="qb 000-555")
    check(belmora, four, "Nothing reported under this number", kind="I", country="QM", number="QB000901")


def what_is_wrong_with_the_page_itself(page: Page, four: Exercise) -> None:
    """A misread zone is not checked, and says why; every defect of a form comes at once."""
    check(page, four, "Not checked", mrz=ZONE.replace(NUMBER, "QM4471903"))
    expect(page.locator("#result")).to_contain_text("This does not count as nothing found")
    page.goto(four.url("QN", "/check"))
    page.locator("form.checking").get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#error-summary li")).to_have_count(3)
