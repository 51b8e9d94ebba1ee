"""A notice from request to end: reviewed by two persons, published by its owner, ended everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer
from tests.node.clocks import clocks
from tests.node.test_road import statements, status

from comity.errors import InputRefused
from comity.model.act import read_header
from comity.node.action import Order, take_step
from comity.node.officer import Officer
from comity.procedures.notice import V1
from comity.storage import acts as act_rows
from comity.storage import desk, schema

RED = V1.example["request.submit_red"]


def reviewer(n: int = 1, nationality: str = "QS") -> Officer:
    """A reviewer of the secretariat."""
    one = officer("QS", "reviewer", n=n)
    return Officer(one.login, one.pseudonym, one.agency, one.roles, nationality)


def ask(world: Federation, colour: str = "red", member: str = "QM", **changes: Any) -> str:
    """A request for a notice; returns the matter."""
    form = {**V1.example[f"request.submit_{colour}"], **changes}
    form = {name: value for name, value in form.items() if value is not None}
    order = Order("notice", f"submit_{colour}", "request", data=form, confirmed=frozenset({"P-2.minor"}))
    return take_step(world.nodes[member], officer(member), order, world.now).matter


def take(world: Federation, member: str, matter: str, name: str, who: Officer | None = None, **data: Any) -> str:
    """One step of a notice."""
    track, _, step = name.partition(".")
    order = Order("notice", step, track, matter=matter, data=data)
    return take_step(world.nodes[member], who or officer(member), order, world.now).act


def publish(world: Federation, matter: str) -> None:
    """The review of two persons, up to the publication."""
    take(
        world, "QS", matter, "examination.examine", reviewer(1), proposal="approve", article="complies", reasons="All."
    )
    take(world, "QS", matter, "clearance.approve", reviewer(2), reasons="Complies.")
    world.settle()


def examine_again(world: Federation, matter: str, n: int = 1) -> None:
    """A reviewer looks at it anew, as it stands now."""
    data = {"proposal": "approve", "article": "complies", "reasons": "Read anew."}
    take(world, "QS", matter, "examination.examine_again", reviewer(n), **data)


@pytest.mark.rule("C-01")
def test_request_is_seen_by_the_secretariat_alone_until_it_is_approved(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        assert [status(world, m, matter) for m in ("QM", "QS", "QN", "QO")] == ["submitted", "submitted", "", ""]
        assert "Varnholt" in statements(world, "QS")
        publish(world, matter)
        assert [status(world, m, matter) for m in ("QM", "QS", "QN", "QO")] == ["published"] * 4
        assert "Ilka Jorun Varnholt" in statements(world, "QN")


@pytest.mark.rule("N-03")
def test_published_notice_is_screened_against_at_every_member_but_its_owner(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        watched = {}
        for member in ("QM", "QN", "QO"):
            with world.nodes[member].store.read() as unit:
                watched[member] = [watch.matter for watch in desk.watches(unit)]
        assert watched == {"QM": [], "QN": [matter], "QO": [matter]}


def test_content_is_stored_once_although_two_acts_carry_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        for member in ("QM", "QS", "QN"):
            with world.nodes[member].store.read() as unit:
                kinds = list(unit.execute(select(schema.part.c.kind).where(schema.part.c.matter == matter)).scalars())
            assert kinds.count("subject") == 1


@pytest.mark.rule("S-02", "S-06")
def test_withdrawal_erases_everywhere_and_is_answered_by_name(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        take(world, "QM", matter, "notice.withdraw", ground="purpose_met")
        world.settle(20)
        for member in ("QM", "QS", "QN", "QO"):
            assert status(world, member, matter) == "withdrawn"
            assert statements(world, member) == []
        for member in ("QN", "QO"):
            with world.nodes[member].store.read() as unit:
                assert desk.watches(unit) == []


@pytest.mark.rule("N-04")
def test_withheld_member_gets_nothing(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world, withheld=["QO"])
        world.settle()
        publish(world, matter)
        assert status(world, "QO", matter) == ""
        assert status(world, "QN", matter) == "published"


@pytest.mark.rule("C-03")
def test_one_reviewer_cannot_decide_alone(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        with pytest.raises(InputRefused, match="mend") as early:
            take(world, "QS", matter, "clearance.approve", reviewer(1), reasons="Complies.")
        assert {d.rule for d in early.value.defects} == {"C-01"}
        take(
            world, "QS", matter, "examination.examine", reviewer(1), proposal="approve", article="complies", reasons="x"
        )
        with pytest.raises(InputRefused) as alone:
            take(world, "QS", matter, "clearance.approve", reviewer(1), reasons="Complies.")
        assert "yourself" in alone.value.defects[0].says


@pytest.mark.rule("C-03")
def test_reviewer_of_the_requesting_nationality_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        for nationality in ("QM", ""):
            with pytest.raises(InputRefused) as refused:
                take(
                    world,
                    "QS",
                    matter,
                    "examination.examine",
                    reviewer(1, nationality),
                    proposal="approve",
                    article="complies",
                    reasons="x",
                )
            assert {d.rule for d in refused.value.defects} == {"C-03"}


@pytest.mark.rule("R-01", "R-02", "R-06", "R-07", "R-09", "R-10", "S-04")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"penalty_months": ["12"]}, "R-01"),
        ({"standing": "convicted", "penalty_months": None, "remaining_months": "5"}, "R-02"),
        ({"standing": None}, "R-07"),
        ({"first_name": None, "description": None}, "R-06"),
        ({"facts_where": None}, "R-07"),
        ({"warrant_number": None}, "R-07"),
        ({"assurance": "not_sought"}, "R-09"),
        ({"issued_by": "other"}, "R-09"),
        ({"absentia": "yes"}, "R-10"),
        ({"valid_until": "2035-01-01"}, "S-04"),
        ({"warning": "armed"}, "P-3"),
        ({"withheld": ["QN", "QO"]}, "N-04"),
    ],
)
def test_request_below_the_minimum_is_refused_with_its_rule(tmp_path: Path, changes: dict[str, Any], rule: str) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused) as refused:
            ask(world, **changes)
        assert rule in {d.rule for d in refused.value.defects}


@pytest.mark.rule("R-03")
def test_several_penalties_need_one_that_reaches_the_threshold(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        assert ask(world, penalty_months=["6", "36"]) != ""


@pytest.mark.rule("N-02")
def test_silver_is_a_switch_and_off(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        form = {
            "asset_kind": "vessel", "asset_identifier": "IMO 9074729", "asset_link": "bought with the proceeds",
            "asset_purpose": "locate", "report_number": "7", "charges": "fraud", "valid_until": "2027-01-01",
            "legality": "confirmed",
        }  # fmt: skip
        with pytest.raises(InputRefused) as refused:
            take_step(
                world.nodes["QM"], officer("QM"), Order("notice", "submit_silver", "request", data=form), world.now
            )
        assert any("switched off" in d.says for d in refused.value.defects)


@pytest.mark.rule("C-03", "R-12")
def test_refused_extradition_reopens_the_review_by_itself(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        take(world, "QN", matter, "report.addendum", ground="judicial", on="2026-11-30")
        world.settle()
        assert [status(world, m, matter) for m in ("QM", "QS", "QN", "QO")] == ["reopened"] * 4
        with pytest.raises(InputRefused) as alone:
            take(world, "QS", matter, "clearance.confirm", reviewer(2), reasons="Stands.")
        assert {d.rule for d in alone.value.defects} == {"C-03"}
        examine_again(world, matter)
        with pytest.raises(InputRefused) as same:
            take(world, "QS", matter, "clearance.confirm", reviewer(1), reasons="Stands.")
        assert "yourself" in same.value.defects[0].says
        take(world, "QS", matter, "clearance.confirm", reviewer(2), reasons="Stands.")
        world.settle()
        assert status(world, "QO", matter) == "published"


@pytest.mark.rule("C-03", "S-05")
def test_what_widens_is_reviewed_before_anybody_sees_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        with pytest.raises(InputRefused):
            take(world, "QM", matter, "notice.update", news="Two more charges.", widens="yes")
        take(world, "QM", matter, "request.widen", news="Two more charges.", widens="yes")
        world.settle()
        assert "news" not in _kinds(world, "QN", matter)
        for n in (1, 2):
            with pytest.raises(InputRefused) as alone:
                take(world, "QS", matter, "clearance.approve_update", reviewer(n), reasons="Complies.")
            assert {d.rule for d in alone.value.defects} == {"C-03"}
        examine_again(world, matter)
        with pytest.raises(InputRefused):
            take(world, "QS", matter, "clearance.approve_update", reviewer(1), reasons="Complies.")
        take(world, "QS", matter, "clearance.approve_update", reviewer(2), reasons="Complies.")
        world.settle()
        assert "news" in _kinds(world, "QN", matter)


def _kinds(world: Federation, member: str, matter: str) -> set[str]:
    with world.nodes[member].store.read() as unit:
        return set(unit.execute(select(schema.part.c.kind).where(schema.part.c.matter == matter)).scalars())


@pytest.mark.rule("C-02", "C-07", "S-03", "P-4.3")
def test_cancellation_reaches_all_at_once_and_the_source_in_the_next_batch(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        take(world, "QN", matter, "protection.confirm", basis="refugee", evidence="Recognised in 2024.")
        world.settle()
        take(world, "QS", matter, "shield.cancel", reviewer(1), ground="protection", reasons="Confirmed.")
        world.settle(20)
        assert [status(world, m, matter) for m in ("QM", "QN", "QO", "QS")] == ["published"] + ["cancelled"] * 3
        assert statements(world, "QN") == statements(world, "QO") == statements(world, "QS") == []
        world.now += timedelta(days=8)
        world.settle(20)
        assert status(world, "QM", matter) == "closed"
        assert statements(world, "QM") == []
        assert not _source_learns(world, matter)


def _source_learns(world: Federation, matter: str) -> bool:
    """Whether anything at the source names protection, a ground or a member that confirmed."""
    with world.nodes["QM"].store.read() as unit:
        held = act_rows.acts_of(unit, [matter])[matter]
    headers = [read_header(one.header) for one in held]
    tracks = {header.track.partition("/")[0] for header in headers}
    grounds = [header.terms for header in headers if header.agency.startswith("QS") and header.step == "close"]
    return not tracks <= {"request", "notice", "line", "reply", "clearance", "closing"} or grounds != [{}]


@pytest.mark.rule("N-01")
def test_only_a_bureau_asks_for_a_notice(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        federal = officer("QM", agency="federal")
        with pytest.raises(InputRefused) as refused:
            take_step(world.nodes["QM"], federal, Order("notice", "submit_red", "request", data=RED), world.now)
        assert [d.rule for d in refused.value.defects] == ["N-01"]
        form = {"committee": "1267", "list_entry": "QDi.001", "last_name": "X", "valid_until": "2027-01-01",
                "legality": "confirmed"}  # fmt: skip
        with pytest.raises(InputRefused) as un:
            take_step(world.nodes["QM"], officer("QM"), Order("notice", "submit_un", "request", data=form), world.now)
        assert [d.rule for d in un.value.defects] == ["N-01"]


@pytest.mark.rule("N-05")
def test_extract_needs_consent_and_a_colour_that_allows_it() -> None:
    forms = {step.name.removeprefix("submit_"): step.form for step in V1.steps if step.name.startswith("submit_")}
    with_extract = {colour for colour, form in forms.items() if form is not None and form.field("extract") is not None}
    assert with_extract == {"red", "yellow", "un"}
    red = forms["red"]
    assert red is not None
    field = red.field("extract")
    assert field is not None
    assert not field.required


@pytest.mark.rule("R-05")
def test_below_the_threshold_only_an_exception_with_reasons_reaches_the_secretariat(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        low = {"penalty_months": ["12"], "exception": "The only member of the group who knows the route."}
        with pytest.raises(InputRefused) as flagged:
            ask(world, **low)
        assert [d.rule for d in flagged.value.defects] == ["flag:R-01"]
        form = {**RED, **low}
        order = Order("notice", "submit_red", "request", data=form, confirmed=frozenset({"R-01"}))
        matter = take_step(world.nodes["QM"], officer("QM"), order, world.now).matter
        world.settle()
        take(
            world, "QS", matter, "examination.examine", reviewer(1), proposal="approve", article="complies", reasons="x"
        )
        take(world, "QS", matter, "clearance.approve", reviewer(2), exception="cooperation", reasons="Route unknown.")
        world.settle()
        assert status(world, "QN", matter) == "published"


@pytest.mark.rule("C-04", "C-05", "C-08")
def test_refusal_names_article_2_article_3_or_the_rules_on_data_and_gives_reasons(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        take(world, "QS", matter, "examination.examine", reviewer(1), proposal="refuse", article="art2", reasons="x")
        with pytest.raises(InputRefused) as refused:
            take(world, "QS", matter, "review.refuse", reviewer(2), ground="protection")
        assert {d.field for d in refused.value.defects} == {"ground", "reasons"}
        take(world, "QS", matter, "review.refuse", reviewer(2), ground="art2", reasons="Torture is to be feared.")
        world.settle()
        assert status(world, "QM", matter) == "refused"
        assert status(world, "QN", matter) == ""


@pytest.mark.rule("S-01", "S-04")
def test_suspension_and_term_end_where_the_charter_says(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world)
        world.settle()
        publish(world, matter)
        with pytest.raises(InputRefused) as refused:
            take(world, "QM", matter, "notice.suspend", until="2027-06-30", why="A retrial is asked for.")
        assert [d.rule for d in refused.value.defects] == ["S-01"]
        take(world, "QM", matter, "notice.suspend", until="2027-05-01", why="A retrial is asked for.")
        world.settle()
        assert status(world, "QN", matter) == "suspended"
        with pytest.raises(InputRefused) as long:
            take(world, "QM", matter, "notice.extend", valid_until="2033-01-01", why="Still needed.")
        assert [d.rule for d in long.value.defects] == ["S-04"]


@pytest.mark.rule("S-04")
def test_source_is_asked_six_months_before_the_end_whether_it_is_needed(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world, valid_until="2029-05-31")
        world.settle()
        publish(world, matter)
        line = clocks(world, "QM", matter)["notice.expiry "]
        assert line.at is not None
        assert line.at.date().isoformat() == "2028-11-30"


def _here(world: Federation, member: str, matter: str) -> set[str]:
    with world.nodes[member].store.read() as unit:
        query = select(schema.part.c.kind).where(schema.part.c.matter == matter, schema.part.c.hidden.is_(None))
        return set(unit.execute(query).scalars())


@pytest.mark.rule("S-04")
def test_extended_notice_is_kept_and_screened_until_its_new_last_day_and_erased_after_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter, other = ask(world, valid_until="2027-05-31"), ask(world, valid_until="2027-05-31", last_name="Sorensen")
        world.settle()
        publish(world, matter)
        publish(world, other)
        take(world, "QM", matter, "notice.update", news="Seen at the harbour.", widens="no")
        take(world, "QN", matter, "reply.acknowledge")
        world.settle()
        take(world, "QO", other, "reply.acknowledge")
        take(world, "QO", other, "reply.no_effect", ground="law")
        world.now += timedelta(days=30)
        for one in (matter, other):
            take(world, "QM", one, "notice.extend", valid_until="2028-05-31", why="The trial waits.")
        world.settle()
        world.now = datetime(2027, 6, 2, tzinfo=UTC)
        world.settle(20)
        for member in ("QM", "QN", "QO", "QS"):
            assert {"subject", "case", "news"} <= _here(world, member, matter)
        for member, watched in (("QN", {matter, other}), ("QO", {matter})):
            with world.nodes[member].store.read() as unit:
                assert {watch.matter for watch in desk.watches(unit)} == watched
        world.now = datetime(2028, 6, 1, 0, 1, tzinfo=UTC)
        world.settle(20)
        for member in ("QM", "QN", "QO"):
            assert _here(world, member, matter) == set()
            assert "Ilka Jorun Varnholt" not in statements(world, member)
            with world.nodes[member].store.read() as unit:
                assert desk.watches(unit) == []


@pytest.mark.rule("S-04")
def test_what_was_told_about_a_notice_ends_with_its_term(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world, valid_until="2027-05-31")
        world.settle()
        publish(world, matter)
        take(world, "QM", matter, "notice.update", news="Seen at the harbour.", widens="no")
        world.settle()
        world.now = datetime(2027, 6, 2, tzinfo=UTC)
        world.settle(20)
        assert _here(world, "QN", matter) == set()


@pytest.mark.rule("S-04")
def test_question_whether_it_is_needed_comes_anew_before_the_new_end(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = ask(world, valid_until="2028-05-31")
        world.settle()
        publish(world, matter)
        for until, asked in (("2029-05-31", "2028-11-30"), ("2030-05-31", "2029-11-30")):
            world.now += timedelta(days=10)
            take(world, "QM", matter, "notice.extend", valid_until=until, why="The trial waits.")
            line = clocks(world, "QM", matter)["notice.expiry "]
            assert line.at is not None
            assert line.is_open
            assert line.at.date().isoformat() == asked
        with pytest.raises(InputRefused) as shorter:
            take(world, "QM", matter, "notice.extend", valid_until="2029-12-31", why="The trial waits.")
        assert [d.rule for d in shorter.value.defects] == ["S-04"]
        take(world, "QM", matter, "notice.withdraw", ground="purpose_met")
        assert not clocks(world, "QM", matter)["notice.expiry "].is_open
