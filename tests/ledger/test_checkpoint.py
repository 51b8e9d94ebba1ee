"""Checkpoints: the published format byte for byte, and every way to forge one."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import OwnFault, PeerRefused
from comity.ledger.checkpoint import (
    MAX_SIGNATURES,
    Checkpoint,
    NoteKey,
    NoteSigner,
    Watched,
    cosign,
    open_checkpoint,
    read_checkpoint,
    sign_checkpoint,
    witness,
)
from comity.ledger.tree import Frontier, append, leaf_hash, root, verify_consistency

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 15, 31, tzinfo=UTC)
LOG = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
ORIGIN = "exercise.comity.example/QN/main"
KNOWN = NoteKey(ORIGIN, LOG.public_key())
WITNESSES = {f"witness.example/{i}": Ed25519PrivateKey.from_private_bytes(bytes([i + 2]) * 32) for i in range(3)}
WITNESS_KEYS = tuple(NoteKey(name, key.public_key()) for name, key in WITNESSES.items())


def tree(size: int) -> Frontier:
    return append(Frontier(), [leaf_hash(bytes([i])) for i in range(size)])[0]


def head(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root(tree(size)))


NOTE = sign_checkpoint(head(5), LOG, NOW)


def test_the_note_has_the_published_form() -> None:
    lines = NOTE.decode().split("\n")
    assert lines[:4] == [ORIGIN, "5", base64.b64encode(head(5).root).decode(), ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert lines[-1] == ""


def test_the_example_of_the_cosignature_specification_is_read_and_its_keys_are_needed() -> None:
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
        "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
        "qhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    ).encode()
    assert read_checkpoint(note).size == 20852163
    with pytest.raises(PeerRefused, match="not signed by the known key"):
        open_checkpoint(note, NoteKey("example.com/behind-the-sofa", LOG.public_key()))


def test_a_signed_checkpoint_opens_with_its_time() -> None:
    opened = open_checkpoint(NOTE, KNOWN, at_least=0)
    assert (opened.checkpoint, opened.issued, opened.cosigned) == (head(5), NOW, ())


def test_three_witnesses_are_counted_once_each_and_named() -> None:
    note = NOTE
    for name, key in WITNESSES.items():
        note = cosign(cosign(note, NoteSigner(name, key), NOW), NoteSigner(name, key), LATER)
    opened = open_checkpoint(note, KNOWN, WITNESS_KEYS, at_least=3)
    assert [(one.name, one.time) for one in opened.cosigned] == [(name, LATER) for name in WITNESSES]
    with pytest.raises(PeerRefused, match="2 of the 3"):
        open_checkpoint(note, KNOWN, WITNESS_KEYS[:2], at_least=3)


def test_the_log_is_no_witness_of_itself() -> None:
    with pytest.raises(PeerRefused, match="0 of the 1"):
        open_checkpoint(NOTE, KNOWN, (KNOWN,), at_least=1)


def test_a_note_of_unknown_keys_only_is_refused() -> None:
    stranger = NoteKey(ORIGIN, WITNESSES["witness.example/0"].public_key())
    with pytest.raises(PeerRefused, match="not signed by the known key"):
        open_checkpoint(NOTE, stranger)
    with pytest.raises(PeerRefused, match=r"checkpoint\.origin"):
        open_checkpoint(NOTE, NoteKey("other.example/log", LOG.public_key()))


def test_a_cosignature_does_not_pass_for_the_logs_signature() -> None:
    plain_dropped = b"\n".join(line for i, line in enumerate(NOTE.split(b"\n")) if i != 4)
    with pytest.raises(PeerRefused, match="not signed"):
        open_checkpoint(plain_dropped, KNOWN)


def test_a_changed_size_breaks_every_signature() -> None:
    with pytest.raises(PeerRefused, match="not good"):
        open_checkpoint(NOTE.replace(b"\n5\n", b"\n6\n"), KNOWN)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\xff\n",
        NOTE[:-1],
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace(b"\n5\n", b"\n05\n"),
        NOTE.replace(b"\n5\n", b"\n-5\n"),
        NOTE.replace(b"\n5\n", b"\n5\n\t\n"),
        NOTE.replace(b"\n\n", b"\nextension\n\n"),
        NOTE + b"\n",
        NOTE + b"trailing\n",
        NOTE.replace("— ".encode(), b"- "),
        NOTE.split(b"\n\n")[0] + b"\n\n" + "— a AAAA\n".encode(),
        NOTE.split(b"\n\n")[0] + b"\n\n" + "— a AAAAAAAA\n".encode() * (MAX_SIGNATURES + 1),
        b"x" * 40_000,
    ],
)
def test_a_malformed_note_is_refused(note: bytes) -> None:
    with pytest.raises(PeerRefused, match=r"checkpoint\.shape"):
        open_checkpoint(note, KNOWN)


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_changed_byte_gives_another_checkpoint(place: int, change: int) -> None:
    changed = NOTE[:place] + bytes([NOTE[place] ^ change]) + NOTE[place + 1 :]
    with suppress(PeerRefused):
        assert open_checkpoint(changed, KNOWN).checkpoint == head(5)


def test_a_witness_signs_only_what_continues_what_it_saw() -> None:
    signer = NoteSigner("witness.example/0", WITNESSES["witness.example/0"])
    first = witness(NOTE, Watched(KNOWN), [], signer, NOW)
    assert open_checkpoint(first, KNOWN, WITNESS_KEYS).cosigned[0].name == signer.name
    grown = sign_checkpoint(head(6), LOG, LATER)
    path = [leaf_hash(bytes([4])), leaf_hash(bytes([5])), root(tree(4))]
    verify_consistency(5, 6, path, head(5).root, head(6).root)
    assert witness(grown, Watched(KNOWN, head(5)), path, signer, LATER).startswith(grown)
    with pytest.raises(PeerRefused, match="hashes"):
        witness(grown, Watched(KNOWN, head(5)), [], signer, LATER)
    with pytest.raises(PeerRefused, match="now shows 5"):
        witness(NOTE, Watched(KNOWN, head(6)), path, signer, LATER)
    rewritten = sign_checkpoint(Checkpoint(ORIGIN, 6, root(tree(5))), LOG, LATER)
    with pytest.raises(PeerRefused, match="claimed"):
        witness(rewritten, Watched(KNOWN, head(5)), path, signer, LATER)


def test_an_origin_that_cannot_be_a_key_name_is_not_signed() -> None:
    with pytest.raises(OwnFault, match="witness's name"):
        cosign(NOTE, NoteSigner("two words", LOG), NOW)
    with pytest.raises(OwnFault, match="origin"):
        sign_checkpoint(Checkpoint("two words", 0, b"\0" * 32), LOG, NOW)


def test_a_key_of_another_name_does_not_count() -> None:
    public: Ed25519PublicKey = WITNESSES["witness.example/0"].public_key()
    note = cosign(NOTE, NoteSigner("witness.example/0", WITNESSES["witness.example/0"]), NOW)
    with pytest.raises(PeerRefused, match="0 of the 1"):
        open_checkpoint(note, KNOWN, (NoteKey("witness.example/9", public),), at_least=1)
