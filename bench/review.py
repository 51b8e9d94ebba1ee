"""How long a reviewer waits for all findings of a request, beside reading the same matter without them.

The secretariat holds a week of an invented network and so many refused requests of other persons; printed are the
median and the slowest of the page with its automatic reading, and of the same page for an officer who gets none.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from tests.federation import Federation, federation, officer
from tests.node.test_notice import ask, reviewer, take

from comity.node.query import matter_page


def refused(world: Federation, n: int) -> None:
    """One more request that was refused, of a person of its own."""
    matter = ask(world, last_name=f"Sorensen{n:04d}", first_name=f"Mikkel {n}", passport=[f"XQ{n:07d}"])
    world.settle()
    examined = {"proposal": "refuse", "article": "rpd", "reasons": "Too little."}
    take(world, "QS", matter, "examination.examine", reviewer(1), **examined)
    take(world, "QS", matter, "review.refuse", reviewer(2), ground="rpd", reasons="Too little.")
    world.settle()


def seconds(world: Federation, who: object, matter: str) -> list[float]:
    """Ten looks at one matter."""
    found = []
    for _ in range(10):
        began = time.perf_counter()
        matter_page(world.nodes["QS"], who, matter, world.now)  # type: ignore[arg-type]
        found.append(time.perf_counter() - began)
    return found


def main() -> None:
    """Prints both lines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--refused", type=int, default=40)
    count = parser.parse_args().refused
    with tempfile.TemporaryDirectory() as folder, federation(Path(folder)) as world:
        for n in range(count):
            refused(world, n)
        matter = ask(world)
        world.settle()
        for name, who in (("with findings", reviewer(1)), ("without", officer("QS"))):
            some = seconds(world, who, matter)
            print(f"{name:14} median {statistics.median(some) * 1e3:7.1f} ms, slowest {max(some) * 1e3:7.1f} ms")
    print(f"The secretariat held {count} refused requests; the limit that the page is built for is 1,000 ms.")


if __name__ == "__main__":
    main()
