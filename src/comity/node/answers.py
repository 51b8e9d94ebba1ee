"""Who got what we said, and what each of them answered: by name, in receipts, never more than was said.

Receipts are read as they came; *unreachable since* is this node's own view. The matter as a whole is never called
erased: only members are, one by one (domain/16-practice.md section 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from comity.exchange.delivery import delivery_id
from comity.exchange.receipt import Receipt
from comity.model.canon import decode
from comity.model.track import member_of, track_index, track_name
from comity.node.moment import instant
from comity.node.node import Node
from comity.node.recalling import recalls_of
from comity.node.story import Held
from comity.node.words import Says, counted, says
from comity.storage import post
from comity.storage.post import Intent, Reach, StoredReceipt

MOMENTS = ("hidden", "keyless", "gone")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One member that we addressed: ``state`` is a code, ``lines`` what it answered, in order."""

    member: str
    name: str
    state: str
    lines: tuple[Says, ...]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """The summary in sentences, and each member by name. ``recall`` is the act that recalled, if any."""

    summary: tuple[Says, ...]
    rows: tuple[Recipient, ...]
    recall: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything known about what was sent in one matter."""

    said: tuple[str, ...]
    full: frozenset[str]
    recall: str
    intents: tuple[Intent, ...]
    receipts: tuple[StoredReceipt, ...]
    reach: Mapping[str, Reach]


def answers_of(node: Node, unit: Connection, held: Held) -> Answers | None:
    """What members answered about what this member said in a matter; None if it said nothing to anybody."""
    known = _known(node, unit, held)
    peers = sorted({intent.peer for intent in known.intents})
    offices = tuple(_offices(node, held))
    if len(peers) == 0:
        return Answers((), offices) if len(offices) > 0 else None
    answers = _of_members(node, known, peers)
    return replace(answers, rows=(*answers.rows, *offices))


def _of_members(node: Node, known: _Known, peers: list[str]) -> Answers:
    rows = [_recipient(node, known, peer) for peer in peers]
    if known.recall != "":
        own = _recipient(node, known, node.member)
        return Answers(tuple(_recalled(rows, known)), (*rows, own) if len(own.lines) > 0 else tuple(rows), known.recall)
    return Answers(tuple(_recorded(rows, known)), tuple(rows))


_ON_PAPER = {
    "prepared": says("the letter is not sent yet"),
    "prepared_again": says("another letter is due and not sent yet"),
    "sent": says("the letter was sent %(at)s; no answer yet"),
    "reminded": says("reminded %(at)s; no answer yet"),
    "answered": says("answered %(at)s"),
    "called_off": says("nothing was sent"),
    "recalling": says("the letter of recall is not sent yet"),
    "recalled": says("the letter of recall was sent %(at)s; no answer yet"),
    "settled": says("answered the recall %(at)s"),
}
"""How a correspondent's track stands, in words."""


def _offices(node: Node, held: Held) -> Iterator[Recipient]:
    """The correspondents without a node: how far each was written to, never more."""
    if held.view is None or not node.is_own(held.view.owner):
        return
    at = {stored.digest: instant(stored.recorded) for stored in held.acts}
    for name, shown in sorted(held.view.tracks.items()):
        kind = held.view.procedure.track(track_name(name))
        if kind is None or not kind.paper or shown.state not in _ON_PAPER:
            continue
        code, text = track_index(name), _ON_PAPER[shown.state].text
        line = Says(text, {"at": at[shown.head]} if "%(at)s" in text else {})
        yield Recipient(code, node.name(code), f"paper_{shown.state}", (line,))


def answers_to(
    answers: Answers | None, known_act: str, receipts: tuple[StoredReceipt, ...], node: Node
) -> tuple[Says, ...]:
    """What was answered to one act, in one sentence for each member."""
    if answers is None:
        return ()
    found = []
    for receipt in receipts:
        if receipt.act == known_act and receipt.code == "recorded" and receipt.member != node.member:
            name = node.name(receipt.member)
            found.append(says("Recorded at %(member)s %(at)s", member=name, at=instant(receipt.at)))
    return tuple(found)


