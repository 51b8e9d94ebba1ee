"""An administrator who edits the database is found by `comity ledger verify`, which names the entry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from tests.federation import federation
from tests.node.test_road import send

from comity.node import notary


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with federation(tmp_path) as world:
        for _ in range(5):
            send(world)
        world.settle()
        notary.issue_checkpoints(world.nodes["QN"], world.now)
    return tmp_path / "QN"


def verify(home: Path) -> tuple[int, list[dict[str, object]]]:
    command = [sys.executable, "-m", "comity.cli", "ledger", "verify", "--home", str(home), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout != "", done.stderr
    return done.returncode, json.loads(done.stdout)


def edit(home: Path, statement: str, *values: object) -> None:
    database = dbapi2.connect(str(home / "comity.sqlite"))
    database.execute(statement, values)
    database.commit()
    database.close()


def test_untouched_ledger_is_good(home: Path) -> None:
    code, rows = verify(home)
    assert code == 0
    assert {row["log"] for row in rows} >= {"main", "pair-qm"}
    assert all(row["good"] for row in rows)


def test_changed_entry_is_named_with_the_difference(home: Path) -> None:
    raw = (
        dbapi2.connect(str(home / "comity.sqlite"))
        .execute("SELECT data FROM leaf WHERE log='main' AND idx=3")
        .fetchone()
    )
    edit(home, "UPDATE leaf SET data=? WHERE log='main' AND idx=3", bytes(raw[0]).replace(b"record", b"recorD"))
    code, rows = verify(home)
    says = next(str(row["says"]) for row in rows if row["log"] == "main")
    assert code == 1
    assert "entry 3" in says.lower()


def test_removed_entry_is_named(home: Path) -> None:
    edit(home, "DELETE FROM leaf WHERE log='main' AND idx=2")
    code, rows = verify(home)
    says = next(str(row["says"]) for row in rows if row["log"] == "main")
    assert code == 1
    assert "2" in says


def test_ledger_cut_at_the_end_contradicts_its_checkpoint(home: Path) -> None:
    database = dbapi2.connect(str(home / "comity.sqlite"))
    last = database.execute("SELECT max(idx) FROM leaf WHERE log='main'").fetchone()[0]
    database.close()
    edit(home, "DELETE FROM leaf WHERE log='main' AND idx=?", last)
    code, _ = verify(home)
    assert code == 1


def test_forged_checkpoint_is_refused(home: Path) -> None:
    edit(home, "UPDATE checkpoint SET note=CAST(replace(note, 'comity', 'comitY') AS BLOB) WHERE log='main'")
    command = [sys.executable, "-m", "comity.cli", "ledger", "verify", "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
