"""The page of commands, from the commands themselves, and the page of settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from comity.bootstrap import Settings
from comity.cli.docs.markdown import code, fence, page, section, table

NODE_JSON = {
    "member": "Code of the member whose node this is.",
    "network": "Id of the network, 32 hex digits.",
    "host": "Name or address that the desk and the exchange answer under. A name under `.localhost` binds to loopback.",
    "port": "Port of the desk and the exchange.",
    "exercise": "Whether this is a node of an exercise.",
    "procedures": "Folder with further procedures, each a Python package; empty for none.",
    "mailbox": "Where correspondents' answers come in: host, user, folder, port, tls; password in keys/mailbox.secret.",
    "hooks": "National systems told of recalls: name and url of each; the secret in keys/hook-NAME.secret.",
    "lists": "When `comity up` updates lists by itself: update (off if left out), proxy, names, patience (seconds).",
}
"""What each field of ``node.json`` means; one is missing here only until the page is made."""

ENVIRONMENT = {
    "COMITY_HOME": ("every command", "The installation's folder where `--home` is not given. Default: `~/.comity`."),
    "COMITY_PASSWORD": (
        "`comity accounts add`, `comity lists release`",
        "The account's password, where it is not to be asked for.",
    ),
    "COMITY_PROXY": ("`comity lists update`", "The web proxy; without it the usual `HTTPS_PROXY` counts."),
    "COMITY_DATA": ("tests, bench", "Folder of the real inputs. Default: `../shared/data` beside the checkout."),
    "COMITY_REQUIRE": ("tests", "`data`, `browser` or both: a test that needs one and is skipped fails the run."),
    "CI": ("tests", "`true` is the same as `COMITY_REQUIRE=browser,data`."),
}
"""Every environment variable that anything of ours reads."""

HOME = (
    ("node.json", "The settings below. Readable by its owner only."),
    ("keys/ring.json", "Private keys: root, node, agencies, receiving, and the secret that local tokens follow from."),
    ("keys/parts.sqlite", "Key and salt of each part. Kept apart, so that destroying a key destroys the part."),
    ("comity.sqlite", "Everything else: see [storage](storage.md)."),
    ("lists/", "Reference lists, each version a folder of files."),
)
"""What lies in a node's folder."""


def commands(table_of_commands: Mapping[str, tuple[str, str]]) -> str:
    """Every command of ``table_of_commands`` (name to application and help)."""
    return page(
        "Commands",
        "Exit codes: **0** done; **1** findings, or refused; **2** wrong use. A result goes to standard output, "
        "everything else to standard error. `--home` and `--json` may stand before or after the command.",
        *(_command(name, *where) for name, where in sorted(table_of_commands.items())),
    )


def settings() -> str:
    """The node's folder, its settings, and the environment."""
    rows = ((code(one.name), code(_default(one.default)), NODE_JSON[one.name]) for one in fields(Settings))
    environment = ((code(name), *words) for name, words in sorted(ENVIRONMENT.items()))
    return page(
        "Settings",
        "A node has few settings, because what two members must agree on stands in signed documents instead: the "
        "directory, the members' lists, the procedures' tables.",
        section("The node's folder", table(("File", "Holds"), ((code(name), says) for name, says in HOME))),
        section("`node.json`", table(("Field", "Default", "Means"), rows)),
        section("Environment", table(("Variable", "Read by", "Means"), environment)),
    )


def _default(value: object) -> str:
    return (
        ""
        if value is MISSING
        else "none"
        if value == ""
        else str(value).lower()
        if value in (True, False)
        else str(value)
    )


def _command(name: str, where: str, says: str) -> str:
    module, _, attribute = where.partition(":")
    command: Any = typer.main.get_command(getattr(import_module(module), attribute))
    children = getattr(command, "commands", None)
    if children is None:
        return section(f"`comity {name}`", *_one(f"comity {name}", command))
    subs = (
        section(f"`comity {name} {sub}`", *_one(f"comity {name} {sub}", c), level=3)
        for sub, c in sorted(children.items())
    )
    return section(f"`comity {name}`", says, *subs)


def _one(name: str, command: Any) -> Iterable[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join((name, *(["[OPTIONS]"] if len(options) > 0 else []), *(_metavar(one) for one in arguments)))
    yield " ".join(str(command.help or "").split())
    yield fence(usage)
    yield table(("Argument", "Means"), ((code(_metavar(one)), one.help or "") for one in arguments))
    yield table(("Option", "Default", "Means"), (_option(one) for one in options))


def _metavar(argument: Any) -> str:
    text = str(argument.metavar or argument.name.upper())
    return text if argument.required or text.startswith("[") else f"[{text}]"


def _option(option: Any) -> tuple[str, str, str]:
    value = option.default
    default = "" if value in (None, False, "") else str(value).replace(str(Path.home()), "~")
    words = [str(option.help or "")]
    if option.multiple:
        words.append("May be given more than once.")
    if option.envvar is not None:
        words.append(f"Environment: `{option.envvar}`.")
    name = option.opts[0] if option.is_flag else f"{option.opts[0]} {option.name.upper()}"
    return code(name), code(default), " ".join(word for word in words if word != "")
