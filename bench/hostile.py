"""What the worst names cost: ``python -m bench.hostile``, against the OFAC and UN lists, one process.

Each case is asked with a word of its own, so that nothing is answered from what was kept; beside it stand the names
of 2,000 innocents. Random text is drawn from all of Unicode and from the hostile corners of it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from bench.quality.lists import sdn, un
from bench.quality.tasks import latin_innocents

from comity.matching.names.likeness import name_of
from comity.matching.screening.index import Index
from comity.matching.subject import subject_of, subjects_of

CORNERS = "AaØßﷺ①Ⅷ'’-.&/ \u0301\u0489\u200b\u200d\u202e\u2066\u00ad\x00\ufeff\ue000ЯяіמمعيХ가龥习ァあกक👮0٣"
ROUNDS = 40


def cases() -> dict[str, Callable[[random.Random], str]]:
    """A maker of each kind of hostile name."""
    syllables = ("mo", "ha", "med", "al", "ra", "shi", "di", "zar", "ko", "vich", "un", "jo")
    common = ("MOHAMMED", "ALI", "HASSAN", "AHMED", "ABDUL", "KHAN", "MARIA", "JOSE", "KIM", "LI", "WANG", "IVANOV")
    arabic = ("محمد", "علي", "حسن", "أحمد", "عبد", "الله", "حسين", "إبراهيم", "خان")

    def word(chance: random.Random) -> str:
        return "".join(chance.choices(syllables, k=3))

    def zalgo(chance: random.Random) -> str:
        return "".join(
            char + "".join(chance.choices("\u0300\u0301\u0327\u0334\u0338", k=9)) for char in word(chance) * 5
        )

    return {
        "one letter": lambda chance: chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "500 tokens": lambda chance: " ".join(word(chance) for _ in range(500)),
        "500 initials": lambda chance: " ".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=500)),
        "32 of the commonest words": lambda chance: " ".join(chance.choices(common, k=32)),
        "32 of the commonest words in Arabic": lambda chance: " ".join(chance.choices(arabic, k=32)),
        "512 Han signs": lambda chance: "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(512)),
        "512 Hangul syllables": lambda chance: "".join(chr(chance.randrange(0xAC00, 0xD7A3)) for _ in range(512)),
        "10,000 letters": lambda chance: "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=10_000)),
        "zalgo": zalgo,
        "hostile corners": lambda chance: "".join(chance.choices(CORNERS, k=200)),
        "all of Unicode": lambda chance: "".join(chr(chance.randrange(0x20, 0xD7FF)) for _ in range(200)),
    }


def took(index: Index, names: Sequence[str]) -> list[float]:
    """Milliseconds of each name, made and screened, cold."""
    found = []
    for n, name in enumerate(names):
        name_of.cache_clear()
        start = time.perf_counter()
        index.screen(subject_of({"id": f"q{n}", "schema": "Person", "properties": {"name": [name]}}))
        found.append(1000 * (time.perf_counter() - start))
    return sorted(found)


def show(label: str, found: Sequence[float]) -> None:
    """Median, 99th of a hundred and the worst."""
    figures = f"p50 {found[len(found) // 2]:7.2f}  p99 {found[int(len(found) * 0.99)]:7.2f}  worst {found[-1]:7.2f} ms"
    print(f"{label:38} {figures}")


def main() -> None:
    """Prints each case beside ordinary names."""
    index = Index.build(subjects_of([*sdn(), *(one.tree(native=True) for one in un())]))
    innocents = latin_innocents()
    took(index, innocents[:200])
    chance = random.Random(23)
    for make in cases().values():
        took(index, [make(chance)])
    show("2,000 innocents", took(index, innocents))
    worst = 0.0
    for label, make in cases().items():
        found = took(index, [make(chance) for _ in range(ROUNDS)])
        worst = max(worst, found[-1])
        show(label, found)
    print(f"the worst name of all took {worst:.0f} ms")


if __name__ == "__main__":
    main()
