"""One possible hit of a traveller, as screening finds it and before it is written down, with the terms it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.formats.manifest import Traveller
from comity.matching.hit import Hit
from comity.matching.judgement import Judgement, Pair
from comity.model.handling import Handling
from comity.node.node import Node
from comity.policy.handling import Source, strictest
from comity.procedures.located.checks import PROTECTED_CODES
from comity.procedures.screening.table import BORDER

REGISTER = "documents"
"""What stands in place of a list's name where a possible hit is of a document."""


@dataclass(frozen=True, slots=True)
class Found:
    """One possible hit: whose row, what it says, the record as a tree, the pair it is about, the part it was found
    in, if any, and the decision that takes it out of the way, if there is one. ``document`` is what the
    register says, where the hit is of a document."""

    row: int
    traveller: dict[str, Any]
    hit: Hit
    record: dict[str, Any]
    pair: Pair
    matter: str = ""
    parts: frozenset[str] = frozenset()
    handling: Handling = BORDER
    before: Judgement | None = None
    protects: str = ""
    document: Mapping[str, Any] | None = None


def protects_of(traveller: Traveller) -> str:
    """The code on a travel document that raises the protection gate by itself, or the empty text."""
    codes = (traveller.nationality, *(document.country for document in traveller.documents))
    return next((code for code in codes if code in PROTECTED_CODES), "")


def terms_of_hit(node: Node, handlings: tuple[Handling, ...]) -> Handling:
    """A possible hit is drawn from the carrier's row and the other member's parts: the strictest terms of all."""
    here = frozenset({node.member})
    drawn = [Source(f"part {n}", handling, here) for n, handling in enumerate(handlings, 1)]
    return strictest([Source("the passenger list", BORDER, here), *drawn]).handling
