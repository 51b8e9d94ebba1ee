"""Screening speed and recall beside a floor and a peer measured in the same run; prints ratios.

Lists: the real one (OFAC SDN of 2022-01 and the UN list) and invented ones of 100,000 or a million persons in seven
scripts (bench/synthetic.py). Queries are names of the list with one character deleted, spaces included, with ids of
their own and cold caches; what is compiled once per installation is compiled before. Floor: rapidfuzz scanning every
name, without retrieval, dates or reasons. Peer: nomenklatura's index (75 candidates) and logic-v2, if installed.

Run: COMITY_DATA=… python bench/screen.py [--size real|100000|1000000] [--queries N] [--peer N] [--workers]
                                          [--latin] [--exact N]
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

try:
    from followthemoney import Dataset, StatementEntity
    from nomenklatura.blocker.index import Index as PeerIndex
    from nomenklatura.matching.logic_v2.model import LogicV2
    from nomenklatura.resolver.linker import Linker
    from nomenklatura.store.memory import MemoryStore
except ImportError:
    PeerIndex = None
import numpy as np
from bench.build import build
from bench.quality.lists import is_latin, sdn, un
from bench.synthetic import LATIN_SHARE, persons
from rapidfuzz.fuzz import token_sort_ratio
from rapidfuzz.process import cdist

from comity.formats.base import Tree
from comity.matching.names.likeness import compare_names, name_of
from comity.matching.scorer import compare
from comity.matching.screening.columns import Columns
from comity.matching.screening.index import Index
from comity.matching.subject import Subject, subject_of, subjects_of
from comity.storage.snapshots import open_snapshot, write_snapshot

SEED = 7
WARM = 200
"""Queries of no account that each worker answers before it is measured, so that the snapshot is mapped in each."""
CANDIDATES = 75
"""What the peer's index gives at most; recall among the first so many is printed beside that of hits."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One query: the entry it was made from, the name as it stands there, and the query."""

    key: str
    name: str
    tree: Tree


def planted(trees: Iterable[Tree], count: int) -> list[Planted]:
    """Persons with one character of a name deleted."""
    chance = random.Random(SEED)
    held = [tree for tree in trees if tree["schema"] == "Person" and len(tree["properties"].get("name", [])) > 0]
    made = []
    for number, tree in enumerate(chance.sample(held, min(count, len(held)))):
        name = tree["properties"]["name"][0]
        at = chance.randrange(len(name))
        values = {"name": [name[:at] + name[at + 1 :]]}
        made.append(Planted(tree["id"], name, {"id": f"q{number}", "schema": "Person", "properties": values}))
    return made


def lists(size: str, is_only_latin: bool) -> Callable[[], Iterable[Tree]]:
    """What makes the list again each time it is asked, so that a million trees are never held."""
    if size == "real":
        trees = [*sdn(), *(one.tree(native=True) for one in un())]
        return lambda: trees
    share = {"latin": 1.0} if is_only_latin else {}
    return lambda: persons(int(size), **share)


def warm_up() -> None:
    """Loads or compiles the kernels with a list and a query of no account."""
    index = Index.build(subject_of(tree) for tree in persons(50, seed=1))
    for tree in persons(50, seed=2):
        index.screen(subject_of(tree))
    compare_names(name_of("Mohammed"), name_of("محمد"))


