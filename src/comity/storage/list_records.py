"""The entities of one list version at hand: by id, by holder, and by the words of their names.

A file beside the version's lines, made from them once and never changed: it exists only whole, and a reader that
finds it damaged or of another making makes it anew. It holds nothing that the lines do not hold.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pysqlite3 import dbapi2

from comity.errors import OwnFault
from comity.storage.rows import slices

MADE = "1"
"""The making of the file; another one is made anew."""
FILE = "records.sqlite"
WORD = re.compile(r"\w+")
_TABLES = """
CREATE TABLE made (version TEXT NOT NULL, lines TEXT NOT NULL);
CREATE TABLE record (n INTEGER PRIMARY KEY, id TEXT NOT NULL, schema TEXT NOT NULL, tree BLOB NOT NULL);
CREATE TABLE held (holder TEXT NOT NULL, n INTEGER NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize="unicode61 remove_diacritics 2", prefix='2 3');
"""

Tree = dict[str, Any]


class ListRecords:
    """The records of one version; open one with :func:`open_records`. Each thread reads over its own connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def by_id(self, ids: Iterable[str]) -> dict[str, Tree]:
        """The entities with these ids, as far as the version has them."""
        found = {}
        for some in slices(sorted(set(ids))):
            for raw in self._rows(f"SELECT tree FROM record WHERE id IN ({_marks(some)})", some):  # noqa: S608
                tree = _tree(raw[0])
                found[str(tree["id"])] = tree
        return found

    def held_by(self, ids: Iterable[str]) -> dict[str, list[Tree]]:
        """Papers and other entities that name one of ``ids`` as their holder, by holder, in the list's order."""
        found: dict[str, list[Tree]] = {}
        query = "SELECT held.holder, record.tree FROM held JOIN record ON record.n = held.n WHERE held.holder IN"
        for some in slices(sorted(set(ids))):
            for holder, raw in self._rows(f"{query} ({_marks(some)}) ORDER BY record.n", some):
                found.setdefault(holder, []).append(_tree(raw))
        return found

    def search(self, text: str, schemas: Iterable[str], *, last_begins: bool = False) -> Iterator[Tree]:
        """Entities of these schemas that hold every word of ``text``, nearest first; all of them for no word.

        With ``last_begins`` the last word may go on, as while somebody still types it.
        """
        words = [f'"{word}"' for word in WORD.findall(text)]
        of = tuple(sorted(set(schemas)))
        if len(words) == 0:
            rows = self._rows(f"SELECT tree FROM record WHERE schema IN ({_marks(of)}) ORDER BY n", of)  # noqa: S608
        else:
            asked = " ".join(words) + ("*" if last_begins else "")
            query = "SELECT record.tree FROM words JOIN record ON record.n = words.rowid"
            query += f" WHERE words MATCH ? AND record.schema IN ({_marks(of)}) ORDER BY bm25(words), record.n"
            rows = self._rows(query, (asked, *of))
        return (_tree(raw) for (raw,) in rows)

    def schemas(self) -> dict[str, int]:
        """How many entities there are of each schema."""
        return {str(name): int(n) for name, n in self._rows("SELECT schema, count(*) FROM record GROUP BY 1", ())}

    def _rows(self, query: str, values: Iterable[str]) -> Iterator[Any]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = dbapi2.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True)
            self._local.connection = connection
        try:
            yield from connection.execute(query, tuple(values))
        except dbapi2.DatabaseError as error:
            raise OwnFault(
                f"The records of a list cannot be read: {error}.",
                rule="lists.records",
                remedy=f"Delete {FILE} in the folder of the list's version; it is made anew.",
                recorded="",
            ) from error


def open_records(
    folder: Path, lines: str, trees: Callable[[], Iterable[Mapping[str, Any]]], words: Callable[[Tree], str]
) -> ListRecords:
    """The records in a version's ``folder``, made first where they are not there.

    ``lines`` is the digest of the version's lines, ``trees`` gives its entities, ``words`` the text by which one is
    found.
    """
    path = folder / FILE
    if not _is_made(path, lines):
        _make(path, lines, trees, words)
    return ListRecords(path)


def _is_made(path: Path, lines: str) -> bool:
    if not path.is_file():
        return False
    try:
        connection = dbapi2.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        try:
            return list(connection.execute("SELECT version, lines FROM made")) == [(MADE, lines)]
        finally:
            connection.close()
    except dbapi2.DatabaseError:
        return False


def _make(
    path: Path, lines: str, trees: Callable[[], Iterable[Mapping[str, Any]]], words: Callable[[Tree], str]
) -> None:
    beside = path.with_name(f"{path.name}.{threading.get_ident()}.tmp")
    beside.unlink(missing_ok=True)
    connection = dbapi2.connect(beside, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.executescript(_TABLES)
        connection.execute("BEGIN")
        for n, tree in enumerate(trees(), 1):
            _add(connection, n, dict(tree), words)
        connection.execute("INSERT INTO made VALUES (?, ?)", (MADE, lines))
        connection.execute("COMMIT")
        connection.execute("CREATE INDEX record_id ON record (id)")
        connection.execute("CREATE INDEX record_schema ON record (schema, n)")
        connection.execute("CREATE INDEX held_by ON held (holder)")
    finally:
        connection.close()
    beside.replace(path)


def _add(connection: Any, n: int, tree: Tree, words: Callable[[Tree], str]) -> None:
    row = (n, tree["id"], tree["schema"], msgspec.json.encode(tree))
    connection.execute("INSERT INTO record VALUES (?, ?, ?, ?)", row)
    connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (n, words(tree)))
    for holder in tree["properties"].get("holder", ()):
        connection.execute("INSERT INTO held VALUES (?, ?)", (holder, n))


def _tree(raw: bytes) -> Tree:
    tree: Tree = msgspec.json.decode(raw)
    return tree


def _marks(values: Iterable[str]) -> str:
    return ", ".join("?" for _ in values)
