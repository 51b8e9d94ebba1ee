"""IATA PNRGOV XML: bookings as elements of the 2007/00 schema, bare or inside a carrier's own wrapper.

Read with the rules of :mod:`comity.formats.pnrgov`: meals, assistance and free text are not kept. Documents stand in
two places, as attributes of DOCS under a passenger and as the text of an SSR under a flight; both are read and joined
by the passenger's RPH. External entities, document types and files nested deeper than 40 elements are refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from comity.errors import Defect, InputRefused
from comity.formats.base import Format, Notice, Reading, refuse_empty
from comity.formats.booking import Bags, Booking, Contact, Payment, Seat, Sector, Ticket
from comity.formats.manifest import Flight, Leg, Manifest, Traveller
from comity.formats.manifest_entities import entities_of
from comity.formats.pnr_fields import (
    Docs,
    is_sensitive,
    phone_of,
    read_contact,
    read_doca,
    read_doco,
    read_docs,
)
from comity.formats.pnrgov import make_traveller, with_own_ids
from comity.formats.pnrgov_booking import FREE_TEXT, SENSITIVE, Person

NAMESPACE = "http://www.iata.org/IATA/2007/00"
REMEDY = "Ask the carrier to correct and send the bookings again; until then they are screened provisionally."
MAX_BYTES = 64 << 20
MAX_DEPTH = 40
MAX_ELEMENTS = 2_000_000
LEFT_OUT = {
    "Equipment": "kind of aircraft",
    "FareInfo": "fare",
    "Fare": "fare",
    "PricingInfo": "price",
    "TotalFare": "price",
    "Taxes": "taxes",
    "ExcessBaggage": "price of excess baggage",
    "History": "history of the booking: never the present state",
    "PNR_History": "history of the booking: never the present state",
    "Remarks": FREE_TEXT,
    "Remark": FREE_TEXT,
    "OSI": FREE_TEXT,
}
MAPPED = frozenset(
    (
        "PNR", "BookingRefID", "CompanyName", "Passenger", "GivenName", "Surname", "NamePrefix", "DOC_SSR",
        "FlightInfo", "DOCS", "DOCO", "DOCA", "ContactInfo", "Flight", "DepartureAirport", "ArrivalAirport",
        "MarketingAirline", "OperatingAirline", "CheckInInfo", "BoardingNumber", "SeatNumber", "TicketDocument",
        "FormOfPayment", "PaymentCard", "FrequentFlyer", "BagTag", "Agency", "OriginatingAgency",
    )
)  # fmt: skip
"""Elements of which something is kept."""
WRAPPER = "the carrier's wrapper"


@dataclass(slots=True)
class _Draft:
    """One file while it is read."""

    file: str
    uses: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    defects: list[Defect] = field(default_factory=list)

    def defect(self, rule: str, says: str, place: str = "", name: str = "") -> None:
        self.defects.append(Defect(rule, says, REMEDY, self.file, place, name))


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The bookings of each file, one manifest for each flight that the first sectors of its bookings name.

    Raises :class:`InputRefused` where a file is no XML or holds no booking.
    """
    refuse_empty(files, "bookings")
    manifests: list[Manifest] = []
    notices: list[Notice] = []
    defects: list[Defect] = []
    for name, data in files.items():
        draft = _Draft(name)
        try:
            root = parse(name, data)
        except InputRefused as error:
            defects.extend(error.defects)
            continue
        found = [element for element in root.iter() if _tag(element) == "PNR"]
        if len(found) == 0:
            remedy = "Check that this is PNRGOV XML and no other file."
            defects.append(Defect("pnrgov_xml.none", "There is no PNR element in it.", remedy, name))
            continue
        manifests.extend(_manifests(draft, found, now.date()))
        count_uses(draft.uses, root)
        notices.extend(_not_kept(draft))
    if len(defects) > 0:
        raise InputRefused("The bookings cannot be read.", defects)
    own = with_own_ids(manifests)
    return Reading(tuple(entities_of(own)), tuple(notices), tuple(own))


