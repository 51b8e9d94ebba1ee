"""Attacks on who said what, for whom, until when: by members with good keys, insiders, and the passing of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer
from tests.node.test_attacks import TERMS, forge, rows
from tests.node.test_located import CLEAR, found
from tests.node.test_located import step as finding
from tests.node.test_notice import ask, examine_again, publish, reviewer, take
from tests.node.test_road import SEND, send, status, step

from comity.errors import InputRefused, RuleRefused
from comity.exchange.delivery import SealedPart
from comity.model.act import PartHead, matter_id, read_header
from comity.model.content import Content
from comity.model.handling import Handling
from comity.node import admission, delivery, exercise, flight, notary
from comity.node.action import Order, take_step
from comity.node.query import matter_page
from comity.node.reading import read_attachment
from comity.procedures.form import File
from comity.storage import schema

NONCE = {"nonce": "ab" * 16}


def held_part(world: Federation, member: str, matter: str, kind: str) -> tuple[PartHead, SealedPart]:
    """One part as a member was given it: its head, and its sealed bytes with key and salt."""
    node = world.nodes[member]
    row = rows(world, member, schema.part, schema.part.c.matter == matter, schema.part.c.kind == kind)[0]
    key, salt = node.keys.get([row["commitment"]])[row["commitment"]]
    with node.store.read() as unit:
        raws = [bytes(raw) for raw in unit.execute(select(schema.act.c.header)).scalars()]
    heads = [head for raw in raws for head in read_header(raw).parts if head.commitment == row["commitment"]]
    return heads[0], SealedPart(row["commitment"], row["sealed"], key, salt)


def test_part_that_a_recipient_delivers_first_as_its_own_stays_its_authors(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        assert delivery.send_once(world.nodes["QM"], "QO", world.now) == "sent"
        head, sealed = held_part(world, "QO", matter, "case")
        own = matter_id("QO.bureau", "ab" * 16)
        _, answer = forge(world, "QO", "QN", own, "owner", "send", terms=NONCE, named=[head], taken=[sealed])
        assert [one.rule for one in answer.refused] == ["part.author"]
        world.settle()
        mine = rows(world, "QN", schema.part, schema.part.c.commitment == head.commitment)
        assert [(row["agency"], row["matter"]) for row in mine] == [("QM.bureau", matter)]
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle(20)
        assert rows(world, "QN", schema.part, schema.part.c.commitment == head.commitment)[0]["gone"] is not None


def test_naming_somebodys_portrait_keeps_nobody_from_seeing_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        files = {"portrait": (File("p.png", exercise.portrait()),)}
        order = Order("diffusion", "send", "owner", data=SEND, files=files)
        matter = take_step(world.nodes["QM"], officer("QM"), order, world.now).matter
        world.settle()
        head, _ = held_part(world, "QN", matter, "portrait")
        own, named = matter_id("QO.bureau", "ab" * 16), [PartHead("portrait", Handling(), head.commitment)]
        for _ in range(8):  # one of them sorts before the author's act
            forge(world, "QO", "QN", own, "owner", "send", terms=NONCE, named=named)
        media, data = read_attachment(world.nodes["QN"], officer("QN"), head.commitment, world.now)
        assert media in ("image/jpeg", "image/png")
        assert len(data) > 0
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle(20)
        assert status(world, "QN", matter) == "withdrawn"
        page = matter_page(world.nodes["QN"], officer("QN"), own, world.now)
        assert "Varnholt" not in repr(page)
        leaves = rows(world, "QN", schema.leaf, schema.leaf.c.log == "pair-qm")
        strangers = {row["digest"] for row in rows(world, "QN", schema.act, schema.act.c.matter == own)}
        assert not strangers & {row["digest"] for row in leaves}


def _closing(world: Federation, notice: str) -> dict[str, str]:
    """Who signed the closing, as the source reads it."""
    found = rows(world, "QM", schema.act, schema.act.c.matter == notice, schema.act.c.step == "close")
    header = read_header(found[0]["header"])
    return {"agency": header.agency, "officer": header.officer}


def test_closing_tells_the_source_nothing_of_who_took_part_in_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notices = []
        for n in (1, 2):
            notice = ask(world, last_name=f"Sorensen{n}")
            world.settle()
            publish(world, notice)
            take(world, "QS", notice, "shield.cancel", reviewer(n), ground="protection", reasons="Confirmed.")
            notices.append(notice)
        world.now += timedelta(days=8)
        world.settle(20)
        said = [_closing(world, notice) for notice in notices]
        assert said[0] == said[1]
        assert said[0]["officer"] not in {reviewer(n).pseudonym for n in (1, 2)}


@pytest.mark.parametrize(
    ("track", "name", "version"),
    [("reply/QO", "acknowledge", 2), ("line/QP", "settle", 2), ("protection/QO", "confirm", 2), ("bogus", "send", 2)],
)
def test_act_whose_audience_this_member_is_not_in_is_refused(
    tmp_path: Path, track: str, name: str, version: int
) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        act, answer = forge(world, "QO", "QN", matter, track, name, version=version)
        assert [one.rule for one in answer.refused] == ["act.audience"]
        assert rows(world, "QN", schema.act, schema.act.c.digest == act.digest) == []
        assert [row["rule"] for row in rows(world, "QN", schema.quarantine)] == ["act.audience"]


def test_closing_and_cancellation_come_in_at_their_own_audience_alone(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = ask(world)
        world.settle()
        publish(world, notice)
        for member, track, name in (("QM", "shield", "cancel"), ("QN", "closing", "close"), ("QN", "request", "drop")):
            sender = "QM" if track == "request" else "QS"
            _, answer = forge(world, sender, member, notice, track, name, procedure="notice", version=1)
            assert [one.rule for one in answer.refused] == ["act.audience"]
        assert [status(world, member, notice) for member in ("QM", "QN")] == ["published"] * 2


def test_answer_in_a_matter_that_is_not_held_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        _, answer = forge(world, "QO", "QN", matter_id("QP.bureau", "cd" * 16), "reply/QO", "acknowledge")
        assert [one.rule for one in answer.refused] == ["act.audience"]


def test_examination_before_the_widening_vouches_for_nothing_that_is_dated_back(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = ask(world)
        world.settle()
        publish(world, notice)
        examine_again(world, notice)
        first = rows(world, "QS", schema.act, schema.act.c.matter == notice, schema.act.c.step == "submit_red")[0]
        parts = [("news", Content(form={"news": "Twelve more charges."}), b"")]
        act, _ = forge(
            world, "QM", "QS", notice, "request", "widen", procedure="notice", version=1, prev=first["digest"],
            parts=parts, time="2026-11-22T08:00:00Z", terms={"widens": "yes"},
        )  # fmt: skip
        assert rows(world, "QS", schema.act, schema.act.c.digest == act.digest)[0]["verdict"] == "applied"
        with pytest.raises(InputRefused) as refused:
            take(world, "QS", notice, "clearance.approve_update", reviewer(2), reasons="Complies.")
        assert {d.rule for d in refused.value.defects} == {"C-03"}


def _person(agency: str, name: str) -> Content:
    values = {"name": [name], "lastName": [name], "birthDate": ["2015-01-01"]}
    return Content(entity={"id": f"{agency}:ff00", "schema": "Person", "properties": values})


def _screened(world: Federation, member: str) -> set[str]:
    """The family names that a member's travellers are screened against."""
    node = world.nodes[member]
    node.screens.watch = None  # as after a restart, or any other matter's watch
    trees = flight.watch_index(node, world.now).trees.values()
    return {name for tree in trees for name in tree["properties"].get("lastName", ())}


