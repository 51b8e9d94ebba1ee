"""The network's directory: who belongs to it, under which root key, on whose word.

The secretariat's officers sign each version together. A reader takes bytes and a time and gives back a directory
that may be trusted, or refuses with a rule. It keeps four promises, each against one attack (TUF, section 5.3):

* enough officers of the directory *in force* signed it, and enough of its own where they changed: no single key
  can take the network over (``directory.signatures``);
* its version is greater than the one in force: no old one comes back (``directory.rollback``), and two different
  ones of one version are never both taken (``directory.forked``, evidence against the secretariat);
* it is not past its expiry: nobody can hold a member at an old version for ever (``directory.expired``);
* it is of this network, and the first one is signed by the anchor that was installed by hand.

Members sign their own lists: :mod:`comity.exchange.member_list`. Lookups: :mod:`comity.exchange.trust`. Not
handled here: keeping all versions (storage), and what a reader does about a directory that expired in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import OwnFault, PeerRefused
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

FORMAT = "comity-directory-1"
LIMIT = 4 << 20
"""The largest directory that is read, in bytes: some ten thousand members."""

_AGAIN = "Fetch the directory from the secretariat, and call it on a known number if this is refused again."


class OfficerKey(msgspec.Struct, frozen=True):
    """A signing key of one officer of the secretariat; ``public`` is Ed25519, 32 bytes."""

    id: KeyId
    public: EdPublic


class Witness(msgspec.Struct, frozen=True):
    """Who cosigns ledger checkpoints; ``public`` is Ed25519, 32 bytes."""

    name: Text
    public: EdPublic


class Member(msgspec.Struct, frozen=True):
    """A country or organisation in the network.

    ``url`` is where its node answers; ``root`` signs its own list. A *suspended* member may still withdraw what
    it sent and be told of withdrawals; one that *left* sends and gets nothing.
    """

    code: MemberCode
    name: Text
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[A-Za-z0-9.:/_\[\]-]{1,200}\Z")]
    status: Literal["active", "suspended", "left"]
    root: EdPublic
    since: Instant


class DirectoryDoc(msgspec.Struct, frozen=True):
    """The signed content: ``threshold`` officers of ``secretariat`` must sign the next version."""

    network: NetworkId
    exercise: bool
    version: Ordinal
    issued: Instant
    expires: Instant
    threshold: Annotated[int, msgspec.Meta(ge=1, le=32)]
    secretariat: Annotated[tuple[OfficerKey, ...], msgspec.Meta(min_length=1, max_length=32)]
    witnesses: Annotated[tuple[Witness, ...], msgspec.Meta(max_length=32)]
    reviewer: MemberCode
    members: Annotated[tuple[Member, ...], msgspec.Meta(max_length=2000)]
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a new node is given by hand: officers' keys, and how many of them must have signed the first directory."""

    keys: tuple[OfficerKey, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory that was accepted: ``raw`` is the document as it came, ``signed`` its signed bytes."""

    doc: DirectoryDoc
    raw: bytes
    signed: bytes

    @property
    def network(self) -> str:
        """The network's id, 32 hex digits."""
        return self.doc.network

    @property
    def version(self) -> int:
        """Grows with every directory of the network."""
        return self.doc.version

    def member(self, code: str) -> Member | None:
        """The member with this code, whatever its status."""
        return next((member for member in self.doc.members if member.code == code), None)


def sign_directory(doc: DirectoryDoc, keys: Iterable[tuple[str, Ed25519PrivateKey]]) -> bytes:
    """The document signed by officers, each as (key id, key); raises :class:`PeerRefused` if ``doc`` breaks a rule."""
    _check_doc(doc)
    signed = encode(doc)
    return join_signed(signed, (Signature(key=key_id, sig=key.sign(signed)) for key_id, key in keys))


def accept_directory(
    raw: bytes, *, current: Directory | None, anchor: Anchor, network: str, now: datetime
) -> Directory:
    """The directory in ``raw`` if it may replace ``current`` at ``now``; ``current`` itself if it is the same."""
    directory = _accept(raw, current, anchor, network)
    _refuse_expired(directory, now)
    return directory


def accept_directories(
    raws: Sequence[bytes], *, current: Directory | None, anchor: Anchor, network: str, now: datetime
) -> tuple[Directory, ...]:
    """A chain of versions, oldest first, for one that joins or was away: only the last must not be expired."""
    accepted: list[Directory] = []
    for raw in raws:
        current = _accept(raw, current, anchor, network)
        accepted.append(current)
    if len(accepted) > 0:
        _refuse_expired(accepted[-1], now)
    return tuple(accepted)


def stored_directory(raw: bytes) -> Directory:
    """A directory that this node accepted before and kept; raises :class:`OwnFault` if the store was tampered with."""
    try:
        directory, signatures = _read(raw)
        _need_signatures(directory, signatures, directory.doc.secretariat, directory.doc.threshold, "its own")
    except PeerRefused as error:
        raise OwnFault(
            f"The directory kept by this node is not as it was accepted: {error.says}",
            rule="directory.store",
            remedy="Restore the last backup, or fetch the directory again with the anchor.",
        ) from error
    return directory


def _accept(raw: bytes, current: Directory | None, anchor: Anchor, network: str) -> Directory:
    directory, signatures = _read(raw)
    doc = directory.doc
    if doc.network != network or (current is not None and doc.exercise != current.doc.exercise):
        raise PeerRefused(
            f"The directory is of network {doc.network}, not of {network}.", rule="directory.network", remedy=_AGAIN
        )
    if current is not None and doc.version < current.version:
        raise PeerRefused(
            f"The directory has version {doc.version}; version {current.version} is in force.",
            rule="directory.rollback",
            remedy=_AGAIN,
        )
    judges = anchor.keys if current is None else current.doc.secretariat
    threshold = anchor.threshold if current is None else current.doc.threshold
    _need_signatures(directory, signatures, judges, threshold, "the anchor's" if current is None else "the present")
    _need_signatures(directory, signatures, doc.secretariat, doc.threshold, "its own")
    if current is not None and doc.version == current.version:
        return _same_or_forked(directory, current)
    return directory


def _read(raw: bytes) -> tuple[Directory, tuple[Signature, ...]]:
    signed, signatures = split_signed(raw, what="directory", limit=LIMIT)
    doc = decode(signed, DirectoryDoc, what="directory", limit=LIMIT)
    _check_doc(doc)
    return Directory(doc, raw, signed), signatures


def _same_or_forked(directory: Directory, current: Directory) -> Directory:
    if directory.signed == current.signed:
        return current
    raise PeerRefused(
        f"Two different directories carry version {current.version}, both signed by the secretariat.",
        rule="directory.forked",
        remedy="Keep both and tell the other members: the secretariat says different things to different members.",
    )


def _need_signatures(
    directory: Directory, signatures: tuple[Signature, ...], keys: tuple[OfficerKey, ...], threshold: int, whose: str
) -> None:
    good = _good_keys(directory.signed, signatures, keys)
    if len(good) < threshold:
        raise PeerRefused(
            f"The directory carries {len(good)} good signatures of {whose} officers; {threshold} are needed.",
            rule="directory.signatures",
            remedy=_AGAIN,
        )


def _good_keys(signed: bytes, signatures: tuple[Signature, ...], keys: tuple[OfficerKey, ...]) -> set[bytes]:
    known = {officer.id: officer.public for officer in keys}
    good: set[bytes] = set()
    for signature in signatures:
        public = known.get(signature.key)
        if public is None or public in good:
            continue
        if is_signed_by(Ed25519PublicKey.from_public_bytes(public), signature.sig, signed):
            good.add(public)
    return good


def _refuse_expired(directory: Directory, now: datetime) -> None:
    if now >= directory.doc.expires:
        raise PeerRefused(
            f"The directory expired on {directory.doc.expires.isoformat()}.", rule="directory.expired", remedy=_AGAIN
        )


def _check_doc(doc: DirectoryDoc) -> None:
    codes = [member.code for member in doc.members]
    active = {member.code for member in doc.members if member.status == "active"}
    faults = [
        ("format", doc.format == FORMAT),
        ("expires", doc.issued < doc.expires),
        ("threshold", doc.threshold <= len(doc.secretariat)),
        ("secretariat", len({officer.id for officer in doc.secretariat}) == len(doc.secretariat)),
        ("secretariat keys", len({officer.public for officer in doc.secretariat}) == len(doc.secretariat)),
        ("witnesses", len({witness.public for witness in doc.witnesses}) == len(doc.witnesses)),
        ("members", len(set(codes)) == len(codes)),
        ("root keys", len({member.root for member in doc.members}) == len(codes)),
        ("reviewer", doc.reviewer in active),
    ]
    wrong = [name for name, good in faults if not good]
    if len(wrong) > 0:
        raise PeerRefused(f"The directory's {', '.join(wrong)} break its rules.", rule="directory.shape", remedy=_AGAIN)
