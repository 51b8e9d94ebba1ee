"""Machine-readable zones of travel documents (ICAO Doc 9303 parts 3 to 7): TD1, TD2, TD3, both visas.

Every check digit is computed and shown beside the one that is printed; nothing is ever repaired. What is unknown
(``<<`` in a date) stays unknown. Also read: numbers longer than their field, and the French identity card of 1988,
which has the size of a TD2 and a layout of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from comity.errors import Defect, InputRefused
from comity.formats.base import Format, Notice, Reading, Tree, clean, decode_text, make_tree, refuse_empty
from comity.model.packaged import packaged_bytes
from comity.policy.yamltext import read_yaml

LEGAL = re.compile(r"[A-Z0-9<]*")
SIZES = {(3, 30), (2, 36), (2, 44)}
"""(lines, characters in each) of the zones that exist."""
WEIGHTS = (7, 3, 1)
REMEDY = "Read the document again; type the zone exactly as printed, < included."


@dataclass(frozen=True, slots=True)
class Check:
    """One check digit: of which field, the one printed and the one computed."""

    field: str
    given: str
    computed: str

    @property
    def agrees(self) -> bool:
        """Whether they agree; an empty place counts as 0, as it does in the sum."""
        return (self.given if self.given != "<" else "0") == self.computed


@dataclass(frozen=True, slots=True)
class Zone:
    """What one zone says. ``issuer`` and ``nationality`` are codes as printed; dates are ISO, shortened to what is
    known or empty; ``cut`` says that the name fills its field, so that it may go on beyond it."""

    layout: str
    kind: str
    issuer: str
    number: str
    surname: str
    given: str
    nationality: str
    born: str
    sex: str
    expires: str
    optional: str
    checks: tuple[Check, ...]
    cut: bool
    doubts: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether every check digit agrees and every date can be."""
        return all(check.agrees for check in self.checks) and len(self.doubts) == 0


@cache
def expectations() -> Mapping[str, Any]:
    """What is expected of documents, as data: codes, windows, patterns of numbers, each with its mark."""
    return dict(read_yaml(packaged_bytes("comity.formats", "documents.yaml"), file="documents.yaml"))


def country_of(code: str) -> str:
    """The country that a code on a document stands for, in two letters, or nothing (stateless, organisation)."""
    known: Mapping[str, str] = expectations()["codes"]
    if code in known:
        return known[code]
    return (clean("Person", "nationality", code) or "") if len(code) == 3 else ""


def check_digit(text: str) -> str:
    """The check digit of ``text``: weights 7, 3, 1; letters from 10, ``<`` is 0."""
    return str(sum(_value(char) * WEIGHTS[place % 3] for place, char in enumerate(text)) % 10)


