"""Reference lists on disk: every version kept, one current, perhaps one held for release.

A version is a folder with compressed JSON lines and a meta file; it exists once its meta file does. Everything is
written beside, synced and renamed, so a crash leaves the version before. What is read back is checked against its
digest.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from comity.errors import Defect, InputRefused, OwnFault

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LARGEST_LIST = 4 << 30
"""Bytes of one version's lines, uncompressed."""
READ = 1 << 20
"""Bytes read at once."""


class Agreement(msgspec.Struct, frozen=True):
    """One officer's word that a held version may screen: the login, the pseudonym, the agency, when, and why."""

    login: str
    officer: str
    agency: str
    at: datetime
    reason: str


class ListVersion(msgspec.Struct, frozen=True):
    """One version of one list. ``sources`` maps each input's name to its SHA-256, ``sha256`` is that of the stored
    lines, ``added`` when it came, ``seen`` when the same content was last given again (both UTC), ``published`` the
    publisher's own date or empty, ``removed`` how many entities of the version before it lacks, ``before`` that
    version's number of them, ``released`` the two who let a held version through, ``agreed`` what each of them said
    where they have accounts; of a held version, what was said so far."""

    name: str
    version: str
    format: str
    sources: dict[str, str]
    sha256: str
    added: datetime
    seen: datetime
    entities: int
    names: int
    removed: int = 0
    published: str = ""
    released: tuple[str, ...] = ()
    agreed: tuple[Agreement, ...] = ()
    before: int = 0


