"""Who is aboard, and what the carrier says of their bookings, as long as the rows are lawfully alive.

Rows that are kept for more than six months are masked: names, contacts, payment, frequent flyer numbers and documents
(Directive (EU) 2016/681 art. 12(2)). An officer asks to see them, with a ground; another officer grants it or not, and
only then the one who asked sees them, for a day. Both acts stay in the matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from comity.errors import RuleRefused
from comity.model.act import Header
from comity.node.action import Done, Order, take_step
from comity.node.moment import instant
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.query import seen_matter
from comity.node.reading import Opened, Reader
from comity.node.story import Held
from comity.policy.clocks import due

MASK = "retention.pnr.mask"
"""Where a profile says after how long rows are masked."""
MASK_AFTER_MONTHS = 6
SHOWN_FOR = timedelta(days=1)
"""How long a granted request shows what is masked."""
MASKED = "•••"
LABELS = ("Flights", "Seats", "Baggage", "Contacts", "Tickets", "Payment", "Frequent flyer")
"""What a booking holds, in the order shown; from the fourth on, what is masked."""


@dataclass(frozen=True, slots=True)
class Row:
    """One traveller; ``papers`` and ``contacts`` in words."""

    row: int
    name: str
    born: str
    nationality: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BookingRow:
    """One booking in words: what stands in it by kind."""

    locator: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to see what is masked: who asked when, why as far as it may be read, and how it was answered."""

    act: str
    officer: str
    when: datetime
    ground: str
    answer: str = ""
    answered_by: str = ""


@dataclass(frozen=True, slots=True)
class Aboard:
    """The rows of one list. ``gone`` once their time is over; ``masked`` where names and the like are not shown."""

    matter: str
    gone: bool
    masked: bool
    rows: tuple[Row, ...]
    bookings: tuple[BookingRow, ...]
    asks: tuple[Ask, ...]


def aboard(node: Node, officer: Officer, matter: str, now: datetime) -> Aboard:
    """Who is aboard; raises :class:`RuleRefused` if the matter may not be seen. Reading is written down."""
    with node.store.read() as unit:
        held, purpose = seen_matter(node, unit, officer, matter, now)
        reader = Reader(node, officer, purpose, now)
        reader.open(unit, held.row, held.headers, frozenset({"manifest", "ground"}))
    opened = reader.disclose()
    form = next(
        (o.content.form or {} for o in _all(opened) if o.head.kind == "manifest" and o.content is not None), None
    )
    asks = tuple(_asks(held, opened))
    masked = is_masked(node, held, officer, now)
    if form is None:
        return Aboard(matter, gone=True, masked=masked, rows=(), bookings=(), asks=asks)
    rows = tuple(_row(one, masked=masked) for one in form.get("travellers", ()))
    bookings = tuple(_booking(one, masked=masked) for one in form.get("bookings", ()))
    return Aboard(matter, gone=False, masked=masked, rows=rows, bookings=bookings, asks=asks)


def is_masked(node: Node, held: Held, officer: Officer, now: datetime) -> bool:
    """Whether this officer sees the rows of this matter masked now."""
    screened = next((h for h in held.headers.values() if h.step == "screen"), None)
    if screened is None or now < mask_from(node, instant(screened.time)):
        return False
    return not any(
        header.officer == officer.pseudonym and granted is not None and now < instant(granted.time) + SHOWN_FOR
        for _, header, granted in _answered(held)
    )


def mask_from(node: Node, screened: datetime) -> datetime:
    """When rows screened then are masked: after six months, or as long as the member's profile says."""
    value = node.law(node.member, MASK, screened.date())
    if isinstance(value.value, int) and value.unit in ("days", "months", "years"):
        return due(screened, value.value, value.unit)
    return due(screened, MASK_AFTER_MONTHS, "months")


def ask(node: Node, officer: Officer, matter: str, ground: str, now: datetime) -> Done:
    """Asks to see what is masked; raises :class:`InputRefused` without a ground."""
    order = Order("screening", "ask_unmask", "flight", matter=matter, data={"ground": ground})
    return take_step(node, officer, order, now)


