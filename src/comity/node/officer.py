"""An officer at the desk: who is acting, in which roles, for which purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from comity.model.track import member_of
from comity.node.node import Node
from comity.policy.facts import Context, Principal


@dataclass(frozen=True, slots=True)
class Officer:
    """A person acting for an agency. Only ``pseudonym`` ever leaves the node; ``nationality`` is a member's code."""

    login: str
    pseudonym: str
    agency: str
    roles: frozenset[str]
    nationality: str = ""

    @property
    def member(self) -> str:
        """The member that the officer's agency belongs to."""
        return member_of(self.agency)


def principal(node: Node, officer: Officer) -> Principal:
    """The officer as the policies see one."""
    return Principal(officer.agency, officer.member, officer.roles, officer.agency == node.bureau)


def context(purpose: str, now: datetime) -> Context:
    """The circumstances as the policies see them."""
    return Context(purpose, (now.astimezone(UTC).date() - date(1970, 1, 1)).days)
