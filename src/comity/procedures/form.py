"""Forms as data: fields, what each becomes (a part's value, an entity's property, a term), and strict reading.

One description serves the desk, the command line and the tests. Reading gives all findings at once. What a field
becomes is written beside it: ``prop`` a property of the part's entity, ``term`` a code or date in the signed
header, otherwise a value of the part's form. ``about`` names a part of the matter that what is said here is about, and
with which it is recalled; ``ends`` is the last day of the act's parts, which every holder erases by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from comity.model.entity import entity_defects
from comity.model.handling import Handling

FieldKind = Literal[
    "text", "long_text", "partial_date", "date", "moment", "choice", "members", "country", "file", "number"
]

_PARTIAL = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MOMENT = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[ T]([01]\d|2[0-3]):[0-5]\d")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``label`` and ``hint`` are shown; ``rule`` names the rule that makes it ``required``.

    ``members`` are members addressed; a field of that kind called ``withheld`` names those that are *not*, and
    everybody else is addressed. ``keeps`` names what a file is cleaned as: portrait, fingerprints or scan; of a list of
    ``documents`` the rows are kept and not the file.
    """

    name: str
    label: str
    kind: FieldKind = "text"
    part: str = ""
    prop: str = ""
    term: bool = False
    about: bool = False
    ends: bool = False
    required: bool = False
    many: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    rule: str = "form.required"
    accept: tuple[str, ...] = ()
    limit: int = 10_000
    keeps: str = ""


