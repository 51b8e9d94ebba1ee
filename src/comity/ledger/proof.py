"""A proof that anybody can check on another machine, and in words what it shows and what it does not.

A proof is one JSON document: entries with their paths, the checkpoint they lie under, if wanted an earlier
checkpoint with the path from it, the signed headers of the acts, and whatever documents of the directory the node
adds so that the reader finds the keys. Checking needs the keys and nothing else: no node, no clock, no network.

What a ledger shows is what its member *declared*, and that it cannot take the declaration back. It never shows that
nobody kept a copy; every report on an erasure says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.errors import PeerRefused, RuleRefused
from comity.ledger.checkpoint import NoteKey, SignedCheckpoint, open_checkpoint, read_checkpoint
from comity.ledger.leaf import ERASE, RECORD, Leaf, hash_of, read_leaf
from comity.ledger.tree import verify_consistency, verify_inclusion
from comity.model.act import digest_of, read_header, verify_act
from comity.model.canon import decode, encode

FORMAT = "comity-proof-1"
PROOF_LIMIT = 16 << 20

NO_COPY = "This does not show that nobody kept a copy."
OWN_TIMES = "The time of each entry is the member's own; a witness vouches for the time of its cosignature only."
ALONE = "No witness cosigned this checkpoint: it is the member's word alone, and it could show others another ledger."

_MOMENTS = {
    "hidden": "hid it from every query, hit and export",
    "keyless": "destroyed its keys",
    "gone": "cleared what was left of it from its working files",
}


class ProofEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry: its stored bytes, number and path, and where there is an act its header bytes and signature."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    header: bytes = b""
    signature: bytes = b""


class Earlier(msgspec.Struct, frozen=True):
    """An earlier checkpoint of the same log, and the consistency path from it."""

    note: bytes
    path: tuple[bytes, ...]


class Document(msgspec.Struct, frozen=True):
    """Something that helps to find the keys: ``kind`` is a code of the directory, ``data`` its exact bytes."""

    kind: str
    data: bytes


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document as read; nothing in it is verified yet."""

    format: str
    origin: str
    checkpoint: bytes
    entries: tuple[ProofEntry, ...]
    earlier: Earlier | None = None
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofKeys:
    """Whose signatures count: the log's, the witnesses', and the authors' by key id.

    ``speaker`` is how the member that keeps the log is called in the report, for example "Belmora".
    """

    log: NoteKey
    speaker: str
    witnesses: tuple[NoteKey, ...] = ()
    at_least: int = 0
    authors: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProofReport:
    """A verified proof: ``shows`` and ``limits`` are sentences for the reader, ``leaves`` what they rest on."""

    head: SignedCheckpoint
    speaker: str
    leaves: tuple[Leaf, ...]
    shows: tuple[str, ...]
    limits: tuple[str, ...]

    def text(self) -> str:
        """The report as plain text, one sentence a line."""
        return "\n".join((*self.shows, *self.limits))


def make_proof(
    note: bytes,
    entries: Sequence[ProofEntry],
    *,
    earlier: Earlier | None = None,
    documents: Sequence[Document] = (),
) -> bytes:
    """The document that proves ``entries`` under the checkpoint in ``note``."""
    origin = read_checkpoint(note).origin
    return encode(Proof(FORMAT, origin, note, tuple(entries), earlier, tuple(documents)))


def read_proof(raw: bytes) -> Proof:
    """The document in ``raw``, well-formed but not verified; raises :class:`PeerRefused`."""
    proof = decode(raw, Proof, what="proof", limit=PROOF_LIMIT)
    if proof.format != FORMAT:
        raise PeerRefused(
            f"The proof has the format {proof.format!r}; {FORMAT!r} is understood here.",
            rule="proof.format",
            remedy="Check it with a newer version of Comity.",
        )
    if len(proof.entries) == 0:
        raise PeerRefused("The proof names no entry.", rule="proof.empty", remedy="Ask for the proof again.")
    return proof


def verify_proof(raw: bytes, keys: ProofKeys) -> ProofReport:
    """What ``raw`` proves under ``keys``; raises :class:`PeerRefused` naming the first thing that is not as claimed."""
    proof = read_proof(raw)
    head = open_checkpoint(proof.checkpoint, keys.log, keys.witnesses, at_least=keys.at_least)
    size, top = head.checkpoint.size, head.checkpoint.root
    leaves = []
    for entry in proof.entries:
        verify_inclusion(hash_of(entry.leaf), entry.index, size, entry.path, top)
        leaves.append(_leaf_of(entry))
    shows = [_head_says(head, keys.speaker)]
    shows += _earlier_says(proof.earlier, head, keys)
    shows += _acts_say(proof.entries, leaves, head, keys)
    return ProofReport(head, keys.speaker, tuple(leaves), tuple(shows), _limits(head, leaves))


