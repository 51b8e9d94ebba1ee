"""What changed between two versions of a list: by entity and property, whole enough to be replayed.

An entity's papers, wallets, links and listing acts count as its own. Applying the changes to the old version's
entities gives the new version's, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from comity.formats import Tree

OWNERS = ("holder", "entity", "subject")
"""Properties by which something belongs to a listed entity."""
SCHEMA = "schema"
"""The name under which a change of an entity's schema is told; the vocabulary has no property of that name."""


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """The values that one property of one entity lost and gained; of a new entity, all of its values."""

    entity: str
    schema: str
    prop: str
    removed: tuple[str, ...]
    added: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The change as a plain tree."""
        return {
            "entity": self.entity,
            "schema": self.schema,
            "property": self.prop,
            "removed": list(self.removed),
            "added": list(self.added),
        }


@dataclass(frozen=True, slots=True)
class EntityChange:
    """One listed entity that was *added*, *removed* or *changed*, with what belongs to it; ``gone`` are the ids of
    the entities that the new version lacks."""

    id: str
    caption: str
    kind: str
    properties: tuple[PropertyChange, ...]
    gone: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The change as a plain tree."""
        return {
            "id": self.id,
            "caption": self.caption,
            "kind": self.kind,
            "properties": [one.to_json() for one in self.properties],
            "gone": list(self.gone),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two versions: (id, caption) by kind, and each change by property."""

    old: str
    new: str
    changes: tuple[EntityChange, ...]

    @property
    def added(self) -> tuple[tuple[str, str], ...]:
        """Entities that the old version lacks."""
        return self._of("added")

    @property
    def removed(self) -> tuple[tuple[str, str], ...]:
        """Entities that the new version lacks."""
        return self._of("removed")

    @property
    def changed(self) -> tuple[tuple[str, str], ...]:
        """Entities that both have, with other values."""
        return self._of("changed")

    def _of(self, kind: str) -> tuple[tuple[str, str], ...]:
        return tuple((one.id, one.caption) for one in self.changes if one.kind == kind)


def compare(first: Iterable[Tree], second: Iterable[Tree]) -> tuple[EntityChange, ...]:
    """The changes from one version's entities to another's: in the order of the second, then what is removed."""
    old = {str(tree["id"]): tree for tree in first}
    new = {str(tree["id"]): tree for tree in second}
    was, now = _grouped(old), _grouped(new)
    keys = (*now, *(key for key in was if key not in now))
    found = (_change(key, was.get(key, ()), now.get(key, ()), old, new) for key in keys)
    return tuple(one for one in found if one is not None)


def replay(trees: Iterable[Tree], changes: Sequence[EntityChange]) -> dict[str, Tree]:
    """The new version's entities by id, made from the old version's and the changes."""
    found = {tree["id"]: {**tree, "properties": dict(tree["properties"])} for tree in trees}
    for change in changes:
        for key in change.gone:
            del found[key]
        for one in change.properties:
            tree = found.setdefault(one.entity, {"id": one.entity, "schema": one.schema, "properties": {}})
            if one.prop == SCHEMA:
                tree["schema"] = one.schema
                continue
            kept = (set(tree["properties"].get(one.prop, ())) - set(one.removed)) | set(one.added)
            tree["properties"][one.prop] = sorted(kept)
            if len(kept) == 0:
                del tree["properties"][one.prop]
    return found


def caption(tree: Tree) -> str:
    """The first name of an entity, or its id."""
    return next(iter(tree["properties"].get("name", ())), str(tree["id"]))


def _grouped(every: Mapping[str, Tree]) -> dict[str, list[str]]:
    """Ids by the listed entity that they belong to."""
    groups: dict[str, list[str]] = {}
    for key, tree in every.items():
        owners = (owner for name in OWNERS for owner in tree["properties"].get(name, ()) if owner in every)
        groups.setdefault(next(owners, key), []).append(key)
    return groups


def _change(
    key: str, was: Iterable[str], now: Iterable[str], old: Mapping[str, Tree], new: Mapping[str, Tree]
) -> EntityChange | None:
    changes = tuple(one for name in now for one in _properties(old.get(name), new[name]))
    gone = tuple(name for name in was if name not in new)
    if len(changes) == 0 and len(gone) == 0:
        return None
    kind = "added" if key not in old else "removed" if key not in new else "changed"
    return EntityChange(key, caption(new[key] if key in new else old[key]), kind, changes, gone)


def _properties(old: Tree | None, new: Tree) -> Iterator[PropertyChange]:
    before: Mapping[str, Sequence[str]] = old["properties"] if old is not None else {}
    after: Mapping[str, Sequence[str]] = new["properties"]
    if old is None or old["schema"] != new["schema"]:
        gone = () if old is None else (str(old["schema"]),)
        yield PropertyChange(new["id"], new["schema"], SCHEMA, gone, (str(new["schema"]),))
    for name in sorted({*before, *after}):
        was, now = set(before.get(name, ())), set(after.get(name, ()))
        if was != now:
            yield PropertyChange(new["id"], new["schema"], name, tuple(sorted(was - now)), tuple(sorted(now - was)))
