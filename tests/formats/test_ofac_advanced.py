"""The advanced XML: everything is said by number, so a number that leads nowhere is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from comity.errors import InputRefused
from comity.formats.ofac_advanced import EXAMPLE, read

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_the_sample_is_understood() -> None:
    reading = read({"sdn_advanced.xml": EXAMPLE}, NOW)
    person, paper, wallet, act = reading.entities
    assert person["id"] == "ofac-9001"
    assert person["properties"]["name"] == ["Drazen LUKIC"]
    assert person["properties"]["weakAlias"] == ["THE CLERK"]
    assert person["properties"]["birthDate"] == ["1971"]
    assert paper["properties"]["country"] == ["cu"]
    assert wallet["properties"] == {"holder": ["ofac-9001"], "publicKey": ["1Invented"], "currency": ["XBT"]}
    assert act["properties"]["listingDate"] == ["2026-03-04"]
    assert reading.published == "2026-11-20"


@pytest.mark.parametrize(
    ("old", "new", "dates"),
    [
        (b'<Start Approximate="false">', b'<Start Approximate="true">', ["1971~"]),
        (b"<Year>1971</Year><Month>12</Month>", b"<Year>1973</Year><Month>12</Month>", ["1971/1973"]),
        (b"<Month>12</Month><Day>31</Day>", b"<Month>1</Month><Day>31</Day>", ["1971-01"]),
        (b"<Month>12</Month><Day>31</Day>", b"<Month>1</Month><Day>1</Day>", ["1971-01-01"]),
    ],
)
def test_periods_keep_their_precision(old: bytes, new: bytes, dates: list[str]) -> None:
    tree = read({"sdn_advanced.xml": EXAMPLE.replace(old, new)}, NOW).entities[0]
    assert tree["properties"]["birthDate"] == dates


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b'FeatureTypeID="25"', b'FeatureTypeID="26"', "ofac_xml.reference"),
        (b'LocationID="70"', b'LocationID="71"', "ofac_xml.reference"),
        (b'ProfileID="9001"', b'ProfileID="9002"', "ofac_xml.reference"),
        (b'PartySubTypeID="4"', b'PartySubTypeID="5"', "ofac_xml.type"),
        (b"<Identity ID", b"<Rumour/><Identity ID", "ofac_xml.element"),
        (b'Primary="true"', b'Primary="false"', "ofac_xml.name"),
        (b"</Sanctions>", b"", "xml.broken"),
        (b'NamePartGroupID="2"', b'NamePartGroupID="3"', "ofac_xml.reference"),
    ],
)
def test_what_leads_nowhere_is_refused(old: bytes, new: bytes, rule: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read({"sdn_advanced.xml": EXAMPLE.replace(old, new)}, NOW)
    assert rule in {defect.rule for defect in refused.value.defects}