def read_zone(lines: list[str], today: date, *, file: str = "", row: int = 1) -> Zone:
    """The zone in these lines; raises :class:`InputRefused` where they are none, with every defect."""
    defects = list(_defects(lines, file, row))
    if len(defects) > 0:
        raise InputRefused("The machine-readable zone cannot be read.", defects)
    if len(lines) == 3:
        return _td1(lines, today)
    if lines[0].startswith("IDFRA") and len(lines[0]) == 36:
        return _french(lines, today)
    return _two_lines(lines, today)


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The zones of text files, a blank line between two: each a person and a document; raises on the first fault of
    form with all others. What does not add up is told in notices and screened as it stands."""
    refuse_empty(files, "file of machine-readable zones")
    trees: list[Tree] = []
    notices: list[Notice] = []
    defects: list[Defect] = []
    for name, data in files.items():
        text = decode_text(name, data.removeprefix(b"\xef\xbb\xbf"), "ascii", defects)
        for n, (row, lines) in enumerate(_blocks(text), 1):
            try:
                zone = read_zone(lines, now.date(), file=name, row=row)
            except InputRefused as error:
                defects.extend(error.defects)
                continue
            trees.extend(entities_of(zone, f"mrz-{n}" if len(files) == 1 else f"{name}-{n}"))
            notices.extend(Notice(says, name, f"line {row}") for says in says_of(zone))
    if len(defects) > 0:
        raise InputRefused("The machine-readable zones cannot be read.", defects)
    return Reading(tuple(trees), tuple(notices))


def says_of(zone: Zone) -> Iterator[str]:
    """What does not add up in a zone, in words."""
    for check in zone.checks:
        if not check.agrees:
            yield f"{check.field}: the check digit is {check.given}, computed {check.computed}: unreadable or altered."
    yield from zone.doubts
    protects: Mapping[str, str] = expectations()["protects"]
    for code in dict.fromkeys((zone.nationality, zone.issuer)):
        if code in protects:
            yield f"{code}: {protects[code]}: protection gate."


def entities_of(zone: Zone, entity_id: str) -> tuple[Tree, Tree]:
    """The person and the document that a zone is about."""
    full = " ".join(word for word in (zone.given, zone.surname) if word != "")
    passport = zone.kind.startswith("P")
    person = {
        "name": [full],
        "lastName": [zone.surname],
        "firstName": [zone.given],
        "birthDate": [zone.born],
        "nationality": [country_of(zone.nationality)],
        "gender": [{"M": "male", "F": "female"}.get(zone.sex, "")],
        "passportNumber" if passport else "idNumber": [zone.number],
    }
    schema = "Passport" if passport else "Identification"
    paper = {
        "holder": [entity_id],
        "number": [zone.number],
        "type": [zone.kind],
        "country": [country_of(zone.issuer)],
        "endDate": [zone.expires],
    }
    return (
        make_tree(entity_id, "Person", _told(person)),
        make_tree(f"{entity_id}-doc", schema, _told(paper)),
    )


def recognises(name: str, data: bytes) -> bool:
    """Whether the first block of lines has the size and the characters of a zone."""
    try:
        text = data[:400].decode("ascii")
    except UnicodeDecodeError:
        return False
    _, lines = next(_blocks(text), (0, []))
    return _size(lines) in SIZES and all(LEGAL.fullmatch(line) for line in lines) and "<" in "".join(lines)


def _told(values: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: [value for value in some if value != ""] for name, some in values.items()}


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number of the first line, lines) of each block between blank lines."""
    block: list[str] = []
    for number, raw in enumerate([*text.splitlines(), ""], 1):
        line = raw.strip(" \t\r\x00\x1a")
        if line != "":
            block.append(line)
        elif len(block) > 0:
            yield number - len(block), block
            block = []


def _size(lines: list[str]) -> tuple[int, int]:
    lengths = {len(line) for line in lines}
    return (len(lines), lengths.pop()) if len(lengths) == 1 else (len(lines), 0)


def _defects(lines: list[str], file: str, row: int) -> Iterator[Defect]:
    if _size(lines) not in SIZES:
        sizes = " and ".join(str(len(line)) for line in lines[:4])
        says = f"{len(lines)} lines of {sizes} characters are no zone."
        yield Defect("mrz.size", says, "It has 3 lines of 30, 2 of 36 or 2 of 44.", file, f"line {row}")
    for n, line in enumerate(lines):
        for place, char in enumerate(line, 1):
            if LEGAL.fullmatch(char) is None:
                says = f"{char!r} at place {place} is none of A to Z, 0 to 9 and <."
                yield Defect("mrz.character", says, REMEDY, file, f"line {row + n}")
                break


def _td1(lines: list[str], today: date) -> Zone:
    one, two, three = lines
    number, optional, digit = one[5:14], one[15:30], one[14]
    if digit == "<":
        number, digit, optional = _long(number, optional)
    checks = (
        Check("document number", digit, check_digit(number)),
        Check("date of birth", two[6], check_digit(two[:6])),
        Check("date of expiry", two[14], check_digit(two[8:14])),
        Check("all together", two[29], check_digit(one[5:30] + two[:7] + two[8:15] + two[18:29])),
    )
    fields = (one[:2], one[2:5], number, two[15:18], two[7], optional + two[18:29])
    return _zone("TD1", fields, three, (two[:6], two[8:14]), checks, today)


