"""The pages that are read from the source text: the map of the house, the protocol, and every rule code.

Nothing is imported to make them, so a page never depends on what happens to run on this machine.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from comity import errors
from comity.cli.docs.codes import Said, codes_of, signatures_of
from comity.cli.docs.markdown import cell, code, fence, page, prose, section, sentence, table

ROOT = Path(errors.__file__).parent
LAYERS = (
    ("cli",),
    ("web",),
    ("bootstrap",),
    ("node",),
    ("procedures", "insight", "exchange", "matching", "formats", "documents", "identity", "storage"),
    ("ledger",),
    ("policy",),
    ("model",),
    ("errors",),
)
"""The layers as import-linter checks them, top first; a test holds them against its configuration."""

PROTOCOL = (
    "signed",
    "directory",
    "member_list",
    "trust",
    "delivery",
    "envelope",
    "frames",
    "kem",
    "lanes",
    "receipt",
    "pull",
    "transports.http",
)
"""The modules whose docstrings are the protocol, in reading order."""


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the house: its dotted name, its syntax tree, whether it is a package."""

    name: str
    tree: ast.Module
    is_package: bool


@cache
def modules() -> tuple[Module, ...]:
    """Every module of Comity, sorted by name."""
    paths = sorted(path for path in ROOT.rglob("*.py") if not path.name.startswith("test_"))
    return tuple(sorted((_module(path) for path in paths), key=lambda one: one.name))


def _module(path: Path) -> Module:
    words = path.relative_to(ROOT.parent).with_suffix("").parts
    is_package = words[-1] == "__init__"
    return Module(".".join(words[:-1] if is_package else words), ast.parse(path.read_text("utf-8")), is_package)


def house() -> str:
    """The map: every package and module with the first sentence of its docstring."""
    layers = "\n".join(f"{n}. {' · '.join(code(one) for one in layer)}" for n, layer in enumerate(LAYERS, 1))
    return page(
        "The map of the house",
        "Imports run downwards only; import-linter checks it. Packages of one line are strangers to each other, and "
        "`bootstrap` alone names concrete stores and transports.",
        layers + "\n",
        *(section(f"`{name}`", *_package(name)) for layer in LAYERS for name in layer),
    )


def _package(name: str) -> Iterator[str]:
    top = f"comity.{name}"
    inside = [one for one in modules() if one.name == top or one.name.startswith(f"{top}.")]
    yield sentence(ast.get_docstring(inside[0].tree))
    rows = [(code(one.name.removeprefix(f"{top}.")), sentence(ast.get_docstring(one.tree))) for one in inside[1:]]
    yield table(("Module", "Is about"), rows)


def protocol() -> str:
    """How members exchange: the docstrings of the modules that do it."""
    found = {one.name: one for one in modules()}
    return page(
        "Protocol",
        "What two nodes must agree on, in the words of the modules that keep it. The reasons: "
        "[exchange](../explanation/exchange.md). The format of an act's header and parts stands first.",
        *(_about(found[f"comity.{name}"]) for name in ("model.act", "model.content", "model.sealing", "model.canon")),
        *(_about(found[f"comity.exchange.{name}"]) for name in PROTOCOL),
        *(_about(found[f"comity.ledger.{name}"]) for name in ("leaf", "checkpoint", "proof")),
    )


def _about(module: Module) -> str:
    return section(f"`{module.name.removeprefix('comity.')}`", prose(ast.get_docstring(module.tree)))


def rules() -> str:
    """Every rule code of the code base, by module, with the sentence that it says."""
    signatures = signatures_of(one.tree for one in modules())
    said = [(one, sorted(set(codes_of(one.tree, signatures)))) for one in modules()]
    return page(
        "Errors",
        "Every rule code that the code can give, by module. *…* stands for what is filled in. An error says what "
        "failed, whether anything was recorded, and what to do next; `--json` prints the same fields. Rules of policy "
        "are in [policies](policies.md).",
        fence(_tree()),
        *(section(f"`{one.name}`", table(("Rule", "Says"), _rows(found))) for one, found in said if len(found) > 0),
    )


def _tree() -> str:
    """The error tree as it is drawn in the docstring of :mod:`comity.errors`."""
    lines = (errors.__doc__ or "").splitlines()
    return "\n".join(line[4:].replace(":mod:", "").replace("`", "") for line in lines if line.startswith("    "))


def _rows(found: Iterable[Said]) -> Iterator[tuple[str, str]]:
    by_rule: dict[str, list[str]] = {}
    for one in found:
        texts = by_rule.setdefault(one.rule, [])
        if one.says.strip(" ….") != "" and one.says not in texts:
            texts.append(one.says)
    for rule, texts in sorted(by_rule.items()):
        yield code(rule), cell(" / ".join(texts))
