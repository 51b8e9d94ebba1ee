"""Frames: what is written is read, and a lying length costs nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import PeerRefused
from comity.exchange.frames import FrameReader, block


@given(st.lists(st.binary(max_size=50)))
def test_blocks_come_back_in_order(blocks: list[bytes]) -> None:
    reader = FrameReader(b"".join(block(b) for b in blocks), what="frame", rule="frame.form")
    assert [reader.block("block", 50) for _ in blocks] == blocks
    reader.end()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "ends inside its size"),
        (b"\x00\x00\x00", "ends inside its size"),
        (b"\xff\xff\xff\xff", "announces 4294967295"),
        (block(b"x" * 11), "announces 11"),
        (block(b"x" * 10)[:-1], "ends inside its size"),
        (block(b"x") + b"y", "1 bytes after its end"),
    ],
)
def test_lying_lengths_and_left_overs_are_refused(raw: bytes, says: str) -> None:
    reader = FrameReader(raw, what="frame", rule="frame.form")
    with pytest.raises(PeerRefused, match=says) as caught:
        (reader.block("size", 10), reader.end())
    assert caught.value.rule == "frame.form"