def memory() -> int:
    """Most resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def speed(index: Index, asked: Sequence[Planted]) -> float:
    """Prints speed, latencies and recall; returns queries per CPU-second."""
    taken, used, found = [], [], []
    begin, spent = time.perf_counter(), time.process_time()
    for one in asked:
        start, ran = time.perf_counter(), time.process_time()
        hits = index.screen(subject_of(one.tree))
        taken.append(1000 * (time.perf_counter() - start))
        used.append(1000 * (time.process_time() - ran))
        found.append(any(hit.match == one.key for hit in hits))
    wall, cpu = time.perf_counter() - begin, time.process_time() - spent
    print(f"comity      {len(asked) / wall:,.0f} q/s, {len(asked) / cpu:,.0f} per CPU-second, cold, with reasons")
    for label, times in (("by the clock", taken), ("of CPU time", used)):
        middle, high, highest = (float(np.percentile(times, share)) for share in (50, 99, 100))
        print(f"            p50 {middle:.2f} ms, p99 {high:.2f} ms, worst {highest:.2f} ms {label}")
    for label, of in (("Latin", True), ("other", False)):
        some = [hit for hit, one in zip(found, asked, strict=True) if is_latin(one.name) == of]
        if len(some) > 0:
            print(f"            planted deletions that are hits, {label}: {sum(some) / len(some):.1%} of {len(some):,}")
    print(f"            all: {sum(found) / len(found):.1%}")
    return len(asked) / cpu


def recall(index: Index, asked: Sequence[Planted]) -> None:
    """Prints how many entries are among the first candidates, the measure that the peer's index is held to."""
    found = []
    for one in asked:
        hits = index.screen(subject_of(one.tree), threshold=0.0, limit=CANDIDATES)
        found.append(any(hit.match == one.key for hit in hits))
    latin = [hit for hit, one in zip(found, asked, strict=True) if is_latin(one.name)]
    print(f"candidates  first {CANDIDATES}: {sum(found) / len(found):.1%}, Latin {sum(latin) / len(latin):.1%}")


def floor(index: Index, asked: Sequence[Planted]) -> float:
    """Queries a second of scanning every name."""
    names = [name.text.upper() for subject in index.subjects for name in subject.names]
    texts = [one.tree["properties"]["name"][0].upper() for one in asked[:200]]
    spent = time.process_time()
    cdist(texts, names, scorer=token_sort_ratio, score_cutoff=80, workers=1)
    return len(texts) / (time.process_time() - spent)


def peer(trees: Iterable[Tree], asked: Sequence[Planted]) -> tuple[float, float]:
    """The peer's queries per CPU-second, and the share of entries among its candidates."""
    dataset = Dataset.make({"name": "bench", "title": "bench"})
    store: MemoryStore[Any, Any] = MemoryStore(dataset, Linker({}))
    with store.writer() as writer:
        for tree in trees:
            writer.add_entity(StatementEntity.from_data(dataset, dict(tree)))
    view = store.default_view()
    with tempfile.TemporaryDirectory() as folder:
        index = PeerIndex(view, Path(folder))
        start = time.perf_counter()
        index.build()
        print(f"peer        index {time.perf_counter() - start:.1f} s, {memory():,} MiB at most so far")
        config = LogicV2.default_config()
        waiting = {one.tree["id"]: StatementEntity.from_data(dataset, dict(one.tree)) for one in asked}
        keys = {one.tree["id"]: one.key for one in asked}
        found = 0
        spent = time.process_time()
        for ident, candidates in index.match_entities(list(waiting.values())):
            known = [str(candidate) for candidate, _ in candidates]
            found += keys[str(ident)] in known
            for candidate in known:
                entity = view.get_entity(candidate)
                if entity is not None:
                    LogicV2.compare(waiting[str(ident)], entity, config)
        return len(asked) / (time.process_time() - spent), found / len(asked)


def workers(path: Path, asked: Sequence[Planted]) -> None:
    """Prints queries per CPU-second of two processes that share one snapshot, over those of one, each with its half of
    the queries; beside it what two processes that share nothing lose on this machine."""
    shares = [asked[::2], asked[1::2]]
    ratios = []
    rates: list[float] = []
    for work in (_work, _alone):
        rates = []
        for some in ([shares[0]], [shares[1]], shares):
            with ProcessPoolExecutor(len(some), multiprocessing.get_context("fork")) as pool:
                spent = sum(pool.map(work, [path] * len(some), some))
            rates.append(sum(map(len, some)) / spent)
        ratios.append(rates[2] / (2.0 / (1.0 / rates[0] + 1.0 / rates[1])))
        if work is _work:
            print(f"workers     one {rates[0]:,.0f} and {rates[1]:,.0f}, two {rates[2]:,.0f} queries per CPU-second")
    print(f"            ratio {ratios[0]:.2f}; of two processes that only reckon, sharing nothing: {ratios[1]:.2f}")


