"""Files that the first version wrote: every later one must still read them, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

from tests.exchange.golden.content import RECEIPTS
from tests.exchange.world import (
    ANCHOR,
    NETWORK,
    NOW,
    Desk,
    directory_doc,
    list_doc,
    person_part,
    signed_directory,
    signed_list,
)

from comity.exchange.delivery import Delivery, pack_delivery, read_delivery, verify_delivery
from comity.exchange.directory import accept_directory
from comity.exchange.envelope import OpenedEnvelope, open_carton
from comity.exchange.kem import kem_private_key
from comity.exchange.member_list import accept_member_list
from comity.exchange.receipt import read_receipts
from comity.exchange.trust import Trust, trust_in

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


def trust() -> Trust:
    directory = accept_directory(golden("directory-1.signed"), current=None, anchor=ANCHOR, network=NETWORK, now=NOW)
    lists = [
        accept_member_list(golden(f"member-list-1-{code}.signed"), directory=directory, current=None, now=NOW)
        for code in ("QM", "QN")
    ]
    return trust_in(directory, lists)


def test_the_first_directory_and_lists_are_still_read() -> None:
    read = trust()
    assert read.directory.doc == directory_doc()
    assert {code: listed.doc for code, listed in read.lists.items()} == {code: list_doc(code) for code in ("QM", "QN")}


def test_the_first_directory_and_lists_are_still_written_the_same() -> None:
    assert signed_directory(directory_doc()) == golden("directory-1.signed")
    for code in ("QM", "QN"):
        assert signed_list(list_doc(code)) == golden(f"member-list-1-{code}.signed")


def test_the_first_carton_still_opens() -> None:
    keys = json.loads(golden("carton-1.keys.json"))
    private = kem_private_key(bytes.fromhex(keys["kem"]))
    opened = open_carton(
        golden("carton-1.bin"), trust=trust(), own=keys["recipient"], kem_keys={"k1": private}, now=NOW
    )
    act, listed = opened.envelopes
    assert isinstance(act, OpenedEnvelope)
    assert isinstance(listed, OpenedEnvelope)
    assert isinstance(act.content, Delivery)
    verified, parts = verify_delivery(act.content, trust(), NOW)
    assert verified.digest == keys["act"]
    assert [part.data for part in parts] == [person_part(), b'{"form":{"note":"second part"}}']
    assert (act.header.lane, act.header.n, listed.header.lane) == ("urgent", 1, "ordinary")
    assert listed.content == golden("member-list-1-QM.signed")
    again = Desk().delivery(person_part(), b'{"form":{"note":"second part"}}')
    assert read_delivery(pack_delivery(again)) == act.content


def test_the_first_receipts_are_still_read() -> None:
    assert read_receipts(golden("receipts-1.signed"), trust=trust(), sender="QN", own="QM", now=NOW) == RECEIPTS
