"""Columns of a list in one file that processes map and share: written whole, checked when opened, swapped at once.

A snapshot is a head, padding, and the arrays one after another, each on a page boundary of its own cache lines. The
head names the file format, what the arrays were compiled from (the list's digest and the model's) and each array's
type, shape and place, and is under a digest; so are the arrays. A file that is cut, was made by another version or
belongs to another list or model is no snapshot of this one: it is made anew, and until that is done the one before
stays in use. A file is only ever replaced by another name, never written to, so who has it mapped keeps it.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from comity.errors import OwnFault

MAGIC = b"COMITYSN"
FORMAT = 1
"""Version of this layout; another one is made anew."""
ALIGNMENT = 64
_SIZES = struct.Struct("<8sII32s")
"""Magic, format, length of the head, SHA-256 of the head."""
Arrays = Mapping[str, NDArray[np.generic]]


class _Column(msgspec.Struct, frozen=True):
    name: str
    kind: str
    shape: tuple[int, ...]
    start: int


class Head(msgspec.Struct, frozen=True):
    """What a snapshot says of itself: ``source`` names what it was made of, ``size`` is that of the whole file in
    bytes, ``digest`` the SHA-256 of the arrays as they stand in it."""

    source: str
    made: datetime
    size: int
    digest: str
    columns: tuple[_Column, ...]


class SnapshotUnfit(OwnFault):
    """A snapshot cannot be used: it is cut, damaged, of another version, or was made of something else."""


class Snapshot:
    """One mapped snapshot; the arrays live as long as it is referred to."""

    def __init__(self, path: Path, head: Head, data: mmap.mmap) -> None:
        self.path = path
        self.head = head
        self._data = data

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Every array under its name, read-only, in the file's own memory."""
        found: dict[str, NDArray[np.generic]] = {}
        for column in self.head.columns:
            count = int(np.prod(column.shape, dtype=np.int64))
            flat: NDArray[np.generic]
            if count == 0:
                flat = np.zeros(0, dtype=np.dtype(column.kind))
                flat.flags.writeable = False
            else:
                flat = np.frombuffer(self._data, dtype=np.dtype(column.kind), count=count, offset=column.start)
            found[column.name] = flat.reshape(column.shape)
        return found


def write_snapshot(path: Path, source: str, arrays: Arrays, now: datetime) -> None:
    """Writes a snapshot beside ``path``, syncs it and puts it in its place at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns, size = _laid_out(source, arrays)
    digest = hashlib.sha256()
    for name, array in arrays.items():
        _update(digest, name, array)
    head = _encoded(Head(source, now, size, digest.hexdigest(), columns))
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(_SIZES.pack(MAGIC, FORMAT, len(head), hashlib.sha256(head).digest()))
            file.write(head)
            for column, array in zip(columns, arrays.values(), strict=True):
                file.seek(column.start)
                file.write(np.ascontiguousarray(array).tobytes())
            file.truncate(size)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(path.parent)


def open_snapshot(path: Path, source: str = "", *, is_checked: bool = False) -> Snapshot:
    """Maps a snapshot of ``source`` (any if empty); raises :class:`SnapshotUnfit` where it is not one.

    The head is always checked and the file's length; ``is_checked`` reads every array against the digest as well.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise _unfit(path, f"it cannot be mapped ({error})") from error
    head = _head(path, data)
    if head.size != len(data):
        raise _unfit(path, f"it has {len(data)} bytes of {head.size}")
    if source not in ("", head.source):
        raise _unfit(path, "it was made of something else")
    found = Snapshot(path, head, data)
    if is_checked and _digest(found) != head.digest:
        raise _unfit(path, "its content is damaged")
    return found


def _laid_out(source: str, arrays: Arrays) -> tuple[tuple[_Column, ...], int]:
    """Where each array starts, and the size of the file; the head's own length moves nothing but the first place."""
    room = _SIZES.size + len(_encoded(Head(source, datetime.max.replace(tzinfo=UTC), 1 << 60, "0" * 64, ())))
    room += sum(len(name) + 128 for name in arrays)
    at = -(-room // ALIGNMENT) * ALIGNMENT
    columns = []
    for name, array in arrays.items():
        columns.append(_Column(name, array.dtype.str, array.shape, at))
        at = -(-(at + array.nbytes) // ALIGNMENT) * ALIGNMENT
    return tuple(columns), at


def _encoded(head: Head) -> bytes:
    return msgspec.json.encode(head)


def _head(path: Path, data: mmap.mmap) -> Head:
    if len(data) < _SIZES.size:
        raise _unfit(path, "it is cut")
    magic, version, length, digest = _SIZES.unpack_from(data)
    if magic != MAGIC:
        raise _unfit(path, "it is no snapshot")
    if version != FORMAT:
        raise _unfit(path, f"it has format {version}; this version reads {FORMAT}")
    head = data[_SIZES.size : _SIZES.size + length]
    if hashlib.sha256(head).digest() != digest:
        raise _unfit(path, "its head is damaged")
    try:
        return msgspec.json.decode(head, type=Head)
    except msgspec.DecodeError as error:
        raise _unfit(path, f"its head cannot be read ({error})") from error


def _digest(snapshot: Snapshot) -> str:
    found = hashlib.sha256()
    for name, array in snapshot.arrays().items():
        _update(found, name, array)
    return found.hexdigest()


def _update(digest: Any, name: str, array: NDArray[np.generic]) -> None:
    digest.update(name.encode())
    if array.size > 0:
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _sync_folder(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _unfit(path: Path, why: str) -> SnapshotUnfit:
    return SnapshotUnfit(
        f"The snapshot {path.name} cannot be used: {why}.",
        rule="snapshots.unfit",
        remedy="It is made again from the list; nothing needs to be done.",
        recorded="",
    )
