"""Readers under damaged genuine files: only our own errors, bounded time and memory, nothing half-loaded.

    python -m bench.fuzz [--seconds 60] [--seed 1] [--only paxlst]

Each round takes one input of one reader, damages it (cut, flipped, doubled, moved, spliced with another, filled with
separators, declared anew) and reads it. A reader must return or raise :class:`comity.errors.InputRefused` that names
the file and at least one defect; it must do so twice alike, since a reader that keeps nothing between calls can leave
nothing half-loaded. The slowest case per byte and the most memory are printed. A failing input is printed with its
seed, from which it is made again. Readers join by :func:`targets`.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from comity.errors import InputRefused
from comity.formats import FORMATS, Reading
from comity.formats.cusres import read_answer
from comity.formats.pnr_exchange import read_acknowledgement, read_request
from comity.model.entity import entity_defects

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
MOST = 300_000
"""Bytes of one damaged input: the size of the largest messages in the wild."""
MEMORY_EVERY = 37
"""One case of so many is watched for memory, which makes it slow."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: what it is called, how it is called, and genuine inputs for it."""

    name: str
    read: Callable[[str, bytes], object]
    originals: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class Result:
    """What came of a run: how many cases, how many were refused, what failed, the slowest, the most memory."""

    cases: int = 0
    refused: int = 0
    slowest: float = 0.0
    slowest_of: str = ""
    memory: int = 0
    failures: list[str] = field(default_factory=list)


def targets() -> tuple[Target, ...]:
    """Every reader of the registry with its example and the real files for it, and the readers of answers."""
    found = [Target(form.name, _reader(form.read), (*form.example.items(), *_real(form.name))) for form in FORMATS]
    answer = (
        b"UNB+UNOY:4+QM+AV+261122:0213+1'UNH+1+CUSRES:D:05B:UN:IATA+M1'BGM+963'ERP+2:segment 3'ERC+x'FTX+AAO+++No.'"
    )
    taken = (
        b"UNB+IATA:1+QM+AV+261122:0213+1'UNH+1+ACKRES:11:1:IA'MSG+:22+7'RCI+AV:1'ERC+118'IFT+3+x+segment 3+No.'UNT+6+1'"
    )
    asked = b"UNB+IATA:1+QM+AV+261122:0213+1'UNH+1+GOVREQ:11:1:IA'MSG+:43'ORG+QM'TVL+010826+ZRH+ARN+AV+210'UNT+5+1'"
    found.append(Target("cusres", read_answer, (("answer.edi", answer),)))
    found.append(Target("ackres", read_acknowledgement, (("ackres.edi", taken),)))
    found.append(Target("govreq", read_request, (("govreq.edi", asked),)))
    return tuple(found)


def _reader(read: Callable[[Mapping[str, bytes], datetime], object]) -> Callable[[str, bytes], object]:
    return lambda name, data: read({name: data}, NOW)


_REAL = {
    "paxlst": ("04_border/gtas", ("apis-*", "tamr-*")),
    "pnrgov": ("04_border/gtas", ("pnr-*",)),
    "pnrgov_xml": ("04_border/pnrgov_xml", ("*.xml",)),
    "un_sc": ("01_sanctions/un", ("*.xml.gz",)),
    "eu_journal": ("01_sanctions/eu_journal", ("*/*.csv",)),
    "us_bis": ("01_sanctions/us_bis", ("*.txt",)),
    "us_csl": ("01_sanctions/us_csl", ("*.csv",)),
    "table": ("01_sanctions/opensanctions_sources", ("*.csv",)),
    "ofac_sdn": ("01_sanctions", ("ofac_20*/sdn.csv*",)),
}


def _real(name: str) -> Iterator[tuple[str, bytes]]:
    folder, patterns = _REAL.get(name, ("", ()))
    for pattern in patterns:
        for path in sorted((DATA / folder).glob(pattern)):
            data = path.read_bytes()
            yield path.name.removesuffix(".gz"), gzip.decompress(data) if path.suffix == ".gz" else data


def damage(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """One to four things done to ``data``, each where it hurts."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 3, 30, 300, 3000)))
        match chance.randrange(9):
            case 0:
                data = data[:at]
            case 1 if at < len(data):
                data = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
            case 2:
                data = data[:at] + data[at:end] * chance.choice((2, 3, 200)) + data[end:]
            case 3:
                data = data[:at] + data[end:]
            case 4:
                data = data[:at] + bytes(chance.choice(b"'+:?\\*\n\r\x00\x1a<>/&\";,") for _ in range(9)) + data[at:]
            case 5:
                data = data[:at] + other[chance.randrange(len(other) + 1) :]
            case 6:
                data = b"UNA" + bytes(chance.choice(b":+.?*' $\\|\n\x1d") for _ in range(6)) + data.lstrip()
            case 7:
                data = data[:at] + chance.choice((b"?" * 5000, b"''" * 5000, b"<a>" * 500, b"+" * 20_000)) + data[at:]
            case _:
                data = data[:at] + str(chance.choice((0, -1, 10**9, 10**40))).encode() + data[end:]
    return data[:MOST]


def run(seconds: float, seed: int, only: str = "", *, stop_at: int = 5) -> Result:
    """Damages and reads until the time is over; stops after ``stop_at`` failures."""
    result = Result()
    chosen = [target for target in targets() if only in ("", target.name)]
    until = time.monotonic() + seconds
    while time.monotonic() < until and len(result.failures) < stop_at:
        case = f"{seed}:{result.cases}"
        chance = random.Random(case)
        target = chosen[result.cases % len(chosen)]
        name, data = chance.choice(target.originals)
        damaged = damage(chance, data, chance.choice(target.originals)[1])
        _try(result, target, name, damaged, case)
        result.cases += 1
    return result


def _try(result: Result, target: Target, name: str, data: bytes, case: str) -> None:
    watched = result.cases % MEMORY_EVERY == 0
    if watched:
        tracemalloc.start()
    start = time.perf_counter()
    first = _outcome(target, name, data)
    taken = time.perf_counter() - start
    if watched:
        result.memory = max(result.memory, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    elif taken > result.slowest:
        result.slowest, result.slowest_of = taken, f"{target.name} {case}, {len(data):,} bytes"
    if first.startswith("refused"):
        result.refused += 1
    if first.startswith("failed"):
        result.failures.append(f"{target.name} case {case}: {first}")
    elif result.cases % 5 == 0 and _outcome(target, name, data) != first:
        result.failures.append(f"{target.name} case {case}: a second reading differs")


def _outcome(target: Target, name: str, data: bytes) -> str:
    """What the reader did, in words that are equal for equal outcomes."""
    try:
        found = target.read(name, data)
        if isinstance(found, Reading) and any(len(entity_defects(tree)) > 0 for tree in found.entities):
            return "failed: an entity that the vocabulary refuses"
        return f"read {found!r}"
    except InputRefused as refused:
        if len(refused.defects) == 0:
            return "failed: refused without a defect"
        return f"refused {refused}"
    except Exception as error:
        return f"failed: {type(error).__name__}: {error}"


def main() -> None:
    """Prints what came of it; exit 1 if a reader failed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--only", default="")
    given = options.parse_args()
    result = run(given.seconds, given.seed, given.only)
    print(f"seed {given.seed}: {result.cases:,} cases, {result.refused:,} refused, {len(result.failures)} failed")
    print(f"slowest {result.slowest * 1000:.0f} ms ({result.slowest_of}); most memory {result.memory / 1e6:.0f} MB")
    for failure in result.failures:
        print(failure)
    sys.exit(1 if len(result.failures) > 0 else 0)


if __name__ == "__main__":
    main()
