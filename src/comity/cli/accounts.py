"""``comity accounts``: officers' accounts and other systems' keys of this node, made by whoever has its folder."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.output import Home, Json, out, out_json, read_clock, settle
from comity.errors import Defect, InputRefused
from comity.identity.account import Account, roles_at
from comity.identity.service_key import PER_MINUTE, SCOPES, USUAL, ServiceKey, Terms
from comity.model.canon import decode
from comity.node import callers
from comity.node.callers import make_key
from comity.node.seats import create_account, set_kin
from comity.storage import desk

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def accounts() -> None:
    """Officers' accounts of this node, and the keys of other systems."""


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


@app.command()
def key(
    ctx: typer.Context,
    label: Annotated[str, typer.Argument(help="The system that will use it, for example visa-desk.")],
    purpose: Annotated[
        list[str], typer.Option("--purpose", help="border_check, investigation, …; the first is meant.")
    ],
    scope: Annotated[list[str] | None, typer.Option("--scope", help="screen (if left out), reconcile.")] = None,
    agency: Annotated[str, typer.Option("--agency", help="Whose system it is; the bureau if left out.")] = "",
    days: Annotated[int, typer.Option("--days", help="How long it is good, at most 366.")] = USUAL.days,
    per_minute: Annotated[int, typer.Option("--per-minute", help="Queries in a minute.")] = PER_MINUTE,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Makes a key for another system and prints it, once."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        of = agency if agency != "" else node.bureau
        terms = Terms(label, of, tuple(scope or ("screen",)), tuple(purpose), timedelta(days=days), per_minute)
        text, made = make_key(node, terms, read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"id": made.id, "key": text, **_shown(made)})
        return
    out(f"{label} may ask for {' and '.join(SCOPES[one] for one in made.scopes)}, until {made.until:%Y-%m-%d}.")
    out(f"The key, shown once: {text}")


@app.command()
def keys(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """Lists the keys of other systems; none can be read again."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        known = callers.keys(node)
    finally:
        close_node(node)
    if settings.is_json:
        out_json([{"id": one.id, **_shown(one)} for one in known])
        return
    for one in known:
        ends = f"until {one.until:%Y-%m-%d}" if one.revoked is None else f"revoked {one.revoked:%Y-%m-%d %H:%M} UTC"
        out(f"{one.id}  {one.label}  {one.agency}  {', '.join(one.scopes)}  for {', '.join(one.purposes)}  {ends}")


@app.command()
def revoke(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The id of the key, as comity accounts keys lists it.", metavar="ID")],
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Ends a key of another system at once."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        ended = callers.revoke_key(node, name, read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"id": ended.id, **_shown(ended)})
    else:
        out(f"The key {ended.id} of {ended.label} opens nothing any more.")


def _shown(one: ServiceKey) -> dict[str, object]:
    return {
        "label": one.label,
        "agency": one.agency,
        "scopes": list(one.scopes),
        "purposes": list(one.purposes),
        "per_minute": one.per_minute,
        "since": one.since.isoformat(),
        "until": one.until.isoformat(),
        "revoked": None if one.revoked is None else one.revoked.isoformat(),
    }


@app.command()
def kin(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(help="The officer's login.")],
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Family names, in any script; none takes them all away.", metavar="[NAME]…"),
    ] = None,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Sets the family names of an officer and of near relatives.

    A supervisor asks when the officer looks at somebody who bears one. Nobody else sees them.
    """
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        account = set_kin(node, login, tuple(names or ()))
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"login": login, "names": list(account.kin)})
    else:
        out(f"{login}: {', '.join(account.kin) or 'no names'}.")


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
