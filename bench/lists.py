"""How fast lists are read, beside a plain parse of the same bytes in the same run, and how soon one can be screened.

    COMITY_DATA=… python -m bench.lists

A plain parse is what lxml or the csv module does with the bytes, without looking at any value.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from comity.formats import detect, format_named
from comity.formats.eu_fsf import EXAMPLE as EU
from comity.formats.ofac_advanced import EXAMPLE as ADVANCED
from comity.node.reference import add_list, index_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROUNDS = 3
COPIES = 3000
LIMIT = 1 / 3


def best(what: Callable[[], object]) -> float:
    """Seconds of the fastest of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        what()
        times.append(time.perf_counter() - start)
    return min(times)


def plain(name: str, data: bytes) -> None:
    """The bytes parsed and every value touched, nothing more."""
    if name.endswith(".xml"):
        for element in etree.fromstring(data).iter():
            _ = element.text
        return
    text = data.decode("utf-8-sig", "replace").replace("\x1a", "")
    for _ in csv.reader(io.StringIO(text, newline=""), delimiter="\t" if name.endswith(".txt") else ","):
        pass


def repeated(data: bytes, begin: bytes, end: bytes, number: bytes) -> bytes:
    """An example with its one entry many times over, each with a number of its own."""
    start, stop = data.index(begin), data.index(end) + len(end)
    entry = data[start:stop]
    copies = b"".join(entry.replace(number, b"%d" % (100_000 + n)) for n in range(COPIES))
    return data[:start] + copies + data[stop:]


def inputs(data: Path) -> dict[str, dict[str, bytes]]:
    """Files by the name of the reader."""
    lists = data / "01_sanctions"
    journal = lists / "eu_journal/consolidated/32014R0269.csv"
    sdn = {name: (lists / "ofac_2022-01" / name).read_bytes() for name in ("sdn.csv", "alt.csv", "add.csv")}
    parties = repeated(ADVANCED, b"<DistinctParty ", b"</DistinctParty>", b"9001")
    return {
        "ofac_sdn": sdn,
        "un_sc": {"un.xml": gzip.decompress((lists / "un/UN_consolidated_2020.xml.gz").read_bytes())},
        "eu_journal": {journal.name: journal.read_bytes()},
        "us_bis": {"dpl.txt": (lists / "us_bis/dpl.txt").read_bytes()},
        "table": {"cuba.csv": next(lists.glob("opensanctions_sources/*accommodations.csv")).read_bytes()},
        "eu_fsf": {"eu.xml": repeated(EU, b"<sanctionEntity ", b"</sanctionEntity>", b"9001")},
        "ofac_advanced": {"sdn_advanced.xml": parties.replace(b'ProfileID="9001"', b'ProfileID="100000"')},
    }


def main() -> None:
    """Prints one line a reader, then how long the SDN set takes until it screens."""
    found = inputs(Path(os.environ["COMITY_DATA"]))
    for reader, files in found.items():
        form = format_named(reader)
        size = sum(len(data) for data in files.values())
        parsed = best(lambda files=files: [plain(name, data) for name, data in files.items()])  # type: ignore[misc]
        read = best(lambda form=form, files=files: form.read(files, NOW))  # type: ignore[misc]
        met = "met" if parsed / read >= LIMIT else "not met"
        speeds = f"plain {size / parsed / 1e6:7.1f} MB/s  read {size / read / 1e6:6.1f} MB/s"
        ratio = f"ratio {parsed / read:.3f} (limit {LIMIT:.2f}: {met})"
        sys.stdout.write(f"{reader:14} {size / 1e6:6.2f} MB  {speeds}  {ratio}\n")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        added = add_list(Path(folder), "ofac-sdn", found["ofac_sdn"], NOW)
        index_of(Path(folder), added.version)
        sys.stdout.write(f"SDN set loaded and screenable in {time.perf_counter() - start:.2f} s (limit 5)\n")
    assert detect("un.xml", found["un_sc"]["un.xml"]).name == "un_sc"


if __name__ == "__main__":
    main()
