"""Pull requests: what they say, and whom they are not answered to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchange.world import NOW, directory_doc, ed, make_trust, signer, with_status

from comity.errors import PeerRefused
from comity.exchange.lanes import LanePositions
from comity.exchange.pull import SKEW, read_pull, sign_pull
from comity.exchange.signed import NodeSigner
from comity.exchange.trust import Trust

TRUST = make_trust()


def ask(sender: NodeSigner | None = None, recipient: str = "QM", trust: Trust = TRUST, **changes: Any) -> bytes:
    asker = signer("QN") if sender is None else sender
    return sign_pull(signer=asker, recipient=recipient, trust=trust, now=NOW, **changes)


def refused(raw: bytes, *, own: str = "QM", trust: Trust = TRUST, now: Any = NOW) -> str:
    with pytest.raises(PeerRefused) as caught:
        read_pull(raw, trust=trust, own=own, now=now)
    return caught.value.rule


def test_a_pull_says_how_far_each_lane_came_and_which_acts_are_wanted() -> None:
    raw = ask(source=4, after=LanePositions(urgent=2, ordinary=17), acts=["ab" * 32])
    request = read_pull(raw, trust=TRUST, own="QM", now=NOW)
    assert (request.sender, request.acts) == ("QN", ("ab" * 32,))
    assert (request.after("urgent", 4), request.after("ordinary", 4)) == (2, 17)
    assert request.after("ordinary", 5) == 0


def test_a_pull_to_one_member_is_not_answered_by_another() -> None:
    assert refused(ask(), own="QO") == "pull.wrong_recipient"
    assert refused(ask(signer("QM")), own="QM") == "pull.unknown_sender"


def test_nobody_asks_in_anothers_name() -> None:
    assert refused(ask(NodeSigner("QN", 1, "n1", ed("node QO")))) == "pull.signature"
    assert refused(ask(NodeSigner("QN", 1, "n9", ed("node QN")))) == "pull.key_unknown"
    assert refused(ask(NodeSigner("QZ", 1, "n1", ed("node QZ")))) == "pull.unknown_sender"


def test_a_wrong_clock_has_a_code_of_its_own() -> None:
    for off in (SKEW, -SKEW):
        assert read_pull(ask(), trust=TRUST, own="QM", now=NOW + off).sender == "QN"
        assert refused(ask(), now=NOW + off + off / 600) == "pull.clock"
    forged = ask(NodeSigner("QN", 1, "n1", ed("node QO")))
    assert refused(forged, now=NOW + timedelta(days=1)) == "pull.signature"


def test_a_suspended_member_may_ask_and_one_that_is_unknown_may_not() -> None:
    suspended = make_trust(with_status(directory_doc(), "QN", "suspended"))
    assert read_pull(ask(), trust=suspended, own="QM", now=NOW).sender == "QN"
    assert not suspended.may_receive("QN", "ordinary").allowed


@given(st.data())
def test_no_change_to_a_pull_is_taken_or_escapes_as_another_error(data: st.DataObject) -> None:
    raw = bytearray(ask(acts=["ab" * 32]))
    at = data.draw(st.integers(0, raw.index(b"\n") - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    assert refused(bytes(raw)) != ""
    assert refused(ask()[: data.draw(st.integers(0, len(ask()) - 1))]) != ""
