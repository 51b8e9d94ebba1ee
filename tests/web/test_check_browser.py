"""The page that checks a document, in a real browser: every outcome at every width, by keyboard alone, in French."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.federation import Federation, federation
from tests.node.documents import report
from tests.web.desks import seat, served
from tests.web.test_browser import WIDTHS, load, opened, serious
from tests.web.test_check import ZONE


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path, ("QM", "QN", "QS")) as made:
        report(made.nodes["QN"], "P", "qm", "QM4471902", "stolen", "2026-11-03", owner="QM")
        yield made


def sound(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []


@pytest.mark.browser
def test_every_outcome_is_sound_at_every_width(world: Federation, browser: Browser) -> None:
    desk = seat(world, "QN", "second_line")
    with served(world, "QN") as url:
        for width in WIDTHS:
            page, said = opened(browser, desk, url, width)
            load(page, f"{url}/check")
            sound(page, width)
            page.locator("summary", has_text="Compare it").click()
            page.locator("summary", has_text="A list of documents").click()
            sound(page, width)
            for outcome, zone in (
                ("hit", ZONE),
                ("none", ZONE.replace("QM44719027", "QM00000019")),
                ("not_checked", ZONE.replace("QM4471902", "QM4471903")),
            ):
                page.locator("#field-mrz").fill(zone)
                page.locator("form.checking button").click()
                expect(page.locator(f".result--{outcome}")).to_be_visible()
                sound(page, width)
            page.locator("form.checking button").click()
            expect(page.locator("#error-summary")).to_be_focused()
            sound(page, width)
            assert [one for one in said if "422" not in one] == []
            page.context.close()


@pytest.mark.browser
def test_a_document_is_checked_by_keyboard_alone_and_focus_goes_to_the_answer(
    world: Federation, browser: Browser
) -> None:
    with served(world, "QN") as url:
        page, said = opened(browser, seat(world, "QN", "second_line"), url)
        load(page, f"{url}/check")
        expect(page.locator("#field-mrz")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.type("pass")
        page.keyboard.press("Tab")
        page.keyboard.type("qm")
        page.keyboard.press("Tab")
        page.keyboard.type("qm-447 1902")
        page.keyboard.press("Enter")
        expect(page.locator("#result")).to_be_focused()
        expect(page.locator("#result")).to_contain_text("Possible: confirm with the owner first")
        assert page.url.endswith("/check")
        page.get_by_role("button", name="français").click()
        load(page, f"{url}/check")
        page.locator("#field-mrz").fill(ZONE)
        page.locator("form.checking button").click()
        expect(page.locator("#result")).to_contain_text("Possible : à confirmer d’abord auprès du propriétaire")
        assert said == []
