"""PNRGOV, the bookings that carriers push to passenger information units (IATA PADIS EDIFACT, 10:1 to 16:1).

Each booking is read with its flights, travellers, documents (SSR DOCS, DOCO, DOCA), contacts, tickets, seats, baggage
and form of payment, as far as the nineteen categories of Directive (EU) 2016/681 allow. What could reveal religion or
health, and free text, is not kept; how much of it there was is said, and never what. History is counted, not read.
A message that breaks a rule is refused as a filing and still read; names of the form "to be advised" are nobody that
could be checked, and are counted as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce

from comity.errors import Defect, InputRefused
from comity.formats.base import Format, Notice, Reading, clean, make_tree, refuse_empty
from comity.formats.edifact import Segment, segments
from comity.formats.manifest import Flight, Interchange, Leg, Manifest, TravelDocument, Traveller
from comity.formats.manifest_entities import entities_of
from comity.formats.pnr_fields import Doco, Docs, moment, names_of
from comity.formats.pnrgov_booking import (
    FREE_TEXT,
    MAPPED,
    SENSITIVE,
    UNKNOWN,
    BookingReader,
    Person,
)

TYPE = "PNRGOV"
REMEDY = "Ask the carrier to correct and send the bookings again; until then they are screened provisionally."
SERVICE = "envelope, checked on its own"
_SERVICE_TAGS = ("UNB", "UNG", "UNE", "UNZ", "UNH", "UNT")


@dataclass(slots=True)
class Draft:
    """One message while it is read; ``uses`` says for each segment's number what was done with it."""

    file: str
    reference: str
    stem: str = "list"
    head: dict[str, Segment] = field(default_factory=dict)
    bookings: list[BookingReader] = field(default_factory=list)
    uses: dict[int, tuple[str, str]] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)

    def defect(self, rule: str, says: str, segment: Segment | None = None, name: str = "") -> None:
        """Notes something wrong with the filing."""
        place = segment.place if segment is not None else f"message {self.reference}"
        self.defects.append(Defect(rule, says, REMEDY, self.file, place, name))


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """Every message of the files as a manifest, with its bookings.

    Raises :class:`InputRefused` where a file holds no PNRGOV message.
    """
    refuse_empty(files, "bookings")
    manifests: list[Manifest] = []
    notices: list[Notice] = []
    defects: list[Defect] = []
    known: dict[tuple[object, ...], str] = {}
    for name, data in files.items():
        try:
            for found, draft in drafts(name, data, now):
                said = tuple(segment.elements for segment in found if segment.tag not in _SERVICE_TAGS)
                if said in known:
                    says = f"Message {draft.reference} repeats message {known[said]}; it is read once."
                    notices.append(Notice(says, name))
                    continue
                known[said] = draft.reference
                manifest = _manifest(draft, found[0], now)
                manifests.append(manifest)
                notices.extend(_not_kept(draft))
        except InputRefused as error:
            defects.extend(error.defects)
    if len(defects) > 0:
        raise InputRefused("The bookings cannot be read.", defects)
    joined = with_own_ids(join(manifests))
    return Reading(tuple(entities_of(joined)), tuple(notices), tuple(joined))


