"""When something is due: a trigger, a length and a unit, counted as lawyers count.

Months and years clamp at the month's end (31 January and one month is 28 or 29 February). Business days are counted
on the owing member's calendar, in the time zone of the trigger, and never guessed: without a calendar there is none.
Hours and minutes are wall-clock time that passes, not office hours (domain rule E-03).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from comity.errors import RuleRefused

_LENGTHS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
_MONTHS = {"months": 1, "years": 12}

UNITS = (*_LENGTHS, *_MONTHS, "business_days")
"""The units of a clock."""

LONGEST = 10_000
"""Business days are counted one by one, up to so many."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Names of weekdays in the order of :meth:`datetime.date.weekday`."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A member's working days: ``weekend`` holds numbers of weekdays (Monday is 0), ``holidays`` dates."""

    weekend: frozenset[int]
    holidays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether offices are open on ``day``."""
        return day.weekday() not in self.weekend and day not in self.holidays


def due(trigger: datetime, length: int, unit: str, calendar: Calendar | None = None) -> datetime:
    """The moment ``length`` units after ``trigger``; a negative length counts back.

    ``trigger`` has a time zone, which the answer keeps. Raises :class:`RuleRefused` for an unknown unit, for
    business days without a calendar or on one that never works, and for a date out of range.
    """
    try:
        if unit in _LENGTHS:
            return trigger + length * _LENGTHS[unit]
        if unit in _MONTHS:
            return _add_months(trigger, length * _MONTHS[unit])
    except (OverflowError, ValueError) as error:
        raise _no_clock(f"{length} {unit} from {trigger.date()} is no date.", "clock.range") from error
    if unit != "business_days":
        raise _no_clock(f"There is no unit {unit!r}; known are {', '.join(UNITS)}.", "clock.unit")
    if calendar is None:
        raise _no_clock("No calendar is recorded, so business days cannot be counted.", "clock.calendar")
    if abs(length) > LONGEST:
        raise _no_clock(f"{length} business days are more than are counted.", "clock.range")
    return _add_business_days(trigger, length, calendar)


def _add_months(trigger: datetime, months: int) -> datetime:
    total = trigger.year * 12 + trigger.month - 1 + months
    year, month = total // 12, total % 12 + 1
    return trigger.replace(year=year, month=month, day=min(trigger.day, monthrange(year, month)[1]))


def _add_business_days(trigger: datetime, length: int, calendar: Calendar) -> datetime:
    """The ``length``-th working day after the trigger's day; its own day is never counted."""
    if len(calendar.weekend) >= len(WEEKDAYS):
        raise _no_clock("The calendar has no working day.", "clock.calendar")
    step = timedelta(days=1 if length >= 0 else -1)
    moment, left = trigger, abs(length)
    while left > 0:
        moment += step
        if calendar.works(moment.date()):
            left -= 1
    return moment


def _no_clock(says: str, rule: str) -> RuleRefused:
    return RuleRefused(says, rule=rule, remedy="Ask your lawyer for the rule, and record it in the legal profile.")
