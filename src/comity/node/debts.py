"""What a recall still waits for at this node before its last receipt: prints that are out, national systems.

When the last byte is gone here and nothing is owed, the answer is *gone*. As long as numbered prints of what was
recalled are out, the answer is *paper outstanding* with their number, anew when one of them came back, and *gone*
follows when the last of them was returned or destroyed; as long as a national system has not answered that it erased,
*gone* waits too. The answer goes to whoever recalled, and to nobody else: after a cancellation by the secretariat
that is the secretariat (``domain/16-practice.md`` sections 4 and 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from comity.exchange.delivery import delivery_id
from comity.exchange.receipt import Receipt, sign_receipts
from comity.model.act import read_header
from comity.model.canon import encode
from comity.model.track import member_of
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.storage import acts as act_rows
from comity.storage import paper, post
from comity.storage.acts import StoredPart
from comity.storage.paper import Debt
from comity.storage.rows import Batch

PRINT, HOOK = "print", "hook"


def owe_prints(node: Node, unit: Connection, parts: Iterable[StoredPart], at: str) -> None:
    """Writes down, for each recall, the prints that are out and were drawn from what it reached."""
    some = [part for part in parts if part.recall is not None]
    out = paper.prints_of_parts(unit, [part.commitment for part in some])
    found = {(part.recall or "", number) for part in some for number in out.get(part.commitment, ())}
    paper.owe(unit, (Debt(recall, PRINT, number, "out", at) for recall, number in sorted(found)))


def answer_gone(node: Node, unit: Connection, batch: Batch, recalls: Iterable[str], now: datetime) -> None:
    """The receipt for each recall whose content is gone here: *gone*, or what it still waits for."""
    wanted = set(recalls)
    owed: dict[str, list[Debt]] = {}
    for debt in paper.debts(unit, recalls=wanted):
        owed.setdefault(debt.recall, []).append(debt)
    outbox = post.Outbox(unit)
    for digest, stored in sorted(act_rows.acts_by_digest(unit, wanted).items()):
        speaker = member_of(read_header(stored.header).agency)
        debts = owed.get(digest, [])
        prints = sum(1 for debt in debts if debt.kind == PRINT)
        if prints > 0:
            _send(node, unit, batch, outbox, receipt_of(node, digest, speaker, "paper_outstanding", now, count=prints))
        elif len(debts) == 0:
            _send(node, unit, batch, outbox, receipt_of(node, digest, speaker, "erased", now, moment="gone"))
        for one in _kept(unit, stored.matter, stamp(now)[:10]):
            code: Literal["kept", "restricted"] = "kept" if one.code == "kept" else "restricted"
            until = one.until if code == "restricted" else ""
            receipt = receipt_of(node, digest, speaker, code, now, basis=one.basis, until=until)
            _send(node, unit, batch, outbox, receipt)
    outbox.close()


def _kept(unit: Connection, matter: str, day: str) -> list[paper.KeptRecord]:
    """The records of one's own that stand for a matter, one of each kind."""
    records = [one for one in paper.records_of(unit, [matter]) if one.until == "" or one.until >= day]
    rows = act_rows.matter_rows(unit, [one.record for one in records])
    standing = [one for one in records if one.record in rows and not rows[one.record]["ended"]]
    return list({one.code: one for one in standing}.values())


def pay(node: Node, unit: Connection, debts: Iterable[Debt], now: datetime, *, state: str) -> None:
    """Writes down that these are settled; where all is gone, says what is still owed, or that nothing is."""
    batch, some = Batch(), tuple(debts)
    for debt in some:
        paper.change_debt(unit, debt, {"state": state, "done": stamp(now), "problem": ""})
    recalls, counted = {debt.recall for debt in some}, {debt.recall for debt in some if debt.kind == PRINT}
    left = {debt.recall for debt in paper.debts(unit, recalls=recalls)}
    ready = {recall for recall in counted | (recalls - left) if _is_gone(unit, recall)}
    answer_gone(node, unit, batch, ready, now)
    batch.write(unit)
    node.bell.set()


def _is_gone(unit: Connection, recall: str) -> bool:
    """Whether nothing that the recall reached is left on disk; a recall taken over by another counts as gone."""
    hidden, keyless = act_rows.parts_to_erase(unit)
    return all(part.recall != recall for part in (*hidden, *keyless))


def receipt_of(
    node: Node,
    act: str,
    speaker: str,
    code: Literal["erased", "paper_outstanding", "restricted", "kept"],
    now: datetime,
    *,
    moment: Literal["", "hidden", "keyless", "gone"] = "",
    count: int = 0,
    basis: str = "",
    until: str = "",
) -> tuple[str, Receipt]:
    """(to whom, the receipt)."""
    receipt = Receipt(
        network=node.network,
        member=node.member,
        act=act,
        delivery=delivery_id(act, speaker, ()),
        code=code,
        at=now,
        moment=moment,
        count=count,
        basis=basis,
        until=None if until == "" else instant(f"{until}T23:59:59.999Z"),
    )
    return speaker, receipt


def send_receipts(node: Node, unit: Connection, batch: Batch, some: Iterable[tuple[str, Receipt]]) -> None:
    """Queues receipts to their members, or keeps them where they are this member's own."""
    outbox = post.Outbox(unit)
    for one in some:
        _send(node, unit, batch, outbox, one)
    outbox.close()


def _send(node: Node, unit: Connection, batch: Batch, outbox: post.Outbox, one: tuple[str, Receipt]) -> None:
    speaker, receipt = one
    at = stamp(receipt.at)
    if speaker == node.member:
        kept = post.StoredReceipt(receipt.act, speaker, receipt.code, receipt.moment, at, "", encode(receipt))
        post.put_receipts(unit, [kept])
        return
    body = sign_receipts([receipt], signer=node.ring.signer, recipient=speaker, network=node.network, now=receipt.at)
    outbox.add(batch, peer=speaker, lane="urgent", kind="receipt", act=receipt.act, at=at, body=body)
