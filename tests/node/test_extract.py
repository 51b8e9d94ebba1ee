"""A notice's public extract: with consent, of what is published, in the public shape, and called in by a recall."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.documents.test_letters import pages_of
from tests.federation import Federation, federation, officer
from tests.node.test_notice import publish, reviewer, take

from comity.errors import InputRefused, OwnFault, RuleRefused
from comity.node.action import Order, take_step
from comity.node.extract import make_extract, may_make
from comity.node.letters import Made, Wanted, make_letter, paper_of
from comity.procedures.form import File
from comity.procedures.notice.table import V1 as NOTICE

SECRET = ("41 kg of cocaine", "XK4471902", "PA-2025-1187", "Penal Code", "grey eyes", "District Court")


def portrait() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((300, 400), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def published(world: Federation, extract: str = "yes", **changes: Any) -> str:
    data = {**NOTICE.example["request.submit_red"], "marks": "Scar on the chin", "extract": extract, **changes}
    files = {"portrait": (File("portrait.jpg", portrait()),)}
    order = Order("notice", "submit_red", "request", data=data, files=files)
    matter = take_step(world.nodes["QM"], officer("QM"), order, world.now).matter
    world.settle()
    publish(world, matter)
    world.settle()
    return matter


def extract(world: Federation, matter: str, who: Any = None, form: str = "json", language: str = "en") -> Made:
    who = who or officer("QM")
    node = world.nodes[who.agency.partition(".")[0]]
    return make_extract(node, who, matter, Wanted("public", "", language, form, "Website of the police"), world.now)


@pytest.mark.rule("N-05")
def test_an_extract_holds_the_public_shape_and_nothing_of_the_case(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = published(world)
        for who in (officer("QM"), reviewer(1)):
            made = json.loads(extract(world, matter, who).data)
            assert {name: made[name] for name in ("name", "forename", "date_of_birth", "sex_id", "nationalities")} == {
                "name": "Varnholt",
                "forename": "Ilka Jorun",
                "date_of_birth": "1984/07/23",
                "sex_id": "F",
                "nationalities": ["QM"],
            }
            assert made["arrest_warrants"] == [
                {
                    "charge": "Trafficking in narcotic drugs as a member of a group",
                    "issuing_country_id": "QM",
                    "charge_translation": None,
                }
            ]
            assert made["distinguishing_marks"] == "Scar on the chin"
            assert base64.b64decode(made["images"][0]["data"]).startswith(b"\xff\xd8\xff")
            assert [word for word in SECRET if word in json.dumps({**made, "images": []})] == []


def test_the_printed_extract_is_in_its_language_and_shows_the_portrait(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = published(world)
        made = extract(world, matter, form="pdf", language="fr")
        text = "\n".join(pages_of(made.data))
        for words in (
            "Extrait public",
            "Varnholt",
            "Signes particuliers",
            "présumée innocente",
            "TLP:CLEAR",
            made.number,
        ):
            assert words in text
        assert [word for word in SECRET if word in text] == []
        assert b"/Subtype /Image" in made.data or b"/Subtype/Image" in made.data


def test_without_consent_before_publication_and_for_others_there_is_no_extract(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = published(world, extract="no")
        assert not may_make(world.nodes["QM"], officer("QM"), matter, world.now)
        with pytest.raises(RuleRefused) as refused:
            extract(world, matter)
        assert refused.value.rule == "N-05"
        other = published(world, last_name="Tessaro")
        for who in (officer("QN"), officer("QM", "supervisor"), officer("QM", agency="customs")):
            with pytest.raises(RuleRefused):
                extract(world, other, who)
        wanted = Wanted("public", "", "xx", "docx", " ")
        with pytest.raises(InputRefused) as wrong:
            make_extract(world.nodes["QM"], officer("QM"), other, wanted, world.now)
        assert {d.field for d in wrong.value.defects} == {"language", "form", "place"}
        take(world, "QM", other, "notice.suspend", why="A doubt.", until="2027-01-10")
        assert not may_make(world.nodes["QM"], officer("QM"), other, world.now)


def test_a_number_whose_extract_could_not_be_laid_out_stands_for_no_paper(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = published(world, marks="".join(map(chr, range(0x12000, 0x12000 + 300))))
        with pytest.raises(OwnFault):
            extract(world, matter, form="pdf")
        (line,) = paper_of(world.nodes["QM"], officer("QM"), matter, world.now).prints
        assert line.copy.state == "void"


def test_a_recall_asks_for_what_was_made_public(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = published(world)
        extract(world, matter)
        take(world, "QM", matter, "notice.withdraw", ground="error")
        world.settle(20)
        assert paper_of(world.nodes["QM"], officer("QM"), matter, world.now).called == 1
        with pytest.raises(RuleRefused):
            extract(world, matter)


def test_letters_show_pictures_and_name_other_files(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = published(world)
        for form, sign in (("pdf", b"Image"), ("docx", b"word/media/")):
            wanted = Wanted("extract", "", "en", form, "Second line, gate 4")
            made = make_letter(world.nodes["QN"], officer("QN"), matter, wanted, world.now)
            assert sign in made.data
            if form == "pdf":
                assert "The warrant was issued by" in "\n".join(pages_of(made.data))