@dataclass(frozen=True, slots=True)
class PartSpec:
    """One part that the form makes: an entity of ``schema``, a plain form, or one attachment per file field.

    ``seats`` limits the part to some of the track's audience ("reviewer"); empty means all of it. ``fill`` names
    what the author's node puts in by itself ("addressees"). ``drawn_from`` names tracks whose parts this one is drawn
    from: every holder recalls it with any of them.
    """

    kind: str
    handling: Handling
    schema: str = ""
    seats: tuple[str, ...] = ()
    fill: str = ""
    drawn_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """The fields in reading order and the parts they make; ``to_all`` addresses every other member."""

    title: str
    fields: tuple[Field, ...]
    parts: tuple[PartSpec, ...] = ()
    to_all: bool = False

    def field(self, name: str) -> Field | None:
        """The field called ``name``."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}


@dataclass(frozen=True, slots=True)
class File:
    """An attached file as it came: its name as given and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that cannot be read: ``rule``, ``field`` and what it ``says``."""

    rule: str
    field: str
    says: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as read: texts per field (lists where ``many``), files per field."""

    form: Form
    values: Mapping[str, Any]
    files: Mapping[str, tuple[File, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value of a single field, or the empty text."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of a field, whether single or many."""
        value = self.values.get(name, ())
        if isinstance(value, str):
            return (value,) if value != "" else ()
        return tuple(value)

    def terms(self) -> dict[str, Any]:
        """What stands in the signed header."""
        return {f.name: self.values[f.name] for f in self.form.fields if f.term and f.name in self.values}

    def entity(self, spec: PartSpec, entity_id: str) -> dict[str, Any]:
        """The entity tree of one part."""
        properties: dict[str, list[str]] = {}
        for f in self.form.fields:
            if f.part == spec.kind and f.prop != "":
                properties.setdefault(f.prop, []).extend(self.texts(f.name))
        if "lastName" in properties and len(properties.get("name", [])) == 0:
            whole = [*properties.get("firstName", []), *properties["lastName"]]
            properties["name"] = [" ".join(whole)] if len(whole) > 0 else []
        return {
            "id": entity_id,
            "schema": spec.schema,
            "properties": {prop: values for prop, values in properties.items() if len(values) > 0},
        }

    def plain(self, spec: PartSpec) -> dict[str, Any]:
        """The values of one part that are no property of an entity."""
        fields = (f for f in self.form.fields if f.part == spec.kind and f.prop == "" and f.kind != "file")
        return {f.name: self.values[f.name] for f in fields if f.name in self.values}


def read_form(
    form: Form, data: Mapping[str, Any], files: Mapping[str, Sequence[File]] | None = None
) -> tuple[Filled, tuple[Fault, ...]]:
    """The form with every readable value, and every fault: unknown fields, missing ones, unreadable ones."""
    files = files or {}
    faults = [
        Fault("form.unknown_field", name, f"There is no field {name!r} in this form.", "Leave it out.")
        for name in (*data, *files)
        if form.field(name) is None
    ]
    values: dict[str, Any] = {}
    for f in form.fields:
        given = files.get(f.name, ()) if f.kind == "file" else _given(f, data.get(f.name))
        if len(given) > 1 and not f.many and f.kind != "file":
            faults.append(Fault("form.one_value", f.name, f"{f.label} takes one value; {len(given)} are given."))
        if len(given) == 0 and f.required:
            faults.append(Fault(f.rule, f.name, f"{f.label} is missing.", f.hint))
        if f.kind == "file" or len(given) == 0:
            continue
        faults.extend(fault for value in given for fault in _value_faults(f, str(value)))
        values[f.name] = list(given) if f.many else given[0]
    filled = Filled(form, values, {name: tuple(given) for name, given in files.items() if len(given) > 0})
    return filled, (*faults, *_entity_faults(filled, {fault.field for fault in faults}))


def _given(f: Field, value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple)) else (() if value is None else (value,))
    return tuple(text for text in (str(item).strip() for item in items) if text != "")


def _value_faults(f: Field, value: str) -> Iterator[Fault]:
    if len(value) > f.limit:
        yield Fault("form.too_long", f.name, f"{f.label} has {len(value)} characters; at most {f.limit} are kept.")
    if _CONTROL.search(value) is not None:
        yield Fault("form.control_character", f.name, f"{f.label} holds a control character.", "Type it again.")
    if f.kind == "choice" and value not in {code for code, _ in f.choices}:
        codes = ", ".join(code for code, _ in f.choices)
        yield Fault("form.choice", f.name, f"{f.label}: {value!r} is not one of {codes}.", "Choose one of the list.")
    if f.kind == "partial_date" and not _is_partial_date(value):
        yield Fault("form.date", f.name, f"{f.label}: {value!r} is not a date.", "Write 1984, 1984-07 or 1984-07-23.")
    if f.kind == "date" and not (len(value) == 10 and _is_partial_date(value)):
        yield Fault("form.date", f.name, f"{f.label}: {value!r} is not a day.", "Write it as 2026-11-22.")
    if f.kind == "moment" and _MOMENT.fullmatch(value) is None:
        yield Fault(
            "form.moment", f.name, f"{f.label}: {value!r} is no date and hour.", "Write it as 2026-11-22 02:35 (UTC)."
        )
    if f.kind == "country" and _COUNTRY.fullmatch(value) is None:
        yield Fault("form.country", f.name, f"{f.label}: {value!r} is no country code.", "Write two letters, as in QN.")
    if f.kind == "number" and not value.isdecimal():
        yield Fault("form.number", f.name, f"{f.label}: {value!r} is not a whole number.", "Write digits only.")


def _is_partial_date(value: str) -> bool:
    if _PARTIAL.fullmatch(value) is None:
        return False
    year, month, day = (int(word) for word in (*value.split("-"), "1", "1")[:3])
    lengths = (31, 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28, 31, 30, 31, 30)
    return 1 <= month <= 12 and 1 <= day <= (*lengths, 31, 31, 30, 31, 30, 31)[month - 1]


def _entity_faults(filled: Filled, known: set[str]) -> Iterator[Fault]:
    for spec in filled.form.parts:
        if spec.schema == "":
            continue
        for defect in entity_defects(filled.entity(spec, "check")):
            name = next((f.name for f in filled.form.fields if f.prop == defect.field), defect.field)
            if name not in known:
                yield Fault(defect.rule, name, defect.says, defect.remedy)
