"""Carriers' messages beside a plain parse of the same bytes by pydifact: tokenizer, passenger list, bookings.

    python -m bench.messages [--travellers 400] [--rounds 5]

Rounds are interleaved; figures are medians over the rounds. Peer and own run in one process on one core; the ratio to
look at is the peer's time by ours, which for manifests should be 0.33 or more.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime

from pydifact.segmentcollection import RawSegmentCollection

from comity.formats import paxlst, pnrgov
from comity.formats.edifact import segments

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def main() -> None:
    """Prints one line for each reader, with its ratio to the peer in the same round."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--travellers", type=int, default=400)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    warnings.simplefilter("ignore")  # the peer tells of directories that it has no tables for
    for name, data, read in (
        ("passenger list", passenger_list(given.travellers), paxlst.read),
        ("bookings", bookings(given.travellers), pnrgov.read),
    ):
        steps: dict[str, Callable[[], object]] = {
            "pydifact": lambda data=data: list(RawSegmentCollection.from_str(data.decode()).segments),
            "segments": lambda data=data: segments("f", data),
            "read whole": lambda data=data, read=read: read({"f": data}, NOW),
        }
        report(name, len(data), steps, given.rounds)


def report(name: str, size: int, steps: dict[str, Callable[[], object]], rounds: int) -> None:
    """The lines of one message."""
    times: dict[str, list[float]] = {step: [] for step in steps}
    for _ in range(rounds):
        for step, run in steps.items():
            start = time.perf_counter()
            run()
            times[step].append(time.perf_counter() - start)
    print(f"{name}, {size:,} bytes")
    for step, found in times.items():
        ratio = statistics.median(peer / own for peer, own in zip(times["pydifact"], found, strict=True))
        middle = statistics.median(found)
        print(f"  {step:12} {middle * 1000:9.1f} ms  {size / middle / 1e6:7.2f} MB/s  {ratio:6.2f} of pydifact's speed")


def passenger_list(travellers: int) -> bytes:
    """A list in the shape of the real ones, with a release character here and there as real names need it."""
    head = (
        "UNA:+.? '\nUNB+UNOA:4+AV+QM+260801:0600+77++APIS'\nUNH+M1+PAXLST:D:02B:UN:IATA'\nBGM+745'\nNAD+MS+++DUTY'\n"
        "TDT+20+AV210+++AV'\nLOC+125+ZRH'\nDTM+189:2608010900:201'\nLOC+87+ARN'\nDTM+232:2608011130:201'\n"
    )
    each = "".join(
        f"NAD+FL+++FAMILY{n % 97}{'O?' + chr(39) if n % 20 == 0 else ''}NAME:GIVEN{n}:M'\n"
        f"ATT+2++F'\nDTM+329:7103{n % 28 + 1:02}'\n"
        f"MEA+CT++1'\nFTX+BAG+++26{n:05}'\nLOC+178+ZRH'\nLOC+179+ARN'\nLOC+174+CHE'\nNAT+2+CHE'\nRFF+AVF:7F5F{n:03}'\n"
        f"DOC+P+A{n:07}'\nDTM+36:310101'\nLOC+91+CHE'\n"
        for n in range(travellers)
    )
    return f"{head}{each}CNT+42:{travellers}'\nUNT+{10 + 13 * travellers}+M1'\nUNZ+1+77'\n".encode()


def bookings(travellers: int) -> bytes:
    """A push of bookings of two travellers each."""
    head = (
        "UNA:+.? '\nUNB+IATA:1+AV+QM+260801:0600+9'\nUNH+1+PNRGOV:11:1:IA+AV210/010826/0900'\nMSG+:22'\nORG+AV:ZRH'\n"
        f"TVL+010826:0900:010826:1130+ZRH+ARN+AV+210'\nEQN+{travellers // 2}'\n"
    )
    person = (
        "TIF+FAMILY{n}:I+GIVEN{n} MR:A:{m}'\nFTI+AV:{n:07}'\nIFT+4:28::YY+CTCE GIVEN.{n}//MAIL.COM'\nREF+:{n:08}'\n"
        "SSR+DOCS:HK:1:AV:::::/P/CHE/A{n:07}/CHE/12MAR71/M/01JAN31/FAMILY{n}/GIVEN{n}+::{m}'\nTKT+12345{n:08}:T:1'\n"
        "MON+B:94.34:GBP+T:100.00:GBP'\nTXD++0.57:::AY6+0.85:::YQ'\nFOP+CC::100.00:VI:XXXXXXXXXXXX2786:1020'\n"
    )
    each = "".join(
        f"SRC'\nRCI+AV:Q{n:05}::200726:1015'\nDAT+700:310726:0800'\n"
        "ADD++702:1 HIGH STREET:TOWN:::CH:8000:0041443332211'\n"
        + person.format(n=2 * n, m=1)
        + person.format(n=2 * n + 1, m=2)
        + "TVL+010826:0900:010826:1130+ZRH+ARN+AV+210:Y'\nRPI+2+HK'\nSSR+SEAT:HK:2:AV:::ZRH:ARN+12A::1+12B::2'\n"
        for n in range(travellers // 2)
    )
    return f"{head}{each}UNT+0+1'\nUNZ+1+9'\n".encode()


if __name__ == "__main__":
    main()
