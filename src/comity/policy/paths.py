"""The values that a legal profile may hold: each path with its form, and the strict reading of both.

A path is dotted: the first word says what the value is about, the rest which one. What a path may hold is a closed
table; an unknown path is a defect, since a value under a misspelt name would count as no rule at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from comity.errors import Defect, InputRefused
from comity.model.track import MEMBER
from comity.policy.clocks import UNITS, WEEKDAYS

MARKS = ("V", "P", "G", "K", "D")
"""How sure a value is: seen in the text, by a secondary source, given, known, our design."""

EFFECTS = ("arrest", "locate", "none")
"""What a notice type may mean in a member's law."""

_SPOKEN = {str: "a text", int: "a number from 1", date: "a date", dict: "a mapping", list: "a list"}
_WORD = r"[a-z][a-z0-9_]*"
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded value: ``trigger`` and ``unit`` only where it is a length of time, ``note`` for reservations."""

    value: Any
    unit: str
    source: str
    mark: str
    note: str = ""
    trigger: str = ""


@dataclass(slots=True)
class Reading:
    """Defects of one document, gathered while it is read."""

    file: str
    defects: list[Defect] = field(default_factory=list)

    def wrong(self, where: str, says: str, remedy: str) -> None:
        """Notes one defect."""
        self.defects.append(Defect(rule="profile", says=says, remedy=remedy, file=self.file, field=where))

    def finish(self, says: str) -> None:
        """Raises :class:`InputRefused` if there were defects."""
        if len(self.defects) > 0:
            raise InputRefused(says, self.defects)


HIGHEST = 1_000_000
"""No number of a profile reaches it, so that counting by a peer's law ends."""


@dataclass(frozen=True, slots=True)
class Form:
    """What stands under one family of paths: its pattern, what it means, and the test of a value."""

    path: re.Pattern[str]
    title: str
    test: Callable[[Any], bool]
    timed: bool = False


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < HIGHEST


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _hour(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) is not None


def _quota(value: Any) -> bool:
    return _whole(value) or (isinstance(value, list) and all(_text(one) for one in value))


