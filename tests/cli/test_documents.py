"""``comity documents`` and ``comity hooks`` as an administrator and an officer call them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.federation import federation
from tests.node.documents import report
from tests.web.test_check import ZONE
from typer.testing import CliRunner, Result

from comity.bootstrap import close_node, open_node
from comity.cli.app import app
from comity.node import document_bulk, seats
from comity.storage import look_ups as rows

runner = CliRunner()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with federation(tmp_path, ("QM", "QS")) as world:
        node = world.nodes["QM"]
        report(node, "P", "qm", "QM4471902", "stolen", "2026-11-03")
        for role in ("duty_officer", "data_protection_officer", "administrator"):
            seats.create_exercise_account(node, role.replace("_", "-"), "QM.bureau", (role,), world.now)
        yield world.folder / "QM"


def call(home: Path, *words: str, code: int = 0) -> Result:
    result = runner.invoke(app, ["--home", str(home), *words])
    assert result.exit_code == code, result.output + str(result.exception)
    return result


def listed(home: Path, extra: int = 0) -> Path:
    file = home / "list.csv"
    zone = ZONE.replace("\n", "")
    body = "".join(f",P,QM,QM{n:07},\n" for n in range(extra))
    file.write_text(f"id,kind,country,number,mrz\na,P,QM,qm-4471902,\nb,P,QM,QM9,\nc,,,,{zone}\n{body}")
    return file


def answers(file: Path) -> list[tuple[str, str, str]]:
    with file.open(newline="") as lines:
        return [(row["id"], row["outcome"], row["state"]) for row in csv.DictReader(lines)]


def asked(home: Path) -> list[rows.LookUp]:
    node = open_node(home)
    try:
        with node.store.read() as unit:
            return list(rows.after(unit, 1))
    finally:
        close_node(node)


def test_a_list_is_looked_up_and_every_answer_written(home: Path) -> None:
    told = call(home, "documents", "check", str(listed(home)), code=1).output
    assert "a (row 2)  Possible: confirm with the owner first" in told
    assert "3 documents: 2 possible hits, nothing reported under 1, not checked 0." in told
    out = home / "answers.csv"
    call(home, "documents", "check", str(listed(home)), "--out", str(out), code=1)
    assert answers(out) == [("a", "hit", "stolen"), ("b", "none", ""), ("c", "hit", "stolen")]
    lines = home / "answers.jsonl"
    summary = json.loads(
        call(home, "--json", "documents", "check", str(listed(home)), "--out", str(lines), code=1).stdout
    )
    assert summary == {"documents": 3, "hits": 2, "nothing": 1, "not_checked": 0}
    first = json.loads(lines.read_text().splitlines()[0])
    assert (first["id"], first["findings"][0]["owner"]) == ("a", "QM")
    clean = home / "clean.csv"
    clean.write_text("kind;country;number\nP;QM;QM9\n")
    call(home, "documents", "check", str(clean))
    assert {row.purpose for row in asked(home)} == {"border_check"}
    assert "entries of the ledger look_ups agree" in call(home, "ledger", "verify").output


def test_a_run_that_was_killed_goes_on_and_ends_alike(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_bulk, "PIECE", 4)
    file, whole, broken = listed(home, 20), home / "whole.csv", home / "broken.csv"
    call(home, "documents", "check", str(file), "--out", str(whole), code=1)
    real, left = document_bulk.check_rows, [3]

    def killed(*given: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(document_bulk, "check_rows", killed)
    runner.invoke(app, ["--home", str(home), "documents", "check", str(file), "--out", str(broken)])
    assert 0 < len(answers(broken)) < 23
    with broken.open("ab") as torn:
        torn.write(b"half a li")
    result = call(home, "documents", "check", str(file), "--out", str(broken), code=1)
    assert "Goes on after row 8 of 23." in result.output
    assert answers(broken) == answers(whole)
    assert not broken.with_name("broken.csv.state").exists()


def test_a_list_with_defects_is_refused_before_anything_is_asked(home: Path) -> None:
    file = home / "bad.csv"
    file.write_text("kind,country,number\nP,QM,QM1\nQ,QM,QM1\nP,Nowhere,\n")
    told = call(home, "documents", "check", str(file), "--out", str(home / "o.csv"), code=1).output
    assert "row 3, kind" in told
    assert "row 4, country" in told
    assert "row 4, number" in told
    assert "Nothing was looked up." in told
    assert asked(home) == []


def test_who_asked_is_told_to_the_data_protection_officer(home: Path) -> None:
    call(home, "documents", "check", str(listed(home)), code=1)
    told = json.loads(call(home, "--json", "documents", "asked", "QM4471902", "--country", "QM").stdout)
    assert [one["outcome"] for one in told] == ["hit", "hit"]
    call(home, "documents", "asked", "QM4471902", "--country", "QM", "--as", "duty-officer", code=1)
    call(home, "documents", "check", str(listed(home)), "--as", "administrator", code=1)
    assert len(asked(home)) == 3


def test_systems_are_added_listed_and_removed(home: Path) -> None:
    key = json.loads(
        call(home, "--json", "accounts", "key", "border", "--purpose", "border_check", "--scope", "documents").stdout
    )["id"]
    words = ("hooks", "add", "border", "https://border.example/events", "--key", key)
    made = json.loads(call(home, "--json", *words, "--event", "document.changed", "--event", "list.changed").stdout)
    assert made["secret"].startswith("whsec_")
    call(home, *words, "--event", "list.changed", code=1)
    (shown,) = json.loads(call(home, "--json", "hooks", "list").stdout)
    assert (shown["name"], shown["events"], shown["not_delivered"]) == (
        "border",
        ["document.changed", "list.changed"],
        0,
    )
    assert "secret" not in shown
    call(home, "hooks", "add", "in", "http://127.0.0.1:1/x", "--key", key, "--event", "list.changed", "--inside")
    assert "[event.unreachable]" in call(home, "hooks", "test", "in", code=1).output
    call(home, "hooks", "remove", "border")
    assert [one["name"] for one in json.loads(call(home, "--json", "hooks", "list").stdout)] == ["in"]
