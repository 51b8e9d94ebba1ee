"""Unusual looking: what in the log of disclosures a supervisor is shown, each with its reason, and one look in a
hundred by lot.

A pattern is no accusation: it says what differs from the officer's own habit or from colleagues, and a person asks.
Each officer's habit is their own; nobody is ranked. Sources: Comity domain 15, D-12; domain 16.
"""

from __future__ import annotations

import hashlib
import hmac
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

OWN_NAME, PROTECTED, WITHOUT_STEP, HOURS, VOLUME, LOT = (
    "own_name",
    "protected",
    "without_step",
    "hours",
    "volume",
    "lot",
)
KINDS = (OWN_NAME, PROTECTED, WITHOUT_STEP, HOURS, VOLUME, LOT)
"""From what is asked about first to what was only drawn."""


@dataclass(frozen=True, slots=True)
class Measures:
    """From where on looking is shown. ``most`` looks, or matters, are nobody's habit below; ``times`` the habit it has
    to exceed; ``settled`` the looks from which an officer has a habit of hours; ``rare`` the share of them that an
    hour may have and still be unusual; ``few`` the looks in such hours that are passed over; ``lot`` one look in so
    many is drawn."""

    most: int = 30
    times: float = 3.0
    settled: int = 100
    rare: float = 0.02
    few: int = 5
    lot: int = 100


MEASURES = Measures()


@dataclass(frozen=True, slots=True)
class Look:
    """One disclosure: who, when in local time, of which matter by which act. ``is_own`` if the officer ever took a step
    in that matter, ``is_protected`` if somebody in it is protected, ``is_kin`` if somebody in it bears a name of the
    officer's own family."""

    officer: str
    at: datetime
    matter: str
    act: str
    is_own: bool = False
    is_protected: bool = False
    is_kin: bool = False


@dataclass(frozen=True, slots=True)
class Unusual:
    """One thing to ask an officer about: ``kind`` of :data:`KINDS`, the day, how many looks or matters, and the usual
    number where it is compared with one."""

    officer: str
    kind: str
    day: date
    count: int
    usual: float
    looks: tuple[Look, ...]


def unusual(looks: Sequence[Look], since: date, secret: bytes, measures: Measures = MEASURES) -> tuple[Unusual, ...]:
    """What was unusual from ``since`` on, newest day first; earlier looks only say what is usual. ``secret`` draws the
    lot, so that nobody can tell beforehand what will be looked at."""
    by_officer: dict[str, list[Look]] = defaultdict(list)
    for look in looks:
        by_officer[look.officer].append(look)
    found: list[Unusual] = []
    for officer, some in by_officer.items():
        days = _by_day(some)
        hours = Counter(look.at.hour for look in some)
        for day in days:
            if day >= since:
                found += _of_day(officer, day, days, hours, len(some), _of_others(by_officer, officer, day), measures)
    found += _drawn(looks, since, secret, measures)
    return tuple(sorted(found, key=lambda one: (-one.day.toordinal(), KINDS.index(one.kind), one.officer)))


def _by_day(looks: Iterable[Look]) -> dict[date, list[Look]]:
    days: dict[date, list[Look]] = defaultdict(list)
    for look in looks:
        days[look.at.date()].append(look)
    return days


def _of_others(by_officer: Mapping[str, Sequence[Look]], officer: str, day: date) -> list[int]:
    """How many matters without a step of their own each colleague opened that day."""
    return [
        len({look.matter for look in some if look.at.date() == day and not look.is_own})
        for name, some in by_officer.items()
        if name != officer
    ]


def _of_day(
    officer: str,
    day: date,
    days: Mapping[date, Sequence[Look]],
    hours: Mapping[int, int],
    total: int,
    others: Sequence[int],
    measures: Measures,
) -> Iterator[Unusual]:
    today = tuple(days[day])
    for kind, some in (
        (OWN_NAME, tuple(look for look in today if look.is_kin)),
        (PROTECTED, tuple(look for look in today if look.is_protected and not look.is_own)),
    ):
        if len(some) > 0:
            yield Unusual(officer, kind, day, len(some), 0.0, some)
    foreign = tuple(look for look in today if not look.is_own)
    matters = len({look.matter for look in foreign})
    usual = statistics.median(others) if len(others) > 0 else 0.0
    if matters >= measures.most and matters > measures.times * usual:
        yield Unusual(officer, WITHOUT_STEP, day, matters, usual, foreign)
    if total >= measures.settled:
        odd = tuple(look for look in today if hours[look.at.hour] <= measures.rare * total)
        if len(odd) > measures.few:
            yield Unusual(officer, HOURS, day, len(odd), 0.0, odd)
    before = [len(some) for one, some in days.items() if one < day]
    habit = statistics.median(before) if len(before) > 0 else 0.0
    if len(before) > 0 and len(today) >= measures.most and len(today) > measures.times * habit:
        yield Unusual(officer, VOLUME, day, len(today), habit, today)


def _drawn(looks: Iterable[Look], since: date, secret: bytes, measures: Measures) -> Iterator[Unusual]:
    for look in looks:
        if look.at.date() >= since and _is_drawn(look, secret, measures.lot):
            yield Unusual(look.officer, LOT, look.at.date(), 1, 0.0, (look,))


def _is_drawn(look: Look, secret: bytes, one_in: int) -> bool:
    said = f"{look.officer}\n{look.at.isoformat()}\n{look.act}".encode()
    return int.from_bytes(hmac.new(secret, said, hashlib.sha256).digest()[:8], "big") % one_in == 0