def erasure_certificate(report: ProofReport, digest: str) -> tuple[str, ...]:
    """The certificate of erasure of one act, sentence by sentence; raises :class:`RuleRefused` if there is none yet.

    It says what the member declared in a witnessed ledger and, as its last sentence, what that does not show.
    """
    leaves = [leaf for leaf in report.leaves if leaf.digest == digest]
    moments = {leaf.moment for leaf in leaves if leaf.action == ERASE}
    if not {"hidden", "keyless"} <= moments or all(leaf.action != RECORD for leaf in leaves):
        raise RuleRefused(
            "The proof does not hold the recording and the destruction of the keys of this act.",
            rule="certificate.incomplete",
            remedy="Wait until the erasure is keyless, then ask for a new proof.",
        )
    size = report.head.checkpoint.size
    first = (
        f"{report.speaker} declares, in its ledger {report.head.checkpoint.origin} at {size} entries, "
        f"that it held the parts of act {digest[:16]} and destroyed them."
    )
    limits = [limit for limit in report.limits if limit != NO_COPY]
    return (first, _act_says(report.speaker, digest, leaves, size), *limits, NO_COPY)


def _leaf_of(entry: ProofEntry) -> Leaf:
    leaf = read_leaf(entry.leaf)
    if leaf.index != entry.index:
        raise _differs(f"The proof calls entry {leaf.index} entry {entry.index}.", "proof.index")
    if len(entry.header) > 0 and digest_of(entry.header) != leaf.digest:
        raise _differs(
            f"The header beside entry {leaf.index} has the digest {digest_of(entry.header)}, "
            f"the entry names {leaf.digest}.",
            "proof.header",
        )
    return leaf


def _head_says(head: SignedCheckpoint, speaker: str) -> str:
    checkpoint = head.checkpoint
    when = "" if head.issued is None else f" on {_spoken(head.issued.strftime('%Y-%m-%dT%H:%M:%SZ'))}"
    seen = "; ".join(
        f"{one.name} saw it on {_spoken(one.time.strftime('%Y-%m-%dT%H:%M:%SZ'))}" for one in head.cosigned
    )
    witnessed = "." if seen == "" else f"; {seen}."
    return f"{speaker} signed its ledger {checkpoint.origin} at {checkpoint.size} entries{when}{witnessed}"


def _earlier_says(earlier: Earlier | None, head: SignedCheckpoint, keys: ProofKeys) -> list[str]:
    if earlier is None:
        return []
    before = open_checkpoint(earlier.note, keys.log, keys.witnesses).checkpoint
    now = head.checkpoint
    verify_consistency(before.size, now.size, earlier.path, before.root, now.root)
    return [f"Nothing of the first {before.size} entries was changed between that checkpoint and this one."]


def _acts_say(
    entries: Sequence[ProofEntry], leaves: Sequence[Leaf], head: SignedCheckpoint, keys: ProofKeys
) -> list[str]:
    """One sentence for each act, in the order of its first entry, then one for each header that came along."""
    by_digest: dict[str, list[Leaf]] = {}
    for leaf in sorted(leaves, key=lambda one: one.index):
        by_digest.setdefault(leaf.digest, []).append(leaf)
    size = head.checkpoint.size
    says = [_act_says(keys.speaker, digest, group, size) for digest, group in by_digest.items()]
    return says + [_author_says(entry, keys) for entry in entries if len(entry.header) > 0]


def _act_says(speaker: str, digest: str, leaves: Sequence[Leaf], size: int) -> str:
    what = "no act in particular" if digest == "" else f"act {digest[:16]}"
    done = ", ".join(f"{_deed(leaf)} on {_spoken(leaf.time)} (entry {leaf.index})" for leaf in leaves)
    return f"{speaker} declared, in its ledger at {size} entries, about {what}: that it {done}."


def _deed(leaf: Leaf) -> str:
    if leaf.action == ERASE:
        return _MOMENTS[leaf.moment]
    if leaf.action == RECORD:
        return "recorded it"
    rule = "" if leaf.rule == "" else f" under {leaf.rule}"
    return f"noted {leaf.tag} as {leaf.decision}{rule}"


def _author_says(entry: ProofEntry, keys: ProofKeys) -> str:
    """What the header beside an entry adds; raises where a signature is there, its key known, and it is not good."""
    header = read_header(entry.header)
    who = f"{header.agency} wrote the header of act {digest_of(entry.header)[:16]} ({header.procedure}, {header.step})"
    public = keys.authors.get(header.key)
    if public is None or len(entry.signature) == 0:
        return f"By its text, {who}; no signature was checked, for want of a known key."
    verify_act(entry.header, entry.signature, public)
    return f"{who} on {_spoken(header.time)}, and its signature is good."


def _limits(head: SignedCheckpoint, leaves: Sequence[Leaf]) -> tuple[str, ...]:
    alone = (ALONE,) if len(head.cosigned) == 0 else ()
    copies = (NO_COPY,) if any(leaf.action == ERASE for leaf in leaves) else ()
    return (OWN_TIMES, *alone, *copies)


def _spoken(time: str) -> str:
    """``2026-11-22T15:30:00Z`` as "2026-11-22 at 15:30:00 UTC"."""
    day, _, clock = time.removesuffix("Z").partition("T")
    return f"{day} at {clock} UTC"


def _differs(says: str, rule: str) -> PeerRefused:
    return PeerRefused(says, rule=rule, remedy="Ask for the proof again; if it fails again, treat it as forged.")
