"""The United States' denied persons list: tab-separated, one row an order with one address.

Rows of one name are one entry with several orders and addresses. Nothing says whether a name is a person's or a
company's, so entries are legal entities. An order that has expired is kept with its end date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from comity.formats.base import Format, Reading
from comity.formats.table import read_table, recognises
from comity.formats.table_mapping import packaged_mappings


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The entries of one edition; raises :class:`comity.errors.InputRefused`."""
    return read_table(files, now, mapped=packaged_mappings()["us_bis"])


FORMAT = Format(
    name="us_bis",
    title="US denied persons list",
    docs="The text file of the Bureau of Industry and Security.",
    example={
        "dpl.txt": b'"Name"\t"Street_Address"\t"City"\t"State"\t"Country"\t"Postal_Code"\t"Effective_Date"\t'
        b'"Expiration_Date"\t"Standard_Order"\t"Last_Update"\t"Action"\t"FR_Citation"\n'
        b'"DRAZEN LUKIC"\t"4 QUAY STREET"\t"HAVANA"\t""\t"CU"\t""\t"03/04/2026"\t"03/04/2036"\t"Y"\t"2026-03-05"\t'
        b'"FR NOTICE ADDED"\t"99 F.R. 1 3/4/2026"\n'
    },
    recognises=lambda name, data: recognises(packaged_mappings()["us_bis"], name, data),
    read=read,
)
