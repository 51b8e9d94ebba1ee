"""``comity up``: runs the node of one folder, its web desk and its exchange, until it is told to stop."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.bootstrap import open_node, practice_clock, read_settings, utc_now
from comity.cli.output import tell
from comity.errors import RuleRefused
from comity.web.serve import serve

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def up(
    folder: Annotated[Path, typer.Argument(help="The node's folder.", metavar="DIR")],
    port: Annotated[int, typer.Option("--port", help="Another port than the folder's own.")] = 0,
    at: Annotated[
        datetime | None, typer.Option("--at", help="Exercise only: the moment (UTC) that the node's clock begins at.")
    ] = None,
    partner: Annotated[
        bool, typer.Option("--partner", help="Exercise only: this member's desk answers by itself.")
    ] = False,
) -> None:
    """Runs the node of a folder. Stop it with Ctrl-C; killing it loses nothing."""
    settings = read_settings(folder)
    if (at is not None or partner) and not settings.exercise:
        says = "Only the node of an exercise runs at another time than now, or answers by itself."
        raise RuleRefused(says, rule="exercise.only", remedy="Leave --at and --partner out.")
    node = open_node(folder, clock=utc_now if at is None else practice_clock(at.replace(tzinfo=UTC)))
    tell(f"{node.name(node.member)}: http://{settings.host}:{port or settings.port}")
    serve(node, host=settings.host, port=port or settings.port, partner=partner)
