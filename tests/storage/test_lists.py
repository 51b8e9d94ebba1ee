"""Versions of lists on disk: added whole or not at all, checked when read, held until released."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.errors import InputRefused, OwnFault
from comity.storage import lists as module
from comity.storage.lists import ListStore, ListVersion

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LINES = b'{"id":"a","schema":"Person","properties":{"name":["Ann Bell"]}}\n'


def meta(name: str = "demo") -> ListVersion:
    return ListVersion(name, "", "ftm", {"a.json": "00"}, "", NOW, NOW, 1, 1)


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    store = ListStore(tmp_path / "lists")
    assert store.names() == ()
    kept = store.add(meta(), LINES, is_held=False)
    assert store.current("demo") == kept == store.version("demo", kept.version)
    assert [tree["id"] for tree in store.entities(kept)] == ["a"]
    assert store.names() == ("demo",)


def test_every_version_is_kept_in_order(tmp_path: Path) -> None:
    store = ListStore(tmp_path)
    versions = [store.add(meta(), LINES * n, is_held=False) for n in range(1, 12)]
    assert list(store.versions("demo")) == versions
    assert store.current("demo") == versions[-1]


def test_a_held_version_does_not_screen_until_released(tmp_path: Path) -> None:
    store = ListStore(tmp_path)
    first = store.add(meta(), LINES, is_held=False)
    second = store.add(meta(), LINES * 2, is_held=True)
    assert (store.current("demo"), store.held("demo")) == (first, second)
    released = store.release(second, ("A", "B"))
    assert (store.current("demo"), store.held("demo")) == (released, None)
    assert released.released == ("A", "B")


def test_a_changed_file_is_told_and_not_screened(tmp_path: Path) -> None:
    store = ListStore(tmp_path)
    kept = store.add(meta(), LINES, is_held=False)
    other = store.add(meta("other"), LINES.replace(b"Ann", b"Eve"), is_held=False)
    root = tmp_path / "demo/versions" / kept.version / "entities.jsonl.zst"
    root.write_bytes((tmp_path / "other/versions" / other.version / "entities.jsonl.zst").read_bytes())
    with pytest.raises(OwnFault, match="digest"):
        list(store.entities(kept))
    root.write_bytes(b"")
    with pytest.raises(OwnFault, match="cannot be read"):
        list(store.entities(kept))


@pytest.mark.parametrize("name", ["", "..", "a/b", "Ä", "A", "-x", "x" * 41])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputRefused):
        ListStore(tmp_path).current(name)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_crash_while_adding_leaves_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    store = ListStore(tmp_path)
    first = store.add(meta(), LINES, is_held=False)
    calls = []
    real = module._write

    def crash(path: Path, data: bytes) -> None:
        calls.append(path)
        if len(calls) == step:
            raise KeyboardInterrupt
        real(path, data)

    monkeypatch.setattr(module, "_write", crash)
    with pytest.raises(KeyboardInterrupt):
        store.add(meta(), LINES * 2, is_held=False)
    monkeypatch.setattr(module, "_write", real)
    assert store.current("demo") == first
    assert [tree["id"] for tree in store.entities(first)] == ["a"]
    again = store.add(meta(), LINES * 2, is_held=False)
    assert store.current("demo") == again
