"""Compound names of Arabic origin, cut the same way in Arabic and in Latin letters.

Abdul-X, Abd al X and Abdelx become ABD and X; Xuddin and X al-Din become X and DIN; Xullah becomes X and ALLAH.
The article is no token. Words with a Slavic ending are left whole, as they are in Cyrillic.
"""

from __future__ import annotations

import re

LIGHT = {"ABD": 0.4, "DIN": 0.4, "ALLAH": 0.4, "عبد": 0.4, "دين": 0.4, "الله": 0.4}
"""Rarity in nats of what these compounds share: half of all such names hold one of them."""

_ALLAH = re.compile(r"ABD[AEIOU]{1,2}LL?AH?")
_ABD = re.compile(r"ABD[AEIOU]{1,2}(?:L|([RSNZDT])(?=\1))?(.{4,})")
_ABD_ALONE = re.compile(r"ABD(?:[AEIOU]{1,2}[LRSNZDT]?|[EO])?")
_DIN = re.compile(r"(.{3,}?)(?:[AEOU]L?|[AEOU]D)D(?:IN|INE|EEN|EN|IEN|YN)")
_XALLAH = re.compile(r"(.{3,}?)[AEIOU]LL?AH")
_SLAVIC = re.compile(r".*(?:[OE]VA?|VICH|VNA|[OE]GLU|ZADEH?|KO|YAN)")
_DIN_ALONE = frozenset(("DIN", "DINE", "DEEN", "UDDIN", "EDDIN", "EDDINE", "ADDIN", "UDDEEN", "ALDIN", "ELDIN"))


def split_latin(word: str) -> tuple[str, ...]:
    """``word`` in ASCII capitals as the tokens it stands for."""
    if len(word) < 3:
        return (word,)
    if word in _DIN_ALONE:
        return ("DIN",)
    if word.startswith("ABD"):
        if _ABD_ALONE.fullmatch(word) is not None:
            return ("ABD",)
        if _ALLAH.fullmatch(word) is not None:
            return ("ABD", "ALLAH")
        found = _ABD.fullmatch(word)
        return (word,) if found is None or _SLAVIC.fullmatch(word) is not None else ("ABD", found.group(2))
    if len(word) < 6 or word[-1] not in "HNE":
        return (word,)
    for pattern, last in ((_DIN, "DIN"), (_XALLAH, "ALLAH")):
        found = pattern.fullmatch(word)
        if found is not None:
            return found.group(1), last
    return (word,)


def split_arabic(word: str) -> tuple[str, ...]:
    """A folded word in Arabic letters as the tokens it stands for."""
    if word in ("الله", "ال"):
        return (word,)
    if word.startswith("عبد") and len(word) > 5:
        rest = word[3:]
        return ("عبد", rest if rest == "الله" else _plain(rest))
    word = _plain(word)
    if word.endswith("الله") and len(word) > 5:
        return word[:-4], "الله"
    if word.endswith("الدين") and len(word) > 6:
        return word[:-5], "دين"
    return (word,)


def _plain(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 3 else word
