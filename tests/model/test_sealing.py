"""Sealing: it opens with its own key and commitment, and with nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import PeerRefused
from comity.model.sealing import TAG_BYTES, chunk_address, open_chunk, open_part, seal_chunk, seal_part

KEY, OTHER = bytes(range(32)), bytes(32)
NAME, ANOTHER = "ab" * 32, "cd" * 32


@given(st.binary(max_size=500))
def test_a_sealed_part_opens_again_and_is_one_tag_longer(data: bytes) -> None:
    sealed = seal_part(KEY, NAME, data)
    assert open_part(KEY, NAME, sealed) == data
    assert len(sealed) == len(data) + TAG_BYTES
    assert seal_part(KEY, NAME, data) == sealed


@pytest.mark.parametrize(
    ("key", "name"), [(OTHER, NAME), (KEY, ANOTHER), (b"", NAME), (KEY, ""), (KEY, "é"), (bytes(31), NAME)]
)
def test_another_key_or_commitment_does_not_open_it(key: bytes, name: str) -> None:
    with pytest.raises(PeerRefused) as caught:
        open_part(key, name, seal_part(KEY, NAME, b"content"))
    assert caught.value.rule == "part.sealed"


@given(st.integers(0, 8 * (7 + TAG_BYTES) - 1))
def test_no_flipped_bit_opens(bit: int) -> None:
    sealed = bytearray(seal_part(KEY, NAME, b"content"))
    sealed[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(PeerRefused):
        open_part(KEY, NAME, bytes(sealed))


def test_chunks_keep_their_place_and_are_not_parts() -> None:
    chunks = [seal_chunk(KEY, index, b"content") for index in range(3)]
    assert [open_chunk(KEY, index, sealed) for index, sealed in enumerate(chunks)] == [b"content"] * 3
    assert len({chunk_address(sealed) for sealed in (*chunks, seal_part(KEY, NAME, b"content"))}) == 4
    for sealed, index in ((chunks[0], 1), (chunks[1], 0), (seal_part(KEY, NAME, b"content"), 0)):
        with pytest.raises(PeerRefused):
            open_chunk(KEY, index, sealed)
