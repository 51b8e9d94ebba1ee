"""Long runs over files that go on where they stopped: how input is opened, and how result and state are kept.

The state lies beside the result and says how long that was; both are synced, the result first, so that a run that was
killed at any moment ends with the same bytes as one that was not.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from comity.errors import Defect, InputRefused

BOM = b"\xef\xbb\xbf"

T = TypeVar("T", bound=msgspec.Struct)


def opened(path: Path) -> IO[bytes]:
    """A file, unpacked on the way where it is packed."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    found: Any = gzip.open(path, "rb") if packed else path.open("rb")  # noqa: SIM115 - the caller closes it
    return found  # type: ignore[no-any-return]


def texts(name: str, file: Iterable[bytes], defects: list[Defect]) -> Iterator[str]:
    """The lines as text; an undecodable byte or a null character is a defect that names its line."""
    for number, line in enumerate(file, 1):
        raw = line.removeprefix(BOM) if number == 1 else line
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            says = f"Byte {raw[error.start]:#04x} is not utf-8."
            defects.append(Defect("text.encoding", says, "Save the file as utf-8.", name, f"line {number}"))
            text = raw.decode("utf-8", "replace")
        if "\x00" in text:
            says = "The line holds null characters."
            defects.append(Defect("csv.null", says, "Save it as UTF-8 text.", name, f"line {number}"))
            text = text.replace("\x00", "")
        yield text


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def state_path(target: Path) -> Path:
    """Where the state of a result lies."""
    return target.with_name(f"{target.name}.state")


def read_state(target: Path, kind: type[T]) -> T | None:
    """The state of the run that stopped, or None; raises :class:`InputRefused` for one that cannot be read."""
    path = state_path(target)
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, OSError) as error:
        remedy = f"Delete {path.name} to begin anew."
        raise InputRefused(
            "The state of the run that stopped cannot be read.", [Defect("bulk.state", str(error), remedy, path.name)]
        ) from error


def require_same(known: T, fresh: T, target: Path, names: Iterable[str], length: int) -> None:
    """A run goes on only with the same input and limits: its result would be of two minds otherwise."""
    other = [name for name in names if getattr(known, name) != getattr(fresh, name)]
    if not target.is_file() or target.stat().st_size < length:
        other.append("result")
    if len(other) == 0:
        return
    remedy = f"Choose another --out, or delete {state_path(target).name} to begin anew."
    says = f"{target.name} is of a run that stopped; since then this differs: {', '.join(other)}."
    defect = Defect("bulk.other", says, remedy, target.name)
    raise InputRefused("The run cannot go on.", [defect], recorded="The result so far is kept.")


def sync(out: IO[bytes], target: Path, state: msgspec.Struct) -> None:
    """First the result, then the state that counts it."""
    out.flush()
    os.fsync(out.fileno())
    write_state(target, state)


def write_state(target: Path, state: msgspec.Struct) -> None:
    """Writes the state whole or not at all."""
    path = state_path(target)
    beside = path.with_name(f"{path.name}.tmp")
    with beside.open("wb") as file:
        file.write(msgspec.json.encode(state))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
