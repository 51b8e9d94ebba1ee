"""The law of every member, version by version: rules read the one in force on the day of the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from comity.policy.profile import LawValue, LegalProfile, in_force, unrecorded


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs between two versions; None where a version says nothing."""

    path: str
    before: LawValue | None
    after: LawValue | None


@dataclass(frozen=True, slots=True)
class Laws:
    """Every version of every member's profile. The first of each stands for what was before any was published."""

    versions: Mapping[str, tuple[LegalProfile, ...]]

    def profile(self, member: str, day: date) -> LegalProfile | None:
        """A member's profile in force on ``day``."""
        return in_force(self.versions.get(member, ()), day)

    def on(self, day: date) -> Mapping[str, LegalProfile]:
        """Every member's profile in force on ``day``."""
        found = {member: self.profile(member, day) for member in self.versions}
        return {member: profile for member, profile in found.items() if profile is not None}

    def value(self, member: str, path: str, day: date) -> LawValue:
        """What a member's law says under ``path`` on ``day``; where it says nothing, to ask a lawyer."""
        return (self.profile(member, day) or unrecorded(member, member)).value(path)

    def adopted(self, profile: LegalProfile) -> Laws:
        """These laws with one version more; a version that is there is replaced."""
        known = self.versions.get(profile.member, ())
        kept = tuple(one for one in known if one.version != profile.version)
        return replace(self, versions={**self.versions, profile.member: (*kept, profile)})


def changes(before: LegalProfile, after: LegalProfile) -> tuple[Change, ...]:
    """Every path that one version says otherwise than the other, by path."""
    paths = sorted({*(before.values or {}), *(after.values or {})})
    found = []
    for path in paths:
        old = before.value(path) if path in (before.values or {}) else None
        new = after.value(path) if path in (after.values or {}) else None
        if _said(old) != _said(new):
            found.append(Change(path, old, new))
    return tuple(found)


def _said(value: LawValue | None) -> tuple[object, ...]:
    return () if value is None else (value.value, value.unit, value.source, value.mark, value.note, value.trigger)
