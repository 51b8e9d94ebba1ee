"""SQLite behind the port: write-ahead log, full synchronisation, overwritten deletes, one writer.

Every pragma is read back, since a driver may stop a statement half way and leave ``secure_delete`` off. The
driver is pysqlite3, because Python 3.11's own SQLite is too old.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, create_engine, event, text

from comity.errors import OwnFault

PRAGMAS = {"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1", "temp_store": "2"}


class SqliteStore:
    """One node's database file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = open_engine(path)
        self._writer = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See :class:`comity.storage.base.Store`."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """See :class:`comity.storage.base.Store`."""
        with self._writer, self._engine.connect() as connection:
            connection.execute(text("BEGIN IMMEDIATE"))
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.exec_driver_sql("COMMIT")

    def truncate_log(self) -> bool:
        """See :class:`comity.storage.base.Store`."""
        with self._writer, self._engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            return int(busy) == 0

    def close(self) -> None:
        """See :class:`comity.storage.base.Store`."""
        self._engine.dispose()


class SqliteKeys:
    """Part keys in a SQLite file of their own, with nothing left of a destroyed key in file or log."""

    def __init__(self, path: Path) -> None:
        self._store = SqliteStore(path)
        with self._store.write() as unit:
            unit.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS part_key"
                " (commitment TEXT PRIMARY KEY, key BLOB NOT NULL, salt BLOB NOT NULL)"
            )

    def put(self, keys: dict[str, tuple[bytes, bytes]]) -> None:
        """See :class:`comity.storage.base.KeyStore`."""
        if len(keys) == 0:
            return
        rows = [(commitment, key, salt) for commitment, (key, salt) in keys.items()]
        with self._store.write() as unit:
            unit.exec_driver_sql("INSERT OR IGNORE INTO part_key VALUES (?, ?, ?)", rows)

    def get(self, commitments: list[str]) -> dict[str, tuple[bytes, bytes]]:
        """See :class:`comity.storage.base.KeyStore`."""
        found: dict[str, tuple[bytes, bytes]] = {}
        with self._store.read() as unit:
            for first in range(0, len(commitments), 500):
                some = tuple(commitments[first : first + 500])
                marks = ",".join("?" * len(some))
                rows = unit.exec_driver_sql(f"SELECT * FROM part_key WHERE commitment IN ({marks})", some)  # noqa: S608
                found.update({row[0]: (bytes(row[1]), bytes(row[2])) for row in rows})
        return found

    def destroy(self, commitments: list[str]) -> None:
        """See :class:`comity.storage.base.KeyStore`."""
        if len(commitments) == 0:
            return
        with self._store.write() as unit:
            unit.exec_driver_sql("DELETE FROM part_key WHERE commitment = ?", [(c,) for c in commitments])
        if not self._store.truncate_log():
            raise OwnFault(
                "The key file could not be rewritten: another process reads it.",
                rule="vault.busy",
                remedy="It is tried again; if it goes on, stop the other process.",
                recorded="The keys are deleted and their last copy waits in the log.",
            )

    def all(self) -> set[str]:
        """See :class:`comity.storage.base.KeyStore`."""
        with self._store.read() as unit:
            return {row[0] for row in unit.exec_driver_sql("SELECT commitment FROM part_key")}

    def close(self) -> None:
        """See :class:`comity.storage.base.KeyStore`."""
        self._store.close()


def open_engine(path: Path) -> Engine:
    """An engine on one file, its pragmas set and read back on each connection."""
    engine = create_engine(
        f"sqlite+pysqlite:///{path}", module=dbapi2, connect_args={"timeout": 30, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}").close()
            got = str(connection.execute(f"PRAGMA {name}").fetchone()[0])
            if got != value:
                raise OwnFault(f"SQLite keeps {name} at {got}; {value} is needed.", rule="storage.pragma")

    return engine
