"""How much it says that two names share a token: rare tokens say much, AL and COMPANY next to nothing.

The table is packaged, versioned public data (its header names the sources); holdings are never counted. Words of a
script that has a channel have that channel's background instead.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import cache

from comity.matching.names.channel import channel
from comity.matching.names.compounds import LIGHT
from comity.matching.names.script import HAN, HANGUL, LATIN
from comity.matching.names.words import FIRST_SYLLABLE, GENERIC, LEGAL_FORM, PARTICLE, PLAIN, TITLE, classes_of, role_of
from comity.model.packaged import packaged_text

TABLE = "frequency-3.tsv"
UNSEEN = 10.0
"""Rarity of a token that the table does not hold, in nats."""
GRADED = 0.8
USUAL_SPELLING = 20.0
LETTER_UNSEEN = 7.0
STEP = 0.04
"""How far the letters of an unseen word move its rarity at most, in nats; the surprise of seven usual letters; that of
a letter or digit that names do not have; how much of the letters' surprise counts for the word."""
OF_LETTERS = 0.8
"""A word cannot surprise more than its letters do; they are not independent, so it is a fifth less."""
USUAL_SYLLABLE = 10.0
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


@cache
def _letters() -> dict[str, float]:
    """Minus the log of each letter's share in names, as often as they are borne."""
    counted: Counter[str] = Counter()
    for token, rare in _table().items():
        for char in token:
            counted[char] += math.exp(-rare)  # type: ignore[assignment]
    total = sum(counted.values())
    return {char: -math.log(count / total) for char, count in counted.items()}


def spelling(text: str) -> float:
    """The summed surprise of a word's letters, in nats."""
    return sum(_letters().get(char, LETTER_UNSEEN) for char in text)


def unseen(spelled: float) -> float:
    """Rarity of a word that the table does not hold: the longer and the rarer its letters, the rarer."""
    return UNSEEN + max(-GRADED, min(GRADED, STEP * (spelled - USUAL_SPELLING)))


def rarity(text: str, native: str = "", script: int = LATIN, *, is_person: bool = True) -> float:
    """The weight of a word in nats, little above :data:`UNSEEN` at most. Legal forms and generic words weigh less only
    in names that are not a person's: Sad and Ko are names of persons too."""
    word = native if native != "" else text
    if word in LIGHT:
        return LIGHT[word]
    role = role_of(word)
    if is_person and role in (LEGAL_FORM, GENERIC):
        role = PLAIN
    if role in BY_ROLE:
        return BY_ROLE[role]
    model = channel(script)
    if model is not None:
        return min(model.surprisal(native), UNSEEN + 2.0)
    if script in (HAN, HANGUL):
        return SYLLABLE
    if len(text) == 1:
        return INITIAL
    spelled = spelling(text)
    counted = _table().get(text)
    found = unseen(spelled) if counted is None else counted + STEP / 8 * (spelled - USUAL_SPELLING)
    found = max(0.0, min(found, OF_LETTERS * spelled))
    if any(number >= FIRST_SYLLABLE for number in classes_of(text)):
        return min(found, ROMANISED_MOST + STEP * (spelled - USUAL_SYLLABLE))
    return min(found, GENERIC_MOST) if role == GENERIC else found
