"""Lookups: a key at a moment, a member's standing, and what is stale."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.exchange.world import (
    ANCHOR,
    END,
    NETWORK,
    NOW,
    START,
    accepted_list,
    directory_doc,
    kem,
    list_doc,
    make_trust,
    pub,
    signed_directory,
    with_status,
)

from comity.errors import PeerRefused
from comity.exchange.directory import accept_directory
from comity.exchange.trust import LANES, KeyStatus, with_directory, with_member_list

SECOND = timedelta(seconds=1)


def revoked_list(**changes: Any) -> Any:
    doc = list_doc("QN", version=2)
    key = msgspec.structs.replace(doc.agencies[0].keys[0], **changes)
    node = msgspec.structs.replace(doc.nodes[0], sign=msgspec.structs.replace(doc.nodes[0].sign, **changes))
    agency = msgspec.structs.replace(doc.agencies[0], keys=(key,))
    return msgspec.structs.replace(doc, agencies=(agency,), nodes=(node,))


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (START - SECOND, KeyStatus.NOT_YET),
        (START, KeyStatus.VALID),
        (NOW - SECOND, KeyStatus.VALID),
        (NOW, KeyStatus.REVOKED),
        (END + SECOND, KeyStatus.REVOKED),
    ],
)
def test_a_revoked_key_is_good_for_what_came_before(at: Any, status: KeyStatus) -> None:
    trust = with_member_list(make_trust(), accepted_list(revoked_list(revoked=NOW)))
    assert trust.agency_key("QN.bureau", "a1", at).status is status
    assert trust.node_sign_key("QN", "n1", at).status is status


def test_expired_and_unknown_keys_are_told_apart() -> None:
    trust = make_trust()
    assert trust.agency_key("QN.bureau", "a1", END).status is KeyStatus.EXPIRED
    for agency, key in (("QN.bureau", "zz"), ("QN.other", "a1"), ("QZ.bureau", "a1")):
        state = trust.agency_key(agency, key, NOW)
        assert (state.status, state.public) == (KeyStatus.UNKNOWN, None)


def test_one_members_key_is_not_anothers() -> None:
    trust = make_trust()
    mine, theirs = (trust.node_sign_key(code, "n1", NOW).public for code in ("QM", "QN"))
    assert mine is not None
    assert theirs is not None
    assert mine.public_bytes_raw() == pub("node QM") != theirs.public_bytes_raw()


def test_sealing_uses_the_latest_incarnation_that_is_valid() -> None:
    doc = list_doc("QN", version=2)
    later = msgspec.structs.replace(
        doc.nodes[0],
        incarnation=7,
        sign=msgspec.structs.replace(doc.nodes[0].sign, id="n7", public=pub("n7")),
        kem=msgspec.structs.replace(doc.nodes[0].kem, id="k7", public=kem("QN7").public, begins=NOW),
    )
    trust = with_member_list(make_trust(), accepted_list(msgspec.structs.replace(doc, nodes=(later, *doc.nodes))))
    assert trust.node_kem_key("QN", NOW - SECOND).id == "k1"
    assert trust.node_kem_key("QN", NOW).id == "k7"
    with pytest.raises(PeerRefused, match="no_kem_key"):
        trust.node_kem_key("QN", END)
    with pytest.raises(PeerRefused, match="no_kem_key"):
        trust.node_kem_key("QZ", NOW)


@pytest.mark.parametrize(("status", "allowed"), [("active", LANES), ("suspended", ("urgent",)), ("left", ())])
def test_a_suspended_member_keeps_the_urgent_lane_and_one_that_left_nothing(status: str, allowed: Any) -> None:
    trust = make_trust(with_status(directory_doc(), "QN", "active"))
    changed = with_status(directory_doc(version=2), "QN", status)
    directory = accept_directory(
        signed_directory(changed), current=trust.directory, anchor=ANCHOR, network=NETWORK, now=NOW
    )
    trust = with_directory(trust, directory)
    for judge in (trust.may_send, trust.may_receive):
        assert tuple(lane for lane in LANES if judge("QN", lane).allowed) == allowed
    assert trust.agency_key("QN.bureau", "a1", NOW).status is KeyStatus.VALID


def test_strangers_and_unknown_lanes_have_no_standing() -> None:
    trust = make_trust()
    assert trust.may_send("QZ", "urgent").rule == "member.unknown"
    assert trust.may_send("QN", "express").rule == "lane.unknown"


def test_a_list_under_a_former_root_gives_no_keys() -> None:
    trust = make_trust()
    members = tuple(
        msgspec.structs.replace(m, root=pub("new root")) if m.code == "QN" else m for m in directory_doc().members
    )
    directory = accept_directory(
        signed_directory(directory_doc(version=2, members=members)),
        current=trust.directory,
        anchor=ANCHOR,
        network=NETWORK,
        now=NOW,
    )
    changed = with_directory(trust, directory)
    assert changed.agency_key("QN.bureau", "a1", NOW).status is KeyStatus.UNKNOWN
    assert changed.agency_key("QM.bureau", "a1", NOW).status is KeyStatus.VALID


def test_names_and_what_is_stale() -> None:
    trust = with_member_list(make_trust(), accepted_list(list_doc("QN", version=2, expires=NOW + SECOND)))
    assert (trust.names["QN"], trust.names["QN.bureau"]) == ("Belmora", "Bureau of Belmora")
    assert trust.stale(NOW) == ()
    assert trust.stale(NOW + SECOND) == ("QN",)
    assert "directory" in trust.stale(END)