def _known(node: Node, unit: Connection, held: Held) -> _Known:
    said = tuple(d for d, h in held.headers.items() if member_of(h.agency) == node.member)
    recall = ""
    if held.view is not None:
        steps = recalls_of(held.view, held.headers)
        mine = [d for d in said if d in steps and len(steps[d].erases) > 0]
        recall = max(mine, key=lambda d: held.headers[d].time, default="")
    full = frozenset(d for d in said if len(held.headers[d].parts) > 0 and _erasable(held, d, recall))
    receipts = tuple(post.receipts_of(unit, said))
    return _Known(said, full, recall, tuple(post.intents_for(unit, said)), receipts, post.reach(unit))


def _erasable(held: Held, digest: str, recall: str) -> bool:
    """Whether the recall reaches this act's parts (any act with parts, where there is none)."""
    if recall == "" or held.view is None:
        return True
    step = held.view.procedure.step(held.headers[recall].step, track_name(held.headers[recall].track))
    return step is not None and track_name(held.headers[digest].track) in step.erases


def _recipient(node: Node, known: _Known, peer: str) -> Recipient:
    mine = [r for r in known.receipts if r.member == peer]
    waiting = [i for i in known.intents if i.peer == peer and i.sent is None]
    reach = known.reach.get(peer)
    failing = None if reach is None or reach.failing_since is None else instant(reach.failing_since)
    lines = list(_received(mine, known) if known.recall == "" else _erased(node, mine, known, peer))
    lines += list(_special(mine))
    state = _state(node, mine, known, peer)
    if len(waiting) > 0:
        state = "waits"
        if failing is not None:
            state = "unreachable"
            lines.append(
                counted(
                    "unreachable since %(since)s, %(n)s envelope waits",
                    "unreachable since %(since)s, %(n)s envelopes wait",
                    len(waiting),
                    since=failing,
                )
            )
        else:
            lines.append(counted("%(n)s envelope waits", "%(n)s envelopes wait", len(waiting)))
    return Recipient(peer, node.name(peer), state, tuple(lines), own=peer == node.member)


def _state(node: Node, mine: list[StoredReceipt], known: _Known, peer: str) -> str:
    codes = {(r.act, r.code, r.moment) for r in mine}
    if known.recall == "":
        return "recorded" if any((d, "recorded", "") in codes for d in known.full) else "sent"
    for kept in ("kept", "restricted"):
        if (known.recall, kept, "") in codes:
            return kept
    if (known.recall, "erased", "gone") in codes:
        return "erased"
    if (known.recall, "paper_outstanding", "") in codes:
        return "paper"
    if any((known.recall, "erased", moment) in codes for moment in MOMENTS):
        return "under_way"
    if (known.recall, "recorded", "") in codes:
        return "empty" if _never_held(node, mine, known, peer) else "under_way"
    return "sent"


def _never_held(node: Node, mine: list[StoredReceipt], known: _Known, peer: str) -> bool:
    """Whether nothing that the recall reaches was ever delivered with its parts: receipts name the delivery."""
    if peer == node.member:
        return False
    for receipt in mine:
        if receipt.act in known.full and receipt.code in ("recorded", "not_understood"):
            said = decode(receipt.raw, Receipt, what="stored receipt")
            if said.delivery != delivery_id(receipt.act, node.member, ()):
                return False
    return True


def _received(mine: list[StoredReceipt], known: _Known) -> Iterator[Says]:
    recorded = [r for r in mine if r.code == "recorded" and r.act in known.said]
    if len(recorded) > 0:
        yield says("recorded %(at)s", at=instant(min(r.at for r in recorded)))


def _erased(node: Node, mine: list[StoredReceipt], known: _Known, peer: str) -> Iterator[Says]:
    at = {r.moment: instant(r.at) for r in mine if r.act == known.recall and r.code == "erased"}
    if all(moment in at for moment in MOMENTS):
        yield says("erased — hidden %(hidden)s, keyless %(keyless)s, gone %(gone)s", **at)
    elif any(r.act == known.recall and r.code == "paper_outstanding" for r in mine) and "keyless" in at:
        yield says("erased but for paper — hidden %(hidden)s, keyless %(keyless)s", **at)
    elif "keyless" in at and "hidden" in at:
        yield says("hidden %(hidden)s, keyless %(keyless)s; erasure under way", **at)
    elif "hidden" in at:
        yield says("hidden %(hidden)s; erasure under way", **at)
    elif any(r.act == known.recall and r.code == "recorded" for r in mine):
        if _never_held(node, mine, known, peer):
            yield says("recorded the recall; the content never reached it")
        else:
            yield says("recorded the recall; erasure under way")


