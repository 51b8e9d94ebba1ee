"""A small exercise network for these tests: three members and a secretariat, every key from a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.exchange.delivery import Delivery, SealedPart, delivery_of
from comity.exchange.directory import (
    Anchor,
    Directory,
    DirectoryDoc,
    Member,
    OfficerKey,
    Witness,
    accept_directory,
    sign_directory,
)
from comity.exchange.envelope import OpenedCarton, Outgoing, open_carton, pack_carton
from comity.exchange.kem import KemPrivateKey, make_kem_key
from comity.exchange.member_list import (
    Agency,
    Contact,
    KemKey,
    MemberList,
    MemberListDoc,
    Node,
    SigningKey,
    accept_member_list,
    sign_member_list,
)
from comity.exchange.signed import NodeSigner
from comity.exchange.trust import Trust, trust_in
from comity.model.act import FORMAT, Act, Header, make_part, sign_act
from comity.model.content import Content, content_bytes
from comity.model.handling import Handling
from comity.model.sealing import seal_part

NOW = datetime(2027, 3, 1, 2, 13, tzinfo=UTC)
START = datetime(2027, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)
NETWORK = hashlib.sha256(b"exercise").hexdigest()[:32]
NAMES = {"QM": "Arvenia", "QN": "Belmora", "QO": "Cordia", "QS": "Secretariat"}
OFFICERS = ("s1", "s2", "s3")


def draws(seed: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same in every run."""
    count = 0

    def draw(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(f"{seed}:{count}".encode()).digest(size)

    return draw


def ed(label: str) -> Ed25519PrivateKey:
    """The signing key of this label."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"ed:{label}".encode()).digest())


def pub(label: str) -> bytes:
    """Its public key."""
    return ed(label).public_key().public_bytes_raw()


def kem(label: str) -> KemPrivateKey:
    """The key for receiving of this label."""
    return make_kem_key(draws(f"kem:{label}"))


def officer_keys(names: Iterable[str] = OFFICERS) -> tuple[OfficerKey, ...]:
    return tuple(OfficerKey(id=name, public=pub(name)) for name in names)


ANCHOR = Anchor(officer_keys(), 2)


def directory_doc(**changes: Any) -> DirectoryDoc:
    """The network's first directory, with ``changes``."""
    doc = DirectoryDoc(
        network=NETWORK,
        exercise=True,
        version=1,
        issued=START,
        expires=END,
        threshold=2,
        secretariat=officer_keys(),
        witnesses=tuple(Witness(name=f"Witness {n}", public=pub(f"w{n}")) for n in (1, 2, 3)),
        reviewer="QS",
        members=tuple(
            Member(
                code=code,
                name=name,
                url=f"http://{name.lower()}.localhost:8101",
                status="active",
                root=pub(f"root {code}"),
                since=START,
            )
            for code, name in NAMES.items()
        ),
    )
    return msgspec.structs.replace(doc, **changes)


def signed_directory(doc: DirectoryDoc, by: Iterable[str] = ("s1", "s2")) -> bytes:
    return sign_directory(doc, [(name, ed(name)) for name in by])


def first_directory() -> Directory:
    raw = signed_directory(directory_doc())
    return accept_directory(raw, current=None, anchor=ANCHOR, network=NETWORK, now=NOW)


def with_status(doc: DirectoryDoc, code: str, status: str) -> DirectoryDoc:
    members = tuple(
        msgspec.structs.replace(member, status=status) if member.code == code else member for member in doc.members
    )
    return msgspec.structs.replace(doc, members=members)


def list_doc(code: str, **changes: Any) -> MemberListDoc:
    """The first list of a member, with ``changes``."""
    agency = Agency(
        id=f"{code}.bureau",
        name=f"Bureau of {NAMES[code]}",
        bureau=True,
        keys=(SigningKey(id="a1", public=pub(f"agency {code}"), begins=START, ends=END),),
    )
    node = Node(
        incarnation=1,
        sign=SigningKey(id="n1", public=pub(f"node {code}"), begins=START, ends=END),
        kem=KemKey(id="k1", public=kem(code).public, begins=START, ends=END),
    )
    doc = MemberListDoc(
        network=NETWORK,
        member=code,
        version=1,
        issued=START,
        expires=END,
        agencies=(agency,),
        nodes=(node,),
        contacts=(Contact(role="duty", name="Duty officer", phone="+999 1 555 0100"),),
        languages=("en",),
        timezone="Europe/Vienna",
    )
    return msgspec.structs.replace(doc, **changes)


def signed_list(doc: MemberListDoc) -> bytes:
    return sign_member_list(doc, ed(f"root {doc.member}"))


def accepted_list(doc: MemberListDoc, current: MemberList | None = None) -> MemberList:
    return accept_member_list(signed_list(doc), directory=first_directory(), current=current, now=NOW)


def make_trust(doc: DirectoryDoc | None = None, lists: Iterable[MemberListDoc] = ()) -> Trust:
    """What everybody believes; ``lists`` stand in for those of their members."""
    docs = {code: list_doc(code) for code in NAMES} | {given.member: given for given in lists}
    raw = signed_directory(directory_doc() if doc is None else doc)
    directory = accept_directory(raw, current=None, anchor=ANCHOR, network=NETWORK, now=NOW)
    return trust_in(directory, [accepted_list(given) for given in docs.values()])


def signer(code: str, incarnation: int = 1) -> NodeSigner:
    return NodeSigner(code, incarnation, "n1", ed(f"node {code}"))


@dataclass
class Desk:
    """One agency that writes acts; ``draw`` feeds ids, keys and salts."""

    member: str = "QM"
    draw: Callable[[int], bytes] = field(default_factory=lambda: draws("desk"))

    def act(
        self, *data: bytes, track: str = "line/QN", time: datetime = NOW, **changes: Any
    ) -> tuple[Act, tuple[SealedPart, ...]]:
        """A signed act with one sealed part for each of ``data``."""
        parts = [make_part("form", Handling(purposes=("wanted",)), bytes_, self.draw(32)) for bytes_ in data]
        header = Header(
            format=FORMAT,
            network=NETWORK,
            id=self.draw(16).hex(),
            matter=self.draw(16).hex(),
            track=track,
            procedure="diffusion",
            version=1,
            step="send",
            prev=self.draw(32).hex(),
            seen=(),
            agency=f"{self.member}.bureau",
            key="a1",
            officer="o-7f21",
            time=time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            terms={"nonce": self.draw(16).hex()},
            parts=tuple(part.head for part in parts),
        )
        act = sign_act(msgspec.structs.replace(header, **changes), ed(f"agency {self.member}"))
        return act, tuple(self._sealed(part.head.commitment, part.salt, part.data) for part in parts)

    def delivery(self, *data: bytes, **changes: Any) -> Delivery:
        act, parts = self.act(*data, **changes)
        return delivery_of(act, parts)

    def _sealed(self, commitment: str, salt: bytes, data: bytes) -> SealedPart:
        key = self.draw(32)
        return SealedPart(commitment, seal_part(key, commitment, data), key, salt)


def person_part(statements: int = 18) -> bytes:
    """The bytes of one person with this many values."""
    values = {f"property{n}": [f"value {n} of the person"] for n in range(statements)}
    return content_bytes(Content(entity={"id": "QM.bureau:1f2e", "schema": "Person", "properties": values}))


def pack(*outgoing: Outgoing, trust: Trust, sender: str = "QM", recipient: str = "QN", now: datetime = NOW) -> bytes:
    return pack_carton(outgoing, signer=signer(sender), recipient=recipient, trust=trust, now=now, draw=draws("carton"))


def unpack(raw: bytes, *, trust: Trust, own: str = "QN", now: datetime = NOW) -> OpenedCarton:
    return open_carton(raw, trust=trust, own=own, kem_keys={"k1": kem(own)}, now=now)
