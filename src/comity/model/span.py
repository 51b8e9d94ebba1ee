"""Dates that are known to the day, the month or the year only, to a span, or about.

Written as in EDTF (ISO 8601-2, levels 0 to 2 as far as registers use them): ``1960``, ``1960-07``, ``1960-XX-XX``,
``196X``, ``1960~``, ``1960-07-01/1961-12``. What people write for the same is understood as well: *circa 1960*,
*between 1960 and 1962*, ``1960-00-00``. A day and month that stand in the American order although the year comes
first (``1960-23-07``) are put right; a day that its month does not have leaves the month.

No calendar but the Gregorian is known, and no clock: a date in the future is one here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

ABOUT_YEARS = 2
"""How many years either way *about* means: of 25 persons to whom the UN gives about a year and OFAC a date, 19 were
born in that year and 21 within two of it."""
LONGEST = 20
"""Years; a longer span says too little to be compared."""
FIRST_YEAR, LAST_YEAR = 1000, 2900
LONGEST_TEXT = 80

_ABOUT = r"(?:~|c\.|ca\.?|circa|about|abt\.?|approx\.?|approximately|around)"
_PART = re.compile(
    rf"(?P<before>{_ABOUT}\s*)?(?P<year>\d{{3}}[\dXxUu])(?:-(?P<month>\d{{1,2}}|[XxUu]{{2}})(?:-(?P<day>\d{{1,2}}|[XxUu]{{2}}))?)?"
    r"(?:[T ]\d{2}:?\d{2}.*)?(?P<after>[~?%])?",
    re.IGNORECASE,
)
_SPANS = (
    re.compile(r"(?P<first>[^/]+)/(?P<last>[^/]+)"),
    re.compile(r"(?:between\s+)?(?P<first>.+?)\s+(?:and|to|[-–])\s+(?P<last>.+)", re.IGNORECASE),
    re.compile(r"(?P<first>\d{4})[-–](?P<last>\d{4})"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from ``first`` to ``last`` that a date may mean. ``text`` is its EDTF form. ``is_about`` where it is
    approximate (and the days are those that *about* covers), ``is_range`` where two ends were given."""

    text: str
    first: date
    last: date
    is_about: bool = False
    is_range: bool = False

    @property
    def is_full(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last

    @property
    def years(self) -> range:
        """The years that it touches."""
        return range(self.first.year, self.last.year + 1)

    @property
    def says(self) -> str:
        """How it is written for people: *ca. 1960*, *1960–1962*."""
        parts = [f"ca. {part[:-1]}" if part.endswith("~") else part for part in self.text.split("/")]
        return "–".join(parts)


@lru_cache(maxsize=1 << 16)
def span_of(text: str) -> Span | None:
    """The span that a date stands for; None for what is no date, and for spans of over :data:`LONGEST` years."""
    if len(text) > LONGEST_TEXT:
        return None
    plain = " ".join(text.split())
    found = _single(plain)
    if found is not None:
        return found if len(found.years) <= LONGEST else None
    for pattern in _SPANS:
        ends = pattern.fullmatch(plain)
        first, last = (None, None) if ends is None else (_single(ends["first"]), _single(ends["last"]))
        if first is not None and last is not None:
            return _between(first, last)
    return None


def _between(first: Span, last: Span) -> Span | None:
    """From the start of one to the end of another; None where that is turned round or too long."""
    if first.first > last.last or last.last.year - first.first.year >= LONGEST:
        return None
    text = first.text if first.text == last.text else f"{first.text}/{last.text}"
    return Span(text, first.first, last.last, first.is_about or last.is_about, first.text != last.text)


def _single(text: str) -> Span | None:
    found = _PART.fullmatch(text.strip())
    if found is None:
        return None
    is_about = found["before"] is not None or found["after"] in ("~", "?", "%")
    if not found["year"].isdigit():
        decade = int(found["year"][:3]) * 10
        return _decade(decade)
    year = int(found["year"])
    month, day = (int(part) if part is not None and part.isdigit() else 0 for part in (found["month"], found["day"]))
    if month > 12:  # a day in the month's place
        month, day = (day, month) if 1 <= day <= 12 and month <= 31 else (0, 0)
    if month == 0 or not FIRST_YEAR <= year <= LAST_YEAR or day > monthrange(year, month)[1]:
        day = 0
    parts = [f"{year:04}", *([f"{month:02}"] if month > 0 else []), *([f"{day:02}"] if day > 0 else [])]
    return _of("-".join(parts), year, month, day, is_about)


def _decade(first: int) -> Span | None:
    if not FIRST_YEAR <= first < LAST_YEAR:
        return None
    return Span(f"{first}/{first + 9}", date(first, 1, 1), date(first + 9, 12, 31), is_range=True)


def _of(text: str, year: int, month: int, day: int, is_about: bool) -> Span | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if is_about:
        return Span(f"{text}~", date(year - ABOUT_YEARS, 1, 1), date(year + ABOUT_YEARS, 12, 31), is_about=True)
    last_month = month or 12
    ends = date(year, last_month, day or monthrange(year, last_month)[1])
    return Span(text, date(year, month or 1, day or 1), ends)
