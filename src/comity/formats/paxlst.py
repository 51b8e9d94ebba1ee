"""PAXLST, the passenger and crew list that carriers send to border authorities (UN/EDIFACT D:02B, D:05B, IATA).

A message that breaks a rule is refused as a filing and still read: its manifest lists what is wrong, and its
travellers are screened provisionally. Only what holds no PAXLST message at all is refused outright. Segment use
follows the WCO/IATA/ICAO implementation guide and what States' systems meet in the wild: legs as LOC+92, crew as
NAD+FM, documents without a type, files of several messages. Parts of one list, sent as several messages under one
common access reference, are joined; a message sent twice is read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from comity.errors import Defect, InputRefused
from comity.formats.base import Format, Notice, Reading, clean, make_tree, refuse_empty
from comity.formats.edifact import Segment, segments
from comity.formats.manifest import Flight, Interchange, Leg, Manifest, TravelDocument, Traveller
from comity.formats.manifest_entities import entities_of, stem
from comity.formats.paxlst_dates import birth_date, expiry_date, local_time
from comity.formats.paxlst_write import write

KINDS = {"745": "passenger", "250": "crew", "266": "close-out"}
ROLES = {"FL": "passenger", "FM": "crew", "DDU": "transit passenger", "DDT": "transit crew"}
SPECIAL_STATUS = ("XXA", "XXB", "XXC", "XXX")
"""Stateless, refugee, other refugee, unspecified: no countries, and each calls for the protection gate."""
SPECIMEN = ("UTO",)
"""Utopia: what ICAO Doc 9303 puts on specimen documents, and our exercises on theirs."""
NO_COUNTRY = (*SPECIAL_STATUS, *SPECIMEN)
ACTIONS = {"XR": "cancel", "RP": "reduce", "CP": "change"}
"""What the document number of BGM (C106) says about the lists before; any other makes a new one."""
FUNCTIONS = {"1": "cancel", "3": "reduce", "4": "change", "5": "replace"}
"""The same in BGM's message function (1225)."""
TOTALS = {"41": ("crew", "transit crew"), "42": ("passenger", "transit passenger")}
IGNORED = {
    "MEA": "weight and number of bags",
    "FTX": "bag tags and free text",
    "COM": "telephone of the reporting party",
    "GEI": "whether the carrier verified the data",
    "EMP": "employment of crew",
    "AUT": "authentication of the message",
    "UNB": "envelope, checked on its own",
    "UNG": "envelope, checked on its own",
    "CTA": "person to ask at the reporting party",
    "CPI": "charges",
    "QTY": "quantities",
    "TXT": "free text",
}
"""Segments that say nothing a manifest keeps, and why."""
MOST_PARTS = 999
"""Parts of one list; a number beyond it is no number of a part."""
MOST_UNREAD = 2000
"""No aircraft carries more: a total beyond it is an error of the total."""
REMEDY = "Ask the carrier to correct and send the list again; until then it is screened provisionally."
NO_INTERCHANGE = Interchange()
_PROP_OF_KIND = {"P": "passportNumber", "I": "idNumber"}


@dataclass(slots=True)
class _Draft:
    """One message while it is read."""

    file: str
    reference: str
    kind: str = ""
    action: str = "new"
    access: str = ""
    part: tuple[int, str] = (0, "")
    interchange: Interchange = NO_INTERCHANGE
    said: tuple[tuple[tuple[str, ...], ...], ...] = ()
    sender: str = ""
    number: str = ""
    carrier: str = ""
    points: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    travellers: list[list[Segment]] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    totals: list[Segment] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)

    def defect(self, rule: str, says: str, segment: Segment | None = None, name: str = "") -> None:
        place = segment.place if segment is not None else f"message {self.reference}"
        self.defects.append(Defect(rule, says, REMEDY, self.file, place, name))


