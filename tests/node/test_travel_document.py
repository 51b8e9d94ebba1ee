"""Stolen and lost documents: the owner reports, everybody finds; what is taken back is found by nobody any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer
from tests.node.test_attacks import forge
from tests.node.test_road import status

from comity.errors import InputRefused
from comity.model.act import matter_id
from comity.model.content import Content
from comity.model.document_record import MOST
from comity.model.travel_document import Document
from comity.node import register_upkeep
from comity.node.action import Order, take_step
from comity.node.register import Finding, look_up
from comity.procedures.form import File
from comity.procedures.travel_document import V1
from comity.storage import desk, post, reported, schema

EVERYBODY = ("QM", "QN", "QO")
NONCE = {"nonce": "ab" * 16}
BLANKS = V1.example["record.report_range"]


def report(world: Federation, member: str = "QM", step: str = "report", **changes: Any) -> str:
    """A report of documents; returns its matter."""
    example: Mapping[str, Any] = V1.example.get(f"record.{step}", {"country": "QM"})
    files = {name: changes.pop(name) for name in ("list",) if name in changes}
    data = {**example, "country": member, **changes}
    order = Order("travel_document", step, "record", data=data, files=files)
    return take_step(world.nodes[member], officer(member), order, world.now).matter


def listed(*rows: str, header: str = "kind,number,state,lost_on,lost_at,issued_on") -> tuple[File, ...]:
    """A list of documents as a file."""
    return (File("lost.csv", "\n".join([header, *rows, ""]).encode()),)


def take(world: Federation, matter: str, step: str, member: str = "QM", **data: Any) -> str:
    """A further step of a report; returns the act."""
    files = {name: data.pop(name) for name in ("list",) if name in data}
    order = Order("travel_document", step, "record", matter=matter, data=data, files=files)
    return take_step(world.nodes[member], officer(member), order, world.now).act


def said(world: Federation, member: str, number: str, kind: str = "P", country: str = "QM") -> tuple[Finding, ...]:
    """What a member's register says of one number."""
    return look_up(world.nodes[member], [Document(kind, country, number)])[0]


