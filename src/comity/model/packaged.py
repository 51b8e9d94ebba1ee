"""The one place where the core reads a file that ships inside the package."""

from __future__ import annotations

from importlib.resources import files


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
