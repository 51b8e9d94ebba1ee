"""Compound names, cut the same way however they are written: those of Arabic origin in Arabic and in Latin letters.

Abdul-X, Abd al X and Abdelx become ABD and X; Xuddin and X al-Din become X and DIN; Xullah becomes X and ALLAH.
Alireza becomes ALI and REZA, Gholamali GHOLAM and ALI, Vandenbroucke VAN, DEN and BROUCKE. The article is no token.
Words with a Slavic ending are left whole, as they are in Cyrillic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LIGHT = {"ABD": 0.4, "DIN": 0.4, "ALLAH": 0.4, "ABU": 1.0, "عبد": 0.4, "دين": 0.4, "الله": 0.4, "ابو": 1.0}
"""Rarity in nats of what these compounds share: half of all such names hold one of them."""

_ALLAH = re.compile(r"ABD[AEIOU]{1,2}LL?AH?")
_ABD = re.compile(r"ABD[AEIOU]{1,2}(?:L|([RSNZDT])(?=\1))?(.{4,})")
_ABD_ALONE = re.compile(r"ABD(?:[AEIOU]{1,2}[LRSNZDT]?|[EO])?")
_SLIPS = ("BADUL", "ADBUL", "ABUDL", "ABDLU")
"""ABDUL with two letters in a row exchanged: a slip within the part that a quarter of a list's names begin with."""
_DIN = re.compile(r"(.{3,}?)[AEOU]{1,2}[LD]?D(?:IN|INE|EEN|EN|IEN|YN)")
_RAHMAN = re.compile(r"(.{3,}?)[AEIOU]{1,2}R?(R[AE]HMAN)[EI]?")
_ABU = re.compile(r"AB(?:OU|U|O)L?(.{4,})")
_XALLAH = re.compile(r"(.{3,}?)[AEIOU]LL?AH")
_REZA = re.compile(r"(.{3,}?)(R[EI][ZD]H?A)")
_GHOLAM = re.compile(r"(?:GH?|Q)[UO]L[AE]M(.{3,})?")
_VANDEN = re.compile(r"(VAN|VON)(DE[NR])(.{5,})")
_SLAVIC = re.compile(r".*(?:[OE]VA?|VICH|VNA|[OE]GLU|ZADEH?|KO|YAN)")
_ABU_ALONE = frozenset(("ABU", "ABOU", "ABO", "ABI", "ABUL", "ABOUL"))
SUFFIXES = frozenset(("zada", "zade", "zadeh", "zadah", "zai", "oglu", "oghlu", "زاده", "زی"))
_DIN_ALONE = frozenset(("DIN", "DINE", "DEEN", "UDDIN", "EDDIN", "EDDINE", "ADDIN", "UDDEEN", "ALDIN", "ELDIN"))


def split_latin(word: str) -> tuple[str, ...]:
    """``word`` in ASCII capitals as the tokens it stands for."""
    if len(word) < 3:
        return (word,)
    if word in _DIN_ALONE:
        return ("DIN",)
    if word.startswith(_SLIPS):
        word = f"ABDUL{word[5:]}"
    if word.startswith("ABD"):
        if _ABD_ALONE.fullmatch(word) is not None:
            return ("ABD",)
        if _ALLAH.fullmatch(word) is not None:
            return ("ABD", "ALLAH")
        found = _ABD.fullmatch(word)
        return (word,) if found is None or _SLAVIC.fullmatch(word) is not None else ("ABD", found.group(2))
    if word.startswith("AB"):
        found = _ABU.fullmatch(word)
        if word in _ABU_ALONE or (found is not None and _SLAVIC.fullmatch(word) is None):
            return ("ABU",) if found is None else ("ABU", found.group(1))
    if word[0] == "V":
        found = _VANDEN.fullmatch(word)
        return (word,) if found is None else (found.group(1), found.group(2), found.group(3))
    if word[0] in "GQ":
        found = _GHOLAM.fullmatch(word)
        if found is not None and _SLAVIC.fullmatch(word) is None:
            return ("GHOLAM",) if found.group(1) is None else ("GHOLAM", *split_latin(found.group(1)))
    if len(word) >= 6 and word[-1] == "A":
        found = _REZA.fullmatch(word)
        return (word,) if found is None else (found.group(1), "REZA")
    if len(word) < 6 or word[-1] not in "HNEI":
        return (word,)
    for pattern, last in ((_DIN, "DIN"), (_XALLAH, "ALLAH"), (_RAHMAN, "RAHMAN")):
        found = pattern.fullmatch(word)
        if found is not None:
            return found.group(1), last
    return (word,)


def joined_suffixes(words: Sequence[str]) -> list[str]:
    """The words of a name in which a suffix that was written apart (zada, oglu) is part of the word before it."""
    found: list[str] = []
    for word in words:
        if word in SUFFIXES and len(found) > 0:
            found[-1] += word
        else:
            found.append(word)
    return found


def split_arabic(word: str) -> tuple[str, ...]:
    """A folded word in Arabic letters as the tokens it stands for."""
    if word in ("الله", "ال", "ابو", "ابي"):
        return ("ابو",) if word == "ابي" else (word,)
    if word.startswith("عبد") and len(word) > 5:
        rest = word[3:]
        return ("عبد", rest if rest == "الله" else _plain(rest))
    if word.startswith("ابو") and len(word) > 4:
        return "ابو", _plain(word[3:])
    if word.startswith("غلام") and len(word) > 6:
        return "غلام", *split_arabic(word[4:])
    word = _plain(word)
    if word.endswith("رضا") and len(word) > 5:
        return word[:-3], "رضا"
    if word.endswith("الله") and len(word) > 5:
        return word[:-4], "الله"
    if word.endswith("الدين") and len(word) > 6:
        return word[:-5], "دين"
    return (word,)


def _plain(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 3 else word
