"""A member's own list: its agencies and their keys, its nodes, whom to call, in which language.

Signed by the member's root key, which the directory names, so the secretariat can neither add a key to a member
nor take one away. The same promises as the directory's: version strictly greater (``member_list.rollback``), not
two of one version (``member_list.forked``), not expired (``member_list.expired``), of this network and member. In
addition a key never changes under its id (``member_list.key_changed``), and what was revoked stays revoked from
the same or an earlier moment (``member_list.unrevoked``).

A list keeps its former keys with their times, for acts signed under them are verified long afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import OwnFault, PeerRefused
from comity.exchange.directory import Directory
from comity.exchange.kem import PUBLIC_BYTES, kem_public_key
from comity.exchange.signed import (
    EdPublic,
    Instant,
    KeyId,
    MemberCode,
    NetworkId,
    Ordinal,
    Signature,
    Text,
    is_signed_by,
    join_signed,
    split_signed,
)
from comity.model.canon import decode, encode

FORMAT = "comity-member-list-1"
LIMIT = 1 << 20
ROOT = "root"
"""The key id under which the member's root signs."""


class SigningKey(msgspec.Struct, frozen=True):
    """An Ed25519 key of an agency or node: valid from ``begins`` to before ``ends``, and not from ``revoked`` on."""

    id: KeyId
    public: EdPublic
    begins: Instant = msgspec.field(name="from")
    ends: Instant = msgspec.field(name="until")
    revoked: Instant | None = None


class KemKey(msgspec.Struct, frozen=True):
    """A node's key for receiving: 1,216 bytes, see :mod:`comity.exchange.kem`; times as in :class:`SigningKey`."""

    id: KeyId
    public: Annotated[bytes, msgspec.Meta(min_length=PUBLIC_BYTES, max_length=PUBLIC_BYTES)]
    begins: Instant = msgspec.field(name="from")
    ends: Instant = msgspec.field(name="until")
    revoked: Instant | None = None


class OfficerKey(msgspec.Struct, frozen=True):
    """An officer's passkey for grave acts: whose (a pseudonym), its id and public half (COSE) as the authenticator
    gave them, the host name that it is bound to; times as in :class:`SigningKey`."""

    officer: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
    id: Annotated[bytes, msgspec.Meta(min_length=1, max_length=1023)]
    public: Annotated[bytes, msgspec.Meta(min_length=1, max_length=1024)]
    host: Text
    begins: Instant = msgspec.field(name="from")
    ends: Instant = msgspec.field(name="until")
    revoked: Instant | None = None


class Agency(msgspec.Struct, frozen=True, omit_defaults=True):
    """A body that acts: ``id`` as in ``QM.bureau``; exactly one agency of a member is its bureau. Where any
    ``officers`` are listed, its grave acts count only with the assertion of one of them
    (:mod:`comity.exchange.assertion`)."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\.[a-z][a-z0-9-]{0,39}\Z")]
    name: Text
    bureau: bool
    keys: Annotated[tuple[SigningKey, ...], msgspec.Meta(min_length=1, max_length=100)]
    officers: Annotated[tuple[OfficerKey, ...], msgspec.Meta(max_length=500)] = ()


class Node(msgspec.Struct, frozen=True):
    """The member's installation in one incarnation, with the key it signs by and the key it is sealed to."""

    incarnation: Ordinal
    sign: SigningKey
    kem: KemKey


class Contact(msgspec.Struct, frozen=True):
    """Whom to call: ``role`` is a code such as ``duty``, the rest as it is dialled and shown."""

    role: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}\Z")]
    name: Text = ""
    phone: Text = ""
    email: Text = ""


class MemberListDoc(msgspec.Struct, frozen=True):
    """The signed content. ``languages`` are ISO 639 codes, ``timezone`` a name of the IANA database."""

    network: NetworkId
    member: MemberCode
    version: Ordinal
    issued: Instant
    expires: Instant
    agencies: Annotated[tuple[Agency, ...], msgspec.Meta(max_length=500)]
    nodes: Annotated[tuple[Node, ...], msgspec.Meta(max_length=100)]
    contacts: Annotated[tuple[Contact, ...], msgspec.Meta(max_length=200)] = ()
    languages: Annotated[tuple[Text, ...], msgspec.Meta(max_length=50)] = ()
    timezone: Text = "UTC"
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class MemberList:
    """A list that was accepted; ``root`` is the member's root key (32 bytes) that signed it."""

    doc: MemberListDoc
    raw: bytes
    signed: bytes
    root: bytes

    @property
    def member(self) -> str:
        """The member's code."""
        return self.doc.member

    @property
    def version(self) -> int:
        """Grows with every list of the member."""
        return self.doc.version


def sign_member_list(doc: MemberListDoc, root: Ed25519PrivateKey) -> bytes:
    """The document signed by the member's root key; raises :class:`PeerRefused` if ``doc`` breaks a rule."""
    _check_doc(doc)
    signed = encode(doc)
    return join_signed(signed, (Signature(key=ROOT, sig=root.sign(signed)),))


