"""A night's story: a call at 02:40, one officer alone, an answer that gets lost, a line and the power cut, the morning.

Nothing is lost and nothing is recorded twice, whatever goes away in the middle of a step.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pypdf import PdfReader
from sqlalchemy import create_engine, text
from tests.e2e.harness import Exercise, desk, fill, four_nodes, matter_of, take, wait_for, wait_for_text

DAY = (datetime.now(UTC) + timedelta(days=1)).date()
NEXT = DAY + timedelta(days=1)
EVENING, CALLED, CUT, MORNING = f"{DAY} 17:00", f"{NEXT} 02:40", f"{NEXT} 02:55", f"{NEXT} 06:10"
OFFICE = {
    "name": "Office of Ostrava",
    "channel": "I-24/7",
    "address": "1 Harbour Square, Ostrava",
    "mail": "office@ostrava.example",
    "phone": "+999 07 0770",
    "languages": "fr,en",
}
CALL = {
    "who": "Duty officer Reve, Belmora",
    "number": "+999 02 0220",
    "called_back": "+999 02 0220",
    "said": "A child in a refrigerated lorry, heading for Arvenia, Cordia or Ostrava; the driver is Ilka Varnholt.",
    "agreed": "All three neighbours are told tonight.",
    "asked": "yes",
}
APPROVAL = {
    "approval": "call_back",
    "life_at_risk": "A child in a lorry's refrigerated box.",
    "approver": "K. Vang, on-call prosecutor",
    "approved_at": CALLED,
    "approver_number": "+999 01 0177",
}


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Exercise]:
    with four_nodes(tmp_path) as made:
        yield made


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_nights_story(browser: Browser, four: Exercise) -> None:
    four.at = EVENING
    four.start("QM")
    in_the_evening(browser, four)
    four.stop()

    four.at = CALLED
    four.start("QM", "QN", "QS")  # the line to Cordia is cut
    with desk(browser, four, "QM", "duty-officer") as alone:
        call = log_the_call(alone, four)
        matter = send_in_spite_of_a_cut(alone, four)
        with desk(browser, four, "QN", "duty-officer") as belmora:
            belmora.goto(four.url("QN", f"/matters/{matter}"))
            wait_for_text(belmora, "Ilka Jorun Varnholt")
            confirm_in_writing(belmora, four)
        send_the_letter(alone, four, matter)
        sheet_that_prints_itself(alone, four)
    four.kill("QM")  # the rest of the night is on paper
    four.stop()

    four.at = MORNING
    four.start("QM", "QN", "QO", "QS")
    with desk(browser, four, "QM", "duty-officer") as day:
        enter_late(day, four)
        day.goto(four.url("QM", f"/matters/{matter}"))
        wait_for_text(day, "the letter was sent")
        wait_for(day, lambda: "nreachable" not in day.locator(".answer", has_text="Cordia").inner_text())
        with desk(browser, four, "QM", "supervisor") as supervisor:
            supervisor.goto(four.url("QM", f"/matters/{matter}"))
            take(supervisor, "Countersign the approval by call-back")
        written = confirmation_of(day, four)
        day.goto(four.url("QM", f"/matters/{call}"))
        take(day, "Confirmed in writing", matter=written)
        expect(day.locator(".big-status")).to_contain_text("Confirmed in writing")
        day.goto(four.url("QM", "/paper"))
        assert "Countersign" not in day.locator("main").inner_text()
    with desk(browser, four, "QO", "duty-officer") as cordia:
        cordia.goto(four.url("QO", f"/matters/{matter}"))
        wait_for_text(cordia, "Ilka Jorun Varnholt")
        assert "Vang" not in cordia.locator("main").inner_text()
    four.stop()

    assert [matters(four, code, "diffusion") for code in ("QM", "QN", "QO")] == [[matter]] * 3
    assert [len(matters(four, code, "call")) for code in ("QM", "QN", "QO")] == [2, 0, 0]
    assert steps_of(four, "QM", matter) == ["countersign.countersign", "owner.send", "paper.prepare", "paper.sent"]
    for home in four.homes.values():
        command = [sys.executable, "-m", "comity.cli", "ledger", "verify", "--home", str(home)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def in_the_evening(browser: Browser, four: Exercise) -> None:
    """By day: the legal officer says when nobody sends alone, the supervisor writes the rota, an office is recorded."""
    with desk(browser, four, "QM", "legal-officer") as lawyer:
        lawyer.goto(four.url("QM", "/law/edit"))
        first = lawyer.locator("[name=path]").evaluate_all("all => all.findIndex(one => one.value === '')")
        for n, (path, hour) in enumerate((("duty.alone.from", "22:00"), ("duty.alone.until", "06:00"))):
            for name, value in {"path": path, "value": hour, "source": "Duty order 4"}.items():
                lawyer.locator(f"[name={name}]").nth(first + n).fill(value)
            lawyer.locator("[name=mark]").nth(first + n).select_option("V")
        lawyer.get_by_role("button", name="Show what it would change").click()
        expect(lawyer.locator("#main")).to_contain_text("22:00")
        lawyer.get_by_role("button", name="Publish by name and office").click()
        expect(lawyer.locator("#main")).to_contain_text("Duty order 4")
    with desk(browser, four, "QM", "supervisor") as supervisor:
        supervisor.goto(four.url("QM", "/rota"))
        fill(supervisor, duty="approver", name="K. Vang", phone="+999 01 0177")
        fill(supervisor, begins=f"{DAY} 20:00", ends=f"{NEXT} 08:00")
        supervisor.get_by_role("button", name="Add a turn").click()
        expect(supervisor.locator("table")).to_contain_text("K. Vang")
    with desk(browser, four, "QM", "duty-officer") as duty:
        duty.goto(four.url("QM", "/correspondents"))
        fill(duty, **OFFICE)
        duty.get_by_role("button", name="Add", exact=True).click()
        expect(duty.locator("table")).to_contain_text("Office of Ostrava")


def log_the_call(page: Page, four: Exercise) -> str:
    """The call is recorded and its answer gets lost: the page finds out that it was recorded; asked nothing twice."""
    page.goto(four.url("QM", "/matters/new/call/call.log"))
    fill(page, **CALL)

    def lose(route: Route) -> None:
        host = route.request.url.split("/")[2]
        here = route.request.url.replace(host.partition(":")[0], "127.0.0.1", 1)
        answer = route.fetch(url=here, headers={**route.request.all_headers(), "host": host}, max_redirects=0)
        assert answer.status == 303
        route.abort()

    page.route("**/matters/new/call/call.log", lose)
    page.locator("form.step").get_by_role("button", name="Log a call").click()
    expect(page.locator("#notice")).to_contain_text("It was recorded.")
    page.unroute("**/matters/new/call/call.log")
    page.locator("#notice a").click()
    expect(page.locator("body")).to_contain_text("Confirm in writing what was asked by telephone")
    return matter_of(page)


def send_in_spite_of_a_cut(page: Page, four: Exercise) -> str:
    """Refused alone; sent on an approval by call-back, at the second try: the power went before the first was kept."""
    page.goto(four.url("QM", "/matters/new/diffusion/owner.send?example=1"))
    for code in ("QN", "QO", "X1"):
        page.locator(f"#to-{code}").check()
    send = page.locator("form.step").get_by_role("button", name="Send a diffusion")
    send.click()
    expect(page.locator("#error-summary")).to_contain_text("Between 22:00 and 06:00 nobody sends alone")
    fill(page, **APPROVAL)
    four.kill("QM")
    send.click()
    expect(page.locator("#notice")).to_contain_text("It is not known yet whether this was recorded")
    four.at = CUT
    four.start("QM")
    expect(page.locator("#notice")).to_contain_text("It was not recorded. You can send it again.")
    send.click()
    expect(page.get_by_role("heading", name="Who has it, and what they answered")).to_be_visible()
    expect(page.locator(".answer", has_text="Office of Ostrava")).to_contain_text("the letter is not sent yet")
    wait_for(page, lambda: "nreachable" in page.locator(".answer", has_text="Cordia").inner_text())
    return matter_of(page)


def send_the_letter(page: Page, four: Exercise, matter: str) -> None:
    """The neighbour without a node gets a letter in its language, by fax; that it went is recorded once."""
    page.goto(four.url("QM", f"/matters/{matter}"))
    with page.expect_download() as saved:
        page.locator("form.letter", has_text="Office of Ostrava").get_by_role("button", name="PDF").click()
    target = four.folder / saved.value.suggested_filename
    saved.value.save_as(target)
    words = "\n".join(one.extract_text() for one in PdfReader(target).pages)
    assert "Varnholt" in words
    assert "Vang" not in words
    number = target.stem.replace("-", "/")
    take(page, "Record that the letter was sent", party="X1", at=CUT, channel="fax", number=number)
    expect(page.locator(".answer", has_text="Office of Ostrava")).to_contain_text("the letter was sent")


def sheet_that_prints_itself(page: Page, four: Exercise) -> None:
    """What stays when the power goes: who approves, all numbers, what is due; each hour anew, even without a line."""
    page.clock.install()
    page.goto(four.url("QM", "/paper"))
    sheet = page.locator("main")
    for words in ("K. Vang", "+999 01 0177", "+999 03 0330", "unreachable since", "Countersign", "entered late"):
        expect(sheet).to_contain_text(words)
    page.evaluate("() => { window.printed = 0; window.print = () => { window.printed += 1; }; }")
    four.kill("QM")
    page.clock.fast_forward("01:00:01")
    page.wait_for_function("() => window.printed === 1")
    expect(sheet).to_contain_text("K. Vang")


def confirm_in_writing(page: Page, four: Exercise) -> None:
    """Belmora writes what it asked for by telephone."""
    page.goto(four.url("QN", "/matters/new/message/ask.ask?example=1"))
    for box in page.locator("[name=to]").all():
        box.uncheck()
    page.locator("#to-QM").check()
    fill(page, subject="Confirmation of our call of 02:40")
    page.locator("form.step").get_by_role("button", name="Send a message").click()
    expect(page.locator("#error-summary")).to_have_count(0)
    expect(page.get_by_role("heading", name="Who has it, and what they answered")).to_be_visible()


def confirmation_of(page: Page, four: Exercise) -> str:
    """The matter of Belmora's message, as Arvenia's desk has it."""
    page.goto(four.url("QM"))
    page.get_by_role("link", name="Confirmation of our call of 02:40").first.click()
    expect(page.locator("body")).to_contain_text("Confirmation of our call of 02:40")
    return matter_of(page)


def enter_late(page: Page, four: Exercise) -> None:
    """What was written by hand in the night: its own hour, and the page of the paper log."""
    page.goto(four.url("QM", "/matters/new/call/call.log"))
    fill(
        page, who="Duty officer, Cordia", number="+999 03 0330", called_back="+999 03 0330", happened_at=f"{NEXT} 03:30"
    )
    fill(page, said="Lorry stopped at the Tarn crossing; the child is alive.")
    log = page.locator("form.step").get_by_role("button", name="Log a call")
    log.click()
    expect(page.locator("#error-summary")).to_contain_text("Write the page of the paper log.")
    fill(page, paper="14")
    log.click()
    expect(page.locator("body")).to_contain_text("Entered late")
    expect(page.locator("main")).to_contain_text("03:30")


def matters(four: Exercise, code: str, procedure: str) -> list[str]:
    """The matters of one procedure in a node's database."""
    with create_engine(f"sqlite:///{four.homes[code] / 'comity.sqlite'}").connect() as unit:
        query = text("SELECT matter FROM matter WHERE procedure = :procedure ORDER BY matter")
        return list(unit.execute(query, {"procedure": procedure}).scalars())


def steps_of(four: Exercise, code: str, matter: str) -> list[str]:
    """Every act of a matter in a node's database, as ``track.step``."""
    with create_engine(f"sqlite:///{four.homes[code] / 'comity.sqlite'}").connect() as unit:
        query = text("SELECT track, step FROM act WHERE matter = :matter")
        return sorted(f"{row.track.partition('/')[0]}.{row.step}" for row in unit.execute(query, {"matter": matter}))
