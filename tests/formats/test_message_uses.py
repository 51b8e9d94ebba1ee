"""Every segment of every real message is kept, left out for a reason, or a defect; the table of counts is committed.

Write the table anew, after a change that was meant, with ``python -m tests.formats.test_message_uses``.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.conftest import DATA

from comity.errors import InputRefused
from comity.formats import screening_csv
from comity.formats.edifact import segments
from comity.formats.message_uses import uses_of
from comity.formats.pnrgov_xml import parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TABLE = Path(__file__).with_name("messages_coverage.csv")
WATCH_LIST = "wl-NS.csv"


def messages(data_dir: Path) -> list[Path]:
    """The messages of the folder: everything but licences and the watch list, which is a table."""
    border = data_dir / "04_border"
    found = [*(border / "gtas").iterdir(), *(border / "pnrgov_xml").iterdir()]
    return sorted(path for path in found if path.name not in ("LICENSE.txt", WATCH_LIST))


def rows(data_dir: Path) -> list[list[str]]:
    """File, segment or element, what was done with it, why, how often."""
    made = [["file", "part", "outcome", "why", "count"]]
    for path in messages(data_dir):
        for (tag, outcome, why), count in sorted(uses_of(path.name, path.read_bytes(), NOW).items()):
            made.append([path.name, tag, outcome, why, str(count)])
    return made


@pytest.mark.data
def test_every_segment_of_every_message_is_accounted_for(data_dir: Path) -> None:
    for path in messages(data_dir):
        data = path.read_bytes()
        uses = uses_of(path.name, data, NOW)
        total = sum(1 for _ in parse(path.name, data).iter()) if path.suffix == ".xml" else len(segments("f", data)[0])
        assert sum(uses.values()) == total, path.name
        assert {outcome for _, outcome, _ in uses} <= {"mapped", "ignored", "defect"}
        assert all(why != "" for _, outcome, why in uses if outcome != "mapped")


@pytest.mark.data
def test_the_committed_table_is_what_the_readers_do(data_dir: Path) -> None:
    with TABLE.open(encoding="utf-8", newline="") as table:
        assert list(csv.reader(table)) == rows(data_dir)


@pytest.mark.data
def test_most_of_what_the_messages_say_is_kept(data_dir: Path) -> None:
    outcomes: Counter[str] = Counter()
    for path in messages(data_dir):
        for (tag, outcome, _), count in uses_of(path.name, path.read_bytes(), NOW).items():
            outcomes[outcome] += count if tag not in ("UNB", "UNH", "UNT", "UNZ", "UNG", "UNE") else 0
    assert outcomes["mapped"] > outcomes["ignored"]


@pytest.mark.data
def test_the_watch_list_in_the_folder_is_no_message_and_every_column_is_named(data_dir: Path) -> None:
    data = (data_dir / "04_border/gtas" / WATCH_LIST).read_bytes()
    with pytest.raises(InputRefused) as refused:
        screening_csv.FORMAT.read({WATCH_LIST: data}, NOW)
    assert all(defect.file == WATCH_LIST for defect in refused.value.defects)


if __name__ == "__main__":
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows(DATA))
    TABLE.write_text(text.getvalue(), encoding="utf-8")
