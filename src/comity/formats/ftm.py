"""FollowTheMoney entities as JSON lines: one entity a line, strict, every bad line named.

Nested entities, statements and unknown keys beside id, schema and properties are not read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from comity.errors import Defect, InputRefused
from comity.formats.base import Format, Reading, Tree, refuse_empty
from comity.model.collector import without_collector
from comity.model.entity import entity_defects

KEYS = frozenset({"id", "schema", "properties"})
TOLERATED_KEYS = frozenset(
    {"caption", "datasets", "referents", "first_seen", "last_seen", "last_change", "target", "origin"}
)
"""What publishers write beside the entity; it is left aside."""
MAX_LINE = 4 << 20


@without_collector()
def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The entities in order; raises :class:`InputRefused` with every defect of every line. ``now`` is not used."""
    refuse_empty(files, "entity file")
    defects: list[Defect] = []
    trees = [tree for name, data in files.items() for tree in _lines(name, data, defects)]
    if len(defects) > 0:
        raise InputRefused("The entity file cannot be read.", defects)
    return Reading(tuple(trees))


def write(reading: Reading) -> Mapping[str, bytes]:
    """One file, keys sorted."""
    return {"entities.ftm.json": write_lines(reading.entities)}


def write_lines(trees: tuple[Tree, ...]) -> bytes:
    """One JSON document a line, keys sorted, so that equal entities are equal bytes."""
    encoder = msgspec.json.Encoder(order="sorted")
    return b"".join(encoder.encode(tree) + b"\n" for tree in trees)


def recognises(name: str, data: bytes) -> bool:
    """Whether this looks like JSON lines of entities."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"schema"' in data[: 1 << 20]


def _lines(name: str, data: bytes, defects: list[Defect]) -> Iterator[Tree]:
    places: dict[str, int] = {}
    for number, tree in rows(name, data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), defects):
        if tree["id"] in places:
            says = f"The id {tree['id']!r} is given in row {places[tree['id']]} already."
            remedy = "Give each entity an id of its own."
            defects.append(Defect("ftm.repeated", says, remedy, name, f"row {number}", "id"))
            continue
        places[tree["id"]] = number
        yield tree


def rows(name: str, lines: Iterable[bytes], defects: list[Defect]) -> Iterator[tuple[int, Tree]]:
    """(row, entity) of one file given line by line; what is wrong goes into ``defects``. Ids are not compared."""
    for number, line in enumerate(lines, 1):
        if line.strip() != b"":
            tree = _tree(name, f"row {number}", line, defects)
            if tree is not None:
                yield number, tree


def _tree(name: str, place: str, line: bytes, defects: list[Defect]) -> Tree | None:
    def defect(rule: str, says: str, remedy: str, field: str = "") -> None:
        defects.append(Defect(rule, says, remedy, name, place, field))

    try:
        tree: Any = msgspec.json.decode(line) if len(line) <= MAX_LINE else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        defect("ftm.json", f"The line is not JSON ({error}).", "Write one JSON object a line; the file may be cut.")
        return None
    if not isinstance(tree, dict):
        defect("ftm.json", "The line is not a JSON object of moderate size.", "Write one JSON object a line.")
        return None
    for key in sorted(set(tree) - KEYS - TOLERATED_KEYS):
        defect("ftm.key", f"The key {key!r} is not known.", "Give id, schema and properties.", key)
    found = list(entity_defects(tree, file=name, place=place))
    defects.extend(found)
    if len(found) > 0:
        return None
    return {"id": tree["id"], "schema": tree["schema"], "properties": tree.get("properties", {})}


FORMAT = Format(
    name="ftm",
    title="FollowTheMoney entities, JSON lines",
    docs="One entity a line with id, schema and properties, in the FollowTheMoney vocabulary and Comity's additions.",
    example={
        "entities.ftm.json": b'{"id":"a1","schema":"Person","properties":{"name":["Drazen Lukic"],'
        b'"birthDate":["1971-03-12"],"nationality":["ch"]}}\n'
    },
    recognises=recognises,
    read=read,
    write=write,
)
