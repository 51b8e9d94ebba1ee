"""The colours of notices, read from ``colours.yaml``: each one's form and checks are made from its row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from comity.errors import OwnFault
from comity.model.packaged import packaged_bytes
from comity.policy.yamltext import read_yaml
from comity.procedures.form import Field, Filled, Form
from comity.procedures.notice import fields
from comity.procedures.table import Check, Finding, Sight

_PACKAGE = "comity.procedures.notice"


@dataclass(frozen=True, slots=True)
class Minimum:
    """One group that a colour needs: ``any`` of its sets of fields suffices."""

    rule: str
    says: str
    any: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour as its row says. ``subject`` is person, body, asset or matter; ``switch`` the law's path prefix that
    turns it on; ``who`` may ask: any member's bureau, or the reviewer alone."""

    code: str
    title: str
    purpose: str
    source: str
    mark: str
    subject: str
    minimum: tuple[Minimum, ...]
    optional: tuple[str, ...]
    screens: bool = False
    protects: bool = False
    always_public: bool = False
    legal_effect: bool = False
    needs_warrant: bool = False
    switch: str = ""
    who: str = "bureau"

    @property
    def needed(self) -> tuple[str, ...]:
        """Every field that a minimum names."""
        return tuple(dict.fromkeys(name for one in self.minimum for some in one.any for name in some))


def _colour(code: str, row: Mapping[str, Any]) -> Colour:
    minimum = tuple(
        Minimum(one["rule"], one["says"], tuple(tuple(some) for some in one["any"])) for one in row["minimum"]
    )
    known = {name: value for name, value in row.items() if name not in ("minimum", "optional")}
    colour = Colour(code=code, minimum=minimum, optional=tuple(row.get("optional", ())), **known)
    for name in (*colour.needed, *colour.optional):
        if name not in fields.FIELDS:
            raise OwnFault(f"The colour {code} names {name!r}, which is no field.", rule="notice.colours")
    return colour


def _read() -> dict[str, Colour]:
    tree = read_yaml(packaged_bytes(_PACKAGE, "colours.yaml"), file="colours.yaml")
    return {code: _colour(code, row) for code, row in tree.items()}


COLOURS = _read()
"""Every colour by its code."""


def asked(colour: Colour) -> str:
    """How asking for this colour is called on screen."""
    spoken = colour.title if colour.title.startswith("UN") else colour.title.lower()
    return f"Ask for {'an' if spoken.startswith('o') else 'a'} {spoken}"


def form_of(colour: Colour) -> Form:
    """The form of a request: the fields that the colour's row names, in reading order."""
    wanted = {*colour.needed, *colour.optional}
    sole = {next(iter(some)) for one in colour.minimum for some in one.any if len(one.any) == 1 and len(some) == 1}
    chosen = [replace(field, required=name in sole) for name, field in fields.FIELDS.items() if name in wanted]
    if colour.subject == "person":
        chosen = [_worded(field, colour) for field in chosen]
    kinds = {field.part for field in chosen}
    handling = fields.PROTECTION if colour.protects else fields.POLICE
    specs = tuple(
        spec if spec.fill != "" else replace(spec, handling=handling)
        for spec in fields.PARTS
        if spec.kind in kinds or spec.fill != ""
    )
    return Form(title=asked(colour), fields=(*chosen, *fields.COMMON), parts=specs)


def _worded(field: Field, colour: Colour) -> Field:
    """A red notice is about somebody accused or convicted, nobody else."""
    return replace(field, choices=fields.ACCUSED) if field.name == "standing" and colour.needs_warrant else field


def minimum_of(colour: Colour) -> Check:
    """The check of everything that the colour must hold."""

    def check(filled: Filled, _: Sight) -> Iterator[Finding]:
        for one in colour.minimum:
            if any(all(_has(filled, name) for name in some) for some in one.any):
                continue
            closest = min(one.any, key=lambda some: sum(not _has(filled, name) for name in some))
            missing = [name for name in closest if not _has(filled, name)]
            labels = ", ".join(fields.FIELDS[name].label.lower() for name in missing)
            yield Finding(one.rule, missing[0], one.says, f"Give: {labels}.")

    return _named(check, f"minimum_{colour.code}", f"{colour.title}: what it must hold at least ({colour.source}).")


def _has(filled: Filled, name: str) -> bool:
    return len(filled.texts(name)) > 0 or name in filled.files


def _named(check: Callable[..., Iterator[Finding]], name: str, doc: str) -> Check:
    check.__name__, check.__doc__ = name, doc
    return check
