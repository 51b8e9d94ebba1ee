"""Legal profiles: signed values, unsigned packs, and the words where there is neither."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputRefused, PeerRefused
from comity.policy.profile import (
    LegalProfile,
    in_force,
    open_profile,
    packs,
    read_pack,
    sign_profile,
    unrecorded,
)

KEY = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)

RAW = b"""
format: comity-profile-1
member: QM
version: 3
valid_from: 2026-11-01
officer: {name: A. Lawyer, office: Ministry of Justice of Arvenia}
packs: [coe]
values:
  effect.notice.red: {value: arrest, source: Code of Criminal Procedure s. 12, mark: V}
  effect.diffusion: {value: locate, source: Code of Criminal Procedure s. 13, mark: V}
  offence.fraud.max_months: {value: 96, source: Penal Code s. 263, mark: V}
  age.criminal_responsibility: {value: 14, source: Penal Code s. 19, mark: V}
  punishment.death: {value: [], source: Constitution s. 3, mark: V}
  treaty.ets024: {value: 1994-02-01, source: treaty collection, mark: V, note: "Reservation to article 6."}
  clock.extradition.limit: {value: 30, unit: days, trigger: provisional_arrest, source: Extradition Act s. 9, mark: V}
  retention.message: {value: 5, unit: years, trigger: recorded, source: Police Act s. 4, mark: V}
  language.accepted: {value: [en, fr], source: Foreign Office, mark: K}
  calendar.weekend: {value: [friday, saturday], source: Labour Code s. 1, mark: V}
  calendar.holidays: {value: [2026-12-02], source: Labour Code s. 2, mark: V}
  consent.onward: {value: The bureau, source: Police Act s. 8, mark: V}
