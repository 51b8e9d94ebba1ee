"""Acts: the golden one reads for ever; a changed byte, salt or key never does."""

from __future__ import annotations

import contextlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from tests.model.golden.write import FILE, golden

from comity.errors import PeerRefused
from comity.model.act import check_part, matter_id, read_header, verify_act
from comity.model.canon import MAX_DEPTH, decode_tree
from comity.model.content import read_content

GOLDEN = json.loads(FILE.read_text("utf-8"))
RAW = GOLDEN["header"].encode()
PUBLIC = Ed25519PublicKey.from_public_bytes(bytes.fromhex(GOLDEN["public"]))


def test_the_first_act_is_still_read_and_written_byte_for_byte() -> None:
    act = verify_act(RAW, bytes.fromhex(GOLDEN["signature"]), PUBLIC)
    part = check_part(act.header.parts[0], bytes.fromhex(GOLDEN["salt"]), GOLDEN["part"].encode())
    assert act.digest == GOLDEN["digest"]
    assert read_content(part.data).entity["properties"]["name"] == ["Ilka Jorun Varnholt"]  # type: ignore[index]
    assert golden() == GOLDEN


def test_unknown_fields_of_a_header_survive_under_the_digest() -> None:
    grown = RAW[:-1] + b',"later":{"x":1}}'
    assert read_header(grown).step == "send"


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_no_changed_byte_passes(place: int, flip: int) -> None:
    changed = bytearray(RAW)
    changed[place] ^= flip
    with pytest.raises(PeerRefused):
        verify_act(bytes(changed), bytes.fromhex(GOLDEN["signature"]), PUBLIC)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_refused(raw: bytes) -> None:
    with contextlib.suppress(PeerRefused):
        assert isinstance(decode_tree(raw, what="test"), dict)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b'{"a":1,"a":2}', "format.duplicate_key"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "format.depth"),
        (b"[" * 1_000_000, "format.depth"),
        (b'{"a":NaN}', "format.json"),
        (b'{"a":"\\ud800"}', "format.json"),
        ('{"a":1}'.encode("utf-16"), "format.json"),
        (b"\xef\xbb\xbf{}", "format.json"),
        (b"[]", "format.json"),
        (b"{" + b" " * (1 << 20) + b"}", "format.oversize"),
    ],
)
def test_dangerous_documents_are_refused_by_their_rule(raw: bytes, rule: str) -> None:
    with pytest.raises(PeerRefused) as refused:
        decode_tree(raw, what="test")
    assert refused.value.rule == rule


def test_matter_belongs_to_the_agency_that_made_its_id() -> None:
    assert matter_id("QM.bureau", "0" * 32) != matter_id("QN.bureau", "0" * 32)
    assert len(matter_id("QM.bureau", "0" * 32)) == 32
