"""``comity lists``: reference lists in, brought up to date, shown, compared, released."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.output import DONE, FOUND, Home, Json, out, out_json, read_clock, settle, tell, with_spinner
from comity.errors import RuleRefused
from comity.formats import FORMATS
from comity.node.differences import Difference
from comity.node.list_source import has_node
from comity.node.list_update import Updated, import_list, update_lists
from comity.node.reference import Added, add_list, diff_list, read_inputs, release_list, show_lists
from comity.storage.lists import ListVersion

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Name = Annotated[str, typer.Argument(help="The list's name, for example ofac-sdn.", metavar="NAME")]
LONGEST = 20
"""Lines of one kind that ``diff`` prints; ``--json`` prints all."""


@app.callback()
def lists() -> None:
    """Reference lists: add, update, show, diff, release."""


@app.command()
def add(
    ctx: typer.Context,
    name: Name,
    files: Annotated[list[Path], typer.Argument(help="The files of one edition; gzip is unpacked.", metavar="FILE…")],
    form: Annotated[str, typer.Option("--format", help=", ".join(one.name for one in FORMATS))] = "",
    mapping: Annotated[Path | None, typer.Option(help="Your own mapping of a table (YAML); it is kept.")] = None,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Adds a version of a list; official names know their format. A list that shrinks much is held."""
    settings = settle(ctx, home, is_json)
    inputs = read_inputs(files)
    own = None if mapping is None else next(iter(read_inputs([mapping]).values()))
    added = with_spinner(
        lambda: add_list(settings.home, name, inputs, read_clock(), form=form, mapping=own), f"Reading {name} …"
    )
    _write_down(settings.home, [added])
    _tell_added(added, is_json=settings.is_json)
    raise typer.Exit(FOUND if added.is_held else DONE)


def _tell_added(added: Added, *, is_json: bool) -> None:
    if is_json:
        out_json(_added(added))
        return
    for notice in added.notices:
        tell(f"Note: {notice}", style="dim")
    out(_told(added))


@app.command()
def update(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="All loaded ones if none is named.", metavar="[NAME…]")
    ] = None,
    url: Annotated[list[str] | None, typer.Option(help="Where a list is published, if not known; kept.")] = None,
    from_dir: Annotated[Path | None, typer.Option(help="A folder with the files and SHA256SUMS; no network.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only what is older than its publisher's interval.")] = False,
    proxy: Annotated[str, typer.Option(help="The web proxy; else the environment's.", envvar="COMITY_PROXY")] = "",
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Fetches new editions from their publishers, or takes one from a folder carried in. Run it from a timer."""
    settings, now = settle(ctx, home, is_json), read_clock()
    if from_dir is not None:
        if len(names or ()) != 1:
            raise typer.BadParameter("Name exactly one list.")
        name = (names or [""])[0]
        added = with_spinner(lambda: import_list(settings.home, name, from_dir, now), f"Reading {name} …")
        _write_down(settings.home, [added], is_update=True)
        _tell_added(added, is_json=settings.is_json)
        raise typer.Exit(FOUND if added.is_held else DONE)
    done = with_spinner(
        lambda: update_lists(settings.home, names or (), now, proxy=proxy, urls=url or (), only_due=due), "Fetching …"
    )
    _write_down(settings.home, [one.added for one in done if one.added is not None], is_update=True)
    for one in done:
        _tell_updated(one, is_json=settings.is_json)
    if len(done) == 0 and not settings.is_json:
        out("No list is due." if due else "No loaded list has a publisher.")
    has_findings = any(one.problem is not None or (one.added is not None and one.added.is_held) for one in done)
    raise typer.Exit(FOUND if has_findings else DONE)


def _tell_updated(one: Updated, *, is_json: bool) -> None:
    if one.added is not None:
        _tell_added(one.added, is_json=is_json)
    elif is_json:
        out_json({"name": one.name, "unchanged": one.is_fresh, "problem": str(one.problem) if one.problem else None})
    elif one.problem is not None:
        tell(f"{one.name}: {one.problem}", style="bold red")
    else:
        out(f"{one.name} is unchanged: the publisher has nothing new.")


def _told(added: Added) -> str:
    version = added.version
    size = _size(version)
    if added.is_known:
        return f"{version.name} is unchanged: version {version.version} ({size}) stays."
    if added.is_held:
        return (
            f"{version.name}: version {version.version} ({size}) lacks {version.removed:,} entries of the current one "
            f"and is held; the old one goes on screening. Compare: comity lists diff {version.name}. "
            f"Release: comity lists release {version.name} --as LOGIN --reason TEXT, by two officers"
        )
    gone = f"; {version.removed:,} entries of the version before are gone" if version.removed > 0 else ""
    return f"{version.name}: version {version.version} screens now ({size}{gone})."


def _size(version: ListVersion) -> str:
    entries = "entry" if version.entities == 1 else "entries"
    return f"{version.entities:,} {entries}, {version.names:,} {'name' if version.names == 1 else 'names'}"


def _added(added: Added) -> dict[str, object]:
    version = added.version
    return {
        "name": version.name,
        "version": version.version,
        "entities": version.entities,
        "names": version.names,
        "sha256": version.sha256,
        "removed": version.removed,
        "held": added.is_held,
        "unchanged": added.is_known,
        "notices": [str(notice) for notice in added.notices],
    }


@app.command()
def show(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="All if none is named.", metavar="[NAME…]")] = None,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Shows the lists that screen, their age, and what is held."""
    settings = settle(ctx, home, is_json)
    shown = show_lists(settings.home, read_clock(), names or (), with_attempts=True)
    if settings.is_json:
        out_json([one.to_json() for one in shown])
        return
    if len(shown) == 0:
        out("No list is loaded. Add one: comity lists add NAME FILE…")
    for one in shown:
        version = one.current or one.held
        if version is None:
            continue
        out(f"{version.name}: version {version.version}, added {version.added:%Y-%m-%d %H:%M} UTC")
        out(f"  {_size(version)}, format {version.format}")
        out(f"  sha256 {version.sha256}")
        if one.current is not None and len(one.current.released) > 0:
            out(f"  released by {' and '.join(one.current.released)}")
        if one.attempt is not None:
            failed = f": {one.attempt.says} {one.attempt.remedy}".rstrip() if one.attempt.came == "failed" else ""
            out(f"  last update {one.attempt.at:%Y-%m-%d %H:%M} UTC, {one.attempt.came}{failed}")
        if one.warning != "":
            out(f"  {one.warning}", style="bold yellow")


