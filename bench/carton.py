"""Cartons of 100 acts, one part of 18 statements each: packed, opened and verified, beside raw Ed25519.

    python -m bench.carton [--seconds 2] [--rounds 5]

Rounds are interleaved; speeds and shares are medians over the rounds, in acts per second on one core. The floor of the
receiver is one Ed25519 verification per act, of the sender nothing but one signature per carton.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from tests.exchange.world import NOW, Desk, ed, make_trust, pack, person_part, unpack

from comity.exchange.delivery import Delivery, verify_deliveries
from comity.exchange.envelope import OpenedEnvelope, Outgoing
from comity.exchange.signed import is_signed_by

BATCH = 100
TRUST = make_trust()


def main() -> None:
    """Prints one line per step, with its ratio to the raw verification of the same run."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--seconds", type=float, default=2.0)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    desk = Desk()
    deliveries = [desk.delivery(person_part()) for _ in range(BATCH)]
    outgoing = [Outgoing("act", "ordinary", n, delivery) for n, delivery in enumerate(deliveries, 1)]
    raw = pack(*outgoing, trust=TRUST)
    public = ed("agency QM").public_key()
    steps: dict[str, Callable[[], object]] = {
        "raw Ed25519 verify": lambda: [is_signed_by(public, d.signature, d.header) for d in deliveries],
        "pack carton": lambda: pack(*outgoing, trust=TRUST),
        "open carton": lambda: unpack(raw, trust=TRUST),
        "open + verify acts and parts": lambda: opened_and_verified(raw),
    }
    per_step = given.seconds / given.rounds
    speeds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(given.rounds):
        for name, step in steps.items():
            speeds[name].append(speed(step, per_step))
    report(speeds, len(raw))


def opened_and_verified(raw: bytes) -> int:
    """All of what the receiver does before it takes the writer; gives the number of good acts."""
    opened = unpack(raw, trust=TRUST)
    held = [e.content for e in opened.envelopes if isinstance(e, OpenedEnvelope) and isinstance(e.content, Delivery)]
    verified = verify_deliveries(held, TRUST, NOW)
    good = sum(isinstance(one, tuple) for one in verified)
    if good != BATCH:
        raise SystemExit(f"{good} of {BATCH} acts were good")
    return good


def speed(step: Callable[[], object], seconds: float) -> float:
    """Acts per second of ``step``, each call of which handles one batch."""
    step()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step()
        count += 1
    return count * BATCH / (time.perf_counter() - start)


def report(speeds: dict[str, list[float]], size: int) -> None:
    """The table."""
    floors = speeds["raw Ed25519 verify"]
    print(f"carton of {BATCH} acts: {size:,} bytes, {size / BATCH:,.0f} an act")
    for name, values in speeds.items():
        middle = statistics.median(values)
        share = statistics.median(value / floor for value, floor in zip(values, floors, strict=True))
        spread = f"{min(values):,.0f} to {max(values):,.0f}"
        print(f"{name:30} {middle:10,.0f} acts/s  ({spread})  {share:5.2f} of raw verify")


if __name__ == "__main__":
    main()
