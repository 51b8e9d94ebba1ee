"""Bringing a database up to date with Alembic; a new file gets the present tables at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect

from comity.storage.schema import metadata
from comity.storage.sqlite import open_engine

HEAD = "0011"
"""The newest revision; a test holds it against the folder."""


def bring_up_to_date(path: Path, *, revision: str = "head") -> None:
    """Migrates the database at ``path`` to ``revision``, creating it if it is not there."""
    engine = open_engine(path)
    try:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            if "alembic_version" in tables and revision == "head":
                at = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
                if at == HEAD:
                    return
        if len(tables) == 0 and revision == "head":
            with engine.begin() as connection:
                metadata.create_all(connection)
                _stamp(connection)
        else:
            _alembic(path, lambda config: command.upgrade(config, revision))
    finally:
        engine.dispose()


def _stamp(connection: Connection) -> None:
    """Marks a new file as being at the newest revision, as ``alembic stamp head`` does, without loading them all."""
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def _alembic(path: Path, run: Callable[[Config], None]) -> None:
    """One Alembic command in one transaction of its own."""
    engine = open_engine(path)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            config.attributes["connection"] = connection
            run(config)
            connection.exec_driver_sql("COMMIT")
    finally:
        engine.dispose()
