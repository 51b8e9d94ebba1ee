"""How fast lists are read, beside others' reading of the same bytes in the same run, and how soon one can be screened.

    COMITY_DATA=… python -m bench.lists

Everything is in seconds of processor time, the best of a few rounds, and the readers' memories are emptied before each
round, so that a round costs what it costs a process that reads the list once. The peers:

- XML: ``lxml.etree.iterparse``, which gives each element with its text and its attributes and lets it go. The bound of
  a third is meant against this.
- Tables: there is no lxml or pydifact for them. ``csv.reader`` only cuts the rows into cells; it is printed, and no
  reader in Python that looks at the values comes to a third of it. ``followthemoney`` makes entities of the same rows
  in its own way (``csv.DictReader``, one proxy a row, each value cleaned by ``add``), which is less than we do: no
  remarks, no splitting, no papers, no digests. The bound is told against this.

No genuine file of eu_fsf and ofac_advanced is at hand: their examples are repeated.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from comity.formats import detect, format_named, list_dates
from comity.formats.eu_fsf import EXAMPLE as EU
from comity.formats.ofac_advanced import EXAMPLE as ADVANCED
from comity.formats.table_mapping import Mapped, packaged_mappings
from comity.model import span, territory, value
from comity.model.collector import without_collector
from comity.model.entity import vocabulary
from comity.node.reference import add_list, index_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROUNDS = 5
COPIES = 3000
LIMIT = 1 / 3
SDN = ("sdn.csv", "alt.csv", "add.csv")
SDN_COLUMNS = {
    "sdn.csv": ("", "name", "", "program", "position", "callSign", "type", "tonnage", "", "flag", "notes", "notes"),
    "alt.csv": ("", "", "", "alias", "notes"),
    "add.csv": ("", "", "address", "address", "country", "notes"),
}
SDN_SCHEMAS = {"individual": "Person", "vessel": "Vessel", "aircraft": "Airplane"}


def best(what: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Seconds of processor time of the fastest of a few rounds, without searches for cycles for anybody."""
    times = []
    with without_collector():
        for _ in range(rounds):
            _forget()
            start = time.process_time()
            what()
            times.append(time.process_time() - start)
    return min(times)


def _forget() -> None:
    """Empties what readers remember of values."""
    for one in (value._cleaned, territory.country_code, list_dates.one_date, span.span_of):
        one.cache_clear()


def plain_xml(data: bytes) -> None:
    """Every element with its text and its attributes, let go at its end."""
    for _, element in etree.iterparse(io.BytesIO(data), events=("end",)):
        _ = element.tag, element.text, element.attrib.values()
        element.clear()


def plain_rows(name: str, data: bytes) -> None:
    """Every row cut into cells."""
    for _ in csv.reader(io.StringIO(_text(data), newline=""), delimiter=_delimiter(name)):
        pass


def own_way(name: str, data: bytes, props: Mapping[str, str]) -> None:
    """Followthemoney's own way: a dictionary and a proxy for each row, each value added under its property."""
    rows = csv.DictReader(
        io.StringIO(_text(data), newline=""),
        fieldnames=[f"{n}" for n, _ in enumerate(SDN_COLUMNS[name])] if name in SDN_COLUMNS else None,
        delimiter=_delimiter(name),
    )
    model = vocabulary()
    for number, row in enumerate(rows):
        schema = SDN_SCHEMAS.get(row.get("2") or "", "Organization") if name == "sdn.csv" else "Person"
        proxy = model.make_entity(schema)
        proxy.id = f"row-{number}"
        for column, cell in row.items():
            prop = props.get(column, "")
            if prop != "" and prop in proxy.schema.properties and cell and cell.strip() != "-0-":
                proxy.add(prop, cell, quiet=True)
        proxy.to_dict()


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace").replace("\x1a", "")


def _delimiter(name: str) -> str:
    return "\t" if name.endswith(".txt") else ","


