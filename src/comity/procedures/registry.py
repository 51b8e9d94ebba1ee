"""All procedures, found by folder: each sub-package offers ``PROCEDURES``, every table version it ever used.

Adding one needs no other file: make a folder with an ``__init__.py`` that offers ``PROCEDURES``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module

from comity.errors import OwnFault
from comity.model.packaged import packaged_folders
from comity.procedures.audit import check_table
from comity.procedures.table import Procedure


class Registry:
    """Procedures by kind and version. Refuses duplicates and tables that are not whole."""

    def __init__(self, procedures: Iterable[Procedure]) -> None:
        known: dict[tuple[str, int], Procedure] = {}
        for procedure in procedures:
            key = (procedure.kind, procedure.version)
            if key in known:
                raise OwnFault(
                    f"The procedure {procedure.kind}@{procedure.version} is there twice.",
                    rule="registry.twice",
                    remedy="Give one of them another name or version.",
                )
            known[key] = check_table(procedure)
        self._known: Mapping[tuple[str, int], Procedure] = known

    def get(self, kind: str, version: int) -> Procedure | None:
        """The table of one version, or None where this node does not know it."""
        return self._known.get((kind, version))

    def current(self, kind: str) -> Procedure | None:
        """The newest table of one kind."""
        versions = [p for p in self._known.values() if p.kind == kind]
        return max(versions, key=lambda p: p.version, default=None)

    def kinds(self) -> tuple[str, ...]:
        """The kinds of procedure, sorted."""
        return tuple(sorted({kind for kind, _ in self._known}))

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._known.values())


def packaged_procedures() -> tuple[Procedure, ...]:
    """Every version of every procedure that ships with Comity."""
    folders = packaged_folders("comity.procedures")
    modules = (import_module(f"comity.procedures.{name}") for name in folders)
    return tuple(procedure for module in modules for procedure in module.PROCEDURES)
