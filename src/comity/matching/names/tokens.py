"""A name's tokens: ASCII capitals, transliterated once per text, with the name classes each token belongs to.

Name classes are Wikidata's: MOHAMMED, Muhammad and محمد share some. They are packaged, since the library
that holds them all takes seconds to start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from normality import ascii_text
from rigour.names import tokenize_name

from comity.matching.names.rarity import rarity
from comity.model.packaged import packaged_text

CLASSES = "classes-1.tsv"
MAX_NAME = 512
"""Characters; longer names are cut, for no register has them and alignment is quadratic."""
MAX_TOKEN = 48


@dataclass(frozen=True, slots=True)
class Token:
    """One token: ``text`` in ASCII capitals and digits, ``classes`` the ids of its name classes."""

    text: str
    native: str = ""
    script: int = 0
    weight: int = 0
    classes: tuple[int, ...] = ()
    keys: tuple[int, ...] = ()


@lru_cache(maxsize=1 << 18)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a name in any script, in their order."""
    return tuple(token for part in tokenize_name(text[:MAX_NAME].casefold()) for token in _tokens(part))


@lru_cache(maxsize=1 << 18)
def _tokens(part: str) -> tuple[Token, ...]:
    latin = "".join(char if char.isalnum() else " " for char in (ascii_text(part) or "").upper()).split()
    if len(latin) == 1:
        return (_token(latin[0], _classes().get(part, ())),)
    return tuple(_token(word) for word in latin)


def _token(text: str, classes: tuple[int, ...] = ()) -> Token:
    return Token(text[:MAX_TOKEN], weight=round(1000 * rarity(text[:MAX_TOKEN])), classes=classes)


@cache
def _classes() -> dict[str, tuple[int, ...]]:
    lines = packaged_text("comity.matching.names", CLASSES).splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return {token: tuple(sorted(int(one.lstrip("NQ")) for one in ids.split())) for token, ids in pairs}
