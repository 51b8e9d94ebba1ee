"""A name's tokens: ASCII capitals, transliterated once per text, each with its rarity and the classes it is in.

A token says nothing about its place in a name, so it is made once per word. The letters of its own script are kept
for the cross-script channel. Compound names of Arabic origin are cut alike in both scripts
(:mod:`comity.matching.names.compounds`). Numbers are millinats (1000 = 1 nat), so that sums have one value.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache

from normality import ascii_text
from rigour.names import replace_org_types_compare

from comity.matching.names.compounds import joined_suffixes, split_arabic, split_latin
from comity.matching.names.rarity import rarity
from comity.matching.names.script import ARABIC, HAN, HANGUL, LATIN, OTHER, fold, script_of
from comity.matching.names.words import FIRST_SYLLABLE, classes_of

PERSON, ORGANISATION, OBJECT = range(3)
"""What a name is of; it decides how words are read: initials in a person's name, legal forms in a company's."""
MAX_NAME = 512
"""Characters; longer names are cut, for no register has them and alignment is quadratic."""
MAX_TOKENS = 32
MAX_LETTERS = 48
WEAK_CLASS = 1 << 32
"""Classes from here on are folded spellings, which say less than a class of name forms."""


Word = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Token:
    """One word: ``text`` in ASCII capitals and digits, ``native`` in its own script (empty for Latin).

    ``weight`` is its rarity, ``classes`` the name classes it belongs to.
    """

    text: str
    native: str = ""
    script: int = LATIN
    weight: int = 0
    classes: tuple[int, ...] = ()

    def __hash__(self) -> int:
        return hash(self.text)


class _Separating(dict[int, str]):
    """What each character becomes: itself, nothing (apostrophes, joiners, bidirectional marks), or a blank."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kind = unicodedata.category(char)
        is_dropped = kind == "Cf" or char in "'’‘`´ʼʻʾʿ′ˈ\"“”„«»"
        put = char if kind[0] in "LMN" else "" if is_dropped else " "
        self[code] = put
        return put


_SEPARATING = _Separating({ord(char): "" for char in "ʼʻʾʿˈـ"})
_INITIALS = re.compile(r"\b(\w)\.(?=\w\b)")


def tokens_of(text: str, kind: int = PERSON) -> tuple[Token, ...]:
    """The tokens of a name in any script, in their order; at most :data:`MAX_TOKENS`."""
    return tokens_and_joined(text, kind)[0]


def joined_of(text: str, kind: int = PERSON) -> str:
    """The name in ASCII capitals without spaces, its compounds not cut."""
    return tokens_and_joined(text, kind)[1]


def tokens_and_joined(text: str, kind: int = PERSON) -> tuple[tuple[Token, ...], str]:
    """As :func:`tokens_of` and :func:`joined_of`, the name read once."""
    is_person = kind == PERSON
    tokens: list[Token] = []
    joined = ""
    for part in _parts(text, kind):
        held, latin = _part(part, is_person)
        tokens += held
        joined += latin
    return tuple(tokens[:MAX_TOKENS]), joined[: MAX_LETTERS * 2]


@lru_cache(maxsize=1 << 17)
def _part(part: str, is_person: bool) -> tuple[tuple[Token, ...], str]:
    return tuple(_token(*word, is_person) for word in _words(part)), "".join(_ascii(part))


def words_of(text: str, kind: int = PERSON) -> tuple[Word, ...]:
    """The words that tokens are made of: ASCII capitals, letters of the own script (empty for Latin), script."""
    return tuple(word for part in _parts(text, kind) for word in _words(part))[:MAX_TOKENS]


def _parts(text: str, kind: int) -> list[str]:
    plain = unicodedata.normalize("NFKC", text[:MAX_NAME]).casefold()
    if kind != PERSON:
        plain = replace_org_types_compare(_INITIALS.sub(r"\1", plain).replace("&", " and ")).casefold()
    return joined_suffixes(plain.translate(_SEPARATING).split())


