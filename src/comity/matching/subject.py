"""What is compared: one person, company, vessel, aircraft, wallet or account, with what identifies it.

Made from FollowTheMoney trees; papers, wallets and accounts that name their holder are folded into the holder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from comity.matching.identifiers import ALONE, HOLDING, Identifier, identifiers_of
from comity.matching.names.likeness import Name, name_of
from comity.matching.names.tokens import OBJECT, ORGANISATION, PERSON
from comity.model.entity import vocabulary
from comity.model.span import Span, span_of

Tree = Mapping[str, Any]
Item = TypeVar("Item")
Head = tuple[str, str, Item]
"""An entity's id and schema, and the entity in the form that the caller reads."""

STRONG_NAMES = ("name", "alias", "previousName")
WEAK_NAMES = ("weakAlias", "abbreviation")
COUNTRIES = ("nationality", "citizenship", "jurisdiction", "flag")
LEAST_EITHER = 4
OWNING = "Ownership"


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
    held = list(trees)
    return (subject_of(*one) for one in _parted(lambda: map(_head, held), _tree, is_listed=False))


def listed_subjects(trees: Iterable[Tree]) -> Iterator[Subject]:
    """Every subject of a list among ``trees``: as :func:`subjects_of`, and wallets and accounts by themselves too, so
    that one is found by its number alone."""
    held = list(trees)
    return (subject_of(*one) for one in listed_parts(lambda: map(_head, held), _tree))


def listed_parts(
    heads: Callable[[], Iterable[Head[Item]]], tree_of: Callable[[Item], Tree]
) -> Iterator[tuple[Item, tuple[Item, ...]]]:
    """What each of :func:`listed_subjects` is made of: an entity with the papers, wallets and accounts that it holds.

    ``heads`` gives the list from its beginning each time, two or three times; nothing but what is held stays in memory.
    """
    return _parted(heads, tree_of, is_listed=True)


def subject_ids(trees: Iterable[Tree]) -> list[str]:
    """The ids of :func:`subjects_of`, without reading a name."""
    held = list(trees)
    return [tree["id"] for tree, _ in _parted(lambda: map(_head, held), _tree, is_listed=False)]


def _head(tree: Tree) -> Head[Tree]:
    return tree["id"], tree["schema"], tree


def _tree(tree: Tree) -> Tree:
    return tree


def _parted(
    heads: Callable[[], Iterable[Head[Item]]], tree_of: Callable[[Item], Tree], *, is_listed: bool
) -> Iterator[tuple[Item, tuple[Item, ...]]]:
    parts: dict[str, tuple[str, Item]] = {}
    said: list[tuple[str, str]] = []
    for id_, schema, item in heads():
        if schema in HOLDING:
            parts[id_] = (schema, item)
        if schema in HOLDING or schema == OWNING:
            said += _links(id_, schema, tree_of(item)["properties"])
    links = [(holder, part) for holder, part in said if part in parts]
    holders = {holder for holder, _ in links}
    there = {id_ for id_, schema, _ in heads() if id_ in holders and is_comparable(schema)} if len(links) > 0 else set()
    held: dict[str, list[str]] = {}
    for holder, part in links:
        if holder in there:
            held.setdefault(holder, []).append(part)
    folded = {part for some in held.values() for part in some if not is_listed or parts[part][0] not in ALONE}
    for id_, schema, item in heads():
        if is_comparable(schema) and id_ not in folded:
            yield item, tuple(parts[part][1] for part in held.get(id_, ()))


def _links(id_: str, schema: str, properties: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """(holder, part): what a part says of its holder, and an Ownership of owner and asset."""
    if schema == OWNING:
        return [(owner, asset) for owner in properties.get("owner", ()) for asset in properties.get("asset", ())]
    return [(holder, id_) for holder in properties.get("holder", ())]


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
