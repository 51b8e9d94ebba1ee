"""Numbers of every kind are written alike, found by themselves, and settle it either way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.matching.identifiers import IDENTIFIERS, normal_number
from comity.matching.judgement import Judgement, pair_of, settles
from comity.matching.scorer import compare
from comity.matching.screening.index import Index
from comity.matching.subject import listed_subjects, subject_of, subjects_of
from comity.model.entity import vocabulary

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BITCOIN, ETHER = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "0x52908400098527886E0F7030069857D2E4169EE7"


def tree(schema: str, entity: str = "q", **properties: Any) -> dict[str, Any]:
    values = {name: [value] if isinstance(value, str) else value for name, value in properties.items()}
    return {"id": entity, "schema": schema, "properties": values}


@pytest.mark.parametrize(
    ("schema", "prop", "asked", "listed", "says"),
    [
        ("Person", "passportNumber", "c 01-234567", "C01234567", "The document number agrees"),
        ("Person", "idNumber", "МР1234567", "MP1234567", "The document number agrees"),
        ("Person", "idNumber", "٢٩٨٤٥٦١٢٣", "298456123", "The document number agrees"),
        ("Person", "socialSecurityNumber", "078-05-1120", "078051120", "The document number agrees"),
        ("Person", "taxNumber", "770 708 389 312", "770708389312", "The tax number agrees"),
        ("Company", "innCode", "7707083893", "7707083893", "The tax number agrees"),
        ("Company", "registrationNumber", "HRB 86891", "hrb86891", "The registration number agrees"),
        ("Company", "leiCode", "5493001KJTIIGC8Y1R12", "5493001kjtiigc8y1r12", "A number of one register agrees"),
        ("Company", "swiftBic", "DEUTDEFF500", "DEUTDEFF", "A number of one register agrees"),
        ("Vessel", "imoNumber", "IMO 9074729", "9074729", "The IMO number agrees"),
        ("Vessel", "mmsi", "636 019 825", "636019825", "The radio identity (MMSI) agrees"),
        ("Vessel", "callSign", "D5-XA", "D5XA", "The call sign agrees"),
        ("Vehicle", "registrationNumber", "А 123 ВС 77", "a123bc77", "The registration mark agrees"),
        ("Vehicle", "registrationNumber", "B-XY 7", "BXY7", "The registration mark agrees"),
        ("Airplane", "registrationNumber", "EP-MNB", "EPMNB", "The registration mark agrees"),
        ("Airplane", "serialNumber", "MSN 24815", "MSN24815", "The serial number agrees"),
        ("CryptoWallet", "publicKey", ETHER.lower(), ETHER, "The wallet address agrees"),
        ("CryptoWallet", "publicKey", BITCOIN.upper(), BITCOIN, "The wallet address agrees"),
        ("BankAccount", "iban", "DE89 3704 0044 0532 0130 00", "de89370400440532013000", "The account number agrees"),
        ("BankAccount", "accountNumber", "0532-0130-01", "053201 3001", "The account number agrees"),
    ],
)
def test_a_shared_number_alone_finds_its_bearer(schema: str, prop: str, asked: str, listed: str, says: str) -> None:
    others = [tree(schema, f"n{n}", name=f"Other Name {n}") for n in range(5)]
    index = Index.build(listed_subjects([*others, tree(schema, "e", name="Zarya", **{prop: listed})]))
    hits = index.screen(subject_of(tree(schema, name="Quite Different", **{prop: asked})))
    assert [hit.match for hit in hits] == ["e"]
    assert next(reason.says for reason in hits[0].reasons if reason.feature == "identifiers").startswith(says)


@pytest.mark.parametrize(
    ("schema", "prop", "asked", "listed"),
    [
        ("Vessel", "imoNumber", "9074729", "9176187"),
        ("Company", "leiCode", "5493001KJTIIGC8Y1R12", "529900T8BM49AURSDO55"),
        ("Company", "innCode", "7707083893", "7702070139"),
        ("Company", "ogrnCode", "1027700132195", "1027739609391"),
    ],
)
def test_different_numbers_of_one_register_speak_against_equal_names(
    schema: str, prop: str, asked: str, listed: str
) -> None:
    there = tree(schema, "e", name="North Star Trading")
    bare = compare(subject_of(tree(schema, name="North Star Trading")), subject_of(there))
    there["properties"][prop] = [listed]
    told = compare(subject_of(tree(schema, name="North Star Trading", **{prop: asked})), subject_of(there))
    assert bare is not None
    assert told is not None
    assert told.evidence <= bare.evidence - 3
    assert any(" differ: " in reason.says for reason in told.reasons())


def test_a_misprinted_imo_number_tells_no_ships_apart() -> None:
    found = compare(
        subject_of(tree("Vessel", name="North Star", imoNumber="9074728")),
        subject_of(tree("Vessel", "e", name="North Star", imoNumber="9074729")),
    )
    assert found is not None
    assert all(reason.feature != "identifiers" for reason in found.reasons())


def test_plates_of_two_countries_are_two() -> None:
    index = Index.build(listed_subjects([tree("Vehicle", "e", registrationNumber="AB123CD", country="fr")]))
    assert index.screen(subject_of(tree("Vehicle", registrationNumber="AB 123 CD", country="it"))) == []
    assert len(index.screen(subject_of(tree("Vehicle", registrationNumber="AB 123 CD", country="fr")))) == 1


def test_a_shared_telephone_is_said_and_settles_nothing() -> None:
    there = tree("Person", "e", name="Ana Ruiz", phone="+34912345678")
    index = Index.build(listed_subjects([there]))
    assert index.screen(subject_of(tree("Person", name="Petr Novak", phone="0034 912 345 678"))) == []
    (hit,) = index.screen(
        subject_of(tree("Person", name="Petr Novak", phone="912 345 678", country="es")), threshold=0.1
    )
    assert hit.reasons[-1].says.startswith("A telephone number agrees")
    pair = pair_of(b"k" * 32, tree("Person", name="Petr Novak", phone="+34912345678"), (), there, (), source="l")
    assert settles(pair, [Judgement("not_same", "", "", NOW)]) is None


def test_wallets_and_accounts_speak_for_their_holders_and_for_themselves() -> None:
    trees = [
        tree("Person", "p", name="Ana Ruiz"),
        tree("CryptoWallet", "w", holder="p", publicKey=ETHER),
        tree("BankAccount", "a", iban="DE89370400440532013000"),
        tree("Ownership", "o", owner="p", asset="a"),
    ]
    index = Index.build(listed_subjects(trees))
    asked = [
        tree("Person", publicKey="x", name="N N"),
        tree("CryptoWallet", publicKey=ETHER),
        tree("BankAccount", iban="DE89370400440532013000"),
    ]
    assert [[hit.match for hit in index.screen(subject_of(one))] for one in asked[1:]] == [["w"], ["a"]]
    holder = subject_of(tree("Person", name="Nobody Known"), [tree("CryptoWallet", "x", publicKey=ETHER)])
    assert [hit.match for hit in index.screen(holder)] == ["p"]
    assert [subject.id for subject in subjects_of(trees)] == ["p"]


def test_every_property_that_identifies_is_of_the_vocabulary() -> None:
    known = {name for schema in vocabulary() for name in schema.properties}
    assert set(IDENTIFIERS) <= known


@pytest.mark.parametrize("text", ["", "0000000", "123456789", "987654321", "AAAAAAA", "x", "no number", "1" * 10_000])
def test_stand_ins_are_no_numbers(text: str) -> None:
    assert normal_number("document", text) is None


@given(st.sampled_from(sorted(set(IDENTIFIERS.values()))), st.text(max_size=200))
def test_any_text_has_an_answer_that_stays_as_it_is(kind: str, text: str) -> None:
    found = normal_number(kind, text)
    assert found is None or normal_number(kind, found) in (found, None if kind == "phone" else found)