def _props(name: str, mapped: Mapped | None) -> dict[str, str]:
    if mapped is not None:
        return {column: one.prop for column, one in mapped.columns.items()}
    return {f"{n}": prop for n, prop in enumerate(SDN_COLUMNS[name])}


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
    parties = repeated(ADVANCED, b"<DistinctParty ", b"</DistinctParty>", b"9001")
    return {
        "ofac_sdn": {name: (lists / "ofac_2022-01" / name).read_bytes() for name in SDN},
        "un_sc": {"un.xml": gzip.decompress((lists / "un/UN_consolidated_2020.xml.gz").read_bytes())},
        "eu_journal": {journal.name: journal.read_bytes()},
        "us_bis": {"dpl.txt": (lists / "us_bis/dpl.txt").read_bytes()},
        "table": {"cuba.csv": next(lists.glob("opensanctions_sources/*accommodations.csv")).read_bytes()},
        "eu_fsf": {"eu.xml": repeated(EU, b"<sanctionEntity ", b"</sanctionEntity>", b"9001")},
        "ofac_advanced": {"sdn_advanced.xml": parties.replace(b'ProfileID="9001"', b'ProfileID="100000"')},
    }


def compare(reader: str, files: dict[str, bytes]) -> None:
    """Prints one reader beside its peers."""
    form, size = format_named(reader), sum(len(data) for data in files.values())
    form.read(files, NOW)
    read = best(lambda: form.read(files, NOW))
    head = f"{reader:14} {size / 1e6:5.2f} MB  read {size / read / 1e6:6.1f} MB/s"
    if next(iter(files)).endswith(".xml"):
        parsed = best(lambda: [plain_xml(data) for data in files.values()])
        sys.stdout.write(f"{head}  {parsed / read:6.2f} of lxml.iterparse ({_met(parsed / read)})\n")
        return
    mapped = packaged_mappings().get("us_cuba_accommodations" if reader == "table" else reader)
    cut = best(lambda: [plain_rows(name, data) for name, data in files.items()])
    made = best(lambda: [own_way(name, data, _props(name, mapped)) for name, data in files.items()])
    own = f"{made / read:6.2f} of followthemoney's own way ({_met(made / read)})"
    sys.stdout.write(f"{head}  {own}, {cut / read:.2f} of csv.reader\n")


def _met(ratio: float) -> str:
    return f"a third: {'met' if ratio >= LIMIT else 'not met'}"


def command(found: dict[str, dict[str, bytes]], folder: Path) -> None:
    """Prints what one command costs in a process of its own: ``comity lists add``, after which the list screens."""
    for name, data in found["ofac_sdn"].items():
        (folder / name).write_bytes(data)
    words = ("lists", "add", "ofac-sdn", *(str(folder / name) for name in SDN), "--home", str(folder / "home"))
    costs = []
    for _ in range(3):
        shutil.rmtree(folder / "home", ignore_errors=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "comity.cli", *words], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        costs.append((used, time.perf_counter() - start))
    used, waited = min(costs)
    sys.stdout.write(f"comity lists add ofac-sdn, until it screens: {used:.2f} s of processor (limit 5), ")
    sys.stdout.write(f"{waited:.2f} s by the clock\n")


def main() -> None:
    """Prints one line a reader, then how long the SDN set takes until it screens."""
    found = inputs(Path(os.environ["COMITY_DATA"]))
    vocabulary()
    for reader, files in found.items():
        compare(reader, files)
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        added = add_list(Path(folder), "ofac-sdn", found["ofac_sdn"], NOW)
        middle = time.process_time()
        index_of(Path(folder), added.version)
        ended = time.process_time()
        sys.stdout.write(
            f"SDN set: read and indexed {middle - start:.2f} s of processor, mapped {ended - middle:.2f} s\n"
        )
    with tempfile.TemporaryDirectory() as folder:
        command(found, Path(folder))
    assert detect("un.xml", found["un_sc"]["un.xml"]).name == "un_sc"


if __name__ == "__main__":
    main()
