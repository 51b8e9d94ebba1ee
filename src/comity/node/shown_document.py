"""A possible hit of a document as an officer reads it: what was reported, by whom, and whom to telephone first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.model.travel_document import STATES
from comity.node.node import Node
from comity.node.query import duty_number

DOCUMENT_DECISIONS = {
    "same": "The document is as reported",
    "not_same": "Another document, or put right",
    "cant_tell": "Can't tell",
}
"""How the decision about a possible hit is called where it is of a document."""


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """What the register says of a traveller's document: what was reported when, by whom, and whom to telephone;
    ``own`` where the record is this member's own."""

    kind: str
    number: str
    state: str
    said_on: str
    owner: str
    owner_name: str
    phone: str
    blank_range: bool
    own: bool


def document_of(node: Node, form: Mapping[str, Any]) -> ShownDocument | None:
    """What the form of a possible hit says of a document; None where it is about a person."""
    said = form.get("document")
    if not isinstance(said, Mapping):
        return None
    owner = str(said.get("owner", ""))
    return ShownDocument(
        kind=str(said.get("kind", "")),
        number=str(said.get("number", "")),
        state=dict(STATES).get(str(said.get("state", "")), str(said.get("state", ""))),
        said_on=str(said.get("said_on", "")),
        owner=owner,
        owner_name=node.name(owner),
        phone=duty_number(node, owner),
        blank_range=bool(said.get("blank_range", False)),
        own=owner == node.member,
    )
