"""The command ``comity``: global options, exit codes, and the commands, each loaded when it is called.

A command module is one line in :data:`COMMANDS`: its name, where its Typer application lies, and one line of help.
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from comity.cli.output import FOUND, Home, Json, Settings, settle, tell_error
from comity.errors import ComityError
from comity.model.collector import without_collector

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("comity.cli.demo:app", "An exercise on this machine: a secretariat and three members, with the desk."),
    "init": ("comity.cli.init:app", "Makes the folder of a node of one's own."),
    "accounts": ("comity.cli.accounts:app", "Who signs in at this node."),
    "officers": ("comity.cli.officers:app", "Officers' passkeys for grave steps, and who lists them."),
    "up": ("comity.cli.up:app", "Runs the node of a folder."),
    "do": ("comity.cli.act:do_app", "Takes one step in a matter."),
    "show": ("comity.cli.act:show_app", "Shows how a matter stands."),
    "correspondents": ("comity.cli.correspondents:app", "Offices without a node that are written to by letter."),
    "members": ("comity.cli.members:members_app", "Who belongs to the network."),
    "exchange": ("comity.cli.members:exchange_app", "What waits for whom, and why."),
    "ledger": ("comity.cli.ledger:app", "The ledger: verify, prove, checkpoint."),
    "lists": ("comity.cli.lists:app", "Reference lists: add, update, show, diff, release."),
    "screen": ("comity.cli.screen:app", "Screen people and things against the lists."),
    "documents": ("comity.cli.documents:app", "Look documents up by their number; review who asked."),
    "hooks": ("comity.cli.hooks:app", "Systems that are told of events: add, list, remove, test."),
    "match": ("comity.cli.match:app", "How good matching is: evaluate on pairs that people judged."),
    "docs": ("comity.cli.docs:app", "Makes the reference pages from the code, or checks them."),
}
"""Name to (module:application, line of help)."""


class LazyGroup(TyperGroup):
    """Loads a command's module only when the command is called, so that help starts at once."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of :data:`COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in with the command's line of help; :meth:`resolve_command` loads the command itself."""
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name][1], add_help_option=False)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that ``args`` begin with."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        if name not in COMMANDS:
            return name, stand_in, rest
        module, _, attribute = COMMANDS[name][0].partition(":")
        with without_collector():  # modules are made once and stay
            loaded = import_module(module)
        gc.freeze()
        command = typer.main.get_command(getattr(loaded, attribute))
        command.name = name
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; a refusal is told in full and ends with exit code 1, never with a traceback."""
        try:
            return super().invoke(ctx)
        except ComityError as error:
            tell_error(error, is_json=isinstance(ctx.obj, Settings) and ctx.obj.is_json)
            raise typer.Exit(FOUND) from error


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def start(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """Comity: cross-border law-enforcement cooperation. Exit codes: 0 done, 1 findings or refused, 2 wrong use."""
    settle(ctx, home, is_json)


def main() -> None:
    """The entry point."""
    app()
