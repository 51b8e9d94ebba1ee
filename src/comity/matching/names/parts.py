"""Which part each token plays in its name: given, family, patronymic, particle, title, legal form, generic word.

By the word itself where the word says it, else by its ending and its place: given names come first and family names
last; after *bin* stands the father. What is left over at the end of a comparison costs more
or less by these parts.
"""

from __future__ import annotations

import re
from functools import lru_cache

from comity.matching.names.tokens import PERSON, Token
from comity.matching.names.words import (
    FAMILY,
    GIVEN,
    INITIAL,
    LEGAL_FORM,
    MIDDLE,
    NUMBER,
    PARTICLE,
    PATRONYMIC,
    PLAIN,
    TITLE,
    role_of,
)

_PATRONYMIC = re.compile(r".{3,}(?:OVI[CT]?CH|EVI[CT]?CH|OVYCH|YOVYCH|OVNA|EVNA|IVNA|YIVNA|ICHNA|OVITCH|EVITCH)")
_ENDINGS = ("CH", "NA")
DESCENT = frozenset(("BIN", "IBN", "BINT", "BEN", "OULD", "WULD", "WALAD", "بن", "ابن", "بنت", "ولد"))
"""Words before the name of the father."""
_ROMAN = re.compile(r"(?=[IVX]{2,})X{0,2}(?:IX|IV|V?I{0,3})")


@lru_cache(maxsize=1 << 16)
def _word_role(text: str, native: str, is_person: bool) -> int:
    role = role_of(native if native != "" else text)
    if role == LEGAL_FORM and is_person:
        return PLAIN
    if role != PLAIN and (is_person is False or role in (PARTICLE, TITLE)):
        return PLAIN if role == TITLE and not is_person else role
    if text.isdigit() or (not is_person and _ROMAN.fullmatch(text) is not None):
        return NUMBER
    if len(text) == 1 and is_person:
        return INITIAL
    if is_person and text.endswith(_ENDINGS) and _PATRONYMIC.fullmatch(text) is not None:
        return PATRONYMIC
    return PLAIN


def tags_of(tokens: tuple[Token, ...], kind: int) -> tuple[int, ...]:
    """The tag of each token in its place."""
    is_person = kind == PERSON
    tags = [_word_role(token.text, token.native, is_person) for token in tokens]
    if is_person:
        plain = [n for n, tag in enumerate(tags) if tag == PLAIN]
        for place, n in enumerate(plain):
            tags[n] = FAMILY if place == len(plain) - 1 and place > 0 else GIVEN if place == 0 else MIDDLE
        for n in plain[1:-1]:
            before = tokens[n - 1]
            if (before.native or before.text) in DESCENT:
                tags[n] = PATRONYMIC
    return tuple(tags)
