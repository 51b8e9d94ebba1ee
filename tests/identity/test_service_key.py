"""Keys of other systems: shown once, kept as a digest, for a scope and a time; and the rate they may ask at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputRefused
from comity.identity.service_key import LONGEST, Terms, id_of, new_key, why_not
from comity.model.canon import encode
from comity.node.callers import Door

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TERMS = Terms("visa desk", "QM.bureau", ("screen",), ("border_check",))


def draw(size: int) -> bytes:
    return bytes(range(size))


def test_what_is_kept_does_not_open_anything() -> None:
    text, key = new_key(draw, TERMS, NOW)
    assert why_not(key, text, "screen", NOW) == ""
    assert text.rpartition("_")[2].encode() not in encode(key)
    assert id_of(text) == key.id
    assert why_not(key, key.digest, "screen", NOW) == "secret"


def test_each_reason_not_to_open_is_told_apart() -> None:
    text, key = new_key(draw, TERMS, NOW)
    assert why_not(key, text + "0", "screen", NOW) == "secret"
    assert why_not(key, text, "reconcile", NOW) == "scope"
    assert why_not(key, text, "screen", NOW + TERMS.term) == "expired"
    assert why_not(key, text, "screen", NOW - timedelta(seconds=1)) == "expired"
    assert why_not(key, text, "screen", NOW + TERMS.term - timedelta(seconds=1)) == ""
    revoked = msgspec.structs.replace(key, revoked=NOW)
    assert why_not(revoked, text, "screen", NOW) == "revoked"


def test_every_defect_of_the_terms_is_named_at_once() -> None:
    bad = Terms(" ", "bureau", ("all",), (), LONGEST + timedelta(days=1), 0)
    with pytest.raises(InputRefused) as refusal:
        new_key(draw, bad, NOW)
    assert [one.field for one in refusal.value.defects] == [
        "label",
        "agency",
        "scope",
        "purpose",
        "days",
        "per_minute",
    ]


@given(st.text(max_size=200))
def test_no_other_text_is_a_key(text: str) -> None:
    _, key = new_key(draw, TERMS, NOW)
    assert why_not(key, text, "screen", NOW) == "secret"


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 90)), max_size=60))
def test_nobody_gets_more_than_the_rate_whatever_the_rhythm(calls: list[tuple[int, int]]) -> None:
    _, key = new_key(draw, replace(TERMS, per_minute=20), NOW)
    door, now, passed = Door(), NOW, 0
    for queries, later in calls:
        now += timedelta(seconds=later)
        if door.wait_for(key, queries, now) == 0:
            passed += queries
    minutes = (now - NOW).total_seconds() / 60
    assert passed <= 20 * (minutes + 1) + 10  # one batch may go 10 above what is left


@given(st.integers(1, 100), st.integers(1, 100))
def test_who_waits_as_long_as_told_is_let_in(first: int, second: int) -> None:
    _, key = new_key(draw, replace(TERMS, per_minute=50), NOW)
    door = Door()
    door.wait_for(key, first, NOW)
    wait = door.wait_for(key, second, NOW)
    assert door.wait_for(key, second, NOW + timedelta(seconds=wait + 0.001)) == 0 or wait == 0
