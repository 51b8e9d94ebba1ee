"""Every rule of notices and channels is kept by a test that bears its mark, or listed with the reason why not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from comity.cli.docs.rules import known, marked

PROCEDURES = Path("src/comity/procedures")
ROOMS = ("notice", "message", "located", "call", "diffusion", "legal_profile", "travel_document", "document_hit")
ALLOWED = (0, 1, 2)
"""Nothing, one, and the version of a table."""


@pytest.mark.data
def test_every_rule_of_the_domain_is_listed(data_dir: Path) -> None:
    domain = data_dir.parent / "domain"
    text = "".join((domain / name).read_text() for name in ("01-notices.md", "02-channels.md"))
    ids = set(re.findall(r"\b([NRCSE]-\d\d)\b", text))
    assert len(ids) > 35
    assert ids <= set(known())


def test_every_listed_rule_is_kept_by_a_marked_test_or_says_why_not() -> None:
    tests = marked()
    assert set(tests) <= set(known())
    assert [rule for rule, row in known().items() if rule not in tests and "not_here" not in row] == []
    assert all(len(row["not_here"]) > 40 for row in known().values() if "not_here" in row)


def test_rooms_that_keep_rules_exist() -> None:
    for rule, row in known().items():
        if "where" in row:
            path = Path("src/comity") / row["where"]
            assert any(path.with_suffix(end).exists() for end in (".py", ".yaml", "")), rule


@pytest.mark.parametrize("room", ROOMS)
def test_no_threshold_age_or_deadline_stands_in_code(room: str) -> None:
    found = [
        f"{path.name}:{node.lineno}: {node.value}"
        for path in sorted((PROCEDURES / room).glob("*.py"))
        for node in _numbers(ast.parse(path.read_text()))
        if node.value not in ALLOWED
    ]
    assert found == []


def _numbers(tree: ast.Module) -> list[ast.Constant]:
    """Every number in a module but the limits of text fields."""
    limits = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.keyword) and n.arg == "limit"}
    constants = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in limits]
    return [n for n in constants if isinstance(n.value, int | float) and not isinstance(n.value, bool)]
