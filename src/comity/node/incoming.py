"""Answers that come in by mail, paste or scan: matched to a matter by the number of our letter, else laid out.

What comes in is attached to the matter as an officer's act on the correspondent's track, in the name of the officer
who takes it in. What names no letter of ours, or one that does not wait for an answer, lies sealed until an officer
attaches it or sets it aside; then its content is dropped here. Nothing in a mail is believed but the number.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr

import msgspec
from sqlalchemy import Connection

from comity.documents.incoming import Mail, read_mail
from comity.errors import ComityError, Defect, InputRefused, RuleRefused
from comity.exchange.transports.base import PeerUnreachable
from comity.exchange.transports.imap import Mailbox, fetch
from comity.model.canon import decode, encode
from comity.model.sealing import open_part, seal_part
from comity.model.track import is_correspondent, track_index, track_name
from comity.node.action import Order, take_step
from comity.node.correspondents import may_keep
from comity.node.moment import instant, stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.query import holdings, visible
from comity.procedures.form import File
from comity.storage import desk, paper
from comity.storage.paper import Incoming

TAKES = ("prepared", "prepared_again", "sent", "reminded", "answered")
"""States of a correspondent's track in which an answer is attached without more being asked."""


class _Sealed(msgspec.Struct, frozen=True):
    """A mail as it lies sealed."""

    sender: str
    subject: str
    date: str
    text: str
    numbers: tuple[str, ...]
    documents: tuple[tuple[str, bytes], ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One mail that waits for an officer, as shown; ``numbers`` are letters of ours that it quotes."""

    id: str
    at: datetime
    source: str
    sender: str
    subject: str
    text: str
    numbers: tuple[str, ...]
    documents: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """A correspondent's track that an answer can be attached to."""

    matter: str
    party: str
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of what came in: attached to ``matter``, or waiting (empty); ``refused`` are files left out."""

    matter: str
    refused: tuple[str, ...] = ()


def take_mail(node: Node, officer: Officer, name: str, raw: bytes, now: datetime, *, source: str = "file") -> Taken:
    """Takes in one mail as a file; raises :class:`InputRefused` for what is none."""
    return _take(node, officer, read_mail(name, raw), source, now)


def take_text(node: Node, officer: Officer, text: str, files: tuple[File, ...], sender: str, now: datetime) -> Taken:
    """Takes in a pasted answer with its scans; raises :class:`InputRefused` if there is neither."""
    if text.strip() == "" and len(files) == 0:
        says = "Neither a text nor a file is given."
        raise InputRefused(says, [Defect("form.required", says, "Paste the answer or choose its scan.", field="text")])
    documents = tuple((file.name, file.data) for file in files)
    return _take(node, officer, Mail("", sender.strip(), "", "", text, documents, ()), "paste", now)


def read_mailbox(node: Node, officer: Officer, box: Mailbox, now: datetime) -> tuple[Taken, ...]:
    """Takes in what came since the mailbox was read last; the mailbox itself is not changed."""
    _keeper(node, officer)
    with node.store.read() as unit:
        said = desk.setting(unit, "mailbox_position", "0:0").split(":")
    try:
        fetched = fetch(box, (int(said[0]), int(said[1])))
    except PeerUnreachable as error:
        raise RuleRefused(error.says, rule="mailbox.unreachable", remedy="Ask the administrator.") from error
    taken = []
    for raw in fetched.messages:
        try:
            taken.append(take_mail(node, officer, "mailbox", raw, now, source="mailbox"))
        except InputRefused:
            taken.append(Taken("", ("mail",)))
    with node.store.write() as unit:
        desk.put_setting(unit, "mailbox_position", f"{fetched.position[0]}:{fetched.position[1]}")
    return tuple(taken)


def waiting(node: Node, officer: Officer) -> tuple[Waiting, ...]:
    """What waits for an officer of the bureau, oldest first."""
    _keeper(node, officer)
    with node.store.read() as unit:
        rows = paper.incoming(unit)
    return tuple(_shown(node, row) for row in rows if row.sealed is not None)


def open_tracks(node: Node, officer: Officer, now: datetime) -> tuple[Open, ...]:
    """The correspondents' tracks to which this officer may attach an answer, newest matter first."""
    with node.store.read() as unit:
        return tuple(_open(node, unit, officer, now))


def attach(node: Node, officer: Officer, id_: str, matter: str, party: str, now: datetime) -> Taken:
    """Attaches what waits to a matter, as an officer's act; raises as a step does."""
    _keeper(node, officer)
    with node.store.read() as unit:
        row = next((one for one in paper.incoming(unit) if one.id == id_), None)
    if row is None:
        raise RuleRefused("It was dealt with before.", rule="incoming.settled", remedy="Load the page again.")
    refused = _attach(node, officer, _opened(node, row), Open(matter, party, "", ""), now, key=f"incoming-{id_}")
    with node.store.write() as unit:
        paper.settle_incoming(unit, id_, state="attached", matter=matter)
    return Taken(matter, refused)


def set_aside(node: Node, officer: Officer, id_: str) -> None:
    """Drops what waits and belongs to nothing here; raises :class:`RuleRefused` if it was dealt with before."""
    _keeper(node, officer)
    with node.store.write() as unit:
        if not paper.settle_incoming(unit, id_, state="aside"):
            raise RuleRefused("It was dealt with before.", rule="incoming.settled", remedy="Load the page again.")


def _keeper(node: Node, officer: Officer) -> None:
    if not may_keep(node, officer):
        raise RuleRefused("Mail comes in at the bureau.", rule="incoming.bureau", remedy="Ask your bureau.")


def _take(node: Node, officer: Officer, mail: Mail, source: str, now: datetime) -> Taken:
    """Lays it down sealed first, then attaches it where it names a letter that waits for an answer."""
    _keeper(node, officer)
    said = _Sealed(mail.sender, mail.subject, mail.date, mail.text, mail.numbers, mail.documents, mail.refused)
    data = encode(said)
    id_ = hashlib.sha256(mail.id.encode() if mail.id != "" else data).hexdigest()
    row = Incoming(id_, stamp(now), source, "waiting", "", seal_part(_key(node, id_), id_, data))
    with node.store.write() as unit:
        if not paper.put_incoming(unit, row):
            return Taken("", ("the same mail was taken in before",))
    with node.store.read() as unit:
        matched = _matched(node, unit, officer, mail.numbers, now)
        by_mail = source != "paste"
        if matched is not None and by_mail and not _is_from(unit, matched.party, mail.sender):
            return Taken("", (*mail.refused, "it comes from another address than the correspondent's"))
    if matched is None:
        return Taken("", mail.refused)
    try:
        return attach(node, officer, id_, matched.matter, matched.party, now)
    except ComityError as error:  # it stays laid out, and says why it was not attached
        return Taken("", (*mail.refused, error.rule))


def _is_from(unit: Connection, party: str, sender: str) -> bool:
    """Whether a mail says that it comes from the correspondent's recorded address or another one of its house.

    Whoever saw a letter's number can quote it, so any other mail waits for an officer. An address can be forged as
    well: what is attached shows it.
    """
    known = {one.code: one.mail for one in paper.correspondents(unit, every=True)}.get(party, "")
    house = known.rpartition("@")[2].strip().casefold()
    return house != "" and parseaddr(sender)[1].rpartition("@")[2].casefold() == house


def _matched(node: Node, unit: Connection, officer: Officer, numbers: tuple[str, ...], now: datetime) -> Open | None:
    """The one track that the quoted numbers lead to; None where they lead nowhere or to several."""
    letters = [paper.print_numbered(unit, number) for number in numbers]
    wanted = {(one.matter, one.place) for one in letters if one is not None and is_correspondent(one.place)}
    found = [one for one in _open(node, unit, officer, now) if (one.matter, one.party) in wanted]
    return found[0] if len(found) == 1 and len(wanted) == 1 else None


def _open(node: Node, unit: Connection, officer: Officer, now: datetime) -> Iterator[Open]:
    rows = [row for row in visible(node, unit, officer, now, limit=1000) if row["owner_member"] == node.member]
    for held in holdings(node, unit, rows):
        for name, shown in sorted({} if held.view is None else held.view.tracks.items()):
            kind = None if held.view is None else held.view.procedure.track(track_name(name))
            if kind is None or not kind.paper or shown.state not in TAKES or shown.writer != officer.agency:
                continue
            matter, party = str(held.row["matter"]), track_index(name)
            letters = [one.number for one in paper.prints(unit, matter=matter) if one.place == party]
            yield Open(matter, party, node.name(party), letters[-1] if len(letters) > 0 else "")


def _attach(node: Node, officer: Officer, mail: _Sealed, to: Open, now: datetime, *, key: str) -> tuple[str, ...]:
    """Takes the step; a document that cannot be cleaned is left out and named."""
    lines = (mail.subject, mail.text)
    text = "\n\n".join(line for line in lines if line != "")
    about = f"From {mail.sender}, {mail.date}".strip(", ") if mail.sender != "" else ""
    data = {
        "party": to.party,
        "at": stamp(now)[:16].replace("T", " "),
        "channel": "mail" if mail.sender != "" else "post",
        "text": "\n\n".join(part for part in (about, _plain(text)) if part != ""),
    }
    files = tuple(File(name, raw) for name, raw in mail.documents)
    order = Order("", "answered", "paper", matter=to.matter, data=data, key=key)
    refused = list(mail.refused)
    while True:
        try:
            take_step(node, officer, replace(order, files={"document": files} if len(files) > 0 else {}), now)
            return tuple(refused)
        except InputRefused as error:
            bad = {defect.file for defect in error.defects if defect.file != ""}
            left = tuple(file for file in files if file.name not in bad)
            if len(left) == len(files):
                raise
            refused.extend(sorted(bad))
            files = left


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign in "\n\t" or ord(sign) >= 0x20)


def _key(node: Node, id_: str) -> bytes:
    return hmac.new(node.ring.vault, b"comity-incoming-1:" + id_.encode(), hashlib.sha256).digest()


def _opened(node: Node, row: Incoming) -> _Sealed:
    return decode(open_part(_key(node, row.id), row.id, row.sealed or b""), _Sealed, what="mail", limit=64 << 20)


def _shown(node: Node, row: Incoming) -> Waiting:
    mail = _opened(node, row)
    names = tuple(name for name, _ in mail.documents)
    return Waiting(
        row.id, instant(row.at), row.source, mail.sender, mail.subject, mail.text, mail.numbers, names, mail.refused
    )