"""


def opened(raw: bytes = RAW) -> LegalProfile:
    return open_profile(raw, sign_profile(raw, KEY), KEY.public_key(), name="Arvenia", file="qm.yaml")


def test_a_signed_value_names_its_signer() -> None:
    value = opened().value("effect.notice.red")
    assert (value.value, value.standing, value.mark) == ("arrest", "signed", "V")
    assert value.says == "Arvenia's legal profile, version 3, signed by A. Lawyer."
    assert opened().value("treaty.ets024").note == "Reservation to article 6."
    assert opened().value("language.accepted").value == ("en", "fr")


def test_the_members_own_value_stands_before_the_packs() -> None:
    own, example = opened().value("clock.extradition.limit"), opened().value("clock.extradition.papers")
    assert (own.value, own.unit, own.trigger, own.standing) == (30, "days", "provisional_arrest", "signed")
    assert (example.value, example.standing) == (18, "unsigned")
    assert "nobody has confirmed it for Arvenia" in example.says


def test_without_a_value_the_answer_is_to_ask_a_lawyer() -> None:
    for profile in (opened(), unrecorded("QM", "Arvenia")):
        value = profile.value("clock.information.other")
        assert (value.value, value.standing) == (None, "absent")
        assert value.says == "No rule recorded for Arvenia: ask your lawyer."
    assert unrecorded("QM", "Arvenia").calendar() is None


def test_an_empty_list_is_a_value() -> None:
    assert opened().value("punishment.death").value == ()
    assert opened().value("punishment.death").standing == "signed"


def test_the_calendar_comes_from_the_profile() -> None:
    calendar = opened().calendar()
    assert calendar is not None
    days = (date(2026, 11, 27), date(2026, 11, 29), date(2026, 12, 2))
    assert [calendar.works(day) for day in days] == [False, True, False]


def test_a_changed_byte_or_another_key_is_refused() -> None:
    signature = sign_profile(RAW, KEY)
    other = Ed25519PrivateKey.from_private_bytes(b"\x06" * 32)
    for raw, public in ((RAW.replace(b"arrest", b"locate"), KEY.public_key()), (RAW, other.public_key())):
        with pytest.raises(PeerRefused, match="Arvenia is not good"):
            open_profile(raw, signature, public, name="Arvenia")


def test_json_is_read_as_well() -> None:
    officer = {"name": "A", "office": "B"}
    tree = {"format": "comity-profile-1", "member": "QM", "version": 1, "valid_from": "2026-01-01", "packs": []}
    raw = json.dumps({**tree, "officer": officer, "values": {}}).encode()
    assert opened(raw).version == 1


def test_rules_read_the_profile_of_the_day_of_the_act() -> None:
    old = opened(
        RAW.replace(b"version: 3", b"version: 2").replace(b"valid_from: 2026-11-01", b"valid_from: 2025-01-01")
    )
    new = opened()
    assert in_force([new, old], date(2026, 10, 31)) is old
    assert in_force([old, new], date(2026, 11, 1)) is new
    assert in_force([old, new], date(2024, 1, 1)) is None


def test_all_defects_come_at_once_with_their_field() -> None:
    raw = (
        RAW.replace(b"member: QM", b"member: Arvenia")
        .replace(b"version: 3", b"version: zero")
        .replace(b"2026-11-01", b"soon")
        .replace(b"packs: [coe]", b"packs: [coe, moon]")
        .replace(b"office: Ministry of Justice of Arvenia", b"rank: high")
        .replace(b"effect.diffusion: {value: locate", b"effect.diffusion: {value: shoot")
        .replace(b"age.criminal_responsibility: {value: 14", b"age.criminal_responsibility: {value: -1")
        .replace(b"unit: years, trigger: recorded, ", b"unit: moons, ")
        .replace(b"consent.onward", b"consent.everything")
        .replace(b"source: Constitution s. 3, mark: V", b"mark: Q, sauce: x")
        .replace(b"[2026-12-02]", b"[2026-13-02]")
    )
    with pytest.raises(InputRefused) as refused:
        sign_profile(raw, KEY, file="qm.yaml")
    assert {defect.field for defect in refused.value.defects} == {
        "member",
        "version",
        "valid_from",
        "packs",
        "officer.office",
        "officer.rank",
        "effect.diffusion.value",
        "age.criminal_responsibility.value",
        "retention.message.unit",
        "retention.message.trigger",
        "consent.everything",
        "punishment.death.source",
        "punishment.death.sauce",
        "punishment.death.mark",
        "calendar.holidays.value",
    }
    assert all(defect.file == "qm.yaml" for defect in refused.value.defects)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"- a\n- b\n", "not a mapping"),
        (b"a: 1\na: 2\n", "'a' stands twice"),
        (b"a: &x 1\nb: *x\n", "anchors and aliases"),
        (b"a: !!python/object:os.system x\n", "could not determine a constructor"),
        (b"1: x\n", "a key is not a plain text"),
        (b"a: [\n", "cannot be read"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a: " + b"x" * (1 << 20), "at most"),
        (b"", "not a mapping"),
        (b"values: [1]\nofficer: x\n", "'x' is not a mapping"),
    ],
)
def test_what_has_two_readings_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        sign_profile(raw, KEY)


@given(st.data())
def test_mutated_profiles_are_read_or_refused_never_anything_else(data: st.DataObject) -> None:
    raw = bytearray(RAW)
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        signature = sign_profile(bytes(raw), KEY)
    except InputRefused as refused:
        assert len(refused.defects) > 0  # noqa: PT017
        return
    assert open_profile(bytes(raw), signature, KEY.public_key(), name="Arvenia").member != ""


def test_a_pack_with_a_defect_is_refused() -> None:
    with pytest.raises(InputRefused, match="title"):
        read_pack(b"format: comity-pack-1\npack: x\nvalues: {}\n", file="x.yaml")


def test_the_packs_are_titled_sourced_and_marked() -> None:
    assert sorted(packs()) == ["coe", "eu", "network", "us"]
    for pack in packs().values():
        assert pack.title != ""
        assert all(entry.source != "" and entry.mark != "" for entry in pack.values.values())


@pytest.mark.data
def test_the_packs_agree_with_the_table_of_deadlines(data_dir: Path) -> None:
    table = data_dir.parent / "domain" / "deadlines.csv"
    rows = {row["procedure"]: row for row in csv.DictReader(table.read_text().splitlines())}
    same = {
        ("coe", "clock.extradition.papers"): "ext.coe.papers",
        ("coe", "clock.extradition.limit"): "ext.coe.limit",
        ("coe", "clock.extradition.consent_told"): "ext.coe.consent_told",
        ("coe", "clock.preservation.abroad"): "budapest.preserve_min",
        ("coe", "clock.preservation.domestic"): "budapest.domestic_preserve",
        ("eu", "clock.information.urgent_direct"): "leie.urgent_direct",
        ("eu", "clock.information.urgent_indirect"): "leie.urgent_indirect",
        ("eu", "clock.information.other"): "leie.other",
        ("eu", "clock.prum.hit_answer"): "prum2.hit_answer",
        ("eu", "clock.eio.acknowledge"): "eio.ack",
        ("eu", "clock.eio.decide"): "eio.decide",
        ("eu", "clock.eio.execute"): "eio.execute",
        ("eu", "clock.epoc.answer"): "epoc.answer",
        ("eu", "clock.epoc.emergency"): "epoc.emergency",
        ("eu", "clock.epoc.preserve"): "epoc.preserve",
        ("eu", "clock.breach.notify"): "led.breach",
        ("eu", "retention.pnr.mask"): "pnr.mask",
        ("eu", "retention.pnr.delete"): "pnr.delete",
        ("eu", "retention.manifest.rows"): "manifest.rows",
        ("us", "clock.suspicious_activity.report"): "us.sar",
        ("us", "clock.sanctions.blocking_report"): "ofac.blocking_report",
        ("us", "clock.preservation.request"): "us.2703f",
        ("us", "clock.cloud_order.quash"): "cloud.quash",
        ("us", "clock.forfeiture.notice"): "forfeit.notice",
        ("us", "clock.forfeiture.notice_adopted"): "forfeit.notice_adopted",
        ("us", "clock.forfeiture.complaint"): "forfeit.complaint",
        ("us", "retention.tip.preserved"): "cybertip.preserve",
        ("us", "retention.intelligence.review"): "intel28cfr.review",
        ("network", "clock.notice.suspension"): "interpol.notice.suspension",
        ("network", "clock.notice.expiry_question"): "interpol.notice.expiry_warning",
        ("network", "retention.notice.nominal"): "interpol.notice.retention",
        ("network", "retention.notice.biometrics_known"): "interpol.biometrics.known",
        ("network", "retention.notice.biometrics_unknown"): "interpol.biometrics.unknown",
        ("network", "clock.protection.batch"): "protection.source_batch",
    }
    assert {key for key in same if key[0] != "network"} == {
        (pack.code, path) for pack in packs().values() for path in pack.values if pack.code != "network"
    }
    for (pack, path), name in same.items():
        entry, row = packs()[pack].values[path], rows[name]
        assert (str(entry.value), entry.unit, entry.trigger) == (row["length"], row["unit"], row["trigger"]), path