def _two_lines(lines: list[str], today: date) -> Zone:
    one, two = lines
    wide, visa = len(one) == 44, one[0] == "V"
    layout = ("MRV-A" if wide else "MRV-B") if visa else ("TD3" if wide else "TD2")
    number, digit, rest = two[:9], two[9], two[28:]
    checks = [
        Check("date of birth", two[19], check_digit(two[13:19])),
        Check("date of expiry", two[27], check_digit(two[21:27])),
    ]
    if layout == "TD2":
        rest = two[28:35]
        checks.append(Check("all together", two[35], check_digit(two[:10] + two[13:20] + two[21:35])))
        if digit == "<":
            number, digit, rest = _long(number, rest)
    if layout == "TD3":
        rest = two[28:42]
        checks.append(Check("optional data", two[42], check_digit(rest)))
        checks.append(Check("all together", two[43], check_digit(two[:10] + two[13:20] + two[21:43])))
    checks.insert(0, Check("document number", digit, check_digit(number)))
    fields = (one[:2], one[2:5], number, two[10:13], two[20], rest)
    return _zone(layout, fields, one[5:], (two[13:19], two[21:27]), tuple(checks), today)


def _french(lines: list[str], today: date) -> Zone:
    """The French identity card of 1988 to 2021: surname above, number and forenames below, no date of expiry."""
    one, two = lines
    checks = (
        Check("document number", two[12], check_digit(two[:12])),
        Check("date of birth", two[33], check_digit(two[27:33])),
        Check("all together", two[35], check_digit(one + two[:35])),
    )
    fields = ("ID", "FRA", two[:12], "FRA", two[34], one[30:36])
    names = one[5:30].rstrip("<") + "<<" + two[13:27]
    return _zone("FR-ID", fields, names, (two[27:33], ""), checks, today)


def _long(number: str, optional: str) -> tuple[str, str, str]:
    """(number, its check digit, what is left) where a number goes on in the optional field."""
    more, _, rest = optional.partition("<")
    return (number + more[:-1], more[-1], rest) if len(more) > 0 else (number, "<", optional)


def _zone(
    layout: str,
    fields: tuple[str, str, str, str, str, str],
    names: str,
    dates: tuple[str, str],
    checks: tuple[Check, ...],
    today: date,
) -> Zone:
    kind, issuer, number, nationality, sex, optional = (field.rstrip("<") for field in fields)
    surname, _, given = names.rstrip("<").partition("<<")
    doubts: list[str] = []
    return Zone(
        layout=layout,
        kind=kind.replace("<", ""),
        issuer=issuer,
        number=number.replace("<", ""),
        surname=" ".join(surname.replace("<", " ").split()),
        given=" ".join(given.replace("<", " ").split()),
        nationality=nationality,
        born=_born(dates[0], today, doubts),
        sex=sex,
        expires=_expires(dates[1], today, doubts),
        optional=optional,
        checks=checks,
        cut=not names.endswith("<"),
        doubts=tuple(doubts),
    )


def _born(text: str, today: date, doubts: list[str]) -> str:
    """A date of birth in the latest century that is not in the future."""
    return _day(text, "date of birth", doubts, [today.year // 100, today.year // 100 - 1], lambda day: day <= today)


def _expires(text: str, today: date, doubts: list[str]) -> str:
    """A date of expiry within the window that the expectations name."""
    window = expectations()["expiry_window"]
    low, high = today.year - int(window["back"]), today.year + int(window["ahead"])
    century = today.year // 100
    return _day(
        text, "date of expiry", doubts, [century, century + 1, century - 1], lambda day: low <= day.year <= high
    )


def _day(text: str, what: str, doubts: list[str], centuries: list[int], fits: Callable[[date], bool]) -> str:
    """``YYMMDD`` as an ISO date as far as it is known; what is no date is a doubt, and nothing is guessed."""
    known = text.rstrip("<")
    if known == "":
        return ""
    if len(known) not in (2, 4, 6) or not known.isdecimal():
        doubts.append(f"{what}: {text} is no date.")
        return ""
    year, month, day = known[:2], known[2:4] or "01", known[4:6] or "01"
    for century in centuries:
        try:
            found = date(century * 100 + int(year), int(month), int(day))
        except ValueError:
            continue
        if fits(found):
            return found.isoformat()[: {2: 4, 4: 7, 6: 10}[len(known)]]
    doubts.append(f"{what}: {text} cannot be.")
    return ""


def _value(char: str) -> int:
    return 0 if char == "<" else int(char, 36)


FORMAT = Format(
    name="mrz",
    title="Machine-readable zones",
    docs="Text with the zone of each document as printed, a blank line between two. Check digits are computed, shown "
    "and never repaired.",
    example={
        "documents.txt": b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F3104150ZE184226B<<<<<16\n"
    },
    recognises=recognises,
    read=read,
)
