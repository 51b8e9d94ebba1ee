"""Which script a word is written in, and its letters folded to what two writers of that script agree on."""

from __future__ import annotations

import unicodedata
from functools import cache

LATIN, ARABIC, CYRILLIC, HEBREW, HANGUL, HAN, GREEK, OTHER = range(8)
"""Scripts as numbers; a token says which one it was written in."""
SCRIPTS = 8

_STARTS = (
    (ARABIC, 0x0600, 0x06FF),
    (ARABIC, 0x0750, 0x077F),
    (ARABIC, 0xFB50, 0xFDFF),
    (ARABIC, 0xFE70, 0xFEFE),
    (CYRILLIC, 0x0400, 0x052F),
    (HEBREW, 0x0590, 0x05FF),
    (HANGUL, 0xAC00, 0xD7A3),
    (HAN, 0x3400, 0x9FFF),
    (HAN, 0x20000, 0x3134F),
    (GREEK, 0x0370, 0x03FF),
    (GREEK, 0x1F00, 0x1FFF),
)

_ARABIC = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ۍ": "ي", "ئ": "ي", "ے": "ي"}
_ARABIC |= {
    "ک": "ك",
    "ګ": "گ",
    "ؤ": "و",
    "ۇ": "و",
    "ۆ": "و",
    "ة": "ه",
    "ۀ": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ە": "ه",
    "ں": "ن",
}
_ARABIC |= {
    "ٹ": "ت",
    "ټ": "ت",
    "ڈ": "د",
    "ډ": "د",
    "ړ": "ر",
    "ڑ": "ر",
    "ښ": "ش",
    "ږ": "ژ",
    "ځ": "ز",
    "څ": "س",
    "ڼ": "ن",
}
_ARABIC |= {"ء": "", "ـ": ""}
_CYRILLIC = {"ё": "е", "ґ": "г", "ў": "у", "і": "и", "ї": "и", "є": "е"}
_HEBREW = {"ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ"}
_FOLDS = {
    script: str.maketrans(table) for script, table in ((ARABIC, _ARABIC), (CYRILLIC, _CYRILLIC), (HEBREW, _HEBREW))
}


@cache
def script_of(char: str) -> int:
    """The script of one letter; Latin also for digits and marks, :data:`OTHER` for what has no number."""
    code = ord(char)
    if code < 0x0250 or 0x1E00 <= code < 0x1F00 or not char.isalpha():
        return LATIN
    return next((script for script, first, last in _STARTS if first <= code <= last), OTHER)


def fold(word: str, script: int) -> str:
    """``word`` in lower case without vowel marks, each letter in the form that its variants share."""
    plain = unicodedata.normalize("NFKC", word)
    if script in (ARABIC, HEBREW):
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    table = _FOLDS.get(script)
    return plain if table is None else plain.translate(table)
