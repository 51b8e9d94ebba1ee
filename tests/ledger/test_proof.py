"""Portable proofs: what they say, and that each forgery is refused with the difference named."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import PeerRefused, RuleRefused
from comity.ledger.checkpoint import Checkpoint, NoteKey, NoteSigner, cosign, sign_checkpoint
from comity.ledger.leaf import Leaf, hash_of, leaf_bytes
from comity.ledger.proof import (
    ALONE,
    NO_COPY,
    Document,
    Earlier,
    ProofEntry,
    ProofKeys,
    erasure_certificate,
    make_proof,
    read_proof,
    verify_proof,
)
from comity.ledger.tree import Frontier, NodeId, append, consistency_path, inclusion_path, root_at
from comity.model.act import FORMAT, Act, Header, sign_act

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
LOG = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
AUTHOR = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
WITNESS = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
ORIGIN = "exercise.comity.example/QN/main"
KEYS = ProofKeys(
    NoteKey(ORIGIN, LOG.public_key()),
    "Belmora",
    (NoteKey("witness.example/1", WITNESS.public_key()),),
    authors={"k1": AUTHOR.public_key()},
)


def make_act() -> Act:
    header = Header(
        format=FORMAT,
        network="0" * 32,
        id="1" * 32,
        matter="2" * 32,
        track="owner",
        procedure="diffusion",
        version=1,
        step="send",
        prev="3" * 64,
        seen=(),
        agency="QM.bureau",
        key="k1",
        officer="0123456789abcdef",
        time="2026-11-22T15:00:00Z",
    )
    return sign_act(header, AUTHOR)


ACT = make_act()


def leaf(index: int, tag: str, moment: str = "") -> bytes:
    time = f"2026-11-22T15:{index:02d}:00Z"
    return leaf_bytes(Leaf(index, time, tag, ACT.digest, "QN.bureau", "investigation", "allowed", "A-01", moment))


ENTRIES = [
    leaf(0, "desk:session:open"),
    leaf(1, "exchange:act:record"),
    leaf(2, "desk:act:refuse"),
    leaf(3, "recall:part:erase", "hidden"),
    leaf(4, "recall:part:erase", "keyless"),
    leaf(5, "recall:part:erase", "gone"),
]


class Shelf:
    def __init__(self) -> None:
        new = append(Frontier(), map(hash_of, ENTRIES))[1]
        self.nodes = {(node.level, node.index): node.hash for node in new}

    def get_many(self, log: str, ids: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        return {one: self.nodes[one] for one in ids}


SHELF = Shelf()


def note_at(size: int, *, witnessed: bool = True) -> bytes:
    note = sign_checkpoint(Checkpoint(ORIGIN, size, root_at(SHELF, "main", size)), LOG, NOW)
    return cosign(note, NoteSigner("witness.example/1", WITNESS), NOW) if witnessed else note


def entry(index: int, *, header: bool = False, size: int = 6) -> ProofEntry:
    path = tuple(inclusion_path(SHELF, "main", index, size))
    extra = (ACT.raw, ACT.signature) if header else (b"", b"")
    return ProofEntry(ENTRIES[index], index, path, *extra)


def full(*, witnessed: bool = True) -> bytes:
    earlier = Earlier(note_at(2), tuple(consistency_path(SHELF, "main", 2, 6)))
    entries = [entry(1, header=True), entry(3), entry(4), entry(5)]
    documents = [Document("directory", b"{}")]
    return make_proof(note_at(6, witnessed=witnessed), entries, earlier=earlier, documents=documents)


def test_a_proof_says_in_words_what_it_shows_and_what_not() -> None:
    report = verify_proof(full(), replace(KEYS, at_least=1))
    assert "Belmora signed its ledger" in report.shows[0]
    assert "witness.example/1 saw it on 2026-11-22 at 15:30:00 UTC" in report.shows[0]
    assert "first 2 entries" in report.shows[1]
    assert report.shows[2] == (
        f"Belmora declared, in its ledger at 6 entries, about act {ACT.digest[:16]}: "
        "that it recorded it on 2026-11-22 at 15:01:00 UTC (entry 1), "
        "hid it from every query, hit and export on 2026-11-22 at 15:03:00 UTC (entry 3), "
        "destroyed its keys on 2026-11-22 at 15:04:00 UTC (entry 4), "
        "cleared what was left of it from its working files on 2026-11-22 at 15:05:00 UTC (entry 5)."
    )
    assert "its signature is good" in report.shows[3]
    assert NO_COPY in report.limits
    assert ALONE not in report.limits
    assert report.text().endswith(NO_COPY)


def test_without_witnesses_it_is_the_members_word_alone() -> None:
    assert ALONE in verify_proof(full(witnessed=False), KEYS).limits
    with pytest.raises(PeerRefused, match="cosignatures"):
        verify_proof(full(witnessed=False), replace(KEYS, at_least=1))


def test_a_proof_without_erasure_does_not_speak_of_copies() -> None:
    report = verify_proof(make_proof(note_at(6), [entry(2), entry(0)]), replace(KEYS, authors={}))
    assert NO_COPY not in report.limits
    assert "noted desk:act:refuse as allowed under A-01" in report.text()


def test_an_unknown_author_is_said_to_be_unchecked() -> None:
    assert "no signature was checked" in verify_proof(full(), replace(KEYS, authors={})).text()


def test_the_certificate_ends_with_what_it_does_not_show() -> None:
    lines = erasure_certificate(verify_proof(full(), KEYS), ACT.digest)
    assert "held the parts" in lines[0]
    assert lines[-1] == NO_COPY
    assert lines.count(NO_COPY) == 1
    with pytest.raises(RuleRefused, match="destruction of the keys"):
        erasure_certificate(verify_proof(make_proof(note_at(6), [entry(1), entry(3)]), KEYS), ACT.digest)


def tampered(change: dict[str, object]) -> bytes:
    tree = json.loads(full())
    tree["entries"][0].update(change)
    return json.dumps(tree).encode()


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"leaf": b64(ENTRIES[0])}, "proof.root"),
        ({"index": 2}, "proof.root"),
        ({"index": 60}, "proof.size"),
        ({"path": []}, "proof.length"),
        ({"header": b64(ACT.raw + b" ")}, "proof.header"),
        ({"signature": b64(b"\0" * 64)}, "act.signature"),
        ({"leaf": 5}, "format.shape"),
    ],
)
def test_a_tampered_entry_is_refused_by_rule(change: dict[str, object], rule: str) -> None:
    with pytest.raises(PeerRefused) as refused:
        verify_proof(tampered(change), KEYS)
    assert refused.value.rule == rule


def test_other_formats_and_empty_proofs_are_refused() -> None:
    tree = json.loads(full())
    with pytest.raises(PeerRefused, match="newer version"):
        read_proof(json.dumps(tree | {"format": "comity-proof-9"}).encode())
    with pytest.raises(PeerRefused, match="no entry"):
        read_proof(json.dumps(tree | {"entries": []}).encode())
    assert read_proof(full()).documents == (Document("directory", b"{}"),)


def test_an_earlier_checkpoint_of_a_rewritten_ledger_is_refused() -> None:
    forged = sign_checkpoint(Checkpoint(ORIGIN, 2, b"\x07" * 32), LOG, NOW)
    earlier = Earlier(forged, tuple(consistency_path(SHELF, "main", 2, 6)))
    with pytest.raises(PeerRefused, match="claimed"):
        verify_proof(make_proof(note_at(6), [entry(1)], earlier=earlier), KEYS)
