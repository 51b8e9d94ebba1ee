"""How much it says that two names share a token: rare tokens say much, AL and COMPANY next to nothing.

The table is packaged, versioned public data (its header names the sources); holdings are never counted. Words of a
script that has a channel have that channel's background instead.
"""

from __future__ import annotations

from functools import cache

from comity.matching.names.channel import channel
from comity.matching.names.compounds import LIGHT
from comity.matching.names.script import HAN, HANGUL, LATIN
from comity.matching.names.words import FIRST_SYLLABLE, GENERIC, LEGAL_FORM, PARTICLE, TITLE, classes_of, role_of
from comity.model.packaged import packaged_text

TABLE = "frequency-2.tsv"
UNSEEN = 10.0
"""Rarity of a token that the table does not hold, in nats."""
A_LETTER = 2.3
"""Most that a letter of a word can surprise: what names need for a letter when all their letters are independent."""
INITIAL = 1.5
"""Rarity of a single letter, which is a whole name in few languages: about half the surprise of one letter in 26."""
BY_ROLE = {PARTICLE: 0.1, TITLE: 0.2, LEGAL_FORM: 0.3}
"""Most that a word is worth that joins, addresses or names a legal form."""
GENERIC_MOST = 5.0
SYLLABLE = 4.0
"""Rarity of a Chinese or Korean syllable in its own script: some 400 readings and 150 syllables, unevenly used."""
ROMANISED_MOST = 6.0
"""Most that a word is worth in Latin letters that may be such a syllable."""


@cache
def _table() -> dict[str, float]:
    lines = packaged_text("comity.matching.names", TABLE).splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return {token: float(rarity) for token, rarity in pairs}


def rarity(text: str, native: str = "", script: int = LATIN) -> float:
    """The weight of a word in nats, at most :data:`UNSEEN`."""
    word = native if native != "" else text
    if word in LIGHT:
        return LIGHT[word]
    role = role_of(word)
    if role in BY_ROLE:
        return BY_ROLE[role]
    model = channel(script)
    if model is not None:
        return min(model.surprisal(native), UNSEEN + 2.0)
    if script in (HAN, HANGUL):
        return SYLLABLE
    if len(text) == 1:
        return INITIAL
    found = min(_table().get(text, UNSEEN), UNSEEN, A_LETTER * len(text))
    if any(number >= FIRST_SYLLABLE for number in classes_of(text)):
        return min(found, ROMANISED_MOST)
    return min(found, GENERIC_MOST) if role == GENERIC else found
