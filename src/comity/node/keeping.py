"""Keeping under one's own law what a matter may be recalled of: a copy, declared by an officer with its ground.

The copy is made while the content is there: opened and written down like any reading, given ids of this member's
own, and put into a matter of its own that names nobody else's. What is kept locked holds no statement that a search
would find. A recall erases the matter all the same; beside *erased* whoever recalled is told what is kept
(:mod:`comity.node.debts`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.errors import RuleRefused
from comity.model.content import Attachment, Content
from comity.node.action import Done, Order, take_step
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.parts import Draft
from comity.node.query import seen_matter
from comity.node.reading import Opened, Reader, read_attachment
from comity.node.story import Held, part_lines
from comity.procedures.record.table import COPY, LOCK, LOCKED, OWN
from comity.storage import paper
from comity.storage.paper import KeptRecord

CODES = {"keep": "kept", "restrict": "restricted"}
"""Step of the record's table to the receipt that it is answered by."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What an officer declares: ``step`` is keep or restrict, ``data`` its form, ``key`` the form's."""

    step: str
    data: dict[str, Any]
    key: str = ""


def may_keep_of(node: Node, held: Held) -> bool:
    """Whether anything can be kept of a matter: it came from another member, and its content is still here."""
    return bool(held.row["shows"]) and str(held.row["owner_member"]) not in ("", node.member)


def keep(node: Node, officer: Officer, matter: str, keeping: Keeping, now: datetime) -> Done:
    """Makes the record and declares it; raises :class:`RuleRefused` or :class:`InputRefused`."""
    if keeping.step not in CODES:
        raise RuleRefused("There is no such step.", rule="procedure.step")
    with node.store.read() as unit:
        held, purpose = seen_matter(node, unit, officer, matter, now)
        if not may_keep_of(node, held):
            raise RuleRefused(
                "Nothing can be kept of it: it is your own, or its content was withdrawn.",
                rule="record.nothing",
                remedy="A record is made while the content is still here.",
            )
        reader = Reader(node, officer, purpose, now)
        others = {digest: header for digest, header in held.headers.items() if not node.is_own(header.agency)}
        reader.open(unit, held.row, others)
    drafts = tuple(_copies(node, officer, held, reader.disclose(), keeping.step, now))
    if len(drafts) == 0:
        raise RuleRefused("You may read nothing of it, so nothing can be kept.", rule="record.nothing")
    order = Order("record", keeping.step, "record", data=keeping.data, key=keeping.key, drafts=drafts)
    done = take_step(node, officer, order, now)
    _declare(node, matter, done, keeping, now)
    return done


def _declare(node: Node, matter: str, done: Done, keeping: Keeping, now: datetime) -> None:
    """Writes down, once, that the record stands for the matter."""
    basis, until = str(keeping.data.get("basis", "")).strip(), str(keeping.data.get("until", "")).strip()
    with node.store.write() as unit:
        if all(one.record != done.matter for one in paper.records_of(unit, [matter])):
            one = KeptRecord(done.matter, matter, CODES[keeping.step], basis, until, stamp(now))
            paper.keep_record(unit, one)


def _copies(
    node: Node, officer: Officer, held: Held, opened: dict[str, tuple[Opened, ...]], step: str, now: datetime
) -> Iterator[Draft]:
    """The copied parts; under ids of this member's own where they are kept open, as plain lines where locked."""
    locked = step == "restrict"
    kind, handling = (LOCK, LOCKED) if locked else (COPY, OWN)
    seen: set[str] = set()
    for digest, some in opened.items():
        for one in some:
            if one.content is None or one.head.commitment in seen:
                continue
            seen.add(one.head.commitment)
            if one.content.attachment is not None:
                media, data = read_attachment(node, officer, one.head.commitment, now)
                yield Draft(kind, handling, Content(attachment=_manifest(one.content.attachment, media, data)), data)
            elif one.content.entity is not None and not locked:
                tree = {**one.content.entity, "id": f"{officer.agency}:{node.draw(8).hex()}"}
                yield Draft(kind, handling, Content(entity=tree))
            else:
                yield Draft(kind, handling, Content(form=_lines(node, held, digest, one)))


def _lines(node: Node, held: Held, digest: str, one: Opened) -> dict[str, Any]:
    """The values of a part under the labels that they were shown by."""
    header = held.headers[digest]
    step = None if held.procedure is None else held.procedure.step(header.step, header.track.partition("/")[0])
    if one.content is None:
        return {}
    lines = part_lines(node.members(), None if step is None else step.form, one.head.kind, one.content)
    return {line.label: [str(value) for value in line.values] for line in lines}


def _manifest(before: Attachment, media: str, data: bytes) -> Attachment:
    digest = hashlib.sha256(data).hexdigest()
    return Attachment(before.name, media, len(data), digest, (), before.label)
