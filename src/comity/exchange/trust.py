"""The directory and the members' lists in force, as one value that intake asks without any I/O.

Nothing is ever fetched while receiving: what is not here is unknown (``…key_unknown``), and the sender is told
so. A list that was signed by a root key which the directory no longer names is passed over.

Not handled here: which version is in force (:func:`comity.exchange.directory.accept_directory`), whether an act
is protective (:mod:`comity.procedures.machine`): a suspended member's *urgent* lane stays open, and intake lets
only protective acts through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.errors import PeerRefused
from comity.exchange.directory import Directory, Member
from comity.exchange.member_list import Agency, KemKey, MemberList, SigningKey
from comity.exchange.signed import is_signed_by

URGENT = "urgent"
ORDINARY = "ordinary"
LANES = (URGENT, ORDINARY)
"""The two lanes of each pair of members, the one that never waits first."""


class KeyStatus(StrEnum):
    """What a key is worth at one moment; the value ends the rule code of a refusal."""

    VALID = "valid"
    NOT_YET = "key_not_yet"
    EXPIRED = "key_expired"
    REVOKED = "key_revoked"
    UNKNOWN = "key_unknown"


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key at one moment; ``public`` is None only where the key is unknown."""

    status: KeyStatus
    public: Ed25519PublicKey | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a member may send or receive on a lane, under which rule and why."""

    allowed: bool
    rule: str
    says: str


@dataclass(frozen=True, slots=True)
class _Key:
    listed: SigningKey
    public: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Trust:
    """All that a node believes about keys and members; made by :func:`trust_in`."""

    directory: Directory
    lists: Mapping[str, MemberList]
    names: Mapping[str, str]
    _members: Mapping[str, Member] = field(repr=False)
    _agencies: Mapping[str, Agency] = field(repr=False)
    _agency_keys: Mapping[tuple[str, str], _Key] = field(repr=False)
    _node_keys: Mapping[tuple[str, str], _Key] = field(repr=False)

    @property
    def network(self) -> str:
        """The network's id, 32 hex digits."""
        return self.directory.network

    @property
    def exercise(self) -> bool:
        """Whether this is an exercise network."""
        return self.directory.doc.exercise

    def member(self, code: str) -> Member | None:
        """The member with this code, whatever its status."""
        return self._members.get(code)

    def agency(self, agency_id: str) -> Agency | None:
        """The agency with this id, as its member lists it."""
        return self._agencies.get(agency_id)

    def agency_key(self, agency: str, key_id: str, at: datetime) -> KeyState:
        """The state at ``at`` of the key by which ``agency`` signs acts."""
        return _state(self._agency_keys.get((agency, key_id)), at)

    def node_sign_key(self, member: str, key_id: str, at: datetime) -> KeyState:
        """The state at ``at`` of the key by which the member's node signs cartons, receipts and pulls."""
        return _state(self._node_keys.get((member, key_id)), at)

    def node_kem_key(self, member: str, at: datetime) -> KemKey:
        """The key to seal to: valid at ``at``, of the latest incarnation, begun last; raises :class:`PeerRefused`."""
        listed = self.lists.get(member)
        nodes = () if listed is None else listed.doc.nodes
        usable = [node for node in nodes if _status(node.kem, at) is KeyStatus.VALID]
        if len(usable) == 0:
            raise PeerRefused(
                f"{member} lists no key for receiving that is valid now.",
                rule="directory.no_kem_key",
                remedy="Ask the member to publish its list again; what is to be sent waits.",
            )
        return max(usable, key=lambda node: (node.incarnation, node.kem.begins)).kem

    def may_send(self, member: str, lane: str) -> Standing:
        """Whether anything from ``member`` on ``lane`` is taken in."""
        return self._standing(member, lane, "send")

    def may_receive(self, member: str, lane: str) -> Standing:
        """Whether anything on ``lane`` is given to ``member``."""
        return self._standing(member, lane, "receive")

    def stale(self, at: datetime) -> tuple[str, ...]:
        """What is past its expiry at ``at``: ``"directory"`` and codes of members. The node alarms and asks."""
        lists = (code for code, listed in sorted(self.lists.items()) if at >= listed.doc.expires)
        return (*(("directory",) if at >= self.directory.doc.expires else ()), *lists)

    def _standing(self, member: str, lane: str, verb: str) -> Standing:
        known = self._members.get(member)
        if lane not in LANES:
            return Standing(False, "lane.unknown", f"There is no lane named {lane!r}.")
        if known is None:
            return Standing(False, "member.unknown", f"{member} is not a member of this network.")
        if known.status == "left":
            return Standing(False, "member.left", f"{member} has left this network.")
        if known.status == "suspended" and lane != URGENT:
            return Standing(False, "member.suspended", f"{member} is suspended and may {verb} withdrawals only.")
        return Standing(True, f"member.{known.status}", f"{member} may {verb}.")


