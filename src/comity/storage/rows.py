"""Writing many rows of many tables in one go, and the small conveniences that every row module uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect

Row = dict[str, Any]


class Batch:
    """Rows gathered outside the transaction's inner loop and written together, table by table."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Table, tuple[str, ...]], list[tuple[Any, ...]]] = {}

    def add(self, table: Table, *rows: Row) -> None:
        """Gathers rows of one table."""
        for row in rows:
            self._rows.setdefault((table, tuple(row)), []).append(tuple(row.values()))

    def extend(self, table: Table, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
        """Gathers many rows of one table whose values stand in the order of ``columns``."""
        self._rows.setdefault((table, columns), []).extend(rows)

    def write(self, unit: Connection) -> None:
        """Writes everything gathered, in the order in which tables were first named."""
        for (table, columns), rows in self._rows.items():
            if len(rows) > 0:
                unit.exec_driver_sql(_insert(table, columns, unit.dialect), rows)
        self._rows.clear()


@cache
def _insert(table: Table, columns: tuple[str, ...], dialect: Dialect) -> str:
    """The statement in the driver's own words: rows go to it as they are, which halves the cost of a batch."""
    marks = ", ".join(["?" if dialect.paramstyle == "qmark" else "%s"] * len(columns))
    quote = dialect.identifier_preparer.quote
    return f"INSERT INTO {quote(table.name)} ({', '.join(quote(name) for name in columns)}) VALUES ({marks})"  # noqa: S608


def asked(unit: Connection, statement: str, values: Sequence[Any]) -> list[Any]:
    """The rows of a select whose one ``{}`` stands for as many marks as there are values; asked of the driver itself,
    in the transaction of ``unit``, since it is asked very often and a row is wanted as it is."""
    mark = "?" if unit.dialect.paramstyle == "qmark" else "%s"
    cursor = unit.connection.cursor()
    try:
        cursor.execute(statement.format(", ".join([mark] * len(values))), tuple(values))
        return list(cursor.fetchall())
    finally:
        cursor.close()


def slices(items: Iterable[str], size: int = 400) -> Iterator[Sequence[str]]:
    """``items`` in pieces that fit into one IN list."""
    everything = list(items)
    for first in range(0, len(everything), size):
        yield everything[first : first + size]


def as_set(texts: Iterable[str]) -> str:
    """A small set of codes as one text that can be searched with LIKE: ``|a|b|``."""
    return "|" + "".join(f"{text}|" for text in sorted(set(texts)))


def from_set(text: str) -> tuple[str, ...]:
    """The codes in a text made by :func:`as_set`."""
    return tuple(word for word in text.split("|") if word != "")
