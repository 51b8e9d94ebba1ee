"""A snapshot or version that is cut, foreign or replaced while it is read: found out, and screening goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.test_lists_screen import call
from tests.federation import Federation, federation

from comity.errors import OwnFault
from comity.node import asking, reference
from comity.node.at_hand import loaded_lists
from comity.storage.lists import ListVersion

NOW = datetime(2026, 11, 22, 2, 13, tzinfo=UTC)
LIST = b'{"id":"L1","schema":"Person","properties":{"name":["Drazen LUKIC"]}}\n'
MORE = LIST + b'{"id":"L2","schema":"Person","properties":{"name":["Petar NOVAK"]}}\n'
ASKED = {"people.csv": b"name\nDrazen Lukic\nPetar Novak\n"}


def add(home: Path, lines: bytes, now: datetime = NOW) -> ListVersion:
    return reference.add_list(home, "demo", {"demo.ftm.json": lines}, now).version


def snapshot(home: Path, version: ListVersion) -> Path:
    return reference.store_of(home).snapshot_path(version)


def spoil(home: Path, version: ListVersion) -> None:
    """Cuts the entities of a version and takes its snapshot away, as a full disk and a hasty hand do."""
    snapshot(home, version).unlink(missing_ok=True)
    (entities,) = snapshot(home, version).parent.glob("entities*")
    entities.write_bytes(entities.read_bytes()[:-9])


def found(home: Path, now: datetime = NOW) -> tuple[list[list[str]], str]:
    screening, answers, _ = asking.screen_files(home, ASKED, now)
    return [[hit.match for hit in answer.hits] for answer in answers], " ".join(screening.warnings)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: data[:8] + b"\x63" + data[9:],
        lambda data: data[:-4096] + bytes(one ^ 1 for one in data[-4096:]),
        lambda data: b"something else altogether",
    ],
    ids=["cut", "empty", "other format", "changed", "no snapshot"],
)
def test_a_snapshot_that_does_not_fit_is_made_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    version = add(tmp_path, MORE)
    assert found(tmp_path) == ([["L1"], ["L2"]], "")
    path = snapshot(tmp_path, version)
    good = path.read_bytes()
    path.unlink()
    path.write_bytes(damage(good))
    assert found(tmp_path) == ([["L1"], ["L2"]], "")
    assert path.read_bytes() == good


def test_a_snapshot_of_another_version_of_the_list_is_not_taken_for_it(tmp_path: Path) -> None:
    old, new = add(tmp_path, LIST), add(tmp_path, MORE)
    reference.index_of(tmp_path, old)
    snapshot(tmp_path, new).write_bytes(snapshot(tmp_path, old).read_bytes())
    assert found(tmp_path)[0] == [["L1"], ["L2"]]


def test_an_index_goes_on_answering_while_its_snapshot_is_replaced(tmp_path: Path) -> None:
    version = add(tmp_path, MORE)
    index = reference.index_of(tmp_path, version)
    query = asking.prepare_screening(tmp_path, ASKED, NOW).queries[1]
    before = index.screen(query)
    snapshot(tmp_path, version).unlink()
    add(tmp_path, LIST)
    reference.index_of(tmp_path, version)
    assert index.screen(query) == before
    assert [hit.match for hit in before] == ["L2"]


def test_where_the_current_version_cannot_be_read_the_one_before_screens_and_says_its_age(tmp_path: Path) -> None:
    add(tmp_path, MORE, NOW - timedelta(days=3))
    spoil(tmp_path, add(tmp_path, LIST))
    hits, warning = found(tmp_path)
    assert hits == [["L1"], ["L2"]]
    assert "cannot be read; version 1-" in warning
    assert "of 2026-11-19 screens" in warning


def test_a_list_of_which_no_version_can_be_read_is_never_passed_over(tmp_path: Path) -> None:
    spoil(tmp_path, add(tmp_path, MORE))
    with pytest.raises(OwnFault, match="cannot be read"):
        found(tmp_path)


def test_the_command_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "demo.ftm.json").write_bytes(MORE)
    (tmp_path / "people.csv").write_bytes(ASKED["people.csv"])
    assert call(tmp_path, "lists", "add", "demo", tmp_path / "demo.ftm.json")[0] == 0
    (tmp_path / "demo.ftm.json").write_bytes(LIST)
    assert call(tmp_path, "lists", "add", "demo", tmp_path / "demo.ftm.json")[0] == 0
    home = next(path for path in tmp_path.rglob("lists") if path.is_dir()).parent
    current = reference.store_of(home).current("demo")
    assert current is not None
    spoil(home, current)
    code, out, err = call(tmp_path, "screen", tmp_path / "people.csv", "--json")
    assert code in (0, 1)
    assert {json.loads(line)["match"] for line in out.splitlines() if '"match"' in line} == {"L1", "L2"}
    assert "cannot be read; version 1-" in err + out


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        yield made


def test_a_running_node_and_one_that_starts_again_screen_with_the_version_before(world: Federation) -> None:
    node = world.nodes["QM"]
    add(node.home, MORE, world.now - timedelta(days=1))
    (first,) = loaded_lists(node, world.now)
    spoil(node.home, add(node.home, LIST, world.now))
    for _ in range(2):
        (one,) = loaded_lists(node, world.now)
        assert one.version == first.version
        assert "cannot be read" in one.warning
        assert [subject.id for subject in one.index.subjects] == ["L1", "L2"]
        with node.screens.lock:
            node.screens.lists.clear()  # as after a restart