def _words(part: str) -> tuple[Word, ...]:
    script = next((script_of(char) for char in part if char.isalpha()), LATIN)
    if script == LATIN:
        return tuple((word, "", LATIN) for latin in _ascii(part) for word in split_latin(latin[:MAX_LETTERS]))
    if script in (HAN, HANGUL):
        return tuple((word, char, script) for char in part[:MAX_LETTERS] for word in _ascii(char))
    native = fold(part, script)[:MAX_LETTERS]
    words = split_arabic(native) if script == ARABIC else (native,)
    written = [("".join(_ascii(word))[:MAX_LETTERS], word) for word in words]
    return tuple((latin, word, script) for latin, word in written if latin != "")


@lru_cache(maxsize=1 << 10)
def _ascii(part: str) -> tuple[str, ...]:
    latin = tuple("".join(char if char.isalnum() else " " for char in (ascii_text(part) or "").upper()).split())
    return latin if len(latin) > 0 else _by_names(part)


def _by_names(part: str) -> tuple[str, ...]:
    """What the names of its letters begin with, for a word of a script without a transliteration (Khmer, N'Ko, ...)."""
    named = [unicodedata.name(char, "").rpartition(" ")[2] for char in part if unicodedata.category(char)[0] == "L"]
    latin = "".join(name[0] for name in named if name[:1].isascii() and name[:1].isalpha())
    return (latin,) if latin != "" else ()


@lru_cache(maxsize=1 << 16)
def _token(text: str, native: str, script: int, is_person: bool) -> Token:
    classes = {*classes_of(native if native != "" else text)}
    if script == HAN:
        classes.update(classes_of(f"~{text}"))
    spelled = {folded_spelling(text), single_letters(text), *other_spellings(text)}
    if script == OTHER and text.endswith("U"):  # kana end in a vowel where the name they write does not
        spelled.add(folded_spelling(text[:-1]))
    classes.update(WEAK_CLASS + zlib.crc32(one.encode("ascii")) for one in spelled if one != "")
    weight = round(1000 * rarity(text, native, script, is_person=is_person))
    return Token(text, native, script, weight, tuple(sorted(classes)))


_NUMBER = re.compile(r"[0-9]+|[IVX]+")


def is_whole(token: Token) -> bool:
    """Whether a letter more or less makes another word of a token: a syllable of a Chinese or Korean name, a number."""
    return _NUMBER.fullmatch(token.text) is not None or any(one >= FIRST_SYLLABLE for one in token.classes)


_FOLDED = (
    ("TCH", "C"), ("SCH", "X"), ("SH", "X"), ("CH", "C"), ("PH", "F"), ("KH", "K"), ("GH", "G"), ("DH", "D"),
    ("TH", "T"), ("DJ", "J"), ("DZH", "J"), ("ZH", "J"), ("OU", "U"), ("OO", "U"), ("EE", "I"), ("CK", "K"),
    ("QU", "K"), ("Q", "K"), ("W", "V"), ("Y", "I"), ("O", "U"), ("E", "A"),
)  # fmt: skip


_OTHERWISE = (("Q", "G"), ("CH", "KH"), ("TSCH", "CH"))
"""Letters that stand for another sound in another country: Persian Q is Arabic GH, German and Polish CH is KH, German
TSCH is CH."""
OTHERWISE_LEAST = 6


def other_spellings(text: str) -> tuple[str, ...]:
    """The rough spellings of a word of six letters or more as another country reads its letters."""
    if len(text) < OTHERWISE_LEAST:
        return ()
    return tuple(folded_spelling(text.replace(written, put)) for written, put in _OTHERWISE if written in text)


def single_letters(text: str) -> str:
    """The word with doubled letters single, marked as such; empty for numbers and single letters."""
    single = "".join(char for n, char in enumerate(text) if n == 0 or char != text[n - 1])
    return f"={single}" if len(single) > 1 and text.isalpha() else ""


def folded_spelling(text: str) -> str:
    """The rough spelling that usual ways of writing one name share; empty for short words and numbers."""
    if len(text) < 5 or not text.isalpha():
        return ""
    for written, put in _FOLDED:
        text = text.replace(written, put)
    folded = "".join(char for n, char in enumerate(text) if n == 0 or char != text[n - 1])
    return folded if len(folded) >= 4 else ""
