"""``comity up``: runs the node of one folder, its web desk and its exchange, until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.bootstrap import open_node, read_settings
from comity.cli.output import tell
from comity.web.serve import serve

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def up(
    folder: Annotated[Path, typer.Argument(help="The node's folder.", metavar="DIR")],
    port: Annotated[int, typer.Option("--port", help="Another port than the folder's own.")] = 0,
) -> None:
    """Runs the node of a folder. Stop it with Ctrl-C; killing it loses nothing."""
    settings = read_settings(folder)
    node = open_node(folder)
    tell(f"{node.name(node.member)}: http://{settings.host}:{port or settings.port}")
    serve(node, host=settings.host, port=port or settings.port)
