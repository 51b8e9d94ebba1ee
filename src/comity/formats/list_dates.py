"""Dates as lists print them: ``6.10.2001``, ``06/19/2003``, ``21 Oct. 2013``, *approximately 1958*, *1984 or 1985*.

Strict about what a date is: a text that says anything else gives no date, and its reader keeps the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from comity.model.span import span_of

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FORMS = ("iso", "day_first", "month_first", "words", "rough")
"""How a column may write its dates; ``rough`` adds *about*, *or* and *between … and …* to the other forms."""
_YEAR = r"(?P<year>[12]\d{3})"
_PATTERNS = {
    "iso": (re.compile(rf"{_YEAR}(?:-(?P<month>\d\d))?(?:-(?P<day>\d\d))?(?:[+-]\d\d:\d\d|Z)?"),),
    "day_first": (re.compile(rf"(?P<day>\d{{1,2}})\s?[./]\s?(?P<month>\d{{1,2}})\s?[./]\s?{_YEAR}\.?"),),
    "month_first": (re.compile(rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/{_YEAR}"),),
    "words": (
        re.compile(rf"(?:(?P<day>\d{{1,2}})\s)?(?P<month>[A-Za-z]{{3,9}})\.?,?\s{_YEAR}"),
        re.compile(rf"(?P<month>[A-Za-z]{{3,9}})\.?\s(?P<day>\d{{1,2}}),\s{_YEAR}"),
    ),
}
_ABOUT = re.compile(
    r"(?:approximately|approx\.?|circa|ca?\.|about|on or around|probably|possibly|\(probably\))\s+", re.I
)
_BETWEEN = re.compile(r"between\s+(?P<first>.+?)\s+and\s+(?P<last>.+)", re.IGNORECASE)
_OR = re.compile(r"\s+\(?or\s+|\s*/\s+", re.IGNORECASE)


@lru_cache(maxsize=1 << 15)
def one_date(text: str, forms: tuple[str, ...]) -> str | None:
    """``text`` as an ISO date of its own precision; None if it is no date of these forms."""
    for form in forms:
        for pattern in _PATTERNS.get(form, ()):
            found = pattern.fullmatch(text)
            if found is not None:
                return _iso(found["year"], found["month"], found["day"])
    return text if re.fullmatch(_YEAR, text) is not None else None


def read_dates(text: str, forms: Iterable[str]) -> tuple[str, ...] | None:
    """Every date that ``text`` gives, a rough one in the form of :mod:`comity.model.span`; None if any of it is
    something else."""
    plain, chosen = " ".join(text.split()), tuple(forms)
    single = one_date(plain, chosen)
    if single is not None:
        return (single,)
    if "rough" not in chosen:
        return None
    between = _BETWEEN.fullmatch(plain)
    if between is not None:
        return _spans(f"{one_date(between['first'], chosen)}/{one_date(between['last'], chosen)}")
    about = _ABOUT.match(plain)
    if about is not None:
        return _spans(f"{one_date(plain[about.end() :], chosen)}~")
    parts = [part.strip(" ()") for part in _OR.split(plain)]
    dates = [one_date(part, chosen) for part in parts] if len(parts) > 1 else [None]
    known = tuple(one for one in dates if one is not None)
    return known if len(known) == len(dates) else None


def _spans(text: str) -> tuple[str, ...] | None:
    span = span_of(text)
    return (span.text,) if span is not None else None


def _iso(year: str, month: str | None, day: str | None) -> str | None:
    if month is None:
        return year
    number = int(month) if month.isdigit() else _month(month)
    try:
        when = date(int(year), number, int(day or 1))
    except ValueError:
        return None
    return when.isoformat() if day is not None else f"{year}-{number:02}"


def _month(word: str) -> int:
    short = word[:3].lower()
    return MONTHS.index(short) + 1 if short in MONTHS else 0
