"""``comity accounts``: officers' accounts of this node, made by whoever has its folder."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.output import Home, Json, out, out_json, read_clock, settle
from comity.errors import Defect, InputRefused
from comity.identity.account import Account, roles_at
from comity.model.canon import decode
from comity.node.seats import create_account
from comity.storage import desk

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def accounts() -> None:
    """Officers' accounts of this node."""


@app.command()
def add(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(help="Small letters, digits, dot, underscore, hyphen.")],
    role: Annotated[list[str], typer.Option("--role", help="duty_officer, second_line, reviewer, administrator, …")],
    agency: Annotated[str, typer.Option("--agency", help="The officer's agency; the bureau if left out.")] = "",
    nationality: Annotated[
        str, typer.Option("--nationality", help="Two letters; a reviewer takes no request of that member.")
    ] = "",
    password: Annotated[
        str,
        typer.Option("--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="COMITY_PASSWORD"),
    ] = "",
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Adds an account and prints, once, what the officer's authenticator needs."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        chosen = agency if agency != "" else node.bureau
        if chosen not in {one.id for one in node.trust.lists[node.member].doc.agencies}:
            says = f"{chosen} is no agency of this member."
            raise InputRefused(says, [Defect("account.agency", says, "comity members lists them.", field="agency")])
        made = create_account(node, login, password, chosen, tuple(role), read_clock(), nationality=nationality.upper())
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"login": login, "agency": chosen, "pseudonym": made.account.pseudonym, "authenticator": made.uri})
    else:
        out(f"{login} may sign in as {', '.join(role)} of {chosen}.")
        out(f"For the authenticator, shown once: {made.uri}")


@app.command(name="list")
def list_accounts(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """Lists the accounts with the roles in force now; no secret is shown."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    with node.store.read() as unit:
        known = [decode(raw, Account, what="account") for raw in desk.accounts(unit)]
    close_node(node)
    rows = [
        {
            "login": one.login,
            "agency": one.agency,
            "roles": sorted(roles_at(one, read_clock())),
            "pseudonym": one.pseudonym,
        }
        for one in known
    ]
    if settings.is_json:
        out_json(rows)
        return
    for row in rows:
        out(f"{row['login']}  {row['agency']}  {', '.join(row['roles'])}")