def recognises(name: str, data: bytes) -> bool:
    """Whether this looks like EDIFACT that carries a PNRGOV."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    return head[:3] in (b"UNA", b"UNB", b"UNG", b"UNH") and b"PNRGOV" in head and b"PAXLST" not in head


def drafts(name: str, data: bytes, now: datetime) -> Iterator[tuple[tuple[Segment, ...], Draft]]:
    """The messages of one file, each with its segments; raises :class:`InputRefused` where there is none."""
    found, form = segments(name, data)
    starts = [i for i, s in enumerate(found) if s.tag == "UNH" and s.get(2) == TYPE]
    if len(starts) == 0:
        says = "There is no message of type PNRGOV in it."
        remedy = "Check that these are bookings and no other message."
        raise InputRefused("The bookings cannot be read.", [Defect("pnrgov.none", says, remedy, name)])
    head = next((s for s in found if s.tag == "UNB"), None)
    tail = next((s for s in found if s.tag == "UNZ"), None)
    for start, end in zip(starts, [*starts[1:], len(found)], strict=True):
        draft = _draft(name, found[start:end], now)
        first = found[start].number if start > starts[0] else 0
        last = found[end - 1].number if end < len(found) else 1 << 31
        draft.defects.extend(d for d in form if first <= int(d.place.split()[1]) <= last)
        if head is not None:
            draft.head["UNB"] = head
            _check_interchange(draft, head, tail)
        yield found[start:end], draft


def _check_interchange(draft: Draft, head: Segment, tail: Segment | None) -> None:
    if tail is None:
        draft.defect("pnrgov.unz", "The interchange has no end (UNZ); it may be cut.", name="UNZ")
    elif head.get(5) != tail.get(2):
        says = f"UNZ closes interchange {tail.get(2)!r}; UNB opened {head.get(5)!r}."
        draft.defect("pnrgov.unz_reference", says, tail, "UNZ")


def _draft(name: str, found: tuple[Segment, ...], now: datetime) -> Draft:
    draft = Draft(name, found[0].get(1))
    draft.uses[found[0].number] = ("ignored", SERVICE)
    body = _body(draft, found)
    flight = next((s for s in body if s.tag == "TVL"), None)
    if flight is not None:
        plain = "".join(char for char in flight.get(4) + flight.get(5) if char.isascii() and char.isalnum())
        draft.stem = "-".join(text for text in (plain, moment(flight.get(1), "")) if text != "") or "list"
    for segment in body:
        if segment.tag == "SRC":
            draft.bookings.append(BookingReader(now.date(), draft.stem, segment.number))
            draft.uses[segment.number] = ("mapped", "")
        elif len(draft.bookings) > 0:
            _note(draft, segment, draft.bookings[-1].take(segment))
        elif segment.tag in ("MSG", "ORG", "TVL", "EQN"):
            draft.head[segment.tag] = segment
            draft.uses[segment.number] = ("mapped", "")
        else:
            _note(draft, segment, UNKNOWN)
    _check(draft, found[0])
    return draft


def _note(draft: Draft, segment: Segment, done: str) -> None:
    if done == UNKNOWN:
        draft.defect("pnrgov.segment", f"{segment.tag} with this content is not known here.", segment, segment.tag)
        draft.uses[segment.number] = ("defect", "pnrgov.segment")
    else:
        draft.uses[segment.number] = ("mapped", "") if done == MAPPED else ("ignored", done)


def _body(draft: Draft, found: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """The segments between UNH and UNT, with UNT's count and reference checked."""
    end = next((i for i, s in enumerate(found) if s.tag == "UNT"), None)
    for segment in found if end is None else found[end:]:
        if segment.tag in _SERVICE_TAGS:
            draft.uses[segment.number] = ("ignored", SERVICE)
    if end is None:
        draft.defect("pnrgov.unt", "The message has no end (UNT); it may be cut.", found[-1], "UNT")
        return tuple(s for s in found[1:] if s.tag not in _SERVICE_TAGS)
    closing = found[end]
    if closing.get(1) != str(end + 1) and closing.get(1).lstrip("0") != str(end + 1):
        says = f"UNT counts {closing.get(1)!r} segments; there are {end + 1}."
        draft.defect("pnrgov.unt_count", says, closing, "UNT")
    if closing.get(2) != draft.reference:
        says = f"UNT closes message {closing.get(2)!r}; UNH opened {draft.reference!r}."
        draft.defect("pnrgov.unt_reference", says, closing, "UNT")
    for stray in found[end + 1 :]:
        if stray.tag not in _SERVICE_TAGS:
            draft.defect("pnrgov.after_end", f"{stray.tag} stands after the end of the message.", stray)
            draft.uses[stray.number] = ("defect", "pnrgov.after_end")
    return found[1:end]


def _check(draft: Draft, head: Segment) -> None:
    for tag, what in (("MSG", "function"), ("ORG", "sender"), ("TVL", "flight"), ("EQN", "count of bookings")):
        if tag not in draft.head:
            draft.defect("pnrgov.missing", f"The {what} ({tag}) is missing.", name=tag)
    version = head.get(2, 1)
    if not (version.isdigit() and 10 <= int(version) <= 99) or head.get(2, 3) != "IA":
        draft.defect("pnrgov.release", "The message is not PNRGOV:…:1:IA.", head, "UNH")
    if len(draft.bookings) == 0:
        draft.defect("pnrgov.empty", "There is no booking in it.", name="SRC")


