"""Clocks: month ends, business days on a member's calendar, and counting back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RuleRefused
from comity.policy.clocks import Calendar, due

WEEKEND = Calendar(frozenset({5, 6}))


def at(year: int, month: int, day: int, hour: int = 14, minute: int = 20) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("trigger", "length", "unit", "expected"),
    [
        (at(2026, 1, 31), 1, "months", at(2026, 2, 28)),
        (at(2028, 1, 31), 1, "months", at(2028, 2, 29)),
        (at(2028, 2, 29), 1, "years", at(2029, 2, 28)),
        (at(2026, 11, 30), 3, "months", at(2027, 2, 28)),
        (at(2026, 3, 31), -6, "months", at(2025, 9, 30)),
        (at(2026, 12, 15), 13, "months", at(2028, 1, 15)),
        (at(2026, 12, 16), 18, "days", at(2027, 1, 3)),
        (at(2026, 3, 28, 23), 8, "hours", at(2026, 3, 29, 7)),
        (at(2026, 11, 22), 15, "minutes", at(2026, 11, 22, 14, 35)),
        (at(2026, 11, 22), 1, "weeks", at(2026, 11, 29)),
    ],
)
def test_lengths_are_counted_as_lawyers_count(trigger: datetime, length: int, unit: str, expected: datetime) -> None:
    assert due(trigger, length, unit) == expected


def test_business_days_skip_weekend_and_holidays_of_the_owing_member() -> None:
    friday = at(2026, 11, 27)
    assert due(friday, 1, "business_days", WEEKEND) == at(2026, 11, 30)
    assert due(friday, 10, "business_days", WEEKEND) == at(2026, 12, 11)
    assert due(friday, 1, "business_days", Calendar(frozenset({5, 6}), frozenset({date(2026, 11, 30)}))) == at(
        2026, 12, 1
    )
    assert due(friday, 1, "business_days", Calendar(frozenset({4, 5}))) == at(2026, 11, 29)
    assert due(at(2026, 11, 30), -1, "business_days", WEEKEND) == friday


def test_the_day_is_the_one_of_the_triggers_time_zone() -> None:
    east = timezone(timedelta(hours=9))
    saturday_there = datetime(2026, 11, 28, 1, tzinfo=east)
    assert due(saturday_there, 1, "business_days", WEEKEND) == datetime(2026, 11, 30, 1, tzinfo=east)


@pytest.mark.parametrize(
    ("length", "unit", "calendar", "words"),
    [
        (1, "business_days", None, "No calendar"),
        (1, "business_days", Calendar(frozenset(range(7))), "no working day"),
        (1, "moons", None, "no unit"),
        (10_000, "years", None, "is no date"),
        (10**12, "hours", None, "is no date"),
    ],
)
def test_what_cannot_be_counted_is_refused(length: int, unit: str, calendar: Calendar | None, words: str) -> None:
    with pytest.raises(RuleRefused, match=words):
        due(at(2026, 11, 22), length, unit, calendar)


moments = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(moments, st.integers(0, 400))
def test_months_move_the_month_and_at_most_clamp_the_day(trigger: datetime, months: int) -> None:
    moved = due(trigger, months, "months")
    assert (moved.year * 12 + moved.month) - (trigger.year * 12 + trigger.month) == months
    assert moved.day <= trigger.day
    assert moved.day == trigger.day or (moved + timedelta(days=1)).day == 1
    assert moved.timetz() == trigger.timetz()


@given(moments, st.integers(1, 60), st.frozensets(st.integers(0, 6), max_size=6))
def test_business_days_end_on_a_working_day_and_count_exactly(
    trigger: datetime, length: int, weekend: frozenset[int]
) -> None:
    calendar = Calendar(weekend)
    end = due(trigger, length, "business_days", calendar)
    days = (trigger.date() + timedelta(days=i + 1) for i in range((end - trigger).days))
    assert sum(calendar.works(day) for day in days) == length
    assert calendar.works(end.date())
