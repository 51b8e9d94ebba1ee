"""GOVREQ and ACKRES, the two companions of PNRGOV: a State asks for bookings, and says what came of a push.

GOVREQ (State to carrier) names a flight, or one booking by its locator. ACKRES (receiver to sender) repeats the
function of the message it answers, says whether it was taken, and carries every defect as ERC with a text (IFT). The
codes of errors are agreed between a State and its carriers, so ours travel in the text. Written and read here in the
shape of PADIS 11:1; carriers that ask for other codes of functions are served by their own table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from comity.errors import Defect, InputRefused
from comity.formats.cusres import Told, told
from comity.formats.edifact import Segment, release, segments, write_segments
from comity.formats.manifest import Interchange, Manifest
from comity.formats.pnr_fields import moment

FUNCTIONS = {"flight": "43", "locator": "77"}
"""MSG of a GOVREQ: a report on a flight, one booking by its locator."""
TAKEN, REFUSED = "3", "7"
"""MSG's response of an ACKRES: taken as sent, refused with the errors named."""

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What a State asks a carrier for: a flight on a day (ISO), or one booking."""

    carrier: str
    number: str
    departs: str
    departure: str
    arrival: str
    locator: str = ""

    @property
    def function(self) -> str:
        """flight or locator."""
        return "locator" if self.locator != "" else "flight"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What came of a push: the reference it was sent under, whether it was taken, what was wrong."""

    reference: str
    taken: bool
    defects: tuple[Told, ...]


def write_request(request: Request, sent: Interchange, now: datetime) -> bytes:
    """One interchange with one GOVREQ; raises :class:`InputRefused` where it asks for nothing that can be found."""
    defects = [
        Defect("govreq.missing", f"The request names no {what}.", f"Give the {what}.", field=name)
        for name, what in (("carrier", "carrier"), ("number", "flight number"), ("departs", "day of departure"))
        if getattr(request, name) == ""
    ]
    if request.departs != "" and _day(request.departs) == "":
        defects.append(
            Defect("govreq.day", f"{request.departs!r} is no day.", "Give it as 2026-08-01.", field="departs")
        )
    if len(defects) > 0:
        raise InputRefused("The request cannot be written.", defects)
    body: list[Parts] = [
        ("MSG", f":{FUNCTIONS[request.function]}"),
        ("ORG", release(sent.sender)),
        (
            "TVL",
            _day(request.departs),
            release(request.departure),
            release(request.arrival),
            release(request.carrier),
            release(request.number),
        ),
    ]
    if request.locator != "":
        body.append(("RCI", f"{release(request.carrier)}:{release(request.locator)}"))
    return _interchange("GOVREQ", body, sent, now)


def read_request(name: str, data: bytes) -> Request:
    """A GOVREQ as it was written; raises :class:`InputRefused` for anything else."""
    found = _message(name, data, "GOVREQ")
    flight = next((s for s in found if s.tag == "TVL"), None)
    if flight is None:
        says = "The request names no flight (TVL)."
        raise InputRefused(
            "The request cannot be read.", [Defect("govreq.missing", says, "Ask for it to be sent again.", name)]
        )
    locator = next((s.get(1, 1) for s in found if s.tag == "RCI"), "")
    day = moment(flight.get(1), "")
    return Request(flight.get(4), flight.get(5), day, flight.get(2), flight.get(3), locator)


def acknowledge(manifest: Manifest, now: datetime) -> bytes:
    """The ACKRES to a push that could be read, addressed back to who sent it."""
    return write_acknowledgement(manifest.reference, manifest.interchange, told(manifest.filing_defects), now)


def write_acknowledgement(reference: str, sent: Interchange, defects: Sequence[Told], now: datetime) -> bytes:
    """One interchange with one ACKRES; ``sent`` is the push's interchange, which is answered the other way round."""
    body: list[Parts] = [("MSG", ":22", REFUSED if len(defects) > 0 else TAKEN)]
    if reference != "":
        body.append(("RCI", f"{release(sent.sender)}:{release(reference)}"))
    for one in defects:
        body.append(("ERC", "118"))
        body.append(("IFT", "3", release(one.rule), release(one.place), release(one.says)))
    back = Interchange(sent.recipient or "PIU", sent.sender or "CARRIER", sent.reference or reference or "1")
    return _interchange("ACKRES", body, back, now)


def read_acknowledgement(name: str, data: bytes) -> Acknowledgement:
    """An ACKRES as it was written; raises :class:`InputRefused` for anything else."""
    found = _message(name, data, "ACKRES")
    outcome = next((s.get(2) for s in found if s.tag == "MSG"), "")
    reference = next((s.get(1, 1) for s in found if s.tag == "RCI"), "")
    defects = tuple(Told(s.get(2), s.get(3), s.get(4)) for s in found if s.tag == "IFT")
    return Acknowledgement(reference, outcome == TAKEN, defects)


def _interchange(kind: str, body: list[Parts], sent: Interchange, now: datetime) -> bytes:
    control = release(sent.reference or "1")
    head: list[Parts] = [
        ("UNB", "IATA:1", release(sent.sender), release(sent.recipient), now.strftime("%y%m%d:%H%M"), control),
        ("UNH", "1", f"{kind}:11:1:IA"),
    ]
    tail: list[Parts] = [("UNT", str(len(body) + 2), "1"), ("UNZ", "1", control)]
    return b"UNA:+.? '\n" + write_segments([*head, *body, *tail])


def _message(name: str, data: bytes, kind: str) -> tuple[Segment, ...]:
    found, _ = segments(name, data)
    starts = [n for n, segment in enumerate(found) if segment.tag == "UNH" and segment.get(2) == kind]
    if len(starts) != 1:
        says = f"There is no single message of type {kind} in it."
        remedy = f"Check that this is a {kind}."
        raise InputRefused("The message cannot be read.", [Defect(f"{kind.lower()}.none", says, remedy, name)])
    return tuple(_until_end(found[starts[0] + 1 :]))


def _until_end(found: Sequence[Segment]) -> Iterator[Segment]:
    for segment in found:
        if segment.tag == "UNT":
            return
        yield segment


def _day(text: str) -> str:
    """An ISO date as DDMMYY, the empty text for no date."""
    try:
        return datetime.fromisoformat(text).strftime("%d%m%y")
    except ValueError:
        return ""
