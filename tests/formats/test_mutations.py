"""Readers raise only InputRefused or return a Reading, whatever happened to real files on the way."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import DATA

from comity.errors import InputRefused
from comity.formats import FORMATS, Reading, format_named
from comity.model.entity import entity_defects

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROWS = 120


def lists_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Published lists with the format that reads them."""
    yield "un_sc", folder / "un/UN_consolidated_2020.xml.gz"
    yield from (("eu_journal", path) for path in sorted(folder.glob("eu_journal/*/*.csv")))
    yield from (("us_bis", path) for path in sorted(folder.glob("us_bis/*.txt")))
    yield from (("us_csl", path) for path in sorted(folder.glob("us_csl/*.csv")))
    yield from (("table", path) for path in sorted(folder.glob("opensanctions_sources/*.csv")))


def shortened(path: Path) -> bytes:
    """The first entries of a list, whole."""
    data = path.read_bytes()
    if path.suffix != ".gz":
        return b"".join(data.splitlines(keepends=True)[:ROWS])
    xml = gzip.decompress(data)
    end = [found.end() for found in re.finditer(rb"</INDIVIDUAL>", xml)][15]
    return xml[:end] + b"</INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>"


@cache
def originals() -> dict[str, dict[str, bytes]]:
    """Genuine inputs by format: the first rows of the SDN set, the carriers' lists, published entities."""
    found = {form.name: [dict(form.example)] for form in FORMATS}
    sdn = DATA / "01_sanctions/ofac_2022-01"
    if sdn.is_dir():
        cut = {path.name: b"".join(path.read_bytes().splitlines(keepends=True)[:ROWS]) for path in sdn.glob("*.csv")}
        found["ofac_sdn"].append({name: cut[name] for name in ("sdn.csv",)})
        lists = [*(DATA / "04_border/gtas").glob("apis*"), *(DATA / "04_border/gtas").glob("tamr*")]
        found["paxlst"].extend({path.name: path.read_bytes()} for path in lists)
        entities = DATA / "02_ftm_matching/yente/t1__entities.ftm.json"
        found["ftm"].append({entities.name: entities.read_bytes()})
        for form, path in lists_of(DATA / "01_sanctions"):
            found[form].append({path.name.removesuffix(".gz"): shortened(path)})
    return {f"{name}/{n}": files for name, each in found.items() for n, files in enumerate(each)}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, dict[str, bytes]]:
    """One input, one to three things done to it."""
    key = draw(st.sampled_from(sorted(originals())))
    files = dict(originals()[key])
    name = draw(st.sampled_from(sorted(files)))
    data = files[name]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(["cut", "flip", "insert", "double", "drop"]))
        if kind == "cut":
            data = data[:at]
        elif kind == "flip" and len(data) > 0:
            data = data[:at] + bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) + data[at + 1 :]
        elif kind == "insert":
            data = data[:at] + draw(st.binary(min_size=1, max_size=9)) + data[at:]
        else:
            end = at + draw(st.integers(1, 200))
            data = data[:at] + data[at:end] * (2 if kind == "double" else 0) + data[end:]
    files[name] = data
    return key.partition("/")[0], files


def outcome(form: str, files: dict[str, bytes]) -> Reading | InputRefused:
    """What the reader says; any other error passes through and fails the test."""
    try:
        return format_named(form).read(files, NOW)
    except InputRefused as refused:
        return refused


@pytest.mark.data
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_damaged_files_are_refused_or_read(case: tuple[str, dict[str, bytes]]) -> None:
    form, files = case
    result = outcome(form, files)
    if isinstance(result, Reading):
        assert [defect for tree in result.entities for defect in entity_defects(tree)] == []
    else:
        assert len(result.defects) > 0


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([form.name for form in FORMATS]), st.binary(max_size=300))
def test_noise_is_refused_or_read(form: str, data: bytes) -> None:
    name = next(iter(format_named(form).example))
    result = outcome(form, {name: data})
    assert isinstance(result, Reading) or len(result.defects) > 0
