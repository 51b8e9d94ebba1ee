"""What was done with every segment or element of a carrier's message: kept, left out for a reason, or a defect.

The readers drop nothing silently; this module counts it, for the table that a test holds beside the real files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from comity.errors import InputRefused
from comity.formats import paxlst, pnrgov, pnrgov_xml
from comity.formats.edifact import Segment, segments

Use = tuple[str, str, str]
"""The segment's tag or the element's name, then mapped, ignored or defect, then why."""
ENVELOPE = pnrgov.SERVICE
_SERVICE = ("UNB", "UNG", "UNE", "UNZ", "UNH", "UNT")
_BESIDE_THE_LEGS = {
    "RFF": "the carrier's reference of the message",
    "DTM": "a time that is no departure or arrival",
    "LOC": "a place beside the legs",
}
_BESIDE_THE_TRAVELLER = {
    "22": "where the traveller is cleared",
    "130": "destination",
    "91": "an issuer without a document",
}


def uses_of(name: str, data: bytes, now: datetime) -> Counter[Use]:
    """The counts for one file, whatever message it holds; raises :class:`InputRefused` if it cannot be read."""
    if pnrgov_xml.recognises(name, data):
        counted: Counter[Use] = Counter()
        pnrgov_xml.count_uses(counted, pnrgov_xml.parse(name, data))
        return counted
    if pnrgov.recognises(name, data):
        return _bookings(name, data, now)
    return _list(name, data, now)


def _bookings(name: str, data: bytes, now: datetime) -> Counter[Use]:
    uses: Counter[Use] = Counter()
    said: dict[int, tuple[str, str]] = {}
    wrong: dict[int, str] = {}
    for _, draft in pnrgov.drafts(name, data, now):
        said |= draft.uses
        wrong |= _places((defect.place, defect.rule) for defect in draft.defects)
    for segment in segments(name, data)[0]:
        outcome, why = said.get(segment.number, ("ignored", ENVELOPE))
        if segment.number in wrong:
            outcome, why = "defect", wrong[segment.number]
        uses[(segment.tag, outcome, why)] += 1
    return uses


def _list(name: str, data: bytes, now: datetime) -> Counter[Use]:
    manifests = paxlst.read({name: data}, now).manifests
    if len(manifests) == 0:
        raise InputRefused("The passenger list cannot be read.")
    wrong = _places((defect.place, defect.rule) for one in manifests for defect in one.filing_defects)
    uses: Counter[Use] = Counter()
    is_traveller = has_paper = False
    for segment in segments(name, data)[0]:
        if segment.tag == "UNH":
            is_traveller = has_paper = False
        if segment.tag == "NAD" and segment.get(1) in paxlst.ROLES:
            is_traveller, has_paper = True, False
        has_paper = has_paper or segment.tag == "DOC"
        outcome, why = _use(segment, is_traveller=is_traveller, has_paper=has_paper)
        if segment.number in wrong:
            outcome, why = "defect", wrong[segment.number]
        uses[(segment.tag, outcome, why)] += 1
    return uses


def _use(segment: Segment, *, is_traveller: bool, has_paper: bool) -> tuple[str, str]:
    tag, qualifier = segment.tag, segment.get(1)
    if tag in _SERVICE:
        return "ignored", ENVELOPE
    if tag in paxlst.IGNORED:
        return "ignored", paxlst.IGNORED[tag]
    if is_traveller and tag == "LOC" and qualifier in _BESIDE_THE_TRAVELLER and not (qualifier == "91" and has_paper):
        return "ignored", _BESIDE_THE_TRAVELLER[qualifier]
    beside = tag == "RFF" or (
        (tag == "DTM" and qualifier not in ("189", "232")) or (tag == "LOC" and qualifier not in ("125", "87", "92"))
    )
    if not is_traveller and beside:
        return "ignored", _BESIDE_THE_LEGS[tag]
    return "mapped", ""


def _places(found: Iterable[tuple[str, str]]) -> dict[int, str]:
    """The rules that name a segment, by the segment's number."""
    made: dict[int, str] = {}
    for place, rule in found:
        word, _, number = place.partition(" ")
        if word == "segment" and number.isdigit():
            made[int(number)] = rule
    return made
