"""Releasing a held version from the command line: two accounts at a node, two names in a folder without one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.test_lists_screen import RUN

from comity.cli.app import app
from comity.identity.totp import code_at, counter_at

PASSWORD = "correct-Horse-7-battery"
WHY = "The publisher merged two regimes."


def call(home: Path, *words: object) -> tuple[int, str]:
    result = RUN.invoke(app, ["--home", str(home), *(str(word) for word in words)])
    return result.exit_code, result.stdout + result.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert RUN.invoke(app, ["init", str(tmp_path / "node"), "--member", "QM", "--name", "Arvenia"]).exit_code == 0
    row = '{"id":"L%d","schema":"Person","properties":{"name":["Person Number%d"]}}\n'
    (tmp_path / "big.json").write_text("".join(row % (n, n) for n in range(60)))
    (tmp_path / "small.json").write_text("".join(row % (n, n) for n in range(9)))
    return tmp_path / "node"


def account(home: Path, login: str, role: str) -> str:
    """The secret of a new account's authenticator."""
    code, out = call(home, "accounts", "add", login, "--role", role, "--password", PASSWORD, "--json")
    assert code == 0
    found = re.search(r"secret=([A-Z2-7]+)", json.loads(out)["authenticator"])
    assert found is not None
    return found[1]


def released(home: Path, login: str, secret: str, *more: str) -> tuple[int, str]:
    words = ("--password", PASSWORD, "--code", code_at(secret, counter_at(datetime.now(UTC))), *more)
    return call(home, "lists", "release", "demo", "--as", login, "--reason", WHY, *words)


def test_two_officers_with_their_accounts_release_a_held_version(home: Path) -> None:
    first, second = account(home, "a.berg", "duty_officer"), account(home, "c.dahl", "supervisor")
    auditor = account(home, "d.lind", "data_protection_officer")
    assert call(home, "lists", "add", "demo", home.parent / "big.json")[0] == 0
    assert call(home, "lists", "add", "demo", home.parent / "small.json")[0] == 1
    assert call(home, "lists", "release", "demo", "--by", "A", "--by", "B")[0] == 1
    assert released(home, "a.berg", second)[0] == 1
    assert released(home, "d.lind", auditor)[0] == 1
    code, out = released(home, "a.berg", first)
    assert code == 0
    assert "a second officer decides" in out
    assert "60 entries" in call(home, "lists", "show")[1]
    code, out = released(home, "c.dahl", second, "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["screens"], told["released"]) == (True, ["a.berg", "c.dahl"])
    shown = call(home, "lists", "show")[1]
    assert "9 entries" in shown
    assert "released by a.berg and c.dahl" in shown
    assert call(home, "ledger", "verify")[0] == 0


def test_what_came_in_is_in_the_ledger(home: Path) -> None:
    before = json.loads(call(home, "ledger", "verify", "--json")[1])
    call(home, "lists", "add", "demo", home.parent / "big.json")
    call(home, "lists", "add", "demo", home.parent / "big.json")
    call(home, "lists", "add", "demo", home.parent / "small.json")
    after = json.loads(call(home, "ledger", "verify", "--json")[1])
    assert sum(one["size"] for one in after) - sum(one["size"] for one in before) == 2
    assert all(one["good"] for one in after)


def test_without_a_reason_nothing_is_agreed(home: Path) -> None:
    secret = account(home, "a.berg", "duty_officer")
    call(home, "lists", "add", "demo", home.parent / "big.json")
    call(home, "lists", "add", "demo", home.parent / "small.json")
    words = ("--password", PASSWORD, "--code", code_at(secret, counter_at(datetime.now(UTC))))
    code, out = call(home, "lists", "release", "demo", "--as", "a.berg", *words)
    assert code == 1
    assert "reason" in out
