"""``comity members`` and ``comity exchange status``: who belongs to the network, and what waits for whom."""

from __future__ import annotations

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.output import Home, Json, out, out_json, read_clock, settle
from comity.storage import post

members_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
exchange_app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@members_app.command()
def members(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """The members of this node's network, as its directory and their own lists say."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    rows = []
    for member in node.trust.directory.doc.members:
        listed = node.trust.lists.get(member.code)
        contacts = () if listed is None else listed.doc.contacts
        rows.append(
            {
                "code": member.code,
                "name": member.name,
                "status": member.status,
                "url": member.url,
                "duty": [contact.phone for contact in contacts if contact.role == "duty"],
                "agencies": [] if listed is None else [agency.id for agency in listed.doc.agencies],
            }
        )
    stale = node.trust.stale(read_clock())
    close_node(node)
    if settings.is_json:
        out_json({"network": node.network, "exercise": node.exercise, "members": rows, "stale": stale})
        return
    for row in rows:
        out(f"{row['code']}  {row['name']}  {row['status']}  duty {', '.join(row['duty'])}  {row['url']}")
    for name in stale:
        out(f"Out of date: {name}", style="bold red")


@exchange_app.callback()
def exchange() -> None:
    """The exchange with other members."""


@exchange_app.command()
def status(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """For every member: when it last answered, what waits on which lane, and why."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    with node.store.read() as unit:
        reach, waiting, refused = post.reach(unit), post.backlog(unit), post.quarantined(unit)
    close_node(node)
    rows = []
    for code, name in sorted(node.members().items()):
        if code == node.member:
            continue
        known = reach.get(code)
        rows.append(
            {
                "member": code,
                "name": name,
                "last_answer": None if known is None else known.last_ok,
                "unreachable_since": None if known is None else known.failing_since,
                "problem": None if known is None else known.problem,
                "urgent_waiting": waiting.get((code, "urgent"), 0),
                "ordinary_waiting": waiting.get((code, "ordinary"), 0),
            }
        )
    if settings.is_json:
        out_json({"members": rows, "refused": refused})
        return
    for row in rows:
        since = row["unreachable_since"]
        state = (
            f"unreachable since {since} ({row['problem']})"
            if since is not None
            else f"last answer {row['last_answer']}"
        )
        out(f"{row['name']}: {state}; waiting: {row['urgent_waiting']} urgent, {row['ordinary_waiting']} ordinary")
    for one in refused:
        out(f"Refused {one['at']} from {one['peer'] or 'unknown'}: {one['says']} [{one['rule']}]")
