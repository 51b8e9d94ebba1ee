"""Values without a word in them, and numbers that are none: refused by name or left out, never made into an entity
that the vocabulary refuses. Each was found by ``bench.fuzz``."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from comity.errors import InputRefused
from comity.formats import format_named
from comity.formats.eu_fsf import EXAMPLE as EU
from comity.formats.eu_journal import FORMAT as JOURNAL
from comity.formats.listing import Findings
from comity.formats.ofac_advanced import EXAMPLE as ADVANCED
from comity.formats.paxlst import FORMAT as PAXLST
from comity.formats.un_sc import EXAMPLE as UN
from comity.formats.xml_records import records
from comity.model.entity import entity_defects

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def refused(form: str, name: str, data: bytes) -> set[str]:
    with pytest.raises(InputRefused) as told:
        format_named(form).read({name: data}, NOW)
    return {defect.rule for defect in told.value.defects}


def test_a_cell_of_control_characters_alone_is_a_defect() -> None:
    name, data = next(iter(JOURNAL.example.items()))
    header, first, *rest = data.split(b"\n")
    assert header.split(b",")[-1].strip() == b"notes"
    first = first.rstrip(b"\r").rpartition(b",")[0] + b",\x05"
    assert "value.control" in refused("eu_journal", name, b"\n".join((header, first, *rest)))


@pytest.mark.parametrize("number", [b"9001?", b"9" * 21, "²".encode()])
def test_a_publishers_number_that_is_none_names_no_entry(number: bytes) -> None:
    assert "eu.number" in refused("eu_fsf", "eu.xml", EU.replace(b'logicalId="9001"', b'logicalId="%b"' % number))
    assert "un.number" in refused("un_sc", "un.xml", UN.replace(b"990001", number))
    changed = ADVANCED.replace(b'Profile ID="9001"', b'Profile ID="%b"' % number)
    assert "ofac_xml.repeated" in refused("ofac_advanced", "sdn_advanced.xml", changed)
    if number.isascii():
        assert "ofac.number" in refused("ofac_sdn", "sdn.csv", b'%b,"X",-0- ,"A"%b\r\n' % (number, b",-0- " * 8))


@pytest.mark.parametrize("harm", [(b"DOC+P", b"DOC+\x00"), (b"LOC+125+", b"LOC+125+\x1a:::")])
def test_control_characters_of_a_message_become_no_value(harm: tuple[bytes, bytes]) -> None:
    for name, data in PAXLST.example.items():
        reading = PAXLST.read({name: data.replace(*harm)}, NOW)
        assert len(reading.entities) > 1
        assert all(entity_defects(tree) == () for tree in reading.entities)


def test_an_element_of_another_namespace_is_never_taken_for_one_of_the_lists() -> None:
    other = EU.replace(b"<export ", b'<export xmlns:x="urn:x" ').replace(b"<nameAlias ", b"<x:nameAlias ")
    assert "eu.element" in refused("eu_fsf", "eu.xml", other.replace(b"</nameAlias>", b"</x:nameAlias>"))
    found = [one.tag for one in records("eu.xml", EU, ("sanctionEntity",), Findings())]
    assert found == ["export", "sanctionEntity"]
