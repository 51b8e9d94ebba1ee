"""The one place where the core reads a file that ships inside the package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable


def packaged_text(package: str, name: str) -> str:
    """The text of ``name`` inside ``package``, for example ``("comity.policy", "policies/act.cedar")``."""
    return packaged_bytes(package, name).decode("utf-8")


def packaged_bytes(package: str, name: str) -> bytes:
    """The bytes of ``name`` inside ``package``."""
    return files(package).joinpath(*name.split("/")).read_bytes()


def packaged_names(package: str, folder: str, suffix: str) -> tuple[str, ...]:
    """The sorted paths of the files in ``folder`` of ``package`` that end in ``suffix``."""
    entries = files(package).joinpath(folder).iterdir()
    return tuple(sorted(f"{folder}/{entry.name}" for entry in entries if entry.name.endswith(suffix)))


def packaged_folders(package: str) -> tuple[str, ...]:
    """The sorted names of the sub-packages that lie in ``package``."""
    entries = files(package).iterdir()
    return tuple(sorted(e.name for e in entries if e.is_dir() and e.joinpath("__init__.py").is_file()))


def packaged_tree(package: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    """Every file under ``package`` whose name ends in ``suffix``, with its path, in the order of the paths."""
    yield from _tree(files(package), "", suffix)


def _tree(folder: Traversable, path: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _tree(entry, f"{path}{entry.name}/", suffix)
        elif entry.name.endswith(suffix):
            yield f"{path}{entry.name}", entry.read_bytes()
