"""CUSRES, the answer to a passenger list: accepted or refused as a filing, with every defect and where it stands.

UN/EDIFACT CUSRES D.05B in the shape that States' systems use for PAXLST (BGM, RFF, TDT, LOC/DTM, then ERP/ERC/FTX for
each defect). Codes of errors are agreed between a State and its carriers; ours travel in FTX beside ERC, so that
nothing rests on a table that the carrier may not have. The answer says nothing about anybody on the list and nothing
about what screening found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from comity.errors import Defect, InputRefused
from comity.formats.edifact import Segment, release, segments, write_segments
from comity.formats.manifest import Flight, Interchange, Manifest

ACCEPTED, REFUSED = "312", "963"
"""BGM 1001: acknowledgement, and error response (UN/EDIFACT code list 1001)."""
MOST_TEXT = 512
"""What one text of FTX may hold."""

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One defect as the answer tells it: our rule, the place in the carrier's file, and what is wrong."""

    rule: str
    place: str
    says: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to one list: of which message and interchange, whether it was accepted, what is wrong with it."""

    reference: str
    accepted: bool
    flight: str
    defects: tuple[Told, ...]
    interchange: str = ""


def told(defects: Sequence[Defect]) -> tuple[Told, ...]:
    """The defects as a carrier may hear them: in one line each, cut to what one text may hold."""
    return tuple(Told(one.rule, one.place, " ".join(f"{one.says} {one.remedy}".split())[:MOST_TEXT]) for one in defects)


def answer_to(manifest: Manifest, now: datetime, control: str) -> bytes:
    """The answer to a list that could be read; ``control`` is the number of our own interchange."""
    return write_answer(
        manifest.reference, manifest.interchange, manifest.flight, told(manifest.filing_defects), now, control
    )


def answer_to_unreadable(refusal: InputRefused, now: datetime, control: str) -> bytes:
    """The answer to a file in which no list could be read."""
    return write_answer("", Interchange(), Flight("", ""), told(refusal.defects), now, control)


def write_answer(
    reference: str,
    sent: Interchange,
    flight: Flight,
    defects: Sequence[Told],
    now: datetime,
    control: str,
) -> bytes:
    """One interchange with one CUSRES, addressed back to who sent the list."""
    body = list(_body(reference, sent, flight, defects, now))
    prepared = now.strftime("%y%m%d:%H%M")
    head: list[Parts] = [
        ("UNB", "UNOY:4", release(sent.recipient or "BORDER"), release(sent.sender or "CARRIER"), prepared, control),
        ("UNH", "1", "CUSRES:D:05B:UN:IATA", *([release(reference)] if reference != "" else [])),
    ]
    tail: list[Parts] = [("UNT", str(len(body) + 2), "1"), ("UNZ", "1", control)]
    return b"UNA:+.? '\n" + write_segments([*head, *body, *tail])


def _body(reference: str, sent: Interchange, flight: Flight, defects: Sequence[Told], now: datetime) -> Iterator[Parts]:
    yield "BGM", REFUSED if len(defects) > 0 else ACCEPTED
    yield "DTM", f"137:{now.strftime('%Y%m%d%H%M')}:203"
    if reference != "":
        yield "RFF", f"ACW:{release(reference)}"
    if sent.reference != "":
        yield "RFF", f"AGO:{release(sent.reference)}"
    if flight.number != "":
        yield "TDT", "20", release(flight.number), "", "", release(flight.carrier)
    for place, code in (("125", flight.departure), ("87", flight.arrival)):
        if code != "":
            yield "LOC", place, release(code)
    for one in defects:
        yield "ERP", f"2:{release(one.place)}"
        yield "ERC", release(one.rule)
        yield "FTX", "AAO", "", "", release(one.says)


def read_answer(name: str, data: bytes) -> Answer:
    """An answer as it was written; raises :class:`InputRefused` for anything that is no CUSRES."""
    found, _ = segments(name, data)
    head = next((s for s in found if s.tag == "UNH" and s.get(2) == "CUSRES"), None)
    outcome = next((s.get(1) for s in found if s.tag == "BGM"), "")
    if head is None or outcome not in (ACCEPTED, REFUSED):
        says = "There is no answer of type CUSRES in it."
        raise InputRefused(
            "The answer cannot be read.", [Defect("cusres.none", says, "Check that this is a CUSRES.", name)]
        )
    references = {s.get(1): s.get(1, 1) for s in found if s.tag == "RFF"}
    flight = next((s.get(2) for s in found if s.tag == "TDT"), "")
    return Answer(
        references.get("ACW", ""), outcome == ACCEPTED, flight, tuple(_told(found)), references.get("AGO", "")
    )


def _told(found: Sequence[Segment]) -> Iterator[Told]:
    place = rule = ""
    for segment in found:
        match segment.tag:
            case "ERP":
                place = segment.get(1, 1)
            case "ERC":
                rule = segment.get(1)
            case "FTX":
                yield Told(rule, place, segment.get(4))
