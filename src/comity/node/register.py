"""What the register says of documents: by number, kind and country alone, exactly, in one go for any number of them.

Asked are the documents that acts reported and no generation holds yet, the ranges of blanks, and the generation in use
(:mod:`comity.storage.register`), in this order: a row leaves the tables only once a generation holds it, so that none
is missed between them. What a batch says counts only while the batch stands in the same read.

Nobody is shown anything here and nothing is written down: whoever asks for an officer or a system logs it. How
documents come in and go is :mod:`comity.node.registering`; merging and overwriting :mod:`comity.node.register_upkeep`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from comity.errors import OwnFault
from comity.model.track import member_of
from comity.model.travel_document import Document, document_keys, series_of
from comity.node.node import Node
from comity.storage import reported
from comity.storage.register import Register

FOLDER = "register"
"""The folder of a home that holds the generations."""
AT_ONCE = 4096
"""Documents asked about in one read of the database, which is short by rule."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is said of a document: a *possible* hit, to be confirmed with the owner first.

    ``state`` is one of :data:`comity.model.travel_document.STATES`; ``country`` the issuer in two small letters;
    ``said_on`` the day that the record names (of the loss, the theft or the decision), ISO, or None where it names
    none; ``owner`` the member that reported it, ``matter`` where; ``blank_range`` whether it was reported as one of a
    range of blanks.
    """

    state: str
    country: str
    said_on: str | None
    owner: str
    matter: str
    blank_range: bool


def look_up(node: Node, documents: Sequence[Document]) -> list[tuple[Finding, ...]]:
    """What the register says of each document, in order; an empty tuple where it says nothing.

    Raises :class:`OwnFault` where the register cannot be asked: then nothing was checked, and nobody may be told that
    nothing was found.
    """
    key, register = register_key(node), register_of(node)
    found: list[tuple[Finding, ...]] = []
    for first in range(0, len(documents), AT_ONCE):
        some = documents[first : first + AT_ONCE]
        keys = document_keys(key, some)
        with node.store.read() as unit:
            found += _found(node, unit, register, some, keys)
    return found


def register_of(node: Node) -> Register:
    """The register of this node's home, opened once in this process."""
    screens = node.screens
    with screens.lock:
        if screens.register is None:
            screens.register = Register(node.home / FOLDER)
        return screens.register


def fits(node: Node, register: Register) -> bool:
    """Whether the files in use are those that the database gave its rows to."""
    for _ in range(3):  # a generation may be put into use between the two looks
        register.reload()
        name = register.name
        with node.store.read() as unit:
            if name in reported.before_files(unit).generations:
                return True
    return False


def register_key(node: Node) -> bytes:
    """The secret under which documents are kept (32 bytes); it follows from the node's vault key."""
    return hmac.new(node.ring.vault, b"comity-documents-1", hashlib.sha256).digest()


_Said = tuple[int, bool, str, int]
"""(batch, one of a range of blanks, state, day): what one batch says of one document."""


def _found(
    node: Node, unit: Connection, register: Register, documents: Sequence[Document], keys: Sequence[bytes]
) -> list[tuple[Finding, ...]]:
    before = reported.before_files(unit)
    layer = reported.rows_of(unit, keys) if before.rows else {}
    said = _blanks(unit, documents) if before.ranges else {}
    register.reload()
    if register.name not in before.generations and not fits(node, register):
        raise _astray(register.name, before.generations[0])
    for n, (key, entries) in enumerate(zip(keys, register.find(keys), strict=True)):
        if key in layer:
            said.setdefault(n, set()).update((batch, False, state, day) for batch, state, day in layer[key])
        if len(entries) > 0:
            said.setdefault(n, set()).update((one.batch, False, one.state, one.day) for one in entries)
    standing = reported.standing_batches(unit, (one[0] for some in said.values() for one in some))
    found: list[tuple[Finding, ...]] = [()] * len(documents)
    for n, some in said.items():
        country = documents[n].country.lower()
        found[n] = tuple(_finding(one, country, standing[one[0]]) for one in sorted(some) if one[0] in standing)
    return found


def _blanks(unit: Connection, documents: Iterable[Document]) -> dict[int, set[_Said]]:
    """What ranges of blanks say, by the document's place."""
    places = {n: place for n, document in enumerate(documents) if (place := series_of(document)) is not None}
    ranges = reported.ranges_of(unit, (series for series, _ in places.values()))
    found: dict[int, set[_Said]] = {}
    for n, (series, number) in places.items() if len(ranges) > 0 else ():
        for one in ranges.get(series, ()):
            if one.first <= number <= one.last:
                found.setdefault(n, set()).add((one.batch, True, one.state, one.day))
    return found


def _finding(said: _Said, country: str, batch: reported.StandingBatch) -> Finding:
    _, blank, state, day = said
    return Finding(state, country, _day(day), member_of(batch.agency), batch.matter, blank)


@lru_cache(maxsize=1 << 14)
def _day(day: int) -> str | None:
    return None if day == 0 else (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def _astray(name: str, merged: str) -> OwnFault:
    return OwnFault(
        f"The register's files are at {name or 'nothing'}; the database says {merged or 'nothing'}.",
        rule="register.astray",
        remedy="The running node builds them again from the matters; until then nothing is looked up.",
        recorded="",
    )
