"""Lists coming in and people being screened, with the refusals and words that officers rely on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from comity.errors import InputRefused, RuleRefused
from comity.formats.ftm import write_lines
from comity.formats.paxlst import FORMAT as PAXLST
from comity.node.asking import screen_files
from comity.node.indexing import build_list
from comity.node.reference import add_list, diff_list, index_of, read_inputs, release_list, show_lists, store_of

NOW = datetime(2026, 11, 22, 2, 13, tzinfo=UTC)


def entries(count: int, name: str = "Zoran Petrak") -> dict[str, bytes]:
    trees = tuple(
        {"id": f"e{n}", "schema": "Person", "properties": {"name": [f"{name}{chr(97 + n % 26)}{n}"]}}
        for n in range(count)
    )
    return {"list.ftm.json": write_lines(trees)}


def people(*names: str) -> dict[str, bytes]:
    return {"people.csv": ("name\n" + "".join(f"{name}\n" for name in names)).encode()}


LUKIC = {"id": "L1", "schema": "Person", "properties": {"name": ["Drazen LUKIC"], "birthDate": ["1971-03-12"]}}


def test_an_empty_or_cut_list_never_replaces_a_good_one(tmp_path: Path) -> None:
    good = add_list(tmp_path, "demo", entries(30), NOW)
    for data in (b"", b"\n", entries(30)["list.ftm.json"][:-20]):
        with pytest.raises(InputRefused):
            add_list(tmp_path, "demo", {"list.ftm.json": data}, NOW)
    assert show_lists(tmp_path, NOW)[0].current == good.version


def test_a_list_without_anybody_is_refused(tmp_path: Path) -> None:
    tree = {"id": "f", "schema": "Flight", "properties": {"name": ["A1"]}}
    with pytest.raises(InputRefused, match="is empty"):
        add_list(tmp_path, "demo", {"list.ftm.json": write_lines((tree,))}, NOW)


@pytest.mark.parametrize(
    ("before", "after", "is_held"), [(100, 80, False), (100, 79, True), (2000, 1960, False), (2000, 1959, True)]
)
def test_a_list_that_shrinks_much_is_held(tmp_path: Path, before: int, after: int, is_held: bool) -> None:
    first = add_list(tmp_path, "demo", entries(before), NOW)
    second = add_list(tmp_path, "demo", entries(after), NOW)
    assert second.is_held is is_held
    assert second.version.removed == before - after
    shown = show_lists(tmp_path, NOW)[0]
    assert shown.current == (first.version if is_held else second.version)
    assert ("waits for two officers" in shown.warning) is is_held


def test_two_different_officers_release_a_held_list(tmp_path: Path) -> None:
    add_list(tmp_path, "demo", entries(100), NOW)
    held = add_list(tmp_path, "demo", entries(10), NOW)
    for officers in ([], ["A"], ["A", "A"], ["A", " a "], ["A", ""], ["A", "B", "C"]):
        with pytest.raises(RuleRefused):
            release_list(tmp_path, "demo", officers)
    assert release_list(tmp_path, "demo", ["A", "B"]).version == held.version.version
    assert show_lists(tmp_path, NOW)[0].held is None
    with pytest.raises(RuleRefused, match="is held"):
        release_list(tmp_path, "demo", ["A", "B"])


def test_the_same_edition_again_renews_its_age_and_adds_nothing(tmp_path: Path) -> None:
    first = add_list(tmp_path, "demo", entries(5), NOW - timedelta(days=9))
    assert "old list: do not act on it" in show_lists(tmp_path, NOW)[0].warning
    again = add_list(tmp_path, "demo", entries(5), NOW)
    assert again.is_known
    assert again.version.version == first.version.version
    assert show_lists(tmp_path, NOW)[0].warning == ""
    assert show_lists(tmp_path, NOW + timedelta(days=7))[0].warning == ""


def test_diff_names_what_changed(tmp_path: Path) -> None:
    add_list(tmp_path, "demo", entries(5), NOW)
    trees = ({"id": "e9", "schema": "Person", "properties": {"name": ["New One"]}},)
    changed = entries(4)["list.ftm.json"].replace(b"Petraka0", b"Petrakaa0") + write_lines(trees)
    add_list(tmp_path, "demo", {"list.ftm.json": changed}, NOW)
    found = diff_list(tmp_path, "demo")
    assert [pair[0] for pair in found.added] == ["e9"]
    assert [pair[0] for pair in found.removed] == ["e4"]
    assert [pair[0] for pair in found.changed] == ["e0"]


def test_screening_says_what_it_found_and_never_that_somebody_is_clear(tmp_path: Path) -> None:
    add_list(tmp_path, "demo", {"l.json": write_lines((LUKIC,))}, NOW)
    _, answers, words = screen_files(tmp_path, people("Petra Novak", "Drazen Lukich"), NOW)
    assert [hit.match for answer in answers for hit in answer.hits] == ["L1"]
    assert words.startswith("1 possible hit for 1 of 2 entries screened, in 1 list, 02:13 UTC.")
    _, _, words = screen_files(tmp_path, people("Petra Novak"), NOW)
    assert words == "Nothing found in 1 list, 02:13 UTC; 1 entry screened."
    assert "clear" not in words
    assert "match" not in words


def test_an_incomplete_manifest_is_screened_and_said_to_be_incomplete(tmp_path: Path) -> None:
    add_list(tmp_path, "demo", {"l.json": write_lines((LUKIC,))}, NOW)
    data = next(iter(PAXLST.example.values())).replace(b"UNT+21", b"UNT+20")
    screening, answers, _ = screen_files(tmp_path, {"f.edi": data}, NOW)
    assert [hit.match for answer in answers for hit in answer.hits] == ["L1"]
    assert screening.warnings == ("f.edi: incomplete, refused as a filing (1 defect); screened provisionally.",)


def test_an_old_list_screens_with_a_warning(tmp_path: Path) -> None:
    add_list(tmp_path, "demo", {"l.json": write_lines((LUKIC,))}, NOW - timedelta(days=8))
    screening, _, _ = screen_files(tmp_path, people("Petra Novak"), NOW)
    assert screening.warnings == ("demo: 8 days old: old list: do not act on it.",)


def test_the_same_ids_in_two_files_stay_apart(tmp_path: Path) -> None:
    add_list(tmp_path, "demo", {"l.json": write_lines((LUKIC,))}, NOW)
    files = {"a.csv": people("Drazen Lukic")["people.csv"], "b.csv": people("Drazen Lukic")["people.csv"]}
    _, answers, _ = screen_files(tmp_path, files, NOW)
    assert [answer.query.id for answer in answers] == ["2", "b.csv#2"]


def test_workers_change_nothing(tmp_path: Path) -> None:
    add_list(tmp_path, "demo", entries(300), NOW)
    asked = people(*(f"Zoran Petrak{chr(97 + n % 26)}{n}" for n in range(150)))
    _, one, _ = screen_files(tmp_path, asked, NOW)
    _, two, _ = screen_files(tmp_path, asked, NOW, workers=2)
    assert one == two
    assert sum(len(answer.hits) for answer in one) > 0


def test_nothing_to_screen_against_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="nothing to screen against"):
        screen_files(tmp_path, people("Ann Bell"), NOW)
    add_list(tmp_path, "demo", entries(3), NOW)
    with pytest.raises(InputRefused) as refused:
        screen_files(tmp_path, people("Ann Bell"), NOW, lists=["other"])
    assert refused.value.defects[0].rule == "lists.unknown"


def test_missing_and_broken_files_are_all_named(tmp_path: Path) -> None:
    broken = tmp_path / "x.csv.gz"
    broken.write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(InputRefused) as refused:
        read_inputs([tmp_path / "none.csv", broken, tmp_path])
    assert len(refused.value.defects) == 3


def test_a_damaged_version_is_mended_by_the_same_edition(tmp_path: Path) -> None:
    files = {"list.json": b'{"id":"a","schema":"Person","properties":{"name":["Drazen Lukic"]}}\n'}
    version = add_list(tmp_path, "demo", files, NOW).version
    kept = store_of(tmp_path).folder_of(version) / "entities.jsonl.zst"
    kept.write_bytes(kept.read_bytes()[:-9])
    again = add_list(tmp_path, "demo", files, NOW)
    assert again.is_known
    assert [tree["id"] for tree in store_of(tmp_path).entities(again.version)] == ["a"]


def test_a_list_screens_as_soon_as_it_is_added(tmp_path: Path) -> None:
    files = {"list.json": b'{"id":"a","schema":"Person","properties":{"name":["Drazen Lukic"]}}\n'}
    version = add_list(tmp_path, "demo", files, NOW).version
    assert store_of(tmp_path).snapshot_path(version).is_file()
    built = build_list(partial(store_of(tmp_path).lines, version), version.entities)
    mapped = index_of(tmp_path, version).segments[0].columns
    assert {name: one.tobytes() for name, one in mapped.to_arrays().items()} == {
        name: one.tobytes() for name, one in built.to_arrays().items()
    }
