"""The dates of PAXLST: two-digit years in their right century, never guessed where they do not fit."""

from __future__ import annotations

from datetime import date, datetime


def birth_date(text: str, today: date) -> str | None:
    """``YYMMDD`` or ``CCYYMMDD`` as an ISO date: the latest one that is not in the future; None for no such date."""
    if len(text) == 8:
        full = _date(text)
        return full.isoformat() if full is not None and full <= today else None
    for century in (today.year // 100, today.year // 100 - 1):
        found = _date(f"{century:02}{text}") if len(text) == 6 else None
        if found is not None and found <= today:
            return found.isoformat()
    return None


def expiry_date(text: str, today: date) -> str | None:
    """``YYMMDD`` or ``CCYYMMDD`` as an ISO date; a two-digit year lies between 49 years back and 50 ahead."""
    if len(text) == 8:
        full = _date(text)
        return full.isoformat() if full is not None else None
    if len(text) != 6:
        return None
    century = today.year // 100
    found = [_date(f"{c:02}{text}") for c in (century - 1, century, century + 1)]
    fitting = [day for day in found if day is not None and today.year - 49 <= day.year <= today.year + 50]
    return fitting[0].isoformat() if len(fitting) > 0 else None


def local_time(text: str, code: str) -> str | None:
    """``YYMMDDhhmm`` (201) or ``CCYYMMDDhhmm`` (203) as an ISO local time to the minute."""
    digits = f"20{text}" if len(text) == 10 and code in ("201", "") else text
    if len(digits) != 12 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M").isoformat(timespec="minutes")  # noqa: DTZ007
    except ValueError:
        return None


def _date(digits: str) -> date | None:
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
