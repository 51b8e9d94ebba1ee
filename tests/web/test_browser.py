"""The pages in a real browser: no error, nothing against the policy, nothing serious for assistive technology."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from tests.federation import Federation, federation
from tests.web.desks import SEND, Desk, seat, send_diffusion, served
from tests.web.test_pages import picture

from comity.storage import acts as act_rows

WIDTHS = (1366, 390, 320)
FLIGHT = Path("04_border/gtas/tamr-integration-data__flight1.txt")
PERSON = {
    "last_name": "Capone",
    "first_name": "Lisa Alvina",
    "name": "Lisa Alvina Capone",
    "gender": "female",
    "birth_date": "1972-08-05",
    "passport": "QM1112223",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        yield made


def opened(browser: Browser, desk: Desk, url: str, width: int = 1366) -> tuple[Page, list[str]]:
    """A page of a signed-in officer, and whatever its console complains of."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([{"name": desk.cookie, "value": desk.client.cookies[desk.cookie], "url": url}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return page, said


def load(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("body[data-ready]", state="attached")


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def look_at(browser: Browser, world: Federation, member: str, desk: Desk, paths: list[str]) -> None:
    with served(world, member) as url:
        for width in WIDTHS:
            page, said = opened(browser, desk, url, width)
            for path in paths:
                load(page, url + path)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
                assert serious(page) == [], (path, width)
            assert said == [], (paths, width)
            page.context.close()


@pytest.mark.browser
def test_desk_form_matter_and_proof_are_sound_at_every_width(world: Federation, browser: Browser) -> None:
    here = seat(world, "QM")
    matter = send_diffusion(here, files={"portrait": ("p.png", picture(), "image/png")})
    world.settle()
    with world.nodes["QM"].store.read() as unit:
        act = act_rows.acts_of(unit, [matter])[matter][0].digest
    paths = ["/", "/matters/new/diffusion/owner.send", f"/matters/{matter}", f"/proof/{act}", "/members", "/ledger"]
    look_at(browser, world, "QM", here, [*paths, f"/matters/{matter}/steps/owner.withdraw"])


@pytest.mark.browser
@pytest.mark.data
def test_second_line_page_compares_and_takes_a_decision(world: Federation, browser: Browser, data_dir: Path) -> None:
    matter = send_diffusion(seat(world, "QM"), **PERSON)
    world.settle()
    duty, line = seat(world, "QN"), seat(world, "QN", "second_line")
    duty.post(f"/matters/{matter}/steps/reply.acknowledge", {}, form=f"/matters/{matter}")
    duty.post(f"/matters/{matter}/steps/reply.take_up", {"reason": "seen", "until": "2027-01-01"})
    world.settle()
    flight = (data_dir / FLIGHT).read_bytes()
    answer = line.post("/flights", {}, files={"file": ("flight1.txt", flight, "text/plain")})
    assert answer.status_code == 200, answer.text
    where = str(answer.url.path)  # type: ignore[attr-defined]
    assert "Found in a matter of Arvenia" in answer.text
    assert "%" not in answer.text.split("<main", 1)[1].split("</main>", 1)[0]
    look_at(browser, world, "QN", line, [where, "/flights"])
    with served(world, "QN") as url:
        page, said = opened(browser, line, url)
        load(page, url + where)
        hit = page.locator("section.hit").first
        hit.get_by_role("button", name="Record the decision").click()
        page.locator("#error-summary").wait_for()
        hit = page.locator("section.hit").first
        hit.get_by_label("Not the same person").check()
        hit.get_by_label("Ground").select_option("birth_data")
        hit.get_by_role("button", name="Record the decision").click()
        page.locator("ol.decided").first.wait_for()
        assert "Not the same person" in page.locator("ol.decided").first.inner_text()
        assert [one for one in said if "422" not in one] == []
        page.context.close()
    seat(world, "QM").post(f"/matters/{matter}/steps/owner.withdraw", {"ground": "error"})
    world.settle()
    gone = line.get(where).text
    assert "Withdrawn: what it was found in was recalled" in gone
    assert "Found in a matter of Arvenia" not in gone


@pytest.mark.browser
def test_a_new_diffusion_appears_on_an_open_desk_and_focus_stays(world: Federation, browser: Browser) -> None:
    here, there = seat(world, "QM"), seat(world, "QN")
    first = send_diffusion(here)
    world.settle()
    there.get(f"/matters/{first}")
    with served(world, "QN") as url:
        page, said = opened(browser, there, url)
        load(page, url + "/")
        page.locator(f"#m-{first}").focus()
        send_diffusion(here, name="Tomas Ferrin", last_name="Ferrin", first_name="Tomas", gender="male")
        world.settle()
        began = time.monotonic()
        page.get_by_role("heading", name="New on this desk").wait_for(timeout=10_000)
        print(f"seen after {time.monotonic() - began:.2f} s")
        assert page.get_by_role("link", name="Tomas Ferrin").is_visible()
        assert page.evaluate("document.activeElement.id") == f"m-{first}"
        assert said == []
        page.context.close()


@pytest.mark.browser
def test_the_form_is_sent_by_keyboard_and_shows_findings_in_place(world: Federation, browser: Browser) -> None:
    desk = seat(world, "QM")
    with served(world, "QM") as url:
        page, said = opened(browser, desk, url)
        load(page, url + "/matters/new/diffusion/owner.send")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
        page.get_by_label("Family name").fill("Varnholt")
        page.get_by_label("Family name").press("Enter")
        page.locator("#error-summary").wait_for()
        assert page.evaluate("document.activeElement.id") == "error-summary"
        assert page.get_by_label("Family name").input_value() == "Varnholt"
        assert serious(page) == []
        page.get_by_label("Belmora").check()
        page.get_by_label("Wanted: locate and arrest").check()
        page.get_by_label("accused, not convicted").check()
        page.get_by_label("female", exact=True).check()
        for name in (
            "valid_until",
            "first_name",
            "name",
            "birth_date",
            "facts",
            "offence",
            "penalty_months",
            "warrant",
        ):
            page.locator(f"#field-{name}").fill(str(SEND[name]))
        page.locator("#field-passport").fill("QM4471902")
        page.get_by_role("button", name="Send a diffusion").click()
        page.get_by_role("heading", name="Ilka Jorun Varnholt").wait_for()
        assert [one for one in said if "422" not in one] == []
        page.context.close()


@pytest.mark.browser
def test_after_a_lost_answer_the_page_says_whether_it_was_recorded(world: Federation, browser: Browser) -> None:
    desk = seat(world, "QM")
    matter = send_diffusion(desk)
    with served(world, "QM") as url:
        page, _ = opened(browser, desk, url)
        load(page, url + f"/matters/{matter}/steps/owner.withdraw")
        page.get_by_label("It should not have been sent").check()

        def lose(route: object) -> None:
            route.fetch()  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]

        page.route("**/steps/owner.withdraw", lose)
        page.get_by_role("button", name="Withdraw").click()
        page.get_by_text("It was recorded.").wait_for()
        assert page.locator("#notice a").get_attribute("href") == f"/matters/{matter}"
        page.context.close()
