"""Documents, numbers and contacts written as *kind, number, country* or *country, number, kind* in one text."""

from __future__ import annotations

import re

from comity.formats.base import clean
from comity.formats.listing import Entry

PROPERTIES = {
    "website": "website",
    "email address": "email",
    "phone number": "phone",
    "swift/bic": "swiftBic",
    "tax id no.": "taxNumber",
    "nit #": "taxNumber",
    "ruc #": "taxNumber",
    "v.a.t. number": "vatCode",
    "gender": "gender",
    "registration id": "registrationNumber",
    "registration number": "registrationNumber",
    "company number": "registrationNumber",
    "business registration number": "registrationNumber",
    "commercial registry number": "registrationNumber",
    "public registration number": "registrationNumber",
    "matricula mercantil no": "registrationNumber",
    "government gazette number": "okpoCode",
    "former vessel flag": "pastFlags",
    "mmsi": "mmsi",
    "vessel registration identification": "imoNumber",
}
"""The list's own names of what has a property; any other that looks like a document is one, and the rest is a note."""
_PAPER = re.compile(
    r"passport|\bid\b|i\.d\.|identi|licen[cs]e|cedula|c\.u\.r\.p|d\.n\.i|certificate|number|no\.?$", re.I
)
_NUMBER = re.compile(r"(?=.*\d)[\w ./()#-]{3,40}")


def add_paper(entry: Entry, text: str) -> None:
    """One piece, as what it says; what is not understood is a note."""
    parts = [part.strip() for part in text.split(",")]
    kinds = [at for at in (0, len(parts) - 1) if parts[at].lower() in PROPERTIES or _is_paper(parts[at])]
    if len(parts) not in (2, 3) or len(kinds) == 0:
        entry.note(text)
        return
    at = kinds[0]
    kind = parts.pop(at)
    number = parts[0] if at == 0 or len(parts) == 1 else parts[1]
    country = next((one for one in parts if one is not number), "")
    code = clean("Passport", "country", country) if country != "" else ""
    prop = PROPERTIES.get(kind.lower(), "")
    plain = number.removeprefix("IMO ") if prop == "imoNumber" else number
    if code is None:
        entry.note(text)
    elif prop != "" and entry.add(prop, plain):
        if code != "":
            entry.note(text)
    elif prop == "" and _NUMBER.fullmatch(number) is not None:
        entry.paper(kind, number, is_passport="passport" in kind.lower(), more={"country": code})
    else:
        entry.note(text)


def _is_paper(text: str) -> bool:
    return _PAPER.search(text) is not None and not any(letter.isdigit() for letter in text) and ":" not in text
