"""How old somebody may be, when the day of birth is known to the day, the month or the year only."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time

from comity.policy.clocks import due


def latest_birth(text: str) -> date | None:
    """The latest day that a partial ISO date (``1984``, ``1984-07``, ``1984-07-23``) may mean; None if it is none."""
    words = text.split("-")
    try:
        year, month = int(words[0]), int(words[1]) if len(words) > 1 else 12
        return date(year, month, int(words[2]) if len(words) > 2 else monthrange(year, month)[1])
    except (ValueError, IndexError):
        return None


def may_be_under(birth: str, years: int, today: str) -> bool:
    """Whether somebody born on ``birth`` may be younger than ``years`` on ``today``; unknown dates say nothing."""
    born = latest_birth(birth)
    if born is None:
        return False
    return due(datetime.combine(born, time(), UTC), years, "years").date() > date.fromisoformat(today)