@app.command()
def diff(
    ctx: typer.Context,
    name: Name,
    old: Annotated[str, typer.Argument(help="Version; the one before the newest if not given.")] = "",
    new: Annotated[str, typer.Argument(help="Version; the newest if not given.")] = "",
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Shows what was added, removed and changed between two versions of a list."""
    settings = settle(ctx, home, is_json)
    found = with_spinner(lambda: diff_list(settings.home, name, old, new), f"Comparing {name} …")
    if settings.is_json:
        out_json(
            {
                "old": found.old,
                "new": found.new,
                **{kind: list(pairs) for kind, pairs in _kinds(found)},
                "changes": [one.to_json() for one in found.changes],
            }
        )
        return
    out(f"{name}: {found.old} to {found.new}")
    for kind, pairs in _kinds(found):
        out(f"{len(pairs):,} {kind}", style="bold")
        for key, caption in pairs[:LONGEST]:
            out(f"  {key}  {caption}")
        if len(pairs) > LONGEST:
            out(f"  … and {len(pairs) - LONGEST:,} more: --json prints all")


def _kinds(found: Difference) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return ("added", found.added), ("removed", found.removed), ("changed", found.changed)


@app.command()
def release(
    ctx: typer.Context,
    name: Name,
    login: Annotated[str, typer.Option("--as", help="Your login at this node; the password and code are asked.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why the version may screen; kept with it.")] = "",
    password: Annotated[str, typer.Option("--password", help="Asked if not given.", envvar="COMITY_PASSWORD")] = "",
    code: Annotated[str, typer.Option("--code", help="The authenticator's code; asked if not given.")] = "",
    by: Annotated[list[str] | None, typer.Option("--by", help="Only in a folder without a node: two names.")] = None,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Says that a held version may screen. Two officers do so one after the other, each with account and reason."""
    settings = settle(ctx, home, is_json)
    if not has_node(settings.home):
        version = release_list(settings.home, name, by or ())
        _tell_released(version, screens=True, is_json=settings.is_json)
        return
    if login == "" or by is not None:
        says = "At a node, officers release a list with their accounts, not with names."
        remedy = f"comity lists release {name} --as LOGIN --reason TEXT, once for each of two officers."
        raise RuleRefused(says, rule="lists.release", remedy=remedy)
    done = _of_node().release(settings.home, name, login, (password, code), reason)
    _tell_released(done.version, screens=done.screens, is_json=settings.is_json)


def _tell_released(version: ListVersion, *, screens: bool, is_json: bool) -> None:
    said = [one.login for one in version.agreed] or list(version.released)
    if is_json:
        told = {"name": version.name, "version": version.version, "released": list(version.released)}
        out_json({**told, "agreed": said, "screens": screens})
    elif screens:
        out(f"{version.name}: version {version.version} screens now, released by {' and '.join(said)}.")
    else:
        out(f"{version.name}: {said[0]} agreed to version {version.version}; a second officer decides.")


def _write_down(home: Path, added: Sequence[Added], *, is_update: bool = False) -> None:
    """An entry in the ledger of the folder's node for each version that came in, if it has a node."""
    if has_node(home) and not all(one.is_known for one in added):
        _of_node().write_down(home, added, is_update=is_update)


def _of_node() -> Any:
    """What needs a node, loaded only where there is one: it takes as long as the rest together."""
    return import_module("comity.cli.list_node")
