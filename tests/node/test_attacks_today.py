"""Attacks on notices, findings, messages and profiles by members with good keys, and slips of careless officers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.federation import Federation, federation, officer
from tests.node.clocks import clocks
from tests.node.test_attacks import forge, rows, unchecked
from tests.node.test_located import CLEAR, found, told
from tests.node.test_located import step as finding
from tests.node.test_message import law, passed_on
from tests.node.test_message import send as send_message
from tests.node.test_message import step as message_step
from tests.node.test_notice import ask, examine_again, publish, reviewer, take
from tests.node.test_road import send, statements, status

from comity.errors import InputRefused
from comity.model.act import matter_id, read_header
from comity.model.content import Content
from comity.node import delivery, effects
from comity.node.moment import instant
from comity.node.query import matter_page
from comity.policy.paths import Entry
from comity.storage import desk, schema

NONCE = {"nonce": "ab" * 16}


def published(world: Federation, **changes: Any) -> str:
    """A red notice of Arvenia, published."""
    notice = ask(world, **changes)
    world.settle()
    publish(world, notice)
    return notice


def head(world: Federation, member: str, matter: str, track: str) -> str:
    """The digest of a track's last act at a member."""
    found = rows(world, member, schema.track, schema.track.c.matter == matter, schema.track.c.track == track)
    return str(found[0]["head"])