def _not_kept(draft: Draft) -> Iterator[Notice]:
    """How much was left out for the traveller's protection; never what it was."""
    counts = Counter(why for _, why in draft.uses.values())
    for why, what in ((SENSITIVE, "that could reveal religion or health"), (FREE_TEXT, "of free text")):
        if counts[why] > 0:
            entries = "entry" if counts[why] == 1 else "entries"
            yield Notice(
                f"{counts[why]} {entries} {what}: not kept (rule B-01).", draft.file, f"message {draft.reference}"
            )


def _manifest(draft: Draft, head: Segment, now: datetime) -> Manifest:
    travellers: list[Traveller] = []
    bookings = []
    unread = 0
    for reader in draft.bookings:
        for paper in reader.settle():
            says = f"A document of {paper.surname or 'nobody'} is of no traveller of the booking."
            draft.defect("pnrgov.document", says, name="SSR")
        ids = []
        for person in reader.people:
            if person.is_unnamed:
                unread += 1
                draft.defect("pnrgov.unnamed", f"Traveller {person.reference} is not named.", name="TIF")
                ids.append("")
                continue
            ids.append(f"{draft.stem}-{len(travellers) + 1}")
            travellers.append(make_traveller(person, ids[-1]))
        bookings.append(reader.close(tuple(ids)))
    unread += _uncounted(draft, len(travellers) + unread)
    unb = draft.head.get("UNB")
    origin = draft.head.get("ORG")
    return Manifest(
        draft.file,
        draft.reference,
        "passenger",
        origin.get(1) if origin is not None else "",
        _flight(draft),
        tuple(travellers),
        tuple(dict.fromkeys(draft.defects)),
        message="pnrgov",
        action="change" if draft.head.get("MSG", head).get(1, 1) == "141" else "new",
        access=":".join(text for text in (head.get(3), head.get(4), head.get(4, 1)) if text != ""),
        interchange=Interchange() if unb is None else Interchange(unb.get(2), unb.get(3), unb.get(5)),
        bookings=tuple(bookings),
        unread=unread,
    )


def _uncounted(draft: Draft, travellers: int) -> int:
    """EQN counts bookings; some carriers count travellers there. How many are missing at least."""
    count = draft.head.get("EQN")
    text = count.get(1) if count is not None else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return 0
    told = int(text)
    if told in (len(draft.bookings), travellers):
        return 0
    says = f"EQN counts {told}; there are {len(draft.bookings)} bookings with {travellers} travellers."
    draft.defect("pnrgov.count", says, count, "EQN")
    return max(0, told - len(draft.bookings))


def _flight(draft: Draft) -> Flight:
    found = draft.head.get("TVL")
    if found is None:
        return Flight("", "")
    departs = moment(found.get(1), found.get(1, 1))
    arrives = moment(found.get(1, 2), found.get(1, 3))
    if departs == "":
        draft.defect("pnrgov.time", f"{found.get(1)!r} is no date of departure.", found, "TVL")
    leg = Leg(found.get(2), found.get(3), departs, arrives if "T" in arrives else "")
    carrier = found.get(4)
    return Flight(f"{carrier}{found.get(5)}", carrier, (leg,))


_PROP_OF_KIND = {"P": "passportNumber", "I": "idNumber", "A": "idNumber", "C": "idNumber"}


def make_traveller(person: Person, entity_id: str) -> Traveller:
    """A traveller as an entity: both names where the document's differs from the booking's."""
    values: dict[str, list[str]] = {}

    def add(prop: str, value: str) -> None:
        fitting = clean("Person", prop, value) if value != "" else None
        if fitting is not None:
            values.setdefault(prop, []).append(fitting)

    surname, given, bare = names_of(person.surname, person.given)
    papers = [paper for paper in person.docs if paper.surname != "" or paper.number != ""]
    pairs = [(surname, given), *([(surname, bare)] if bare != "" else [])]
    for paper in papers:
        own, full, short = names_of(paper.surname, paper.given)
        pairs += [(own, name) for name in (full, short) if own != "" and name != ""]
    for last, first in dict.fromkeys(pairs):
        add("name", f"{first} {last}".strip())
        add("lastName", last)
        add("firstName", first)
    for paper in person.docs:
        add("birthDate", paper.born)
        add("gender", paper.gender)
        add("nationality", paper.nationality)
        add(_PROP_OF_KIND.get(paper.kind, "idNumber" if paper.kind != "" else "passportNumber"), paper.number)
    for visa in person.visas:
        add("birthPlace", visa.birth_place)
    nationality = next((paper.nationality for paper in papers if paper.nationality != ""), "")
    return Traveller(
        make_tree(entity_id, "Person", values),
        "passenger",
        nationality=nationality,
        residence=person.residence,
        documents=tuple(_documents(papers, person.visas)),
        references=(),
        place=person.place,
    )


