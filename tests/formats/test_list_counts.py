"""The committed table of counts is what the readers do today, and it leaves no row unaccounted for."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from bench.list_counts import TARGET, counts


@pytest.mark.data
def test_every_row_of_every_list_is_mapped_left_aside_or_an_error(data_dir: Path) -> None:
    found = counts(data_dir)
    assert found == yaml.safe_load(TARGET.read_text(encoding="utf-8"))
    for one in found:
        assert one["rows"] == one["mapped"] + sum(one["ignored"].values()) or one["errors"] > 0, one["file"]
    listed = {one["file"] for one in found}
    every = {str(path.relative_to(data_dir)) for path in (data_dir / "01_sanctions").rglob("*") if path.is_file()}
    left = {name for name in every - listed if not name.endswith(".xsd")}
    assert {Path(name).name.partition(".")[0] for name in left} == {"LICENSE", "COPYRIGHT"}
