"""Compiles every kernel once, so that nobody's first screening waits for it; run as a module by the set-up.

A small index over several scripts is built and asked; what is compiled for it is kept on disk until a source of
matching changes.
"""

from __future__ import annotations

from comity.matching.screening.index import Index
from comity.matching.subject import Subject, subject_of

NAMES = (
    "Ilka Jorun Varnholt",
    "Brenholm Trading and Shipping Ltd",
    "Весна Павловна Торханова",
    "سمير إدريس الخروف",
    "יונת בן צוריאל",
    "姚林生",
    "백도 민서",
    "अरुणेश देवरानी",
)


def warm() -> int:
    """Builds and asks; returns how many possible hits there were, which is more than none."""
    index = Index.build(_people("listed")).updated(_people("later")[:1], ("listed-1",))
    return sum(len(index.screen(one, threshold=0.5)) for one in _people("asked"))


def _people(word: str) -> list[Subject]:
    return [
        subject_of(
            {
                "id": f"{word}-{n}",
                "schema": "Person",
                "properties": {"name": [name], "birthDate": ["1984-07-23"], "passportNumber": [f"QM44719{n:02d}"]},
            }
        )
        for n, name in enumerate(NAMES)
    ]


if __name__ == "__main__":
    warm()
