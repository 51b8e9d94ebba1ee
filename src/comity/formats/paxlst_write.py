"""Writes a manifest as a PAXLST interchange; reading it gives the same manifest, without filing defects.

For exercises and for passing a corrected list on. Dates of birth are written with four-digit years, which the
standard allows and no century rule can misread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comity.errors import Defect, InputRefused
from comity.formats.base import Reading
from comity.formats.edifact import release, write_segments
from comity.formats.manifest import Interchange, Leg, Manifest, Traveller

Parts = tuple[str, ...]
KIND_CODES = {"passenger": "745", "crew": "250", "close-out": "266"}
ACTION_CODES: dict[str, Parts] = {
    "new": (),
    "cancel": ("XR",),
    "reduce": ("RP",),
    "change": ("CP",),
    "replace": ("", "5"),
}
ROLE_CODES = {"passenger": "FL", "crew": "FM", "transit passenger": "DDU", "transit crew": "DDT"}


def write(reading: Reading) -> Mapping[str, bytes]:
    """One file for each manifest, by the manifest's own file name."""
    return {manifest.file: write_manifest(manifest) for manifest in reading.manifests}


def write_manifest(manifest: Manifest) -> bytes:
    """One interchange with one message; raises :class:`InputRefused` for text that would not read back."""
    defects = [
        Defect(
            "paxlst.write", f"{text!r} does not read back.", "Leave out blanks around it and line ends.", manifest.file
        )
        for text in _texts(manifest)
        if text != text.strip(" \t\x00") or not text.isprintable()
    ]
    if len(defects) > 0:
        raise InputRefused("The manifest cannot be written.", defects)
    body = list(_body(manifest))
    reference = release(manifest.reference)
    own = Interchange(manifest.flight.carrier, "BORDER", manifest.reference)
    sent = manifest.interchange if manifest.interchange != Interchange() else own
    control = release(sent.reference)
    closing = ("UNT", str(len(body) + 2), reference)
    head: list[Parts] = [
        ("UNB", "UNOY:4", release(sent.sender), release(sent.recipient), "000000:0000", control, "", "APIS"),
        ("UNH", reference, "PAXLST:D:02B:UN:IATA", *([release(manifest.access)] if manifest.access != "" else [])),
    ]
    return b"UNA:+.? '\n" + write_segments([*head, *body, closing, ("UNZ", "1", control)])


def _texts(manifest: Manifest) -> Iterator[str]:
    yield from (manifest.reference, manifest.access, manifest.sender, manifest.flight.number, manifest.flight.carrier)
    for traveller in manifest.travellers:
        for values in traveller.person["properties"].values():
            yield from values
        yield from (text for pair in traveller.references for text in pair)
        yield from (paper.number for paper in traveller.documents)


def _body(manifest: Manifest) -> Iterator[Parts]:
    yield "BGM", KIND_CODES[manifest.kind], *ACTION_CODES[manifest.action]
    yield "NAD", "MS", "", "", release(manifest.sender)
    yield "TDT", "20", release(manifest.flight.number), "", "", release(manifest.flight.carrier)
    for leg in manifest.flight.legs:
        yield from _leg(leg)
    for traveller in manifest.travellers:
        yield from _traveller(traveller)
    crew = sum("crew" in traveller.role for traveller in manifest.travellers)
    passengers = len(manifest.travellers) - crew
    if crew > 0:
        yield "CNT", f"41:{crew}"
    if passengers > 0 or crew == 0:
        yield "CNT", f"42:{passengers}"


def _leg(leg: Leg) -> Iterator[Parts]:
    for place, code, when, qualifier in (
        ("125", leg.departure, leg.departs, "189"),
        ("87", leg.arrival, leg.arrives, "232"),
    ):
        yield "LOC", place, release(code)
        if when != "":
            yield "DTM", f"{qualifier}:{when.replace('-', '').replace('T', '').replace(':', '')}:203"


def _traveller(traveller: Traveller) -> Iterator[Parts]:
    properties = traveller.person["properties"]

    def one(name: str) -> str:
        return release(next(iter(properties.get(name, ())), ""))

    names = [one("lastName"), one("firstName"), one("middleName")]
    while len(names) > 1 and names[-1] == "":
        names.pop()
    yield "NAD", ROLE_CODES[traveller.role], "", "", ":".join(names)
    if one("gender") != "":
        yield "ATT", "2", "", one("gender")[0].upper()
    if one("birthDate") != "":
        yield "DTM", f"329:{one('birthDate').replace('-', '')}"
    for place, code in (("178", traveller.embarks), ("179", traveller.debarks), ("174", traveller.residence)):
        if code != "":
            yield "LOC", place, release(code)
    if traveller.birth_place != "":
        yield "LOC", "180", f":::{release(traveller.birth_place)}"
    if traveller.nationality != "":
        yield "NAT", "2", release(traveller.nationality)
    for qualifier, text in traveller.references:
        yield "RFF", f"{release(qualifier)}:{release(text)}"
    for paper in traveller.documents:
        yield "DOC", release(paper.kind), release(paper.number)
        if paper.expires != "":
            yield "DTM", f"36:{paper.expires.replace('-', '')}"
        if paper.country != "":
            yield "LOC", "91", release(paper.country)
