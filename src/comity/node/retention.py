"""What is kept under digests and has lost its ground: forgotten once a day, by the worker that keeps house.

A decision about a pair is kept while the listed side is there as it was judged: in a version of a list that screens,
waits, or was replaced less than :data:`GRACE` ago, or in a matter that is watched. A list that was published wrong
and put right a week later so costs no officer a decision twice. Marks of requests run out with their term.

Content and its keys are not handled here (:mod:`comity.node.erasure`), nor travellers' rows, which die by their own
time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from comity.matching.judgement import listed_digest
from comity.node import judgements, marks, reference
from comity.node.flight import WATCHED, watch_index
from comity.node.node import Node
from comity.storage.judgements import forget_judged, listed_of_judged
from comity.storage.lists import ListStore, ListVersion

GRACE = timedelta(days=90)
"""How long a version that was replaced still counts."""
AT_ONCE = 200
"""Rows forgotten in one transaction, so that nobody waits for it."""


def forget_due(node: Node, now: datetime) -> int:
    """Forgets what has lost its ground; returns how many rows. A list that cannot be read leaves everything."""
    with node.store.read() as unit:
        judged = listed_of_judged(unit)
    if len(judged) > 0:
        for digest in _listed(node, now):
            judged.discard(digest)
            if len(judged) == 0:
                break
    gone = sorted(judged)
    count = 0
    for first in range(0, len(gone), AT_ONCE):
        with node.store.write() as unit:
            count += forget_judged(unit, gone[first : first + AT_ONCE])
    with node.store.write() as unit:
        return count + marks.expire(node, unit, now)


def _listed(node: Node, now: datetime) -> Iterator[str]:
    """The digest of every record that may still come up."""
    key = judgements.pair_key(node)
    for record in watch_index(node, now).trees.values():
        yield listed_digest(key, record, (), source=WATCHED)
    store = reference.store_of(node.home)
    for name in store.names():
        for version in _counting(store, name, now):
            trees = list(store.entities(version))
            held: dict[str, list[dict[str, Any]]] = {}
            for tree in trees:
                for holder in tree["properties"].get("holder", ()):
                    held.setdefault(holder, []).append(tree)
            for tree in trees:
                yield listed_digest(key, tree, held.get(tree["id"], ()), source=name)


def _counting(store: ListStore, name: str, now: datetime) -> Iterator[ListVersion]:
    """The versions that count, the newest first."""
    standing = [one.version for one in (store.current(name), store.held(name)) if one is not None]
    replaced = now
    for version in reversed(store.versions(name)):
        if version.version in standing or now - replaced < GRACE:
            yield version
        replaced = version.added
