"""The United States' consolidated screening list, CSV: eleven lists of three departments in one table.

Both column sets in use are read (with and without ``_id``). Identifiers stand in one cell, as *kind, number, country*
or the other way round; a document is kept as one, a sanctions-risk remark as a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from comity.formats.base import Format, Reading
from comity.formats.table import read_table, recognises
from comity.formats.table_mapping import packaged_mappings


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The entries of one edition; raises :class:`comity.errors.InputRefused`."""
    return read_table(files, now, mapped=packaged_mappings()["us_csl"])


_HEADER = (
    b"source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,"
    b"standard_order,license_requirement,license_policy,call_sign,vessel_type,gross_tonnage,gross_registered_tonnage,"
    b"vessel_flag,vessel_owner,remarks,source_list_url,alt_names,citizenships,dates_of_birth,nationalities,"
    b"places_of_birth,source_information_url,ids\n"
)

FORMAT = Format(
    name="us_csl",
    title="US consolidated screening list, CSV",
    docs="The CSV file of the International Trade Administration.",
    example={
        "consolidated.csv": _HEADER
        + b'Invented List (XL),9001,Individual,EXR,"LUKIC, Drazen",,"4 Quay Street, Havana, CU",,2026-03-04,,,,,,,,,,,,'
        b'https://example.org/1,"LUKITCH, Drazhen",,1971-03-12,CU,Havana,https://example.org,"Passport, A1234567, CU"\n'
    },
    recognises=lambda name, data: recognises(packaged_mappings()["us_csl"], name, data),
    read=read,
)