@pytest.mark.parametrize("sender", ["QM", "QO"])
def test_nobody_is_screened_whom_no_review_saw(tmp_path: Path, sender: str) -> None:
    with federation(tmp_path) as world:
        notice = ask(world)
        world.settle()
        publish(world, notice)
        assert _screened(world, "QN") == {"Varnholt"}
        approval = rows(world, "QN", schema.act, schema.act.c.step == "approve")[0]["digest"]
        first = read_header(rows(world, "QM", schema.act, schema.act.c.step == "submit_red")[0]["header"])
        act, answer = forge(
            world, sender, "QN", notice, "notice", "publish", procedure="notice", version=1, seen=(approval,),
            terms={"of": "submit_red", "valid_until": "2029-05-31", "nonce": first.terms["nonce"]},
            parts=[("subject", _person(f"{sender}.bureau", "Dissident"), b"")],
        )  # fmt: skip
        assert answer.refused == ()
        assert rows(world, "QN", schema.act, schema.act.c.digest == act.digest)[0]["verdict"] != "applied"
        spoilt = sender == "QM"  # its own second publication freezes it
        assert _screened(world, "QN") == (set() if spoilt else {"Varnholt"})


def test_person_that_the_source_adds_after_it_was_taken_up_is_not_screened(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "reply.acknowledge")
        step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
        world.settle()
        assert _screened(world, "QN") == {"Varnholt"}
        first = read_header(rows(world, "QM", schema.act, schema.act.c.step == "send")[0]["header"])
        parts = [("subject", _person("QM.bureau", "Dissident"), b"")]
        forge(world, "QM", "QN", matter, "owner", "send", terms={"nonce": first.terms["nonce"]}, parts=parts)
        assert _screened(world, "QN") <= {"Varnholt"}


