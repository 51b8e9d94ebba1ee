"""Founding a network: the secretariat's first directory, each member's keys and first list. Values only.

An exercise has invented members and a network id of its own, which stands in every signature; a live node refuses
what an exercise signed, and the other way round.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.exchange.directory import DirectoryDoc, Member, OfficerKey, Witness, sign_directory
from comity.exchange.kem import KemPrivateKey, kem_private_key, make_kem_key
from comity.exchange.member_list import Agency, Contact, KemKey, MemberListDoc, Node, SigningKey, sign_member_list
from comity.exchange.signed import NodeSigner
from comity.node.node import AgencyKey, KeyRing

TERM = timedelta(days=365)
"""How long first directories, lists and keys hold."""


@dataclass(frozen=True, slots=True)
class AgencyPlan:
    """An agency to be: ``id`` as in ``QM.bureau``."""

    id: str
    name: str
    bureau: bool = False


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """A member to be; ``phone`` is the number of its duty desk."""

    code: str
    name: str
    url: str
    agencies: tuple[AgencyPlan, ...]
    phone: str
    language: str = "en"
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class MemberKeys:
    """Every private key of one new member; ``root`` signs its lists."""

    ring: KeyRing
    root: Ed25519PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Founded:
    """A new network: documents to install at every node, keys for each, and the secretariat officers' own."""

    network: str
    directory: bytes
    lists: Mapping[str, bytes]
    keys: Mapping[str, MemberKeys]
    officers: Mapping[str, Ed25519PrivateKey]


def found_network(
    plans: tuple[MemberPlan, ...],
    *,
    reviewer: str,
    exercise: bool,
    now: datetime,
    draw: Callable[[int], bytes],
) -> Founded:
    """A network of these members; ``reviewer`` is the secretariat's code."""
    now = now.replace(microsecond=0)
    network = draw(16).hex()
    keys = {plan.code: make_keys(plan, now, draw) for plan in plans}
    officers = {f"officer-{n}": Ed25519PrivateKey.from_private_bytes(draw(32)) for n in (1, 2, 3)}
    doc = DirectoryDoc(
        network=network,
        exercise=exercise,
        version=1,
        issued=now,
        expires=now + TERM,
        threshold=2,
        secretariat=tuple(OfficerKey(id=name, public=public_bytes(key)) for name, key in officers.items()),
        witnesses=tuple(
            Witness(name=plan.code.lower(), public=public_bytes(keys[plan.code].ring.signer.key)) for plan in plans[:3]
        ),
        reviewer=reviewer,
        members=tuple(
            Member(
                code=plan.code,
                name=plan.name,
                url=plan.url,
                status="active",
                root=public_bytes(keys[plan.code].root),
                since=now,
            )
            for plan in plans
        ),
    )
    signers = list(officers.items())[: doc.threshold]
    lists = {plan.code: first_list(plan, keys[plan.code], network, now) for plan in plans}
    return Founded(network, sign_directory(doc, signers), lists, keys, officers)


def make_keys(plan: MemberPlan, now: datetime, draw: Callable[[int], bytes]) -> MemberKeys:
    """Fresh keys of one member; the node's first incarnation is the present second."""
    incarnation = int(now.timestamp())
    signer = NodeSigner(plan.code, incarnation, "node-1", Ed25519PrivateKey.from_private_bytes(draw(32)))
    agencies = {a.id: AgencyKey("act-1", Ed25519PrivateKey.from_private_bytes(draw(32))) for a in plan.agencies}
    ring = KeyRing(signer, agencies, {"kem-1": make_kem_key(draw)}, draw(32))
    return MemberKeys(ring, Ed25519PrivateKey.from_private_bytes(draw(32)))


def first_list(plan: MemberPlan, keys: MemberKeys, network: str, now: datetime) -> bytes:
    """The member's first list, signed by its root key."""
    begins, ends = now - timedelta(minutes=10), now + TERM
    ring = keys.ring
    kem_id, kem = next(iter(ring.kem.items()))
    doc = MemberListDoc(
        network=network,
        member=plan.code,
        version=1,
        issued=now,
        expires=ends,
        agencies=tuple(
            Agency(
                id=agency.id,
                name=agency.name,
                bureau=agency.bureau,
                keys=(
                    SigningKey(
                        id=ring.agencies[agency.id].id,
                        public=public_bytes(ring.agencies[agency.id].key),
                        begins=begins,
                        ends=ends,
                    ),
                ),
            )
            for agency in plan.agencies
        ),
        nodes=(
            Node(
                incarnation=ring.signer.incarnation,
                sign=SigningKey(id=ring.signer.key_id, public=public_bytes(ring.signer.key), begins=begins, ends=ends),
                kem=KemKey(id=kem_id, public=kem.public, begins=begins, ends=ends),
            ),
        ),
        contacts=(Contact(role="duty", name=f"Duty desk, {plan.name}", phone=plan.phone),),
        languages=(plan.language,),
        timezone=plan.timezone,
    )
    return sign_member_list(doc, keys.root)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return key.public_key().public_bytes_raw()


def ring_text(keys: MemberKeys) -> str:
    """The private keys as the text of a key file."""
    ring = keys.ring
    tree = {
        "root": _b64(keys.root.private_bytes_raw()),
        "signer": {
            "member": ring.signer.member,
            "incarnation": ring.signer.incarnation,
            "id": ring.signer.key_id,
            "key": _b64(ring.signer.key.private_bytes_raw()),
        },
        "agencies": {
            agency: {"id": one.id, "key": _b64(one.key.private_bytes_raw())} for agency, one in ring.agencies.items()
        },
        "kem": {key_id: _b64(one.secret) for key_id, one in ring.kem.items()},
        "vault": _b64(ring.vault),
    }
    return json.dumps(tree, indent=1)


def read_ring(text: str) -> KeyRing:
    """The private keys that a node works with, from its key file."""
    tree = json.loads(text)
    signer = tree["signer"]
    kem: dict[str, KemPrivateKey] = {name: kem_private_key(_raw(secret)) for name, secret in tree["kem"].items()}
    return KeyRing(
        NodeSigner(signer["member"], signer["incarnation"], signer["id"], _ed25519(signer["key"])),
        {agency: AgencyKey(one["id"], _ed25519(one["key"])) for agency, one in tree["agencies"].items()},
        kem,
        _raw(tree["vault"]),
    )


def read_root(text: str) -> Ed25519PrivateKey | None:
    """The member's root key from a key file, None where it is kept elsewhere."""
    held = json.loads(text).get("root", "")
    return None if held == "" else _ed25519(held)


def without_root(text: str) -> tuple[str, str]:
    """A node's key file without the member's root key, and a key file of the root key alone."""
    tree = json.loads(text)
    root = tree.pop("root")
    return json.dumps(tree, indent=1), json.dumps({"root": root}, indent=1)


def _ed25519(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_raw(text))


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: str) -> bytes:
    return base64.b64decode(text)