def _each(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(test(one) for one in value)


def _form(path: str, title: str, test: Callable[[Any], bool], *, timed: bool = False) -> Form:
    return Form(re.compile(path.replace("*", _WORD)), title, test, timed)


FORMS = (
    _form(r"effect\.*(\.*)?", "arrest, locate or none", lambda value: value in EFFECTS),
    _form(r"offence\.*\.max_months", "the highest penalty in months", _whole),
    _form(r"age\.(criminal_responsibility|majority)", "an age in years", _whole),
    _form(r"punishment\.(death|corporal)", "a list of offences, empty for none", _each(_text)),
    _form(r"treaty\.*", "the date since which it is in force", _day),
    _form(r"clock\.*(\.*){0,2}", "a whole number with unit and trigger", _whole, timed=True),
    _form(r"retention\.*(\.*)?", "a whole number with unit and trigger", _whole, timed=True),
    _form(r"language\.accepted", "a list of language codes", _each(lambda one: _text(one) and _is_language(one))),
    _form(r"calendar\.weekend", "a list of weekdays", _each(lambda one: one in WEEKDAYS)),
    _form(r"calendar\.holidays", "a list of dates", _each(_day)),
    _form(r"report\.torture", "a list of members, in the charter alone", _each(_text)),
    _form(r"threshold\.*(\.*){0,2}", "a whole number", _whole),
    _form(r"notice\.silver\.(quota|participants)", "a whole number, or a list of members", _quota),
    _form(r"notice\.silver\.enabled", "yes or no", lambda value: isinstance(value, bool)),
    _form(r"duty\.alone\.(from|until|countersign)", "an hour of the day, as 22:00", _hour),
    _form(r"authority\.*(\.*)?", "the authority that decides", _text),
    _form(r"consent\.(onward|evidence)", "the authority that may consent", _text),
)
"""Every family of paths."""


def _is_language(text: str) -> bool:
    return _LANGUAGE.fullmatch(text) is not None


def read_head(reading: Reading, tree: Any, wanted: Mapping[str, object], where: str = "") -> dict[str, Any]:
    """The named fields of ``tree``, each of its type or equal to its text; dates are read from ISO form."""
    prefix = f"{where}." if where != "" else ""
    if not isinstance(tree, dict):
        reading.wrong(where, "This is not a mapping.", f"Write {', '.join(wanted)}.")
        return {}
    for name in tree:
        if name not in wanted and not (where == "" and name == "values"):
            reading.wrong(f"{prefix}{name}", "There is no such field.", "Remove it or correct its name.")
    found = {}
    for name, kind in wanted.items():
        if name not in tree:
            reading.wrong(f"{prefix}{name}", "The field is missing.", "Add it.")
        elif _has_form(name, tree[name], kind):
            found[name] = date.fromisoformat(tree[name]) if kind is date else tree[name]
        else:
            wish = _SPOKEN[kind] if isinstance(kind, type) else repr(kind)
            reading.wrong(f"{prefix}{name}", f"{tree[name]!r} is not {wish}.", "Correct the value.")
    return found


def read_values(reading: Reading, tree: Any) -> dict[str, Entry]:
    """The values by path; each defect is noted in ``reading``."""
    if not isinstance(tree, dict):
        reading.wrong("values", "There are no values.", "Write {path: {value, source, mark}}.")
        return {}
    entries = {path: _entry(reading, path, body) for path, body in tree.items()}
    return {path: entry for path, entry in entries.items() if entry is not None}


def _has_form(name: str, value: Any, kind: object) -> bool:
    if kind is date:
        return _day(value)
    if kind is int:
        return _whole(value) and 1 <= value < HIGHEST
    if name == "member":
        return isinstance(value, str) and MEMBER.fullmatch(value) is not None
    if kind is str:
        return _text(value)
    return isinstance(value, kind) if isinstance(kind, type) else value == kind


def _entry(reading: Reading, path: str, body: Any) -> Entry | None:
    form = next((one for one in FORMS if one.path.fullmatch(path) is not None), None)
    if form is None:
        about = dict.fromkeys(one.path.pattern.partition("\\")[0] for one in FORMS)
        reading.wrong(path, "There is no such path.", f"A path begins with one of {', '.join(about)}.")
        return None
    if not isinstance(body, dict):
        reading.wrong(path, "This is not a mapping.", "Write {value, source, mark}.")
        return None
    before = len(reading.defects)
    _check(reading, path, body, form)
    if len(reading.defects) > before:
        return None
    value = tuple(body["value"]) if isinstance(body["value"], list) else body["value"]
    extra = {name: body.get(name, "") for name in ("unit", "note", "trigger")}
    return Entry(value, source=body["source"], mark=body["mark"], **extra)


def _check(reading: Reading, path: str, body: Mapping[str, Any], form: Form) -> None:
    needed = {"value", "source", "mark"} | ({"unit", "trigger"} if form.timed else set())
    for name in sorted(needed - set(body)):
        reading.wrong(f"{path}.{name}", "The field is missing.", "Add it.")
    for name in sorted(set(body) - needed - {"note"}):
        reading.wrong(f"{path}.{name}", "There is no such field.", "Remove it or correct its name.")
    if "value" in body and not form.test(body["value"]):
        reading.wrong(f"{path}.value", f"{body['value']!r} is not {form.title}.", "Correct the value.")
    if "mark" in body and body["mark"] not in MARKS:
        reading.wrong(f"{path}.mark", f"{body['mark']!r} is no mark.", f"Use one of {', '.join(MARKS)}.")
    if form.timed and "unit" in body and body["unit"] not in UNITS:
        reading.wrong(f"{path}.unit", f"{body['unit']!r} is no unit.", f"Use one of {', '.join(UNITS)}.")
    for name in ("source", "note", "trigger"):
        if name in body and not _text(body[name]):
            reading.wrong(f"{path}.{name}", "This is not a text.", "Write a text.")
