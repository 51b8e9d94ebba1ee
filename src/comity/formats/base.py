"""What a format is: bytes in, entities out, and for some the way back.

A reader takes the bytes of one or more named files and returns a :class:`Reading`, or raises
:class:`comity.errors.InputRefused` with every defect it found. It drops nothing silently: what it tolerates it
says in a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.errors import Defect, InputRefused
from comity.formats.manifest import Manifest
from comity.model.value import clean as clean

Tree = dict[str, Any]
"""One FollowTheMoney entity as a plain tree: ``{"id", "schema", "properties": {name: [texts]}}``."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd that was tolerated, and how it was understood."""

    says: str
    file: str = ""
    place: str = ""

    def __str__(self) -> str:
        where = ", ".join(word for word in (self.file, self.place) if word != "")
        return f"{where}: {self.says}" if where != "" else self.says


@dataclass(frozen=True, slots=True)
class Rows:
    """What became of the rows (records, in XML) of one file: every one is mapped or left aside for a reason."""

    file: str
    mapped: int
    ignored: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """All the rows of the file."""
        return self.mapped + sum(count for _, count in self.ignored)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader understood: entities, carriers' manifests if the format has them, notices, the date that the
    publisher gives the edition (ISO, empty where there is none), and for lists what became of every row."""

    entities: tuple[Tree, ...]
    notices: tuple[Notice, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    published: str = ""
    rows: tuple[Rows, ...] = ()


Read = Callable[[Mapping[str, bytes], datetime], Reading]
"""``read(files, now)``: file name to bytes; ``now`` settles two-digit years."""

Write = Callable[[Reading], Mapping[str, bytes]]
"""``write(reading)``: file name to bytes; reading them again gives equal entities and manifests."""


@dataclass(frozen=True, slots=True)
class Format:
    """One member of the registry; ``example`` is a small complete input that reads without a defect."""

    name: str
    title: str
    docs: str
    example: Mapping[str, bytes]
    recognises: Callable[[str, bytes], bool]
    read: Read
    write: Write | None = None


def make_tree(entity_id: str, schema: str, values: Mapping[str, Collection[str]]) -> Tree:
    """A canonical tree: properties by name, values without repeats and sorted, empty ones left out."""
    properties: dict[str, list[str]] = {}
    for name in sorted(values):
        found = values[name]
        if len(found) == 1:  # as most are
            properties[name] = [*found]
        elif len(found) > 1:
            properties[name] = sorted(set(found))
    return {"id": entity_id, "schema": schema, "properties": properties}


def decode_text(name: str, data: bytes, encoding: str, defects: list[Defect]) -> str:
    """The text of one file; an undecodable byte becomes a defect that names its offset."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        defects.append(
            Defect(
                "text.encoding",
                f"Byte {data[error.start]:#04x} is not {encoding}.",
                f"Save the file as {encoding}.",
                name,
                f"offset {error.start}",
            )
        )
        return data.decode(encoding, "replace")


def refuse_empty(files: Mapping[str, bytes], what: str) -> None:
    """Raises for no file at all and for files without content."""
    empty = [
        Defect("file.empty", "The file is empty.", "Fetch it again; an empty file never replaces a list.", name)
        for name, data in files.items()
        if len(data.strip(b" \t\r\n\x00\x1a")) == 0
    ]
    if len(files) == 0 or len(empty) > 0:
        raise InputRefused(f"The {what} cannot be read.", empty)
