"""Documents put into a node's register as its acts would put them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import insert, update

from comity.model.travel_document import Document, blank_range, document_key, plain_number
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.register import register_key
from comity.storage import desk, reported, schema
from comity.storage.reported import ReportedRow

EPOCH = date(1970, 1, 1)


def commitment_of(number: str) -> str:
    """The part that reports a number, as 64 hex digits."""
    return plain_number(number).encode().hex().ljust(64, "0")[:64]


def report(
    node: Node, kind: str, country: str, number: str, state: str, day: str, *, last: str = "", owner: str = ""
) -> None:
    """Reports a document, or a range of blanks up to ``last``, in a matter of its own."""
    name = commitment_of(number)
    days = (date.fromisoformat(day) - EPOCH).days
    with node.store.write() as unit:
        batch = reported.open_batch(
            unit,
            commitment=name,
            matter=name[:32],
            agency=f"{owner or node.member}.bureau",
            source=name,
            at=stamp(node.clock()),
        )
        if last != "":
            blanks = blank_range(kind, country, number, last)
            assert blanks is not None
            reported.put_range(unit, batch, blanks, state=state, day=days)
        else:
            key = document_key(register_key(node), Document(kind, country, number))
            reported.put_rows(unit, batch, [ReportedRow(key, state, days)])
    put_part(node, name)


def put_part(node: Node, name: str) -> None:
    """The part behind a report, as far as erasing asks about it."""
    with node.store.write() as unit:
        unit.execute(
            insert(schema.part).values(
                commitment=name, matter=name[:32], track="owner", agency=f"{node.member}.bureau", member=node.member,
                kind="report", tlp="AMBER", code="H1", purposes="|border_check|", until_day=30_000,
            )
        )  # fmt: skip


def take_back(node: Node, number: str, now: datetime) -> None:
    """Takes a report back, as a recall does."""
    name = commitment_of(number)
    with node.store.write() as unit:
        reported.end_batches(unit, [name], at=stamp(now))
        unit.execute(update(schema.part).where(schema.part.c.commitment == name).values(hidden=stamp(now)))


def lose_files(node: Node) -> None:
    """Leaves the database with a generation whose files are not there: the register cannot be asked."""
    with node.store.write() as unit:
        for name in (reported.MERGED, reported.MERGING):
            desk.put_setting(unit, name, "00000009")