def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """Every message of the files as a :class:`Manifest`, and its flight, travellers and papers as entities.

    Raises :class:`InputRefused` where a file holds no PAXLST message.
    """
    refuse_empty(files, "passenger list")
    drafts: list[_Draft] = []
    defects: list[Defect] = []
    for name, data in files.items():
        try:
            drafts.extend(_messages(name, data))
        except InputRefused as error:
            defects.extend(error.defects)
    if len(defects) > 0:
        raise InputRefused("The passenger list cannot be read.", defects)
    lists, notices = _joined(drafts)
    manifests = _with_ids_of_their_own([_manifest(draft, now) for draft in lists])
    return Reading(tuple(entities_of(manifests)), notices, tuple(manifests))


def recognises(name: str, data: bytes) -> bool:
    """Whether this looks like EDIFACT that carries a PAXLST."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    return head[:3] in (b"UNA", b"UNB", b"UNG", b"UNH") and b"PAXLST" in head and b"PNRGOV:" not in head


def _messages(name: str, data: bytes) -> Iterator[_Draft]:
    found, form = segments(name, data)
    starts = [i for i, s in enumerate(found) if s.tag == "UNH" and s.get(2) == "PAXLST"]
    if len(starts) == 0:
        says = "There is no message of type PAXLST in it."
        raise InputRefused(
            "The passenger list cannot be read.",
            [Defect("paxlst.none", says, "Check that this is a passenger list and no other message.", name)],
        )
    envelope = list(_envelope_defects(name, found, len(starts)))
    head = next((s for s in found if s.tag == "UNB"), None)
    interchange = NO_INTERCHANGE if head is None else Interchange(head.get(2), head.get(3), head.get(5))
    for start, end in zip(starts, [*starts[1:], len(found)], strict=True):
        draft = _draft(name, found[start:end])
        first, last = found[start].number, found[end - 1].number
        bounds = (first if start > starts[0] else 0, last if end < len(found) else 1 << 31)
        draft.defects.extend(d for d in form if bounds[0] <= int(d.place.split()[1]) <= bounds[1])
        draft.defects.extend(envelope)
        draft.interchange = interchange
        draft.said = tuple(segment.elements for segment in found[start + 1 : end] if segment.tag not in _ENDS)
        yield draft


_ENDS = ("UNT", "UNE", "UNZ", "UNB", "UNG")


def _joined(drafts: list[_Draft]) -> tuple[list[_Draft], tuple[Notice, ...]]:
    """The lists: a message sent twice once, the parts of one list together, in the order of their numbers."""
    notices: list[Notice] = []
    lists: dict[tuple[object, ...], list[_Draft]] = {}
    known: dict[tuple[object, ...], str] = {}
    for n, draft in enumerate(drafts):
        content = (draft.access, draft.part, draft.said)
        if content in known:
            notices.append(
                Notice(f"Message {draft.reference} repeats message {known[content]}; it is read once.", draft.file)
            )
            continue
        known[content] = draft.reference
        is_part = draft.access != "" and draft.part[0] > 0
        lists.setdefault((draft.access, draft.kind, draft.action) if is_part else (n,), []).append(draft)
    return [_one_list(sorted(parts, key=lambda one: one.part)) for parts in lists.values()], tuple(notices)


def _one_list(parts: list[_Draft]) -> _Draft:
    """Parts C, C, …, F of one list as one draft; what is missing of it is said."""
    first = parts[0]
    if first.part[0] == 0:
        return first
    for part in parts[1:]:
        first.travellers.extend(part.travellers)
        first.roles.extend(part.roles)
        first.totals.extend(part.totals)
        first.defects.extend(part.defects)
        first.points = first.points or part.points
    numbers = [part.part[0] for part in parts]
    last = next((part.part[0] for part in parts if part.part[1] == "F"), 0)
    gaps = sorted(set(range(1, max(last, *numbers, 1) + 1)) - set(numbers))
    if len(gaps) > 0:
        missing = ", ".join(str(number) for number in gaps)
        first.defect("paxlst.parts", f"Part {missing} of the list {first.access!r} is missing.", name="UNH")
    if last == 0:
        first.defect("paxlst.parts", f"The last part of the list {first.access!r} is missing.", name="UNH")
    if len(set(numbers)) < len(numbers):
        says = f"Two messages are the same part of the list {first.access!r} and differ; both are screened."
        first.defect("paxlst.parts", says, name="UNH")
    return first


def _with_ids_of_their_own(manifests: list[Manifest]) -> list[Manifest]:
    """Two lists of one flight (passengers and crew) must not give two persons one id."""
    taken: dict[str, int] = {}
    made = []
    for manifest in manifests:
        travellers = []
        for traveller in manifest.travellers:
            wanted = str(traveller.person["id"])
            taken[wanted] = taken.get(wanted, 0) + 1
            person = traveller.person if taken[wanted] == 1 else {**traveller.person, "id": f"{wanted}.{taken[wanted]}"}
            travellers.append(replace(traveller, person=person))
        made.append(replace(manifest, travellers=tuple(travellers)))
    return made


def _envelope_defects(name: str, found: tuple[Segment, ...], messages: int) -> Iterator[Defect]:
    """UNB against UNZ: present, the same reference, the count of messages or groups."""
    head = next((s for s in found if s.tag == "UNB"), None)
    tail = next((s for s in found if s.tag == "UNZ"), None)
    groups = sum(s.tag == "UNG" for s in found)
    if head is not None and tail is None:
        yield Defect("paxlst.unz", "The interchange has no end (UNZ); it may be cut.", REMEDY, name)
    if head is not None and tail is not None:
        if head.get(5) != tail.get(2):
            says = f"UNZ closes interchange {tail.get(2)!r}; UNB opened {head.get(5)!r}."
            yield Defect("paxlst.unz_reference", says, REMEDY, name, tail.place)
        expected = groups if groups > 0 else messages
        if _count(tail.get(1)) != expected:
            says = f"UNZ counts {tail.get(1)!r}; there are {expected}."
            yield Defect("paxlst.unz_count", says, REMEDY, name, tail.place)
    if groups > 0 and groups != sum(s.tag == "UNE" for s in found):
        yield Defect("paxlst.une", "A group (UNG) has no end (UNE).", REMEDY, name)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


def _draft(name: str, found: tuple[Segment, ...]) -> _Draft:
    """Sorts the segments of one message; the group they stand in decides what they mean."""
    head = found[0]
    draft = _Draft(name, head.get(1), access=head.get(3))
    if head.get(4) != "":
        number = _count(head.get(4))
        draft.part = (number if 0 < number <= MOST_PARTS else 0, head.get(4, 1).upper())
        if draft.part[0] == 0 or draft.part[1] not in ("C", "F"):
            draft.defect("paxlst.parts", f"{':'.join(head.elements[4])!r} does not say which part it is.", head, "UNH")
    body = _close(draft, found)
    seen = set()
    for segment in body:
        seen.add(segment.tag)
        if segment.tag == "NAD" and segment.get(1) in ROLES:
            draft.travellers.append([segment])
            draft.roles.append(ROLES[segment.get(1)])
        elif segment.tag == "CNT":
            draft.totals.append(segment)
        elif segment.tag not in IGNORED:
            _place(draft, segment)
    for tag, what in (("BGM", "kind of list"), ("TDT", "flight"), ("CNT", "total")):
        if tag not in seen:
            draft.defect("paxlst.missing", f"The {what} ({tag}) is missing.", name=tag)
    if draft.sender == "":
        draft.defect("paxlst.missing", "The reporting party (NAD+MS) is missing.", name="NAD+MS")
    if head.get(2, 1) != "D" or head.get(2, 3) != "UN":
        draft.defect("paxlst.release", "The message is not PAXLST:D:…:UN.", head, "UNH")
    return draft


def _close(draft: _Draft, found: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """The segments between UNH and UNT, with UNT's count and reference checked."""
    end = next((i for i, s in enumerate(found) if s.tag == "UNT"), None)
    if end is None:
        draft.defect("paxlst.unt", "The message has no end (UNT); it may be cut.", found[-1], "UNT")
        return found[1:]
    closing = found[end]
    if _count(closing.get(1)) != end + 1:
        says = f"UNT counts {closing.get(1)!r} segments; there are {end + 1}."
        draft.defect("paxlst.unt_count", says, closing, "UNT")
    if closing.get(2) != draft.reference:
        says = f"UNT closes message {closing.get(2)!r}; UNH opened {draft.reference!r}."
        draft.defect("paxlst.unt_reference", says, closing, "UNT")
    for stray in found[end + 1 :]:
        if stray.tag not in ("UNE", "UNZ", "UNG", "UNB"):
            draft.defect("paxlst.after_end", f"{stray.tag} stands after the end of the message.", stray)
    return found[1:end]


