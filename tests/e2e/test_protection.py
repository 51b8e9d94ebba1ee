"""A refugee's story: what stops the road at one member, what is called in there, and what the other side sees of it:
nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, text
from tests.e2e.harness import Exercise, desk, fill, four_nodes, matter_of, take, wait_for, wait_for_text

from comity.cli.demo import write_files
from comity.node import exercise

GROUND = {"ground": "protection", "reasons": "Belmora confirmed refugee status; the Convention forbids it."}


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Exercise]:
    with four_nodes(tmp_path) as made:
        yield made


def ask_for_red_notice(page: Page, four: Exercise, files: Path) -> str:
    """Arvenia's request, filled in from the exercise's example, with a portrait."""
    page.goto(four.url("QM", "/matters/new/notice/request.submit_red?example=1"))
    for box in page.locator("[name=withheld]").all():
        box.uncheck()
    page.locator("#field-portrait").set_input_files(str(files / "portrait.png"))
    page.locator("form.step").get_by_role("button", name="Ask for a red notice").click()
    expect(page.locator("body")).to_contain_text("Request being processed")
    return matter_of(page)


def review(browser: Browser, four: Exercise, matter: str) -> None:
    """Two reviewers of the secretariat, neither a national of Arvenia; both decide beside the automatic reading."""
    with desk(browser, four, "QS", "second-reviewer") as second:
        second.goto(four.url("QS", f"/matters/{matter}"))
        wait_for_text(second, "Automatic reading")
        decide(second, "Examine", proposal="approve", article="complies", reasons="Facts, charge and warrant agree.")
        expect(second.locator("body")).to_contain_text("Under review")
    with desk(browser, four, "QS", "third-reviewer") as third:
        third.goto(four.url("QS", f"/matters/{matter}"))
        decide(third, "Approve and publish", reasons="Complies.")
        expect(third.locator("body")).to_contain_text("You are a national of the requesting member")
    with desk(browser, four, "QS", "reviewer") as first:
        first.goto(four.url("QS", f"/matters/{matter}"))
        decide(first, "Approve and publish", reasons="Complies.")
        wait_for_text(first, "Published after review")


def decide(page: Page, title: str, **values: str) -> None:
    """A decision of the review, taken without leaving the page."""
    box = page.locator("details.inline", has=page.locator("summary", has_text=title)).first
    box.locator("summary").click()
    for name, value in values.items():
        field = box.locator(f"[name={name}]")
        if field.first.get_attribute("type") == "radio":
            box.locator(f"[name={name}][value={value}]").check()
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    box.get_by_role("button", name=title).click()


def screen(page: Page, four: Exercise, code: str, file: Path) -> None:
    page.goto(four.url(code, "/flights"))
    page.locator("#field-file").set_input_files(str(file))
    page.get_by_role("button", name="Screen", exact=True).click()
    expect(page.locator("body")).to_contain_text("Against:")


def acts_at(four: Exercise, code: str) -> list[tuple[str, ...]]:
    """Everything that was ever recorded at a node from others: acts, receipts and letters of its outbox, in order."""
    engine = create_engine(f"sqlite:///{four.homes[code] / 'comity.sqlite'}")
    with engine.connect() as unit:
        acts = unit.execute(
            text("SELECT digest, recorded FROM act WHERE sender != :own ORDER BY digest"), {"own": code}
        )
        receipts = unit.execute(
            text("SELECT act, member, code, moment, at FROM receipt ORDER BY act, member, code, moment")
        )
        return [*map(tuple, acts), *map(tuple, receipts)]


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_refugees_story(browser: Browser, four: Exercise) -> None:
    files = write_files(four.folder / "files")
    four.start("QM", "QN", "QO", "QS")
    with desk(browser, four, "QM", "duty-officer") as arvenia:
        matter = ask_for_red_notice(arvenia, four, files)
        review(browser, four, matter)
        arvenia.goto(four.url("QM", f"/matters/{matter}"))
        wait_for_text(arvenia, "Published after review")
        with desk(browser, four, "QN", "duty-officer") as belmora:
            belmora.goto(four.url("QN", f"/matters/{matter}"))
            wait_for_text(belmora, "Published after review")
            numbers = [print_page(belmora, place) for place in ("Second line, gate 4", "Ferry terminal, gate 7")]
        arvenia.reload()
        wait_for_text(arvenia, "Recorded at 3 of 3 members.")
        before = acts_at(four, "QM")
        said = arvenia.locator("main").inner_text()

        finding = protect_at_the_border(browser, four, files, matter)
        with desk(browser, four, "QN", "duty-officer") as belmora:
            belmora.goto(four.url("QN", f"/matters/{matter}"))
            take(belmora, "Confirm protection", basis="refugee", evidence="Recognised by the Office, 3 May 2024.")
            expect(belmora.locator("body")).to_contain_text("Published after review")
        with desk(browser, four, "QS", "reviewer") as reviewer:
            reviewer.goto(four.url("QS", f"/matters/{matter}"))
            wait_for_text(reviewer, "Recognised by the Office")
            decide(reviewer, "Cancel", **GROUND)
            wait_for_text(reviewer, "Cancelled by the review")

        gone_from_every_border(browser, four, files, matter)
        call_in(browser, four, matter, numbers)
        arvenia.reload()
        assert arvenia.locator("main").inner_text() == said
        assert acts_at(four, "QM") == before
        assert finding != ""


def protect_at_the_border(browser: Browser, four: Exercise, files: Path, matter: str) -> str:
    """The second line compares, sees the convention document, and protects: nothing leaves."""
    with desk(browser, four, "QN", "second-line") as second:
        screen(second, four, "QN", files / exercise.REFUGEES_FLIGHT)
        hit = second.locator("section.hit", has_text="Found in a matter of Arvenia").first
        expect(hit).to_contain_text("Protect – speak apart")
        hit.get_by_label("Same person", exact=True).check()
        hit.get_by_label("Ground").select_option("document")
        hit.get_by_role("button", name="Record the decision").click()
        second.locator("section.hit", has_text="Found in a matter of Arvenia").first.get_by_role(
            "button", name="Open a finding"
        ).click()
        assert second.locator("#field-about").input_value() == matter
        assert second.locator("#field-document_code").input_value() == "XXB"
        fill(second, found_at="2026-11-22 11:25", where="Belmora City airport, arrivals")
        second.locator("form.step").get_by_role("button", name="Open a finding").click()
        expect(second.locator("body")).to_contain_text("Possible: identity not verified")
        finding = matter_of(second)
        take(second, "Verify the identity", how="document", detail="The second line, under the lamp.")
    with desk(browser, four, "QN", "duty-officer") as duty:
        duty.goto(four.url("QN", f"/matters/{finding}"))
        duty.locator(".next").get_by_role("button", name="Protection and rights gates").click()
        gates = ("refugee", "claim", "convention_document", "minor", "victim")
        fill(duty, **dict.fromkeys(gates, "no"), asked="The second line, in English.")
        duty.locator("form.step").get_by_role("button", name="Protection and rights gates").click()
        expect(duty.locator("#error-summary")).to_contain_text("The travel document says XXB")
        duty.goto(four.url("QN", f"/matters/{finding}"))
        take(duty, "Protect", basis="document", detail="Convention document of Belmora, valid.")
        expect(duty.locator("body")).to_contain_text("Protected: nothing leaves")
    return finding


def print_page(page: Page, place: str) -> str:
    """A numbered print of the matter that is open; returns its number."""
    page.locator("#print-place").fill(place)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Print with a number").click()
    number = saved.value.suggested_filename.removesuffix(".pdf").replace("-", "/")
    page.reload()
    expect(page.locator("section.paper")).to_contain_text(number)
    return number


def call_in(browser: Browser, four: Exercise, matter: str, numbers: list[str]) -> None:
    """Both prints are called in by number; the secretariat hears of each, and of the end."""
    with desk(browser, four, "QN", "duty-officer") as duty, desk(browser, four, "QS", "reviewer") as reviewer:
        reviewer.goto(four.url("QS", f"/matters/{matter}"))
        duty.goto(four.url("QN", f"/matters/{matter}"))
        expect(duty.locator("section.paper")).to_contain_text("2 paper copies not yet returned")
        wait_for_text(reviewer, "Belmora: 2 paper copies not yet returned.")
        for number, done in zip(numbers, ("Returned", "Destroyed"), strict=True):
            duty.goto(four.url("QN", "/prints"))
            line = duty.locator("tr", has_text=number)
            expect(line).to_contain_text("called in, not yet returned")
            line.get_by_role("button", name=done).click()
            expect(duty.locator("tr", has_text=number)).to_contain_text(done.lower())
        wait_for(reviewer, lambda: "gone" in reviewer.locator(".answer", has_text="Belmora").inner_text())
        assert "paper" not in reviewer.locator(".answer", has_text="Belmora").inner_text()


def gone_from_every_border(browser: Browser, four: Exercise, files: Path, matter: str) -> None:
    """At both members the notice is hidden, and the next flight finds nothing in it."""
    for code in ("QN", "QO"):
        with desk(browser, four, code, "duty-officer") as duty:
            duty.goto(four.url(code, f"/matters/{matter}"))
            wait_for_text(duty, "Cancelled by the review")
            assert "Varnholt" not in duty.locator("main").inner_text()
        with desk(browser, four, code, "second-line") as second:
            screen(second, four, code, files / exercise.REFUGEES_FLIGHT)
            assert second.locator("section.hit", has_text="Found in a matter of Arvenia").count() == 0
