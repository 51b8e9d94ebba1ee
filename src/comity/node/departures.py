"""The flights of a morning: every list that came for a flight, by its departure, with what is late, repeated or gone.

Carriers send several lists for one flight: passengers, crew, bookings, corrections, a list again, a cancellation. Each
is screened as it came; here they stand together, and each says what the others make of it. Nobody is ever shown as
clear: a flight says what was asked and when, how many were not checked, and how old the lists were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from comity.model.airports import zone_of
from comity.node.hits import FlightLine, flights
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.reading import Looks
from comity.node.words import Says, counted, says

Place = Literal["counts", "late", "again", "replaced", "cancelled", "cancels", "unread"]
"""What a list is beside the others: it counts, came after departure, repeats one, was replaced or cancelled by a later
one, cancels others, or could not be read."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One list of a flight and its place among them."""

    line: FlightLine
    place: Place
    is_late: bool


@dataclass(frozen=True, slots=True)
class Departure:
    """One flight. ``departs`` is when it leaves, None where no list says so; ``is_zoned`` whether the airport's zone is
    known, or the time was taken as filed, in UTC; ``not_checked`` what of it was not checked, in words."""

    number: str
    departure: str
    arrival: str
    departure_time: str
    arrival_time: str
    departs: datetime | None
    is_zoned: bool
    lists: tuple[Listed, ...]
    not_checked: tuple[Says, ...]

    @property
    def counting(self) -> tuple[FlightLine, ...]:
        """The lists that say who is aboard as far as is known."""
        return tuple(one.line for one in self.lists if one.place in ("counts", "late"))

    @property
    def travellers(self) -> int:
        """How many the counting lists name; bookings name the same people as the passenger list."""
        by_type: dict[bool, int] = {}
        for line in self.counting:
            is_booking = line.message.startswith("pnrgov")
            by_type[is_booking] = by_type.get(is_booking, 0) + line.travellers
        return max(by_type.values(), default=0)

    @property
    def undecided(self) -> int:
        """Possible hits that wait for the second line, on whichever list."""
        return sum(one.line.undecided for one in self.lists)

    @property
    def hits(self) -> int:
        """Possible hits on every list."""
        return sum(one.line.hits for one in self.lists)

    @property
    def known(self) -> int:
        """Possible hits that were decided before."""
        return sum(one.line.known for one in self.lists)

    @property
    def asked(self) -> datetime | None:
        """When the lists were last asked about one of its lists."""
        return max((one.line.asked for one in self.lists if not one.line.unread), default=None)

    @property
    def oldest_days(self) -> int | None:
        """The age of the oldest list asked, None where none was."""
        return max((shown.age_days for line in self.counting for shown in line.lists), default=None)


def board(node: Node, officer: Officer, now: datetime, looks: Looks) -> tuple[Departure, ...]:
    """The flights that this officer may see: those that leave next first, then those that left, then the unread."""
    groups: dict[tuple[str, ...], list[FlightLine]] = {}
    for line in flights(node, officer, now, looks):
        groups.setdefault(_key(line), []).append(line)
    found = [_departure(sorted(lines, key=lambda one: (one.screened, one.matter))) for lines in groups.values()]
    return tuple(sorted(found, key=lambda one: _order(one, now)))


def _order(one: Departure, now: datetime) -> tuple[int, float, str]:
    if one.departs is None:
        return (0 if one.number == "" else 2, 0.0, one.number)
    left = one.departs < now
    return (3 if left else 1, -one.departs.timestamp() if left else one.departs.timestamp(), one.number)


def _key(line: FlightLine) -> tuple[str, ...]:
    """The same for all lists of one flight: carrier, number without leading zeros, place and day of departure."""
    if line.number == "":
        return ("", line.matter)
    letters = line.number.rstrip("0123456789")
    digits = line.number[len(letters) :].lstrip("0")
    return (letters, digits, line.departure, line.departure_time[:10])


def departs_at(airport: str, local: str) -> tuple[datetime | None, bool]:
    """(the moment of a local time at an airport, whether its zone is known); as filed means in UTC."""
    if "T" not in local:
        return None, False
    try:
        filed = datetime.fromisoformat(local)
    except ValueError:
        return None, False
    zone = zone_of(airport)
    try:
        return filed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), True
    except (ZoneInfoNotFoundError, ValueError):
        return filed.replace(tzinfo=UTC), False


def _departure(lines: list[FlightLine]) -> Departure:
    told = [line for line in lines if line.departure_time != ""] or lines
    last = told[-1]
    departs, is_zoned = departs_at(last.departure, last.departure_time)
    lists = tuple(_placed(lines, departs))
    made = Departure(
        last.number,
        last.departure,
        last.arrival,
        last.departure_time,
        last.arrival_time,
        departs,
        is_zoned,
        lists,
        (),
    )
    return replace(made, not_checked=tuple(_not_checked(made)))


def _placed(lines: list[FlightLine], departs: datetime | None) -> Iterator[Listed]:
    for n, line in enumerate(lines):
        is_late = departs is not None and line.screened > departs
        yield Listed(line, _place(line, lines[:n], lines[n + 1 :], is_late=is_late), is_late)


def _place(line: FlightLine, before: list[FlightLine], after: list[FlightLine], *, is_late: bool) -> Place:
    if line.unread:
        return "unread"
    if line.action == "cancel":
        return "cancels"
    later = [one for one in after if _is_same_sort(one, line)]
    if any(one.action == "cancel" for one in later):
        return "cancelled"
    if line.content != "" and any(one.content == line.content for one in before):
        return "again"
    if any(_replaces(one, line) for one in later):
        return "replaced"
    return "late" if is_late else "counts"


def _is_same_sort(one: FlightLine, other: FlightLine) -> bool:
    return (one.kind, one.message) == (other.kind, other.message)


def _replaces(later: FlightLine, line: FlightLine) -> bool:
    """Only a list that says it replaces, or a whole one after a list that was refused as a filing, takes its place."""
    if later.content == line.content:
        return False
    return later.action == "replace" or (later.action == "new" and line.incomplete and not later.incomplete)


def _not_checked(one: Departure) -> Iterator[Says]:
    """What of a flight was not checked: *not checked* is a state of its own and never turns into clear."""
    if any(listed.place == "unread" for listed in one.lists):
        yield says("a message could not be read")
    counting = one.counting
    if len(counting) == 0 and any(listed.place in ("cancels", "cancelled") for listed in one.lists):
        yield says("its list was cancelled and no other came")
    if any(len(line.lists) == 0 for line in counting):
        yield says("there was no list to ask")
    if any(not line.register_asked for line in counting):
        yield says("the register of documents could not be asked")
    unchecked = max((line.unchecked for line in counting), default=0)
    if unchecked > 0:
        yield counted("%(n)s traveller", "%(n)s travellers", unchecked)
    if any(line.rows_gone for line in _latest(counting)):
        yield says("rows are no longer there; changes of lists since are not asked")


def _latest(lines: Iterable[FlightLine]) -> Iterator[FlightLine]:
    """The lists whose rows would be asked again."""
    return (line for line in lines if line.travellers > 0)