def _place(draft: _Draft, segment: Segment) -> None:
    if len(draft.travellers) > 0:
        draft.travellers[-1].append(segment)
        return
    match segment.tag, segment.get(1):
        case "BGM", code:
            draft.kind = KINDS.get(code, "")
            draft.action = ACTIONS.get(segment.get(2), FUNCTIONS.get(segment.get(3), "new"))
            if draft.kind == "":
                draft.defect("paxlst.kind", f"There is no kind of list {code!r}.", segment, "BGM")
        case "NAD", "MS":
            name = segment.elements[4] if len(segment.elements) > 4 else ()
            draft.sender = " ".join(part for part in name if part != "") or segment.get(2) or segment.get(3)
        case "TDT", _:
            draft.number = draft.number or segment.get(2)
            draft.carrier = draft.carrier or segment.get(5) or segment.get(2)[:2]
        case "LOC", qualifier if qualifier in ("125", "87", "92", "130", "188"):
            draft.points.append((qualifier, segment.get(2), {}))
        case "DTM", qualifier if qualifier in ("189", "232"):
            when = local_time(segment.get(1, 1), segment.get(1, 2))
            if when is None:
                draft.defect("paxlst.time", f"{segment.get(1, 1)!r} is no time.", segment, "DTM")
            elif len(draft.points) > 0:
                draft.points[-1][2][qualifier] = when
        case (("RFF" | "DTM" | "LOC"), _):
            pass  # references of the message and places beside the legs
        case tag, qualifier:
            draft.defect("paxlst.segment", f"{tag}+{qualifier} is not expected before the travellers.", segment)


