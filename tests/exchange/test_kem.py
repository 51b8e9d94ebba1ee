"""The hybrid key: opens for its holder and its context alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchange.world import kem

from comity.errors import PeerRefused
from comity.exchange.kem import (
    PUBLIC_BYTES,
    SECRET_BYTES,
    WRAP_BYTES,
    kem_private_key,
    kem_public_key,
    unwrap_key,
    wrap_key,
)

MINE, OTHER, KEY = kem("mine"), kem("other"), bytes(range(32))
WRAPPED = wrap_key(KEY, kem_public_key(MINE.public), b"context")


def test_a_wrapped_key_opens_for_its_holder() -> None:
    assert unwrap_key(WRAPPED, MINE, b"context") == KEY
    assert (len(WRAPPED), len(MINE.public), len(MINE.secret)) == (WRAP_BYTES, PUBLIC_BYTES, SECRET_BYTES)
    assert kem_private_key(MINE.secret) == MINE


def test_half_of_the_private_key_is_not_enough() -> None:
    for half in (MINE.secret[:64] + OTHER.secret[64:], OTHER.secret[:64] + MINE.secret[64:]):
        with pytest.raises(PeerRefused):
            unwrap_key(WRAPPED, kem_private_key(half), b"context")


def test_another_context_or_holder_does_not_open_it() -> None:
    for private, info in ((MINE, b"contexT"), (OTHER, b"context")):
        with pytest.raises(PeerRefused) as caught:
            unwrap_key(WRAPPED, private, info)
        assert caught.value.rule == "carton.kem"


@given(st.binary(max_size=PUBLIC_BYTES + 2))
def test_bytes_that_are_no_key_are_refused(raw: bytes) -> None:
    with pytest.raises(PeerRefused):
        kem_public_key(raw if len(raw) != PUBLIC_BYTES else raw[1:])
    with pytest.raises(PeerRefused):
        kem_public_key(b"\xff" * PUBLIC_BYTES)


def test_the_secret_is_never_shown() -> None:
    assert MINE.secret.hex() not in repr(MINE)
    assert repr(MINE.secret) not in repr(MINE)
