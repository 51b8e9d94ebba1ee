"""``comity correspondents``: offices without a node that are written to by letter."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.output import Home, Json, out, out_json, read_clock, settle
from comity.errors import RuleRefused
from comity.node.correspondents import record_correspondent
from comity.storage import paper
from comity.storage.paper import Correspondent

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def correspondents() -> None:
    """Correspondents without a node."""


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The office's name.")],
    address: Annotated[str, typer.Option("--address", help="Where letters go.")] = "",
    mail: Annotated[str, typer.Option("--mail", help="Its e-mail address.")] = "",
    phone: Annotated[str, typer.Option("--phone", help="Its telephone number.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="The network that it is written to by.")] = "",
    languages: Annotated[str, typer.Option("--languages", help="en, fr, es, ar: with commas, the best first.")] = "en",
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Adds a correspondent; its code is given out once."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        one = Correspondent("", name, channel, address, mail, phone, languages)
        made = record_correspondent(node, None, one, read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json(asdict(made))
    else:
        out(f"{made.code}  {made.name}")


@app.command()
def end(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="As X1.")],
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Ends a correspondent: nothing new is addressed to it; old matters still say it by name."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        with node.store.read() as unit:
            held = {one.code: one for one in paper.correspondents(unit)}
        if code not in held:
            raise RuleRefused(f"There is no correspondent {code}.", rule="correspondent.unknown")
        ended = record_correspondent(node, None, replace(held[code], active=False), read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json(asdict(ended))
    else:
        out(f"{ended.code}  {ended.name} is no longer written to.")


@app.command(name="list")
def list_correspondents(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """Lists the correspondents in use."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    with node.store.read() as unit:
        rows = paper.correspondents(unit)
    close_node(node)
    if settings.is_json:
        out_json([asdict(one) for one in rows])
        return
    for one in rows:
        out(f"{one.code}  {one.name}  {one.channel}  {one.mail or one.address}  {one.languages}")
