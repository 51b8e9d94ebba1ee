"""The pages that officers work with, read as a browser without a script reads them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select
from tests.federation import Federation, federation
from tests.web.desks import CANARIES, SEND, Desk, seat, send_diffusion

from comity.ledger.leaf import read_leaf
from comity.policy.laws import Laws
from comity.policy.profile import read_pack
from comity.storage import log, schema

ADULT = b"""format: comity-pack-1
pack: adult
title: Majority, for a test
values:
  age.majority: {value: 18, source: a test, mark: G}
"""
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        yield made


def picture() -> bytes:
    """A small portrait."""
    out = io.BytesIO()
    Image.new("RGB", (120, 160), (90, 110, 130)).save(out, "PNG")
    return out.getvalue()


def pages_of(desk: Desk) -> dict[str, str]:
    """Every page that can be reached from the desk by links, as text by path.

    A form filled in with its table's example is left out: the example is the very person that these tests send.
    """
    found: dict[str, str] = {}
    todo = ["/", "/flights", "/members", "/ledger"]
    while todo and len(found) < 60:
        path = todo.pop()
        if path in found:
            continue
        answer = desk.get(path)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        found[path] = answer.text
        links = re.findall(r'(?:href|src)="(/[^"#]*)"', answer.text)
        todo += [link for link in links if not link.startswith("/static/") and not link.endswith("?example=1")]
    return found


def disclosures(world: Federation, member: str) -> list[str]:
    """Who was shown what: actors of the second log."""
    with world.nodes[member].store.read() as unit:
        return [read_leaf(raw).actor for _, raw in log.entries(unit, log.DISCLOSURE)]


def test_form_shows_every_finding_at_once_keeps_values_and_links_each_field(world: Federation) -> None:
    desk = seat(world, "QM")
    bad = {**SEND, "to": ["QM"], "warrant": "", "offence": "", "valid_until": "2020-01-01", "facts": "<b>typed</b>"}
    answer = desk.post("/matters/new/diffusion/owner.send", bad)
    assert answer.status_code == 422
    for field in ("to", "warrant", "offence", "valid_until"):
        assert f'href="#field-{field}"' in answer.text
        assert f'id="field-{field}"' in answer.text
    assert "&lt;b&gt;typed&lt;/b&gt;" in answer.text
    assert "<b>typed" not in answer.text
    assert 'value="Varnholt"' in answer.text
    assert world.nodes["QM"].keys.all() == set()


def test_a_flag_is_confirmed_and_then_lets_the_form_pass(world: Federation) -> None:
    desk = seat(world, "QM")
    node = world.nodes["QM"]
    node.laws = Laws({"QM": (replace(node.laws.versions["QM"][0], packs=(read_pack(ADULT, file="adult"),)),)})
    young = {**SEND, "birth_date": "2012-01-01"}
    refused = desk.post("/matters/new/diffusion/owner.send", young)
    assert refused.status_code == 422
    assert 'name="confirm"' in refused.text
    assert "assess first as a victim" in refused.text
    passed = desk.post("/matters/new/diffusion/owner.send", {**young, "confirm": "P-2"})
    assert passed.status_code == 200


def test_the_same_form_sent_twice_records_once_and_its_key_answers(world: Federation) -> None:
    desk = seat(world, "QM")
    page = desk.get("/matters/new/diffusion/owner.send").text
    hidden = dict(re.findall(r'name="(csrf|key)" value="([^"]+)"', page))
    asked = lambda: desk.get(f"/submissions/{hidden['key']}", headers={"accept": "application/json"}).json()  # noqa: E731
    assert asked()["state"] == "not_recorded"
    urls = {str(desk.client.post("/matters/new/diffusion/owner.send", data={**SEND, **hidden}).url) for _ in range(2)}
    assert len(urls) == 1
    assert asked() == {"state": "recorded", "where": "/matters/" + urls.pop().rpartition("/")[2]}
    other = seat(world, "QM", "duty_officer", "federal")
    assert other.get(f"/submissions/{hidden['key']}", headers={"accept": "application/json"}).json()["where"] == ""


def test_a_diffusion_reaches_the_other_desk_as_new_and_not_yet_reviewed(world: Federation) -> None:
    there = seat(world, "QN")
    version = re.search(r"version=([^\"]+)\"", there.get("/").text)
    assert version is not None
    assert there.get(f"/live?version={version[1]}").status_code == 204
    matter = send_diffusion(seat(world, "QM"))
    world.settle()
    fresh = there.get(f"/live?version={version[1]}")
    assert fresh.status_code == 200
    assert "New on this desk" in fresh.text
    assert "Not yet reviewed" in fresh.text
    assert "Ilka Jorun Varnholt" in fresh.text
    there.get(f"/matters/{matter}")
    assert "New on this desk" not in there.get("/").text


def test_the_story_names_who_did_what_and_offers_the_next_steps(world: Federation) -> None:
    matter = send_diffusion(seat(world, "QM"), files={"portrait": ("p.png", picture(), "image/png")})
    world.settle()
    there = seat(world, "QN")
    page = there.get(f"/matters/{matter}").text
    assert "Duty officer, Arvenia National Bureau" in page
    assert "accused, not convicted" in page
    assert ">Acknowledge</button>" in page
    assert "Withdraw" not in page
    assert "Addressees" not in page
    there.post(f"/matters/{matter}/steps/reply.acknowledge", {}, form=f"/matters/{matter}")
    page = there.get(f"/matters/{matter}").text
    assert "Take up for border screening" in page
    world.settle()
    assert "recorded" in seat(world, "QM").get(f"/matters/{matter}").text
    image = re.search(r'src="(/attachments/[0-9a-f]{64})"', page)
    assert image is not None
    assert there.get(image[1]).headers["content-type"] == "image/jpeg"


def test_an_agency_that_is_not_in_the_matter_neither_sees_nor_guesses_it(world: Federation) -> None:
    matter = send_diffusion(seat(world, "QM"), files={"portrait": ("p.png", picture(), "image/png")})
    bureau, federal = seat(world, "QM"), seat(world, "QM", "duty_officer", "federal")
    image = re.search(r'src="(/attachments/[0-9a-f]{64})"', bureau.get(f"/matters/{matter}").text)
    assert image is not None
    with world.nodes["QM"].store.read() as unit:
        act = unit.execute(select(schema.act.c.digest).where(schema.act.c.matter == matter)).scalars().first()
    absent = federal.get("/matters/" + "0" * 32)
    hidden = federal.get(f"/matters/{matter}")
    assert absent.status_code == hidden.status_code == 404
    assert re.sub(r'value="[^"]*"', "", absent.text) == re.sub(r'value="[^"]*"', "", hidden.text)
    for path in (image[1], f"/proof/{act}", f"/matters/{matter}/steps/owner.withdraw", f"/flights/{matter}"):
        assert federal.get(path).status_code == 404, path
    for path, text in pages_of(federal).items():
        assert not any(word in text for word in CANARIES), path


def test_an_administrator_runs_the_node_and_sees_no_content(world: Federation) -> None:
    matter = send_diffusion(seat(world, "QM"))
    admin = seat(world, "QM", "administrator")
    assert admin.get(f"/matters/{matter}").status_code == 404
    assert admin.get("/ledger").status_code == 200
    for path, text in pages_of(admin).items():
        assert not any(word in text for word in CANARIES), path


def test_a_part_given_for_other_purposes_is_withheld_with_reason_and_lawful_way(world: Federation) -> None:
    matter = send_diffusion(seat(world, "QM"))
    world.settle()
    there = seat(world, "QN")
    there.post(f"/matters/{matter}/steps/reply.acknowledge", {}, form=f"/matters/{matter}")
    take_up = {"reason": "Secret reason of the bureau", "until": "2027-01-01"}
    assert there.post(f"/matters/{matter}/steps/reply.take_up", take_up).status_code == 200
    world.settle()
    assert "Secret reason" in seat(world, "QM").get(f"/matters/{matter}").text
    page = seat(world, "QM", "second_line").get(f"/matters/{matter}").text
    assert "Ilka Jorun Varnholt" in page
    assert "Secret reason" not in page
    assert "Withheld: The author gave this part for other purposes than border check." in page
    assert "Ask Belmora&#39;s bureau for consent." in page


def test_every_reading_of_content_leaves_a_disclosure(world: Federation) -> None:
    matter = send_diffusion(seat(world, "QM"))
    world.settle()
    assert disclosures(world, "QN") == []
    there = seat(world, "QN")  # signing in leads to the desk, which shows a name
    seen = len(disclosures(world, "QN"))
    assert seen == 1
    there.get("/")
    there.get("/live?version=old")
    assert len(disclosures(world, "QN")) == seen
    there.get(f"/matters/{matter}")
    assert len(disclosures(world, "QN")) == seen + 1
    assert all(actor.startswith("QN.bureau:") for actor in disclosures(world, "QN"))


def test_after_a_withdrawal_no_page_shows_any_of_its_content_and_members_answer_by_name(world: Federation) -> None:
    here = seat(world, "QM")
    matter = send_diffusion(here, files={"portrait": ("p.png", picture(), "image/png")})
    world.settle()
    there = seat(world, "QN")
    image = re.search(r'src="(/attachments/[0-9a-f]{64})"', there.get(f"/matters/{matter}").text)
    assert image is not None
    world.network.take_down("http://cordia.localhost:8470")
    world.turn(60)
    here.post(f"/matters/{matter}/steps/owner.withdraw", {"ground": "error"})
    assert f"/matters/{matter}" in pages_of(here)
    for path, text in pages_of(here).items():  # hidden from the very commit, before any worker ran
        assert not any(word in text for word in CANARIES), path
    world.settle()
    for desk in (here, there, seat(world, "QS", "reviewer")):
        for path, text in pages_of(desk).items():
            assert not any(word in text for word in CANARIES), path
    assert there.get(image[1]).status_code in (403, 404)
    page = here.get(f"/matters/{matter}").text
    assert "Erased at 2 of 3 members." in page
    assert re.search(r"Cordia unreachable since \S+", page) is not None
    assert re.search(r"erased — hidden [\d:]{8}, keyless [\d:]{8}, gone [\d:]{8}", page) is not None
    assert "Recalled" in there.get("/").text


def test_a_member_that_was_away_never_held_the_content_and_the_page_says_so(world: Federation) -> None:
    world.network.take_down("http://cordia.localhost:8470")
    here = seat(world, "QM")
    matter = send_diffusion(here)
    world.settle()
    here.post(f"/matters/{matter}/steps/owner.withdraw", {"ground": "error"})
    world.settle()
    world.crash("QO")
    world.open("QO")
    world.settle(30)
    page = here.get(f"/matters/{matter}").text
    assert "Erased at 2 of 3 members." in page
    assert "Cordia recorded the recall; the content never reached it." in page


def test_a_crossing_step_is_shown_as_not_applied(world: Federation) -> None:
    here, there = seat(world, "QM"), seat(world, "QN")
    matter = send_diffusion(here)
    world.settle()
    there.post(f"/matters/{matter}/steps/reply.acknowledge", {}, form=f"/matters/{matter}")
    here.post(f"/matters/{matter}/steps/owner.withdraw", {"ground": "error"})
    world.settle()
    for desk in (here, there):
        assert "Not applied: came after “Withdraw”." in desk.get(f"/matters/{matter}").text


def test_the_proof_page_says_what_the_ledger_shows_and_what_it_does_not(world: Federation) -> None:
    here, there = seat(world, "QM"), seat(world, "QN")
    matter = send_diffusion(here)
    world.settle()
    here.post(f"/matters/{matter}/steps/owner.withdraw", {"ground": "error"})
    world.settle()
    link = re.search(r'href="(/proof/[0-9a-f]{64})"', there.get(f"/matters/{matter}").text)
    assert link is not None
    page = there.get(link[1]).text
    assert "Certificate of erasure" in page
    assert "This does not show that nobody kept a copy." in page
    saved = there.get(link[1] + ".json")
    assert saved.headers["content-disposition"].startswith("attachment")
    assert saved.json()["format"].startswith("comity-")
    assert not any(word in saved.text for word in CANARIES)


def test_no_page_carries_inline_script_or_style_and_each_has_its_landmarks(world: Federation) -> None:
    send_diffusion(seat(world, "QM"))
    world.settle()
    for desk in (seat(world, "QM"), seat(world, "QN"), seat(world, "QN", "second_line")):
        for path, text in pages_of(desk).items():
            assert INLINE.search(text) is None, path
            assert text.count("<h1") == 1, path
            assert '<html lang="en" dir="ltr">' in text
            assert 'href="#main"' in text
            assert "EXERCISE — invented persons" in text
            assert "<main" in text
            assert re.search(r"(?<![\w-])(suspect|no match|overtaken)(?![\w-])", text, re.IGNORECASE) is None, path


def test_refusals_name_reason_rule_and_lawful_way(world: Federation) -> None:
    here = seat(world, "QM")
    matter = send_diffusion(here)
    other = seat(world, "QM", "second_line")
    answer = here.post(f"/matters/{matter}/steps/reply.acknowledge", {}, form=f"/matters/{matter}")
    assert answer.status_code == 403
    assert "The lawful way:" in answer.text
    assert "Rule " in answer.text
    assert other.get("/ledger").status_code == 403
    assert here.get("/matters/new/diffusion/owner.nothing").status_code == 404
    assert here.get("/matters/new/nothing/owner.send").status_code == 404


def test_a_hostile_upload_is_refused_and_nothing_is_recorded(world: Federation) -> None:
    desk = seat(world, "QM")
    answer = desk.post(
        "/matters/new/diffusion/owner.send", SEND, files={"portrait": ("x.png", b"<svg onload=alert(1)>", "image/png")}
    )
    assert answer.status_code == 422
    assert "JPEG or PNG" in answer.text
    assert "Choose the file again" in answer.text
    assert world.nodes["QM"].keys.all() == set()
