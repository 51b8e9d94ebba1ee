"""Opening parts for the node itself, without a disclosure: nobody is shown what is read here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from comity.model.content import Content, read_content
from comity.model.sealing import open_part
from comity.node.node import Node
from comity.storage import acts as act_rows


def opened_parts(node: Node, unit: Connection, acts: Mapping[str, Any]) -> list[tuple[str, Content]]:
    """(act, content) of every part of these acts that is here and not hidden, oldest act first."""
    parts = act_rows.parts_of_acts(unit, acts)
    keys = node.keys.get([part.commitment for some in parts.values() for part in some])
    found = []
    for digest in sorted(acts, key=lambda one: acts[one].time):
        for part in parts.get(digest, ()):
            if part.hidden is None and part.sealed is not None and part.commitment in keys:
                data = open_part(keys[part.commitment][0], part.commitment, part.sealed)
                found.append((digest, read_content(data)))
    return found
