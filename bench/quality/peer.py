"""The peer: nomenklatura's blocker (75 candidates) and logic-v2, on the same rows; answers are kept in .cache.

Every entity has an id of its own, since the peer caches names by id.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.quality.tasks import Task
from followthemoney import Dataset, StatementEntity
from nomenklatura import __version__
from nomenklatura.blocker.index import Index
from nomenklatura.matching.logic_v2.model import LogicV2
from nomenklatura.resolver.linker import Linker
from nomenklatura.store.memory import MemoryStore

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "quality"
Answers = list[list[tuple[str, float]]]
LEAST = 0.3


def pairs(rows: Sequence[tuple[str, str, str, bool, str]]) -> list[float]:
    """The peer's score of each labelled pair."""
    dataset = Dataset.make({"name": "bench", "title": "bench"})

    def entity(ident: str, schema: str, name: str) -> Any:
        return StatementEntity.from_data(dataset, {"id": ident, "schema": schema, "properties": {"name": [name]}})

    def score() -> list[float]:
        config = LogicV2.default_config()
        made = []
        for n, (schema, first, second, _, _) in enumerate(rows):
            found = LogicV2.compare(entity(f"a{n}", schema, first), entity(f"b{n}", schema, second), config)
            made.append(float(found.score))
        return made

    return _cached(["pairs", *map(str, rows)], score)


def screen(task: Task) -> Answers:
    """For each query, innocents after the asked, the entries found and their scores, best first."""
    names = [(name, schema) for name, schema, _ in task.asked] + [(name, "Person") for name in task.innocents]
    key = ["screen", task.name, json.dumps(list(task.entries), sort_keys=True), *map(str, names)]
    return _cached(key, lambda: _screen(task, names))


def _screen(task: Task, names: Sequence[tuple[str, str]]) -> Answers:
    dataset = Dataset.make({"name": "bench", "title": "bench"})
    store: MemoryStore[Any, Any] = MemoryStore(dataset, Linker({}))
    known = {tree["id"]: StatementEntity.from_data(dataset, dict(tree)) for tree in task.entries}
    with store.writer() as writer:
        for entity in known.values():
            writer.add_entity(entity)
    trees = [{"id": f"q{n}", "schema": s, "properties": {"name": [t]}} for n, (t, s) in enumerate(names)]
    asked = {tree["id"]: StatementEntity.from_data(dataset, tree) for tree in trees}
    config = LogicV2.default_config()
    found: dict[str, list[tuple[str, float]]] = {str(ident): [] for ident in asked}
    with tempfile.TemporaryDirectory() as folder:
        index = Index(store.default_view(), Path(folder))
        index.build()
        for ident, candidates in index.match_entities(list(asked.values())):
            query = asked[str(ident)]
            for candidate, _ in candidates:
                entry = known[str(candidate)]
                if query.schema.can_match(entry.schema):
                    score = float(LogicV2.compare(query, entry, config).score)
                    if score >= LEAST:
                        found[str(ident)].append((str(candidate), score))
    return [sorted(found[f"q{n}"], key=lambda pair: (-pair[1], pair[0])) for n in range(len(names))]


def _cached(key: Sequence[str], make: Any) -> Any:
    digest = hashlib.sha256("\n".join([__version__, *key]).encode()).hexdigest()[:24]
    path = CACHE / f"{digest}.json"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make()), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))
