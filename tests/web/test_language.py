"""The reader's language, and the style sheet that turns round with it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from tests.federation import federation
from tests.web.desks import seat, send_diffusion, visitor

from comity.model.packaged import packaged_bytes, packaged_text
from comity.web.catalogue import gather, register_texts
from comity.web.language import choose, languages

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED = [code for code in languages() if code != "en"]


def catalogue(path: str, code: str | None = None) -> Catalog:
    return read_po(io.BytesIO(packaged_bytes("comity.web", f"locale/{path}")), code)


def test_the_template_of_texts_is_up_to_date() -> None:
    gathered = {_id(m.id) for m in gather(ROOT / "src/comity", ROOT / "babel.cfg") if m.id}
    kept = {_id(m.id) for m in catalogue("messages.pot") if m.id}
    assert gathered == kept, "run: python -m comity.web.catalogue"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated_and_keeps_its_places_for_values(code: str) -> None:
    found = catalogue(f"{code}/LC_MESSAGES/messages.po", code)
    wanted = {_id(m.id) for m in catalogue("messages.pot") if m.id}
    assert wanted == {_id(m.id) for m in found if m.id}
    for message in found:
        if not message.id:
            continue
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        places = set(re.findall(r"%\(\w+\)[sd]", _id(message.id)))
        for text in given:
            assert text != "", message.id
            assert set(re.findall(r"%\(\w+\)[sd]", text)) == places, message.id


def _id(found: object) -> str:
    return found[0] if isinstance(found, tuple) else str(found)


def test_a_page_speaks_the_language_of_the_browser_or_of_the_choice(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        desk = seat(world, "QM")
        matter = send_diffusion(desk)
        page = desk.get("/", headers={"accept-language": "fr-CH, en;q=0.8"}).text
        assert '<html lang="fr" dir="ltr">' in page
        assert "Pas encore examinée" in page
        assert "Envoyer une diffusion" in page
        desk.post("/language", {"code": "fr", "back": "/"}, form="/")
        page = desk.get(f"/matters/{matter}").text
        assert "Officier de permanence" in page
        assert "accusée, non condamnée" in page
        assert "Enregistré chez" in page
        english = [t for t in set(register_texts()) if len(t) > 25 and f">{t}<" in page]
        assert english == []


def test_the_way_back_from_the_choice_of_language_is_our_own(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        desk = visitor(world, "QM")
        for back in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
            answer = desk.post("/language", {"code": "fr", "back": back}, form="/sign-in", follow_redirects=False)
            assert answer.headers["location"] == "/"


def test_an_unknown_or_odd_language_header_gets_the_source_language() -> None:
    for header in ("", "xx", ";;;q=", "fr;q=0", "*", "q=1,,;", "en-GB,fr;q=0.5"):
        assert choose("", header).code == "en"
    assert choose("", "xx, fr;q=0.3").code == "fr"
    assert choose("fr", "en").code == "fr"


def test_our_style_sheet_knows_no_left_and_no_right() -> None:
    style = re.sub(r"/\*.*?\*/", "", packaged_text("comity.web", "static/comity.css"), flags=re.DOTALL)
    physical = (
        r"(?:^|[;{\s])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height)\s*:"
    )
    assert re.findall(physical, style) == []
    assert re.findall(r"(?:text-align|float)\s*:\s*(?:left|right)", style) == []
    assert "url(" not in style
