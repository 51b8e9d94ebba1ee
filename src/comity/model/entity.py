"""Entities in the FollowTheMoney vocabulary, ours added where it lacks a schema, and the statements about them.

An agency states only about its own entities, whose ids carry its prefix. Values are never merged away: a
statement keeps the part it was said in, so one agency's value can be recalled while another's equal value stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import yaml
from followthemoney import EntityProxy, Model
from followthemoney.schema import Schema

from comity.errors import Defect, InputRefused
from comity.model.packaged import packaged_names, packaged_text
from comity.model.span import span_of
from comity.model.territory import country_code
from comity.model.track import AGENCY, agency_of

ROUGH = frozenset({"birthDate", "deathDate"})
"""Dates that registers know roughly: they may be a span or about, in the form of :mod:`comity.model.span`."""
_USER_ASSIGNED = re.compile(r"[Qq][M-Zm-z]|[Xx][A-Za-z]")


@dataclass(frozen=True, slots=True)
class Statement:
    """One value of one property of one entity, said in one part. Key: all fields but ``schema``."""

    commitment: str
    entity: str
    schema: str
    prop: str
    value: str
    lang: str = ""


@cache
def vocabulary() -> Model:
    """FollowTheMoney's model with the schemas of ``model/schema/*.yaml`` added."""
    model = Model.instance()
    for name in packaged_names("comity.model", "schema", ".yaml"):
        for schema, config in yaml.safe_load(packaged_text("comity.model", name)).items():
            model.schemata[schema] = Schema(model, schema, config)
    model.generate()
    return model


def read_entity(tree: dict[str, Any], *, file: str = "", place: str = "") -> EntityProxy:
    """A strict reading of one entity: unknown schema or property and unclean values are defects, never dropped.

    Raises :class:`InputRefused` with every defect.
    """
    defects: list[Defect] = []
    properties = _clean_properties(tree, defects, file, place)
    if len(defects) > 0:
        raise InputRefused("The entity cannot be read.", defects)
    return EntityProxy(vocabulary()[tree["schema"]], {**tree, "properties": properties}, cleaned=True)


def entity_defects(tree: dict[str, Any], *, file: str = "", place: str = "") -> tuple[Defect, ...]:
    """All that is wrong with one entity tree."""
    defects: list[Defect] = []
    _clean_properties(tree, defects, file, place)
    return tuple(defects)


def clean_value(schema: Schema, name: str, value: str) -> str | None:
    """The value as FollowTheMoney writes it, or None; user-assigned country codes (ISO 3166-1, QM to QZ, XA to
    XZ) are kept, since exercise members bear them and so do convention documents."""
    return _clean_value(schema.name, name, value)


@lru_cache(maxsize=4096)
def _clean_value(schema: str, name: str, value: str) -> str | None:
    """Remembered for a moment, since a form is checked before its entity is read."""
    prop = vocabulary()[schema].properties[name]
    if name in ROUGH:
        span = span_of(value)
        if span is not None and (span.is_about or span.is_range):
            return span.text  # the vocabulary would take circa 1960 for nothing and 1960/1965 for 1960
    if prop.type.name == "country":  # a user-assigned code before the vocabulary takes QM for an outlying island
        return value.lower() if _USER_ASSIGNED.fullmatch(value) is not None else country_code(value)
    cleaned: str | None = prop.type.clean(value)
    return cleaned


def _clean_properties(
    tree: dict[str, Any], defects: list[Defect], file: str, place: str
) -> dict[str, list[str | None]]:
    """Every property's values as the vocabulary writes them; what does not fit becomes a defect."""

    def defect(field: str, rule: str, says: str, remedy: str) -> None:
        defects.append(Defect(file=file, place=place, field=field, rule=rule, says=says, remedy=remedy))

    found: dict[str, list[str | None]] = {}
    schema = vocabulary().get(tree["schema"]) if isinstance(tree.get("schema"), str) else None
    if not isinstance(tree.get("id"), str) or tree["id"] == "":
        defect("id", "entity.id", "The entity has no id.", "Give each entity an id.")
    if schema is None or schema.abstract:
        remedy = "Use a schema of the FollowTheMoney vocabulary, for example Person."
        defect("schema", "entity.schema", f"There is no schema {tree.get('schema')!r}.", remedy)
        return found
    properties = tree.get("properties", {})
    if not isinstance(properties, dict):
        defect("properties", "entity.properties", "Properties are not an object.", "Write {name: [values]}.")
        return found
    for name, values in properties.items():
        prop = schema.get(name)
        if prop is None or prop.stub:
            says = f"{schema.name} has no property {name!r}."
            defect(str(name), "entity.property", says, "Use a property of the schema.")
            continue
        if not isinstance(values, list):
            defect(str(name), "entity.values", "Values are not a list.", "Write a list of texts.")
            continue
        cleaned = [clean_value(schema, name, value) if isinstance(value, str) else None for value in values]
        for value, clean in zip(values, cleaned, strict=True):
            if clean is None:
                says = f"{value!r} is not a {prop.type.label.lower()}."
                defect(str(name), "entity.value", says, "Correct the value or leave it out.")
        found[name] = cleaned
    return found


def entity_statements(commitment: str, tree: dict[str, Any]) -> tuple[Statement, ...]:
    """The statements of an entity tree, read strictly; raises :class:`InputRefused` with every defect."""
    defects: list[Defect] = []
    properties = _clean_properties(tree, defects, "", "")
    if len(defects) > 0:
        raise InputRefused("The entity cannot be read.", defects)
    return tuple(
        Statement(commitment, tree["id"], tree["schema"], name, value)
        for name, values in properties.items()
        for value in dict.fromkeys(values)
        if value is not None
    )


def is_own(entity_id: str, agency: str) -> bool:
    """Whether ``agency`` may state about this entity."""
    return agency_of(entity_id) == agency and AGENCY.fullmatch(agency) is not None
