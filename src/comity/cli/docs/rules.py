"""The page of rules: every rule of the domain, the room that keeps it and the tests that bear its mark."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from comity.cli.docs.markdown import code, page, table
from comity.model.packaged import packaged_bytes
from comity.policy.yamltext import read_yaml

TESTS = Path("tests")


def known() -> Mapping[str, Mapping[str, str]]:
    """Every rule by its id: what it says, and where it is kept or why not."""
    tree: Mapping[str, Any] = read_yaml(packaged_bytes("comity.policy", "rules.yaml"), file="rules.yaml")
    return tree


def marked(folder: Path = TESTS) -> dict[str, list[str]]:
    """For each rule, the tests that bear its mark, as ``path::test``."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for rule, name in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(rule, []).append(f"{path.as_posix()}::{name}")
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "rule":
                    yield from ((str(one.value), node.name) for one in mark.args if isinstance(one, ast.Constant))


def _spoken(test: str) -> str:
    """A test's name as a sentence."""
    return test.partition("::")[2].removeprefix("test_").replace("_", " ")


def rules() -> str:
    """The page."""
    tests = marked()
    rows = [
        (
            code(rule),
            row["says"],
            code(f"comity/{row['where']}") if "where" in row else f"not here: {row['not_here']}",
            "<br>".join(
                name.partition("::")[2].removeprefix("test_").replace("_", " ") for name in tests.get(rule, ())
            ),
        )
        for rule, row in known().items()
    ]
    return page(
        "Rules",
        "The rules of notices and channels, from INTERPOL's rules, Directive (EU) 2023/977, the Budapest Convention "
        "and practice. Each is kept by the tests that bear its mark, or listed with the reason why not.",
        table(("Rule", "What it says", "Kept in", "Tests"), rows),
    )
