"""Names of tracks, members and agencies.

A track is written ``name`` or ``name/INDEX``: ``owner``, ``line/QN`` (the owner's line to QN), ``reply/QN``. A
member is two capital letters; an agency is ``MEMBER.name``; an entity id is ``AGENCY:local``.
"""

from __future__ import annotations

import re

MEMBER = re.compile(r"[A-Z]{2}")
AGENCY = re.compile(r"[A-Z]{2}\.[a-z][a-z0-9-]{0,39}")
CORRESPONDENT = re.compile(r"X[1-9][0-9]{0,4}")
"""The code of a correspondent without a node: no member's code has a digit."""
TRACK = re.compile(r"[a-z_]{1,32}(/[A-Za-z0-9.-]{1,64})?")


def member_of(agency: str) -> str:
    """The member that an agency belongs to: ``member_of("QM.bureau") == "QM"``."""
    return agency.partition(".")[0]


def is_correspondent(code: str) -> bool:
    """Whether a party is a correspondent without a node: ``is_correspondent("X1")``."""
    return CORRESPONDENT.fullmatch(code) is not None


def track_name(track: str) -> str:
    """The name that the procedure's table knows: ``track_name("line/QN") == "line"``."""
    return track.partition("/")[0]


def track_index(track: str) -> str:
    """What the track is for, or the empty text: ``track_index("line/QN") == "QN"``."""
    return track.partition("/")[2]


def agency_of(entity_id: str) -> str:
    """The agency whose entity this is: ``agency_of("QM.bureau:1f2e") == "QM.bureau"``."""
    return entity_id.partition(":")[0]
