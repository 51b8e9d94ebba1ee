"""What is compared: one person, company, vessel, aircraft, wallet or account, with what identifies it.

Made from FollowTheMoney trees; papers, wallets and accounts that name their holder are folded into the holder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from comity.matching.identifiers import ALONE, HOLDING, Identifier, identifiers_of
from comity.matching.names.likeness import Name, name_of
from comity.matching.names.tokens import OBJECT, ORGANISATION, PERSON
from comity.model.entity import vocabulary
from comity.model.span import Span, span_of

Tree = Mapping[str, Any]
Held = tuple[Tree, Sequence[Tree]]
"""An entity with the papers, wallets and accounts that it holds."""

STRONG_NAMES = ("name", "alias", "previousName")
WEAK_NAMES = ("weakAlias", "abbreviation")
COUNTRIES = ("nationality", "citizenship", "jurisdiction", "flag")
LEAST_EITHER = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to compare; ``countries`` are nationalities or flags, of residence only where none is given."""

    id: str
    schema: str
    caption: str
    names: tuple[Name, ...]
    births: tuple[Span, ...] = ()
    birth_places: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()


def subject_of(tree: Tree, parts: Iterable[Tree] = ()) -> Subject:
    """The subject of one entity tree; ``parts`` are papers and wallets it holds."""
    properties: Mapping[str, list[str]] = tree["properties"]
    kind = name_kind(tree["schema"])
    named = [
        name_of(one, False, kind) for prop in STRONG_NAMES for text in properties.get(prop, ()) for one in either(text)
    ]
    weak = [name_of(text, True, kind) for prop in WEAK_NAMES for text in properties.get(prop, ())]
    names = tuple(dict.fromkeys(name for name in (*named, *weak) if len(name.tokens) > 0))
    countries = [code for prop in COUNTRIES for code in properties.get(prop, ())]
    called = [name.text for name in names]
    return Subject(
        id=tree["id"],
        schema=tree["schema"],
        caption=called[0] if len(called) > 0 else tree["id"],
        names=names,
        births=tuple(dict.fromkeys(one for one in map(span_of, properties.get("birthDate", ())) if one is not None)),
        birth_places=tuple(properties.get("birthPlace", ())),
        countries=tuple(dict.fromkeys(countries or properties.get("country", []))),
        genders=tuple(code for code in properties.get("gender", ()) if code in ("male", "female")),
        identifiers=identifiers_of(tree, parts),
    )


def subjects_of(trees: Iterable[Tree]) -> Iterator[Subject]:
    """Every subject to ask about among ``trees``, in their order; what is held or owned is folded into its holder."""
    return (subject_of(tree, parts) for tree, parts in _parted(list(trees), is_listed=False))


def listed_subjects(trees: Iterable[Tree]) -> Iterator[Subject]:
    """Every subject of a list among ``trees``: as :func:`subjects_of`, and wallets and accounts by themselves too, so
    that one is found by its number alone."""
    return (subject_of(tree, parts) for tree, parts in listed_parts(trees))


def listed_parts(trees: Iterable[Tree]) -> Iterator[Held]:
    """What each of :func:`listed_subjects` is made of, so that another process can make it."""
    return _parted(list(trees), is_listed=True)


def subject_ids(trees: Iterable[Tree]) -> list[str]:
    """The ids of :func:`subjects_of`, without reading a name."""
    return [tree["id"] for tree, _ in _parted(list(trees), is_listed=False)]


def _parted(trees: Sequence[Tree], *, is_listed: bool) -> Iterator[Held]:
    ids = {tree["id"] for tree in trees if is_comparable(tree["schema"])}
    held = _held(trees, ids)
    folded = {part["id"] for parts in held.values() for part in parts if not is_listed or part["schema"] not in ALONE}
    for tree in trees:
        if tree["id"] in ids and tree["id"] not in folded:
            yield tree, held.get(tree["id"], ())


def _held(trees: Sequence[Tree], ids: Collection[str]) -> dict[str, list[Tree]]:
    """What each holds, or owns by an Ownership."""
    parts = {tree["id"]: tree for tree in trees if tree["schema"] in HOLDING}
    held: dict[str, list[Tree]] = {}
    for tree in trees:
        properties = tree["properties"]
        links = [(holder, tree["id"]) for holder in properties.get("holder", ())]
        if tree["schema"] == "Ownership":
            links = [(owner, asset) for owner in properties.get("owner", ()) for asset in properties.get("asset", ())]
        for holder, part in links:
            if part in parts and holder in ids:
                held.setdefault(holder, []).append(parts[part])
    return held


@lru_cache(maxsize=1024)
def is_comparable(schema: str) -> bool:
    """Whether things of this schema are screened: persons, organisations, vehicles, wallets, accounts."""
    found = vocabulary()[schema]
    return any(found.is_a(vocabulary()[name]) for name in ("LegalEntity", "Vehicle", *ALONE))


def either(text: str) -> tuple[str, ...]:
    """The name, and the names that it stands for where a stroke sets two of four letters or more side by side."""
    parts = [part.strip() for part in text.split("/")]
    is_two = len(parts) == 2 and min(sum(char.isalpha() for char in part) for part in parts) >= LEAST_EITHER
    return (text, *parts) if is_two else (text,)


@lru_cache(maxsize=1024)
def name_kind(schema: str) -> int:
    """How names of things of this schema are read: as a person's, an organisation's, or of an object."""
    found = vocabulary()[schema]
    if any(found.is_a(vocabulary()[name]) for name in ("Vehicle", *ALONE)):
        return OBJECT
    return PERSON if schema == "Person" else ORGANISATION


@lru_cache(maxsize=4096)
def may_be(query: str, match: str) -> bool:
    """Whether a thing of one schema may be one of the other: a person is never a vessel."""
    first, second = vocabulary()[query], vocabulary()[match]
    return (
        first.is_a(second) or second.is_a(first) or "Organization" in {s.name for s in first.schemata & second.schemata}
    )
