"""Directories and member lists: the four promises, each against its attack."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchange.world import (
    ANCHOR,
    END,
    NETWORK,
    NOW,
    START,
    accepted_list,
    directory_doc,
    ed,
    first_directory,
    list_doc,
    officer_keys,
    pub,
    signed_directory,
    signed_list,
)

from comity.errors import OwnFault, PeerRefused
from comity.exchange.directory import (
    Directory,
    OfficerKey,
    accept_directories,
    accept_directory,
    stored_directory,
)
from comity.exchange.member_list import SigningKey, accept_member_list, stored_member_list
from comity.exchange.signed import Signature, join_signed, split_signed
from comity.model.canon import encode


def accept(raw: bytes, current: Directory | None = None, **changes: Any) -> Directory:
    given = {"anchor": ANCHOR, "network": NETWORK, "now": NOW} | changes
    return accept_directory(raw, current=current, **given)


def refused(raw: bytes, current: Directory | None = None, **changes: Any) -> str:
    with pytest.raises(PeerRefused) as caught:
        accept(raw, current, **changes)
    return caught.value.rule


def test_the_first_directory_is_taken_on_the_anchor() -> None:
    directory = first_directory()
    assert (directory.version, directory.network) == (1, NETWORK)
    member = directory.member("QN")
    assert member is not None
    assert member.name == "Belmora"
    assert directory.member("QZ") is None


def test_the_same_bytes_again_change_nothing() -> None:
    directory = first_directory()
    assert accept(directory.raw, directory) is directory


def test_a_further_signature_on_the_same_version_changes_nothing() -> None:
    directory = first_directory()
    assert accept(signed_directory(directory_doc(), by=OFFICERS_ALL), directory) is directory


OFFICERS_ALL = ("s1", "s2", "s3")


@pytest.mark.parametrize("by", [(), ("s1",), ("s1", "s1"), ("s1", "stranger")])
def test_too_few_officers_cannot_publish(by: tuple[str, ...]) -> None:
    assert refused(signed_directory(directory_doc(version=2), by=by), first_directory()) == "directory.signatures"


def test_one_officer_under_two_ids_counts_once() -> None:
    twice = (*officer_keys(("s1", "s2")), OfficerKey(id="s9", public=pub("s1")))
    with pytest.raises(PeerRefused) as caught:
        signed_directory(directory_doc(secretariat=twice))
    assert caught.value.rule == "directory.shape"


def test_a_network_of_a_strangers_own_making_is_refused_by_the_anchor() -> None:
    own = directory_doc(secretariat=officer_keys(("x1",)), threshold=1)
    assert refused(signed_directory(own, by=("x1",))) == "directory.signatures"


def test_an_older_version_does_not_come_back() -> None:
    second = accept(signed_directory(directory_doc(version=2)), first_directory())
    assert refused(signed_directory(directory_doc()), second) == "directory.rollback"


def test_two_directories_of_one_version_are_evidence() -> None:
    other = signed_directory(directory_doc(reviewer="QM"))
    assert refused(other, first_directory()) == "directory.forked"


def test_an_expired_directory_is_refused_even_if_it_is_the_one_in_force() -> None:
    directory = first_directory()
    assert refused(directory.raw, directory, now=END) == "directory.expired"
    assert refused(signed_directory(directory_doc(version=2)), directory, now=END) == "directory.expired"


def test_another_network_or_kind_of_network_is_refused() -> None:
    assert refused(signed_directory(directory_doc(network="0" * 32))) == "directory.network"
    live = signed_directory(directory_doc(version=2, exercise=False))
    assert refused(live, first_directory()) == "directory.network"


def test_new_officers_take_over_only_if_old_and_new_sign() -> None:
    new = directory_doc(version=2, secretariat=officer_keys(("t1", "t2", "t3")))
    first = first_directory()
    assert refused(signed_directory(new, by=("t1", "t2")), first) == "directory.signatures"
    assert refused(signed_directory(new, by=("s1", "s2")), first) == "directory.signatures"
    second = accept(signed_directory(new, by=("s1", "s2", "t1", "t2")), first)
    third = signed_directory(msgspec.structs.replace(new, version=3), by=("t2", "t3"))
    assert accept(third, second).version == 3
    old = signed_directory(msgspec.structs.replace(new, version=3), by=("s1", "s2"))
    assert refused(old, second) == "directory.signatures"


def test_one_that_was_away_follows_the_chain_of_expired_versions_to_the_last() -> None:
    short = START + timedelta(days=7)
    chain = [
        signed_directory(directory_doc(expires=short)),
        signed_directory(
            directory_doc(version=2, expires=short, secretariat=officer_keys(("t1", "t2"))), by=("s1", "s2", "t1", "t2")
        ),
        signed_directory(directory_doc(version=3, secretariat=officer_keys(("t1", "t2"))), by=("t1", "t2")),
    ]
    taken = accept_directories(chain, current=None, anchor=ANCHOR, network=NETWORK, now=NOW)
    assert [directory.version for directory in taken] == [1, 2, 3]
    with pytest.raises(PeerRefused, match="expired"):
        accept_directories(chain[:2], current=None, anchor=ANCHOR, network=NETWORK, now=NOW)
    with pytest.raises(PeerRefused, match="signatures"):
        accept_directories([chain[0], chain[2]], current=None, anchor=ANCHOR, network=NETWORK, now=NOW)


def test_unknown_fields_survive_because_the_signed_bytes_are_kept() -> None:
    signed, _ = split_signed(signed_directory(directory_doc()), what="directory", limit=1 << 20)
    extended = signed[:-1] + b',"zone":"north"}'
    raw = join_signed(extended, [Signature(key=name, sig=ed(name).sign(extended)) for name in ("s1", "s2")])
    directory = accept(raw)
    assert directory.signed == extended
    assert directory.raw == raw


def test_a_key_named_twice_is_refused() -> None:
    signed, _ = split_signed(signed_directory(directory_doc()), what="directory", limit=1 << 20)
    doubled = signed[:-1] + b',"version":9}'
    raw = join_signed(doubled, [Signature(key=name, sig=ed(name).sign(doubled)) for name in ("s1", "s2")])
    assert refused(raw) == "format.duplicate_key"


def test_a_million_brackets_are_refused_without_being_built() -> None:
    tail = b'\n{"signatures":[]}\n'
    assert refused(b'{"a":' + b"[" * 1_000_000 + tail) == "format.depth"
    assert refused(b"{}\n" + b"[" * 10_000 + b"\n") == "format.depth"
    assert refused(b"[" * 20_000_000) == "format.oversize"


@pytest.mark.parametrize("raw", [b"", b"\n", b"{}", b"{}\n{}\n\n", b"\x00" * 99, b"{}\n{}", b"null\nnull\n"])
def test_what_is_not_a_signed_document_is_refused(raw: bytes) -> None:
    assert refused(raw).startswith("format.")


@given(st.data())
def test_no_flipped_bit_of_a_directory_is_taken_or_escapes_as_another_error(data: st.DataObject) -> None:
    raw = bytearray(first_directory().raw)
    signed_length = raw.index(b"\n")
    at = data.draw(st.integers(0, signed_length - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(PeerRefused):
        accept(bytes(raw))


@given(st.data())
def test_a_directory_cut_anywhere_is_refused(data: st.DataObject) -> None:
    raw = first_directory().raw
    with pytest.raises(PeerRefused):
        accept(raw[: data.draw(st.integers(0, len(raw) - 1))])


def test_a_tampered_store_is_our_own_fault() -> None:
    directory = first_directory()
    assert stored_directory(directory.raw) == directory
    with pytest.raises(OwnFault):
        stored_directory(directory.raw.replace(b"Belmora", b"Belmore"))


def list_refused(raw: bytes, **changes: Any) -> str:
    given = {"directory": first_directory(), "current": None, "now": NOW} | changes
    with pytest.raises(PeerRefused) as caught:
        accept_member_list(raw, **given)
    return caught.value.rule


def test_a_list_signed_by_the_members_root_is_taken_and_once_more_changes_nothing() -> None:
    listed = accepted_list(list_doc("QN"))
    assert listed.root == pub("root QN")
    again = accept_member_list(listed.raw, directory=first_directory(), current=listed, now=NOW)
    assert again is listed


def test_nobody_signs_a_list_for_another_member() -> None:
    signed = encode(list_doc("QN"))
    forged = join_signed(signed, [Signature(key="root", sig=ed("root QO").sign(signed))])
    assert list_refused(forged) == "member_list.signature"


def test_lists_keep_the_promises_of_the_directory() -> None:
    second = accepted_list(list_doc("QN", version=2))
    assert list_refused(signed_list(list_doc("QN")), current=second) == "member_list.rollback"
    assert list_refused(signed_list(list_doc("QN", version=2, timezone="UTC")), current=second) == "member_list.forked"
    assert list_refused(signed_list(list_doc("QN", version=3)), current=second, now=END) == "member_list.expired"
    assert list_refused(signed_list(list_doc("QN", network="0" * 32))) == "member_list.network"
    assert list_refused(signed_list(list_doc("QO", version=3)), current=second) == "member_list.member"


def test_a_list_of_one_that_left_or_never_joined_is_refused() -> None:
    only = tuple(member for member in directory_doc().members if member.code != "QN")
    without = accept(signed_directory(directory_doc(members=only)))
    assert list_refused(signed_list(list_doc("QN")), directory=without) == "member_list.unknown_member"


def with_key(**changes: Any) -> Any:
    """The list of QN, second version, with its agency key changed."""
    doc = list_doc("QN", version=2)
    key = msgspec.structs.replace(doc.agencies[0].keys[0], **changes)
    return msgspec.structs.replace(doc, agencies=(msgspec.structs.replace(doc.agencies[0], keys=(key,)),))


def test_a_key_never_changes_under_its_id() -> None:
    current = accepted_list(list_doc("QN"))
    assert list_refused(signed_list(with_key(public=pub("other"))), current=current) == "member_list.key_changed"


def test_a_revocation_is_never_taken_back_or_put_off() -> None:
    current = accepted_list(with_key(revoked=NOW))
    for revoked in (None, NOW + timedelta(hours=1)):
        later = msgspec.structs.replace(with_key(revoked=revoked), version=3)
        assert list_refused(signed_list(later), current=current) == "member_list.unrevoked"


@pytest.mark.parametrize(
    "changes",
    [
        {"agencies": ()},
        {"agencies": (msgspec.structs.replace(list_doc("QN").agencies[0], id="QO.bureau"),)},
        {"agencies": (msgspec.structs.replace(list_doc("QN").agencies[0], bureau=False),)},
        {"agencies": list_doc("QN").agencies * 2},
        {"expires": START},
    ],
)
def test_a_list_that_breaks_its_rules_is_refused(changes: dict[str, Any]) -> None:
    signed = encode(list_doc("QN", **changes))
    raw = join_signed(signed, [Signature(key="root", sig=ed("root QN").sign(signed))])
    assert list_refused(raw) == "member_list.shape"


def test_two_different_keys_under_one_id_are_refused() -> None:
    doc = list_doc("QN")
    keys = (*doc.agencies[0].keys, SigningKey(id="a1", public=pub("other"), begins=START, ends=END))
    doubled = msgspec.structs.replace(doc, agencies=(msgspec.structs.replace(doc.agencies[0], keys=keys),))
    signed = encode(doubled)
    raw = join_signed(signed, [Signature(key="root", sig=ed("root QN").sign(signed))])
    assert list_refused(raw) == "member_list.shape"


def test_a_stored_list_is_passed_over_once_the_root_changed() -> None:
    listed = accepted_list(list_doc("QN"))
    assert stored_member_list(listed.raw, first_directory()) == listed
    members = tuple(
        msgspec.structs.replace(m, root=pub("new root")) if m.code == "QN" else m for m in directory_doc().members
    )
    rotated = accept(signed_directory(directory_doc(version=2, members=members)), first_directory())
    assert stored_member_list(listed.raw, rotated).root == b""
    with pytest.raises(OwnFault):
        stored_member_list(b"{}", rotated)