def _work(path: Path, asked: Sequence[Planted]) -> float:
    index = Index.of(Columns.from_arrays(open_snapshot(path).arrays()))
    warm_up()
    for tree in persons(WARM, seed=4):
        index.screen(subject_of(tree))
    spent = time.process_time()
    for one in asked:
        index.screen(subject_of(one.tree))
    return time.process_time() - spent


def _alone(_: Path, asked: Sequence[Planted]) -> float:
    spent = time.process_time()
    for one in asked:
        for _ in range(20):
            sum(ord(char) for char in one.name * 10)
    return time.process_time() - spent


def exact(index: Index, asked: Sequence[Planted], count: int) -> None:
    """Prints how many queries were answered as comparing everything answers them, on a sample of the list."""
    chance = random.Random(SEED)
    sample = Index.build(chance.sample(list(index.subjects), min(400, len(index.subjects))))
    same = 0
    texts = [name.text for subject in sample.subjects for name in subject.names]
    for number in range(count):
        text = chance.choice(texts) if number % 2 == 0 else chance.choice(asked).name
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(["", " ", "e", text[at : at + 1] * 2]) + text[at + 1 :]
        query = subject_of({"id": "q", "schema": "Person", "properties": {"name": [text]}})
        same += _answers(sample, query)
    print(f"exactness   {same:,} of {count:,} queries answered as comparing all {len(sample.subjects)} entries does")


def _answers(index: Index, query: Subject) -> bool:
    expected = {one.id: found.evidence for one in index.subjects if (found := compare(query, one)) is not None}
    return {one.id: found.evidence for one, found in index.compared(query)} == expected


def update(index: Index) -> None:
    """Prints how long an update of a hundred entries takes until it answers."""
    changed = [subject_of(tree) for tree in persons(100, seed=3, prefix="new")]
    query = changed[0]
    start = time.perf_counter()
    new = index.updated(changed, [index.subjects[0].id], list_version="2")
    hits = new.screen(query)
    print(f"update      100 entries: {time.perf_counter() - start:.2f} s until it answers ({len(hits)} hit)")


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(description="Screening speed and recall.")
    options.add_argument("--size", default="real")
    options.add_argument("--queries", type=int, default=2000)
    options.add_argument("--peer", type=int, default=200)
    options.add_argument("--exact", type=int, default=0)
    options.add_argument("--latin", action="store_true")
    options.add_argument("--workers", action="store_true")
    chosen = options.parse_args()
    warm_up()
    make = lists(chosen.size, chosen.latin)
    columns = (
        Index.build(subjects_of(make())).segments[0].columns
        if chosen.size == "real"
        else build(int(chosen.size), 1.0 if chosen.latin else LATIN_SHARE)
    )
    asked = planted(make(), chosen.queries)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "columns.snapshot"
        write_snapshot(path, "bench", columns.to_arrays(), datetime(2026, 11, 22, tzinfo=UTC))
        start = time.perf_counter()
        index = Index.of(Columns.from_arrays(open_snapshot(path, "bench", is_checked=True).arrays()))
        print(f"snapshot    {path.stat().st_size >> 20} MiB, mapped and checked in {time.perf_counter() - start:.2f} s")
        ours = speed(index, asked)
        recall(index, asked[:500])
        update(index)
        if chosen.workers:
            workers(path, asked)
        if chosen.exact > 0:
            exact(index, asked, chosen.exact)
        limit = floor(index, asked)
        print(f"floor       {limit:,.0f} q/s (rapidfuzz scan of all names);  ours/floor {ours / limit:.2f}")
    if PeerIndex is None:
        print("peer        not installed: pip install nomenklatura")
        return
    theirs, share = peer(make(), asked[: chosen.peer])
    print(f"peer        {theirs:,.1f} q per CPU-second, {share:.1%} among its {CANDIDATES} candidates")
    print(f"ours/peer   {ours / theirs:.1f}")


if __name__ == "__main__":
    main()
