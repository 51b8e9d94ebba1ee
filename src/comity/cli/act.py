"""``comity do`` and ``comity show``: a step in a matter from the command line, and how a matter stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.output import DONE, Home, Json, out, out_json, read_clock, settle
from comity.errors import Defect, InputRefused, RuleRefused
from comity.identity.account import Account, roles_at
from comity.model.act import read_header
from comity.model.canon import decode
from comity.node.action import Order, take_step
from comity.node.node import Node
from comity.node.officer import Officer
from comity.procedures.form import File, Form
from comity.procedures.machine import fold
from comity.procedures.table import Procedure, Step
from comity.storage import acts as act_rows
from comity.storage import desk

do_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
show_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@do_app.command()
def do(
    ctx: typer.Context,
    procedure: Annotated[str, typer.Argument(help="For example diffusion.")],
    step: Annotated[str, typer.Argument(help="For example send, or reply.acknowledge.")],
    matter: Annotated[str, typer.Option("--matter", help="The matter's id; empty opens a new one.")] = "",
    form: Annotated[Path | None, typer.Option("--form", help="A JSON file: field to value; files by path.")] = None,
    login: Annotated[str, typer.Option("--as", help="The officer's login on this node.")] = "duty-officer",
    key: Annotated[str, typer.Option("--key", help="Idempotency key: the same key records once.")] = "",
    confirm: Annotated[list[str] | None, typer.Option("--confirm", help="A flag that was read, by its rule.")] = None,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Takes one step as an officer of this node."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        officer = officer_named(node, login)
        row = _step_named(node, procedure, step)
        data, files = _form(form, row.form)
        order = Order(
            procedure,
            row.name,
            row.on,
            matter=matter,
            data=data,
            files=files,
            key=key,
            confirmed=frozenset(confirm or ()),
        )
        done = take_step(node, officer, order, read_clock())
    finally:
        close_node(node)
    if settings.is_json:
        out_json({"matter": done.matter, "act": done.act})
    else:
        out(f"Recorded. Matter {done.matter}, act {done.act}.")
    raise typer.Exit(DONE)


@show_app.command()
def show(
    ctx: typer.Context,
    matter: Annotated[str, typer.Argument(help="The matter's id; empty lists all.")] = "",
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Shows how a matter stands: its tracks and the acts on them, never content."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        rows = _matters(node) if matter == "" else [_matter(node, matter)]
    finally:
        close_node(node)
    if settings.is_json:
        out_json(rows)
        return
    for row in rows:
        out(f"{row['matter']}  {row['procedure']}  {row['says']}")
        for track in row.get("tracks", ()):
            out(f"  {track['track']}: {track['state']}")
            for act in track["acts"]:
                out(f"    {act['time']}  {act['agency']}  {act['step']}  {act['verdict']}  {act['act']}")


def officer_named(node: Node, login: str) -> Officer:
    """The officer behind a login of this node, with the roles in force now."""
    with node.store.read() as unit:
        raw = desk.account(unit, login)
    if raw is None:
        raise RuleRefused(
            f"There is no account {login} on this node.", rule="account.unknown", remedy="Give --as LOGIN."
        )
    account = decode(raw, Account, what="account")
    return Officer(account.login, account.pseudonym, account.agency, roles_at(account, node.clock()))


def _step_named(node: Node, kind: str, name: str) -> Step:
    procedure = node.registry.current(kind)
    if procedure is None:
        raise RuleRefused(
            f"There is no procedure {kind}.",
            rule="procedure.unknown",
            remedy=f"Known: {', '.join(node.registry.kinds())}.",
        )
    on, _, short = name.rpartition(".")
    found = [s for s in procedure.steps if s.name == short and on in ("", s.on) and not s.automatic]
    if len(found) != 1:
        known = ", ".join(f"{s.on}.{s.name}" for s in procedure.steps if not s.automatic)
        raise RuleRefused(
            f"{name!r} does not name one step of {kind}.", rule="procedure.step", remedy=f"Known: {known}."
        )
    return found[0]


def _form(path: Path | None, form: Form | None) -> tuple[dict[str, Any], dict[str, tuple[File, ...]]]:
    """The form's values, and the files that it names by path beside it."""
    if path is None:
        return {}, {}
    try:
        tree = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        says = "The form is not a readable JSON file."
        raise InputRefused(says, [Defect("form.json", says, "Write {field: value}.", file=path.name)]) from error
    names = {f.name for f in form.fields if f.kind == "file"} if form is not None else set()
    files: dict[str, tuple[File, ...]] = {}
    for name in names & tree.keys():
        paths = [path.parent / str(one) for one in (tree[name] if isinstance(tree[name], list) else [tree[name]])]
        files[name] = tuple(File(one.name, _bytes(one, name)) for one in paths)
    return {name: value for name, value in tree.items() if name not in names}, files


def _bytes(path: Path, field: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        says = f"{path} cannot be read: {error.strerror}."
        raise InputRefused(
            says, [Defect("file.unreadable", says, "Check the path.", path.name, field=field)]
        ) from error


def _matters(node: Node) -> list[dict[str, Any]]:
    with node.store.read() as unit:
        rows = act_rows.recent_matters(unit)
    return [_row(node, row) for row in rows]


def _row(node: Node, row: Any) -> dict[str, Any]:
    procedure = node.registry.get(row["procedure"], row["version"])
    return {
        "matter": row["matter"],
        "procedure": row["procedure"],
        "owner": row["owner"],
        "status": row["status"],
        "says": _says(procedure, row["status"]),
        "changed": row["changed"],
    }


def _says(procedure: Procedure | None, status: str) -> str:
    found = [] if procedure is None else [one.says for one in procedure.statuses if one.code == status]
    return found[0] if len(found) > 0 else "Not understood: a version that this node does not know"


def _matter(node: Node, matter: str) -> dict[str, Any]:
    with node.store.read() as unit:
        row = act_rows.matter_rows(unit, [matter]).get(matter)
        held = act_rows.acts_of(unit, [matter]).get(matter, [])
    if row is None:
        raise RuleRefused("There is no such matter here.", rule="matter.unknown", remedy="comity show lists all.")
    headers = {one.digest: read_header(one.header) for one in held}
    procedure = node.registry.get(str(row["procedure"]), int(row["version"]))
    view = None if procedure is None else fold(procedure, headers, node.reviewer)
    tracks = sorted({header.track for header in headers.values()})
    return {
        **_row(node, row),
        "tracks": [
            {
                "track": track,
                "state": "" if view is None or track not in view.tracks else view.tracks[track].state,
                "acts": [
                    {
                        "act": one.digest,
                        "time": headers[one.digest].time,
                        "agency": headers[one.digest].agency,
                        "step": headers[one.digest].step,
                        "verdict": one.verdict,
                        "recorded": one.recorded,
                    }
                    for one in held
                    if headers[one.digest].track == track
                ],
            }
            for track in tracks
        ],
    }