def _special(mine: list[StoredReceipt]) -> Iterator[Says]:
    """The receipts that say less than erased, in their own words."""
    gone = {receipt.act for receipt in mine if (receipt.code, receipt.moment) == ("erased", "gone")}
    for receipt in mine:
        if receipt.code in ("recorded", "erased", "expired"):
            continue
        if receipt.code == "paper_outstanding" and receipt.act in gone:
            continue  # the last of them was returned or destroyed since
        said = decode(receipt.raw, Receipt, what="stored receipt")
        match receipt.code:
            case "restricted":
                until = "" if said.until is None else said.until.date().isoformat()
                yield says(
                    "restricted: kept locked and not searched, under %(basis)s until %(day)s",
                    basis=said.basis,
                    day=until,
                )
            case "kept":
                yield says("kept as its own record, under %(basis)s", basis=said.basis)
            case "paper_outstanding":
                yield counted("%(n)s paper copy not yet returned", "%(n)s paper copies not yet returned", said.count)
            case "not_understood":
                yield says("recorded and not understood: its Comity does not know this procedure")
            case _:
                yield says("not taken: %(rule)s", rule=receipt.rule)


def _recalled(rows: list[Recipient], known: _Known) -> Iterator[Says]:
    done = sum(1 for row in rows if row.state == "erased")
    yield counted("Erased at %(done)s of %(n)s member.", "Erased at %(done)s of %(n)s members.", len(rows), done=done)
    for row in rows:
        if row.state == "empty":
            yield says("%(member)s recorded the recall; the content never reached it.", member=row.name)
        elif row.state in ("kept", "restricted"):
            yield _kept_at(row, known)
        elif row.state == "paper":
            yield _paper_of(row, known)
        elif row.state == "under_way":
            yield says("%(member)s: erasure under way.", member=row.name)
    yield from _unreachable(rows, known)


def _kept_at(row: Recipient, known: _Known) -> Says:
    raws = [r.raw for r in known.receipts if (r.member, r.code) == (row.member, row.state)]
    said = decode(raws[-1], Receipt, what="stored receipt")
    if row.state == "kept":
        return says("%(member)s keeps a record of its own under %(basis)s.", member=row.name, basis=said.basis)
    until = "" if said.until is None else said.until.date().isoformat()
    return says(
        "%(member)s keeps it locked, not searched, under %(basis)s until %(day)s.",
        member=row.name,
        basis=said.basis,
        day=until,
    )


def _paper_of(row: Recipient, known: _Known) -> Says:
    raws = [r.raw for r in known.receipts if (r.member, r.code) == (row.member, "paper_outstanding")]
    n = decode(raws[-1], Receipt, what="stored receipt").count if len(raws) > 0 else 0
    return counted(
        "%(member)s: %(n)s paper copy not yet returned.",
        "%(member)s: %(n)s paper copies not yet returned.",
        n,
        member=row.name,
    )


def _recorded(rows: list[Recipient], known: _Known) -> Iterator[Says]:
    done = sum(1 for row in rows if any(r.member == row.member and r.code == "recorded" for r in known.receipts))
    yield counted(
        "Recorded at %(done)s of %(n)s member.", "Recorded at %(done)s of %(n)s members.", len(rows), done=done
    )
    yield from _unreachable(rows, known)


def _unreachable(rows: list[Recipient], known: _Known) -> Iterator[Says]:
    for row in rows:
        reach = known.reach.get(row.member)
        if row.state == "unreachable" and reach is not None and reach.failing_since is not None:
            since: datetime = instant(reach.failing_since)
            yield says("%(member)s unreachable since %(since)s.", member=row.name, since=since)
