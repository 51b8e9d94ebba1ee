"""The three recorded moments of an erasure, after the first was written in the recall's own transaction.

*Hidden*: the recall's transaction left a tombstone. *Keyless*: keys and salts are destroyed in their file, which
is rewritten and synced; then sealed bytes and pieces leave the tables. *Gone*: nothing of them is left in the
database's log, in the register's files or in any index built from them. Each moment is a ledger leaf and a receipt to
whoever recalled; the last receipt waits for what is still owed (:mod:`comity.node.debts`).

A crash between two steps is made good by doing the step again: destroying what is destroyed changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from comity.model.act import read_header
from comity.model.track import member_of
from comity.node.debts import answer_gone, owe_prints, receipt_of, send_receipts
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.recalling import erase_leaf
from comity.node.register_upkeep import overwrite_due
from comity.storage import acts as act_rows
from comity.storage import log
from comity.storage.acts import StoredPart
from comity.storage.rows import Batch


def erase_due(node: Node, now: datetime, forget: Callable[[], None]) -> bool:
    """Takes hidden parts to keyless, or else keyless ones to gone, one moment a call; True if anything was done.

    ``forget`` drops every index in memory that may hold a hidden value; it is called before *gone* is written.
    """
    with node.store.read() as unit:
        hidden, _ = act_rows.parts_to_erase(unit)
    if len(hidden) > 0:
        node.keys.destroy([part.commitment for part in hidden])
        with node.store.write() as unit:
            act_rows.drop_sealed(unit, [part.commitment for part in hidden], at=stamp(now))
            _say(node, unit, hidden, "hidden", now, leaf=False)
            _say(node, unit, hidden, "keyless", now)
        node.bell.set()
        return True
    with node.store.read() as unit:
        _, keyless = act_rows.parts_to_erase(unit)
    if len(keyless) == 0:
        return False
    forget()
    if not overwrite_due(node) or not node.store.truncate_log():
        return False
    with node.store.write() as unit:
        act_rows.mark_gone(unit, [part.commitment for part in keyless], at=stamp(now))
        owe_prints(node, unit, keyless, stamp(now))
        _say(node, unit, keyless, "gone", now)
    node.bell.set()
    return True


def sweep_keys(node: Node) -> int:
    """Destroys keys whose part was never recorded, as a crash may leave them; returns how many."""
    every = node.keys.all()
    with node.store.read() as unit:
        known = act_rows.parts_by_commitment(unit, every)
    orphans = sorted(every - known.keys()) + sorted(c for c, p in known.items() if p.keyless is not None)
    node.keys.destroy(orphans)
    return len(orphans)


def _say(
    node: Node, unit: Connection, parts: Iterable[StoredPart], moment: str, now: datetime, *, leaf: bool = True
) -> None:
    """Ledger leaves for the acts that carried these parts, and receipts to whoever recalled them."""
    some = list(parts)
    carriers = act_rows.acts_of_parts(unit, [part.commitment for part in some])
    writer, batch = log.LogWriter(unit), Batch()
    recalls = {part.recall for part in some if part.recall is not None}
    recalling = act_rows.acts_by_digest(unit, recalls)
    speakers = {digest: read_header(one.header).agency for digest, one in recalling.items()}
    said: set[tuple[str, str]] = set()
    for part in some:
        for digest in sorted(carriers.get(part.commitment, ())):
            if leaf and (digest, part.recall or "") not in said:
                said.add((digest, part.recall or ""))
                erase_leaf(
                    node,
                    writer,
                    digest,
                    speakers.get(part.recall or "", part.agency),
                    moment,
                    part.recall or "",
                    stamp(now),
                )
    hid: dict[str, datetime] = {}
    for part in some:
        if part.recall is not None and part.hidden is not None and moment == "hidden":
            hid[part.recall] = min(hid.get(part.recall, now), instant(part.hidden))
    _receipts(node, unit, batch, {recall: hid.get(recall, now) for recall in recalls}, moment)
    writer.write(batch)
    batch.write(unit)


def _receipts(node: Node, unit: Connection, batch: Batch, recalls: Mapping[str, datetime], moment: str) -> None:
    """One receipt for each recall, with its own time: nobody's answer tells when another's recall took effect."""
    if moment == "gone":
        for digest, at in sorted(recalls.items()):
            answer_gone(node, unit, batch, [digest], at)
        return
    step: Literal["hidden", "keyless"] = "hidden" if moment == "hidden" else "keyless"
    stored = act_rows.acts_by_digest(unit, recalls)
    receipts = [
        receipt_of(node, act, member_of(read_header(one.header).agency), "erased", recalls[act], moment=step)
        for act, one in sorted(stored.items())
    ]
    send_receipts(node, unit, batch, receipts)
