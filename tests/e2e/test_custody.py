"""A fugitive's story: located, prints compared, the owner told, custody with its hours, papers, surrender."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.harness import Exercise, desk, fill, four_nodes, matter_of, take, wait_for_text
from tests.e2e.test_protection import ask_for_red_notice, decide, review, screen

from comity.cli.demo import write_files
from comity.node import exercise

GATES = dict.fromkeys(("refugee", "claim", "convention_document", "minor", "victim"), "no")


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Exercise]:
    with four_nodes(tmp_path) as made:
        yield made


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_fugitives_story(browser: Browser, four: Exercise) -> None:
    files = write_files(four.folder / "files")
    four.start("QM", "QN", "QO", "QS")
    with (
        desk(browser, four, "QM", "duty-officer") as arvenia,
        desk(browser, four, "QN", "duty-officer") as belmora,
        desk(browser, four, "QO", "duty-officer") as cordia,
    ):
        notice = ask_for_red_notice(arvenia, four, files)
        review(browser, four, notice)
        belmora.goto(four.url("QN", f"/matters/{notice}"))
        wait_for_text(belmora, "Published after review")
        finding = found_at_the_border(browser, four, files)

        belmora.goto(four.url("QN", f"/matters/{finding}"))
        take(belmora, "Verify the identity", how="fingerprints", detail="Ten prints against the notice, two examiners.")
        take(belmora, "Protection and rights gates", **GATES, asked="The second line, in English: no fear of return.")
        take(belmora, "Rights explained", by="Inspector Hald", language="English", consulate="no")
        told = {
            "about": notice,
            "located": "Belmora City airport, 11:25",
            "identity": "fingerprints",
            "measure": "arrested",
        }
        belmora.locator(".next").get_by_role("button", name="Tell the owner of the notice").click()
        belmora.locator("#to-QM").check()
        fill(belmora, **told)
        belmora.locator("form.step").get_by_role("button", name="Tell the owner of the notice").click()
        expect(belmora.locator("body")).to_contain_text("The owner of the notice was told")
        take(
            belmora, "Provisionally arrested", at="2026-11-22 11:40", place="Belmora City", law="Act on extradition 11"
        )

        arvenia.goto(four.url("QM", f"/matters/{finding}"))
        wait_for_text(arvenia, "Held: provisionally arrested")
        for page, code in ((arvenia, "QM"), (belmora, "QN")):
            page.goto(four.url(code))
            dates = page.locator(".group--dates")
            expect(dates).to_contain_text("A judge may release from 10 December 2026 11:40 if papers have not come.")
            expect(dates).to_contain_text("In no event held after 1 January 2027 11:40 if papers have not come.")

        arvenia.goto(four.url("QM", f"/matters/{finding}"))
        take(arvenia, "Acknowledge")
        take(arvenia, "Extradition will be sought", text="The ministry sends the papers this week.")
        take(arvenia, "Papers sent", on="2026-11-25", reference="Note 12, by courier")
        belmora.goto(four.url("QN", f"/matters/{finding}"))
        wait_for_text(belmora, "Papers sent")
        take(belmora, "Papers received", on="2026-11-27", reference="Note 12")
        take(belmora, "Extradition granted", on="2026-12-08", by="Court of Appeal")
        take(belmora, "Surrendered", at="2026-12-15 10:00", place="Airport of Belmora City")
        arvenia.goto(four.url("QM", f"/matters/{finding}"))
        wait_for_text(arvenia, "Surrendered")

        cordia.goto(four.url("QO", f"/matters/{notice}"))
        wait_for_text(cordia, "Published after review")
        take(cordia, "Extradition was refused", ground="judicial", on="2026-12-01")
        for page, code in ((arvenia, "QM"), (belmora, "QN")):
            page.goto(four.url(code, f"/matters/{notice}"))
            wait_for_text(page, "under review again after extradition was refused")
        with desk(browser, four, "QS", "second-reviewer") as second:
            second.goto(four.url("QS", f"/matters/{notice}"))
            wait_for_text(second, "under review again")
            decide(second, "Examine again", proposal="approve", article="complies", reasons="Read with the refusal.")
            wait_for_text(second, "Read with the refusal.")
        with desk(browser, four, "QS", "reviewer") as reviewer:
            reviewer.goto(four.url("QS", f"/matters/{notice}"))
            wait_for_text(reviewer, "under review again")
            decide(reviewer, "Confirm after review", reasons="The refusal rests on a bar that is Cordia's alone.")
            wait_for_text(reviewer, "Published after review")


def found_at_the_border(browser: Browser, four: Exercise, files: Path) -> str:
    """The second line's possible hit, decided and opened as a finding."""
    with desk(browser, four, "QN", "second-line") as second:
        screen(second, four, "QN", files / exercise.FLIGHT_FILE)
        hits = second.locator("section.hit", has_text="Found in a matter of Arvenia")
        hits.first.get_by_label("Same person", exact=True).check()
        hits.first.get_by_label("Ground").select_option("document")
        hits.first.get_by_role("button", name="Record the decision").click()
        hits.first.get_by_role("button", name="Open a finding").click()
        fill(second, found_at="2026-11-22 11:25", where="Belmora City airport, arrivals")
        second.locator("form.step").get_by_role("button", name="Open a finding").click()
        expect(second.locator("body")).to_contain_text("Possible: identity not verified")
        return matter_of(second)
