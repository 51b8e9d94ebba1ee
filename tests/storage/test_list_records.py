"""The entities of a list version at hand: by id, holder and word; made once, whole, and anew when damaged."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import OwnFault
from comity.storage.list_records import FILE, ListRecords, open_records

TREES: list[dict[str, Any]] = [
    {"id": "a", "schema": "Person", "properties": {"name": ["Élodie Varnholt"]}},
    {"id": "a-doc", "schema": "Passport", "properties": {"holder": ["a"], "number": ["A1"]}},
    {"id": "b", "schema": "Person", "properties": {"name": ["Владимир Орлов", "Vladimir Orlov"]}},
    {"id": "c", "schema": "Company", "properties": {"name": ["Varnholt Shipping"]}},
]
KINDS = ("Person", "Company", "Passport")


def words(tree: dict[str, Any]) -> str:
    return " ".join(tree["properties"].get("name", ()))


@pytest.fixture
def made() -> list[int]:
    return []


def records(folder: Path, made: list[int], lines: str = "x") -> ListRecords:
    def trees() -> Iterator[dict[str, Any]]:
        made.append(1)
        return iter(TREES)

    return open_records(folder, lines, trees, words)


def ids(found: Iterator[dict[str, Any]]) -> list[str]:
    return [tree["id"] for tree in found]


def test_found_by_id_by_holder_and_by_word(tmp_path: Path, made: list[int]) -> None:
    held = records(tmp_path, made)
    assert held.by_id(["a", "nobody"]) == {"a": TREES[0]}
    assert held.held_by(["a", "b"]) == {"a": [TREES[1]]}
    assert ids(held.search("elodie", KINDS)) == ["a"]
    assert ids(held.search("орлов", KINDS)) == ["b"]
    assert sorted(ids(held.search("VARNHOLT", KINDS))) == ["a", "c"]
    assert ids(held.search("varnholt", ["Company"])) == ["c"]
    assert ids(held.search("varn", KINDS)) == []
    assert ids(held.search("shipping varn", KINDS, last_begins=True)) == ["c"]
    assert ids(held.search("", ["Person", "Company"])) == ["a", "b", "c"]
    assert held.schemas() == {"Person": 2, "Passport": 1, "Company": 1}


def test_made_once_and_anew_when_the_lines_are_others_or_the_file_is_damaged(tmp_path: Path, made: list[int]) -> None:
    records(tmp_path, made)
    records(tmp_path, made)
    assert len(made) == 1
    records(tmp_path, made, lines="y")
    assert len(made) == 2
    whole = (tmp_path / FILE).read_bytes()
    for damaged in (b"", b"nonsense" * 100, whole[:4096], b"\x00" * len(whole)):
        (tmp_path / FILE).write_bytes(damaged)
        assert ids(records(tmp_path, made, lines="y").search("orlov", KINDS)) == ["b"]
    assert len(made) == 6
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_damage_that_shows_later_is_told_with_its_remedy(tmp_path: Path, made: list[int]) -> None:
    held = records(tmp_path, made)
    (tmp_path / FILE).write_bytes(b"nonsense" * 1_000)
    with pytest.raises(OwnFault) as fault:
        held.by_id(["a"])
    assert fault.value.remedy.startswith(f"Delete {FILE}")
    (tmp_path / FILE).unlink()
    assert records(tmp_path, made).by_id(["a"]) == {"a": TREES[0]}


def test_a_making_that_fails_leaves_the_old_file(tmp_path: Path, made: list[int]) -> None:
    records(tmp_path, made)

    def broken() -> Iterator[dict[str, Any]]:
        yield TREES[0]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        open_records(tmp_path, "y", broken, words)
    assert ids(records(tmp_path, made).search("orlov", KINDS)) == ["b"]
    assert len(made) == 1


def test_many_threads_read_side_by_side(tmp_path: Path, made: list[int]) -> None:
    held, found = records(tmp_path, made), []
    threads = [threading.Thread(target=lambda: found.append(ids(held.search("orlov", KINDS)))) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [["b"]] * 12


@settings(max_examples=200)
@given(st.text(max_size=60), st.booleans())
def test_no_text_breaks_the_search(tmp_path_factory: pytest.TempPathFactory, text: str, begins: bool) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzzed"
    folder.mkdir(exist_ok=True)
    assert set(ids(records(folder, []).search(text, KINDS, last_begins=begins))) <= {"a", "a-doc", "b", "c"}
