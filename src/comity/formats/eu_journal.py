"""The annexes of EU acts as tables of 45 columns, keyed by the act's CELEX number.

One row is one listing. Cells hold several values: lettered lists, semicolons, a name in another script in
parentheses. Dates are day first; *or*, *approximately* and *between* are understood. A date of birth that also says
something else, a nationality that is a sentence, a number among words that name two: kept as notes, word for word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from comity.formats.base import Format, Reading
from comity.formats.table import read_table, recognises
from comity.formats.table_mapping import packaged_mappings


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The entries of one or several acts' tables; raises :class:`comity.errors.InputRefused`."""
    return read_table(files, now, mapped=packaged_mappings()["eu_journal"])


_HEADER = (
    b"celex,recordId,programKey,annex,measure,startDate,reason,schema,name,alias,weakAlias,previousName,country,"
    b"nationality,jurisdiction,birthDate,birthPlace,position,passportNumber,gender,appearance,ethnicity,fatherName,"
    b"motherName,incorporationDate,legalForm,sector,registrationNumber,taxNumber,idNumber,innCode,ogrnCode,kppCode,"
    b"okpoCode,leiCode,swiftBic,ticker,imoNumber,mmsi,flag,address,phone,email,website,notes\n"
)
_ROW = (
    "32099R0001,1,EU-EXR,I,Asset freeze,4.3.2026,Invented.,Person,Drazen LUKIC,Dražen LUKIĆ (Дражен ЛУКИЋ),,,,Cuban,,"
    '"(a) 12.3.1971; (b) 1972",Havana,,A1234567 (issued in Havana),male,,,,,,,,,,,,,,,,,,,,,,,,,\n'
).encode()

FORMAT = Format(
    name="eu_journal",
    title="EU Official Journal, annexes as tables",
    docs="One file for each act; several acts may be given together.",
    example={"32099R0001.csv": _HEADER + _ROW},
    recognises=lambda name, data: recognises(packaged_mappings()["eu_journal"], name, data),
    read=read,
)
