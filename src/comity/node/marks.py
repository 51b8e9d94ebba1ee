"""Marks by which the secretariat knows a person again after the content of a request is gone.

A mark is an HMAC under a secret of the node over source and what identifies the person: it names nobody and cannot be
made elsewhere. Every request leaves its marks; they count as *do not reload* only while the request stands cancelled
on a ground of protection, and run out with the charter's term. Nothing of them ever leaves
(``domain/16-practice.md`` section 4).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from comity.model.act import Header
from comity.model.content import read_content
from comity.model.sealing import open_part
from comity.model.span import span_of
from comity.model.track import member_of
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.policy.clocks import due
from comity.storage import acts as act_rows
from comity.storage import schema

_WORD = re.compile(r"\w+")
_NAMES = ("name", "alias", "lastName")
_NUMBERS = ("passportNumber", "idNumber")


@dataclass(frozen=True, slots=True)
class Marked:
    """An earlier request about the same person from the same source."""

    matter: str
    at: datetime


def keep(node: Node, unit: Connection, act: str, header: Header, at: str) -> None:
    """Keeps the marks of one request's subject."""
    source = member_of(header.agency)
    known = set(unit.execute(select(schema.mark.c.mark).where(schema.mark.c.matter == header.matter)).scalars())
    found = {one for properties in _subjects(node, unit, act) for one in marks_of(node, source, properties)}
    rows = [{"matter": header.matter, "mark": one, "source": source, "at": at} for one in sorted(found - known)]
    if len(rows) > 0:
        unit.execute(insert(schema.mark), rows)


def marks_of(node: Node, source: str, properties: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The marks of one person from one source: names with the date of birth, and document numbers."""
    spans = [span_of(birth) for birth in properties.get("birthDate", ())]
    years = {str(year) for span in spans if span is not None for year in span.years} or {""}
    for prop in _NAMES:
        for name in properties.get(prop, ()) if prop != "lastName" else _whole(properties):
            words = " ".join(sorted(_WORD.findall(_folded(name))))
            yield from (_keyed(node, source, "name", words, year) for year in sorted(years))
    for prop in _NUMBERS:
        for number in properties.get(prop, ()):
            yield _keyed(node, source, "number", re.sub(r"\W", "", number).upper())


def earlier(node: Node, unit: Connection, matter: str, now: datetime) -> list[Marked]:
    """Earlier matters of the same source that share a mark with ``matter``, as far as the charter's term reaches."""
    mine = select(schema.mark.c.mark).where(schema.mark.c.matter == matter)
    query = select(schema.mark.c.matter, schema.mark.c.at).where(
        schema.mark.c.mark.in_(mine), schema.mark.c.matter != matter
    )
    found = {str(row.matter): instant(str(row.at)) for row in unit.execute(query)}
    return [Marked(other, at) for other, at in sorted(found.items()) if not _is_over(node, at, now)]


def expire(node: Node, unit: Connection, now: datetime) -> int:
    """Drops marks whose term is over; returns how many."""
    law = node.rule("retention.notice.nominal")
    if not isinstance(law.value, int):
        return 0
    last = stamp(due(now, -law.value, law.unit))
    return unit.execute(delete(schema.mark).where(schema.mark.c.at < last)).rowcount


def _is_over(node: Node, at: datetime, now: datetime) -> bool:
    law = node.rule("retention.notice.nominal")
    return isinstance(law.value, int) and due(at, law.value, law.unit) < now


def _subjects(node: Node, unit: Connection, act: str) -> Iterator[Mapping[str, Sequence[str]]]:
    parts = act_rows.parts_of_acts(unit, [act]).get(act, ())
    keys = node.keys.get([part.commitment for part in parts])
    for part in parts:
        if part.sealed is not None and part.commitment in keys:
            content = read_content(open_part(keys[part.commitment][0], part.commitment, part.sealed))
            if content.entity is not None:
                yield content.entity.get("properties", {})


def _whole(properties: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Forenames and family name as one name."""
    words = (*properties.get("firstName", ()), *properties.get("lastName", ()))
    return (" ".join(words),) if len(words) > 0 else ()


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text)
    return "".join(char for char in bare if not unicodedata.combining(char)).casefold()


def _keyed(node: Node, *words: str) -> str:
    return hmac.new(node.ring.vault, "\x1f".join(("comity-mark-1", *words)).encode(), hashlib.sha256).hexdigest()
