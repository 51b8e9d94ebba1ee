"""What is known of single words: the name classes they belong to, and the part they usually play in a name.

The table is packaged, versioned public data (its header names the sources), made by bench/weights_build.py.
"""

from __future__ import annotations

from functools import cache

from comity.model.packaged import packaged_text

TABLE = "words-3.tsv"
FIRST_SYLLABLE = 3 << 32
"""Classes from here on are Korean and Chinese syllables, whose romanisations overlap."""

PLAIN, GIVEN, FAMILY, MIDDLE, PATRONYMIC, PARTICLE, TITLE, LEGAL_FORM, GENERIC, NUMBER, INITIAL = range(11)
"""The parts a word may play in a name, as a token's tag."""
ROLES = {"particle": PARTICLE, "title": TITLE, "form": LEGAL_FORM, "generic": GENERIC}
"""How the table writes the parts that a word plays by itself, wherever it stands."""


@cache
def _table() -> dict[str, tuple[int, tuple[int, ...]]]:
    lines = packaged_text("comity.matching.names", TABLE).splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {word: (ROLES.get(role, PLAIN), tuple(map(int, ids.split()))) for word, role, ids in rows}


_NONE: tuple[int, tuple[int, ...]] = (PLAIN, ())


def classes_of(word: str) -> tuple[int, ...]:
    """The classes of a word: ASCII capitals, or folded letters of its own script."""
    return _table().get(word, _NONE)[1]


def role_of(word: str) -> int:
    """The part that a word plays by itself, :data:`PLAIN` for most."""
    return _table().get(word, _NONE)[0]
