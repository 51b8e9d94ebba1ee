"""Reporting documents from a desk without a script: one, a list with its defects by row, and what its page shows."""

from __future__ import annotations

from pathlib import Path

from tests.federation import federation
from tests.node.test_travel_document import said
from tests.web.desks import seat

from comity.procedures.travel_document import V1

NEW = "/matters/new/travel_document/record"


def test_officer_reports_a_document_and_a_list_and_reads_every_defect_by_row(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        desk = seat(world, "QM")
        assert "Report a range of blanks" in desk.get("/").text
        one = desk.post(f"{NEW}.report", V1.example["record.report"])
        assert one.status_code == 200
        assert "In the register" in one.text
        assert "QM4471902" in one.text
        assert len(said(world, "QM", "QM4471902")) == 1
        bad = {"list": ("lost.csv", b"kind,number,state\nP,QM1000001,lost\nP,Varnholt,lost\n", "text/csv")}
        refused = desk.post(f"{NEW}.report_many", {"country": "QM"}, files=bad)
        assert refused.status_code == 422
        assert "row 3: The number has no digit." in refused.text
        assert said(world, "QM", "QM1000001") == ()
        good = {"list": ("lost.csv", b"kind;number;state\nP;QM1000001;lost\nI;QM1000002;stolen\n", "text/csv")}
        many = desk.post(f"{NEW}.report_many", {"country": "QM"}, files=good)
        assert many.status_code == 200
        assert "QM1000002" in many.text
        world.settle()
        assert [len(said(world, "QN", "QM1000001")), len(said(world, "QN", "QM1000002", "I"))] == [1, 1]


def test_form_has_no_field_for_a_name(tmp_path: Path) -> None:
    with federation(tmp_path, ("QM", "QS")) as world:
        for step in ("report", "report_many", "report_range"):
            form = V1.step(step, "record")
            assert form is not None
            assert form.form is not None
            assert not {"name", "holder", "last_name", "first_name", "text"} & {f.name for f in form.form.fields}
            assert f'name="{form.form.fields[0].name}"' in seat(world, "QM").get(f"{NEW}.{step}").text
