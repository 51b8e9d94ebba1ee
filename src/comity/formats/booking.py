"""One booking (PNR) as far as the nineteen categories of Directive (EU) 2016/681, Annex I, allow it to be kept.

Nothing stands here that could reveal religion, health or the like: meal and assistance codes and free text are not
kept at all (Directive (EU) 2016/681 art. 13(4); rule B-01). Of a card its last four digits, of the changes to a
booking their number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sector:
    """One flight of an itinerary: the marketing carrier's number, who operates it, local times as ISO texts or empty,
    the status of the booking (HK confirmed, HL waiting, …) and the class booked (categories 3, 7, 10 and 15)."""

    carrier: str
    number: str
    departure: str
    arrival: str
    departs: str = ""
    arrives: str = ""
    operated_by: str = ""
    operated_as: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket (category 13); ``traveller`` is an entity's id, or empty for one of the whole booking."""

    number: str
    traveller: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat on one sector (category 14); ``is_taken`` once checked in."""

    seat: str
    traveller: str = ""
    departure: str = ""
    arrival: str = ""
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Bags:
    """Baggage of a traveller (category 16): pieces and weight as filed, tag numbers."""

    traveller: str = ""
    pieces: str = ""
    weight: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payment:
    """One form of payment (category 6): CC card, CA cash, …; the card's brand and last four digits, the amount, who
    pays and where the bill goes."""

    form: str
    brand: str = ""
    last_four: str = ""
    amount: str = ""
    payer: str = ""
    billing: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach somebody (category 5): ``kind`` is address, phone or email."""

    kind: str
    value: str
    traveller: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking: its locator at the carrier that keeps it, the same booking's locators elsewhere, and what it holds.

    ``created``, ``changed`` and ``ticketed`` are ISO texts or empty; ``travellers`` entity ids; ``size`` how many it is
    for; ``history`` how many entries about changes there are (category 19), none of which is read as the present state.
    """

    locator: str
    carrier: str = ""
    others: tuple[tuple[str, str], ...] = ()
    created: str = ""
    changed: str = ""
    ticketed: str = ""
    agency: str = ""
    size: int = 0
    travellers: tuple[str, ...] = ()
    itinerary: tuple[Sector, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    seats: tuple[Seat, ...] = ()
    bags: tuple[Bags, ...] = ()
    payments: tuple[Payment, ...] = ()
    contacts: tuple[Contact, ...] = ()
    frequent_flyer: tuple[tuple[str, str], ...] = ()
    history: int = 0
    is_split: bool = False