def _legs(draft: _Draft) -> tuple[Leg, ...]:
    """Each place of departure with the place of arrival that follows it; LOC+92 serves as both."""
    legs: list[Leg] = []
    start: tuple[str, dict[str, str]] | None = None
    for qualifier, code, times in draft.points:
        arrives = qualifier == "87" or (qualifier == "92" and start is not None and "189" not in times)
        if arrives and start is not None:
            legs.append(Leg(start[0], code, start[1].get("189", ""), times.get("232", "")))
            start = None
        elif qualifier in ("125", "92"):
            start = (code, times)
    if len(legs) == 0 and len(draft.points) > 0:
        draft.defect("paxlst.legs", "The legs cannot be told: a departure or an arrival is missing.", name="LOC")
    return tuple(legs)


def _manifest(draft: _Draft, now: datetime) -> Manifest:
    flight = Flight(draft.number, draft.carrier, _legs(draft))
    if len(draft.points) == 0:
        draft.defect("paxlst.missing", "The places of departure and arrival (LOC) are missing.", name="LOC")
    day = flight.legs[0].departs[:10] if len(flight.legs) > 0 else ""
    own = stem(draft.number or draft.reference, day)
    travellers = tuple(
        _traveller(draft, f"{own}-{number}", role, found, now)
        for number, (role, found) in enumerate(zip(draft.roles, draft.travellers, strict=True), 1)
    )
    if len(travellers) == 0 and draft.action != "cancel" and draft.kind != "close-out":
        draft.defect("paxlst.empty", "The list names no traveller.", name="NAD")
    short = _check_totals(draft, travellers)
    return Manifest(
        draft.file,
        draft.reference,
        draft.kind or "passenger",
        draft.sender,
        flight,
        travellers,
        tuple(dict.fromkeys(draft.defects)),
        action=draft.action,
        access=draft.access,
        interchange=draft.interchange,
        unread=short + sum("name" not in one.person["properties"] for one in travellers),
    )


