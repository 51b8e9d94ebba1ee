"""The first documents ever written: every later version reads them and, where it can, writes them byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger.checkpoint import Checkpoint, NoteKey, NoteSigner, cosign, open_checkpoint, sign_checkpoint
from comity.ledger.leaf import Leaf, hash_of, leaf_bytes, read_leaf
from comity.ledger.proof import ProofEntry, ProofKeys, make_proof, verify_proof
from comity.ledger.tree import Frontier, append, node_hash, root

GOLDEN = Path(__file__).parent / "golden"
ORIGIN = "exercise.comity.example/QN/main"
LOG = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
WITNESS = NoteSigner("witness.example/1", Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)

KEYS = ProofKeys(NoteKey(ORIGIN, LOG.public_key()), "Belmora", (NoteKey(WITNESS.name, WITNESS.key.public_key()),))


def leaves() -> list[bytes]:
    tags = (("exchange:act:record", ""), ("vault:part:erase", "hidden"), ("vault:part:erase", "keyless"))
    return [
        leaf_bytes(Leaf(i, "2026-11-22T15:00:00Z", tag, "ab" * 32, "QN.bureau", "", "allowed", "A-01", moment))
        for i, (tag, moment) in enumerate(tags)
    ]


def note() -> bytes:
    top = root(append(Frontier(), [hash_of(raw) for raw in leaves()])[0])
    return cosign(sign_checkpoint(Checkpoint(ORIGIN, 3, top), LOG, NOW), WITNESS, NOW)


def proof() -> bytes:
    first, second, third = (hash_of(raw) for raw in leaves())
    paths = ((second, third), (first, third), (node_hash(first, second),))
    entries = [ProofEntry(raw, i, path) for i, (raw, path) in enumerate(zip(leaves(), paths, strict=True))]
    return make_proof(note(), entries)


def test_the_first_entries_are_still_read_and_written() -> None:
    kept = (GOLDEN / "leaves-1.jsonl").read_bytes().splitlines()
    assert kept == leaves()
    assert [read_leaf(raw).index for raw in kept] == [0, 1, 2]


def test_the_first_checkpoint_is_still_read_and_written() -> None:
    kept = (GOLDEN / "checkpoint-1.txt").read_bytes()
    assert kept == note()
    opened = open_checkpoint(kept, KEYS.log, KEYS.witnesses, at_least=1)
    assert (opened.checkpoint.size, opened.issued, opened.cosigned[0].name) == (3, NOW, "witness.example/1")


def test_the_first_proof_is_still_read_and_written() -> None:
    kept = (GOLDEN / "proof-1.json").read_bytes()
    assert kept == proof()
    report = verify_proof(kept, KEYS)
    assert [leaf.moment for leaf in report.leaves] == ["", "hidden", "keyless"]
    assert report.text().encode() + b"\n" == (GOLDEN / "proof-1.txt").read_bytes()
