"""Cartons and deliveries: round trips, each attack, and what no byte may say."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchange.world import (
    ANCHOR,
    END,
    NETWORK,
    NOW,
    Desk,
    directory_doc,
    draws,
    ed,
    kem,
    list_doc,
    make_trust,
    pack,
    person_part,
    signed_directory,
    signer,
    unpack,
    with_status,
)

from comity.errors import OwnFault, PeerRefused, RuleRefused
from comity.exchange.delivery import (
    Delivery,
    delivery_id,
    delivery_of,
    pack_delivery,
    read_delivery,
    verify_deliveries,
    verify_delivery,
)
from comity.exchange.directory import accept_directory
from comity.exchange.envelope import (
    LIMITS,
    MAGIC,
    SIGNATURE_BYTES,
    Limits,
    OpenedEnvelope,
    Outgoing,
    RefusedEnvelope,
    cartons_of,
    envelope_size,
    open_carton,
    pack_carton,
)
from comity.exchange.frames import block
from comity.exchange.kem import kem_public_key, wrap_key
from comity.exchange.trust import trust_in
from comity.model.canon import encode
from comity.model.sealing import chunk_address, open_chunk, seal_chunk

TRUST = make_trust()


def one_act(n: int = 1, lane: str = "ordinary", delivery: Delivery | None = None) -> Outgoing:
    return Outgoing("act", lane, n, Desk().delivery(person_part()) if delivery is None else delivery)


CARTON = pack(one_act(), Outgoing("directory", "urgent", 1, TRUST.directory.raw), trust=TRUST)


def refused(raw: bytes, own: str = "QN", trust: Any = TRUST, now: Any = NOW, limits: Limits = LIMITS) -> str:
    with pytest.raises(PeerRefused) as caught:
        open_carton(raw, trust=trust, own=own, kem_keys={"k1": kem(own)}, now=now, limits=limits)
    return caught.value.rule


def outer_tree(**changes: Any) -> dict[str, Any]:
    tree = {
        "format": "comity-carton-1",
        "network": NETWORK,
        "exercise": True,
        "protocol": 1,
        "sender": "QM",
        "recipient": "QN",
        "incarnation": 1,
        "key": "n1",
        "kem": "k1",
        "time": "2027-03-01T02:13:00Z",
        "count": 0,
    }
    return tree | changes


def envelope_tree(**changes: Any) -> dict[str, Any]:
    tree = {"kind": "directory", "lane": "urgent", "incarnation": 1, "n": 1}
    return tree | {"network": NETWORK, "sender": "QM", "recipient": "QN"} | changes


def forge(
    outer: dict[str, Any] | bytes,
    frames: list[tuple[dict[str, Any] | bytes, bytes]] | None = None,
    *,
    by: str = "node QM",
    to: str = "QN",
    tail: bytes = b"",
) -> bytes:
    """A carton written by hand, rightly signed by ``by``: what a lying member could send."""
    outer_raw = outer if isinstance(outer, bytes) else encode(outer)
    key = hashlib.sha256(b"carton key").digest()
    out = MAGIC + block(outer_raw) + block(wrap_key(key, kem_public_key(kem(to).public), outer_raw))
    for index, (header, payload) in enumerate(frames or []):
        raw = header if isinstance(header, bytes) else encode(header)
        out += block(raw) + block(AESGCM(key).encrypt(index.to_bytes(12, "big"), payload, raw))
    out += tail
    return out + ed(by).sign(MAGIC + hashlib.sha256(out).digest())


def test_what_is_packed_comes_out_again() -> None:
    opened = unpack(CARTON, trust=TRUST)
    act, document = opened.envelopes
    assert opened.sender == "QM"
    assert isinstance(act, OpenedEnvelope)
    assert isinstance(document, OpenedEnvelope)
    assert (act.header.kind, act.header.lane, act.header.n) == ("act", "ordinary", 1)
    assert act.content == Desk().delivery(person_part())
    assert document.content == TRUST.directory.raw
    assert isinstance(act.content, Delivery)
    verified, parts = verify_delivery(act.content, TRUST, NOW)
    assert verified.raw == act.content.header
    assert [part.data for part in parts] == [person_part()]


@given(st.lists(st.binary(max_size=300), max_size=4), st.lists(st.binary(max_size=300), max_size=3), st.booleans())
def test_deliveries_survive_writing_and_reading(data: list[bytes], chunks: list[bytes], consent: bool) -> None:
    act, parts = Desk().act(*data)
    delivery = delivery_of(act, parts, chunks=chunks, consent="ab" * 32 if consent else "")
    assert read_delivery(pack_delivery(delivery)) == delivery


def test_an_act_whose_parts_were_erased_travels_as_its_header() -> None:
    act, _ = Desk().act(person_part())
    assert verify_delivery(delivery_of(act), TRUST, NOW) == (act, ())


def test_attachment_chunks_open_with_the_parts_key_in_their_order_only() -> None:
    key = draws("chunk")(32)
    first, second = seal_chunk(key, 0, b"portrait"), seal_chunk(key, 1, b"portrait")
    assert (open_chunk(key, 0, first), open_chunk(key, 1, second)) == (b"portrait", b"portrait")
    assert chunk_address(first) != chunk_address(second)
    with pytest.raises(PeerRefused, match=r"part\.sealed"):
        open_chunk(key, 1, first)


def test_a_carton_for_one_member_is_refused_by_another() -> None:
    assert refused(CARTON, own="QO") == "carton.wrong_recipient"


def test_a_carton_addressed_anew_by_somebody_else_no_longer_opens() -> None:
    readdressed = CARTON.replace(b'"recipient":"QN"', b'"recipient":"QO"', 1)
    assert refused(readdressed, own="QO") == "carton.signature"


def test_an_envelope_moved_into_a_carton_for_another_member_or_lane_is_refused_alone() -> None:
    good = envelope_tree(n=2)
    for changed in (
        envelope_tree(recipient="QO"),
        envelope_tree(sender="QO"),
        envelope_tree(incarnation=2),
        envelope_tree(network="0" * 32),
    ):
        opened = unpack(forge(outer_tree(count=2), [(changed, b"x"), (good, b"y")]), trust=TRUST)
        bad, neighbour = opened.envelopes
        assert isinstance(bad, RefusedEnvelope)
        assert (bad.header, bad.refusal.rule) == (None, "envelope.address")
        assert isinstance(neighbour, OpenedEnvelope)


def test_an_envelope_moved_to_another_lane_or_number_does_not_open() -> None:
    sealed = forge(outer_tree(count=1), [(envelope_tree(), b"x")])[:-SIGNATURE_BYTES]
    header = encode(envelope_tree())
    for other in (encode(envelope_tree(n=2)), encode(envelope_tree(lane="ordinary"))):
        moved = sealed.replace(block(header), block(other))
        opened = unpack(moved + ed("node QM").sign(MAGIC + hashlib.sha256(moved).digest()), trust=TRUST)
        assert isinstance(opened.envelopes[0], RefusedEnvelope)
        assert opened.envelopes[0].refusal.rule == "envelope.sealed"


@pytest.mark.parametrize(
    ("frame", "rule"),
    [
        ((envelope_tree(kind="parcel"), b"x"), "envelope.kind_unknown"),
        ((envelope_tree(kind="act"), b"x"), "delivery.form"),
        ((envelope_tree(lane="express"), b"x"), "format.shape"),
        ((envelope_tree(n=0), b"x"), "format.shape"),
        ((b'{"n":1,"n":2}', b"x"), "format.duplicate_key"),
        ((b"[" * 1000, b"x"), "format.depth"),
        ((b"{" + b" " * 2000 + b"}", b"x"), "format.oversize"),
        ((b"\xff\xfe", b"x"), "format.json"),
    ],
)
def test_one_bad_envelope_never_spoils_its_neighbour(frame: Any, rule: str) -> None:
    opened = unpack(forge(outer_tree(count=2), [frame, (envelope_tree(), b"fine")]), trust=TRUST)
    bad, good = opened.envelopes
    assert isinstance(bad, RefusedEnvelope)
    assert bad.refusal.rule == rule
    assert isinstance(good, OpenedEnvelope)
    assert good.content == b"fine"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"protocol": 2}, "carton.protocol_unknown"),
        ({"protocol": True}, "carton.protocol_unknown"),
        ({"protocol": "9" * 9000}, "carton.protocol_unknown"),
        ({"format": "comity-carton-9"}, "carton.protocol_unknown"),
        ({"network": "0" * 32}, "carton.network"),
        ({"exercise": False}, "carton.exercise_mix"),
        ({"sender": "QZ"}, "carton.unknown_sender"),
        ({"sender": "QN"}, "carton.unknown_sender"),
        ({"sender": "QO"}, "carton.signature"),
        ({"key": "n9"}, "carton.key_unknown"),
        ({"kem": "k9"}, "carton.kem_unknown"),
        ({"count": 513}, "carton.oversize"),
        ({"count": 1}, "carton.form"),
        ({"count": -1}, "format.shape"),
        ({"time": "yesterday"}, "format.shape"),
        ({"sender": "Qm"}, "format.shape"),
    ],
)
def test_a_carton_that_lies_in_its_outer_header_is_refused_by_name(changes: dict[str, Any], rule: str) -> None:
    assert refused(forge(outer_tree(**changes))) == rule


def test_unknown_fields_of_the_outer_header_are_signed_and_passed_over() -> None:
    opened = unpack(forge(outer_tree(route="sneaker", count=1), [(envelope_tree(colour="red"), b"x")]), trust=TRUST)
    assert isinstance(opened.envelopes[0], OpenedEnvelope)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "carton.form"),
        (MAGIC, "carton.form"),
        (MAGIC + bytes(200), "format.json"),
        (MAGIC + b"\xff" * 200, "carton.form"),
        (b"comity-carton-2\n" + bytes(200), "carton.protocol_unknown"),
        (b"PK\x03\x04" + bytes(500), "carton.form"),
        (forge(outer_tree(), tail=b"more"), "carton.form"),
        (forge(b"[" * 60_000), "format.depth"),
        (forge(encode(outer_tree())[:-1] + b',"count":1}'), "format.duplicate_key"),
        (forge(b"{" + b" " * 70_000 + b"}"), "carton.form"),
    ],
)
def test_what_is_not_a_carton_is_refused(raw: bytes, rule: str) -> None:
    assert refused(raw) == rule


def test_size_is_judged_before_anything_is_read() -> None:
    assert refused(CARTON, limits=Limits(carton=len(CARTON) - 1)) == "carton.oversize"
    assert refused(bytes(LIMITS.carton + 1)) == "carton.oversize"


def test_a_carton_sealed_to_one_member_and_addressed_to_another_does_not_open() -> None:
    assert refused(forge(outer_tree(), to="QO")) == "carton.kem"


def test_a_revoked_or_expired_node_key_closes_the_door() -> None:
    doc = list_doc("QM", version=2)
    node = msgspec.structs.replace(doc.nodes[0], sign=msgspec.structs.replace(doc.nodes[0].sign, revoked=NOW))
    trust = make_trust(lists=[msgspec.structs.replace(doc, nodes=(node,))])
    assert refused(CARTON, trust=trust) == "carton.key_revoked"
    assert unpack(CARTON, trust=trust, now=NOW - timedelta(seconds=1)).sender == "QM"
    assert refused(CARTON, now=END) == "carton.key_expired"


def test_a_suspended_member_is_heard_on_the_urgent_lane_only() -> None:
    trust = make_trust(with_status(directory_doc(), "QM", "suspended"))
    act, document = unpack(CARTON, trust=trust).envelopes
    assert isinstance(act, RefusedEnvelope)
    assert act.refusal.rule == "member.suspended"
    assert act.header is not None
    assert isinstance(document, OpenedEnvelope)


def test_one_that_left_is_neither_heard_nor_sent_to() -> None:
    left = signed_directory(with_status(directory_doc(), "QM", "left"))
    directory = accept_directory(left, current=None, anchor=ANCHOR, network=NETWORK, now=NOW)
    gone = trust_in(directory, TRUST.lists.values())
    assert refused(CARTON, trust=gone) == "carton.sender_left"
    with pytest.raises(RuleRefused, match="left"):
        pack(one_act(lane="urgent"), trust=gone, sender="QN", recipient="QM")


def test_nothing_ordinary_is_sent_to_a_suspended_member() -> None:
    trust = make_trust(with_status(directory_doc(), "QN", "suspended"))
    with pytest.raises(RuleRefused, match="suspended"):
        pack(one_act(), trust=trust)
    assert unpack(pack(one_act(lane="urgent"), trust=trust), trust=trust).sender == "QM"


@settings(max_examples=300)
@given(st.integers(0, len(CARTON) * 8 - 1))
def test_no_flipped_bit_of_a_carton_opens_or_escapes_as_another_error(bit: int) -> None:
    raw = bytearray(CARTON)
    raw[bit // 8] ^= 1 << (bit % 8)
    assert refused(bytes(raw)) != ""


@settings(max_examples=200)
@given(st.integers(0, len(CARTON) - 1))
def test_a_carton_cut_anywhere_is_refused(length: int) -> None:
    assert refused(CARTON[:length]) != ""


@given(st.data())
def test_no_change_to_a_delivery_escapes_as_another_error(data: st.DataObject) -> None:
    raw = bytearray(pack_delivery(Desk().delivery(b'{"form":{}}', b"{}")))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        act, parts = verify_delivery(read_delivery(bytes(raw)), TRUST, NOW)
    except PeerRefused:
        return
    assert act.raw == Desk().delivery(b'{"form":{}}', b"{}").header
    assert {part.data for part in parts} <= {b'{"form":{}}', b"{}"}


def verify_refused(delivery: Delivery, at: Any = NOW, trust: Any = TRUST) -> str:
    with pytest.raises(PeerRefused) as caught:
        verify_delivery(delivery, trust, at)
    return caught.value.rule


def changed(delivery: Delivery, **changes: Any) -> Delivery:
    return Delivery(**{name: getattr(delivery, name) for name in Delivery.__slots__} | changes)


def test_the_author_of_each_act_is_verified_whoever_sent_it() -> None:
    good = Desk().delivery(b"{}")
    assert verify_refused(changed(good, signature=bytes(64))) == "act.signature"
    assert verify_refused(changed(good, signature=b"")) == "act.signature"
    assert verify_refused(Desk("QO").delivery(b"{}", agency="QM.bureau")) == "act.signature"
    assert verify_refused(Desk().delivery(b"{}", key="zz")) == "act.key_unknown"
    assert verify_refused(Desk().delivery(b"{}", agency="QM.other")) == "act.key_unknown"
    assert verify_refused(Desk().delivery(b"{}", network="0" * 32)) == "act.network"


def test_parts_are_those_that_the_header_names_and_each_once() -> None:
    desk = Desk()
    good, other = desk.delivery(b"{}", b'{"form":{}}'), desk.delivery(b"{}")
    part = good.parts[0]
    assert verify_refused(changed(good, parts=other.parts)) == "delivery.part_unknown"
    assert verify_refused(changed(good, parts=(part, part))) == "delivery.part_twice"
    wrong_salt = type(part)(part.commitment, part.sealed, part.key, bytes(32))
    assert verify_refused(changed(good, parts=(wrong_salt,))) == "part.commitment"
    wrong_key = type(part)(part.commitment, part.sealed, bytes(32), part.salt)
    assert verify_refused(changed(good, parts=(wrong_key,))) == "part.sealed"


def key_changed(**changes: Any) -> Any:
    doc = list_doc("QM", version=2)
    key = msgspec.structs.replace(doc.agencies[0].keys[0], **changes)
    agency = msgspec.structs.replace(doc.agencies[0], keys=(key,))
    return make_trust(lists=[msgspec.structs.replace(doc, agencies=(agency,))])


def test_an_act_stays_good_if_it_was_recorded_before_its_key_was_revoked() -> None:
    act = Desk().delivery(b"{}")
    trust = key_changed(revoked=NOW + timedelta(hours=1))
    assert verify_delivery(act, trust, NOW)[0].digest == act.act
    assert verify_refused(act, NOW + timedelta(hours=1), trust) == "act.key_revoked"


def test_a_key_that_ran_out_while_the_act_travelled_still_counts() -> None:
    trust = key_changed(ends=NOW + timedelta(hours=1))
    late = NOW + timedelta(days=30)
    assert verify_delivery(Desk().delivery(b"{}"), trust, late)[0].header.agency == "QM.bureau"
    assert verify_refused(Desk().delivery(b"{}", time=NOW + timedelta(hours=2)), late, trust) == "act.key_expired"
    assert verify_refused(Desk().delivery(b"{}"), NOW, key_changed(begins=NOW + timedelta(hours=1))) == (
        "act.key_not_yet"
    )


def test_a_batch_says_of_each_act_by_itself() -> None:
    desk = Desk()
    good, bad = desk.delivery(b"{}"), changed(desk.delivery(b"{}"), signature=bytes(64))
    first, second, third = verify_deliveries([good, bad, good], TRUST, NOW)
    assert isinstance(second, PeerRefused)
    assert not isinstance(first, PeerRefused)
    assert first == third


def test_a_delivery_is_named_by_act_sender_and_the_set_of_its_parts() -> None:
    parts = ("bb" * 32, "aa" * 32)
    name = delivery_id("cc" * 32, "QM", parts)
    assert name == delivery_id("cc" * 32, "QM", (*parts[::-1], parts[0]))
    others = {delivery_id("cc" * 32, "QO", parts), delivery_id("dd" * 32, "QM", parts)}
    others |= {delivery_id("cc" * 32, "QM", parts[:1]), delivery_id("cc" * 32, "QM", ())}
    assert len(others | {name}) == 5


def plaintext(raw: bytes, own: str) -> bytes:
    """Everything that ``own`` can read of a carton: outer header, envelope headers and payloads."""
    opened = unpack(raw, trust=TRUST, own=own)
    out = encode(opened.outer) + raw
    for envelope in opened.envelopes:
        assert isinstance(envelope, OpenedEnvelope)
        content = envelope.content
        out += encode(envelope.header) + (content if isinstance(content, bytes) else pack_delivery(content))
    return out


def test_no_byte_of_an_envelope_to_one_recipient_names_another() -> None:
    desk = Desk()
    _, sealed = desk.act(person_part())
    own, _ = desk.act(track="owner", parts=())
    copies = {code: [own, desk.act(track=f"line/{code}", prev=own.digest)[0]] for code in ("QN", "QO")}
    read = {
        code: plaintext(
            pack(
                *(one_act(n, delivery=delivery_of(act)) for n, act in enumerate(acts, 1)), trust=TRUST, recipient=code
            ),
            code,
        )
        for code, acts in copies.items()
    }
    assert len(sealed) == 1
    for here, there in (("QN", "QO"), ("QO", "QN")):
        marks = (f'"{there}"', f"line/{there}", copies[there][1].digest, kem(there).public[:16].hex())
        for mark in marks:
            assert mark.encode() not in read[here]
        assert bytes.fromhex(copies[there][1].digest) not in read[here]
        assert kem(there).public[:16] not in read[here]
        assert f'"{here}"'.encode() in read[here]


def test_one_part_is_sealed_once_for_all_recipients() -> None:
    delivery = Desk().delivery(person_part())
    for code in ("QN", "QO"):
        assert delivery.parts[0].sealed in plaintext(
            pack(one_act(delivery=delivery), trust=TRUST, recipient=code), code
        )
        assert delivery.parts[0].sealed not in pack(one_act(delivery=delivery), trust=TRUST, recipient=code)


def test_a_queue_is_cut_into_cartons_in_order() -> None:
    many = [one_act(n, delivery=Delivery(b"h", b"s")) for n in range(1, 1200)]
    cut = list(cartons_of(many))
    assert [len(group) for group in cut] == [512, 512, 175]
    assert [envelope for group in cut for envelope in group] == many
    small = Limits(carton=2 * LIMITS.outer + 3 * envelope_size(many[0]))
    assert {len(group) for group in cartons_of(many[:9], small)} == {3}
    assert list(cartons_of([])) == []


def test_more_than_a_carton_holds_is_our_own_fault_and_named() -> None:
    with pytest.raises(OwnFault, match=r"carton\.oversize"):
        pack(*(one_act(n, delivery=Delivery(b"h", b"s")) for n in range(1, 514)), trust=TRUST)
    with pytest.raises(OwnFault, match=r"carton\.oversize"):
        pack(Outgoing("directory", "urgent", 1, bytes(LIMITS.carton)), trust=TRUST)
    for kind, content in (("act", b"bytes"), ("receipt", Delivery(b"h", b"s")), ("parcel", b"bytes")):
        with pytest.raises(OwnFault, match=r"envelope\.kind"):
            pack(Outgoing(kind, "urgent", 1, content), trust=TRUST)


def test_the_size_told_beforehand_is_never_too_small() -> None:
    for outgoing in (one_act(), Outgoing("receipt", "urgent", 1, b"x" * 5000)):
        alone = len(pack(outgoing, trust=TRUST)) - len(pack(trust=TRUST))
        assert alone <= envelope_size(outgoing)


def test_two_cartons_of_the_same_content_are_sealed_apart() -> None:
    again = pack_carton(
        [one_act()], signer=signer("QM"), recipient="QN", trust=TRUST, now=NOW, draw=draws("another carton")
    )
    assert pack(one_act(), trust=TRUST)[-2000:-1900] not in again