class ListStore:
    """The lists under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> tuple[str, ...]:
        """The names of all lists, sorted."""
        if not self.folder.is_dir():
            return ()
        return tuple(sorted(path.name for path in self.folder.iterdir() if (path / "versions").is_dir()))

    def versions(self, name: str) -> tuple[ListVersion, ...]:
        """All versions of a list, oldest first."""
        root = self._root(name) / "versions"
        found = [self._meta(path) for path in root.glob("*/meta.json")] if root.is_dir() else []
        return tuple(sorted(found, key=lambda version: int(version.version.partition("-")[0])))

    def version(self, name: str, version: str) -> ListVersion:
        """One version; raises :class:`InputRefused` if there is none of that name."""
        for found in self.versions(name):
            if found.version == version:
                return found
        known = ", ".join(found.version for found in self.versions(name)) or "none"
        defect = Defect("lists.version", f"{name} has no version {version!r}.", f"There are: {known}.")
        raise InputRefused("There is no such version.", [defect])

    def current(self, name: str) -> ListVersion | None:
        """The version that screens."""
        return self._pointed(name, "current")

    def held(self, name: str) -> ListVersion | None:
        """The version that waits for two officers."""
        return self._pointed(name, "held")

    def add(self, meta: ListVersion, lines: bytes, *, is_held: bool) -> ListVersion:
        """Keeps ``lines`` as a new version and points ``current`` or ``held`` at it; its number and digest are set
        here."""
        digest = hashlib.sha256(lines).hexdigest()
        number = 1 + max((int(v.version.partition("-")[0]) for v in self.versions(meta.name)), default=0)
        kept = msgspec.structs.replace(meta, version=f"{number}-{digest[:12]}", sha256=digest)
        folder = self._root(meta.name) / "versions" / kept.version
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "entities.jsonl.zst", zstandard.ZstdCompressor(level=6).compress(lines))
        _write(folder / "meta.json", msgspec.json.format(msgspec.json.encode(kept)))
        self._point(kept.name, "held" if is_held else "current", kept.version)
        if not is_held:
            self._clear(kept.name, "held")
        return kept

    def confirm(self, version: ListVersion, now: datetime) -> ListVersion:
        """Notes that the publisher still gives the same content."""
        kept = msgspec.structs.replace(version, seen=now)
        self._keep(kept)
        return kept

    def agree(self, version: ListVersion, word: Agreement) -> ListVersion:
        """Keeps an officer's word with a held version."""
        kept = msgspec.structs.replace(version, agreed=(*version.agreed, word))
        self._keep(kept)
        return kept

    def release(self, version: ListVersion, officers: tuple[str, ...]) -> ListVersion:
        """Makes a held version current, with the names of the two who decided."""
        kept = msgspec.structs.replace(version, released=officers)
        self._keep(kept)
        self._point(kept.name, "current", kept.version)
        self._clear(kept.name, "held")
        return kept

    def entities(self, version: ListVersion) -> Iterator[dict[str, Any]]:
        """The entities of a version; raises :class:`OwnFault` if the file is not what was written."""
        self.check(version)
        return map(msgspec.json.Decoder().decode, self.lines(version))

    def check(self, version: ListVersion) -> None:
        """Raises :class:`OwnFault` if the file of a version is not what was written."""
        digest, size = hashlib.sha256(), 0
        try:
            with self._open(version) as file:
                while len(some := file.read(READ)) > 0:
                    digest.update(some)
                    size += len(some)
                    if size > LARGEST_LIST:
                        raise _damaged(version, "it is too large")
        except (OSError, zstandard.ZstdError) as error:
            raise _damaged(version, str(error)) from error
        if digest.hexdigest() != version.sha256:
            raise _damaged(version, "its digest is another one")

    def mend(self, version: ListVersion, lines: bytes) -> None:
        """Writes the lines of a version again where they cannot be read; ``lines`` have its digest."""
        try:
            self.check(version)
        except OwnFault:
            path = self.folder_of(version) / "entities.jsonl.zst"
            _write(path, zstandard.ZstdCompressor(level=6).compress(lines))

    def made_of(self, version: ListVersion, kind: str) -> bytes | None:
        """What was made from a version and kept with it under ``kind``; None where nothing was."""
        path = self.folder_of(version) / f"{kind}.made"
        return path.read_bytes() if path.is_file() else None

    def keep_made(self, version: ListVersion, kind: str, data: bytes) -> None:
        """Keeps what was made from a version."""
        _write(self.folder_of(version) / f"{kind}.made", data)

    def lines(self, version: ListVersion) -> Iterator[bytes]:
        """The entities of a version, each as a line of JSON; :meth:`check` says whether they are whole."""
        with self._open(version) as file:
            yield from file

    def _open(self, version: ListVersion) -> BufferedReader:
        path = self.folder_of(version) / "entities.jsonl.zst"
        reader = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), closefd=True)
        return BufferedReader(reader, READ)

    def beside(self, name: str, kind: str) -> bytes | None:
        """What is kept beside the versions of a list: its ``mapping``, its ``source``, what was ``fetched``."""
        path = self._root(name) / f"{kind}.kept"
        return path.read_bytes() if path.is_file() else None

    def keep_beside(self, name: str, kind: str, data: bytes) -> None:
        """Keeps ``data`` beside the versions of a list."""
        self._root(name).mkdir(parents=True, exist_ok=True)
        _write(self._root(name) / f"{kind}.kept", data)

    def folder_of(self, version: ListVersion) -> Path:
        """The folder in which a version lies, for what is made from it."""
        return self._root(version.name) / "versions" / version.version

    def snapshot_path(self, version: ListVersion) -> Path:
        """Where the compiled columns of a version are kept; there may be none yet."""
        return self._root(version.name) / "versions" / version.version / "columns.snapshot"

    def _root(self, name: str) -> Path:
        if NAME.fullmatch(name) is None:
            says = f"{name!r} is no list name."
            remedy = "Use small letters, digits and hyphens, for example ofac-sdn."
            raise InputRefused("The list cannot be named so.", [Defect("lists.name", says, remedy)])
        return self.folder / name

    def _meta(self, path: Path) -> ListVersion:
        try:
            return msgspec.json.decode(path.read_bytes(), type=ListVersion)
        except (OSError, msgspec.DecodeError) as error:
            raise OwnFault(
                f"The file {path.name} of list version {path.parent.name} is damaged ({error}).",
                rule="lists.meta",
                remedy="Restore it from the backup or add the list again.",
                recorded="",
            ) from error

    def _pointed(self, name: str, pointer: str) -> ListVersion | None:
        path = self._root(name) / pointer
        if not path.is_file():
            return None
        folder = self._root(name) / "versions" / path.read_text(encoding="ascii").strip()
        return self._meta(folder / "meta.json")

    def _point(self, name: str, pointer: str, version: str) -> None:
        _write(self._root(name) / pointer, version.encode("ascii"))

    def _clear(self, name: str, pointer: str) -> None:
        (self._root(name) / pointer).unlink(missing_ok=True)

    def _keep(self, version: ListVersion) -> None:
        path = self._root(version.name) / "versions" / version.version / "meta.json"
        _write(path, msgspec.json.format(msgspec.json.encode(version)))


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each input."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{path.name}.tmp")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _damaged(version: ListVersion, why: str) -> OwnFault:
    return OwnFault(
        f"Version {version.version} of {version.name} cannot be read: {why}.",
        rule="lists.damaged",
        remedy="Add the list again from its publisher.",
        recorded="",
    )
