"""Queries a second on a real list, beside a floor and a peer measured in the same run; prints ratios.

Floor: rapidfuzz scanning every name of the list for every query, without retrieval, dates or reasons. Peer:
nomenklatura's index and logic-v2, if it is installed (queries have ids of their own, since it caches by id).
Run: COMITY_DATA=… python bench/screen.py [QUERIES]
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

try:
    from followthemoney import Dataset, StatementEntity
    from nomenklatura.blocker.index import Index
    from nomenklatura.matching.logic_v2.model import LogicV2
    from nomenklatura.resolver.linker import Linker
    from nomenklatura.store.memory import MemoryStore
except ImportError:
    Index = None
from rapidfuzz.fuzz import token_sort_ratio
from rapidfuzz.process import cdist

from comity.formats.base import Tree
from comity.formats.ofac_sdn import read
from comity.matching.screening.index import Index as OwnIndex
from comity.matching.subject import subject_of, subjects_of

DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
LETTERS = "AEIOUNRST"


def typo(text: str, chance: random.Random) -> str:
    """One letter or space deleted, or one letter replaced."""
    at = chance.randrange(len(text))
    put = "" if chance.random() < 0.6 else chance.choice(LETTERS)
    return text[:at] + put + text[at + 1 :]


def queries(trees: Sequence[Tree], count: int) -> list[tuple[str, Tree]]:
    """Persons of the list with one typo in one of their names, and the id they should find."""
    chance = random.Random(7)
    persons = [tree for tree in trees if tree["schema"] == "Person"]
    made = []
    for number in range(count):
        source = chance.choice(persons)
        names = source["properties"]["name"] + source["properties"].get("alias", [])
        values = {"name": [typo(chance.choice(names), chance)]}
        values |= {"birthDate": source["properties"].get("birthDate", [])[:1]}
        made.append((source["id"], {"id": f"q{number}", "schema": "Person", "properties": values}))
    return made


def peer(trees: Sequence[Tree], asked: Sequence[tuple[str, Tree]]) -> float:
    """Queries a second of nomenklatura's index (75 candidates) and logic-v2."""
    dataset = Dataset.make({"name": "bench", "title": "bench"})
    store: MemoryStore[Any, Any] = MemoryStore(dataset, Linker({}))
    known = {tree["id"]: StatementEntity.from_data(dataset, dict(tree)) for tree in trees}
    with store.writer() as writer:
        for entity in known.values():
            writer.add_entity(entity)
    with tempfile.TemporaryDirectory() as folder:
        index = Index(store.default_view(), Path(folder))
        index.build()
        config = LogicV2.default_config()
        waiting = [StatementEntity.from_data(dataset, dict(tree)) for _, tree in asked]
        queries_by_id = {entity.id: entity for entity in waiting}
        start = time.perf_counter()
        for ident, candidates in index.match_entities(waiting):
            for candidate, _ in candidates:
                LogicV2.compare(queries_by_id[str(ident)], known[str(candidate)], config)
        return len(asked) / (time.perf_counter() - start)


def main() -> None:
    """Measures and prints."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    folder = DATA / "01_sanctions/ofac_2022-01"
    files = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    start = time.perf_counter()
    trees = read(files, datetime.now(UTC)).entities
    read_time = time.perf_counter() - start
    start = time.perf_counter()
    index = OwnIndex.build(subjects_of(trees))
    build_time = time.perf_counter() - start
    print(f"list        {len(index.subjects):,} entries, {len(index.names):,} names")
    print(f"read        {read_time:.2f} s      index {build_time:.2f} s")
    asked = queries(trees, count)
    start = time.perf_counter()
    answers = [index.screen(subject_of(tree)) for _, tree in asked]
    ours = count / (time.perf_counter() - start)
    found = sum(any(hit.match == key for hit in hits) for (key, _), hits in zip(asked, answers, strict=True))
    start = time.perf_counter()
    for _, tree in asked:
        index.screen(subject_of(tree))
    warm = count / (time.perf_counter() - start)
    names = [name.text.upper() for name in index.names]
    texts = [tree["properties"]["name"][0].upper() for _, tree in asked]
    start = time.perf_counter()
    cdist(texts, names, scorer=token_sort_ratio, score_cutoff=80, workers=1)
    floor = count / (time.perf_counter() - start)
    print(
        f"comity      {ours:,.0f} q/s cold, {warm:,.0f} q/s warm, with reasons; finds {found / count:.1%} of {count:,}"
    )
    print(f"floor       {floor:,.0f} q/s (rapidfuzz scan of all names);  ours/floor {ours / floor:.2f}")
    if Index is None:
        print("peer        not installed: pip install nomenklatura")
        return
    main_trees = [tree for tree in trees if "program" in tree["properties"]]
    theirs = peer(main_trees, asked[: max(50, count // 10)])
    print(f"peer        {theirs:,.0f} q/s (nomenklatura index, logic-v2);  ours/peer {ours / theirs:.1f}")


if __name__ == "__main__":
    main()
