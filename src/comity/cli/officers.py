"""``comity officers``: whose passkeys grave steps count with, and the member's root key that lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.bootstrap import close_node, open_node, root_key, take_root_out
from comity.cli.output import Home, Json, out, out_json, read_clock, settle
from comity.node.listed_officers import list_officers, officers_passkeys

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def officers() -> None:
    """Officers' passkeys for grave steps, and the member's root key that lists them."""


@app.command(name="list")
def show(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """Lists the passkeys of everybody who has a role, and which of them the member's list names."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        held = officers_passkeys(node, read_clock())
    finally:
        close_node(node)
    rows = [
        {
            "login": one.account.login,
            "agency": one.account.agency,
            "pseudonym": one.account.pseudonym,
            "passkey": one.passkey.name,
            "host": one.passkey.host,
            "listed": one.listed,
        }
        for one in held
    ]
    if settings.is_json:
        out_json(rows)
        return
    for row in rows:
        state = "listed" if row["listed"] else "not listed"
        out(f"{row['login']}  {row['agency']}  {row['pseudonym']}  {row['passkey']} for {row['host']}  {state}")
    if len(rows) == 0:
        out("Nobody has a passkey yet. Officers add theirs on the desk, under their login at the top of each page.")


@app.command()
def publish(
    ctx: typer.Context,
    root: Annotated[
        Path | None, typer.Option("--root", help="The file of the root key; the home's if left out.")
    ] = None,
    sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Names these passkeys in the member's list and sends it to every member.

    From then on grave steps of an agency with any listed passkey count with one of them alone.
    """
    settings = settle(ctx, home, is_json)
    key = root_key(settings.home, root)
    node = open_node(settings.home)
    try:
        held = officers_passkeys(node, read_clock())
        if not sure:
            names = ", ".join(sorted({one.account.login for one in held})) or "nobody"
            typer.confirm(
                f"Grave steps of their agencies will count with a passkey of {names} alone. Go on?", abort=True
            )
        version = list_officers(node, key, read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"version": version, "passkeys": len(held)})
    else:
        out(f"Version {version} of the member's list names {len(held)} passkeys; it goes to every member.")


@app.command(name="root-out")
def root_out(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file, on a medium that is kept apart.", metavar="FILE")],
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Moves the member's root key out of the node's folder, so that whoever holds the node cannot list anybody."""
    settings = settle(ctx, home, is_json)
    take_root_out(settings.home, file)
    if settings.is_json:
        out_json({"file": str(file)})
    else:
        out(f"The root key is in {file} and no longer here. Keep it apart, and a copy in another place.")
