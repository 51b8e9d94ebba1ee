"""Receipts: round trip, forgery, and nothing in them that counts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchange.golden.content import RECEIPTS
from tests.exchange.world import END, NETWORK, NOW, directory_doc, ed, list_doc, make_trust, signer, with_status

from comity.errors import PeerRefused
from comity.exchange.lanes import LanePositions
from comity.exchange.receipt import (
    Answer,
    Receipt,
    RefusedNumber,
    read_answer,
    read_receipts,
    sign_answer,
    sign_receipts,
)
from comity.exchange.signed import NodeSigner, Signature, join_signed
from comity.exchange.trust import Trust
from comity.model.canon import encode

TRUST = make_trust()
RECORDED = Receipt(network=NETWORK, member="QN", act="ab" * 32, delivery="cd" * 32, code="recorded", at=NOW)


def receipt(**changes: Any) -> Receipt:
    return msgspec.structs.replace(RECORDED, **changes)


ALL = RECEIPTS


def signed(*receipts: Receipt, by: NodeSigner | None = None, to: str = "QM", network: str = NETWORK) -> bytes:
    node = signer("QN") if by is None else by
    return sign_receipts(receipts, signer=node, recipient=to, network=network, now=NOW)


def refused(raw: bytes, *, sender: str = "QN", own: str = "QM", trust: Trust = TRUST, now: Any = NOW) -> str:
    with pytest.raises(PeerRefused) as caught:
        read_receipts(raw, trust=trust, sender=sender, own=own, now=now)
    return caught.value.rule


def test_every_code_survives_signing_and_reading() -> None:
    assert read_receipts(signed(*ALL), trust=TRUST, sender="QN", own="QM", now=NOW) == ALL


def test_an_answer_tells_how_far_the_lanes_came_and_what_was_refused() -> None:
    answer = Answer(
        receipts=(RECORDED,),
        arrived=LanePositions(urgent=3, ordinary=9),
        incarnation=1,
        refused=(RefusedNumber(lane="ordinary", n=8, rule="envelope.sealed"),),
        refusal="",
    )
    raw = sign_answer(answer, signer=signer("QN"), recipient="QM", network=NETWORK, now=NOW)
    assert read_answer(raw, trust=TRUST, sender="QN", own="QM", now=NOW) == answer


def test_a_receipt_holds_nothing_that_counts_the_ledger() -> None:
    fields = {field.name for field in msgspec.structs.fields(Receipt)}
    assert fields == {
        "network", "member", "act", "delivery", "code", "at", "moment", "basis", "rule", "until", "count",
    }  # fmt: skip
    text = signed(*ALL).split(b"\n")[0].lower()
    for word in (b"leaf", b"index", b"tree", b"size", b"root", b"checkpoint", b"protect"):
        assert word not in text


def test_a_receipt_forged_by_another_member_is_refused() -> None:
    posing = NodeSigner("QN", 1, "n1", ed("node QO"))
    assert refused(signed(RECORDED, by=posing)) == "receipt.signature"
    assert refused(signed(receipt(member="QO"), by=signer("QO"))) == "receipt.sender"


def test_a_member_cannot_slip_anothers_receipt_into_its_batch() -> None:
    with pytest.raises(PeerRefused, match=r"receipt\.member"):
        signed(RECORDED, receipt(member="QO"))
    tree = json.loads(signed(RECORDED).split(b"\n")[0])
    tree["receipts"][0]["member"] = "QO"
    forged = encode(tree)
    assert refused(join_signed(forged, [Signature(key="n1", sig=ed("node QN").sign(forged))])) == "receipt.member"


def test_receipts_for_one_member_say_nothing_to_another() -> None:
    assert refused(signed(RECORDED), own="QS") == "receipt.wrong_recipient"


def test_receipts_of_another_network_are_refused() -> None:
    other = "0" * 32
    assert refused(signed(receipt(network=other), network=other)) == "receipt.network"


def test_keys_are_judged_as_for_cartons() -> None:
    doc = list_doc("QN", version=2)
    node = msgspec.structs.replace(doc.nodes[0], sign=msgspec.structs.replace(doc.nodes[0].sign, revoked=NOW))
    revoked = make_trust(lists=[msgspec.structs.replace(doc, nodes=(node,))])
    assert refused(signed(RECORDED), trust=revoked) == "receipt.key_revoked"
    assert refused(signed(RECORDED), now=END) == "receipt.key_expired"
    assert refused(signed(RECORDED, by=NodeSigner("QN", 1, "n9", ed("node QN")))) == "receipt.key_unknown"
    assert refused(signed(RECORDED), now=NOW - timedelta(days=365)) == "receipt.key_not_yet"


def test_a_suspended_member_still_answers() -> None:
    trust = make_trust(with_status(directory_doc(), "QN", "suspended"))
    assert read_receipts(signed(RECORDED), trust=trust, sender="QN", own="QM", now=NOW) == (RECORDED,)


@pytest.mark.parametrize(
    "wrong",
    [
        receipt(code="erased"),
        receipt(moment="gone"),
        receipt(code="kept"),
        receipt(basis="a law"),
        receipt(code="technical_refusal"),
        receipt(rule="act.signature"),
        receipt(code="paper_outstanding"),
        receipt(count=1),
        receipt(until=END),
    ],
)
def test_a_receipt_whose_fields_do_not_fit_its_code_is_refused(wrong: Receipt) -> None:
    with pytest.raises(PeerRefused, match=r"receipt\.shape"):
        signed(wrong)


@given(st.data())
def test_no_change_to_receipts_is_taken_or_escapes_as_another_error(data: st.DataObject) -> None:
    raw = bytearray(signed(*ALL))
    at = data.draw(st.integers(0, raw.index(b"\n") - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    assert refused(bytes(raw)) != ""
