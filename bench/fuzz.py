"""Damages genuine lists and reads them: only our own errors may come out, in bounded time and memory.

    COMITY_DATA=… python -m bench.fuzz --minutes 60 [--seed 1] [--reader un_sc]

Each case is one file with one to six things done to it: bits flipped, pieces cut, swapped, doubled, repeated many
thousand times, markup or digits put in. A case that ends in any other error, gives a defect without a rule or an
entity that the vocabulary refuses, or takes too long or too much, is written out with its seed.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from comity.errors import InputRefused
from comity.formats import format_named
from comity.model.entity import entity_defects

NOW = datetime(2026, 11, 22, tzinfo=UTC)
READERS = ("ofac_sdn", "ofac_advanced", "un_sc", "eu_fsf", "eu_journal", "us_bis", "us_csl", "table")
LARGEST = 1 << 20
"""Bytes of a case, before something in it is repeated."""
SLOWEST = 60.0
"""Seconds for one case, on a machine that does other work; half a megabyte is read in less than one."""
MEMORY = 3 << 30
"""Bytes that the whole process may ever have held."""
MARKUP = (b"<", b">", b"&", b"&lt;", b"<a>", b"</a>", b"<!DOCTYPE x>", b"]]>", b'"', b",", b";", b"\t", b"\n", b"\x00")
SPICE = (*MARKUP, b"\xff", b"\xef\xbb\xbf", b"\x1a", b"-0-", b"(a) ", b"9" * 300, b"(" * 500, "\u202e٣".encode())


@dataclass(slots=True)
class Outcome:
    """What came of the cases, by reader: read, refused, and those that broke a promise (in words)."""

    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0


@cache
def originals(data: Path | None) -> tuple[tuple[str, str, bytes], ...]:
    """(reader, file name, bytes) of every example and, where there is data, of every genuine list."""
    found = [(name, file, raw) for name in READERS for file, raw in format_named(name).example.items()]
    if data is not None:
        found += _genuine(data / "01_sanctions")
    return tuple(found)


def _genuine(lists: Path) -> Iterator[tuple[str, str, bytes]]:
    places = {
        "un_sc": "un/*.xml.gz",
        "eu_journal": "eu_journal/*/*.csv",
        "us_bis": "us_bis/*.txt",
        "us_csl": "us_csl/*.csv",
        "table": "opensanctions_sources/*.csv",
        "ofac_sdn": "ofac_20*/*.csv*",
    }
    for reader, pattern in places.items():
        for path in sorted(lists.glob(pattern)):
            raw = path.read_bytes()
            yield reader, path.name.removesuffix(".gz"), gzip.decompress(raw) if path.suffix == ".gz" else raw


def damaged(raw: bytes, luck: random.Random) -> bytes:
    """One to six things done to a piece of a file of random size."""
    data = raw[: luck.choice((2_000, 20_000, 200_000, LARGEST))]
    for _ in range(luck.randint(1, 6)):
        at = luck.randrange(len(data) + 1)
        end = min(len(data), at + luck.choice((1, 8, 80, 800, 8000)))
        kind = luck.choice(("flip", "cut", "drop", "swap", "double", "repeat", "spice", "digit"))
        if kind == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ (1 << luck.randrange(8))]) + data[at + 1 :]
        elif kind == "cut":
            data = data[:at]
        elif kind == "drop":
            data = data[:at] + data[end:]
        elif kind == "swap":
            data = data[:at] + data[end : 2 * end - at] + data[at:end] + data[2 * end - at :]
        elif kind == "double":
            data = data[:end] + data[at:]
        elif kind == "repeat":
            piece = data[at : at + luck.choice((1, 5, 50))]
            data = data[:at] + piece * luck.choice((100, 10_000)) + data[at:]
        elif kind == "spice":
            data = data[:at] + luck.choice(SPICE) * luck.choice((1, 1, 1, 1000)) + data[at:]
        elif kind == "digit":
            data = data[:at] + data[at:end].translate(bytes.maketrans(b"0123456789", b"9876543210")) + data[end:]
    return data


def one_case(seed: int, data: Path | None, outcome: Outcome, reader: str = "") -> None:
    """The case of one seed: the same one each time."""
    luck = random.Random(seed)
    choice = [one for one in originals(data) if reader in ("", one[0])]
    name, file, raw = luck.choice(choice)
    case = damaged(raw, luck)
    start = time.perf_counter()
    try:
        reading = format_named(name).read({file: case}, NOW)
        outcome.read[name] += 1
        if any(len(entity_defects(tree)) > 0 for tree in reading.entities):
            outcome.broken.append(f"seed {seed} ({name}): an entity that the vocabulary refuses")
    except InputRefused as refused:
        outcome.refused[name] += 1
        if len(refused.defects) == 0 or any(one.rule == "" or one.remedy == "" for one in refused.defects):
            outcome.broken.append(f"seed {seed} ({name}): refused without a defect, a rule or a remedy")
    except Exception as error:
        outcome.broken.append(f"seed {seed} ({name}): {type(error).__name__}: {str(error)[:200]}")
    took = time.perf_counter() - start
    outcome.slowest = max(outcome.slowest, took)
    if took > SLOWEST:
        outcome.broken.append(f"seed {seed} ({name}): {took:.0f} s for {len(case):,} bytes")


def peak() -> int:
    """Bytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Fuzzes for the minutes given and ends with 1 if any promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", choices=READERS, default="")
    asked = parser.parse_args()
    data = Path(os.environ["COMITY_DATA"]) if "COMITY_DATA" in os.environ else None
    outcome, seed, until = Outcome(), asked.seed, time.monotonic() + asked.minutes * 60
    while time.monotonic() < until:
        one_case(seed, data, outcome, asked.reader)
        seed += 1
    for name in READERS:
        sys.stdout.write(f"{name:14} read {outcome.read[name]:6}  refused {outcome.refused[name]:6}\n")
    sys.stdout.write(f"{seed - asked.seed} cases, slowest {outcome.slowest:.2f} s, peak {peak() / 1e6:.0f} MB\n")
    for line in outcome.broken:
        sys.stdout.write(f"BROKEN {line}\n")
    sys.exit(1 if len(outcome.broken) > 0 or peak() > MEMORY else 0)


if __name__ == "__main__":
    main()
