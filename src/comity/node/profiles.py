"""Legal profiles as acts: adopted when they arrive, kept in every version, read by the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import Connection

from comity.errors import InputRefused
from comity.model.act import Header
from comity.model.track import member_of
from comity.node.node import Node
from comity.node.opening import opened_parts
from comity.policy.laws import Laws
from comity.policy.profile import LegalProfile, read_profile
from comity.storage import desk

KIND = "profile"

_log = structlog.get_logger("comity.node")


def stored_laws(unit: Connection, before: Mapping[str, LegalProfile], names: Mapping[str, str]) -> Laws:
    """Every version that this node adopted, over what stands ``before`` any was published."""
    laws = Laws({member: (profile,) for member, profile in before.items()})
    for member, raw in desk.documents(unit, KIND):
        laws = laws.adopted(read_profile(raw, names.get(member, member), f"profile of {member}"))
    return laws


def adopt(node: Node, unit: Connection, reached: Sequence[tuple[str, Header]], at: str) -> None:
    """Keeps the profiles that these acts publish; one that cannot be read, or is another member's, is left aside.

    What is the newest is asked of the store: the laws in memory may be ahead of a transaction that was rolled back.
    """
    for digest, header in reached:
        for _, content in opened_parts(node, unit, {digest: header}):
            raw = str((content.form or {}).get("text", "")).encode()
            member = member_of(header.agency)
            try:
                profile = read_profile(raw, node.name(member), f"profile of {member}")
            except InputRefused as refusal:
                _log.warning("profile.unread", member=member, defects=len(refusal.defects))
                continue
            if profile.member != member or profile.version <= _newest(unit, member):
                _log.warning("profile.set_aside", member=member, version=profile.version)
                continue
            desk.put_document(unit, kind=KIND, subject=member, version=profile.version, raw=raw, at=at)
            node.laws = node.laws.adopted(profile)


def _newest(unit: Connection, member: str) -> int:
    return desk.newest_version(unit, KIND, member)


def history(laws: Laws, member: str) -> tuple[LegalProfile, ...]:
    """Every published version of a member's profile, the newest first."""
    published = [profile for profile in laws.versions.get(member, ()) if profile.version > 0]
    return tuple(sorted(published, key=lambda profile: profile.version, reverse=True))
