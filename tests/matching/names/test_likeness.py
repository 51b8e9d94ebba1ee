"""How alike two names are: spellings and scripts of one name agree, another person's name does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.matching.names.evidence import NOTHING, WEAK_CEILING, evidence
from comity.matching.names.likeness import coefficients, compare_names, name_of, pair
from comity.matching.names.tokens import tokens_of

ALPHABET = "ABDEHIKLMNORSTUYZ ابدرسعكلمنوي бвгдеиклмнорст 김정은习近平 '-.1"
TEXTS = st.text(ALPHABET, max_size=40)
STRONG = 0.8473
"""Log-odds of the usual threshold, a score of 0.7."""


def alike(first: str, second: str) -> float:
    return compare_names(name_of(first), name_of(second)).evidence


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Yousef Husayn", "YUSUF HUSSEIN"),
        ("Moammar Qaddafi", "Muammar Gaddafi"),
        ("محمد بن سلمان", "Mohammed bin Salman"),
        ("عبد الفتاح السيسي", "Abdel Fattah el-Sisi"),
        ("عبدالرحمن الحسيني", "Abd al-Rahman AL-HUSSAINI"),
        ("مسعود پزشکیان", "Masoud Pezeshkian"),
        ("Володимир Зеленський", "Volodymyr Zelenskyy"),
        ("Сергей Викторович Лавров", "Sergey LAVROV"),
        ("בנימין נתניהו", "Benjamin Netanyahu"),
        ("김정은", "Kim Jong Un"),
        ("习近平", "Xi Jinping"),
        ("Bill Gatesworth", "William Gatesworth"),
        ("Ali A. Velayati", "Ali Akbar Velayati"),
        ("FridrichBuchenberg", "Friedrich Buchenberg"),
        ("SALMAN Mohammed bin", "Mohammed bin Salman"),
        ("Vladmir Putin", "Vladimir Putin"),
        ("Nikolai Plat Onovich Patrushev", "Nikolai Platonovich Patrushev"),
    ],
)
def test_spellings_and_scripts_of_one_name_agree(first: str, second: str) -> None:
    assert alike(first, second) > STRONG


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ali Saddam Hussein al-Rawi", "Ali Saddam Hussein al-Tikriti"),
        ("Rustam Ibrahimovich Aselderov", "Rustam Magomedovich Aselderov"),
        ("William G. Frostwick", "William W. Frostwick"),
        ("Hafez Makhlouf", "Rami Makhlouf"),
        ("Kim Jong Man", "Kim Jong Sik"),
        ("김종은", "박정수"),
        ("محمد الراوي", "Mohammed AL-TIKRITI"),
        ("Иван Петров", "Ivan VOLKOV"),
    ],
)
def test_another_persons_name_does_not(first: str, second: str) -> None:
    assert alike(first, second) < STRONG


def test_a_short_word_may_lack_a_letter_but_is_no_other_word_nor_another_syllable() -> None:
    assert compare_names(name_of("Je Widor"), name_of("Joe Widor")).is_candidate
    assert alike("Je Widor", "Joe Widor") < STRONG
    assert not compare_names(name_of("Jan Widor"), name_of("Jon Widor")).is_candidate
    assert not compare_names(name_of("Li Wei"), name_of("Liu Wei")).is_candidate


def test_a_rarer_name_says_more_than_a_common_one() -> None:
    assert alike("Zygmunt Wrzesniewski", "Zygmunt Wrzesniewski") > alike("Ali Hassan", "Ali Hassan") > STRONG


def test_one_common_word_alone_is_no_candidate() -> None:
    for word in ("Ali", "Mohammed Petrov", "John Volkov", "Company"):
        assert not compare_names(name_of(word), name_of("Ali Mohammed John Company Quux")).is_candidate or word == "Ali"
    assert not compare_names(name_of("A. B."), name_of("Anna Bell")).is_candidate


@given(TEXTS, TEXTS)
@settings(max_examples=300)
def test_likeness_is_bounded_and_aligns_each_token_once(first: str, second: str) -> None:
    query, match = name_of(first), name_of(second)
    there = compare_names(query, match)
    assert there.agreed <= min(query.weight, match.weight) + 800 * max(len(query.tokens), len(match.tokens))
    assert there.lacking >= 0
    assert there.evidence >= NOTHING
    taken = [one.query for one in there.pairs]
    assert len(taken) == len(set(taken))


@given(TEXTS, TEXTS)
def test_two_tokens_agree_on_no_more_than_they_share(first: str, second: str) -> None:
    for mine in tokens_of(first):
        for theirs in tokens_of(second):
            agreed, shared, _ = pair(mine, theirs)
            assert 0 <= agreed <= shared
            assert pair(theirs, mine)[:2] == (agreed, shared)
        assert pair(mine, mine)[0] == mine.weight


AMOUNTS = st.integers(0, 60_000)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.booleans(), st.integers(1, 5000))
def test_evidence_moves_one_way_with_each_amount(a: int, d: int, q: int, m: int, is_weak: bool, more: int) -> None:
    def found(agreed: int, lacking: int, query: int, match: int) -> float:
        return float(evidence(agreed, lacking, query, match, 20_000, 20_000, is_weak, coefficients()))

    here = found(a, d, q, m)
    assert found(a + more, d, q, m) >= here
    assert found(a, d + more, q, m) <= here
    assert found(a, d, q + more, m) <= here
    assert found(a, d, q, m + more) <= here
    assert not is_weak or here <= WEAK_CEILING


def test_a_word_that_stands_against_another_costs_more_than_one_that_is_missing() -> None:
    whole = "Khalid Mansour Nasrawi"
    assert alike("Khalid Nasrawi", whole) > alike("Khalid Tarawneh Nasrawi", whole)
