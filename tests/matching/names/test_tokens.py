"""Names become the same tokens however they are written, and any text becomes some in bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.matching.names.channel import MODELS, channel, codes_of, cross_evidence, model
from comity.matching.names.compounds import split_arabic, split_latin
from comity.matching.names.likeness import SHORT_WORD, Name, name_of
from comity.matching.names.model import model_digest
from comity.matching.names.parameters import LENGTHS, parameters
from comity.matching.names.rarity import rarity
from comity.matching.names.script import ARABIC, CYRILLIC, HEBREW, LATIN
from comity.matching.names.tokens import (
    MAX_LETTERS,
    MAX_TOKENS,
    OBJECT,
    ORGANISATION,
    PERSON,
    Token,
    tokens_of,
)
from comity.matching.names.words import FAMILY, GIVEN, INITIAL, LEGAL_FORM, PARTICLE, PATRONYMIC, TITLE

KINDS = st.sampled_from([PERSON, ORGANISATION, OBJECT])


def texts(name: str, kind: int = PERSON) -> list[str]:
    return [token.text for token in tokens_of(name, kind)]


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("Möller-Straße, Änne", ["MOLLER", "STRASSE", "ANNE"]),
        ("O’Brien", ["OBRIEN"]),
        ("CHO'NG-MIN", ["CHONG", "MIN"]),
        ("ABDURRAHMAN", ["ABD", "RAHMAN"]),
        ("Abdelkader", ["ABD", "KADER"]),
        ("Abdullah", ["ABD", "ALLAH"]),
        ("Abdullaev", ["ABDULLAEV"]),
        ("Nuruddin", ["NUR", "DIN"]),
        ("Hidayatullah", ["HIDAYAT", "ALLAH"]),
        ("Akhund Zada", ["AKHUNDZADA"]),
        ("‮Ann​ Bell", ["ANN", "BELL"]),
    ],
)
def test_names_of_persons_as_tokens(written: str, tokens: list[str]) -> None:
    assert texts(written) == tokens


def test_compounds_are_cut_the_same_way_in_arabic_letters() -> None:
    assert split_arabic("عبدالرحمن") == ("عبد", "رحمن")
    assert split_arabic("نورالدين") == ("نور", "دين")
    assert split_latin("ABDULRAHMAN")[0] == "ABD"
    assert split_latin("ABUDLRAHMAN") == split_latin("ABDULRAHMAN")
    assert split_latin("GHOLAMREZA") == split_latin("QOLAMREZA") == ("GHOLAM", "REZA")
    assert split_latin("VANDENBROUCKE") == ("VAN", "DEN", "BROUCKE")
    assert split_latin("VANDERLEI") == ("VANDERLEI",)
    assert [token.native for token in tokens_of("عبد الرحمن")] == [token.native for token in tokens_of("عبدالرحمن")]


def test_legal_forms_become_one_word_and_initials_of_companies_one_name() -> None:
    assert texts("TACTICAL MISSILES CORPORATION JOINT STOCK COMPANY", ORGANISATION)[-1] == "JSC"
    assert texts("A.B.C. Company", ORGANISATION)[0] == "ABC"
    assert texts("J.R. Smith") == ["J", "R", "SMITH"]


def test_tokens_know_the_part_they_play() -> None:
    assert name_of("Dr. Sergey Viktorovich LAVROV").tags == (TITLE, GIVEN, PATRONYMIC, FAMILY)
    assert name_of("John A. bin Peter Smith").tags == (GIVEN, INITIAL, PARTICLE, PATRONYMIC, FAMILY)
    assert name_of("Osama bin Laden").tags == (GIVEN, PARTICLE, FAMILY)
    assert name_of("Gazprom OOO", False, ORGANISATION).tags[1] == LEGAL_FORM


def test_rare_words_weigh_more_than_common_ones_and_particles_hardly() -> None:
    assert rarity("AL") < rarity("JOHN") < rarity("SMITH") < rarity("ZUGHAYR")
    assert rarity("PRK") < rarity("PRKLS")


def test_what_is_left_over_costs_by_its_part() -> None:
    name = name_of("Sergey Viktorovich Lavrov al")
    costs = dict(zip((token.text for token in name.tokens), name.costs, strict=True))
    assert costs["AL"] == 0
    assert costs["VIKTOROVICH"] < costs["LAVROV"]


@given(st.text(max_size=700), KINDS)
def test_any_text_becomes_few_short_tokens_that_can_be_made_again(text: str, kind: int) -> None:
    name = name_of(text, False, kind)
    assert len(name.tokens) == len(name.tags) == len(name.costs) <= MAX_TOKENS
    for token in name.tokens:
        assert 1 <= len(token.text) <= MAX_LETTERS
        assert token.text.isascii()
        assert token.text.isalnum()
        assert token.text == token.text.upper()
        assert token.weight >= 0
        assert (token.native == "") == (token.script == LATIN)
    assert all(cost >= 0 for cost in name.costs)
    assert name_of(name.text, name.is_weak, name.kind) == name


@pytest.mark.parametrize("text", ["", " ", "́" * 600, "\x00\x1f", "a" * 10_000, "👮 ☠", "x " * 500, "ប៉ុល", "ߊߓߊ"])
def test_hostile_names_have_a_defined_answer(text: str) -> None:
    assert isinstance(name_of(text), Name)


def test_letters_without_a_transliteration_still_make_a_name() -> None:
    assert texts("ប៉ុល ពត") != []


@pytest.mark.parametrize("script", sorted(MODELS))
def test_each_channel_reads_its_own_script(script: int) -> None:
    held = channel(script)
    assert held is not None
    assert all(left < right for left, right in zip(held.units[:-1], held.units[1:], strict=True))
    assert held.surprisal(held.alphabet[0] * 3) > 0


@pytest.mark.parametrize(
    ("latin", "native", "script", "other"),
    [
        ("MUHAMMAD", "محمد", ARABIC, "محمود"),
        ("TIKRITI", "تكريتي", ARABIC, "دليمي"),
        ("PETROV", "петров", CYRILLIC, "волков"),
        ("NETANYAHU", "נתניהו", HEBREW, "אולמרט"),
    ],
)
def test_the_channel_prefers_the_word_that_is_meant(latin: str, native: str, script: int, other: str) -> None:
    def found(word: str) -> int:
        weight = tokens_of(word)[0].weight
        return int(cross_evidence(codes_of(latin), LATIN, 10_000, codes_of(word), script, weight, model()))

    assert found(native) > 1000
    assert found(native) > found(other)


@given(st.text("ABDEHIKLMNORSTUY", min_size=1, max_size=30), st.text("ابتدرسعكلمنوي", min_size=1, max_size=30))
def test_cross_script_evidence_does_not_depend_on_who_asks(latin: str, native: str) -> None:
    mine, theirs = codes_of(latin), codes_of(native)
    there = cross_evidence(mine, LATIN, 9000, theirs, ARABIC, 11_000, model())
    assert there == cross_evidence(theirs, ARABIC, 11_000, mine, LATIN, 9000, model())
    assert there >= 0
    assert cross_evidence(mine, LATIN, 9000, mine, LATIN, 9000, model()) == 0


def test_parameters_keep_what_retrieval_is_built_on() -> None:
    p = parameters()
    assert len(p.edited) == LENGTHS
    allowed = [sum(likeness > 0 for likeness in row) for row in p.edited]
    assert allowed == sorted(allowed)
    assert allowed[:SHORT_WORD] == [0] * SHORT_WORD
    assert allowed[SHORT_WORD] <= 1
    assert all(0 <= likeness <= 1000 for row in p.edited for likeness in row)
    assert len(p.costs) == 16


def test_the_model_has_a_digest() -> None:
    assert len(model_digest()) == 64
    assert Token("A") == Token("A")
    assert hash(Token("A")) == hash(Token("A", weight=3))
