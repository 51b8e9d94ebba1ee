"""What another system may ask: queries by example, words, and single entities, of the lists of reference alone.

Holdings and matters of others are never part of an answer: what was found in them goes to officers. Each answer is
written down as a disclosure before it leaves. Nothing here decides: a match is a score that reached a threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from followthemoney.types import registry

from comity.matching.hit import Hit
from comity.matching.subject import subject_of
from comity.model.entity import vocabulary
from comity.node.at_hand import Loaded, loaded_lists, records_of
from comity.node.example import Example
from comity.node.node import Node

ALL = "default"
"""The collection of every list."""
WIDEST = 500
"""Possible hits that are looked at for one query where filters come after."""
NARROWEST = 20
COUNTED = 10_000
"""Entities that a search counts; beyond, it says *at least*."""
FUZZY_LEAST = 0.5

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which of the lists, and which of their entities, a call asks about. Of each filter, any value will do, or all
    of them with ``every``."""

    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    exclude_schema: frozenset[str] = frozenset()
    exclude_ids: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()
    every: bool = False

    @property
    def filters(self) -> bool:
        """Whether entities are left out for what they are."""
        return len(self.exclude_schema | self.exclude_ids | self.topics | self.countries) + len(self.values) > 0


@dataclass(frozen=True, slots=True)
class Listed:
    """One entity with the list that it stands in."""

    tree: Tree
    source: Loaded

    @property
    def caption(self) -> str:
        """What it is called."""
        schema = vocabulary()[self.tree["schema"]]
        values = (value for prop in schema.caption for value in self.tree["properties"].get(prop, ()))
        return str(next(values, schema.label))

    @property
    def is_target(self) -> bool:
        """Whether its topics say that it is of concern."""
        return len(registry.topic.RISKS.intersection(self.tree["properties"].get("topics", ()))) > 0


@dataclass(frozen=True, slots=True)
class Found:
    """A possible hit of a query with its entity."""

    hit: Hit
    listed: Listed


@dataclass(frozen=True, slots=True)
class Matches:
    """The answer to one query, best first; ``total`` is how many reach the cutoff, or more if not ``exact``."""

    found: tuple[Found, ...]
    total: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Searched:
    """One page of a search; ``seen`` is everything that was counted, for facets."""

    page: tuple[Listed, ...]
    seen: tuple[Listed, ...] = field(repr=False)
    exact: bool = True


def datasets(node: Node, now: datetime) -> tuple[Loaded, ...]:
    """Every list that answers."""
    return loaded_lists(node, now)


def lists_of(node: Node, dataset: str, scope: Scope, now: datetime) -> tuple[Loaded, ...] | None:
    """The lists that a call asks; None where there is no such dataset."""
    known = loaded_lists(node, now)
    chosen = known if dataset == ALL else tuple(one for one in known if one.name == dataset)
    if len(chosen) == 0 and dataset != ALL:
        return None
    named = scope.include | ({dataset} if dataset != ALL and len(scope.include) > 0 else set())
    wanted = [one for one in known if one.name in named] if len(scope.include - {ALL}) > 0 else chosen
    return tuple(one for one in wanted if one.name not in scope.exclude)


def match(node: Node, lists: Sequence[Loaded], example: Example, scope: Scope, *, least: float, limit: int) -> Matches:
    """The possible hits of one query that score ``least`` at least, at most ``limit``."""
    subject = subject_of(example.tree)
    width = WIDEST if scope.filters else max(NARROWEST, limit)
    answers = [(one, one.index.screen(subject, threshold=least, limit=width)) for one in lists]
    found = [Found(hit, listed) for one, hits in answers for hit, listed in _with_entities(node, one, hits)]
    kept = sorted((one for one in found if _fits(one.listed, scope)), key=_rank)
    exact = all(len(hits) < width for _, hits in answers)
    return Matches(tuple(kept[:limit]), len(kept), exact)


def search(
    node: Node, lists: Sequence[Loaded], text: str, schema: str, scope: Scope, *, begins: bool = False
) -> Iterator[Listed]:
    """Entities of a schema or below it that hold every word, nearest first within each list."""
    schemas = [one.name for one in vocabulary().schemata.values() if one.is_a(vocabulary()[schema])]
    for one in lists:
        for tree in records_of(node, one.version).search(text, schemas, last_begins=begins):
            listed = Listed(tree, one)
            if _fits(listed, scope):
                yield listed


def search_fuzzily(node: Node, lists: Sequence[Loaded], text: str, schema: str, scope: Scope) -> Iterator[Listed]:
    """Entities whose name is like ``text``, nearest first."""
    asked = Example({"id": "q", "schema": schema, "properties": {"name": [text]}}, ())
    for found in match(node, lists, asked, scope, least=FUZZY_LEAST, limit=WIDEST).found:
        yield found.listed


def page_of(found: Iterator[Listed], *, limit: int, offset: int) -> Searched:
    """One page of what was found, with everything counted."""
    seen = tuple(islice(found, COUNTED))
    return Searched(seen[offset : offset + limit], seen, next(found, None) is None)


def entity(node: Node, name: str, now: datetime) -> tuple[Listed, tuple[Tree, ...]] | None:
    """One entity with the papers it holds; None if no list has it."""
    for one in loaded_lists(node, now):
        records = records_of(node, one.version)
        tree = records.by_id([name]).get(name)
        if tree is not None:
            return Listed(tree, one), tuple(records.held_by([name]).get(name, ()))
    return None


def schemas_of(node: Node, lists: Iterable[Loaded]) -> dict[str, int]:
    """How many entities of each schema the lists have."""
    found: dict[str, int] = {}
    for one in lists:
        for name, count in records_of(node, one.version).schemas().items():
            found[name] = found.get(name, 0) + count
    return found


def _with_entities(node: Node, source: Loaded, hits: Sequence[Hit]) -> Iterator[tuple[Hit, Listed]]:
    trees = records_of(node, source.version).by_id(hit.match for hit in hits) if len(hits) > 0 else {}
    for hit in hits:
        if hit.match in trees:
            yield hit, Listed(trees[hit.match], source)


def _fits(listed: Listed, scope: Scope) -> bool:
    properties: Mapping[str, Sequence[str]] = listed.tree["properties"]
    schema = vocabulary()[listed.tree["schema"]]
    if listed.tree["id"] in scope.exclude_ids or any(one.name in scope.exclude_schema for one in schema.schemata):
        return False
    if not _any_or_all(scope.topics, frozenset(properties.get("topics", ())), scope):
        return False
    if len(scope.countries) > 0 and not _any_or_all(scope.countries, countries_of(listed), scope):
        return False
    return all(
        value in properties.get(name.removeprefix("properties."), ()) or (name == "schema" and value == schema.name)
        for name, value in scope.values
    )


def countries_of(listed: Listed) -> frozenset[str]:
    """Every country that an entity's properties name."""
    schema = vocabulary()[listed.tree["schema"]]
    found = set()
    for name, values in listed.tree["properties"].items():
        prop = schema.get(name)
        if prop is not None and prop.type.name == "country":
            found.update(values)
    return frozenset(found)


def _any_or_all(wanted: frozenset[str], given: frozenset[str], scope: Scope) -> bool:
    if len(wanted) == 0:
        return True
    return wanted <= given if scope.every else len(wanted & given) > 0


def _rank(found: Found) -> tuple[float, str, str]:
    return -found.hit.score, found.hit.list, found.hit.match
