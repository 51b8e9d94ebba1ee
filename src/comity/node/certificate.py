"""Reading a proof on another machine: from the secretariat officers' keys to what one member's ledger says.

Everything that is needed lies in the proof but the anchor, which the reader got by another way: the network's id
and the keys of the secretariat's officers. Nothing is asked of any network and no node is needed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.errors import Defect, InputRefused, PeerRefused, RuleRefused
from comity.exchange.directory import Anchor, Directory, OfficerKey, accept_directory, stored_directory
from comity.exchange.member_list import MemberList, accept_member_list, stored_member_list
from comity.ledger.checkpoint import NoteKey
from comity.ledger.leaf import ERASE
from comity.ledger.proof import Proof, ProofKeys, ProofReport, erasure_certificate, read_proof, verify_proof
from comity.node.documents import DIRECTORY, MEMBER_LIST


@dataclass(frozen=True, slots=True)
class AnchorPaper:
    """What a reader trusts from the start: a network, and how many of which officers must have signed."""

    network: str
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Certified:
    """A proof that is good: the report, and the certificate of erasure where the proof amounts to one."""

    report: ProofReport
    certificate: tuple[str, ...]


def read_anchor(raw: bytes, *, file: str = "anchor") -> AnchorPaper:
    """The anchor in ``raw`` (``anchor.json``); raises :class:`InputRefused`."""
    try:
        tree = json.loads(raw)
        keys = tuple(OfficerKey(id=name, public=bytes.fromhex(key)) for name, key in tree["keys"].items())
        return AnchorPaper(str(tree["network"]), Anchor(keys, int(tree["threshold"])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        says = "The anchor cannot be read."
        remedy = "Ask the secretariat for anchor.json: network, threshold and the officers' keys."
        raise InputRefused(says, [Defect("anchor.form", says, remedy, file=file)]) from error


def certify(raw: bytes, paper: AnchorPaper) -> Certified:
    """What the proof in ``raw`` shows; raises :class:`PeerRefused` naming the first thing that is not good."""
    proof = read_proof(raw)
    directory = _directory(proof, paper)
    lists = _lists(proof, directory)
    report = verify_proof(raw, _keys(proof, paper.network, directory, lists))
    erased = {leaf.digest for leaf in report.leaves if leaf.action == ERASE}
    certificate: list[str] = []
    for digest in sorted(erased):
        try:
            certificate.extend(erasure_certificate(report, digest))
        except RuleRefused:
            continue  # hidden and not yet keyless: the report says so, and it is no certificate
    return Certified(report, tuple(dict.fromkeys(certificate)))


def _directory(proof: Proof, paper: AnchorPaper) -> Directory:
    raws = [document.data for document in proof.documents if document.kind == DIRECTORY]
    if len(raws) != 1:
        raise _lacking("the network's directory")
    issued = stored_directory(raws[0]).doc.issued
    return accept_directory(raws[0], current=None, anchor=paper.anchor, network=paper.network, now=issued)


def _lists(proof: Proof, directory: Directory) -> dict[str, MemberList]:
    found: dict[str, MemberList] = {}
    for document in proof.documents:
        if document.kind == MEMBER_LIST:
            issued = stored_member_list(document.data, directory).doc.issued
            listed = accept_member_list(document.data, directory=directory, current=None, now=issued)
            found[listed.member] = listed
    return found


def _keys(proof: Proof, network: str, directory: Directory, lists: dict[str, MemberList]) -> ProofKeys:
    """The log's key, from the list of the member that the log's own name claims."""
    words = proof.origin.split(".")
    member = words[2].upper() if len(words) == 4 and words[:2] == ["comity", network] else ""
    listed, known = lists.get(member), directory.member(member)
    if listed is None or known is None:
        raise _lacking(f"the list of the member that keeps {proof.origin}")
    signer = max(listed.doc.nodes, key=lambda node: node.incarnation).sign
    authors = {
        key.id: Ed25519PublicKey.from_public_bytes(key.public)
        for other in lists.values()
        for agency in other.doc.agencies
        for key in agency.keys
        if agency.id == _author_of(proof)
    }
    public = Ed25519PublicKey.from_public_bytes(signer.public)
    return ProofKeys(NoteKey(proof.origin, public), known.name, authors=authors)


def _author_of(proof: Proof) -> str:
    headers = [entry.header for entry in proof.entries if len(entry.header) > 0]
    return str(json.loads(headers[0]).get("agency", "")) if len(headers) > 0 else ""


def _lacking(what: str) -> PeerRefused:
    return PeerRefused(f"The proof does not carry {what}.", rule="proof.documents", remedy="Ask for the proof again.")
