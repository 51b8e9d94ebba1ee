"""``comity documents``: look documents up by their number, one or a list, and review who asked about one."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.act import officer_named
from comity.cli.output import DONE, FOUND, Home, Json, out, out_json, read_clock, settle, steps, tell, with_spinner
from comity.formats.asked_document import Typed, read_asked
from comity.model.travel_document import KINDS, Document
from comity.node import document_bulk, look_ups
from comity.node.checking import Who, may_look_up
from comity.node.document_bulk import Source, State
from comity.node.document_desk import PURPOSE, state_in_words
from comity.node.node import Node

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Login = Annotated[str, typer.Option("--as", help="The officer's login on this node.")]


@app.callback()
def documents() -> None:
    """Stolen and lost documents: look numbers up; review who asked."""


@app.command()
def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with kind, country, number, or mrz.", metavar="FILE")],
    target: Annotated[
        Path | None, typer.Option("--out", help="Write every answer to this file: .csv, or .jsonl for JSON lines.")
    ] = None,
    login: Login = "duty-officer",
    purpose: Annotated[str, typer.Option("--purpose", help="What it is asked for.")] = PURPOSE,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Looks every document of a list up in the register, by number, kind and country alone.

    With --out, the list is read row by row in constant memory, and a run that was stopped goes on where it was: give
    the same command again. Each question is written down, without the number.
    """
    settings = settle(ctx, home, is_json)
    if not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.", param_hint="FILE")
    node = open_node(settings.home)
    try:
        who = may_look_up(node, officer_named(node, login), purpose, node.clock())
        with TemporaryDirectory() as folder:
            result = target if target is not None else Path(folder) / "answers.csv"
            state = _run(node, who, file, result)
            if target is None:
                _print(result)
        look_ups.seal(node, node.clock())
    finally:
        close_node(node)
    _sum_up(state, is_json=settings.is_json)
    raise typer.Exit(FOUND if state.hits + state.not_checked > 0 else DONE)


def _run(node: Node, who: Who, file: Path, result: Path) -> State:
    source = Source(file, "json" if result.suffix in (".json", ".jsonl") else "csv")
    try:
        state = with_spinner(lambda: document_bulk.begin(source, result, node.clock()), "Reading through …")
        if state.done > 0:
            tell(f"Goes on after row {state.done:,} of {state.rows:,}.", style="dim")
        with steps(state.rows, "Looking up") as moved:
            return document_bulk.run(node, who, source, result, state, moved=moved, clock=node.clock)
    except OSError as error:
        raise typer.BadParameter(f"{result} cannot be written: {error.strerror}", param_hint="--out") from error


@app.command()
def asked(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The number, as printed.")],
    country: Annotated[str, typer.Option("--country", help="The issuing country in two or three letters.")],
    login: Login = "data-protection-officer",
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Says who asked about a document, when and for what. For the data-protection officer; that is written down too."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        found = look_ups.who_asked(node, officer_named(node, login), _every_kind(number, country), read_clock())
    finally:
        close_node(node)
    rows = [
        {"at": one.at, "actor": one.actor, "purpose": one.purpose, "rule": one.rule, "outcome": one.outcome}
        for one in found
    ]
    if settings.is_json:
        out_json(rows)
        return
    for row in rows:
        out(f"{row['at']}  {row['actor']}  {row['purpose']}  {row['outcome']}")
    out(f"{len(rows)} question{'' if len(rows) == 1 else 's'} about this document.", style="bold")


def _every_kind(number: str, country: str) -> list[Document]:
    return [
        document
        for code, _ in KINDS
        for document in read_asked(Typed(code, country, number), read_clock().date()).documents
    ]


def _print(result: Path) -> None:
    """The answers that somebody has to look at."""
    with result.open(encoding="utf-8", newline="") as lines:
        for name, row, outcome, state, said_on, owner, matter, _, why, _ in csv.reader(lines):
            if outcome == "hit":
                says = f"{name} (row {row})  Possible: confirm with the owner first"
                out(says, style="bold")
                out(f"  {state_in_words(state)} {said_on}, {owner}, matter {matter}")
            elif outcome == "not_checked":
                out(f"{name} (row {row})  Not checked: {why}", style="bold yellow")


def _sum_up(state: State, *, is_json: bool) -> None:
    nothing = state.done - state.hits - state.not_checked
    if is_json:
        out_json({"documents": state.done, "hits": state.hits, "nothing": nothing, "not_checked": state.not_checked})
        return
    out(
        f"{state.done:,} documents: {state.hits:,} possible hits, nothing reported under {nothing:,}, "
        f"not checked {state.not_checked:,}.",
        style="bold",
    )
