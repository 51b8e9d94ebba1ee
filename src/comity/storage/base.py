"""The port that every store keeps: reading, and one writer at a time in one transaction.

A ``Store`` gives connections; what is read and written with them stands in the modules of this folder, each for
one kind of row. Concrete stores are named by :mod:`comity.bootstrap` alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Store(Protocol):
    """A node's database."""

    def read(self) -> AbstractContextManager[Connection]:
        """A short read; readers are short by rule, since an open one keeps the write-ahead log from truncation."""

    def write(self) -> AbstractContextManager[Connection]:
        """The writer, in one transaction that commits on success and leaves nothing on an exception."""

    def truncate_log(self) -> bool:
        """Empties what the engine keeps beside the tables; False if a reader was in the way."""

    def close(self) -> None:
        """Closes every connection."""


class KeyStore(Protocol):
    """Part keys and salts, in a file of their own."""

    def put(self, keys: dict[str, tuple[bytes, bytes]]) -> None:
        """Keeps (key, salt) for each commitment, durably, before it returns."""

    def get(self, commitments: list[str]) -> dict[str, tuple[bytes, bytes]]:
        """What is kept of them."""

    def destroy(self, commitments: list[str]) -> None:
        """Destroys them, rewrites what held them and syncs it before it returns."""

    def all(self) -> set[str]:
        """Every commitment that has a key."""

    def close(self) -> None:
        """Closes the file."""
