"""Answers in yente's shapes, as plain trees; what clients do not know they pass over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from followthemoney.types import registry

from comity.matching.hit import MODEL
from comity.matching.scorer import FEATURES
from comity.model.entity import vocabulary
from comity.node.at_hand import Loaded
from comity.node.example import Example
from comity.node.service import ALL, Found, Listed, Matches, Searched, Tree, countries_of

Shape = dict[str, Any]
FACETS = ("countries", "topics", "datasets", "schema", "genders", "identifiers")


def entity_shape(listed: Listed, held: Iterable[Tree] = ()) -> Shape:
    """One entity; ``held`` are nested under the property that leads to them."""
    properties: dict[str, list[Any]] = dict(listed.tree["properties"])
    for paper in held:
        holder = vocabulary()[paper["schema"]].get("holder")
        if holder is not None and holder.reverse is not None:
            own = properties.setdefault(holder.reverse.name, [])
            own.append(entity_shape(Listed(paper, listed.source)))
    seen = listed.source.version.seen.isoformat(timespec="seconds").removesuffix("+00:00")
    return {
        "id": listed.tree["id"],
        "caption": listed.caption,
        "schema": listed.tree["schema"],
        "properties": properties,
        "datasets": [listed.source.name],
        "referents": [],
        "target": listed.is_target,
        "first_seen": None,
        "last_seen": seen,
        "last_change": None,
    }


def scored_shape(found: Found, threshold: float) -> Shape:
    """A possible hit: its entity, the score, whether that reaches ``threshold``, and every reason."""
    explanations: dict[str, Shape] = {}
    for reason in found.hit.reasons:
        name = reason.feature
        while name in explanations:
            name += "_more"
        explanations[name] = {"score": reason.weight, "detail": reason.says, "query": None, "candidate": None}
    return {
        **entity_shape(found.listed),
        "score": found.hit.score,
        "match": found.hit.score >= threshold,
        "explanations": explanations,
    }


def matches_shape(example: Example, own_id: str | None, matches: Matches, threshold: float) -> Shape:
    """The answer to one query; ``notices`` say what of the query was left out."""
    query = {**example.tree, "id": own_id}
    shape: Shape = {
        "status": 200,
        "results": [scored_shape(found, threshold) for found in matches.found],
        "total": total_shape(matches.total, exact=matches.exact),
        "query": query,
    }
    return {**shape, "notices": list(example.notices)} if len(example.notices) > 0 else shape


def total_shape(value: int, *, exact: bool) -> Shape:
    """How many there are, or at least."""
    return {"value": value, "relation": "eq" if exact else "gte"}


def search_shape(found: Searched, limit: int, offset: int, facets: Sequence[str]) -> Shape:
    """One page of a search."""
    return {
        "results": [entity_shape(one) for one in found.page],
        "facets": {name: _facet(name, found.seen) for name in facets},
        "total": total_shape(len(found.seen), exact=found.exact),
        "limit": limit,
        "offset": offset,
    }


def catalog_shape(lists: Sequence[Loaded]) -> Shape:
    """Every list as a dataset, and the collection of all."""
    names = [one.name for one in lists]
    sets = [_dataset(one) for one in lists]
    everything = {
        "name": ALL,
        "title": "Every list of this node",
        "children": names,
        "load": False,
        "entity_count": sum(one.version.entities for one in lists),
        "resources": [],
        "index_version": None,
        "index_current": False,
    }
    return {"datasets": [everything, *sets], "current": names, "outdated": [], "index_stale": False}


def algorithms_shape() -> Shape:
    """The one way in which this node scores, with what each feature says."""
    features = {one.name: {"description": one.docs, "coefficient": 1.0, "url": ""} for one in FEATURES}
    says = (
        "Summed log-odds of every feature, read at an even prior: evidence, not the chance that it is the same. "
        "The score of a feature is its log-odds."
    )
    docs = {"name": MODEL, "description": says, "config": {}, "features": features}
    algorithm = {"name": MODEL, "description": says, "features": features, "docs": docs}
    return {"algorithms": [algorithm], "default": MODEL, "best": MODEL}


def _dataset(one: Loaded) -> Shape:
    version = one.version
    seen = version.seen.isoformat(timespec="seconds").removesuffix("+00:00")
    return {
        "name": one.name,
        "title": one.name,
        "summary": one.warning or f"Version {version.version}, {version.entities} entities.",
        "version": version.version,
        "updated_at": seen,
        "last_export": seen,
        "entity_count": version.entities,
        "thing_count": version.entities,
        "resources": [],
        "children": [],
        "load": True,
        "index_version": version.version,
        "index_current": True,
    }


def _facet(name: str, seen: Iterable[Listed]) -> Shape:
    counts: Counter[str] = Counter()
    for one in seen:
        counts.update(_facet_values(name, one))
    label, names = _FACET_NAMES[name]
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:50]
    return {"label": label, "values": [{"name": v, "label": names.get(v, v), "count": n} for v, n in ranked]}


def _facet_values(name: str, one: Listed) -> Iterable[str]:
    properties = one.tree["properties"]
    if name == "countries":
        return countries_of(one)
    if name == "datasets":
        return (one.source.name,)
    if name == "schema":
        return (str(one.tree["schema"]),)
    if name == "identifiers":
        schema = vocabulary()[one.tree["schema"]]
        held = ((schema.get(prop), values) for prop, values in properties.items())
        return {
            value for prop, values in held if prop is not None and prop.type.name == "identifier" for value in values
        }
    return set(properties.get({"topics": "topics", "genders": "gender"}[name], ()))


_FACET_NAMES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "countries": ("Countries", registry.country.names),
    "topics": ("Topics", registry.topic.names),
    "datasets": ("Data sources", {}),
    "schema": ("Types", {}),
    "genders": ("Genders", registry.gender.names),
    "identifiers": ("Identifiers", {}),
}
