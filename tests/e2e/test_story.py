"""The story of the main job in a real browser, against four node processes by the product's own commands.

One of them is killed and started again in the middle; one is off until the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.harness import PATIENCE, Exercise, desk, four_nodes, wait_for

from comity.cli.demo import write_files
from comity.node import exercise

CANARIES = ("Varnholt", "Ilka Jorun", "QM4471902", "vessel registrations")


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Exercise]:
    with four_nodes(tmp_path) as made:
        yield made


def fill_diffusion(page: Page, files: Path) -> None:
    form = exercise.diffusion()
    for member in ("QN", "QO"):
        page.locator(f"#to-{member}").check()
    page.locator("#aim-wanted").check()
    page.locator("#gender-female").check()
    page.locator("#standing-accused").check()
    for name in (
        "valid_until",
        "last_name",
        "first_name",
        "name",
        "birth_date",
        "facts",
        "offence",
        "penalty_months",
        "warrant",
    ):
        page.locator(f"#field-{name}").fill(str(form[name]))
    page.locator("#field-nationality").fill("QM")
    page.locator("#field-passport").fill("QM4471902")
    page.locator("#field-portrait").set_input_files(str(files / "portrait.png"))


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_the_main_job(browser: Browser, four: Exercise) -> None:
    files = write_files(four.folder / "files")
    four.start("QM", "QN", "QS")
    with (
        desk(browser, four, "QM", "duty-officer") as arvenia,
        desk(browser, four, "QN", "duty-officer") as belmora,
        desk(browser, four, "QN", "second-line") as second,
    ):
        _send(arvenia, files)
        matter = arvenia.url.rpartition("/")[2].partition("?")[0]
        row = belmora.locator(f"#m-{matter}")
        expect(row).to_be_visible(timeout=PATIENCE)
        expect(belmora.locator("body")).to_contain_text("Not yet reviewed")

        belmora.goto(four.url("QN", f"/matters/{matter}"))
        expect(belmora.locator("img[src^='/attachments/']")).to_be_visible()
        belmora.get_by_role("button", name="Acknowledge").click()
        belmora.get_by_role("button", name="Take up for border screening").click()
        belmora.locator("#field-reason").fill("Warrant seen; ferry traffic with Arvenia today.")
        belmora.locator("#field-until").fill("2031-01-10")
        belmora.get_by_role("button", name="Take up for border screening").click()
        expect(belmora.get_by_role("heading", name="Taken up")).to_be_visible()

        four.kill("QN")
        four.start("QN")

        _screen_and_decide(second, four, files)
        before = _story_of(arvenia, four, matter)
        assert "Same person" not in before
        assert "BV417" not in before

        _withdraw(arvenia, four, matter)
        expect(arvenia.locator(".answers")).to_contain_text("Belmora", timeout=PATIENCE)
        expect(arvenia.locator(".answer", has_text="Belmora")).to_contain_text("gone", timeout=PATIENCE)
        expect(arvenia.locator(".answer", has_text="Cordia")).to_contain_text("nreachable", timeout=PATIENCE)

        for page, code in ((arvenia, "QM"), (belmora, "QN")):
            for path in ("/", f"/matters/{matter}"):
                page.goto(four.url(code, path))
                text = page.locator("body").inner_text()
                assert [word for word in CANARIES if word in text] == []
        second.reload()
        assert [word for word in CANARIES[1:] if word in second.locator("main").inner_text()] == []

        proof = _save_proof(belmora, four, matter)
        _verify_elsewhere(proof, four.folder / "anchor.json")

        four.start("QO")
        arvenia.goto(four.url("QM", f"/matters/{matter}"))
        wait_for(arvenia, lambda: "nreachable" not in arvenia.locator(".answer", has_text="Cordia").inner_text())
    with desk(browser, four, "QO", "duty-officer") as cordia:
        cordia.goto(four.url("QO", f"/matters/{matter}"))
        wait_for(cordia, lambda: "Withdrawn by the sender" in cordia.locator("body").inner_text())
        text = cordia.locator("body").inner_text()
        assert [word for word in CANARIES if word in text] == []
    for home in four.homes.values():
        assert [word for word in CANARIES if _in_any_file(home, word)] == []


def _send(arvenia: Page, files: Path) -> None:
    arvenia.get_by_role("button", name="Send a diffusion").click()
    arvenia.get_by_role("button", name="Send a diffusion").click()
    expect(arvenia.locator("#error-summary")).to_be_visible()
    assert arvenia.locator("#error-summary li").count() >= 6
    fill_diffusion(arvenia, files)
    arvenia.get_by_role("button", name="Send a diffusion").click()
    expect(arvenia.get_by_role("heading", name="Who has it, and what they answered")).to_be_visible()


def _screen_and_decide(second: Page, four: Exercise, files: Path) -> None:
    second.goto(four.url("QN", "/flights"))
    second.locator("#field-file").set_input_files(str(files / exercise.FLIGHT_FILE))
    second.get_by_role("button", name="Screen", exact=True).click()
    hits = second.locator("section.hit")
    expect(hits.first).to_be_visible()
    expect(second.locator("body")).to_contain_text("Refer – second line")
    wanted = hits.filter(has_text="Found in a matter of Arvenia").first
    expect(wanted).to_contain_text("agree")
    wanted.get_by_label("Same person", exact=True).check()
    wanted.get_by_label("Ground").select_option("document")
    wanted.get_by_role("button", name="Record the decision").click()
    expect(second.locator(".hit--decided").first).to_contain_text("Same person")


def _withdraw(arvenia: Page, four: Exercise, matter: str) -> None:
    arvenia.goto(four.url("QM", f"/matters/{matter}"))
    arvenia.get_by_role("button", name="Withdraw").click()
    arvenia.locator("#ground-purpose_met").check()
    arvenia.get_by_role("button", name="Withdraw").click()
    expect(arvenia.locator("body")).to_contain_text("Withdrawn by the sender")
    wait_for(arvenia, lambda: "gone" in arvenia.locator(".answer", has_text="Belmora").inner_text())


def _story_of(page: Page, four: Exercise, matter: str) -> str:
    page.goto(four.url("QM", f"/matters/{matter}"))
    return page.locator("body").inner_text()


def _save_proof(belmora: Page, four: Exercise, matter: str) -> Path:
    belmora.goto(four.url("QN", f"/matters/{matter}"))
    belmora.locator(".act", has_text="Send a diffusion").get_by_role("link", name="Proof").click()
    expect(belmora.locator("body")).to_contain_text("Certificate of erasure")
    with belmora.expect_download() as saved:
        belmora.get_by_role("button", name="Save the proof").click()
    target = four.folder / "proof.json"
    saved.value.save_as(target)
    return target


def _verify_elsewhere(proof: Path, anchor: Path) -> None:
    """As on another machine: no home, no node, nothing but the two files."""
    command = [sys.executable, "-m", "comity.cli", "ledger", "verify", str(proof), "--anchor", str(anchor)]
    environment = {**os.environ, "HOME": str(proof.parent / "nobody"), "COMITY_HOME": str(proof.parent / "nothing")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "Belmora declares" in done.stdout
    forged = json.loads(proof.read_text())
    forged["entries"] = forged["entries"][:1] + forged["entries"][:1]
    proof.with_name("forged.json").write_text(json.dumps(forged, separators=(",", ":")))
    command[command.index(str(proof))] = str(proof.with_name("forged.json"))
    again = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert "Certificate" not in again.stdout


def _in_any_file(home: Path, word: str) -> bool:
    files = [path for path in home.rglob("*") if path.is_file() and "lists" not in path.parts]
    return any(word.encode() in path.read_bytes() for path in files)