@pytest.mark.rule("TD-1", "TD-2")
def test_owner_reports_and_everybody_finds_it_by_number_kind_and_country(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = report(world)
        world.settle()
        wanted = (Finding("stolen", "qm", "2026-11-20", "QM", matter, False),)
        for member in EVERYBODY:
            assert said(world, member, "qm 447-1902") == wanted
            assert status(world, member, matter) == "reported"
            assert said(world, member, "QM4471903") == said(world, member, "QM4471902", "I") == ()
            assert said(world, member, "QM4471902", country="QN") == ()


def test_report_is_found_at_once_where_it_was_recorded_without_any_worker(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        report(world)
        assert len(said(world, "QM", "QM4471902")) == 1


@pytest.mark.rule("TD-1")
def test_nobody_reports_a_document_that_another_member_issued(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused) as refused:
            report(world, "QN", country="QM")
        assert [(d.rule, d.field) for d in refused.value.defects] == [("TD-1", "country")]


@pytest.mark.rule("TD-1")
def test_report_of_anothers_document_by_a_hostile_node_is_refused_and_says_why(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QN.bureau", "ab" * 16)
        content = Content(form={"kind": "P", "number": "QM4471902", "state": "stolen"})
        for country in ("QM", "", "qm"):
            terms = {**NONCE, "country": country}
            forge(
                world,
                "QN",
                "QO",
                own,
                "record",
                "report",
                procedure="travel_document",
                version=1,
                terms=terms,
                parts=[("document", content, b"")],
            )
        assert said(world, "QO", "QM4471902") == said(world, "QO", "QM4471902", country="QN") == ()
        with world.nodes["QO"].store.read() as unit:
            rules = [row.rule for row in unit.execute(select(schema.quarantine))]
        assert rules == ["document.issuer"] * 3


@pytest.mark.rule("TD-1")
def test_hostile_node_neither_adds_to_anothers_report_nor_takes_it_out(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = report(world)
        world.settle()
        with world.nodes["QO"].store.read() as unit:
            head = unit.execute(select(schema.track.c.head).where(schema.track.c.matter == matter)).scalar_one()
        content = Content(form={"kind": "P", "number": "QM9999999", "state": "stolen"})
        for step, terms in (
            ("found", {"how": "holder"}),
            ("withdraw", {"ground": "error"}),
            ("found_one", {}),
            ("correct", {"country": "QN"}),
        ):
            kind = {"found_one": "found", "correct": "document"}.get(step, "")
            number = Content(form={"kind": "P", "number": "QM4471902"})
            parts = [] if kind == "" else [(kind, number if kind == "found" else content, b"")]
            forge(
                world,
                "QN",
                "QO",
                matter,
                "record",
                step,
                prev=head,
                procedure="travel_document",
                version=1,
                terms=terms,
                parts=parts,
            )
        world.settle()
        assert len(said(world, "QO", "QM4471902")) == 1
        assert said(world, "QO", "QM9999999") == said(world, "QO", "QM9999999", country="QN") == ()
        assert status(world, "QO", matter) == "reported"


def test_report_that_nobody_can_read_is_refused_at_the_door(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QN.bureau", "ab" * 16)
        terms = {**NONCE, "country": "QN"}
        bad: list[tuple[str, str, dict[str, Any]]] = [
            ("report", "document", {"kind": "P", "number": "Ilka Varnholt", "state": "stolen"}),
            ("report", "document", {"kind": "P", "number": "A1234567", "state": "wanted"}),
            ("report", "document", {"kind": "P", "number": 7, "state": "stolen"}),
            ("report_many", "documents", {"list": "P\tA1\tstolen"}),
            ("report_many", "documents", {"list": ["P\tA1234567\tstolen\t20-01-01"]}),
            ("report_many", "documents", {"list": ["P\tA1234567\tstolen"] * (MOST + 1)}),
            ("report_range", "blanks", {"kind": "P", "first": "A1", "last": "A99999999999", "state": "stolen_blank"}),
            ("report_range", "blanks", {"kind": "P", "first": "A000000001", "last": "A999999999", "state": "lost"}),
        ]
        for step, kind, form in bad:
            forge(
                world,
                "QN",
                "QO",
                own,
                "record",
                step,
                procedure="travel_document",
                version=1,
                terms=terms,
                parts=[(kind, Content(form=form), b"")],
            )
        with world.nodes["QO"].store.read() as unit:
            rules = [row.rule for row in unit.execute(select(schema.quarantine))]
            assert reported.has_rows(unit) is reported.has_ranges(unit) is False
        assert rules == ["document.unreadable"] * len(bad)


@pytest.mark.rule("TD-2")
def test_every_defect_of_a_report_is_told_at_once(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused) as refused:
            report(world, number="Varnholt", lost_on="2027-01-01", issued_on="2027-02-01", country="QN")
        found = {(d.rule, d.field) for d in refused.value.defects}
        assert found == {("TD-1", "country"), ("TD-2", "number"), ("TD-2", "lost_on"), ("TD-2", "issued_on")}


@pytest.mark.rule("TD-2")
def test_list_is_reported_whole_or_not_at_all(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        rows = (
            "P,QM1000001,stolen,2026-11-01,Port Sorel,2020-01-02",
            "i;",
            "X,QM1000002,stolen,,,",
            "I,qm 1000003,LOST,2026-13-01,,",
            "P,QM-1000001,lost,,,",
            "P,Varnholt,lost,2026-11-01,,2026-11-02",
        )
        with pytest.raises(InputRefused) as refused:
            report(world, step="report_many", list=listed(*rows))
        assert [(d.file, d.place, d.field, d.rule) for d in refused.value.defects] == [
            ("lost.csv", "row 3", "", "document.list"),
            ("lost.csv", "row 4", "kind", "document.kind"),
            ("lost.csv", "row 5", "lost_on", "document.day"),
            ("lost.csv", "row 6", "number", "document.twice"),
            ("lost.csv", "row 7", "number", "document.number"),
            ("lost.csv", "row 7", "lost_on", "document.dates"),
        ]
        with pytest.raises(InputRefused) as none:
            report(world, step="report_many")
        assert [(d.rule, d.field) for d in none.value.defects] == [("TD-2", "list")]
        assert said(world, "QM", "QM1000001") == ()
        report(world, step="report_many", list=listed(rows[0], "I;QM1000003;lost;;;".replace(";", ",")))
        world.settle()
        for member in EVERYBODY:
            assert [len(said(world, member, "QM1000001")), len(said(world, member, "QM1000003", "I"))] == [1, 1]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "file.empty"),
        (b"kind,number,state,name\nP,A123,lost,Varnholt\n", "document.column"),
        (b"kind,state\nP,lost\n", "document.column"),
        (b"kind,number,state,kind\nP,A123,lost,P\n", "document.column"),
        (b"kind,number,state\n", "document.list"),
        (b'kind,number,state\nP,"A123,lost\n', "document.list"),
        (b"kind,number,state\nP,A\xff23,lost\n", "text.encoding"),
        (b"kind,number,state\n" + b"".join(b"P,A%06d,lost\n" % n for n in range(MOST + 1)), "document.list"),
    ],
)
def test_file_that_is_no_list_is_refused_with_its_rule(tmp_path: Path, data: bytes, rule: str) -> None:
    with federation(tmp_path, ("QM", "QS")) as world:
        with pytest.raises(InputRefused) as refused:
            report(world, step="report_many", list=(File("lost.csv", data),))
        assert rule in {d.rule for d in refused.value.defects}
        assert all(d.file == "lost.csv" and d.remedy != "" for d in refused.value.defects)


def test_blank_in_a_range_is_found_and_its_neighbours_are_not(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        report(world, step="report_range")
        world.settle()
        for member in EVERYBODY:
            assert [one.blank_range for one in said(world, member, "QM5500250")] == [True]
            assert said(world, member, "QM5500251") == said(world, member, "QM5500000") == ()
            assert said(world, member, "QM05500100") == said(world, member, "QM5500100", "I") == ()


@pytest.mark.rule("TD-3")
@pytest.mark.parametrize(
    ("step", "data"), [("found", {"how": "holder"}), ("withdraw", {"ground": "mistyped"})], ids=["found", "withdraw"]
)
@pytest.mark.parametrize("merged", [False, True])
def test_what_is_taken_back_leaves_every_register_and_each_member_answers_by_name(
    tmp_path: Path, step: str, data: dict[str, str], merged: bool
) -> None:
    with federation(tmp_path) as world:
        matters = [report(world), report(world, number="QM1000009"), report(world, step="report_range")]
        world.settle()
        if merged:
            for node in world.nodes.values():
                register_upkeep.merge_due(node, world.now, enough=1)
        acts = [take(world, matter, step, **data) for matter in (matters[0], matters[2])]
        assert said(world, "QM", "QM4471902") == ()
        world.settle(20)
        for member in EVERYBODY:
            assert said(world, member, "QM4471902") == said(world, member, "QM5500007") == ()
            assert len(said(world, member, "QM1000009")) == 1
            with world.nodes[member].store.read() as unit:
                assert reported.ended_batches(unit) == []
        with world.nodes["QM"].store.read() as unit:
            answers = {(r.member, r.code, r.moment) for r in post.receipts_of(unit, acts)}
        assert {(member, "erased", "gone") for member in ("QN", "QO")} <= answers


def test_correction_takes_the_place_of_what_was_reported(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = report(world)
        world.settle()
        take(world, matter, "correct", country="QM", kind="P", number="QM4471920", state="lost")
        world.settle()
        for member in EVERYBODY:
            assert said(world, member, "QM4471902") == ()
            assert [one.state for one in said(world, member, "QM4471920")] == ["lost"]
        take(world, matter, "correct_range", **{**BLANKS, "country": "QM"})
        world.settle()
        assert [len(said(world, "QN", number)) for number in ("QM4471920", "QM5500100")] == [0, 1]


@pytest.mark.rule("TD-3")
def test_one_of_many_that_was_found_again_is_found_by_nobody_and_the_others_stand(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        many = report(world, step="report_many", list=listed("P,QM1000001,lost,,,", "P,QM1000002,lost,,,"))
        blanks = report(world, step="report_range")
        for matter, wrong in ((many, "QM1000003"), (blanks, "QM5500251"), (blanks, "QM1000001")):
            with pytest.raises(InputRefused) as refused:
                take(world, matter, "found_one", kind="P", number=wrong)
            assert [(d.rule, d.field) for d in refused.value.defects] == [("TD-3", "number")]
        take(world, many, "found_one", kind="P", number="QM 1000001")
        for number in ("QM5500001", "QM5500017", "QM5500250"):
            take(world, blanks, "found_one", kind="P", number=number)
        world.settle()
        for member in EVERYBODY:
            assert [len(said(world, member, f"QM100000{n}")) for n in (1, 2)] == [0, 1]
            numbers = ("QM5500001", "QM5500002", "QM5500016", "QM5500017", "QM5500018", "QM5500249", "QM5500250")
            assert [len(said(world, member, number)) for number in numbers] == [0, 1, 1, 0, 1, 1, 0]
        take(world, many, "correct_many", country="QM", list=listed("P,QM1000001,stolen,,,"))
        world.settle()
        assert [len(said(world, "QO", f"QM100000{n}")) for n in (1, 2)] == [1, 0]


def test_recall_that_comes_before_the_report_keeps_it_out(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = report(world)
        take(world, matter, "withdraw", ground="error")
        world.settle(20)
        for member in EVERYBODY:
            assert said(world, member, "QM4471902") == ()


@pytest.mark.rule("TD-5")
def test_record_is_gone_after_its_last_day(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        report(world, until="2026-12-31")
        with pytest.raises(InputRefused) as refused:
            report(world, until="2026-11-01")
        assert [(d.rule, d.field) for d in refused.value.defects] == [("TD-5", "until")]
        world.settle()
        for node in world.nodes.values():
            register_upkeep.merge_due(node, world.now, enough=1)
        world.now += timedelta(days=38)
        world.settle()
        assert len(said(world, "QN", "QM4471902")) == 1
        world.now += timedelta(days=2)
        world.settle(20)
        for member in EVERYBODY:
            assert said(world, member, "QM4471902") == ()


def test_no_report_comes_up_on_anybodys_desk_by_itself(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        report(world)
        world.settle()
        for member in EVERYBODY:
            with world.nodes[member].store.read() as unit:
                assert desk.alerts(unit, [f"{member}.bureau"]) == []
