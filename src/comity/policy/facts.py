"""What the policies may ask about: the officer, the thing, and the circumstances, each with its required attributes.

The attributes of these classes are the whole vocabulary of ``policies/*.cedar``. Each is required and has one of
four kinds, so no policy can fail for want of an attribute, and every one of them can be a column.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import get_type_hints

from comity.model.track import member_of


class Kind(Enum):
    """The kind of one attribute."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    TEXTS = "set of texts"


_KINDS: dict[object, Kind] = {str: Kind.TEXT, int: Kind.NUMBER, bool: Kind.FLAG, frozenset[str]: Kind.TEXTS}


@dataclass(frozen=True, slots=True)
class Principal:
    """An officer as the policies see one: no name, only agency, member, roles in force, and whether a bureau's."""

    agency: str
    member: str
    roles: frozenset[str]
    is_bureau: bool


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances: the purpose worked for, and the day as days since 1970-01-01 UTC."""

    purpose: str
    today: int


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step about to be taken.

    ``roles`` are those the procedure's table allows, ``writer_agency`` is who writes the track, ``own_agencies``
    the agencies of this member in the matter, ``opening`` whether the step opens a new matter.
    """

    procedure: str
    step: str
    roles: frozenset[str]
    writer_agency: str
    own_agencies: frozenset[str]
    opening: bool


@dataclass(frozen=True, slots=True)
class MatterFacts:
    """A matter: ``parties`` are the members known to this node, ``own_agencies`` this member's agencies in it."""

    procedure: str
    owner_member: str
    parties: frozenset[str]
    own_agencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class PartFacts:
    """A part: its handling, its author, and the parties of its matter. ``until_day`` counts from 1970-01-01."""

    kind: str
    tlp: str
    code: str
    purposes: frozenset[str]
    until_day: int
    author_agency: str
    author_member: str
    hidden: bool
    parties: frozenset[str]
    own_agencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class ScreeningFacts:
    """A screening run of an agency: ``kind`` is flight, traveller, batch, service or document."""

    kind: str
    agency: str


@dataclass(frozen=True, slots=True)
class HitFacts:
    """A possible hit of a screening run of an agency."""

    agency: str


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """An area of this installation: accounts, keys, lists, backup, …"""

    area: str


@dataclass(frozen=True, slots=True)
class LogFacts:
    """A ledger of this node."""

    log: str


Resource = StepFacts | MatterFacts | PartFacts | ScreeningFacts | HitFacts | AreaFacts | LogFacts


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that may be allowed: its code, what it is done to, and how a sentence names it."""

    code: str
    resource: type
    title: str


ACTIONS: dict[str, Action] = {
    action.code: action
    for action in (
        Action("act", StepFacts, "take this step"),
        Action("list_matter", MatterFacts, "see this matter"),
        Action("read_part", PartFacts, "read this part"),
        Action("screen", ScreeningFacts, "screen"),
        Action("decide_hit", HitFacts, "decide this possible hit"),
        Action("administer", AreaFacts, "administer this installation"),
        Action("prove", LogFacts, "issue a proof from the ledger"),
    )
}
"""Every action by its code."""


def principal(agency: str, roles: frozenset[str], *, is_bureau: bool) -> Principal:
    """An officer of ``agency``, whose member is read from its code."""
    return Principal(agency, member_of(agency), roles, is_bureau)


def kinds(facts: type) -> dict[str, Kind]:
    """The attributes of one of the classes of this module, with their kinds."""
    hints = get_type_hints(facts)
    return {field.name: _KINDS[hints[field.name]] for field in fields(facts)}


def values(facts: Principal | Context | Resource) -> dict[str, object]:
    """The attributes of ``facts`` with their values."""
    return {field.name: getattr(facts, field.name) for field in fields(facts)}
