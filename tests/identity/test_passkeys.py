"""Passkeys: what an authenticator signed for this page, this moment and this purpose, and nothing else."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.authenticator import PRESENT, Authenticator
from webauthn.helpers import base64url_to_bytes

from comity.errors import RuleRefused
from comity.identity.passkeys import (
    GOOD_FOR,
    Passkey,
    Place,
    Spent,
    challenge_in,
    check_challenge,
    handle_in,
    new_challenge,
    question,
    registered,
    registration,
    used,
)

NOW = datetime(2026, 11, 23, 2, 40, tzinfo=UTC)
HERE = Place("https://qm.example:8470", "Comity Arvenia")
ELSEWHERE = Place("https://qm.example.evil.test", "Comity Arvenia")
HANDLE = bytes.fromhex("0123456789abcdef")
KEY = b"k" * 32
SEED = count(1)


def draw(size: int) -> bytes:
    return next(SEED).to_bytes(4, "big") * (size // 4)


def enrolled(authenticator: Authenticator, name: str = "Blue key") -> Passkey:
    challenge = new_challenge(KEY, "add s", NOW, draw)
    answer = authenticator.make(registration(HERE, "ada", HANDLE, (), challenge), HERE.origin)
    return registered(answer, HERE, challenge, name, NOW)


def asked(held: tuple[Passkey, ...] = ()) -> tuple[bytes, str]:
    challenge = new_challenge(KEY, "sign-in b", NOW, draw)
    return challenge, question(HERE, held, challenge)


def test_a_passkey_signs_what_the_page_asked_and_its_count_is_kept() -> None:
    authenticator = Authenticator()
    passkey = enrolled(authenticator, "  Blue \n key ")
    assert (passkey.name, passkey.host, passkey.added, passkey.used) == ("Blue key", "qm.example", NOW, None)
    challenge, options = asked((passkey,))
    answer = authenticator.sign(options, HERE.origin)
    assert challenge_in(answer) == challenge
    assert handle_in(answer) == HANDLE
    later = NOW + timedelta(seconds=9)
    kept = used(answer, HERE, challenge, (passkey,), later)
    assert (kept.counter, kept.used) == (1, later)
    with pytest.raises(RuleRefused, match="not valid"):
        used(answer, HERE, challenge, (kept,), later)  # the same answer again: its count did not grow


@pytest.mark.parametrize(
    ("place", "flags", "changed"),
    [
        (ELSEWHERE, None, {}),
        (HERE, None, {"origin": ELSEWHERE.origin}),
        (HERE, PRESENT, {}),
        (HERE, 0, {}),
        (HERE, None, {"type": "webauthn.create"}),
        (HERE, None, {"challenge": "AAAA"}),
    ],
)
def test_what_another_page_or_an_unverified_person_made_is_refused(
    place: Place, flags: int | None, changed: dict[str, str]
) -> None:
    authenticator = Authenticator()
    passkey = enrolled(authenticator)
    challenge, options = asked()
    options = json.dumps({**json.loads(options), "rpId": place.host})
    authenticator.flags = authenticator.flags if flags is None else flags
    answer = authenticator.sign(options, place.origin, **changed)
    with pytest.raises(RuleRefused):
        used(answer, HERE, challenge, (passkey,), NOW)


def test_another_persons_key_under_the_same_number_is_refused() -> None:
    passkey = enrolled(Authenticator())
    challenge, options = asked()
    with pytest.raises(RuleRefused, match="not valid"):
        used(Authenticator(handle=HANDLE).sign(options, HERE.origin), HERE, challenge, (passkey,), NOW)


def test_a_passkey_of_another_name_of_the_node_is_not_known() -> None:
    authenticator = Authenticator()
    passkey = enrolled(authenticator)
    challenge, options = asked()
    other = Place("https://desk.example", "Comity Arvenia")
    with pytest.raises(RuleRefused, match="not known"):
        used(authenticator.sign(options, HERE.origin), other, challenge, (passkey,), NOW)


@pytest.mark.parametrize("flags", [PRESENT, 0])
def test_a_passkey_made_without_finger_or_pin_is_not_added(flags: int) -> None:
    challenge = new_challenge(KEY, "add s", NOW, draw)
    answer = Authenticator(flags=flags).make(registration(HERE, "ada", HANDLE, (), challenge), HERE.origin)
    with pytest.raises(RuleRefused, match="not added"):
        registered(answer, HERE, challenge, "Key", NOW)


def test_a_challenge_is_good_for_its_purpose_and_some_minutes() -> None:
    challenge = new_challenge(KEY, "add s", NOW, draw)
    check_challenge(KEY, "add s", challenge, NOW + GOOD_FOR)
    for about, key, moment in (
        ("sign-in s", KEY, NOW),
        ("add t", KEY, NOW),
        ("add s", b"j" * 32, NOW),
        ("add s", KEY, NOW + GOOD_FOR + timedelta(seconds=1)),
        ("add s", KEY, NOW - timedelta(minutes=1)),
    ):
        with pytest.raises(RuleRefused):
            check_challenge(key, about, challenge, moment)


def test_a_challenge_is_answered_once() -> None:
    spent, challenge = Spent(), new_challenge(KEY, "sign-in b", NOW, draw)
    assert spent.take(challenge, NOW)
    assert not spent.take(challenge, NOW + GOOD_FOR)
    assert spent.take(new_challenge(KEY, "sign-in b", NOW, draw), NOW)


@given(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), st.integers(0, 999), st.text(max_size=2))
def test_no_mangled_answer_gets_through_or_raises_anything_else(field: str, permille: int, put: str) -> None:
    authenticator = Authenticator()
    passkey = enrolled(authenticator)
    challenge, options = asked()
    answer = json.loads(authenticator.sign(options, HERE.origin))
    text = answer["response"][field]
    at = permille * len(text) // 1000
    mangled = text[:at] + put + text[at + 1 :]
    with suppress(ValueError):
        if base64url_to_bytes(mangled) == base64url_to_bytes(text):
            return
    answer["response"][field] = mangled
    with pytest.raises(RuleRefused):
        used(json.dumps(answer), HERE, challenge, (passkey,), NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=4),
        lambda one: (
            st.dictionaries(st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON"]), one)
            | st.lists(one, max_size=2)
        ),
    )
)
def test_what_is_no_answer_is_refused(thing: object) -> None:
    text = json.dumps(thing)
    for read in (challenge_in, handle_in):
        with pytest.raises(RuleRefused):
            read(text)
    with pytest.raises(RuleRefused):
        used(text, HERE, b"c" * 56, (), NOW)
    with pytest.raises(RuleRefused):
        registered(text, HERE, b"c" * 56, "", NOW)
