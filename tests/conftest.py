"""Fixtures shared by all tests: where the real inputs lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real inputs; skips where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"no real inputs at {DATA}; set COMITY_DATA")
    return DATA
