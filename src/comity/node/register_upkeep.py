"""Keeping the register's files: rows that acts reported are merged into a generation, what was recalled is overwritten.

Both are done by workers from rows that a commit left behind, under the register's lock, and again from the start by
whoever comes after one that died: merging first makes the generation that holds the rows, then takes them out of the
tables; overwriting first changes the files, then forgets the batch. What ended is shown by nobody from the transaction
on that ended it, whatever the files still say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from comity.errors import OwnFault
from comity.model.act import read_header
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.register import FOLDER, fits, register_of
from comity.node.registering import bring_in_line, reports_documents
from comity.procedures.machine import fold
from comity.storage import acts as act_rows
from comity.storage import desk, reported
from comity.storage.register import Entry, begin_anew, locked

ENOUGH = 200_000
"""Rows that wait at least before they are merged: few enough to be asked quickly."""
SHARE = 20
"""Nor are they merged, for their number, before they are one in so many of those in the files, since all of these are
written anew: a register that is filled from nothing is written so many times and no more."""
LONGEST = timedelta(days=1)
"""How long a row waits at most."""
LOST = "~"
"""Stands for the generation in use while all of them are lost: none is called so."""
SLICE = 5000
"""Rows read or taken out in one transaction."""


def merge_due(node: Node, now: datetime, *, enough: int | None = None) -> bool:
    """Merges what waits if it is ``enough`` or has waited for long; whether it was done."""
    with node.store.read() as unit:
        waits = reported.waiting(unit)
    if waits.rows == 0:
        return False
    register = register_of(node)
    least = max(ENOUGH, register.rows // SHARE) if enough is None else enough
    if waits.rows < least and now - instant(waits.oldest) < LONGEST:
        return False
    with register.alone(wait=False) as held:
        if not held or not fits(node, register):
            return False
        name = register.next_name()
        with node.store.write() as unit:
            desk.put_setting(unit, reported.MERGED, register.name)
            desk.put_setting(unit, reported.MERGING, name)
        register.add(_rows(node, waits.newest), name)
        left = SLICE
        while left == SLICE:
            with node.store.write() as unit:
                desk.put_setting(unit, reported.MERGED, name)
                left = reported.drop_rows(unit, upto=waits.newest, limit=SLICE)
    return True


def overwrite_due(node: Node) -> bool:
    """Overwrites what ended in the register's files; False while somebody else is at work in them."""
    with node.store.read() as unit:
        ended = reported.ended_batches(unit)
    if len(ended) == 0:
        return True
    register = register_of(node)
    with register.alone(wait=False) as held:
        if not held:
            return False
        register.erase(ended)
        with node.store.write() as unit:
            reported.drop_batches(unit, ended)
    return True


def mend_due(node: Node, now: datetime) -> bool:
    """Reports every document anew where the files are damaged, or lack what the database gave to them; whether it was
    done. A restored backup, or a disk that lost a file, mends itself so."""
    try:
        lost = not fits(node, register_of(node))
    except OwnFault:
        lost = True
    if lost:
        rebuild(node, now)
    return lost


def rebuild(node: Node, now: datetime) -> int:
    """Reports every document anew from the matters, without the files there were; returns how many matters.

    Until all are there, and again after it was broken off, a look-up says that the register cannot be asked.
    """
    with locked(node.home / FOLDER):
        with node.store.write() as unit:
            _name(unit, LOST)
        node.screens.register = None
        begin_anew(node.home / FOLDER)
    kinds = [one.kind for one in node.registry if reports_documents(one)]
    with node.store.read() as unit:
        matters = act_rows.matters_of(unit, kinds)
    for matter in matters:
        with node.store.write() as unit:
            _report_again(node, unit, matter, stamp(now))
    with node.store.write() as unit:
        _name(unit, "")
    return len(matters)


def _name(unit: Connection, name: str) -> None:
    """Says which generation alone may be in use."""
    for setting in (reported.MERGED, reported.MERGING):
        desk.put_setting(unit, setting, name)


def _report_again(node: Node, unit: Connection, matter: str, at: str) -> None:
    row = act_rows.matter_rows(unit, [matter])[matter]
    procedure = node.registry.get(str(row["procedure"]), int(row["version"]))
    if procedure is None:
        return
    headers = {one.digest: read_header(one.header) for one in act_rows.acts_of(unit, [matter]).get(matter, [])}
    reported.end_batches(unit, reported.batches_of(unit, matter), at=at)
    bring_in_line(node, unit, fold(procedure, headers, node.reviewer), headers, at)


def _rows(node: Node, upto: int) -> Iterator[tuple[bytes, Entry]]:
    """The rows that wait, batch by batch, in short reads."""
    after = (0, b"")
    while True:
        with node.store.read() as unit:
            some = reported.rows_after(unit, after, upto=upto, limit=SLICE)
        for batch, row in some:
            yield row.key, Entry(row.state, row.day, batch)
        if len(some) < SLICE:
            return
        after = (some[-1][0], some[-1][1].key)
