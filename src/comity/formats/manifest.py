"""What a carrier's passenger or crew list says, whatever message carried it.

A manifest that breaks a rule is refused *as a filing* and still screened: ``filing_defects`` holds the reasons,
``is_complete`` is false, and nobody on it may be shown as clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.errors import Defect
from comity.formats.booking import Booking


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg: IATA airport codes and scheduled local times as ISO texts, empty where not given."""

    departure: str
    arrival: str
    departs: str = ""
    arrives: str = ""


@dataclass(frozen=True, slots=True)
class Flight:
    """A flight as filed: its number, the carrier's code, and the legs in order."""

    number: str
    carrier: str
    legs: tuple[Leg, ...] = ()

    @property
    def departure(self) -> str:
        """The airport of the first departure."""
        return self.legs[0].departure if len(self.legs) > 0 else ""

    @property
    def arrival(self) -> str:
        """The airport of the last arrival."""
        return self.legs[-1].arrival if len(self.legs) > 0 else ""


@dataclass(frozen=True, slots=True)
class TravelDocument:
    """One document: ``kind`` is P (passport), I (identity card), V (visa), the carrier's own letter, or empty;
    ``country`` is the issuer's code as filed, ``expires`` an ISO date or empty."""

    kind: str
    number: str
    country: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Traveller:
    """One person: ``role`` is passenger, crew, transit passenger or transit crew; ``nationality`` as filed,
    since XXA to XXX are no countries and call for protection; ``place`` is the segment it starts at."""

    person: dict[str, Any]
    role: str
    nationality: str = ""
    residence: str = ""
    birth_place: str = ""
    embarks: str = ""
    debarks: str = ""
    documents: tuple[TravelDocument, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    place: int = 0


@dataclass(frozen=True, slots=True)
class Interchange:
    """Who sent a file to whom under which reference, as UNB says; empty where there is no UNB."""

    sender: str = ""
    recipient: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One list: ``kind`` is passenger, crew or close-out, ``file`` the name the user gave.

    ``message`` is the type of the message (paxlst, pnrgov, pnrgov_xml); ``action`` what it does to what was sent
    before (new, change, reduce, replace, cancel); ``access`` the reference that the parts of one list share;
    ``unread`` how many travellers are counted or announced and cannot be told from anybody, so that nobody checks them.
    """

    file: str
    reference: str
    kind: str
    sender: str
    flight: Flight
    travellers: tuple[Traveller, ...]
    filing_defects: tuple[Defect, ...] = ()
    message: str = "paxlst"
    action: str = "new"
    access: str = ""
    interchange: Interchange = Interchange()
    bookings: tuple[Booking, ...] = ()
    unread: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether it may count as a filing."""
        return len(self.filing_defects) == 0
