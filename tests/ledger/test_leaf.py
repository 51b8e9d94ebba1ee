"""Entries of the ledger: what they may say, and that nothing else gets in or out."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import OwnFault, PeerRefused
from comity.ledger.leaf import MOMENTS, Leaf, hash_of, leaf_bytes, read_leaf
from comity.model.canon import encode

GOOD = Leaf(
    index=7,
    time="2026-11-22T15:30:00Z",
    tag="exchange:act:record",
    digest="ab" * 32,
    actor="0123456789abcdef",
    purpose="investigation",
    decision="allowed",
    rule="A-01",
)


def test_write_then_read_is_the_identity() -> None:
    raw = leaf_bytes(GOOD)
    assert read_leaf(raw) == GOOD
    assert leaf_bytes(read_leaf(raw)) == raw
    assert len(hash_of(raw)) == 32


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("index", -1),
        ("time", "yesterday"),
        ("tag", "recorded"),
        ("digest", "AB" * 32),
        ("actor", "Jane Q. Public"),
        ("purpose", "because she asked"),
        ("decision", ""),
        ("rule", "see the file of J. Doe"),
        ("moment", "erased"),
        ("moment", "hidden"),
        ("root", "00"),
    ],
)
def test_a_field_out_of_form_is_named(field: str, value: object) -> None:
    tree = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__} | {field: value}
    with pytest.raises(PeerRefused, match=field):
        read_leaf(encode(tree))
    with pytest.raises(OwnFault, match=field):
        leaf_bytes(Leaf(**tree))


def test_an_erasure_names_its_moment() -> None:
    for moment in MOMENTS:
        tree = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__}
        erased = Leaf(**(tree | {"tag": "recall:part:erase", "moment": moment}))
        assert read_leaf(leaf_bytes(erased)).moment == moment
    with pytest.raises(OwnFault, match="moment"):
        leaf_bytes(Leaf(**(tree | {"tag": "recall:part:erase"})))


def test_fields_of_a_later_version_are_read_past_and_stay_under_the_hash() -> None:
    tree = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__}
    raw = encode(tree | {"assurance": "high"})
    assert read_leaf(raw) == GOOD
    assert hash_of(raw) != hash_of(leaf_bytes(GOOD))


@given(st.data())
def test_mutated_bytes_are_read_or_refused_never_anything_else(data: st.DataObject) -> None:
    raw = bytearray(leaf_bytes(GOOD))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PeerRefused):
        assert isinstance(read_leaf(bytes(raw)), Leaf)
