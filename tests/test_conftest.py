"""The suite's own rule: what is required here is never skipped in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
CASES = """
import pytest

def test_plain():
    assert True

@pytest.mark.data
def test_marked():
    pytest.skip("the file is not here")

def test_by_fixture(data_dir):
    assert data_dir.is_dir()
"""


def run_suite(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs the three cases under our conftest with only the given settings."""
    (folder / "conftest.py").write_bytes(CONFTEST.read_bytes())
    (folder / "test_cases.py").write_text(CASES)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    data: real\n    browser: real\n")
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "COMITY_REQUIRE", "COMITY_DATA")}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(words, cwd=folder, env=kept | env, capture_output=True, text=True, check=False)


def test_absent_data_is_a_skip_where_nothing_requires_it(tmp_path: Path) -> None:
    done = run_suite(tmp_path, COMITY_DATA=str(tmp_path / "none"))
    assert done.returncode == 0, done.stdout
    assert "1 passed, 2 skipped" in done.stdout


@pytest.mark.parametrize("setting", [{"CI": "true"}, {"COMITY_REQUIRE": "browser,data"}])
def test_absent_data_and_a_marked_skip_fail_the_run_where_required(tmp_path: Path, setting: dict[str, str]) -> None:
    done = run_suite(tmp_path, COMITY_DATA=str(tmp_path / "none"), **setting)
    assert done.returncode == 1
    assert "It is required here" in done.stdout
    assert "test_cases.py::test_marked" in done.stdout.partition("skipped although required here")[2]


def test_a_marked_skip_alone_fails_the_run_where_required(tmp_path: Path) -> None:
    done = run_suite(tmp_path, COMITY_DATA=str(tmp_path), COMITY_REQUIRE="data")
    assert done.returncode == 1
    assert "2 passed, 1 skipped" in done.stdout
