"""`comity accounts key`, `keys` and `revoke` as an administrator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_lists_screen import RUN

from comity.cli.app import app


def call(home: Path, *words: object) -> tuple[int, str]:
    result = RUN.invoke(app, ["--home", str(home), *(str(word) for word in words)])
    return result.exit_code, result.stdout + result.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert RUN.invoke(app, ["init", str(tmp_path / "node"), "--member", "QM", "--name", "Arvenia"]).exit_code == 0
    return tmp_path / "node"


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(home: Path) -> None:
    code, out = call(home, "accounts", "key", "visa-desk", "--purpose", "border_check", "--json")
    assert code == 0
    made = json.loads(out)
    assert made["key"].startswith(f"comity_{made['id']}_")
    code, out = call(home, "accounts", "keys")
    assert code == 0
    assert "visa-desk" in out
    assert made["key"].rpartition("_")[2] not in out
    assert call(home, "accounts", "revoke", made["id"])[0] == 0
    assert json.loads(call(home, "accounts", "keys", "--json")[1])[0]["revoked"] is not None
    assert call(home, "accounts", "revoke", "0" * 16)[0] == 1


def test_wrong_terms_make_no_key(home: Path) -> None:
    code, out = call(home, "accounts", "key", "x", "--purpose", "curiosity", "--scope", "all", "--days", 900)
    assert code == 1
    assert all(word in out for word in ("'curiosity'", "'all'", "366 days"))
    assert call(home, "accounts", "key", "x", "--purpose", "border_check", "--agency", "QN.bureau")[0] == 1
    assert call(home, "accounts", "keys")[1] == ""
