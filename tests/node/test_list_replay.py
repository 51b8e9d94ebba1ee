"""Sixteen months of daily changes over the first edition give each later edition, by update and by difference."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.formats import Tree
from comity.formats.base import make_tree
from comity.formats.ofac_sdn import read
from comity.node.differences import compare, replay
from comity.node.reference import add_list, diff_list, release_list, store_of

FIRST = "2021-08-18_BASE"
LATER = ("2021-09-16", "2022-02-23", "2022-02-25", "2022-03-31")
NOW = datetime(2022, 12, 31, tzinfo=UTC)
Rows = dict[str, list[str]]


@cache
def edition(folder: Path, day: str) -> bytes:
    return gzip.decompress((folder / f"sdn_{day}.csv.gz").read_bytes())


def rows_of(data: bytes) -> Rows:
    text = io.StringIO(data.rstrip(b"\x1a").decode("ascii"), newline="")
    return {row[0]: row for row in csv.reader(text)}


def written(rows: Rows) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in sorted(rows.values(), key=lambda row: int(row[0])):
        writer.writerow(row)
    return out.getvalue().encode("ascii") + b"\x1a"


def days(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(day, edition) of every day on which the list changed, made from the first edition and the changes."""
    rows = rows_of(edition(folder, FIRST))
    changes: dict[str, list[dict[str, object]]] = {}
    with gzip.open(folder / "sdn_changes_2021-08_2022-12.jsonl.gz") as lines:
        for line in lines:
            change = json.loads(line)
            changes.setdefault(change["date"], []).append(change)
    for day in sorted(changes):
        for change in changes[day]:
            if change["op"] == "del":
                del rows[str(change["ent_num"])]
            else:
                row = change["row"]
                assert isinstance(row, list)
                rows[row[0]] = row
        yield day, written(rows)


def by_id(trees: Iterator[Tree] | tuple[Tree, ...]) -> dict[str, Tree]:
    return {tree["id"]: tree for tree in trees}


@pytest.mark.data
def test_each_later_edition_is_reproduced_by_update_and_by_difference(tmp_path: Path, data_dir: Path) -> None:
    folder = data_dir / "01_sanctions/ofac_sdn_daily"
    first = add_list(tmp_path, "ofac-sdn", {"sdn.csv": edition(folder, FIRST)}, NOW)
    store, before = store_of(tmp_path), first.version
    base = list(store.entities(before))
    reached = {}
    for day, data in days(folder):
        if day > LATER[-1]:
            break
        if day in LATER:
            added = add_list(tmp_path, "ofac-sdn", {"sdn.csv": data}, NOW)
            if added.is_held:  # five months at once lack more than 2 %
                release_list(tmp_path, "ofac-sdn", ["A. Bell", "C. Dorn"])
            reached[day] = added.version
    assert tuple(reached) == LATER
    for day, version in reached.items():
        genuine = by_id(read({"sdn.csv": edition(folder, day)}, NOW).entities)
        assert by_id(store.entities(version)) == genuine
        found = diff_list(tmp_path, "ofac-sdn", before.version, version.version)
        assert replay(base, found.changes) == genuine


@pytest.mark.data
def test_the_difference_names_what_the_daily_changes_name(tmp_path: Path, data_dir: Path) -> None:
    folder = data_dir / "01_sanctions/ofac_sdn_daily"
    old, new = rows_of(edition(folder, "2022-02-23")), rows_of(edition(folder, "2022-02-25"))
    trees = [read({"sdn.csv": edition(folder, day)}, NOW).entities for day in ("2022-02-23", "2022-02-25")]
    changes = compare(*trees)
    added = {one.id.removeprefix("ofac-") for one in changes if one.kind == "added"}
    assert added == set(new) - set(old)
    assert [one for one in changes if one.kind == "removed"] == []


@pytest.mark.data
@pytest.mark.timeout(60)
def test_every_day_of_the_sixteen_months_can_be_written_and_the_snapshots_match(data_dir: Path) -> None:
    folder = data_dir / "01_sanctions/ofac_sdn_daily"
    found = dict(days(folder))
    assert len(found) == 135
    for day in LATER:
        assert rows_of(found[day]) == rows_of(edition(folder, day))


VALUES = st.dictionaries(st.sampled_from(["name", "notes", "country"]), st.lists(st.sampled_from("abcd"), max_size=3))


@st.composite
def versions(draw: st.DrawFn) -> list[Tree]:
    trees = [
        make_tree(f"e{n}", draw(st.sampled_from(["Person", "Company"])), draw(VALUES))
        for n in draw(st.sets(st.integers(0, 6)))
    ]
    papers = [
        make_tree(f"p{n}", "Passport", {"holder": [draw(st.sampled_from(["e0", "e1"]))], "number": ["1"]})
        for n in draw(st.sets(st.integers(0, 3)))
    ]
    return [*trees, *papers]


@settings(max_examples=200, deadline=None)
@given(versions(), versions())
def test_any_difference_can_be_replayed(old: list[Tree], new: list[Tree]) -> None:
    assert replay(old, compare(old, new)) == {tree["id"]: tree for tree in new}
    assert compare(new, new) == ()
