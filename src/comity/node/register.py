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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from comity.errors import OwnFault
from comity.model.track import member_of
from comity.model.travel_document import Document, document_keys, series_of
from comity.node.node import Node
from comity.storage import desk, reported
from comity.storage.register import Entry, Register

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
            found += _found(unit, register, some, keys)
    return found


def register_of(node: Node) -> Register:
    """The register of this node's home, opened once in this process."""
    screens = node.screens
    with screens.lock:
        if screens.register is None:
            screens.register = Register(node.home / FOLDER)
        return screens.register


def register_key(node: Node) -> bytes:
    """The secret under which documents are kept (32 bytes); it follows from the node's vault key."""
    return hmac.new(node.ring.vault, b"comity-documents-1", hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class _Said:
    """What one batch says of one document, before it is known whether the batch stands."""

    entry: Entry
    blank: bool


def _found(
    unit: Connection, register: Register, documents: Sequence[Document], keys: Sequence[bytes]
) -> list[tuple[Finding, ...]]:
    layer = reported.rows_of(unit, keys) if reported.has_rows(unit) else {}
    blanks = _blanks(unit, documents) if reported.has_ranges(unit) else {}
    merged = desk.setting(unit, reported.MERGED, "")
    register.reload()
    if register.name < merged:
        raise _behind(register.name, merged)
    said: dict[int, list[_Said]] = {}
    for n, (key, entries) in enumerate(zip(keys, register.find(keys), strict=True)):
        if key in layer or len(entries) > 0 or n in blanks:
            rows = (Entry(state, day, batch) for batch, state, day in layer.get(key, ()))
            every = dict.fromkeys([_Said(entry, False) for entry in (*rows, *entries)] + blanks.get(n, []))
            said[n] = sorted(every, key=lambda one: (one.entry.batch, one.blank, one.entry.day))
    standing = reported.standing_batches(unit, (one.entry.batch for some in said.values() for one in some))
    return [
        tuple(_finding(one, documents[n], standing) for one in said.get(n, ()) if one.entry.batch in standing)
        for n in range(len(documents))
    ]


def _blanks(unit: Connection, documents: Iterable[Document]) -> dict[int, list[_Said]]:
    """What ranges of blanks say, by the document's place."""
    places = {n: place for n, document in enumerate(documents) if (place := series_of(document)) is not None}
    ranges = reported.ranges_of(unit, (series for series, _ in places.values()))
    found: dict[int, list[_Said]] = {}
    for n, (series, number) in places.items():
        for one in ranges.get(series, ()):
            if one.first <= number <= one.last:
                found.setdefault(n, []).append(_Said(Entry(one.state, one.day, one.batch), True))
    return found


def _finding(said: _Said, document: Document, standing: Mapping[int, reported.StandingBatch]) -> Finding:
    batch = standing[said.entry.batch]
    day = said.entry.day
    return Finding(
        state=said.entry.state,
        country=document.country.lower(),
        said_on=None if day == 0 else (date(1970, 1, 1) + timedelta(days=day)).isoformat(),
        owner=member_of(batch.agency),
        matter=batch.matter,
        blank_range=said.blank,
    )


def _behind(name: str, merged: str) -> OwnFault:
    return OwnFault(
        f"The register's files are at {name or 'nothing'}; the database says {merged}.",
        rule="register.behind",
        remedy="Build the register again from the matters; until then nothing is looked up.",
        recorded="",
    )