def _check_totals(draft: _Draft, travellers: tuple[Traveller, ...]) -> int:
    """Says where a total differs; gives how many travellers are counted and not listed. Parts of a list may each
    count their own or the whole."""
    short = 0
    sums: dict[str, int] = {}
    for segment in draft.totals:
        # CNT+41+8 for CNT+41:8 is met in the wild and cannot be misread.
        sums[segment.get(1)] = sums.get(segment.get(1), 0) + _count(segment.get(1, 1) or segment.get(2))
    for segment in draft.totals:
        roles = TOTALS.get(segment.get(1))
        if roles is None:
            draft.defect("paxlst.cnt", f"There is no total {segment.get(1)!r}.", segment, "CNT")
            continue
        found = sum(traveller.role in roles for traveller in travellers)
        total = segment.get(1, 1) or segment.get(2)
        if found not in (_count(total), sums[segment.get(1)]):
            says = f"CNT+{segment.get(1)} counts {total!r} ({roles[0]}); the list has {found}."
            draft.defect("paxlst.cnt_total", says, segment, "CNT")
            short = max(short, _count(total) - found)
    return min(short, MOST_UNREAD)


def _traveller(draft: _Draft, entity_id: str, role: str, found: list[Segment], now: datetime) -> Traveller:
    reader = _TravellerReader(draft, found[0])
    for segment in found[1:]:
        reader.take(segment, now)
    reader.close(role)
    person = make_tree(entity_id, "Person", reader.values)
    return Traveller(
        person,
        role,
        nationality=reader.nationality,
        residence=reader.residence,
        birth_place=reader.birth_place,
        embarks=reader.embarks,
        debarks=reader.debarks,
        documents=tuple(TravelDocument(*(paper[key] for key in _PAPER_KEYS)) for paper in reader.papers),
        references=tuple(reader.references),
        place=found[0].number,
    )


_PAPER_KEYS = ("kind", "number", "country", "expires")


