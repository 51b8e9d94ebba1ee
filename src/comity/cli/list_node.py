"""What ``comity lists`` does at a node: an officer's word about a held version, and entries in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.output import read_clock
from comity.node.list_keeping import Agreed, agree, held_version, write_down_added
from comity.node.reference import Added
from comity.node.seats import signed_in


def release(home: Path, name: str, login: str, secrets: tuple[str, str], reason: str) -> Agreed:
    """Takes the word of the officer with this login; ``secrets`` are password and code, asked for where empty."""
    password, code = secrets
    node = open_node(home)
    try:
        held = held_version(node, name)
        if not node.exercise:
            password = password or typer.prompt("Password", hide_input=True)
            code = code or typer.prompt("Code")
        officer = signed_in(node, login, password, code, read_clock())
        return agree(node, officer, name, held.version, reason, read_clock())
    finally:
        close_node(node)


def write_down(home: Path, added: Iterable[Added], *, is_update: bool) -> None:
    """The entry of each version that came in."""
    node = open_node(home)
    try:
        for one in added:
            write_down_added(node, one, read_clock(), is_update=is_update)
    finally:
        close_node(node)