def _documents(papers: list[Docs], visas: list[Doco]) -> Iterator[TravelDocument]:
    for paper in papers:
        if paper.number != "":
            yield TravelDocument(paper.kind, paper.number, paper.issuer, paper.expires)
    for visa in visas:
        yield TravelDocument(visa.kind, visa.number, visa.country)


def join(manifests: list[Manifest]) -> list[Manifest]:
    """Messages that are parts of one push (UNH's common access reference with a number) as one manifest."""
    made: dict[object, list[Manifest]] = {}
    for n, manifest in enumerate(manifests):
        access, _, part = manifest.access.partition(":")
        made.setdefault((access, manifest.flight) if part != "" else n, []).append(manifest)
    return [_one(sorted(parts, key=lambda one: one.access)) for parts in made.values()]


def _one(parts: list[Manifest]) -> Manifest:
    whole = reduce(_added, parts)
    access, _, _ = whole.access.partition(":")
    numbered = [part.access.split(":")[1:] for part in parts if ":" in part.access]
    if len(numbered) == 0:
        return whole
    numbers = {int(one[0]) for one in numbered if one[0].isascii() and one[0].isdigit() and len(one[0]) < 4}
    gaps = [str(n) for n in range(1, max(numbers, default=0) + 1) if n not in numbers]
    has_last = any(one[1:] == ["F"] for one in numbered)
    wrong = [f"Part {', '.join(gaps)} of the push {access!r} is missing."] if len(gaps) > 0 else []
    wrong += [] if has_last else [f"The last part of the push {access!r} is missing."]
    found = tuple(
        Defect("pnrgov.parts", says, REMEDY, whole.file, f"message {whole.reference}", "UNH") for says in wrong
    )
    return replace(whole, access=access, filing_defects=whole.filing_defects + found)


def _added(first: Manifest, more: Manifest) -> Manifest:
    return replace(
        first,
        travellers=first.travellers + more.travellers,
        bookings=first.bookings + more.bookings,
        filing_defects=first.filing_defects + more.filing_defects,
        unread=first.unread + more.unread,
    )


def with_own_ids(manifests: list[Manifest]) -> list[Manifest]:
    """No two persons under one id, in one message or several of one flight."""
    taken: Counter[str] = Counter()
    made = []
    for manifest in manifests:
        new: list[Traveller] = []
        for traveller in manifest.travellers:
            wanted = str(traveller.person["id"])
            taken[wanted] += 1
            person = traveller.person if taken[wanted] == 1 else {**traveller.person, "id": f"{wanted}.{taken[wanted]}"}
            new.append(replace(traveller, person=person))
        made.append(replace(manifest, travellers=tuple(new)))
    return made


FORMAT = Format(
    name="pnrgov",
    title="PNRGOV bookings",
    docs="IATA PNRGOV (PADIS EDIFACT 10:1 to 16:1) as carriers push it. Meals, assistance and free text are not kept; "
    "the history of a booking is not read as its present state.",
    example={
        "bookings.edi": b"UNA:+.? 'UNB+IATA:1+AV+QMPIU+260801:0600+9'UNH+1+PNRGOV:11:1:IA+AV210/010826/0900'MSG+:22'"
        b"ORG+AV:ZRH'TVL+010826:0900:010826:1130+ZRH+ARN+AV+210'EQN+1'SRC'RCI+AV:QX7PLM::200726:1015'"
        b"DAT+700:310726:0800'ORG+AV:ZRH+1234567:ZRHAV'TIF+LUKIC:I+DRAZEN MR:A:1'"
        b"SSR+DOCS:HK:1:AV:::::/P/CHE/A1234567/CHE/12MAR71/M/01JAN31/LUKIC/DRAZEN JAN+::1'"
        b"TKT+1234567890123:T:1'TVL+010826:0900:010826:1130+ZRH+ARN+AV+210:Y'RPI+1+HK'"
        b"SSR+SEAT:HK:1:AV:::ZRH:ARN+12A::1'UNT+16+1'UNZ+1+9'"
    },
    recognises=recognises,
    read=read,
)
