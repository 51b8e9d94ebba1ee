"""A third of a minute of damaged genuine files; ``python -m bench.fuzz`` runs for as long as one likes."""

from __future__ import annotations

import pytest
from bench.fuzz import MOST, run, targets

SECONDS = 20
MOST_MEMORY = 400_000_000
"""Bytes for a message of :data:`bench.fuzz.MOST` bytes, tracing included."""


@pytest.mark.data
def test_damaged_messages_are_read_or_refused_and_nothing_else() -> None:
    result = run(SECONDS, seed=4)
    assert result.failures == []
    assert result.cases > len(targets())
    assert result.memory < MOST_MEMORY, f"{result.memory:,} bytes for at most {MOST:,}"
