"""The UN list: the genuine edition loads whole, and what the schema does not know is refused by element."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.errors import InputRefused
from comity.formats.un_sc import EXAMPLE, read
from comity.model.entity import entity_defects

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def rules(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InputRefused) as refused:
        read({"un.xml": data}, NOW)
    assert all(defect.file == "un.xml" and defect.remedy != "" for defect in refused.value.defects)
    return [(defect.rule, defect.field) for defect in refused.value.defects]


@pytest.fixture
def genuine(data_dir: Path) -> bytes:
    return gzip.decompress((data_dir / "01_sanctions/un/UN_consolidated_2020.xml.gz").read_bytes())


@pytest.mark.data
def test_the_genuine_edition_loads_whole(genuine: bytes) -> None:
    reading = read({"un.xml": genuine}, NOW)
    kinds = Counter(tree["schema"] for tree in reading.entities)
    assert (kinds["Person"], kinds["Organization"], kinds["Sanction"]) == (703, 390, 1093)
    assert reading.published == "2018-10-29"
    assert [(one.mapped, one.total) for one in reading.rows] == [(1093, 1093)]
    assert len({tree["id"] for tree in reading.entities}) == len(reading.entities)
    assert [defect for tree in reading.entities for defect in entity_defects(tree)] == []


@pytest.mark.data
def test_every_alias_and_name_of_the_genuine_edition_is_kept(genuine: bytes) -> None:
    trees = read({"un.xml": genuine}, NOW).entities
    kept = {
        text
        for tree in trees
        for name in ("name", "alias", "weakAlias", "previousName", "notes")
        for text in tree["properties"].get(name, ())
    }
    said = "\n".join(kept)
    given = re.findall(rb"<(?:ALIAS_NAME|NAME_ORIGINAL_SCRIPT)>([^<]*)<", genuine)
    texts = {" ".join(part.split()) for one in given for part in one.decode().replace("&amp;", "&").split(";")}
    assert len(texts) > 2500
    assert [text for text in texts if text.strip() not in said] == []


@pytest.mark.data
def test_dates_of_the_genuine_edition_keep_their_precision(genuine: bytes) -> None:
    trees = {tree["id"]: tree["properties"] for tree in read({"un.xml": genuine}, NOW).entities}
    dates = [text for tree in trees.values() for text in tree.get("birthDate", ())]
    assert sum("/" in text for text in dates) == 31
    assert sum(text.endswith("~") for text in dates) > 100
    assert "1960-01-01" in dates  # written with an offset


def test_an_example_is_understood() -> None:
    person, paper, act = read({"un.xml": EXAMPLE}, NOW).entities
    assert person["properties"]["birthDate"] == ["1970/1972"]
    assert person["properties"]["weakAlias"] == ["The Clerk"]
    assert paper["properties"]["number"] == ["A1234567"]
    assert act["properties"]["unscId"] == ["QXi.001"]
    assert act["properties"]["recordId"] == ["990001 version 2"]


@pytest.mark.parametrize("word", ["NO", "NA"])
def test_no_and_na_are_names(word: str) -> None:
    data = EXAMPLE.replace(b"LUKIC", word.encode())
    assert read({"un.xml": data}, NOW).entities[0]["properties"]["name"] == [f"DRAZEN {word}"]


@pytest.mark.parametrize(
    ("old", "new", "rule", "field"),
    [
        (b"<SORT_KEY/>", b"<SHOE_SIZE>44</SHOE_SIZE>", "un.element", "SHOE_SIZE"),
        (b"<QUALITY>Low", b"<QUALITY>Middling", "un.quality", "QUALITY"),
        (b"BETWEEN", b"PERHAPS", "un.date_type", "TYPE_OF_DATE"),
        (b"<TO_YEAR>1972", b"<TO_YEAR>1922", "un.date", "DATE"),
        (b"<LISTED_ON>2026-03-04", b"<LISTED_ON>2026-13-04", "un.date", "LISTED_ON"),
        (b"<DATAID>990001", b"<DATAID>", "un.missing", "DATAID"),
        (b"<ALIAS_NAME>", b"<ALIAS_NAME>x</ALIAS_NAME><ALIAS_NAME>", "un.element", "ALIAS_NAME"),
        (b"<CONSOLIDATED_LIST", b"<!DOCTYPE x [<!ENTITY a 'b'>]><CONSOLIDATED_LIST", "xml.doctype", ""),
        (b'encoding="UTF-8"', b'encoding="UTF-16"', "xml.encoding", ""),
        (b"</INDIVIDUALS>", b"", "xml.broken", ""),
    ],
)
def test_what_the_schema_does_not_know_is_refused(old: bytes, new: bytes, rule: str, field: str) -> None:
    assert (rule, field) in rules(EXAMPLE.replace(old, new))


def test_an_entry_given_twice_is_refused() -> None:
    start, end = EXAMPLE.index(b"<INDIVIDUAL>"), EXAMPLE.index(b"</INDIVIDUALS>")
    assert ("un.repeated", "DATAID") in rules(EXAMPLE[:end] + EXAMPLE[start:end] + EXAMPLE[end:])


def test_a_list_cut_after_a_whole_entry_is_refused_not_shortened() -> None:
    assert ("xml.broken", "") in rules(EXAMPLE[: EXAMPLE.index(b"</INDIVIDUALS>")])


def test_endless_nesting_is_refused_early() -> None:
    deep = b"<INDIVIDUAL>" + b"<a>" * 200_000
    assert ("xml.size", "") in rules(b"<CONSOLIDATED_LIST dateGenerated='2026-01-01'><INDIVIDUALS>" + deep)
