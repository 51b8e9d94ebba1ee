"""Migrations carry data, and the tables they end with are those of a new file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from comity.storage import migrate
from comity.storage.sqlite import SqliteStore


def columns(path: Path) -> dict[str, set[tuple[str, str, bool]]]:
    store = SqliteStore(path)
    with store.read() as unit:
        looked = inspect(unit)
        found = {
            table: {(c["name"], str(c["type"]), bool(c["nullable"])) for c in looked.get_columns(table)}
            for table in looked.get_table_names()
        }
        found |= {
            f"indexes of {table}": {(i["name"], str(i["column_names"]), True) for i in looked.get_indexes(table)}
            for table in looked.get_table_names()
        }
    store.close()
    return found


def test_head_is_the_newest_revision_of_the_folder() -> None:
    names = sorted(path.name for path in (Path(migrate.__file__).parent / "migrations/versions").glob("r0*.py"))
    assert names[-1].startswith(f"r{migrate.HEAD}_")


def test_migrated_tables_equal_new_ones(tmp_path: Path) -> None:
    migrate.bring_up_to_date(tmp_path / "new.sqlite")
    migrate.bring_up_to_date(tmp_path / "old.sqlite", revision="0001")
    assert columns(tmp_path / "old.sqlite") != columns(tmp_path / "new.sqlite")
    migrate.bring_up_to_date(tmp_path / "old.sqlite")
    assert columns(tmp_path / "old.sqlite") == columns(tmp_path / "new.sqlite")


def test_migration_carries_matters_and_says_which_may_be_acted_on(tmp_path: Path) -> None:
    path = tmp_path / "comity.sqlite"
    migrate.bring_up_to_date(path, revision="0001")
    store = SqliteStore(path)
    row = (
        "INSERT INTO matter (matter, procedure, version, owner, owner_member, own_agencies, parties, status, shows,"
        " ended, opened, changed) VALUES (:m, 'diffusion', 1, 'QM.bureau', 'QM', '|QN.bureau|', '|QM|QN|', :s, :shows,"
        " 0, 't', 't')"
    )
    with store.write() as unit:
        for matter, status, shows in (("a", "sent", 1), ("b", "suspended", 1), ("c", "withdrawn", 0)):
            unit.execute(text(row), {"m": matter * 32, "s": status, "shows": shows})
    store.close()
    migrate.bring_up_to_date(path)
    store = SqliteStore(path)
    with store.read() as unit:
        acts = {row.status: row.acts for row in unit.execute(text("SELECT status, acts FROM matter"))}
    store.close()
    assert {status: bool(value) for status, value in acts.items()} == {
        "sent": True,
        "suspended": False,
        "withdrawn": False,
    }


def test_file_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "comity.sqlite"
    migrate.bring_up_to_date(path)
    before = path.read_bytes()
    migrate.bring_up_to_date(path)
    assert path.read_bytes() == before