def recognises(name: str, data: bytes) -> bool:
    """Whether this is XML with bookings of IATA's schema in it."""
    head = data[:4096]
    return (
        head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
        and NAMESPACE.encode() in head
        and b"<" in head
        and b"PNR" in head
    )


def parse(name: str, data: bytes) -> Element:
    """The root element; raises :class:`InputRefused` for a document type, depth or size beyond measure, no XML."""
    if len(data) > MAX_BYTES:
        raise _refused(name, f"The file has {len(data)} bytes; at most {MAX_BYTES} are read.")
    parser = XMLParser(target=_Builder(name))  # noqa: S314  # the builder refuses document types, depth and size
    try:
        parser.feed(data)
        root = parser.close()
    except ParseError as error:
        line, column = error.position
        raise _refused(name, f"Line {line}, column {column} is no XML: {error.msg.split(':')[0]}.") from error
    except (LookupError, ValueError) as error:
        raise _refused(name, "Its declared encoding is not known here.") from error
    if not isinstance(root, Element):
        raise _refused(name, "There is no XML element in it.")
    return root


class _Builder(TreeBuilder):
    """Builds the tree and refuses what could make it endless: a document type, depth, too many elements."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._depth, self._count = name, 0, 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """A document type may declare entities that expand without end."""
        raise _refused(self._name, "It declares a document type; such files are not read.")

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """One element opens."""
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise _refused(self._name, "It is nested too deep or has too many elements.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """One element closes."""
        self._depth -= 1
        return super().end(tag)


def _refused(name: str, says: str) -> InputRefused:
    remedy = "Ask the carrier for a file that can be read."
    return InputRefused("The bookings cannot be read.", [Defect("pnrgov_xml.unreadable", says, remedy, name)])


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Element, *names: str) -> Iterator[Element]:
    return (child for child in element if _tag(child) in names)


def _text(element: Element, name: str) -> str:
    found = next(_children(element, name), None)
    return (found.text or "").strip() if found is not None else ""


def _code(element: Element, name: str, attribute: str) -> str:
    found = next(_children(element, name), None)
    return found.get(attribute, "").strip() if found is not None else ""


def count_uses(uses: Counter[tuple[str, str, str]], root: Element) -> None:
    """What was done with each element of a file: (element, mapped, ignored or defect, why)."""
    inside = {id(child) for element in root.iter() if _tag(element) == "SSR" for child in element.iter()}
    for element in root.iter():
        tag = _tag(element)
        if tag == "SSR":
            outcome, why = _service_use(element.get("SSRCode", ""))
            for one in element.iter():
                uses[(_tag(one), outcome, why)] += 1
        elif id(element) in inside:
            continue
        elif tag in MAPPED:
            uses[(tag, "mapped", "")] += 1
        else:
            uses[(tag, "ignored", LEFT_OUT.get(tag, WRAPPER))] += 1


def _service_use(code: str) -> tuple[str, str]:
    if code in ("DOCS", "DOCO", "DOCA", "SEAT"):
        return "mapped", ""
    if code in ("CHLD", "INFT", "UMNR"):
        return "ignored", "age of a traveller, which DOCS says"
    return "ignored", SENSITIVE if is_sensitive(code) else FREE_TEXT


def _not_kept(draft: _Draft) -> Iterator[Notice]:
    for why, what in ((SENSITIVE, "that could reveal religion or health"), (FREE_TEXT, "of free text")):
        count = sum(n for (tag, _, reason), n in draft.uses.items() if reason == why and tag not in ("Airline", "Text"))
        if count > 0:
            yield Notice(f"{count} {'entry' if count == 1 else 'entries'} {what}: not kept (rule B-01).", draft.file)


def _manifests(draft: _Draft, found: list[Element], today: date) -> Iterator[Manifest]:
    """Bookings by the flight of their first sector, as this schema names no flight for the whole push."""
    flights: dict[Flight, list[tuple[list[Traveller], Booking, int]]] = {}
    for n, element in enumerate(found, 1):
        reader = _Pnr(draft, element, f"PNR {n}", today)
        flight = reader.flight()
        flights.setdefault(flight, []).append(reader.close(flight))
    for flight, each in flights.items():
        sender = flight.carrier or each[0][1].carrier
        yield Manifest(
            draft.file,
            each[0][1].locator,
            "passenger",
            sender,
            flight,
            tuple(traveller for travellers, _, _ in each for traveller in travellers),
            tuple(dict.fromkeys(draft.defects)),
            message="pnrgov_xml",
            bookings=tuple(booking for _, booking, _ in each),
            unread=sum(unread for _, _, unread in each),
        )


class _Pnr:
    """One PNR element."""

    def __init__(self, draft: _Draft, element: Element, place: str, today: date) -> None:
        self.draft, self.element, self.place, self.today = draft, element, place, today
        self.people: dict[str, Person] = {}
        self.contacts: list[tuple[str, str, str]] = []
        self.seats: list[tuple[str, str, str, str, bool]] = []
        self.tickets: list[tuple[str, str]] = []
        self.flyers: list[tuple[str, str]] = []
        for n, passenger in enumerate(_children(element, "Passenger"), 1):
            self._passenger(n, passenger)
        for flight in _children(element, "Flight"):
            self._services(flight)
        if len(self.people) == 0:
            draft.defect("pnrgov_xml.empty", "The booking names no passenger.", place, "Passenger")
        self.unread = self._missing()

    def _missing(self) -> int:
        told = self.element.get("NumberOfPassengers", "")
        if not (told.isascii() and told.isdigit() and len(told) <= 4) or int(told) == len(self.people):
            return 0
        says = f"NumberOfPassengers says {told}; {len(self.people)} are named."
        self.draft.defect("pnrgov_xml.count", says, self.place, "NumberOfPassengers")
        return max(0, int(told) - len(self.people))

    def _passenger(self, n: int, element: Element) -> None:
        key = element.get("RPH", "") or f"#{n}"
        if key in self.people:
            self.draft.defect("pnrgov_xml.rph", f"Two passengers have the number {key}.", self.place, "RPH")
            key = f"{key}#{n}"
        person = Person(_text(element, "Surname"), _text(element, "GivenName"), "", key, n)
        self.people[key] = person
        for service in _children(element, "DOC_SSR"):
            for child in service:
                self._document(person, child)
        for contact in _children(element, "ContactInfo"):
            self._contact(key, contact)
        for ticket in _children(element, "TicketDocument"):
            self.tickets.append((ticket.get("TicketDocumentNbr", ""), key))
        for flyer in _children(element, "FrequentFlyer"):
            self.flyers.append((_code(flyer, "Airline", "Code") or flyer.get("Code", ""), flyer.get("ID", "")))

    def _document(self, person: Person, element: Element) -> None:
        tag, given = _tag(element), element.attrib
        if tag == "DOCS":
            said = [given.get(name, "") for name in _DOCS_ATTRIBUTES]
            said[4], said[6] = _short(said[4]), _short(said[6])
            paper = read_docs("/" + "/".join(text.replace("/", " ") for text in said), self.today)
            if paper is not None:
                person.docs.append(paper)
        elif tag == "DOCA" and given.get("AddressType", "") == "R":
            person.residence = given.get("Country", "")

    def _contact(self, key: str, element: Element) -> None:
        text = element.get("PhoneNumber", "")
        kind, _, value = text.partition("+") if text[1:2] == "+" else ("", "", text)
        if kind == "E" and "@" in value:
            self.contacts.append(("email", value.strip().lower(), key))
        elif phone_of(value) != "":
            self.contacts.append(("phone", phone_of(value), key))

    def _services(self, flight: Element) -> None:
        board, off = _code(flight, "DepartureAirport", "LocationCode"), _code(flight, "ArrivalAirport", "LocationCode")
        for service in _children(flight, "SSR"):
            self._service(service.get("SSRCode", ""), _text(service, "Text"), service.get("RPH", ""), board, off)
        for desk in _children(flight, "CheckInInfo"):
            for boarding in _children(desk, "BoardingNumber"):
                seat = _text(boarding, "SeatNumber").lstrip("0")
                if seat != "":
                    self.seats.append((seat, boarding.get("RPH", ""), board, off, True))

    def _service(self, code: str, text: str, rph: str, board: str, off: str) -> None:
        person = self.people.get(rph) or (next(iter(self.people.values())) if len(self.people) == 1 else None)
        if code == "DOCS":
            paper = read_docs(text, self.today)
            if paper is not None and person is None:
                self.draft.defect("pnrgov_xml.document", "A document is of no passenger.", self.place, "RPH")
            elif paper is not None and person is not None and paper not in person.docs:
                person.docs.append(paper)
        elif code == "DOCO" and person is not None and (visa := read_doco(text)) is not None:
            person.visas.append(visa)
        elif code == "DOCA" and (found := read_doca(text)) is not None:
            if found.kind == "R" and person is not None:
                person.residence = found.country
            if found.address != "":
                self.contacts.append(("address", f"{found.address}, {found.country}", rph))
        elif code == "SEAT" and text != "":
            self.seats.append((text.lstrip("0"), rph, board, off, False))
        elif (contact := read_contact(text)) is not None:
            self.contacts.append((*contact, rph))

    def sectors(self) -> tuple[Sector, ...]:
        """The flights of the booking in order."""
        return tuple(
            Sector(
                _code(flight, "MarketingAirline", "Code"),
                flight.get("FlightNumber", ""),
                _code(flight, "DepartureAirport", "LocationCode"),
                _code(flight, "ArrivalAirport", "LocationCode"),
                self._time(flight, "DepartureDateTime"),
                self._time(flight, "ArrivalDateTime"),
                _code(flight, "OperatingAirline", "Code"),
                "",
                flight.get("Status", ""),
            )
            for flight in _children(self.element, "Flight")
        )

    def _time(self, element: Element, name: str) -> str:
        text = element.get(name, "")
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(timespec="minutes") if text != "" else ""
        except ValueError:
            self.draft.defect("pnrgov_xml.time", f"{text!r} is no time.", self.place, name)
            return ""

    def flight(self) -> Flight:
        """The flight of the first sector, all sectors of one number as its legs."""
        found = self.sectors()
        if len(found) == 0:
            self.draft.defect("pnrgov_xml.missing", "The booking has no flight.", self.place, "Flight")
            return Flight("", "")
        first = found[0]
        legs = tuple(
            Leg(one.departure, one.arrival, one.departs, one.arrives)
            for one in found
            if (one.carrier, one.number) == (first.carrier, first.number) and one.departs[:10] == first.departs[:10]
        )
        return Flight(f"{first.carrier}{first.number}", first.carrier, legs)

    def close(self, flight: Flight) -> tuple[list[Traveller], Booking, int]:
        """The travellers, the booking, and how many cannot be told from anybody."""
        stem = "-".join(
            text for text in (flight.number, flight.legs[0].departs[:10] if flight.legs else "") if text != ""
        )
        locators = [
            (_code(one, "CompanyName", "Code"), one.get("ID", "")) for one in _children(self.element, "BookingRefID")
        ]
        ids: dict[str, str] = {}
        travellers: list[Traveller] = []
        unread = self.unread
        for key, person in self.people.items():
            if person.is_unnamed:
                self.draft.defect("pnrgov_xml.unnamed", f"Passenger {key} is not named.", self.place, "Surname")
                unread += 1
                continue
            plain = "".join(char for char in f"{stem}" if char.isascii() and (char.isalnum() or char == "-")) or "list"
            ids[key] = f"{plain}-{len(travellers) + 1}"
            travellers.append(make_traveller(_merged(person), ids[key]))
        first = locators[0] if len(locators) > 0 else ("", "")
        if first[1] == "":
            self.draft.defect("pnrgov_xml.missing", "The booking has no locator.", self.place, "BookingRefID")
        booking = Booking(
            locator=first[1],
            carrier=first[0],
            others=tuple(one for one in dict.fromkeys(locators[1:]) if one[1] != ""),
            created=self._time(self.element, "PNR_CreationDate"),
            changed=self._time(self.element, "PNR_TransDate"),
            size=len(self.people),
            travellers=tuple(ids.values()),
            itinerary=self.sectors(),
            tickets=tuple(Ticket(number, ids.get(key, "")) for number, key in self.tickets if number != ""),
            seats=tuple(
                Seat(seat, ids.get(key, ""), a, b, taken) for seat, key, a, b, taken in dict.fromkeys(self.seats)
            ),
            bags=tuple(self._bags(ids)),
            payments=tuple(self._payments()),
            contacts=tuple(dict.fromkeys(Contact(kind, value, ids.get(key, "")) for kind, value, key in self.contacts)),
            frequent_flyer=tuple(one for one in self.flyers if one[1] != ""),
            history=sum(1 for one in self.element.iter() if _tag(one) in ("History", "PNR_History")),
        )
        return travellers, booking, unread

    def _bags(self, ids: Mapping[str, str]) -> Iterator[Bags]:
        for tag in (one for one in self.element.iter() if _tag(one) == "BagTag"):
            yield Bags(
                ids.get(tag.get("RPH", ""), ""), tag.get("Pieces", ""), tag.get("Weight", ""), (tag.get("ID", ""),)
            )

    def _payments(self) -> Iterator[Payment]:
        for paid in (one for one in self.element.iter() if _tag(one) == "FormOfPayment"):
            card = next(_children(paid, "PaymentCard"), None)
            number = card.get("CardNumber", "") if card is not None else ""
            last = number[-4:] if len(number) >= 8 and number[-4:].isdigit() else ""
            yield Payment(
                "CC" if card is not None else paid.get("Type", "CA"),
                card.get("CardCode", "") if card is not None else "",
                last,
                paid.get("Amount", ""),
            )


_DOCS_ATTRIBUTES = (
    "DocType", "IssuingCountry", "DocNumber", "Nationality", "DateOfBirth", "Gender", "DateOfExpiry", "Surname",
    "FirstGivenName", "SecondGivenName",
)  # fmt: skip


def _short(text: str) -> str:
    """An ISO date as the short form that DOCS texts use; any other text as it is."""
    try:
        return date.fromisoformat(text[:10]).strftime("%d%b%Y").upper()
    except ValueError:
        return text


def _merged(person: Person) -> Person:
    """A document named twice, once without its number, is one document."""
    numbered = [paper for paper in person.docs if paper.number != ""]
    bare = [
        paper for paper in person.docs if paper.number == "" and not any(_agree(paper, other) for other in numbered)
    ]
    person.docs = [*numbered, *dict.fromkeys(bare)]
    return person


def _agree(paper: Docs, other: Docs) -> bool:
    return (paper.surname, paper.given) == (other.surname, other.given)


FORMAT = Format(
    name="pnrgov_xml",
    title="PNRGOV XML bookings",
    docs="Bookings of IATA's 2007/00 schema (PNRGOV XML), bare or in a carrier's wrapper; read with the rules of "
    "PNRGOV.",
    example={
        "bookings.xml": b'<IATA_PNRGOV_NotifRQ xmlns="http://www.iata.org/IATA/2007/00"><PNRs>'
        b'<PNR NumberOfPassengers="1" PNR_CreationDate="2026-07-20T10:15:00"><BookingRefID ID="QX7PLM">'
        b'<CompanyName Code="AV"/></BookingRefID><Passenger RPH="1"><GivenName>DRAZEN</GivenName>'
        b"<Surname>LUKIC</Surname></Passenger>"
        b'<Flight DepartureDateTime="2026-08-01T09:00:00" ArrivalDateTime="2026-08-01T11:30:00" FlightNumber="210" '
        b'Status="HK"><DepartureAirport LocationCode="ZRH"/><ArrivalAirport LocationCode="ARN"/>'
        b'<MarketingAirline Code="AV"/><SSR SSRCode="DOCS" RPH="1"><Text>/P/CHE/A1234567/CHE/12MAR71/M/01JAN31/'
        b"LUKIC/DRAZEN</Text></SSR></Flight></PNR></PNRs></IATA_PNRGOV_NotifRQ>"
    },
    recognises=recognises,
    read=read,
)