def test_forged_cancellation_closes_nobodys_notice_in_the_batch(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        forge(world, "QN", "QS", notice, "shield", "cancel", procedure="notice", version=1)
        world.now += timedelta(days=8)
        world.settle(20)
        assert status(world, "QM", notice) == "published"
        assert "Ilka Jorun Varnholt" in statements(world, "QM")


@pytest.mark.parametrize("version", [10**30, 2**63])
def test_profile_whose_version_is_beyond_all_bounds_stops_no_other_effect(tmp_path: Path, version: int) -> None:
    text = (
        f"format: comity-profile-1\nmember: QN\nversion: {version}\nvalid_from: '2026-01-01'\n"
        "officer: {name: A. Lund, office: Ministry of Justice}\npacks: []\nvalues: {}\n"
    )
    with federation(tmp_path) as world:
        own = matter_id("QN.bureau", "ab" * 16)
        parts = [("profile", Content(form={"text": text}), b"")]
        forge(
            world, "QN", "QO", own, "profile", "publish", procedure="legal_profile", version=1, terms=NONCE, parts=parts
        )
        notice = published(world)
        with world.nodes["QO"].store.read() as unit:
            assert [watch.matter for watch in desk.watches(unit)] == [notice]


def test_effect_that_fails_goes_to_an_officer_and_holds_no_other_up(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        bad, good = send(world), send(world)
        done: list[str] = []

        def alert(_: object, __: object, reached: effects.Reached, at: str) -> None:
            if any(header.matter == bad for _, header in reached):
                raise ZeroDivisionError(at)
            done.extend(header.matter for _, header in reached)

        node = world.nodes["QN"]
        while world.work("QM"):
            pass
        effects.run_due(node, world.now, {**effects.HANDLERS, "alert": alert})
        assert done == [good]
        with node.store.read() as unit:
            assert len(desk.effects_in(unit, "officer")) == 1
            assert desk.effects_in(unit, "due") == []


@pytest.mark.parametrize("at", ["garbage", "9999-12-31 23:59", "0001-01-01 00:00", "", "2026-02-30 10:00"])
def test_hour_that_cannot_be_crashes_no_other_desk(tmp_path: Path, at: str) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QN.bureau", "ab" * 16)
        first, _ = forge(world, "QN", "QM", own, "told", "tell", procedure="located", version=1, terms=NONCE)
        forge(
            world,
            "QN",
            "QM",
            own,
            "told",
            "arrest",
            procedure="located",
            version=1,
            prev=first.digest,
            terms={"at": at},
        )
        assert status(world, "QM", own) == "arrested"
        assert all(line.at is None or 1970 < line.at.year < 9000 for line in clocks(world, "QM", own).values())


def test_header_from_the_end_of_time_crashes_no_page(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QN.bureau", "ab" * 16)
        _, answer = forge(
            world, "QN", "QM", own, "owner", "send", terms=NONCE, time="9999-12-31T23:59:59Z", sign=unchecked
        )
        assert [one.rule for one in answer.refused] != []


def test_recall_of_a_matter_that_a_peer_claims_we_passed_on_recalls_nothing_of_ours(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        ours = send_message(world, to=["QN", "QO"])
        theirs = send_message(world, "QN", to=["QM"])
        world.settle()
        forge(
            world, "QN", "QM", ours, "answer/QN", "acknowledge", procedure="message", version=1,
            terms={"forwards": theirs},
        )  # fmt: skip
        message_step(world, "QN", theirs, "ask.withdraw", ground="error")
        world.settle(20)
        assert status(world, "QO", ours) == "asked"
        assert status(world, "QM", theirs) == "withdrawn"


def test_consent_covers_nobody_who_was_asked_for_after_it_was_given(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter, _ = passed_on(world)
        message_step(world, "QN", matter, "answer.ask_onward", to_whom=["QS"], what_for="Their records too.")
        with pytest.raises(InputRefused) as refused:
            send_message(world, "QN", to=["QS"], forwards=matter)
        assert [d.field for d in refused.value.defects] == ["to"]


def test_consent_that_the_asked_member_forges_for_itself_counts_for_nothing(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter, _ = passed_on(world)
        parts = [("consent", Content(form={"until": "2099-01-01"}), b"")]
        forge(world, "QO", "QN", matter, "consent/QN", "grant", procedure="message", version=1, parts=parts)
        world.now += timedelta(days=60)
        with pytest.raises(InputRefused) as late:
            send_message(world, "QN", to=["QO"], forwards=matter)
        assert "ran until 2026-12-31" in late.value.defects[0].says


def _tell(world: Federation, matter: str, about: str, to: str) -> None:
    finding(world, "QN", matter, "told.tell", to=[to], about=about, located="Arrivals", identity="document",
            measure="none")  # fmt: skip


def test_finding_is_not_told_to_the_owner_of_another_notice(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice, other = published(world), ask(world, member="QO", last_name="Sorensen")
        world.settle()
        publish(world, other)
        matter = found(world, notice)
        finding(world, "QN", matter, "finding.verify", how="portrait", detail="By the second line.")
        finding(world, "QN", matter, "finding.gates", **CLEAR)
        with pytest.raises(InputRefused) as refused:
            _tell(world, matter, other, "QO")
        assert "about" in {d.field for d in refused.value.defects}
        _tell(world, matter, notice, "QM")


@pytest.mark.parametrize("stop", ["hold", "protect"])
def test_nothing_more_leaves_of_a_finding_that_is_held_or_protected_after_it_was_told(
    tmp_path: Path, stop: str
) -> None:
    with federation(tmp_path) as world:
        matter = told(world, published(world))
        if stop == "hold":
            finding(world, "QN", matter, "finding.hold", why="Says that return is feared.")
        else:
            finding(world, "QN", matter, "finding.protect", basis="claim", detail="The asylum office.")
        with pytest.raises(InputRefused) as refused:
            finding(world, "QN", matter, "told.arrest", at="2026-11-22 07:00", place="Tarn", law="Extradition Act 9")
        assert {d.rule for d in refused.value.defects} == {"P-4.1"}
        finding(world, "QN", matter, "told.retract", ground="error")
        world.settle(20)
        assert status(world, "QM", matter) == "retracted"


def test_outgoing_gate_is_asked_again_when_the_receivers_law_changes_after_the_telling(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = told(world, published(world))
        law(world, "QM", {"punishment.death": Entry(("trafficking",), "", "Penal Code 1", "V")})
        with pytest.raises(InputRefused) as refused:
            finding(world, "QN", matter, "told.arrest", at="2026-11-22 07:00", place="Tarn", law="Extradition Act 9")
        assert {d.rule for d in refused.value.defects} == {"P-4.2"}
        finding(world, "QN", matter, "finding.assure", "senior_officer", assurances="Written, of 21 November.")
        finding(world, "QN", matter, "told.arrest", at="2026-11-22 07:00", place="Tarn", law="Extradition Act 9")


def test_source_cannot_turn_off_screening_against_another_notice_through_a_finding(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice, other = published(world), ask(world, member="QO", last_name="Sorensen")
        world.settle()
        publish(world, other)
        matter = told(world, notice)
        forge(
            world, "QM", "QN", matter, "source/QM", "acknowledge", procedure="located", version=1,
            terms={"about": other}, time="2020-01-01T00:00:00Z",
        )  # fmt: skip
        finding(world, "QN", matter, "finding.protect", basis="claim", detail="The asylum office.")
        world.settle()
        with world.nodes["QN"].store.read() as unit:
            assert [watch.matter for watch in desk.watches(unit)] == [other]


@pytest.mark.parametrize("name", ["submit_bogus", "submit_yellow"])
def test_strangers_request_in_a_notice_changes_no_page_of_the_review(tmp_path: Path, name: str) -> None:
    with federation(tmp_path) as world:
        notice = ask(world)
        world.settle()
        forge(world, "QN", "QS", notice, "request", name, procedure="notice", version=1, time="2020-01-01T00:00:00Z")
        page = matter_page(world.nodes["QS"], reviewer(1), notice, world.now)
        assert page.review is not None
        assert page.review.colour == "red"


def test_request_whose_numbers_are_none_is_flagged_and_shown(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QN.bureau", "ab" * 16)
        form = {"standing": "accused", "penalty_months": ["many"], "birth_date": "soon", "remaining_months": "few"}
        parts = [("case", Content(form=form), b"")]
        terms = {**NONCE, "valid_until": "never"}
        forge(world, "QN", "QS", own, "request", "submit_red", procedure="notice", version=1, terms=terms, parts=parts)
        page = matter_page(world.nodes["QS"], reviewer(1), own, world.now)
        assert page.review is not None
        assert "check.unreadable" in {flag.code for flag in page.review.flags}


@pytest.mark.parametrize("name", ["submit_bogus", "submit_yellow"])
def test_partys_word_changes_no_card_of_a_notice(tmp_path: Path, name: str) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        parts = [("distinct", Content(form={"note": "Let her pass."}), b"")]
        forge(
            world, "QO", "QN", notice, "reply/QO", "acknowledge", procedure="notice", version=1,
            terms={"of": name}, parts=parts, time="2020-01-01T00:00:00Z",
        )  # fmt: skip
        card = matter_page(world.nodes["QN"], officer("QN"), notice, world.now).card
        assert card is not None
        assert (card.kind, card.notes) == ("Red notice", ())


def test_notice_of_an_unknown_colour_crashes_no_page(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QN.bureau", "ab" * 16)
        terms = {**NONCE, "of": "submit_bogus"}
        forge(world, "QN", "QM", own, "notice", "publish", procedure="notice", version=1, terms=terms)
        assert matter_page(world.nodes["QM"], officer("QM"), own, world.now).card is None


def test_request_that_was_dropped_while_it_was_approved_is_not_published(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = ask(world)
        world.settle()
        take(
            world, "QS", notice, "examination.examine", reviewer(1), proposal="approve", article="complies", reasons="x"
        )
        take(world, "QS", notice, "clearance.approve", reviewer(2), reasons="Complies.")
        take(world, "QM", notice, "request.drop")
        world.settle(20)
        assert [status(world, member, notice) for member in ("QM", "QS")] == ["dropped", "dropped"]
        assert rows(world, "QN", schema.act, schema.act.c.step == "publish") == []


def test_cancelled_request_is_not_approved_afterwards(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = ask(world)
        world.settle()
        take(
            world, "QS", notice, "examination.examine", reviewer(1), proposal="approve", article="complies", reasons="x"
        )
        take(world, "QS", notice, "shield.cancel", reviewer(1), ground="protection", reasons="Confirmed.")
        with pytest.raises(InputRefused) as refused:
            take(world, "QS", notice, "clearance.approve", reviewer(2), reasons="Complies.")
        assert {d.rule for d in refused.value.defects} == {"C-02"}


def _forged_publication(world: Federation, notice: str, member: str, **more: Any) -> str:
    """What the owner's hostile node publishes on the approval of something else; the verdict at ``member``."""
    approval = rows(world, member, schema.act, schema.act.c.matter == notice, schema.act.c.step == "approve")[0]
    act, _ = forge(
        world, "QM", member, notice, "notice", "publish", procedure="notice", version=1,
        terms={"of": "submit_red", "valid_until": "2029-05-31", **_nonce(world, notice)}, seen=(approval["digest"],),
        **more,
    )  # fmt: skip
    return str(rows(world, member, schema.act, schema.act.c.digest == act.digest)[0]["verdict"])


def _nonce(world: Federation, notice: str) -> dict[str, Any]:
    first = rows(world, "QM", schema.act, schema.act.c.matter == notice, schema.act.c.step == "submit_red")[0]
    return {"nonce": read_header(first["header"]).terms["nonce"]}


def _approved_and_not_published(world: Federation) -> str:
    notice = ask(world)
    world.settle()
    take(world, "QS", notice, "examination.examine", reviewer(1), proposal="approve", article="complies", reasons="x")
    take(world, "QS", notice, "clearance.approve", reviewer(2), reasons="Complies.")
    delivery.send_once(world.nodes["QS"], "QN", world.now)
    return notice


def test_owner_publishes_nothing_that_the_review_did_not_see(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = _approved_and_not_published(world)
        case = Content(form={"charges": "Something else."})
        assert _forged_publication(world, notice, "QN", parts=[("case", case, b"")]) == "refused"
        assert status(world, "QN", notice) != "published"


def test_owner_sends_nothing_wider_than_the_review_saw(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        take(world, "QM", notice, "request.widen", news="One more charge.", widens="yes")
        world.settle()
        examine_again(world, notice)
        take(world, "QS", notice, "clearance.approve_update", reviewer(2), reasons="Complies.")
        take(world, "QM", notice, "request.widen", news="And one that nobody reviewed.", widens="yes")
        world.settle()
        said = [row for row in rows(world, "QN", schema.part, schema.part.c.matter == notice) if row["kind"] == "news"]
        assert len(said) == 1


def test_update_brings_no_content_past_the_review(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        notice = published(world)
        parts = [("case", Content(form={"charges": "Something else."}), b"")]
        _, answer = forge(
            world, "QM", "QN", notice, "notice", "update", procedure="notice", version=1,
            prev=head(world, "QN", notice, "notice"), parts=parts,
        )  # fmt: skip
        assert [one.rule for one in answer.refused] == ["part.kind"]


def test_urgency_that_was_lowered_twice_is_not_raised_in_between(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send_message(world, level="urgent", reason="The coach leaves at noon.")
        lower = {"reason": "It left."}
        message_step(world, "QM", matter, "ask.lower", "supervisor", level="routine", **lower)
        with pytest.raises(InputRefused) as refused:
            message_step(world, "QM", matter, "ask.lower", "supervisor", level="priority", **lower)
        assert {d.rule for d in refused.value.defects} == {"E-05"}


def test_receipt_of_a_withdrawal_tells_nothing_of_a_recall_before_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        cancelled, notice = published(world), published(world, last_name="Sorensen")
        take(world, "QS", cancelled, "shield.cancel", reviewer(1), ground="protection", reasons="Confirmed.")
        delivery.send_once(world.nodes["QS"], "QN", world.now)
        world.now += timedelta(hours=3)
        withdrawn = world.now
        take(world, "QM", notice, "notice.withdraw", ground="purpose_met")
        delivery.send_once(world.nodes["QM"], "QN", world.now)
        world.settle(20)
        said = [row for row in rows(world, "QM", schema.receipt) if row["code"] == "erased" and row["member"] == "QN"]
        assert {row["moment"] for row in said} == {"hidden", "keyless", "gone"}
        assert all(instant(row["at"]) >= withdrawn for row in said)
