"""Building the index of a long list from a file of entities, by two processes: time, CPU and memory.

The invented entities (bench/synthetic.py) are written to the file by a process of their own, so that what they take
is not counted. Memory is what is resident in the two processes at one time, as the kernel has it.

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
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path

import msgspec

from comity.matching.screening.columns import Columns
from comity.matching.screening.warming import warm
from comity.node.indexing import build_in_two

_RESIDENT = re.compile(r"VmRSS:\s+(\d+) kB")


def build(count: int, latin: float) -> Columns:
    """The columns of so many invented entities; prints what making them takes."""
    warm()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "entities.json"
        writer = get_context("spawn").Process(target=_write, args=(path, count, latin))
        writer.start()
        writer.join()
        start, spent = time.perf_counter(), _processor()
        with _watched() as most:
            columns = build_in_two(partial(_lines, path))
        wall, cpu = time.perf_counter() - start, _processor() - spent
    print(f"list        {columns.count:,} entries, {len(columns.names.weights):,} names")
    print(f"build       {wall:.1f} s from a file of entities ({cpu:.1f} s CPU in two processes)")
    ours, beside, both = (max(column) for column in zip(*most, strict=True))
    print(
        f"            resident: both together at most {both:,} MiB (this one {ours:,}, the other {beside:,})",
        flush=True,
    )
    return columns


def _write(path: Path, count: int, latin: float) -> None:
    from bench.synthetic import persons  # not in the process that is measured

    with path.open("wb") as file:
        file.writelines(msgspec.json.encode(tree) + b"\n" for tree in persons(count, latin=latin))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _processor() -> float:
    """CPU seconds of this process and of those that it started and that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _resident(process: int | str) -> int:
    """Resident memory of a process in MiB; 0 where it has ended."""
    try:
        found = _RESIDENT.search(Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace"))
    except OSError:
        return 0
    return int(found.group(1)) >> 10 if found is not None else 0


@contextmanager
def _watched() -> Iterator[list[tuple[int, int, int]]]:
    """Resident memory of this process, of those beside it, and of all together, looked at twenty times a second."""
    seen = [(_resident("self"), 0, 0)]
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.05):
            ours, beside = _resident("self"), sum(_resident(one.pid or 0) for one in active_children())
            seen.append((ours, beside, ours + beside))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        is_over.set()
        watcher.join()


if __name__ == "__main__":
    build(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, 0.6)