def test_stranger_erases_nothing_that_an_officer_wrote(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        own = matter_id("QO.bureau", "ab" * 16)
        parts = [("subject", _person("QO.bureau", "Child"), b"")]
        first, _ = forge(world, "QO", "QN", own, "owner", "send", terms=NONCE, parts=parts)
        named = read_header(first.raw).parts
        forge(world, "QO", "QN", matter, "owner", "update", named=[PartHead("news", TERMS, named[0].commitment)])
        step(world, "QN", matter, "reply.acknowledge")
        taken = step(world, "QN", matter, "reply.take_up", reason="Seen at the harbour.", until="2027-01-01")
        forge(world, "QO", "QN", own, "owner", "withdraw", prev=first.digest, terms={"ground": "error"})
        world.settle(20)
        reason = rows(world, "QN", schema.part, schema.part.c.track == "reply/QN")
        assert [row["hidden"] for row in reason] == [None]
        assert taken != ""


def test_stranger_makes_nobody_a_minor(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = ask(world)
        world.settle()
        publish(world, notice)
        parts = [("subject", _person("QO.bureau", "Child"), b"")]
        forge(world, "QO", "QN", notice, "notice", "publish", procedure="notice", version=1, parts=parts)
        matter = found(world, notice)
        finding(world, "QN", matter, "finding.verify", how="portrait", detail="By the second line.")
        finding(world, "QN", matter, "finding.gates", **CLEAR)
        assert status(world, "QN", matter) != ""


@pytest.mark.parametrize(
    "changes",
    [{"of": "submit_red"}, {"valid_until": "2031-05-31"}, {"extract": "yes"}],
    ids=["colour", "term", "extract"],
)
def test_owner_publishes_in_no_other_colour_and_for_no_longer_than_was_reviewed(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    with federation(tmp_path) as world:
        notice = ask(world, "yellow")
        world.settle()
        data = {"proposal": "approve", "article": "complies", "reasons": "All."}
        take(world, "QS", notice, "examination.examine", reviewer(1), **data)
        take(world, "QS", notice, "clearance.approve", reviewer(2), reasons="Complies.")
        delivery.send_once(world.nodes["QS"], "QN", world.now)
        approval = rows(world, "QN", schema.act, schema.act.c.step == "approve")[0]["digest"]
        first = read_header(rows(world, "QM", schema.act, schema.act.c.step == "submit_yellow")[0]["header"])
        terms = {"of": "submit_yellow", "valid_until": "2027-11-20", "nonce": first.terms["nonce"], **changes}
        act, _ = forge(
            world, "QM", "QN", notice, "notice", "publish", procedure="notice", version=1, seen=(approval,), terms=terms
        )
        assert rows(world, "QN", schema.act, schema.act.c.digest == act.digest)[0]["verdict"] == "refused"


def test_request_made_twice_in_two_colours_is_not_approved(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = ask(world, "yellow")
        world.settle()
        first = read_header(rows(world, "QM", schema.act, schema.act.c.step == "submit_yellow")[0]["header"])
        nonce = {"nonce": first.terms["nonce"], "valid_until": "2029-05-31"}
        forge(world, "QM", "QS", notice, "request", "submit_red", procedure="notice", version=1, terms=nonce)
        data = {"proposal": "approve", "article": "complies", "reasons": "All."}
        take(world, "QS", notice, "examination.examine", reviewer(1), **data)
        with pytest.raises(RuleRefused) as refused:
            take(world, "QS", notice, "clearance.approve", reviewer(2), reasons="Complies.")
        assert refused.value.rule == "table.frozen"


def test_member_that_floods_a_matter_is_refused_there_and_may_still_withdraw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MOST", 3)
    with federation(tmp_path) as world:
        matter = send(world)
        for n in range(4):
            step(world, "QM", matter, "owner.update", news=f"Seen {n}.")
        world.settle()
        held = rows(world, "QN", schema.act, schema.act.c.matter == matter)
        assert len(held) == 3
        assert {row["rule"] for row in rows(world, "QN", schema.quarantine)} == {"matter.full"}
        other = send(world)
        world.settle()
        assert status(world, "QN", other) == "sent"
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle(20)
        assert status(world, "QN", matter) == "withdrawn"


@pytest.mark.parametrize("until", ["9999-12-31", "never", None])
def test_source_that_names_no_end_is_kept_no_longer_than_the_charter_says(tmp_path: Path, until: str | None) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QO.bureau", "ab" * 16)
        terms = {**NONCE, **({} if until is None else {"valid_until": until})}
        parts = [("subject", _person("QO.bureau", "Dissident"), b"")]
        first, _ = forge(world, "QO", "QN", own, "owner", "send", terms=terms, parts=parts)
        (row,) = rows(world, "QN", schema.part, schema.part.c.matter == own)
        assert row["dies"] is not None
        assert "2026" < row["dies"] < "2042"
        world.now += timedelta(days=365 * 16)
        notary.run_clocks(world.nodes["QN"], world.now)
        (row,) = rows(world, "QN", schema.part, schema.part.c.matter == own)
        assert row["hidden"] is not None
        assert first.digest != ""


def test_update_of_a_diffusion_ends_with_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, valid_until="2027-01-31")
        step(world, "QM", matter, "owner.update", news="Seen at the harbour.")
        world.settle()
        world.now = datetime(2027, 2, 1, 1, tzinfo=UTC)
        world.settle(20)
        assert all(row["hidden"] is not None for row in rows(world, "QN", schema.part))
