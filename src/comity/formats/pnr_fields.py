"""The texts inside PNR messages: SSR documents, names with titles, dates, telephone numbers and addresses.

Shared by the EDIFACT and the XML form of PNRGOV. Only what the rules allow to be kept is read at all: codes of special
services that say what somebody eats, believes or suffers from are told apart here and dropped (rule B-01).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
TITLES = ("MR", "MRS", "MS", "MISS", "MSTR", "DR", "PROF", "REV", "MSS", "MASTER")
NOT_NAMES = ("TBA", "NOREC", "NONAME", "UNKNOWN", "NO NAME", "TBC")
"""What carriers write where nobody is named yet; such a seat is nobody that could be checked."""
DISABILITY = frozenset(
    (
        "WCHR", "WCHS", "WCHC", "WCOB", "WCBD", "WCBW", "WCLB", "WCMP", "BLND", "DEAF", "MEDA", "STCR", "OXYG", "PPOC",
        "DPNA", "MAAS", "LEGL", "LEGR", "LEGB", "SVAN", "ESAN", "AVIH", "PETC", "MEQT", "DEPA", "DEPU", "SPEQ", "FRAV",
    )
)  # fmt: skip
"""Special services that tell of health or status; animals among them, since a guide dog tells the same."""


def is_sensitive(code: str) -> bool:
    """Whether a special service could reveal religion, health or the like: every meal, every kind of assistance."""
    return code in DISABILITY or (len(code) == 4 and code.endswith("ML")) or code in ("SPML", "MEAL", "DIET")


@dataclass(frozen=True, slots=True)
class Docs:
    """SSR DOCS: a travel document and whose it is; dates ISO or empty, codes as filed, ``of_infant`` for MI and FI."""

    kind: str
    issuer: str
    number: str
    nationality: str
    born: str
    gender: str
    expires: str
    surname: str
    given: str
    of_infant: bool = False


def read_docs(text: str, today: date) -> Docs | None:
    """``/P/GBR/123456789/GBR/12JUL64/M/23AUG19/SMITH/JOHN/ROBERT``; None where it names neither number nor person."""
    parts = [part.strip() for part in text.strip().lstrip(" ").split("/")]
    if len(parts) > 0 and parts[0] == "":
        parts = parts[1:]
    parts += [""] * (10 - len(parts))
    kind, issuer, number, nationality, born, gender, expires, surname, *given = parts
    # A last H says that one document covers several persons.
    names = [part for part in given if part not in ("", "H")]
    if number == "" and surname == "":
        return None
    sex = {"M": "male", "F": "female"}.get(gender[:1], "")
    return Docs(
        kind[:1],
        issuer,
        number,
        nationality,
        short_date(born, today, is_past=True),
        sex,
        short_date(expires, today, is_past=False),
        surname,
        " ".join(names),
        gender in ("MI", "FI"),
    )


@dataclass(frozen=True, slots=True)
class Doco:
    """SSR DOCO: a visa or other paper beside the passport, and where its holder was born."""

    birth_place: str
    kind: str
    number: str
    country: str


def read_doco(text: str) -> Doco | None:
    """``PARIS/V/8675309/OTHER PLACE/22DEC06/US``; None where there is no number."""
    parts = [part.strip() for part in text.split("/")]
    at = next((n for n, part in enumerate(parts) if part in ("V", "K", "R") and n > 0), -1)
    if at < 0 or len(parts) <= at + 1 or parts[at + 1] == "":
        return None
    country = parts[at + 4] if len(parts) > at + 4 else ""
    return Doco(parts[at - 1], "V" if parts[at] == "V" else parts[at], parts[at + 1], country)


@dataclass(frozen=True, slots=True)
class Doca:
    """SSR DOCA: an address; ``kind`` D destination, R residence, B birth."""

    kind: str
    country: str
    address: str


def read_doca(text: str) -> Doca | None:
    """``/D/AUS/13 SHORE AVENUE/BROADBEACH/QLD/4215``; None where it is of no known kind."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) > 0 and parts[0] == "":
        parts = parts[1:]
    if len(parts) < 2 or parts[0] not in ("D", "R", "B"):
        return None
    return Doca(parts[0], parts[1], ", ".join(part for part in parts[2:] if part != ""))


def short_date(text: str, today: date, *, is_past: bool) -> str:
    """``12JUL64`` or ``12JUL1964`` as an ISO date in the century that fits; the empty text for anything else."""
    found = re.fullmatch(r"(\d{1,2})([A-Z]{3})(\d{2}|\d{4})", text.upper(), re.ASCII)
    if found is None or found[2] not in MONTHS:
        return ""
    month, year = MONTHS.index(found[2]) + 1, int(found[3])
    years = (
        [year]
        if len(found[3]) == 4
        else [c * 100 + year for c in range(today.year // 100 + 1, today.year // 100 - 2, -1)]
    )
    for full in years:
        try:
            made = date(full, month, int(found[1]))
        except ValueError:
            continue
        if (made <= today) if is_past else (today.year - 49 <= full <= today.year + 50):
            return made.isoformat()
    return ""


def names_of(surname: str, given: str) -> tuple[str, str, str]:
    """Surname, given names and, where a title is glued to them (JOHNMR), the given names without it.

    A title that stands apart is left out. One that is glued on may be part of the name (AMR, OMR): both are kept.
    """
    words = given.split()
    while len(words) > 1 and words[-1] in TITLES:
        words.pop()
    bare = [_without_title(word) for word in words]
    return surname, " ".join(words), " ".join(bare) if bare != words else ""


def _without_title(word: str) -> str:
    """JOHNMR as JOHN; a word that a title would leave with fewer than three letters stays."""
    for title in sorted(TITLES, key=len, reverse=True):
        if word.endswith(title) and len(word) - len(title) >= 3:
            return word[: -len(title)]
    return word


def is_unnamed(surname: str, given: str) -> bool:
    """Whether a seat is booked for nobody in particular."""
    return surname.strip() in ("", *NOT_NAMES) or given.strip() in NOT_NAMES


_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,100}\.[A-Za-z]{2,24}")
_CONTACT = re.compile(r"\bCTC\s?([A-Z])?\b\s*(.*)", re.DOTALL)


def read_contact(text: str) -> tuple[str, str] | None:
    """``CTCE ANN..LEE//MAIL.COM`` and ``CTCM 5551234`` as (email or phone, value); None for any other text.

    In an e-mail address carriers write // for @, .. for _ and ./ for -.
    """
    found = _CONTACT.search(text)
    if found is None:
        return None
    if found[1] == "E":
        address = found[2].strip().split(" ")[0].replace("//", "@").replace("..", "_").replace("./", "-").lower()
        return ("email", address) if _EMAIL.fullmatch(address) else None
    digits = phone_of(found[2])
    return ("phone", digits) if digits != "" else None


def phone_of(text: str) -> str:
    """The digits of a telephone number, the empty text where there are fewer than six."""
    digits = re.sub(r"[^\d+]", "", text)
    return digits if 6 <= len(digits) <= 20 else ""


def moment(day: str, time: str) -> str:
    """``DDMMYY`` and ``hhmm`` or ``hhmmss`` as an ISO local time or date; the empty text for no date."""
    if not (len(day) == 6 and day.isascii() and day.isdigit()):
        return ""
    try:
        made = date(2000 + int(day[4:]), int(day[2:4]), int(day[:2])).isoformat()
    except ValueError:
        return ""
    if len(time) in (4, 6) and time.isascii() and time.isdigit() and time[:2] < "24" and time[2:4] < "60":
        return f"{made}T{time[:2]}:{time[2:4]}"
    return made