def trust_in(directory: Directory, lists: Iterable[MemberList] = ()) -> Trust:
    """The trust that follows from an accepted directory and accepted lists, at most one per member."""
    members = {member.code: member for member in directory.doc.members}
    in_force = {
        listed.member: listed
        for listed in lists
        if (m := members.get(listed.member)) is not None and m.root == listed.root
    }
    agencies = {agency.id: agency for listed in in_force.values() for agency in listed.doc.agencies}
    names = {code: member.name for code, member in members.items()}
    names.update({agency.id: agency.name for agency in agencies.values()})
    return Trust(
        directory=directory,
        lists=in_force,
        names=names,
        _members=members,
        _agencies=agencies,
        _agency_keys={(a.id, key.id): _loaded(key) for a in agencies.values() for key in a.keys},
        _node_keys={
            (code, node.sign.id): _loaded(node.sign) for code, listed in in_force.items() for node in listed.doc.nodes
        },
    )


def with_directory(trust: Trust, directory: Directory) -> Trust:
    """The same lists under another directory."""
    return trust_in(directory, trust.lists.values())


def with_member_list(trust: Trust, listed: MemberList) -> Trust:
    """The same with one member's list put in or replaced."""
    return trust_in(trust.directory, (*(old for code, old in trust.lists.items() if code != listed.member), listed))


@dataclass(frozen=True, slots=True)
class NodeClaim:
    """That the node of ``member`` signed ``message`` with its key ``key_id``."""

    member: str
    key_id: str
    signature: bytes
    message: bytes


def check_node_claim(trust: Trust, what: str, claim: NodeClaim, at: datetime) -> None:
    """Refuses, under ``what``.key_… or ``what``.signature, a claim that no key valid at ``at`` bears out."""
    state = trust.node_sign_key(claim.member, claim.key_id, at)
    if state.public is None or state.status is not KeyStatus.VALID:
        raise refused_key(what, f"node of {claim.member}", claim.key_id, state.status)
    if not is_signed_by(state.public, claim.signature, claim.message):
        raise PeerRefused(
            f"The {what} is not signed by the node of {claim.member}.",
            rule=f"{what}.signature",
            remedy="Ask the sender to send it again; if it fails again, treat its node as suspect.",
        )


def refused_key(what: str, holder: str, key_id: str, status: KeyStatus) -> PeerRefused:
    """The refusal of a key that is not valid; the rule is ``what`` and the status."""
    words = {
        KeyStatus.UNKNOWN: "is not in the list in force",
        KeyStatus.NOT_YET: "is not valid yet",
        KeyStatus.EXPIRED: "is no longer valid",
        KeyStatus.REVOKED: "was revoked",
        KeyStatus.VALID: "is valid",
    }
    return PeerRefused(
        f"Key {key_id} of the {holder} {words[status]}.",
        rule=f"{what}.{status.value}",
        remedy="The sender's member list must name a valid key; then send it again.",
    )


def _loaded(key: SigningKey) -> _Key:
    return _Key(key, Ed25519PublicKey.from_public_bytes(key.public))


def _state(key: _Key | None, at: datetime) -> KeyState:
    if key is None:
        return KeyState(KeyStatus.UNKNOWN)
    return KeyState(_status(key.listed, at), key.public)


def _status(key: SigningKey | KemKey, at: datetime) -> KeyStatus:
    if key.revoked is not None and at >= key.revoked:
        return KeyStatus.REVOKED
    if at < key.begins:
        return KeyStatus.NOT_YET
    return KeyStatus.VALID if at < key.ends else KeyStatus.EXPIRED