def accept_member_list(raw: bytes, *, directory: Directory, current: MemberList | None, now: datetime) -> MemberList:
    """The list in ``raw`` if it may replace ``current`` at ``now``; ``current`` itself if it is the same."""
    accepted = _verified(raw, directory)
    doc = accepted.doc
    if current is not None and current.member != doc.member:
        raise _refused(f"The list is {doc.member}'s, not {current.member}'s.", "member_list.member")
    if current is not None and doc.version < current.version:
        raise _refused(
            f"The list of {doc.member} has version {doc.version}; version {current.version} is in force.",
            "member_list.rollback",
        )
    if now >= doc.expires:
        raise _refused(f"The list of {doc.member} expired on {doc.expires.isoformat()}.", "member_list.expired")
    if current is None:
        return accepted
    if accepted.signed == current.signed:
        return current if accepted.root == current.root else accepted
    if doc.version == current.version:
        raise _refused(f"Two different lists of {doc.member} carry version {doc.version}.", "member_list.forked")
    _check_keys_kept(doc, current.doc)
    return accepted


def stored_member_list(raw: bytes, directory: Directory) -> MemberList:
    """A list that this node accepted before and kept; raises :class:`OwnFault` if the store holds no list.

    If the directory in force names another root key than the one that signed it, ``root`` is empty and
    :mod:`comity.exchange.trust` passes the list over until the member has signed a new one.
    """
    try:
        unverified, signatures = _read(raw)
    except PeerRefused as error:
        raise OwnFault(
            f"A member list kept by this node is not as it was accepted: {error.says}",
            rule="member_list.store",
            remedy="Restore the last backup, or ask the member for its list.",
        ) from error
    member = directory.member(unverified.member)
    if member is None or not _signed_by_root(unverified, signatures, member.root):
        return unverified
    return replace(unverified, root=member.root)


def _verified(raw: bytes, directory: Directory) -> MemberList:
    unverified, signatures = _read(raw)
    doc = unverified.doc
    member = directory.member(doc.member)
    if member is None or member.status == "left":
        raise _refused(f"{doc.member} is not a member of this network.", "member_list.unknown_member")
    if doc.network != directory.network:
        raise _refused(f"The list of {doc.member} is of network {doc.network}.", "member_list.network")
    if not _signed_by_root(unverified, signatures, member.root):
        raise _refused(f"The list of {doc.member} is not signed by its root key.", "member_list.signature")
    return replace(unverified, root=member.root)


def _signed_by_root(unverified: MemberList, signatures: tuple[Signature, ...], root: bytes) -> bool:
    public = Ed25519PublicKey.from_public_bytes(root)
    return any(s.key == ROOT and is_signed_by(public, s.sig, unverified.signed) for s in signatures[:4])


def _read(raw: bytes) -> tuple[MemberList, tuple[Signature, ...]]:
    signed, signatures = split_signed(raw, what="member list", limit=LIMIT)
    doc = decode(signed, MemberListDoc, what="member list", limit=LIMIT)
    _check_doc(doc)
    return MemberList(doc, raw, signed, b""), signatures


def _check_doc(doc: MemberListDoc) -> None:
    node_keys = [node.sign for node in doc.nodes]
    kem_keys = [node.kem for node in doc.nodes]
    faults = [
        ("format", doc.format == FORMAT),
        ("expires", doc.issued < doc.expires),
        ("agencies", all(agency.id.startswith(f"{doc.member}.") for agency in doc.agencies)),
        ("agency ids", len({agency.id for agency in doc.agencies}) == len(doc.agencies)),
        ("bureau", sum(agency.bureau for agency in doc.agencies) == 1),
        ("agency keys", all(len({key.id for key in agency.keys}) == len(agency.keys) for agency in doc.agencies)),
        ("officers' keys", all(len({key.id for key in one.officers}) == len(one.officers) for one in doc.agencies)),
        ("node keys", len({key.id for key in node_keys}) == len(set(node_keys))),
        ("keys for receiving", len({key.id for key in kem_keys}) == len(set(kem_keys))),
        ("key times", all(key.begins < key.ends for key in _keys(doc).values())),
    ]
    wrong = [name for name, good in faults if not good]
    if len(wrong) > 0:
        raise _refused(f"The list of {doc.member}: {', '.join(wrong)} break its rules.", "member_list.shape")
    for key in kem_keys:
        kem_public_key(key.public)


Key = SigningKey | KemKey | OfficerKey


def _keys(doc: MemberListDoc) -> dict[tuple[str, str], Key]:
    return dict(_all_keys(doc))


def _all_keys(doc: MemberListDoc) -> Iterator[tuple[tuple[str, str], Key]]:
    for agency in doc.agencies:
        for key in agency.keys:
            yield (agency.id, key.id), key
        for one in agency.officers:
            yield (f"{agency.id} officers", one.id.hex()), one
    for node in doc.nodes:
        yield ("node", node.sign.id), node.sign
        yield ("kem", node.kem.id), node.kem


def _check_keys_kept(doc: MemberListDoc, before: MemberListDoc) -> None:
    now_listed = _keys(doc)
    for place, old in _all_keys(before):
        new = now_listed.get(place)
        if new is None:
            continue
        name = place[1]
        if new.public != old.public or _whose(new) != _whose(old):
            raise _refused(f"The list of {doc.member} gives key {name} other bytes.", "member_list.key_changed")
        if old.revoked is not None and (new.revoked is None or new.revoked > old.revoked):
            raise _refused(f"The list of {doc.member} takes back the revocation of {name}.", "member_list.unrevoked")


def _whose(key: Key) -> tuple[str, str]:
    return (key.officer, key.host) if isinstance(key, OfficerKey) else ("", "")


def _refused(says: str, rule: str) -> PeerRefused:
    return PeerRefused(says, rule=rule, remedy="Ask the member for its current list, on a known number if in doubt.")
