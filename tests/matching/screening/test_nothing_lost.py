"""Ten thousand queries over all scripts: retrieval finds what comparing every name finds, and no word is passed over.

Comparing all in plain Python would take hours, so it is shown in two steps: what a token of the list reaches is what
the plain function of two tokens says (thousands of tokens), and the names found are those that the compiled
comparison, which other tests hold to the plain one to the last bit, finds when it is given every name.
"""

from __future__ import annotations

import random
from functools import cache

import numpy as np
from numpy.typing import NDArray
from tests.matching.screening.test_exactness import CHANGES, SCRIPTS, changed, order, person

from comity.matching.compiled import compiled
from comity.matching.names.channel import channel
from comity.matching.names.likeness import FIRST_LETTER, Name, pair
from comity.matching.names.parameters import parameters
from comity.matching.names.script import ARABIC, CYRILLIC, HEBREW
from comity.matching.names.tokens import Token
from comity.matching.screening.aligning import NEVER, compare
from comity.matching.screening.index import Index
from comity.matching.screening.retrieval import _asked, _clear_heads, _set_heads, _with_entries
from comity.matching.screening.segment import Least, Segment, _Scratch

QUERIES = 10_000
LISTED = 2_500
TOKENS = 500
LATIN = ("MARIA", "ALEXANDER", "KHALID", "SHIRAZI", "BO", "KAROLY", "TSERETELI", "OUSMANE", "MCDONALD", "YU", "SCHWARZ")


@cache
def words() -> dict[str, list[str]]:
    """Words by script: those of the other tests, what the channels were trained on, and Latin ones made of parts."""
    found = {script: list(held) for script, held in SCRIPTS.items()}
    for script, name in ((ARABIC, "arabic"), (CYRILLIC, "cyrillic"), (HEBREW, "hebrew")):
        model = channel(script)
        assert model is not None
        found[name] += [word for word in sorted(model.counted) if len(word) > 1][::97][:400]
    chance = random.Random(5)
    halves = [word[: len(word) // 2] for word in LATIN] + [word[len(word) // 2 :] for word in LATIN]
    found["latin"] += [*LATIN, *("".join(chance.choices(halves, k=2)) for _ in range(400))]
    found["han"] += [chr(code) for code in range(0x674E, 0x674E + 60)]
    found["hangul"] += [chr(code) for code in range(0xAC00, 0xAC00 + 28 * 60, 28)]
    return found


def texts(count: int, seed: int) -> list[str]:
    """Names of one to four words, some of two scripts, changed in all the ways of the other tests."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        script = chance.choice(sorted(words()))
        some = chance.choices(words()[script], k=chance.choice((1, 2, 2, 3, 3, 4)))
        if chance.random() < 0.1:
            some[-1] = chance.choice(words()[chance.choice(sorted(words()))])
        made.append(changed(" ".join(some), chance.choice(CHANGES), chance.randrange(40)))
    return made


@cache
def listed() -> Index:
    return Index.build(person(f"e{n:05d}", text) for n, text in enumerate(texts(LISTED, 1)))


@compiled
def _compared(tokens, names, joined, numbers, asked, desk, room, least):  # type: ignore[no-untyped-def]
    found = np.empty(len(names.weights))
    for name in range(len(found)):
        found[name] = compare(tokens, names, joined, numbers, asked, desk, room, name, least)
    return found


def every_name(segment: Segment, scratch: _Scratch, name: Name, least: float) -> NDArray[np.float64]:
    """The evidence of ``name`` with every name of the list."""
    codes, joined, table = segment._asked(name, scratch)
    asked = _asked(codes, joined, table, name.is_weak, scratch.rows)
    desk = _with_entries(asked, scratch.desk)
    _set_heads(asked, desk)
    columns = scratch.tokens, scratch.names, scratch.joined, scratch.numbers
    found: NDArray[np.float64] = _compared(*columns, asked, desk, scratch.room, least)
    _clear_heads(asked, desk)
    return found


def test_ten_thousand_queries_in_all_scripts_find_what_comparing_every_name_finds() -> None:
    segment = listed().segments[0]
    scratch = _Scratch.of(segment.columns)
    other = Segment(segment.columns)
    owners = segment.columns.names.owners
    lost = []
    for number, text in enumerate(texts(QUERIES, 2)):
        query = person("q", text)
        least = (parameters().least, 0.0, 0.8)[number % 3]
        for name in query.names:
            compared = every_name(other, scratch, name, least)
            best = {int(owners[n]): float(compared[n]) for n in np.nonzero(compared != NEVER)[0]}
            found = segment.possible(query, [name], Least(least, -np.inf, 0.0, 0.0, 0.0))
            if dict(zip(found.owners.tolist(), found.bounds.tolist(), strict=True)) != best:
                lost.append(text)
    assert lost == []


def test_what_thousands_of_tokens_reach_is_what_pairs_say() -> None:
    index = listed()
    held = sorted({token for one in index.subjects for name in one.names for token in name.tokens}, key=order)
    chance = random.Random(3)
    asked: dict[Token, None] = {}
    for text in texts(4 * TOKENS, 4):
        asked.update((token, None) for name in person("q", text).names for token in name.tokens)
    for token in chance.sample(sorted(asked, key=order), TOKENS):
        said = {other: pair(token, other) for other in held}
        expected = {other: one[:2] for other, one in said.items() if one[0] > 0 and one[2] != FIRST_LETTER}
        found = dict(index.segments[0].reached(token, held))
        assert {other: found.get(other) for other in expected} == expected
        assert all(other in expected or said[other][2] == FIRST_LETTER for other in found)
