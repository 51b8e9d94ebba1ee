"""What an issuing member reports of its documents, and what makes such a report unreadable.

One record is a document's kind, number and state, the day and place of its loss and the day of its issue; there is no
place for a name. The same judgement is passed on a form, on each row of a file and on what a peer sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from comity.errors import Defect, InputRefused
from comity.model.travel_document import KINDS, LONGEST, STATES, BlankRange, blank_range, plain_number

COLUMNS = ("kind", "number", "state", "lost_on", "lost_at", "issued_on")
"""The columns of a list of records, in the order in which a record is written as one line."""
MOST = 5000
"""Records that one act reports at most, so that it is taken in without holding anybody up."""
SHORTEST = 3
"""Letters and digits of the shortest number that is taken."""
LONGEST_PLACE = 80
WIDEST_RANGE = 10_000_000
"""Blanks in one range at most: a slip in a digit must not stop a whole country's documents."""
ONE, MANY, BLANKS = "document", "documents", "blanks"
"""Kinds of parts that report documents: one, a list of them, a range of blanks."""
LINES = "list"
"""The value of a :data:`MANY` part that holds its records, one tab-separated line each."""
_FIRST_DAY = "1970-01-01"
_KINDS = frozenset(code for code, _ in KINDS)
_STATES = frozenset(code for code, _ in STATES)


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """One document as it is reported: codes of :data:`KINDS` and :data:`STATES`, days as ISO texts or empty."""

    kind: str
    number: str
    state: str
    lost_on: str = ""
    lost_at: str = ""
    issued_on: str = ""

    @property
    def line(self) -> str:
        """The record as one line of a :data:`MANY` part."""
        return "\t".join(getattr(self, name) for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class Blanks:
    """A range of blanks as it is reported."""

    blanks: BlankRange
    state: str
    lost_on: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """What one part reports."""

    records: tuple[DocumentRecord, ...] = ()
    ranges: tuple[Blanks, ...] = ()


def days_since_1970(day: str) -> int:
    """Days from 1970-01-01 to an ISO day; 0 for the empty text."""
    return 0 if day == "" else (date.fromisoformat(day) - date(1970, 1, 1)).days


def record_defects(record: DocumentRecord, today: str) -> Iterator[Defect]:
    """Everything that is wrong with one record on the day ``today`` (ISO; empty to leave the future alone)."""
    if record.kind not in _KINDS:
        yield _defect("kind", "kind", f"{record.kind!r} is no kind of document.", f"Write one of {_codes(_KINDS)}.")
    yield from number_defects(record.number, "number")
    if record.state not in _STATES:
        yield _defect("state", "state", f"{record.state!r} is no state of a document.", f"Write {_codes(_STATES)}.")
    yield from _day_defects("lost_on", record.lost_on, today)
    yield from _day_defects("issued_on", record.issued_on, today)
    if _is_day(record.lost_on) and _is_day(record.issued_on) and record.lost_on < record.issued_on:
        says = f"It was lost on {record.lost_on}, before it was issued on {record.issued_on}."
        yield _defect("dates", "lost_on", says, "Put one of the two days right.")
    yield from _place_defects(record.lost_at)


def number_defects(number: str, field: str) -> Iterator[Defect]:
    """What is wrong with the number of a document: it is letters and digits, with a digit, of a length that can be."""
    plain = plain_number(number)
    if not SHORTEST <= len(plain) <= LONGEST or len(number) > 2 * LONGEST:
        says = f"The number has {len(plain)} letters and digits; {SHORTEST} to {LONGEST} are taken."
        yield _defect("number", field, says, "Write it as printed on the document.")
    elif plain.isalpha():
        yield _defect("number", field, "The number has no digit.", "Write the number, not a name.")
    elif number != plain and not _is_writable(number):
        says = "The number holds a letter that no machine-readable zone can have."
        yield _defect("number", field, says, "Write it in the letters A to Z and digits, as in the zone.")


def range_defects(kind: str, first: str, last: str) -> Iterator[Defect]:
    """What is wrong with a range of blanks."""
    if kind not in _KINDS:
        yield _defect("kind", "kind", f"{kind!r} is no kind of document.", f"Write one of {_codes(_KINDS)}.")
    found = [*number_defects(first, "first"), *number_defects(last, "last")]
    yield from found
    if len(found) > 0:
        return
    blanks = blank_range(kind, "xx", first, last)
    if blanks is None:
        says = f"{first} to {last} cannot be counted: the same letters, then as many digits, from low to high."
        yield _defect(
            "range", "last", says, "Give the first and the last number as printed; split what does not count."
        )
    elif blanks.last - blanks.first >= WIDEST_RANGE:
        says = f"The range holds {blanks.last - blanks.first + 1:,} blanks; {WIDEST_RANGE:,} are taken."
        yield _defect("range", "last", says, "Check the digits; report the rest as a range of its own.")


def read_reported(kind: str, form: Mapping[str, Any], country: str) -> Reported:
    """What a part of this kind reports for ``country``; raises :class:`InputRefused` with every defect."""
    if kind == ONE:
        return Reported(records=_checked([_record_of(form)]))
    if kind == BLANKS:
        return Reported(ranges=(_blanks_of(form, country),))
    lines = form.get(LINES)
    if not isinstance(lines, (list, tuple)) or not 0 < len(lines) <= MOST:
        says = f"A list of documents holds 1 to {MOST:,} lines."
        raise InputRefused(says, [_defect("list", LINES, says, "Send it in several reports.")])
    return Reported(records=_checked([_record_in(line) for line in lines]))


def _record_of(form: Mapping[str, Any]) -> DocumentRecord:
    return DocumentRecord(**{name: _text(form.get(name, "")) for name in COLUMNS})


def _record_in(line: Any) -> DocumentRecord:
    cells = _text(line).split("\t")
    return DocumentRecord(**dict(zip(COLUMNS, [*cells, *[""] * len(COLUMNS)], strict=False)))


def _checked(records: Iterable[DocumentRecord]) -> tuple[DocumentRecord, ...]:
    some = tuple(records)
    defects = [
        Defect(one.rule, one.says, one.remedy, place=f"row {n}", field=one.field)
        for n, record in enumerate(some, 1)
        for one in record_defects(record, "")
    ]
    if len(defects) > 0:
        raise InputRefused("The documents that are reported cannot be read.", defects)
    return some


def _blanks_of(form: Mapping[str, Any], country: str) -> Blanks:
    kind, first, last, state, lost_on = (
        _text(form.get(name, "")) for name in ("kind", "first", "last", "state", "lost_on")
    )
    defects = [*range_defects(kind, first, last), *_day_defects("lost_on", lost_on, "")]
    if state not in _STATES:
        defects.append(_defect("state", "state", f"{state!r} is no state of a document.", f"Write {_codes(_STATES)}."))
    blanks = blank_range(kind, country, first, last)
    if len(defects) > 0 or blanks is None:
        raise InputRefused("The range of blanks that is reported cannot be read.", defects)
    return Blanks(blanks, state, lost_on)


def _day_defects(field: str, day: str, today: str) -> Iterator[Defect]:
    if day == "":
        return
    if not _is_day(day):
        yield _defect("day", field, f"{day!r} is not a day.", "Write it as 2026-11-22.")
    elif day < _FIRST_DAY:
        yield _defect("day", field, f"{day} lies before {_FIRST_DAY}.", "Leave the day out; write it in the matter.")
    elif today != "" and day > today:
        yield _defect("day", field, f"{day} has not come yet.", "Check the year.")


def _place_defects(place: str) -> Iterator[Defect]:
    if len(place) > LONGEST_PLACE:
        says = f"The place has {len(place)} characters; {LONGEST_PLACE} are kept."
        yield _defect("place", "lost_at", says, "Name the town or the crossing.")
    elif not place.isprintable():
        yield _defect("place", "lost_at", "The place holds a control character.", "Type it again.")


@lru_cache(maxsize=1 << 14)
def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_writable(number: str) -> bool:
    """Whether it holds no control character and no letter beyond A to Z, wide and other compatible forms apart."""
    beyond = (char for char in number if char.isalpha() and not char.isascii() and plain_number(char) == "")
    return number.isprintable() and next(beyond, "") == ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))


def _defect(name: str, field: str, says: str, remedy: str) -> Defect:
    return Defect(f"document.{name}", says, remedy, field=field)
