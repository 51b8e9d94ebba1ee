"""``comity docs``: makes the reference from the code, or says where it differs. Run it in a checkout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.app import COMMANDS
from comity.cli.docs import commands, procedures, registries, rules, sources, tables
from comity.cli.output import DONE, FOUND, Json, out, out_json, settle
from comity.errors import Defect, InputRefused

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": lambda: commands.commands(COMMANDS),
    "effects.md": procedures.effects,
    "errors.md": sources.rules,
    "features.md": registries.features,
    "formats.md": registries.formats,
    "legal-packs.md": registries.legal_packs,
    "map.md": sources.house,
    "policies.md": registries.policies,
    "procedures.md": procedures.procedures,
    "protocol.md": sources.protocol,
    "rules.md": rules.rules,
    "settings.md": commands.settings,
    "storage.md": tables.storage,
}
"""File name to what makes it."""


@app.command()
def docs(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a page differs.")] = False,
    folder: Annotated[Path, typer.Option("--dir", help="Folder of the reference.")] = Path("docs/reference"),
    is_json: Json = False,
) -> None:
    """Makes the reference pages from the code: the same code gives the same bytes."""
    settings = settle(ctx, None, is_json)
    if not folder.is_dir():
        says = f"There is no folder {folder}."
        raise InputRefused(says, [Defect("docs.folder", says, "Run it in a checkout, or give --dir.", field="--dir")])
    differing = [name for name, text in made().items() if not _is_same(folder / name, text)]
    if not check:
        for name, text in made().items():
            (folder / name).write_text(text, encoding="utf-8")
    if settings.is_json:
        out_json({"pages": len(PAGES), "differ": differing, "written": not check})
    else:
        out(_told(differing, check=check))
    raise typer.Exit(FOUND if check and len(differing) > 0 else DONE)


def made() -> dict[str, str]:
    """Every page by its file name."""
    return {name: make() for name, make in sorted(PAGES.items())}


def _told(differing: list[str], *, check: bool) -> str:
    if len(differing) == 0:
        return f"All {len(PAGES)} pages of the reference say what the code says."
    names = ", ".join(differing)
    return f"These pages differ from the code: {names}. Run: comity docs" if check else f"Written: {names}."


def _is_same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode("utf-8")
