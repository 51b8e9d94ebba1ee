"""Paper at the desk: correspondents, letters as files, the register of prints, mail that came in, records kept."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from playwright.sync_api import Browser
from tests.documents.test_letters import pages_of
from tests.federation import federation
from tests.node.test_hooks import hook
from tests.node.test_notice import ask, reviewer, take
from tests.web.desks import Desk, invent, seat, send_diffusion, served

OFFICE = {
    "name": "Office of Ostrava",
    "channel": "I-24/7",
    "address": "1 Harbour Square\r\nOstrava",
    "mail": "office@ostrava.example",
    "phone": "+99 1",
    "languages": "fr,en",
}


def letter(desk: Desk, matter: str, **values: str) -> tuple[str, bytes]:
    """(file name, file) of a letter made on the matter's page."""
    made = desk.post(f"/matters/{matter}/letters", {"place": "", "about": "", **values}, form=f"/matters/{matter}")
    return made.headers["content-disposition"].partition('"')[2].strip('"'), made.content


def test_a_correspondent_is_added_addressed_written_to_and_answers(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        desk = seat(world, "QM")
        assert "Neither an address" in desk.post("/correspondents", {"name": "Office", "languages": "en"}).text
        assert "Office of Ostrava" in desk.post("/correspondents", OFFICE).text
        assert 'value="X1"' in desk.get("/matters/new/message/ask.ask").text
        matter = send_diffusion(desk, to=["QN", "X1"])
        page = desk.get(f"/matters/{matter}").text
        assert "us: letter to Office of Ostrava" in page
        assert "the letter is not sent yet" in page
        for form, start in (("pdf", b"%PDF"), ("docx", b"PK"), ("eml", b"Subject:")):
            name, data = letter(desk, matter, kind="message", about="paper/X1", language="fr", form=form)
            assert name.endswith(f".{form}")
            assert data.startswith(start)
        form_page = desk.get(f"/matters/{matter}/steps/paper.sent").text
        assert 'value="X1" checked' in form_page
        assert 'value="QN"' not in form_page
        sent = {"party": "X1", "at": "2026-11-22 09:30", "channel": "mail", "number": "COM/QM/2026/000001"}
        assert "no answer yet" in desk.post(f"/matters/{matter}/steps/paper.sent", sent).text
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["Subject"] = "office@ostrava.example", "Re: COM/QM/2026/000001"
        mail.set_content("Seen in the harbour on Monday.")
        got = desk.post("/mail", {"text": "", "sender": ""}, files={"file": ("a.eml", mail.as_bytes())})
        assert "Attached to its matter" in got.text
        assert "Seen in the harbour on Monday." in desk.get(f"/matters/{matter}").text


def test_a_letter_that_is_not_due_or_in_no_language_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        desk = seat(world, "QM")
        matter = send_diffusion(desk)
        for values in (
            {"kind": "recall", "about": "paper/X1", "language": "en", "form": "pdf"},
            {"kind": "extract", "place": "x", "language": "xx", "form": "exe"},
        ):
            made = desk.post(f"/matters/{matter}/letters", {"about": "", **values}, form=f"/matters/{matter}")
            assert made.status_code in (403, 409, 422), made.status_code


def test_prints_are_called_in_and_settled_at_the_desk(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        ours, theirs = seat(world, "QM"), seat(world, "QN")
        matter = send_diffusion(ours)
        world.settle()
        name, data = letter(theirs, matter, kind="extract", place="Gate 4", language="en", form="pdf")
        assert name == "COM-QN-2026-000001.pdf"
        assert data.startswith(b"%PDF")
        assert "with its holder" in theirs.get("/prints").text
        ours.post(f"/matters/{matter}/steps/owner.withdraw", {"ground": "error"})
        world.settle(20)
        assert "1 paper copy not yet returned" in theirs.get(f"/matters/{matter}").text
        assert "Belmora: 1 paper copy not yet returned." in ours.get(f"/matters/{matter}").text
        assert "called in, not yet returned" in theirs.get("/prints").text
        theirs.post("/prints", {"number": "COM/QN/2026/000001", "state": "destroyed"})
        world.settle()
        assert "paper copy" not in ours.get(f"/matters/{matter}").text


def test_a_record_of_our_own_is_made_at_the_desk(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        ours, theirs = seat(world, "QM"), seat(world, "QN")
        matter = send_diffusion(ours)
        world.settle()
        assert "Before it is recalled" not in ours.get(f"/matters/{matter}").text
        path = f"/matters/{matter}/keep/keep"
        assert "is missing" in theirs.post(path, {"basis": "", "file": "", "why": ""}).text
        made = theirs.post(path, {"basis": "Code s. 147", "file": "4 Ls 1/26", "why": "An exhibit."})
        assert "Kept as our own record" in made.text


def test_the_reviewer_finds_the_letter_beside_the_decision(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        act = take(world, "QS", matter, "review.return", reviewer(1), question="The warrant's date is missing.")
        desk = seat(world, "QS", "reviewer")
        assert "Letter of return: Arvenia" in desk.get(f"/matters/{matter}").text
        name, data = letter(desk, matter, kind="return", about=act, language="ar", form="pdf")
        assert name == "COM-QS-2026-000001.pdf"
        assert "إعادة طلب غير مكتمل" in "".join(pages_of(data))


def test_the_desk_says_that_a_national_system_has_not_answered(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        hook(world, 1)
        ours, theirs = seat(world, "QM"), seat(world, "QN")
        matter = send_diffusion(ours)
        world.settle()
        assert "national system" not in theirs.get("/").text
        ours.post(f"/matters/{matter}/steps/owner.withdraw", {"ground": "error"})
        world.settle(20)
        assert "National systems have not answered 1 recall yet." in theirs.get("/").text
        assert "The national system border has not answered yet." in theirs.get(f"/matters/{matter}").text
        assert "erasure under way" in ours.get(f"/matters/{matter}").text


def test_the_pages_of_paper_fit_the_desk(tmp_path: Path, browser: Browser) -> None:
    with federation(tmp_path) as world:
        desk = seat(world, "QM")
        desk.post("/correspondents", OFFICE)
        matter = send_diffusion(desk, to=["QN", "X1"])
        letter(desk, matter, kind="message", about="paper/X1", language="fr", form="pdf")
        desk.post("/mail", {"text": "An answer without a number.", "sender": "x@y.example"})
        invent(world, "QM")
        with served(world, "QM") as url:
            page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
            page.goto(f"{url}/sign-in")
            page.get_by_role("button", name="duty-officer.bureau").click()
            for path in (f"/matters/{matter}", "/prints", "/correspondents", "/mail"):
                page.goto(f"{url}{path}")
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide <= 0, path
            page.context.close()
