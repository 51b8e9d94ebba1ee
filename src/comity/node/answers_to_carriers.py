"""What goes back to a carrier: whether a list was taken as a filing, with every defect, and a request for bookings.

CUSRES answers a passenger list, ACKRES a push of bookings, GOVREQ asks for the bookings of a flight. What screening
found is never in any of them, nor who is aboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.errors import RuleRefused
from comity.formats.cusres import write_answer
from comity.formats.manifest import Flight, Interchange, Leg
from comity.formats.pnr_exchange import Request, write_acknowledgement, write_request
from comity.node.flight import told_of
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.query import seen_matter
from comity.node.reading import Reader


@dataclass(frozen=True, slots=True)
class CarrierAnswer:
    """A file to send back."""

    name: str
    data: bytes


def answer_of(node: Node, officer: Officer, matter: str, now: datetime) -> CarrierAnswer:
    """The answer to one list; raises :class:`RuleRefused` where it may not be seen or what was wrong is gone."""
    forms = _forms(node, officer, matter, now)
    if "flight" not in forms or "filing" not in forms:
        raise RuleRefused(
            "There is no answer to give any more: what was wrong with the list went with its rows.",
            rule="flight.answer",
            remedy="Answer a carrier while the rows are there.",
        )
    flight, defects = forms["flight"], told_of(forms["filing"])
    sender, recipient, control = (*(str(one) for one in flight.get("sent", ())), "", "", "")[:3]
    sent = Interchange(sender, recipient, control)
    reference = str(flight.get("reference", ""))
    if str(flight.get("message", "")).startswith("pnrgov"):
        return CarrierAnswer(f"ackres-{matter[:8]}.edi", write_acknowledgement(reference, sent, defects, now))
    leg = Leg(str(flight.get("departure", "")), str(flight.get("arrival", "")))
    about = Flight(str(flight.get("number", "")), str(flight.get("carrier", "")), (leg,))
    return CarrierAnswer(f"cusres-{matter[:8]}.edi", write_answer(reference, sent, about, defects, now, matter[:14]))


def request_of(node: Node, officer: Officer, matter: str, now: datetime) -> CarrierAnswer:
    """A GOVREQ for the bookings of the flight that a list is about; raises :class:`InputRefused` where the list does
    not say which flight on which day."""
    flight = _forms(node, officer, matter, now).get("flight", {})
    carrier, number = str(flight.get("carrier", "")), str(flight.get("number", ""))
    sender, recipient, _ = (*(str(one) for one in flight.get("sent", ())), "", "", "")[:3]
    request = Request(
        carrier,
        number.removeprefix(carrier),
        str(flight.get("departure_time", ""))[:10],
        str(flight.get("departure", "")),
        str(flight.get("arrival", "")),
    )
    back = Interchange(recipient or node.member, sender or carrier, matter[:14])
    return CarrierAnswer(f"govreq-{matter[:8]}.edi", write_request(request, back, now))


def _forms(node: Node, officer: Officer, matter: str, now: datetime) -> dict[str, Mapping[str, Any]]:
    with node.store.read() as unit:
        held, purpose = seen_matter(node, unit, officer, matter, now)
        reader = Reader(node, officer, purpose, now)
        reader.open(unit, held.row, held.headers, frozenset({"flight", "filing"}))
    return {
        one.head.kind: one.content.form or {}
        for some in reader.disclose().values()
        for one in some
        if one.content is not None
    }
