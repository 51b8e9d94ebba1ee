"""What becomes of every row of every published list that we hold: mapped, left aside for a reason, or an error.

    COMITY_DATA=… python -m bench.list_counts          writes src/comity/formats/counts.yaml

The committed table is printed in the reference of formats; a test compares it with what this counts.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from comity.errors import InputRefused
from comity.formats import detect, format_named

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TARGET = Path(__file__).parent.parent / "src/comity/formats/counts.yaml"
SETS = ("ofac_2019", "ofac_2021bench", "ofac_2022-01")
CHANGES = "ofac_sdn_daily/sdn_changes_2021-08_2022-12.jsonl.gz"
NOT_LISTS = {
    f"01_sanctions/{CHANGES}": "a record of daily changes, replayed over the base by a test",
    "01_sanctions/eu/test_queries.csv": "questions of another project's tests, not a list",
    "01_sanctions/eu/test_queries_companies.csv": "questions of another project's tests, not a list",
    "01_sanctions/opensanctions/us_congress_senzing.jsonl": "members of a parliament in another product's own form",
}
"""Files that are no lists, and why."""
CODES = "codes of places, states and carriers; it lists nobody"
TABLES = frozenset({".csv", ".dat"})
LEGAL = ("LICENSE", "COPYRIGHT", "README")


def counts(data: Path) -> list[dict[str, Any]]:
    """One record a file, in the order of the paths: file, format, rows, mapped, ignored, errors."""
    sets = [[*(data / "01_sanctions" / name).iterdir()] for name in SETS]
    inside = {path for paths in sets for path in paths}
    alone = [[path] for path in _files(data) if path not in inside]
    found = [record for paths in [*sets, *alone] for record in _counted(data, sorted(paths))]
    return sorted(found, key=lambda record: str(record["file"]))


def _files(data: Path) -> Iterator[Path]:
    for path in sorted((data / "01_sanctions").rglob("*")):
        if path.is_file() and path.suffix != ".xsd" and not path.name.startswith(LEGAL):
            yield path
    yield from (path for path in sorted((data / "04_border").rglob("*")) if _inner(path).suffix in TABLES)


def _inner(path: Path) -> Path:
    return path.with_suffix("") if path.suffix == ".gz" else path


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _counted(data: Path, paths: list[Path]) -> Iterator[dict[str, Any]]:
    names = {str(_inner(path).relative_to(data)): path for path in paths}
    files = {name: _bytes(path) for name, path in names.items()}
    reason = next(
        (NOT_LISTS[str(path.relative_to(data))] for path in paths if str(path.relative_to(data)) in NOT_LISTS), ""
    )
    if reason == "" and paths[0].is_relative_to(data / "04_border") and paths[0].name != "wl-NS.csv":
        reason = "machine-readable zones: read by mrz, not a list" if "mrz" in paths[0].name else CODES
    if reason != "":
        for name, raw in files.items():
            rows = sum(1 for _ in _rows(name, raw)) - (_inner(names[name]).suffix == ".csv")
            yield _record(names[name], data, "", rows, 0, {reason: rows}, 0)
        return
    form = format_named("ofac_sdn") if "ofac_" in str(paths[0]) else detect(*next(iter(files.items())))
    try:
        reading = form.read(files, NOW)
    except InputRefused as refused:
        for name in files:
            errors = sum(defect.file == name for defect in refused.defects)
            yield _record(names[name], data, form.name, sum(1 for _ in _rows(name, files[name])), 0, {}, errors)
        return
    for one in reading.rows:
        yield _record(names[one.file], data, form.name, one.total, one.mapped, dict(one.ignored), 0)


def _rows(name: str, raw: bytes) -> Iterator[object]:
    text = raw.decode("utf-8-sig", "replace")
    if not name.endswith(".csv"):
        yield from (line for line in text.split("\n") if line.strip() != "")
        return
    yield from (row for row in csv.reader(io.StringIO(text, newline="")) if len(row) > 0)


def _record(
    path: Path, data: Path, form: str, rows: int, mapped: int, ignored: dict[str, int], errors: int
) -> dict[str, Any]:
    file = str(path.relative_to(data))
    return {"file": file, "format": form, "rows": rows, "mapped": mapped, "ignored": ignored, "errors": errors}


def main() -> None:
    """Counts and writes the table."""
    data = Path(os.environ["COMITY_DATA"])
    found = counts(data)
    TARGET.write_text(
        "# Made by `python -m bench.list_counts` from the published lists; a test compares it.\n"
        + yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=120),
        encoding="utf-8",
    )
    rows = sum(one["rows"] for one in found)
    sys.stdout.write(f"{len(found)} files, {rows:,} rows, {sum(one['mapped'] for one in found):,} mapped\n")


if __name__ == "__main__":
    main()
