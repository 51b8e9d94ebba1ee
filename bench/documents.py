"""The register of documents at size: disk, build, and exact look-ups, beside an indexed table in the same run.

Built are invented documents of one member, straight into the register's files as its worker does it, with some rows
more in the database that no generation holds yet and some ranges of blanks. Asked is in bulk, on one core, through
:func:`comity.node.register.look_up`, once with every other document there, the dearest case, and once with one in ten
thousand, as at a border. Seconds are those of the wall and, beside them, of the processor, since others may be at work
on the machine. Peer: SQLite with an index over a million of the same keys, asked for the bare rows in IN lists of as
many, in the same process afterwards.

Run: python bench/documents.py [--rows N] [--waiting N] [--questions N] [--dir DIR]
Limits: 100 million rows in under 6 GB on disk; 20,000 look-ups a second.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pysqlite3 import dbapi2
from tests.federation import federation

from comity.model.travel_document import Document, blank_range, document_keys
from comity.node.node import Node
from comity.node.register import Finding, look_up, register_key, register_of
from comity.node.register_upkeep import overwrite_due
from comity.storage import desk, reported
from comity.storage.register import Entry

SIZE_LIMIT, SPEED_LIMIT = 6_000_000_000, 20_000
PEER_ROWS, IN_LIST = 1_000_000, 500
BATCHES = 20_000
SEED = 7


def number(n: int) -> str:
    """The nth invented number."""
    return f"QM{n:09d}"


def documents(first: int, last: int) -> list[Document]:
    """The documents of these numbers."""
    return [Document("P", "QM", number(n)) for n in range(first, last)]


def rows(key: bytes, count: int) -> Iterator[tuple[bytes, Entry]]:
    """The rows of the register, as a worker gives them."""
    said = [Entry("stolen" if n % 3 else "lost", 15_000 + n % 5_000, 1 + n % BATCHES) for n in range(3 * BATCHES)]
    for first in range(0, count, len(said)):
        yield from zip(document_keys(key, documents(first, min(first + len(said), count))), said, strict=False)


def fill(node: Node, count: int, waiting: int) -> float:
    """Builds the generation, the rows that wait and some ranges; returns the seconds that the generation took."""
    with node.store.write() as unit:
        for n in range(BATCHES):
            reported.open_batch(
                unit, commitment=f"{n:064d}", matter=f"{n:032d}", agency="QM.bureau", source="0" * 64, at="2026"
            )
    key, register = register_key(node), register_of(node)
    begun = time.perf_counter()
    with register.alone():
        register.add(rows(key, count))
    took = time.perf_counter() - begun
    with node.store.write() as unit:
        desk.put_setting(unit, reported.MERGED, register.name)
        for first in range(0, waiting, 5000):
            keys = document_keys(key, documents(count + first, count + min(first + 5000, waiting)))
            reported.put_rows(unit, 1 + first // 5000, [reported.ReportedRow(one, "lost", 20_000) for one in keys])
        for n in range(50):
            blanks = blank_range("P", "QM", f"QB{n:03d}000", f"QB{n:03d}499")
            if blanks is not None:
                reported.put_range(unit, n + 1, blanks, state="stolen_blank", day=20_000)
    return took


def questions(draw: random.Random, count: int, known: int, share: float) -> list[int]:
    """Numbers to ask about, of which a share is there."""
    return [draw.randrange(known) if draw.random() < share else known + draw.randrange(known) for _ in range(count)]


def timed(count: int, job: Callable[[], object], *, bulk: bool = True) -> str:
    """How many a second, by the wall and by the processor, and what that is of the limit of a bulk."""
    wall, busy = time.perf_counter(), time.process_time()
    job()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    speed = f"{count / wall:,.0f} a second, {count / busy:,.0f} a second of the processor"
    return f"{speed} ({count / wall / SPEED_LIMIT:.1f} x the limit by the wall)" if bulk else speed


def ask(node: Node, numbers: Sequence[int], known: int) -> str:
    """One bulk of questions, made before the clock starts: how many a second, and how many wrong answers."""
    asked = [Document("P", "QM", number(n)) for n in numbers]
    found: list[tuple[Finding, ...]] = []
    speed = timed(len(asked), lambda: found.extend(look_up(node, asked)))
    wrong = sum((len(some) > 0) != (n < known) for n, some in zip(numbers, found, strict=True))
    return f"{speed}, wrong answers {wrong}"


def ask_singly(node: Node, numbers: Sequence[int]) -> str:
    """The same, one at a time."""
    asked = [Document("P", "QM", number(n)) for n in numbers]
    return timed(len(asked), lambda: [look_up(node, [one]) for one in asked], bulk=False)


def recall(node: Node) -> str:
    """One batch recalled: when it is found no more, and when the files are overwritten."""
    begun = time.perf_counter()
    with node.store.write() as unit:
        reported.end_batches(unit, [f"{7:064d}"], at="2026")
    hidden = time.perf_counter() - begun
    silent = look_up(node, documents(7, 8)) == [()]
    overwrite_due(node)
    return f"found no more ({silent}) after {hidden:.3f} s, overwritten after {time.perf_counter() - begun:.1f} s"


def peer(folder: Path, key: bytes, numbers: Sequence[int]) -> str:
    """SQLite with an index over a million rows: how many a second, and bytes a row."""
    base = dbapi2.connect(str(folder / "peer.sqlite"))
    base.execute("CREATE TABLE document (key BLOB PRIMARY KEY, state TEXT, day INTEGER, batch INTEGER) WITHOUT ROWID")
    base.executemany(
        "INSERT INTO document VALUES (?, ?, ?, ?)", ((k, e.state, e.day, e.batch) for k, e in rows(key, PEER_ROWS))
    )
    base.commit()
    asked = [Document("P", "QM", number(n % (2 * PEER_ROWS))) for n in numbers]

    def ask_all() -> None:
        for first in range(0, len(asked), IN_LIST):
            some = document_keys(key, asked[first : first + IN_LIST])
            marks = ",".join("?" * len(some))
            base.execute(f"SELECT key, state, day, batch FROM document WHERE key IN ({marks})", some).fetchall()

    speed = timed(len(asked), ask_all)
    base.close()
    return f"{speed}, {(folder / 'peer.sqlite').stat().st_size / PEER_ROWS:.1f} bytes a row"


def size_of(folder: Path) -> int:
    """Bytes on disk of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def drop_cached(folder: Path) -> None:
    """Asks the kernel to forget a folder's pages, so that the first questions read from disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def run(folder: Path, count: int, waiting: int, asked: int) -> None:
    """Builds and asks; prints one line a figure."""
    with federation(folder, ("QM", "QS")) as world:
        node = world.nodes["QM"]
        took = fill(node, count, waiting)
        size = size_of(folder / "QM" / "register")
        print(f"rows {count:,}; disk {size / 1e9:.2f} GB ({size / count:.1f} bytes a row)", end="; ")
        print(f"for 100 million {size / count * 1e8 / 1e9:.2f} GB, limit {SIZE_LIMIT / 1e9:.2f} GB")
        print(f"build {took:.0f} s, {count / took:,.0f} rows a second")
        print(f"besides {waiting:,} rows that wait in the database, and 50 ranges of blanks", flush=True)
        draw, known = random.Random(SEED), count + waiting
        drop_cached(folder / "QM" / "register")
        for name, share in (("from disk, half there", 0.5), ("half there", 0.5), ("one in 10,000 there", 1e-4)):
            print(f"bulk, {name}: {ask(node, questions(draw, asked, known, share), known)}", flush=True)
        print(f"single, one in 10,000 there: {ask_singly(node, questions(draw, 5000, known, 1e-4))}", flush=True)
        print(
            f"peer, an index over {PEER_ROWS:,}: {peer(folder, register_key(node), questions(draw, asked, known, 0.5))}"
        )
        print(f"recall of one batch of {BATCHES:,}: {recall(node)}", flush=True)
        print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB, mapped pages included")


def main() -> None:
    """The command line."""
    read = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    read.add_argument("--rows", type=int, default=10_000_000)
    read.add_argument("--waiting", type=int, default=100_000)
    read.add_argument("--questions", type=int, default=200_000)
    read.add_argument("--dir", default=None, help="where the temporary folder is made; the system's, if left out")
    said = read.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="comity-documents-", dir=said.dir))
    try:
        run(folder, said.rows, said.waiting, said.questions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
