"""What the law of a member says, as its own legal officer signed it.

A profile is one versioned YAML or JSON document per member. Each value carries its source and a mark that says how
sure it is: V seen in the text, G given by a usually good source, D a design decision of ours, K known but not
checked. A value comes from the member's signed profile, else from an unsigned example pack that the profile itself
names, and says which; where there is none the answer is "ask your lawyer", never another country's rule.

Not handled here: what follows from a value (the procedures' checks), and who may sign (the directory).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import PeerRefused
from comity.model.packaged import packaged_bytes, packaged_names
from comity.policy.clocks import WEEKDAYS, Calendar
from comity.policy.paths import Entry, Reading, read_head, read_values
from comity.policy.yamltext import read_yaml

FORMAT = "comity-profile-1"
PACK_FORMAT = "comity-pack-1"

_CONTEXT = b"comity-profile-1\n"


@dataclass(frozen=True, slots=True)
class Officer:
    """The legal officer who signs: name and office, as they stand on letters."""

    name: str
    office: str


@dataclass(frozen=True, slots=True)
class Pack:
    """Unsigned example values: its code, its title, and the values by path."""

    code: str
    title: str
    values: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class LawValue:
    """One answer of a profile.

    ``standing`` is ``signed``, ``unsigned`` (from an example pack) or ``absent``; ``value`` is ``None`` only where
    absent. ``says`` is the sentence that stands beside the value on screen.
    """

    path: str
    value: Any
    unit: str
    source: str
    mark: str
    standing: str
    says: str
    note: str = ""
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class LegalProfile:
    """A member's law, read and verified: if ``officer`` is set, that officer's signature was good.

    ``name`` is how the member is spoken of. A member without a profile has one too, see :func:`unrecorded`.
    """

    member: str
    name: str
    version: int = 0
    valid_from: date = date.min
    officer: Officer | None = None
    values: Mapping[str, Entry] | None = None
    packs: tuple[Pack, ...] = ()

    def value(self, path: str) -> LawValue:
        """What is recorded under ``path``, for example ``clock.extradition.papers``, and how far to trust it."""
        entry = None if self.values is None else self.values.get(path)
        if entry is not None and self.officer is not None:
            says = f"{self.name}'s legal profile, version {self.version}, signed by {self.officer.name}."
            return _answer(path, entry, "signed", says)
        for pack in self.packs:
            if path in pack.values:
                says = (
                    f"Unsigned example value from the pack “{pack.title}”; "
                    f"nobody has confirmed it for {self.name}: ask your lawyer."
                )
                return _answer(path, pack.values[path], "unsigned", says)
        return LawValue(path, None, "", "", "", "absent", f"No rule recorded for {self.name}: ask your lawyer.")

    def calendar(self) -> Calendar | None:
        """The member's working days, or nothing where no weekend is recorded."""
        weekend, holidays = self.value("calendar.weekend"), self.value("calendar.holidays")
        if weekend.value is None:
            return None
        days = frozenset(date.fromisoformat(day) for day in holidays.value or ())
        return Calendar(frozenset(WEEKDAYS.index(day) for day in weekend.value), days)


def unrecorded(member: str, name: str) -> LegalProfile:
    """The profile of a member that has published none: every answer is to ask a lawyer."""
    return LegalProfile(member, name)


def sign_profile(raw: bytes, key: Ed25519PrivateKey, *, file: str = "profile") -> bytes:
    """The legal officer's signature over these exact bytes; raises :class:`InputRefused` with every defect."""
    _read(raw, "", file)
    return key.sign(_CONTEXT + raw)


def open_profile(
    raw: bytes, signature: bytes, public: Ed25519PublicKey, *, name: str, file: str = "profile"
) -> LegalProfile:
    """The profile in ``raw`` if ``public`` signed these exact bytes.

    ``name`` is how the member is spoken of. Raises :class:`PeerRefused` for a signature that is not good, and
    :class:`InputRefused` with every defect.
    """
    try:
        public.verify(signature, _CONTEXT + raw)
    except InvalidSignature as error:
        raise PeerRefused(
            f"The signature on the legal profile of {name} is not good.",
            rule="profile.signature",
            remedy=f"Ask {name}'s bureau for its profile again.",
        ) from error
    return _read(raw, name, file)


def in_force(profiles: Sequence[LegalProfile], day: date) -> LegalProfile | None:
    """The newest of one member's profiles that is valid on ``day``: the date of the act, not today."""
    valid = [profile for profile in profiles if profile.valid_from <= day]
    return max(valid, key=lambda profile: (profile.valid_from, profile.version), default=None)


@cache
def packs() -> Mapping[str, Pack]:
    """The packaged example packs by code; raises :class:`InputRefused` if one is malformed."""
    names = packaged_names("comity.policy", "packs", ".yaml")
    found = [read_pack(packaged_bytes("comity.policy", name), file=name) for name in names]
    return {pack.code: pack for pack in found}


def read_pack(raw: bytes, *, file: str) -> Pack:
    """The unsigned values in ``raw``; raises :class:`InputRefused` with every defect."""
    reading = Reading(file)
    tree = read_yaml(raw, file=file)
    head = read_head(reading, tree, {"format": PACK_FORMAT, "pack": str, "title": str})
    values = read_values(reading, tree.get("values"))
    reading.finish(f"The pack {file} cannot be used.")
    return Pack(head["pack"], head["title"], values)


def read_profile(raw: bytes, name: str, file: str) -> LegalProfile:
    """The profile in ``raw``, which its act's signature vouches for; raises :class:`InputRefused` with every defect."""
    return _read(raw, name, file)


def _read(raw: bytes, name: str, file: str) -> LegalProfile:
    reading = Reading(file)
    tree = read_yaml(raw, file=file)
    wanted = {"format": FORMAT, "member": str, "version": int, "valid_from": date, "officer": dict, "packs": list}
    head = read_head(reading, tree, wanted)
    officer = read_head(reading, head["officer"], {"name": str, "office": str}, "officer") if "officer" in head else {}
    values = read_values(reading, tree.get("values"))
    used = _packs(reading, head.get("packs", []))
    reading.finish(f"The legal profile {file} cannot be used.")
    return LegalProfile(head["member"], name, head["version"], head["valid_from"], Officer(**officer), values, used)


def _packs(reading: Reading, codes: Sequence[object]) -> tuple[Pack, ...]:
    known = packs()
    used = []
    for code in codes:
        if isinstance(code, str) and code in known:
            used.append(known[code])
        else:
            reading.wrong("packs", f"There is no pack {code!r}.", f"Known packs: {', '.join(known)}.")
    return tuple(used)


def _answer(path: str, entry: Entry, standing: str, says: str) -> LawValue:
    return LawValue(path, entry.value, entry.unit, entry.source, entry.mark, standing, says, entry.note, entry.trigger)
