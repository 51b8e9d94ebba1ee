"""Building the index of a long list from a file of entities, by two processes: time, CPU and memory.

The invented entities (bench/synthetic.py) are written to the file by a process of their own, so that what they take
is not counted. Memory is the most resident memory of each of the two processes, as the kernel has it.

Run: COMITY_DATA=… python -m bench.build [ENTRIES]
"""

from __future__ import annotations

import re
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path

import msgspec

from comity.matching.screening.columns import Columns
from comity.matching.screening.warming import warm
from comity.matching.subject import Subject, subject_of
from comity.node.indexing import build_in_two

_MOST = re.compile(r"VmHWM:\s+(\d+) kB")


def build(count: int, latin: float) -> Columns:
    """The columns of so many invented entities; prints what making them takes."""
    warm()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "entities.json"
        writer = get_context("spawn").Process(target=_write, args=(path, count, latin))
        writer.start()
        writer.join()
        start, spent = time.perf_counter(), _processor()
        with path.open("rb") as file, _watched() as most:
            columns = build_in_two(file, _subject)
        wall, cpu = time.perf_counter() - start, _processor() - spent
    print(f"list        {columns.count:,} entries, {len(columns.names.weights):,} names")
    print(f"build       {wall:.1f} s from a file of entities ({cpu:.1f} s CPU in two processes)")
    print(f"            resident at most: {_most('self'):,} MiB and {max(most):,} MiB beside", flush=True)
    return columns


def _write(path: Path, count: int, latin: float) -> None:
    from bench.synthetic import persons  # not in the process that is measured

    with path.open("wb") as file:
        file.writelines(msgspec.json.encode(tree) + b"\n" for tree in persons(count, latin=latin))


def _subject(line: bytes) -> Subject:
    return subject_of(msgspec.json.decode(line))


def _processor() -> float:
    """CPU seconds of this process and of those that it started and that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _most(process: int | str) -> int:
    """Most resident memory of a process since its program started, in MiB."""
    found = _MOST.search(Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace"))
    return int(found.group(1)) >> 10 if found is not None else 0


@contextmanager
def _watched() -> Iterator[list[int]]:
    """The most resident memory of each process beside this one, looked at five times a second."""
    seen = [0]
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.2):
            seen.extend(_most(one.pid) for one in active_children() if Path(f"/proc/{one.pid}/status").exists())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        is_over.set()
        watcher.join()


if __name__ == "__main__":
    build(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, 0.6)
