"""A node: one member's installation, with everything its roads need, handed in by :mod:`comity.bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.exchange.kem import KemPrivateKey
from comity.exchange.signed import NodeSigner
from comity.exchange.transports.base import Transport
from comity.exchange.transports.webhook import Hook
from comity.exchange.trust import Trust
from comity.model.track import member_of
from comity.node.bell import Bell
from comity.node.list_source import Schedule
from comity.node.screens import Screens
from comity.policy.engine import Policies
from comity.policy.laws import Laws
from comity.policy.profile import LawValue
from comity.procedures.registry import Registry
from comity.storage.base import KeyStore, Store


@dataclass(frozen=True, slots=True)
class AgencyKey:
    """An agency's signing key under the id that the member's list gives it."""

    id: str
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The private keys of this node. ``vault`` (32 bytes) is the secret that local tokens follow from."""

    signer: NodeSigner
    agencies: Mapping[str, AgencyKey]
    kem: Mapping[str, KemPrivateKey]
    vault: bytes = field(repr=False)


@dataclass(slots=True)
class Node:
    """One installation at work. ``trust`` is replaced whole when a newer directory or list is accepted.

    ``hides`` counts the transactions of this process in which content was hidden; ``offices`` names the
    correspondents without a node; ``hooks`` are the national systems that are told of recalls; ``schedule`` says
    whether lists are updated by themselves.
    """

    member: str
    home: Path
    store: Store
    keys: KeyStore
    ring: KeyRing
    trust: Trust
    registry: Registry
    policies: Policies
    laws: Laws
    transport: Transport
    clock: Callable[[], datetime]
    draw: Callable[[int], bytes]
    bell: Bell = field(default_factory=Bell)
    screens: Screens = field(default_factory=Screens)
    hides: int = 0
    offices: Mapping[str, str] = field(default_factory=dict)
    hooks: tuple[Hook, ...] = ()
    schedule: Schedule = field(default_factory=Schedule)

    @property
    def network(self) -> str:
        """The network's id."""
        return self.trust.network

    @property
    def exercise(self) -> bool:
        """Whether this is an exercise."""
        return self.trust.exercise

    @property
    def reviewer(self) -> str:
        """The member that reviews in this network."""
        return self.trust.directory.doc.reviewer

    @property
    def bureau(self) -> str:
        """The agency of this member that is its bureau."""
        agencies = self.trust.lists[self.member].doc.agencies
        return next(agency.id for agency in agencies if agency.bureau)

    def members(self) -> dict[str, str]:
        """Code to name of the active members."""
        return {m.code: m.name for m in self.trust.directory.doc.members if m.status == "active"}

    def name(self, code: str) -> str:
        """The name of a member, an agency or a correspondent, or the code itself where nobody has named it."""
        return self.trust.names.get(code) or self.offices.get(code, code)

    def law(self, member: str, path: str, day: date | None = None) -> LawValue:
        """What a member's law says under ``path`` on ``day``, today if left out; where nothing, to ask a lawyer."""
        return self.laws.value(member, path, self.clock().date() if day is None else day)

    def rule(self, path: str, day: date | None = None) -> LawValue:
        """What the network's charter, the secretariat's profile, says under ``path``."""
        return self.law(self.reviewer, path, day)

    def is_own(self, agency: str) -> bool:
        """Whether an agency is of this member."""
        return member_of(agency) == self.member
