"""One booking of a PNRGOV message: the segments between two SRC, each used, left out for a reason, or a defect.

The group in which a segment stands decides what it means: a TIF after TRI names who checked in, after ABI who was once
on the booking. What follows ABI, SAC or LTS is history and is never read as the present state. The segments follow
the order of the PADIS EDIFACT guide for PNRGOV 10:1 to 16:1 as far as the messages at hand show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from comity.formats.booking import Bags, Booking, Contact, Payment, Seat, Sector, Ticket
from comity.formats.edifact import Segment
from comity.formats.pnr_fields import (
    Doco,
    Docs,
    is_sensitive,
    is_unnamed,
    moment,
    phone_of,
    read_contact,
    read_doca,
    read_doco,
    read_docs,
    short_date,
)

MAPPED = "mapped"
HISTORY = "history of the booking: never the present state"
SENSITIVE = "could reveal religion or health: not kept (B-01)"
FREE_TEXT = "free text: not kept (B-01)"
UNKNOWN = "unknown"
LEFT_OUT = {
    "APD": "kind of aircraft",
    "EBD": "price of excess baggage",
    "FAR": "fare",
    "MON": "price",
    "PTK": "price",
    "TXD": "taxes",
    "REF": "the carrier's own number for a traveller",
    "EQN": "how many travellers a group has",
    "TRI": "boarding number",
}
OTHER = "hotel, car or another service that is no flight"


@dataclass(slots=True)
class Person:
    """A traveller while the booking is read."""

    surname: str
    given: str
    kind: str
    reference: str
    place: int
    docs: list[Docs] = field(default_factory=list)
    visas: list[Doco] = field(default_factory=list)
    residence: str = ""

    @property
    def is_unnamed(self) -> bool:
        """Whether the seat is booked for nobody in particular."""
        return is_unnamed(self.surname, self.given)


class BookingReader:
    """Takes the segments of one booking in order; :attr:`people` and :meth:`close` give what they say."""

    def __init__(self, today: date, stem: str, first: int) -> None:
        self.today = today
        self.stem = stem
        self.first = first
        self.group = "booking"
        self.people: list[Person] = []
        self.current = -1
        self.head: dict[str, str] = {}
        self.others: list[tuple[str, str]] = []
        self.sectors: list[dict[str, str]] = []
        self.tickets: list[tuple[str, int]] = []
        self.seats: list[tuple[str, int, str, str, bool]] = []
        self.bags: list[tuple[int, str, str, tuple[str, ...]]] = []
        self.payments: list[Payment] = []
        self.contacts: list[tuple[str, str, int]] = []
        self.flyers: list[tuple[str, str]] = []
        self.unassigned: list[Docs] = []
        self.infants: list[tuple[str, str, str]] = []
        self.history = 0
        self.is_split = False

    def take(self, segment: Segment) -> str:
        """What was done with one segment: :data:`MAPPED`, why it was left out, or :data:`UNKNOWN`."""
        tag = segment.tag
        if tag in ("ABI", "SAC", "LTS"):
            self.group = "history"
            self.history += tag != "ABI"
        if self.group == "history":
            return HISTORY
        if tag == "MSG":
            self.group = "other"
        if self.group == "other":
            return OTHER
        if tag == "EQN" and self.group in ("flight", "desk"):
            self.group, self.is_split = "split", True
            return MAPPED
        if tag in LEFT_OUT and tag != "TRI":
            return LEFT_OUT[tag]
        step = _STEPS.get(tag)
        return step(self, segment) if step is not None else UNKNOWN

    def locator(self, segment: Segment) -> str:
        """RCI: the locator where it is kept, then the same booking's elsewhere."""
        for element in segment.elements[1:]:
            carrier, number, _, day, time = (*element, "", "", "", "", "")[:5]
            if number == "":
                continue
            if "locator" not in self.head:
                self.head |= {"locator": number, "carrier": carrier, "created": moment(day, time)}
            elif (carrier, number) != (self.head["carrier"], self.head["locator"]):
                self.others.append((carrier, number))
        return MAPPED

    def dates(self, segment: Segment) -> str:
        """DAT: 700 last changed, 710 ticketed."""
        for element in segment.elements[1:]:
            code, day, time = (*element, "", "", "")[:3]
            name = {"700": "changed", "710": "ticketed"}.get(code)
            if name is not None and moment(day, time) != "":
                self.head.setdefault(name, moment(day, time))
        return MAPPED if self.group in ("booking", "traveller") else "time of check-in"

    def origin(self, segment: Segment) -> str:
        """ORG: who made the booking, by number and office."""
        if self.group != "booking":
            return "who made the change"
        parts = [text for element in segment.elements[1:3] for text in element if text != ""]
        self.head.setdefault("agency", " ".join(parts))
        return MAPPED

    def address(self, segment: Segment) -> str:
        """ADD: 700 or 702, street, town, region, country, code, telephone."""
        for element in segment.elements[2:]:
            _, *lines, free = (*element[:7], *[""] * max(0, 7 - len(element)), ":".join(element[7:]))
            told = ", ".join(line for line in lines if line != "" and phone_of(line) == "")
            if told != "":
                self.contacts.append(("address", told, self.current))
            for text in (free, *lines):
                if phone_of(text) != "":
                    self.contacts.append(("phone", phone_of(text), self.current))
        return MAPPED

    def traveller(self, segment: Segment) -> str:
        """TIF: a new traveller, or after TRI the one who checked in."""
        reference = segment.get(2, 2)
        if self.group in ("flight", "desk", "split"):
            self.current = self._numbered(reference)
            return "names a traveller again"
        self.group = "traveller"
        self.people.append(Person(segment.get(1), segment.get(2), segment.get(2, 1), reference, segment.number))
        self.current = len(self.people) - 1
        return MAPPED

    def flyer(self, segment: Segment) -> str:
        """FTI: carrier and number of a frequent flyer."""
        self.flyers.extend((one[0], one[1]) for one in segment.elements[1:] if len(one) > 1 and one[1] != "")
        return MAPPED

    def text(self, segment: Segment) -> str:
        """IFT: a contact, who pays; any other text is not kept."""
        subject = segment.get(1, 1)
        told = " ".join(text for element in segment.elements[2:] for text in element if text != "")
        contact = read_contact(told)
        if contact is not None:
            self.contacts.append((*contact, self.current))
            return MAPPED
        if subject == "43" and len(self.payments) > 0:
            last = self.payments[-1]
            payer, billing = segment.get(2), segment.get(3)
            self.payments[-1] = Payment(last.form, last.brand, last.last_four, last.amount, payer, billing)
            phone = phone_of(segment.get(4))
            if phone != "":
                self.contacts.append(("phone", phone, self.current))
            return MAPPED
        return "fare calculation" if subject == "15" else FREE_TEXT

    def service(self, segment: Segment) -> str:
        """SSR: documents, seats, tickets, infants and frequent flyers; nothing of meals, health or free text."""
        code = segment.get(1)
        text = ":".join(segment.elements[1][8:]).strip() if len(segment.elements) > 1 else ""
        at = self._numbered(segment.get(2, 2))
        if code == "DOCS":
            return self._docs(text, at)
        if code == "DOCO":
            visa = read_doco(text)
            if visa is not None and at >= 0:
                self.people[at].visas.append(visa)
            return MAPPED if visa is not None else UNKNOWN
        if code == "DOCA":
            return self._doca(text, at)
        if code in ("SEAT", "NSST", "NSSA", "NSSW", "SMST"):
            return self._seat(segment)
        if code == "INFT":
            return self._infant(text)
        if code in ("TKNE", "TKNA", "TKNM", "TKNR", "TKTL"):
            return "ticket number, which TKT says" if code != "TKTL" else "ticketing time limit"
        if code in ("CHLD", "UMNR"):
            return "age of a traveller, which DOCS says"
        return SENSITIVE if is_sensitive(code) else FREE_TEXT

    def _doca(self, text: str, at: int) -> str:
        found = read_doca(text)
        if found is None:
            return UNKNOWN
        if found.kind == "R" and at >= 0:
            self.people[at].residence = found.country
        if found.kind != "B" and found.address != "":
            self.contacts.append(("address", f"{found.address}, {found.country}", at))
        return MAPPED

    def _docs(self, text: str, at: int) -> str:
        found = read_docs(text, self.today)
        if found is None:
            return UNKNOWN
        if found.of_infant or at < 0:
            self.unassigned.append(found)
        elif found not in self.people[at].docs:
            self.people[at].docs.append(found)
        return MAPPED

    def _seat(self, segment: Segment) -> str:
        board, off = segment.get(1, 6), segment.get(1, 7)
        for element in segment.elements[2:]:
            seat, at = element[0].lstrip("0"), self._numbered(element[2] if len(element) > 2 else "")
            if seat not in ("", "XXX"):
                self.seats.append((seat, at, board, off, False))
        return MAPPED

    def _infant(self, text: str) -> str:
        surname, _, rest = text.partition("/")
        given, _, born = rest.replace(" ", "/", 1).partition("/") if "/" not in rest else rest.partition("/")
        if surname != "":
            self.infants.append(
                (surname.strip(), given.strip(), short_date(born.strip(" /"), self.today, is_past=True))
            )
        return MAPPED

    def ticket(self, segment: Segment) -> str:
        """TKT: a ticket's number."""
        if segment.get(1) != "":
            self.tickets.append((segment.get(1), self.current))
        return MAPPED

    def payment(self, segment: Segment) -> str:
        """FOP: the form, the card's brand and last four digits."""
        for element in segment.elements[1:]:
            form, _, amount, brand, account = (*element, "", "", "", "", "")[:5]
            digits = account[-4:] if account[-4:].isdigit() and len(account) >= 8 else ""
            if form != "":
                self.payments.append(Payment(form, brand, digits, amount))
        return MAPPED

    def sector(self, segment: Segment) -> str:
        """TVL: a flight; without a date, who operates the one before."""
        self.group, self.current = "flight", -1
        if segment.get(1) == "" and segment.get(2) == "":
            if len(self.sectors) > 0:
                self.sectors[-1]["operated_as"] = segment.get(5)
            return MAPPED
        day, time = segment.get(1), segment.get(1, 1)
        arrival_day, arrival_time = segment.get(1, 2), segment.get(1, 3)
        self.sectors.append(
            {
                "carrier": segment.get(4),
                "operated_by": segment.get(4, 1),
                "number": segment.get(5),
                "departure": segment.get(2),
                "arrival": segment.get(3),
                "departs": moment(day, time),
                "arrives": moment(arrival_day, arrival_time),
            }
        )
        return MAPPED

    def operated(self, segment: Segment) -> str:
        """TRA: who operates the flight before, and under which number."""
        if len(self.sectors) > 0:
            self.sectors[-1] |= {"operated_by": segment.get(1), "operated_as": segment.get(2)}
        return MAPPED

    def status(self, segment: Segment) -> str:
        """RPI: how many seats, and whether they are confirmed."""
        if len(self.sectors) > 0:
            self.sectors[-1]["status"] = segment.get(2)
        return MAPPED

    def boarded(self, segment: Segment) -> str:
        """TRI: whose check-in follows."""
        self.group, self.current = "desk", self._numbered(segment.get(2, 3))
        return LEFT_OUT["TRI"]

    def taken_seat(self, segment: Segment) -> str:
        """SSD: the seat taken at check-in."""
        seat = segment.get(1).lstrip("0")
        last = self.sectors[-1] if len(self.sectors) > 0 else {}
        if seat not in ("", "XXX"):
            self.seats.append((seat, self.current, last.get("departure", ""), last.get("arrival", ""), True))
        return MAPPED

    def baggage(self, segment: Segment) -> str:
        """TBD: pieces, weight and tags."""
        pieces, weight = segment.get(2), segment.get(2, 1)
        tags = tuple(one[1] for one in segment.elements[5:] if len(one) > 1 and one[1] != "")
        self.bags.append((self.current, pieces, weight, tags))
        return MAPPED

    def _numbered(self, reference: str) -> int:
        """Whose reference this is; where it is nobody's, the traveller in whose group it stands."""
        if reference != "":
            for n, one in enumerate(self.people):
                if one.reference == reference:
                    return n
            if self.group != "traveller":
                return -1
        return self.current if self.group in ("traveller", "desk") else self._only()

    def _only(self) -> int:
        return 0 if len(self.people) == 1 else -1

    def settle(self) -> tuple[Docs, ...]:
        """Puts papers without a reference with whom their names say, adds infants that have no TIF of their own;
        gives the papers that are nobody's."""
        for surname, given, born in self.infants:
            if self._named(surname, given, prefer_infant=True) < 0:
                self.people.append(Person(surname, given, "IN", "", self.first))
                if born != "":
                    self.people[-1].docs.append(Docs("", "", "", "", born, "", "", surname, given))
        left = []
        for paper in self.unassigned:
            at = self._named(paper.surname, paper.given, prefer_infant=paper.of_infant)
            at = at if at >= 0 or paper.of_infant else self._only()
            if at < 0:
                left.append(paper)
            elif paper not in self.people[at].docs:
                self.people[at].docs.append(paper)
        return tuple(left)

    def _named(self, surname: str, given: str, *, prefer_infant: bool) -> int:
        wanted = given.replace(" ", "")[:3]
        fitting = [
            n
            for n, one in enumerate(self.people)
            if one.surname.replace(" ", "") == surname.replace(" ", "")
            and one.given.replace(" ", "").startswith(wanted)
        ]
        infants = [n for n in fitting if self.people[n].kind == "IN"]
        if prefer_infant and len(infants) > 0:
            return infants[0]
        return fitting[0] if len(fitting) > 0 else -1

    def close(self, ids: tuple[str, ...]) -> Booking:
        """The booking; ``ids`` are the travellers' entity ids, the empty text for one who is unnamed."""

        def of(at: int) -> str:
            return ids[at] if 0 <= at < len(ids) else ""

        return Booking(
            locator=self.head.get("locator", ""),
            carrier=self.head.get("carrier", ""),
            others=tuple(dict.fromkeys(self.others)),
            created=self.head.get("created", ""),
            changed=self.head.get("changed", ""),
            ticketed=self.head.get("ticketed", ""),
            agency=self.head.get("agency", ""),
            size=len(self.people),
            travellers=tuple(one for one in ids if one != ""),
            itinerary=tuple(Sector(**one) for one in self.sectors),
            tickets=tuple(Ticket(number, of(at)) for number, at in self.tickets),
            seats=tuple(_seats(self.seats, ids)),
            bags=tuple(dict.fromkeys(Bags(of(at), pieces, weight, tags) for at, pieces, weight, tags in self.bags)),
            payments=tuple(dict.fromkeys(self.payments)),
            contacts=tuple(dict.fromkeys(Contact(kind, value, of(at)) for kind, value, at in self.contacts)),
            frequent_flyer=tuple(dict.fromkeys(self.flyers)),
            history=self.history,
            is_split=self.is_split,
        )


def _seats(found: list[tuple[str, int, str, str, bool]], ids: tuple[str, ...]) -> Iterator[Seat]:
    for seat, at, board, off, is_taken in dict.fromkeys(found):
        yield Seat(seat, ids[at] if 0 <= at < len(ids) else "", board, off, is_taken)


_STEPS = {
    "SRC": lambda *_: MAPPED,
    "RCI": BookingReader.locator,
    "DAT": BookingReader.dates,
    "ORG": BookingReader.origin,
    "ADD": BookingReader.address,
    "TIF": BookingReader.traveller,
    "FTI": BookingReader.flyer,
    "IFT": BookingReader.text,
    "SSR": BookingReader.service,
    "TKT": BookingReader.ticket,
    "FOP": BookingReader.payment,
    "TVL": BookingReader.sector,
    "TRA": BookingReader.operated,
    "RPI": BookingReader.status,
    "TRI": BookingReader.boarded,
    "SSD": BookingReader.taken_seat,
    "TBD": BookingReader.baggage,
}
