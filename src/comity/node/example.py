"""A query by example, as another system writes it, as the entity that is screened.

What does not fit the vocabulary is left out and said in a notice, never dropped in silence; a schema that is not
screened is refused. A person without a whole name gets one from its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from comity.errors import Defect, InputRefused
from comity.matching.subject import is_comparable
from comity.model.entity import clean_value, vocabulary

ANYTHING = "Thing"
"""The schema of a query that does not say what it is about."""
MOST_VALUES = 200
LONGEST_VALUE = 2_000
_PARTS = (("firstName",), ("secondName", "middleName"), ("fatherName",), ("lastName",))


@dataclass(frozen=True, slots=True)
class Example:
    """A query: the entity as a tree, and what was left out of it, in words."""

    tree: dict[str, Any]
    notices: tuple[str, ...]


def example_of(name: str, schema: str, properties: Mapping[str, Any]) -> Example:
    """The query under ``name``; raises :class:`InputRefused` for a schema that is not screened and for too much."""
    found = vocabulary().get(schema)
    if found is None or not is_screened(schema):
        known = "There is no such schema." if found is None else "Things of this schema are not screened."
        raise _refused(name, "schema", f"Non-matchable schema for query: {schema}. {known}", "Use Person, Company, …")
    given = [(str(prop), value) for prop, values in properties.items() for value in _many(values)]
    if len(given) > MOST_VALUES:
        raise _refused(name, "properties", f"The query has {len(given)} values.", f"Give at most {MOST_VALUES}.")
    values: dict[str, list[str]] = {}
    notices = []
    for prop, value in given:
        clean = _clean(schema, prop, value)
        if clean is None:
            notices.append(f"{name}: {prop} was left out: {str(value)[:80]!r} is none of {schema}.")
        elif clean not in values.setdefault(prop, []):
            values[prop].append(clean)
    if len(values.get("name", ())) == 0:
        names = _whole_names(values)
        values.update({"name": names} if len(names) > 0 else {})
    return Example({"id": name, "schema": schema, "properties": values}, tuple(notices))


def is_screened(schema: str) -> bool:
    """Whether a query may be about things of this schema."""
    return schema == ANYTHING or is_comparable(schema)


def _clean(schema: str, prop: str, value: object) -> str | None:
    """The value as the vocabulary writes it, read generously; None if it does not fit."""
    found = vocabulary()[schema].get(prop)
    if found is None and schema == ANYTHING:
        found = vocabulary()["Person"].get(prop) or vocabulary()["Company"].get(prop)
    if found is None or found.stub or isinstance(value, dict | list | bool) or value is None:
        return None
    text = " ".join(str(value)[:LONGEST_VALUE].split())
    if text == "":
        return None
    strict = clean_value(vocabulary()[found.schema.name], prop, text)
    generous: str | None = strict if strict is not None else found.type.clean(text, fuzzy=True)
    return generous


def _whole_names(values: Mapping[str, list[str]]) -> list[str]:
    parts = [[one for prop in props for one in values.get(prop, ())][:4] or [""] for props in _PARTS]
    names = (" ".join(word for word in words if word != "") for words in product(*parts))
    return [name for name in dict.fromkeys(names) if name != ""][:16]


def _many(values: object) -> Iterable[object]:
    return values if isinstance(values, list) else (values,)


def _refused(name: str, field: str, says: str, remedy: str) -> InputRefused:
    return InputRefused(says, [Defect("service.query", says, remedy, place=name, field=field)])
