"""The OFAC set: genuine editions load, damaged ones are refused, and writing gives back what was read."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import InputRefused
from comity.formats.base import Reading, make_tree
from comity.formats.ofac_remarks import Value, iso_date, list_date, read_piece, split_remarks, write_value
from comity.formats.ofac_sdn import FORMAT, read
from comity.formats.ofac_write import write
from comity.model.entity import entity_defects

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROW = b'7,"BELL, Ann","individual","EXR",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1971."\r\n'
EDITIONS = {"ofac_2022-01": 9044, "ofac_2021bench": 8976, "ofac_2019": 7379}


def edition(folder: Path) -> dict[str, bytes]:
    def data(path: Path) -> bytes:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()

    return {path.name.removesuffix(".gz"): data(path) for path in folder.iterdir()}


def rules(files: dict[str, bytes]) -> list[tuple[str, str]]:
    with pytest.raises(InputRefused) as refused:
        read(files, NOW)
    return [(defect.rule, defect.place) for defect in refused.value.defects]


@pytest.mark.data
@pytest.mark.parametrize("name", EDITIONS)
def test_genuine_editions_load_whole_and_read_back_as_written(name: str, data_dir: Path) -> None:
    reading = read(edition(data_dir / "01_sanctions" / name), NOW)
    main = [tree for tree in reading.entities if "program" in tree["properties"]]
    assert len(main) == EDITIONS[name]
    assert len({tree["id"] for tree in reading.entities}) == len(reading.entities)
    assert [defect for tree in reading.entities for defect in entity_defects(tree)] == []
    assert read(write(reading), NOW).entities == reading.entities


@pytest.mark.data
def test_oddities_of_the_2022_edition_are_told(data_dir: Path) -> None:
    notices = [str(notice) for notice in read(edition(data_dir / "01_sanctions/ofac_2022-01"), NOW).notices]
    assert any("2677 is given again" in text for text in notices)
    assert any("34489 is not in the sdn file" in text for text in notices)
    assert any("kept as notes" in text for text in notices)


@pytest.mark.data
def test_wallets_papers_and_dates_of_a_real_entry_are_found(data_dir: Path) -> None:
    trees = {tree["id"]: tree for tree in read(edition(data_dir / "01_sanctions/ofac_2022-01"), NOW).entities}
    person = trees["ofac-6330"]["properties"]
    assert person["name"] == ["Julio Cesar NASSER DAVID"]
    assert person["birthDate"] == ["1940-10-01", "1940-11-01"]
    assert person["passportNumber"] == ["H130865"]
    papers = [tree for tree in trees.values() if tree["properties"].get("holder") == ["ofac-6330"]]
    assert {paper["properties"]["country"][0] for paper in papers} == {"co"}
    assert sum(tree["schema"] == "CryptoWallet" for tree in trees.values()) > 100


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({"sdn.csv": ROW[:60]}, "ofac.columns"),
        ({"sdn.csv": ROW[:-5]}, "ofac.quotes"),
        ({"sdn.csv": ROW.replace(b'"DOB 1971."\r\n', b"DOB 19")}, "ofac.cut"),
        ({"sdn.csv": ROW.replace(b"individual", b"spaceship")}, "ofac.type"),
        ({"sdn.csv": ROW.replace(b"Ann", b"\xc3\xa4nn")}, "text.encoding"),
        ({"sdn.csv": ROW + b"\x1a" + ROW}, "ofac.eof"),
        ({"sdn.csv": ROW, "alt.csv": b'7,1,"xka","BELL, An",-0- \r\n'}, "ofac.alt_type"),
        ({"alt.csv": b'7,1,"aka","BELL, An",-0- \r\n'}, "ofac.file"),
        ({"sdn.csv": b""}, "file.empty"),
        ({}, ""),
    ],
)
def test_damaged_sets_are_refused(files: dict[str, bytes], rule: str) -> None:
    found = [name for name, _ in rules(files)]
    assert rule in found or (rule == "" and found == [])


def test_all_defects_are_told_at_once() -> None:
    bad = b"7,x\r\n" + ROW.replace(b"individual", b"spaceship") + b'x"y,1\r\n'
    assert [place for _, place in rules({"sdn.csv": bad})] == ["row 1", "row 3", "row 2"]


def test_many_orphans_mean_two_editions() -> None:
    alt = b"".join(b'%d,%d,"aka","BELL, An",-0- \r\n' % (n, n) for n in range(100, 130))
    assert {rule for rule, _ in rules({"sdn.csv": ROW, "alt.csv": alt})} == {"ofac.orphan"}


def test_missing_names_and_addresses_are_told() -> None:
    says = [notice.says for notice in read({"sdn.csv": ROW}, NOW).notices]
    assert any("other names" in text for text in says)
    assert any("addresses" in text for text in says)


def test_a_remark_that_was_cut_goes_on_in_the_comments() -> None:
    pieces = "; ".join(f"a.k.a. 'NAME {n:03}'" for n in range(60))
    row = ROW.replace(b"DOB 1971.", pieces[:1000].encode())
    comment = b'7,"' + pieces[1000:].encode() + b'."\r\n'
    tree = read({"sdn.csv": row, "sdn_comments.csv": comment}, NOW).entities[0]
    assert tree["properties"]["weakAlias"] == [f"NAME {n:03}" for n in range(60)]


def test_what_is_not_understood_is_kept_word_for_word() -> None:
    tree = read({"sdn.csv": ROW.replace(b"DOB 1971.", b"ICTY indictee; DOB 31 Feb 1970; tall.")}, NOW).entities[0]
    assert tree["properties"]["notes"] == ["DOB 31 Feb 1970", "ICTY indictee", "tall"]


@pytest.mark.parametrize(
    ("piece", "dates", "keeps"),
    [
        ("DOB 19 Apr 1947", ["1947-04-19"], False),
        ("alt. DOB Apr 1947", ["1947-04"], False),
        ("DOB circa 1951", ["1951~"], False),
        ("DOB circa 01 Jan 1951", ["1951-01-01~"], False),
        ("DOB 1951 to 1953", ["1951/1953"], False),
        ("DOB circa 1951-1953", ["1951~/1953~"], False),
        ("DOB 01 Jan 1960 to 31 Dec 1961", ["1960-01-01/1961-12-31"], False),
        ("DOB 1953 to 1951", [], True),
        ("DOB 1900 to 1990", [], True),
    ],
)
def test_birth_dates_of_every_form(piece: str, dates: list[str], keeps: bool) -> None:
    understood, keep = read_piece(piece, "Person")
    assert [value.value for value in understood] == dates
    assert keep is keeps


@pytest.mark.parametrize("text", ["1951~", "1951/1953", "1951~/1953~", "1960-01-01/1961-12-31", "1951-01-01~"])
def test_spans_and_rough_dates_read_back(text: str) -> None:
    (piece,) = write_value("birthDate", text)
    assert read_piece(piece, "Person") == ((Value("birthDate", text),), False)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_dates_read_back(day: object) -> None:
    assert iso_date(list_date(str(day))) == str(day)


WORDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ'-", min_size=1, max_size=12).filter(lambda t: t.strip("'-") != "")


@st.composite
def persons(draw: st.DrawFn) -> Reading:
    trees = []
    for number in range(draw(st.integers(1, 4))):
        first, last = draw(WORDS), draw(WORDS)
        values = {
            "name": [f"{first} {last}"],
            "firstName": [first],
            "lastName": [last],
            "alias": draw(st.lists(WORDS, max_size=3)),
            "weakAlias": draw(st.lists(WORDS.filter(lambda t: t == t.strip("'")), max_size=2)),
            "birthDate": draw(st.lists(st.sampled_from(["1971", "1980-02", "1964-05-30"]), max_size=2)),
            "nationality": draw(st.lists(st.sampled_from(["cu", "tr", "ci", "kp", "gb"]), max_size=2)),
            "gender": draw(st.lists(st.sampled_from(["male", "female"]), max_size=1)),
            "passportNumber": draw(st.lists(st.from_regex(r"[A-Z][0-9]{7}", fullmatch=True), max_size=2)),
            "notes": draw(st.lists(WORDS, max_size=80)),
            "program": ["EXR"],
            "topics": ["sanction"],
        }
        trees.append(make_tree(f"ofac-{9000 + number}", "Person", values))
    return Reading(tuple(trees))


@settings(max_examples=100, deadline=None)
@given(persons())
def test_invented_lists_read_back_as_written(reading: Reading) -> None:
    assert read(write(reading), NOW).entities == reading.entities


def test_weak_alias_in_quotes_of_its_own_would_lose_them_and_is_refused() -> None:
    tree = make_tree("ofac-1", "Person", {"name": ["A B"], "weakAlias": ["'A'"]})
    with pytest.raises(InputRefused) as refused:
        write(Reading((tree,)))
    assert [defect.field for defect in refused.value.defects] == ["weakAlias"]


def test_what_the_set_cannot_hold_is_refused() -> None:
    tree = make_tree("ofac-1", "Person", {"name": ["Änne Bell"], "birthDate": ["1971"], "height": ["180"]})
    with pytest.raises(InputRefused) as refused:
        write(Reading((tree, make_tree("x", "Flight", {"name": ["A1"]}))))
    assert {defect.field for defect in refused.value.defects} >= {"name", "height", "schema"}


def test_remarks_are_split_at_semicolons_only() -> None:
    assert split_remarks("DOB 1971; Linked To: A, S.A.; x;y.") == ["DOB 1971", "Linked To: A, S.A.", "x", "y"]
    assert read(FORMAT.example, NOW).notices == ()
