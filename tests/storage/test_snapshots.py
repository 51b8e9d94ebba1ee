"""A snapshot is used whole or not at all, and replacing it takes it from nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.storage import snapshots
from comity.storage.snapshots import SnapshotUnfit, open_snapshot, write_snapshot

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ARRAYS = {
    "numbers": np.arange(1000, dtype=np.int64),
    "table": np.arange(12, dtype=np.int32).reshape(3, 4),
    "none": np.zeros(0, dtype=np.uint8),
    "bytes": np.frombuffer(b"three", dtype=np.uint8),
}


def kept(folder: Path, source: str = "list 1") -> Path:
    path = folder / "columns.snapshot"
    write_snapshot(path, source, ARRAYS, NOW)
    return path


def test_what_was_written_is_mapped(tmp_path: Path) -> None:
    found = open_snapshot(kept(tmp_path), "list 1", is_checked=True)
    assert found.head.made == NOW
    arrays = found.arrays()
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert np.array_equal(arrays[name], array)
        assert not arrays[name].flags.writeable


def test_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = kept(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


@settings(max_examples=60)
@given(share=st.floats(0.0, 1.0, exclude_max=True))
def test_a_cut_file_is_refused(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    path = kept(tmp_path_factory.mktemp("cut"))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SnapshotUnfit):
        open_snapshot(path, "list 1")


@settings(max_examples=60)
@given(where=st.floats(0.0, 1.0, exclude_max=True), bit=st.integers(0, 7))
def test_a_changed_bit_in_what_is_read_is_found(
    tmp_path_factory: pytest.TempPathFactory, where: float, bit: int
) -> None:
    path = kept(tmp_path_factory.mktemp("bit"))
    data = bytearray(path.read_bytes())
    at = int(len(data) * where)
    data[at] ^= 1 << bit
    path.write_bytes(data)
    try:
        arrays = open_snapshot(path, "list 1", is_checked=True).arrays()
    except SnapshotUnfit:
        return
    # Between the arrays there is padding that says nothing.
    assert all(np.array_equal(arrays[name], array) for name, array in ARRAYS.items())


def test_a_snapshot_of_something_else_or_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept(tmp_path)
    with pytest.raises(SnapshotUnfit, match="something else"):
        open_snapshot(path, "list 2")
    monkeypatch.setattr(snapshots, "FORMAT", snapshots.FORMAT + 1)
    with pytest.raises(SnapshotUnfit, match="format"):
        open_snapshot(path, "list 1")


def test_no_file_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotUnfit):
        open_snapshot(tmp_path / "none")
    (tmp_path / "empty").touch()
    with pytest.raises(SnapshotUnfit):
        open_snapshot(tmp_path / "empty")


def test_who_has_the_old_one_mapped_keeps_it_while_it_is_replaced(tmp_path: Path) -> None:
    path = kept(tmp_path, "old")
    old = open_snapshot(path, "old").arrays()
    write_snapshot(path, "new", {"numbers": np.zeros(5, dtype=np.int64)}, NOW)
    assert np.array_equal(old["numbers"], ARRAYS["numbers"])
    assert len(open_snapshot(path, "new").arrays()["numbers"]) == 5


def test_a_writer_that_died_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kept(tmp_path, "old")

    def die(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(snapshots.os, "fsync", die)
    with pytest.raises(OSError, match="no space"):
        write_snapshot(path, "new", ARRAYS, NOW)
    assert open_snapshot(path, "old", is_checked=True).head.source == "old"
    assert list(tmp_path.iterdir()) == [path]
