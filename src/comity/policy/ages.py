"""How old somebody may be, when the day of birth is known to the day, the month or the year only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from comity.model.span import span_of
from comity.policy.clocks import due


def latest_birth(text: str) -> date | None:
    """The latest day that a date of any precision, about or a span, may mean; None if it is none."""
    found = span_of(text)
    return None if found is None else found.last


def may_be_under(birth: str, years: int, today: str) -> bool:
    """Whether somebody born on ``birth`` may be younger than ``years`` on ``today``; unknown dates say nothing."""
    born = latest_birth(birth)
    if born is None:
        return False
    return due(datetime.combine(born, time(), UTC), years, "years").date() > date.fromisoformat(today)