def answer_order(node: Node, officer: Officer, matter: str, request: str, given: str, now: datetime) -> Order:
    """The order that grants or refuses a request; raises :class:`RuleRefused` to whoever asked it, and for one that is
    not open."""
    with node.store.read() as unit:
        held, _ = seen_matter(node, unit, officer, matter, now)
    asked = held.headers.get(request)
    if asked is None or asked.step != "ask_unmask":
        raise RuleRefused("There is no such request here.", rule="B-03", remedy="Open the flight again.")
    if (asked.agency, asked.officer) == (officer.agency, officer.pseudonym):
        raise RuleRefused("Nobody grants their own request.", rule="B-03", remedy="Another officer answers it.")
    data = {"ask": request, "answer": given}
    return Order("screening", "unmask", "flight", matter=matter, data=data)


def _answered(held: Held) -> Iterator[tuple[str, Header, Header | None]]:
    """Each request with the act that granted it, None where nobody else did; a later refusal prevails."""
    for digest, header in held.headers.items():
        if header.step != "ask_unmask":
            continue
        given = [
            one
            for one in held.headers.values()
            if one.step == "unmask" and one.terms.get("ask") == digest and one.officer != header.officer
        ]
        last = max(given, key=lambda one: one.time, default=None)
        yield digest, header, last if last is not None and last.terms.get("answer") == "granted" else None


def _asks(held: Held, opened: Mapping[str, tuple[Opened, ...]]) -> Iterator[Ask]:
    answers = {str(h.terms.get("ask", "")): h for h in held.headers.values() if h.step == "unmask"}
    found = [(d, h) for d, h in held.headers.items() if h.step == "ask_unmask"]
    for digest, header in sorted(found, key=lambda one: one[1].time):
        said = [o.content.form or {} for o in opened.get(digest, ()) if o.content is not None]
        ground = next((str(one["ground"]) for one in said if "ground" in one), "")
        given = answers.get(digest)
        yield Ask(
            digest,
            header.officer,
            instant(header.time),
            ground,
            "" if given is None else str(given.terms.get("answer", "")),
            "" if given is None else given.officer,
        )


def _all(opened: Mapping[str, tuple[Opened, ...]]) -> Iterable[Opened]:
    return (one for some in opened.values() for one in some)


def _row(one: Mapping[str, Any], *, masked: bool) -> Row:
    values = one["entity"].get("properties", {})
    papers = tuple(f"{d['kind']} {d['number']} {d['country']}".strip() for d in one.get("documents", ()))
    return Row(
        int(one["row"]),
        MASKED if masked else ", ".join(values.get("name", ())),
        MASKED if masked else ", ".join(values.get("birthDate", ())),
        str(one.get("nationality", "")),
        (MASKED,) * len(papers) if masked else papers,
    )


def _booking(one: Mapping[str, Any], *, masked: bool) -> BookingRow:
    """What may be seen of a booking: the way and the seats always, who and how only where nothing is masked."""
    sectors = tuple(
        " ".join(str(s[key]) for key in ("carrier", "number", "departure", "arrival", "departs", "status")).strip()
        for s in one.get("itinerary", ())
    )
    seats = tuple(f"{s['seat']} {s['departure']}–{s['arrival']}" for s in one.get("seats", ()))
    bags = tuple(f"{b['pieces']} / {b['weight']} {' '.join(b['tags'])}".strip() for b in one.get("bags", ()))
    hidden: list[tuple[str, tuple[str, ...]]] = [
        (LABELS[3], tuple(str(c["value"]) for c in one.get("contacts", ()))),
        (LABELS[4], tuple(str(t["number"]) for t in one.get("tickets", ()))),
        (LABELS[5], tuple(_payment(p) for p in one.get("payments", ()))),
        (LABELS[6], tuple(" ".join(map(str, f)) for f in one.get("frequent_flyer", ()))),
    ]
    shown = [*zip(LABELS, (sectors, seats, bags), strict=False)]
    masks = [(label, (MASKED,) if masked and len(values) > 0 else values) for label, values in hidden]
    return BookingRow(str(one.get("locator", "")), tuple((label, v) for label, v in (*shown, *masks) if len(v) > 0))


def _payment(paid: Mapping[str, Any]) -> str:
    card = f"{paid['brand']} …{paid['last_four']}" if paid["last_four"] != "" else ""
    return " ".join(
        str(text) for text in (paid["form"], card, paid["amount"], paid["payer"], paid["billing"]) if text != ""
    )