class _TravellerReader:
    """Takes the segments of one traveller in order."""

    def __init__(self, draft: _Draft, head: Segment) -> None:
        self.draft = draft
        self.head = head
        self.values: dict[str, list[str]] = {}
        self.papers: list[dict[str, str]] = []
        self.references: list[tuple[str, str]] = []
        self.nationality = self.residence = self.birth_place = self.embarks = self.debarks = ""
        self._name()

    def _name(self) -> None:
        # NAD+FL+++SURNAME:GIVEN:MIDDLE; C080 is element 4, after the qualifier, C082 and C058.
        parts = self.head.elements[4] if len(self.head.elements) > 4 else ()
        last, first, middle = (*parts, "", "", "")[:3]
        full = " ".join(part for part in (first, middle, last) if part != "")
        if clean("Person", "name", full) is None:
            self.draft.defect("paxlst.name", "The traveller has no name.", self.head, "NAD")
            return
        self.values["name"] = [full]
        for prop, value in (("lastName", last), ("firstName", first), ("middleName", middle)):
            self._add(prop, value)

    def _add(self, prop: str, value: str) -> bool:
        fitting = clean("Person", prop, value) if value != "" else None
        if fitting is not None:
            self.values.setdefault(prop, []).append(fitting)
        return fitting is not None

    def take(self, segment: Segment, now: datetime) -> None:
        match segment.tag, segment.get(1):
            case "ATT", "2":
                self._gender(segment)
            case "DTM", "329":
                self._born(segment, now)
            case "DTM", "36":
                self._expires(segment, now)
            case "LOC", qualifier:
                self._location(segment, qualifier)
            case "NAT", "2":
                self.nationality = segment.get(2)
                if self.nationality not in NO_COUNTRY and not self._add("nationality", self.nationality):
                    self._defect("paxlst.nationality", f"{self.nationality!r} is no country code.", segment)
            case "DOC", kind:
                self.papers.append({"kind": kind[:1], "number": segment.get(2), "country": "", "expires": ""})
            case "RFF", qualifier:
                self.references.append((qualifier, segment.get(1, 1)))
            case (("DTM" | "ATT" | "NAT"), qualifier):
                self._defect("paxlst.qualifier", f"{segment.tag}+{qualifier} is not known for a traveller.", segment)
            case tag, qualifier:
                self._defect("paxlst.segment", f"{tag}+{qualifier} is not expected for a traveller.", segment)

    def _defect(self, rule: str, says: str, segment: Segment) -> None:
        self.draft.defect(rule, says, segment, segment.tag)

    def _gender(self, segment: Segment) -> None:
        code = segment.get(3)
        if code in ("M", "F"):
            self._add("gender", "male" if code == "M" else "female")
        elif code not in ("U", "X"):
            self._defect("paxlst.gender", f"{code!r} is not M, F, U or X.", segment)

    def _born(self, segment: Segment, now: datetime) -> None:
        born = birth_date(segment.get(1, 1), now.date())
        if born is None:
            self._defect("paxlst.birth_date", f"{segment.get(1, 1)!r} is no date of birth.", segment)
        else:
            self._add("birthDate", born)

    def _expires(self, segment: Segment, now: datetime) -> None:
        expires = expiry_date(segment.get(1, 1), now.date())
        if expires is None:
            self._defect("paxlst.expiry", f"{segment.get(1, 1)!r} is no date.", segment)
        elif len(self.papers) > 0:
            self.papers[-1]["expires"] = expires

    def _location(self, segment: Segment, qualifier: str) -> None:
        code = segment.get(2)
        match qualifier:
            case "178":
                self.embarks = code
            case "179":
                self.debarks = code
            case "174":
                self.residence = code
                self._add("country", code)
            case "180":
                self._birth_place(segment)
            case "91" if len(self.papers) > 0:
                self.papers[-1]["country"] = code
                if code != "" and code not in NO_COUNTRY and clean("Person", "country", code) is None:
                    self._defect("paxlst.country", f"{code!r} is no country code.", segment)
            case "22" | "130" | "91":
                pass  # place of clearance, destination, an issuer without a document
            case _:
                self._defect("paxlst.qualifier", f"LOC+{qualifier} is not known for a traveller.", segment)

    def _birth_place(self, segment: Segment) -> None:
        parts = [part for element in segment.elements[2:] for part in element if part != ""]
        self.birth_place = ", ".join(parts)
        self._add("birthPlace", self.birth_place)

    def close(self, role: str) -> None:
        """Puts the documents in place and names what a filing must have and this one lacks."""
        for paper in (paper for paper in self.papers if paper["kind"] != "V"):
            self._add(_PROP_OF_KIND.get(paper["kind"], "idNumber"), paper["number"])
        given = (
            ("birthDate" in self.values, "date of birth (DTM+329)"),
            (self.nationality != "", "nationality (NAT)"),
            (any(paper["number"] != "" for paper in self.papers), "travel document (DOC)"),
        )
        for is_given, what in given:
            if not is_given:
                self.draft.defect("paxlst.traveller", f"The {role} has no {what}.", self.head, "NAD")


FORMAT = Format(
    name="paxlst",
    title="PAXLST passenger and crew list",
    docs="UN/EDIFACT PAXLST as carriers send it. A message that breaks a rule is refused as a filing, marked "
    "incomplete and still screened.",
    example={
        "flight.edi": b"UNA:+.? 'UNB+UNOA:4+ARVAIR+QMBORDER+260801:0600+77++APIS'UNH+M1+PAXLST:D:02B:UN:IATA'"
        b"BGM+745'NAD+MS+++DUTY DESK'COM+5550100:TE'TDT+20+AV210+++AV'LOC+125+ZRH'DTM+189:2608010900:201'"
        b"LOC+87+ARN'DTM+232:2608011130:201'NAD+FL+++LUKIC:DRAZEN:JAN'ATT+2++M'DTM+329:710312'LOC+178+ZRH'"
        b"LOC+179+ARN'LOC+174+CHE'NAT+2+CHE'DOC+P+A1234567'DTM+36:310101'LOC+91+CHE'CNT+42:1'UNT+21+M1'UNZ+1+77'"
    },
    recognises=recognises,
    read=read,
    write=write,
)
