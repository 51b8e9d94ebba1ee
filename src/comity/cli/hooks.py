"""``comity hooks``: national systems that are told of events, each with an address and a secret of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.output import Home, Json, out, out_json, read_clock, settle
from comity.node import subscribers
from comity.node.subscribers import KINDS, Registration
from comity.storage import subscribers as rows
from comity.storage.subscribers import Event, Subscriber

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Name = Annotated[str, typer.Argument(help="The system, as it was added.")]


@app.callback()
def hooks() -> None:
    """Systems that are told of events. Recalls are told apart from this: see node.json."""


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the system is called here, for example border.")],
    url: Annotated[str, typer.Argument(help="Where it listens; https.")],
    key: Annotated[str, typer.Option("--key", help="The id of its service key, as comity accounts keys lists it.")],
    event: Annotated[list[str], typer.Option("--event", help=f"What it is told of: {', '.join(KINDS)}.")],
    inside: Annotated[
        bool, typer.Option("--inside", help="Allow an address inside our own network, or on this machine.")
    ] = False,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Registers a system and prints, once, the secret under which it is called."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        secret, made = subscribers.register(node, Registration(name, url, key, tuple(event), inside), read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"name": made.name, "secret": secret, "events": list(made.events)})
        return
    out(f"{made.name} is told when {'; when '.join(KINDS[one] for one in made.events)}.")
    out(f"The secret, shown once: {secret}")


@app.command(name="list")
def list_hooks(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """Lists the systems, what each was told, and what was not delivered."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        with node.store.read() as unit:
            counts = rows.counts(unit)
            known = [
                (one, rows.open_events(unit, one.id, limit=1), rows.last_events(unit, one.id, "given_up"))
                for one in rows.subscribers(unit)
            ]
    finally:
        close_node(node)
    shown = [_shown(one, counts, waiting, lost) for one, waiting, lost in known]
    if settings.is_json:
        out_json(shown)
        return
    for row in shown:
        out(f"{row['name']}  {row['url']}  {', '.join(row['events'])}  key {row['key']}")  # type: ignore[arg-type]
        out(f"  told {row['told']}, waiting {row['waiting']}, not delivered {row['not_delivered']}")
        if row["problem"] != "":
            out(f"  the last attempt: {row['problem']}, next {row['next']}", style="bold yellow")
        for lost in row["lost"]:  # type: ignore[attr-defined]
            out(f"  not delivered: {lost['kind']} of {lost['at']}, {lost['id']}", style="bold red")


@app.command()
def remove(ctx: typer.Context, name: Name, home: Home = None, is_json: Json = False) -> None:
    """Takes a system out: it is told of nothing any more, and its secret is good for nothing."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        gone = subscribers.remove(node, name, read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"name": gone.name})
    else:
        out(f"{gone.name} is told of nothing any more.")


@app.command(name="test")
def try_out(ctx: typer.Context, name: Name, home: Home = None, is_json: Json = False) -> None:
    """Sends a system a signed test event now, and says whether it took it."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        subscribers.try_out(node, name, read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"name": name, "took": True})
    else:
        out(f"{name} took the test event.")


def _shown(
    one: Subscriber, counts: dict[tuple[str, str], int], waiting: list[Event], lost: list[Event]
) -> dict[str, object]:
    return {
        "name": one.name,
        "url": one.url,
        "key": one.key,
        "agency": one.agency,
        "events": list(one.events),
        "inside": one.inside,
        "since": one.since,
        "told": counts.get((one.id, "done"), 0),
        "waiting": counts.get((one.id, "due"), 0) + counts.get((one.id, "started"), 0),
        "not_delivered": counts.get((one.id, "given_up"), 0),
        "problem": waiting[0].problem if len(waiting) > 0 else "",
        "next": waiting[0].next if len(waiting) > 0 else "",
        "lost": [{"id": event.name, "kind": event.kind, "at": event.at} for event in lost],
    }
