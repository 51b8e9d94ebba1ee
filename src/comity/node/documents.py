"""Directories and members' lists: kept in every version, taken in on the ordinary road, published on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from comity.errors import OwnFault, PeerRefused
from comity.exchange.directory import Anchor, Directory, accept_directory, stored_directory
from comity.exchange.envelope import OpenedEnvelope
from comity.exchange.member_list import LIMIT, MemberList, accept_member_list, stored_member_list
from comity.exchange.signed import split_signed
from comity.exchange.trust import Trust, trust_in, with_directory, with_member_list
from comity.model.canon import decode_tree
from comity.node.moment import stamp
from comity.node.node import Node
from comity.storage import desk, post
from comity.storage.rows import Batch

DIRECTORY = "directory"
MEMBER_LIST = "member_list"


def take(node: Node, unit: Connection, envelope: OpenedEnvelope, now: datetime) -> None:
    """Takes a directory or a list that a peer sent; raises :class:`PeerRefused`, and then nothing has changed."""
    raw = envelope.content
    if not isinstance(raw, bytes):
        raise OwnFault("An act was handed in as a document.", rule="envelope.kind")
    adopt(node, unit, envelope.header.kind, raw, now)


def adopt(node: Node, unit: Connection, kind: str, raw: bytes, now: datetime) -> None:
    """Puts a newer document in force and keeps it; raises :class:`PeerRefused` for any that is not newer or good."""
    if kind == DIRECTORY:
        current = node.trust.directory
        anchor = Anchor(current.doc.secretariat, current.doc.threshold)
        directory = accept_directory(raw, current=current, anchor=anchor, network=node.network, now=now)
        _keep(unit, DIRECTORY, node.network, directory.doc.version, raw, now)
        node.trust = with_directory(node.trust, directory)
    elif kind == MEMBER_LIST:
        listed = _accepted_list(node, raw, now)
        _keep(unit, MEMBER_LIST, listed.member, listed.doc.version, raw, now)
        node.trust = with_member_list(node.trust, listed)
    else:
        raise PeerRefused(f"Documents of kind {kind} are not understood.", rule="document.kind")


def publish(node: Node, kind: str, raw: bytes, now: datetime) -> None:
    """Puts our own newer document in force and queues it to every member."""
    with node.store.write() as unit:
        adopt(node, unit, kind, raw, now)
        batch, outbox = Batch(), post.Outbox(unit)
        for member in sorted(node.members().keys() - {node.member}):
            outbox.add(batch, peer=member, lane="urgent", kind=kind, act="", at=stamp(now), body=raw)
        outbox.close()
        batch.write(unit)
    node.bell.set()


def stored_trust(unit: Connection, network: str) -> Trust:
    """The trust that follows from the documents in force."""
    raw = desk.newest_documents(unit, DIRECTORY).get(network)
    if raw is None:
        raise OwnFault(
            "This node has no directory of its network.",
            rule="directory.none",
            remedy="Install it with the anchor that the secretariat gave you.",
        )
    directory: Directory = stored_directory(raw)
    lists = desk.newest_documents(unit, MEMBER_LIST).values()
    return trust_in(directory, [stored_member_list(listed, directory) for listed in lists])


def _accepted_list(node: Node, raw: bytes, now: datetime) -> MemberList:
    signed, _ = split_signed(raw, what="member list", limit=LIMIT)
    member = str(decode_tree(signed, what="member list", limit=LIMIT).get("member", ""))
    current = node.trust.lists.get(member)
    return accept_member_list(raw, directory=node.trust.directory, current=current, now=now)


def _keep(unit: Connection, kind: str, subject: str, version: int, raw: bytes, now: datetime) -> None:
    desk.put_document(unit, kind=kind, subject=subject, version=version, raw=raw, at=stamp(now))
