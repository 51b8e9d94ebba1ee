"""The EU list by its schema: a sample of every element is valid, understood, and refused when it leaves the schema."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from comity.errors import InputRefused
from comity.formats.eu_fsf import ATTRIBUTES, CHILDREN, EXAMPLE, read

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def rules(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InputRefused) as refused:
        read({"eu.xml": data}, NOW)
    return [(defect.rule, defect.field) for defect in refused.value.defects]


@pytest.mark.data
def test_our_sample_is_valid_by_the_publishers_schema(data_dir: Path) -> None:
    schema = etree.XMLSchema(etree.parse(str(data_dir / "01_sanctions/eu/schema_1_1.xsd")))
    schema.assertValid(etree.fromstring(EXAMPLE))


@pytest.mark.data
def test_every_name_of_the_publishers_schema_is_known(data_dir: Path) -> None:
    tree = etree.parse(str(data_dir / "01_sanctions/eu/schema_1_1.xsd"))
    space = {"xs": "http://www.w3.org/2001/XMLSchema"}
    attributes = {one.get("name") for one in tree.iterfind(".//xs:attribute[@name]", space)}
    elements = {one.get("name") for one in tree.iterfind(".//xs:sequence/xs:element[@name]", space)}
    known = {name for names in ATTRIBUTES.values() for name in names.split()}
    assert attributes - known == {"generationDate", "globalFileId"}
    assert elements - {name for names in CHILDREN.values() for name in names.split()} == {"sanctionEntity"}


def test_the_sample_is_understood() -> None:
    reading = read({"eu.xml": EXAMPLE}, NOW)
    person, paper, act = reading.entities
    assert person["id"] == "eu-9001"
    assert (person["properties"]["name"], person["properties"]["weakAlias"]) == (["Drazen Lukic"], ["The Clerk"])
    assert person["properties"]["birthDate"] == ["1971-03-12"]
    assert paper["properties"]["summary"] == ["reported lost"]
    assert act["properties"]["startDate"] == ["2026-03-05"]
    assert reading.published == "2026-11-20"
    assert reading.rows[0].total == 1


@pytest.mark.parametrize(
    ("old", "new", "dates"),
    [
        (b'circa="false"', b'circa="true"', ["1971-03-12~"]),
        (b'birthdate="1971-03-12" dayOfMonth="12" monthOfYear="3"', b'monthOfYear="3"', ["1971-03"]),
        (b'birthdate="1971-03-12" ', b'yearRangeFrom="1970" yearRangeTo="1972" ', ["1970/1972"]),
        (b"GREGORIAN", b"ISLAMIC", []),
    ],
)
def test_birth_dates_keep_their_precision(old: bytes, new: bytes, dates: list[str]) -> None:
    tree = read({"eu.xml": EXAMPLE.replace(old, new)}, NOW).entities[0]
    assert tree["properties"].get("birthDate", []) == dates
    assert ("Born: 1971-03-12 (Islamic calendar)" in tree["properties"]["notes"]) is (new == b"ISLAMIC")


@pytest.mark.parametrize(
    ("old", "new", "rule", "field"),
    [
        (b"<remark>", b"<rumour/><remark>", "eu.element", "sanctionEntity"),
        (b'strong="true"', b'strong="true" shoeSize="44"', "eu.attribute", "shoeSize"),
        (b'strong="true"', b'strong="perhaps"', "eu.flag", "strong"),
        (b"GREGORIAN", b"LUNAR", "eu.calendar", "calendarType"),
        (b'classificationCode="P"', b'classificationCode="X"', "eu.subject", "subjectType"),
        (b'birthdate="1971-03-12"', b'birthdate="1971-02-31"', "eu.date", "birthdate"),
        (b' programme="EXR"', b"", "eu.missing", "programme"),
        (b"</export>", b"", "xml.broken", ""),
    ],
)
def test_what_the_schema_does_not_know_is_refused(old: bytes, new: bytes, rule: str, field: str) -> None:
    assert (rule, field) in rules(EXAMPLE.replace(old, new))
