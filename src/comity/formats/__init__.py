"""Bytes to entities and back: a closed family of formats, one module each."""

from __future__ import annotations

from comity.errors import Defect, InputRefused
from comity.formats import (
    eu_fsf,
    eu_journal,
    ftm,
    mrz,
    ofac_advanced,
    ofac_sdn,
    paxlst,
    pnrgov,
    pnrgov_xml,
    screening_csv,
    table,
    un_sc,
    us_bis,
    us_csl,
)
from comity.formats.base import Format, Notice, Reading, Tree
from comity.formats.manifest import Flight, Leg, Manifest, TravelDocument, Traveller

__all__ = [
    "FORMATS",
    "Flight",
    "Format",
    "Leg",
    "Manifest",
    "Notice",
    "Reading",
    "TravelDocument",
    "Traveller",
    "Tree",
    "detect",
    "format_named",
]

FORMATS: tuple[Format, ...] = (
    ofac_sdn.FORMAT,
    ofac_advanced.FORMAT,
    un_sc.FORMAT,
    eu_fsf.FORMAT,
    eu_journal.FORMAT,
    us_bis.FORMAT,
    us_csl.FORMAT,
    table.FORMAT,
    paxlst.FORMAT,
    pnrgov.FORMAT,
    pnrgov_xml.FORMAT,
    mrz.FORMAT,
    ftm.FORMAT,
    screening_csv.FORMAT,
)


def format_named(name: str) -> Format:
    """The format of that name; ``ofac-sdn`` and ``ofac_sdn`` are the same. Raises :class:`InputRefused`."""
    wanted = name.replace("-", "_").lower()
    for one in FORMATS:
        if one.name == wanted:
            return one
    known = ", ".join(one.name for one in FORMATS)
    raise InputRefused(
        f"There is no format {name!r}.",
        [Defect("format.unknown", f"{name!r} is not a format.", f"Use one of {known}.", field="--format")],
    )


def detect(name: str, data: bytes) -> Format:
    """The format that recognises these bytes; raises :class:`InputRefused` where none or several do.

    A published table may have a column in common with a screening file: its own format is the nearer one.
    """
    found = [one for one in FORMATS if one.recognises(name, data)]
    if len(found) > 1:
        found = [one for one in found if one is not screening_csv.FORMAT]
    if len(found) == 1:
        return found[0]
    known = ", ".join(one.name for one in FORMATS)
    says = "The file is empty." if len(data) == 0 else "Its content is of no known format."
    remedy = f"Name the format with --format: {known}."
    raise InputRefused("The format cannot be told.", [Defect("format.unrecognised", says, remedy, name)])
