"""A short run of the fuzzer of lists; `python -m bench.fuzz --minutes N` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.fuzz import READERS, Outcome, one_case


@pytest.mark.data
@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_list_is_read_or_refused_with_reasons(reader: str, data_dir: Path) -> None:
    outcome = Outcome()
    for seed in range(12):
        one_case(seed, data_dir, outcome, reader)
    assert outcome.broken == []
    assert outcome.read[reader] + outcome.refused[reader] == 12
