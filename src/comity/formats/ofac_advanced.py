"""The OFAC lists in their advanced XML: reference values, places, documents, parties, relations, entries.

Strict: every number must lead to a reference value, a place, a party that the file has; a section or an element of a
party that is not known, and a party given twice, are defects. Names keep their script; an alias marked low quality is
a weak alias. Dates are periods: a day, a month, a span or about. A feature that has no property is kept as a note
under its own name. Ids are those of the legacy set, so that an entry is the same in both forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element

from comity.formats.base import Format, Reading, Rows, Tree, clean, make_tree, refuse_empty
from comity.formats.listing import Entry, Findings, is_number
from comity.formats.ofac_remarks import even
from comity.formats.xml_records import local, records
from comity.model.collector import without_collector
from comity.model.span import span_of

AUTHORITY = "Office of Foreign Assets Control"
SECTIONS = (
    "DateOfIssue",
    "ReferenceValueSets",
    "Location",
    "IDRegDocument",
    "DistinctParty",
    "ProfileRelationship",
    "SanctionsEntry",
)
SCHEMAS = {"individual": "Person", "entity": "Organization", "vessel": "Vessel", "aircraft": "Airplane"}
ALIASES = {"F.K.A.": "previousName"}
NAME_PARTS = {"Last Name": "lastName", "First Name": "firstName", "Middle Name": "middleName"}
FEATURES = {
    "Birthdate": "birthDate",
    "Place of Birth": "birthPlace",
    "Nationality Country": "nationality",
    "Citizenship Country": "citizenship",
    "Gender": "gender",
    "Title": "position",
    "Website": "website",
    "Email Address": "email",
    "Phone Number": "phone",
    "SWIFT/BIC": "swiftBic",
    "VESSEL TYPE": "type",
    "Vessel Flag": "flag",
    "Vessel Call Sign": "callSign",
    "Vessel Gross Tonnage": "tonnage",
    "Vessel Gross Registered Tonnage": "grossRegisteredTonnage",
    "Organization Established Date": "incorporationDate",
    "Location": "address",
}
WALLET = "Digital Currency Address - "
DOCUMENTS = {
    "Tax ID No.": "taxNumber",
    "Registration Number": "registrationNumber",
    "Registration ID": "registrationNumber",
}


@dataclass(slots=True)
class _Known:
    """What the file has said so far: reference values by set and number, places, documents, parties."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    papers: dict[str, list[Element]] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    links: list[Tree] = field(default_factory=list)
    published: str = ""


@without_collector()
def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The list's entries with papers, wallets, links and acts; raises :class:`comity.errors.InputRefused`. ``now`` is
    not used."""
    refuse_empty(files, "OFAC list")
    findings = Findings()
    known = _Known()
    for name, data in files.items():
        parties = len(known.entries)
        for record in records(name, data, SECTIONS, findings):
            if record.number == 0:
                if record.tag != "Sanctions":
                    findings.defect("ofac_xml.root", f"The root is {record.tag!r}.", "Expected Sanctions.", name)
                continue
            place = f"{record.tag} {record.element.get('ID') or record.element.get('FixedRef') or record.number}"
            _Section(known, findings, name, place).take(record.tag, record.element)
        findings.rows.append(Rows(name, len(known.entries) - parties))
        if len(known.entries) == parties and len(findings.defects) == 0:
            findings.defect("ofac_xml.empty", "The list has no parties.", "Fetch the file again.", name)
    trees = [tree for entry in known.entries.values() for tree in entry.trees()]
    trees += {tree["id"]: tree for tree in known.links}.values()
    return findings.reading("OFAC list", tuple(trees), known.published)


def recognises(name: str, data: bytes) -> bool:
    """Whether the root is that of the advanced form."""
    return b"<Sanctions" in data[:1024] and b"<CONSOLIDATED_LIST" not in data[:1024]


class _Section:
    """One record of the file."""

    def __init__(self, known: _Known, findings: Findings, file: str, place: str) -> None:
        self.known = known
        self.findings = findings
        self.file = file
        self.place = place

    def _defect(self, name: str, rule: str, says: str) -> None:
        self.findings.defect(rule, says, "Fetch the file again.", self.file, self.place, name)

    def take(self, tag: str, element: Element) -> None:
        _TAKERS[tag](self, element)

    def _value(self, kind: str, number: str | None) -> str:
        """The text of a reference value; one that is not there is a defect."""
        found = self.known.values.get((kind, number or ""))
        if found is None:
            self._defect(kind, "ofac_xml.reference", f"There is no {kind} {number!r}.")
        return found or ""

    def _issued(self, element: Element) -> None:
        self.known.published = _date(element)

    def _reference(self, element: Element) -> None:
        for one in element.iter():
            if one.get("ID") is None:
                continue
            self.known.values[one.tag, one.get("ID", "")] = even(one.text or "")
            if one.tag == "Country":
                self.known.countries[one.get("ID", "")] = one.get("ISO2", "") or even(one.text or "")
            elif one.tag == "PartySubType":
                self.known.types[one.get("ID", "")] = one.get("PartyTypeID", "")

    def _country(self, number: str | None) -> str:
        if number is not None and number not in self.known.countries:
            self._defect("Country", "ofac_xml.reference", f"There is no Country {number!r}.")
        return self.known.countries.get(number or "", "")

    def _location(self, element: Element) -> None:
        parts = []
        for part in element.iter("LocationPart"):
            self._value("LocPartType", part.get("LocPartTypeID"))
            parts += [even(value.text or "") for value in part.iter("Value")]
        country = next((self._country(one.get("CountryID")) for one in element.iter("LocationCountry")), "")
        self.known.places[element.get("ID", "")] = (", ".join(part for part in parts if part != ""), country)

    def _document(self, element: Element) -> None:
        self.known.papers.setdefault(element.get("IdentityID", ""), []).append(element)

    def _schema(self, profile: Element) -> str:
        number = profile.get("PartySubTypeID", "")
        words = (self._value("PartySubType", number), self._value("PartyType", self.known.types.get(number)))
        found = next((SCHEMAS[word.lower()] for word in words if word.lower() in SCHEMAS), None)
        if found is None:
            self._defect("PartySubTypeID", "ofac_xml.type", f"There is no kind of party {' / '.join(words)!r}.")
        return found or "LegalEntity"

    def _party(self, element: Element) -> None:
        for profile in element:
            if profile.tag == "Comment":
                continue
            if profile.tag != "Profile":
                self._defect(profile.tag, "ofac_xml.element", f"A party has no element {local(profile.tag)!r}.")
                continue
            key = profile.get("ID", "")
            if key in self.known.entries or not is_number(key):
                says = f"Profile {key[:40]!r} has no number or stands in the file already."
                self._defect("ID", "ofac_xml.repeated", says)
                continue
            entry = Entry(f"ofac-{key}", self._schema(profile), self.findings)
            entry.add("topics", "sanction")
            for part in profile:
                self._part(entry, part)
            if len(entry.values.get("name", ())) == 0:
                self._defect("Alias", "ofac_xml.name", "The party has no primary name.")
            self.known.entries[key] = entry

    def _part(self, entry: Entry, part: Element) -> None:
        match part.tag:
            case "Identity":
                self._identity(entry, part)
            case "Feature":
                self._feature(entry, part)
            case "Comment":
                entry.note(part.text or "")
            case "SanctionsEntryReference" | "ExternalReference":
                pass
            case other:
                self._defect(part.tag, "ofac_xml.element", f"A profile has no element {other!r}.")

    def _identity(self, entry: Entry, identity: Element) -> None:
        kinds = {
            group.get("ID", ""): self._value("NamePartType", group.get("NamePartTypeID"))
            for group in identity.iter("NamePartGroup")
        }
        for alias in identity.iter("Alias"):
            kind = self._value("AliasType", alias.get("AliasTypeID"))
            for name in alias.iter("DocumentedName"):
                self._name(entry, alias, kind, name, kinds)
        for paper in self.known.papers.get(identity.get("ID", ""), []):
            self._paper(entry, paper)

    def _name(self, entry: Entry, alias: Element, kind: str, name: Element, kinds: Mapping[str, str]) -> None:
        parts: list[tuple[str, str]] = []
        for value in name.iter("NamePartValue"):
            group = value.get("NamePartGroupID", "")
            if group not in kinds:
                self._defect("NamePartGroupID", "ofac_xml.reference", f"There is no name part group {group!r}.")
            parts.append((kinds.get(group, ""), even(value.text or "")))
        last = [text for part, text in parts if part in ("Last Name", "Patronymic", "Matronymic", "Maiden Name")]
        text = " ".join([*(text for part, text in parts if text not in last), *last])
        is_first = alias.get("Primary") == "true" and len(entry.values.get("name", ())) == 0
        if is_first and entry.schema == "Person":
            for part, said in parts:
                if part in NAME_PARTS:
                    entry.take(NAME_PARTS[part], said, part)
        if is_first or alias.get("Primary") == "true":
            entry.take("name", text, "name")
        else:
            weak = alias.get("LowQuality") == "true"
            entry.take("weakAlias" if weak else ALIASES.get(kind, "alias"), text, kind)

    def _feature(self, entry: Entry, feature: Element) -> None:
        kind = self._value("FeatureType", feature.get("FeatureTypeID"))
        for version in feature.iter("FeatureVersion"):
            for text, country in self._said(version):
                if kind.startswith(WALLET):
                    entry.wallet(kind.removeprefix(WALLET), text)
                elif FEATURES.get(kind) is None:
                    entry.note(text or country, kind)
                elif FEATURES[kind] == "address":
                    entry.take("address", text, "address") if text != "" else None
                    entry.take("country", country, "country")
                elif FEATURES[kind] in ("nationality", "citizenship", "flag"):
                    entry.take(FEATURES[kind], country or text, kind)
                else:
                    entry.take(FEATURES[kind], text, kind)

    def _said(self, version: Element) -> Iterator[tuple[str, str]]:
        """What one version of a feature says: (text, country)."""
        for one in version:
            match one.tag:
                case "DatePeriod":
                    text = _period(one)
                    if text is None:
                        self._defect("DatePeriod", "ofac_xml.date", "A period has no date that can be read.")
                    yield text or "", ""
                case "VersionDetail":
                    number = one.get("DetailReferenceID")
                    yield even(one.text or "") if number is None else self._value("DetailReference", number), ""
                case "VersionLocation":
                    found = self.known.places.get(one.get("LocationID", ""))
                    if found is None:
                        self._defect(
                            "LocationID", "ofac_xml.reference", f"There is no Location {one.get('LocationID')!r}."
                        )
                    yield found or ("", "")
                case "Comment":
                    if even(one.text or "") != "":
                        yield even(one.text or ""), ""
                case other:
                    self._defect(one.tag, "ofac_xml.element", f"A feature has no element {other!r}.")

    def _paper(self, entry: Entry, paper: Element) -> None:
        kind = self._value("IDRegDocType", paper.get("IDRegDocTypeID"))
        number = next((even(one.text or "") for one in paper.iter("IDRegistrationNo")), "")
        country = self._country(paper.get("IssuedBy-CountryID"))
        more = {"country": clean("Passport", "country", country) or country}
        for dated in paper.iter("DocumentDate"):
            said = self._value("IDRegDocDateType", dated.get("IDRegDocDateTypeID")).lower()
            period = next((_period(one) for one in dated.iter("DatePeriod")), None)
            more["endDate" if "expir" in said else "startDate"] = period or ""
        if number == "":
            self._defect("IDRegistrationNo", "ofac_xml.document", f"A document ({kind}) has no number.")
        elif not (kind in DOCUMENTS and country == "" and entry.add(DOCUMENTS[kind], number)):
            entry.paper(kind, number, is_passport="passport" in kind.lower(), more=more)

    def _relation(self, element: Element) -> None:
        ends = (element.get("From-ProfileID", ""), element.get("To-ProfileID", ""))
        if any(end not in self.known.entries for end in ends):
            self._defect("ProfileID", "ofac_xml.reference", f"A relation joins {ends}, one of which is not there.")
            return
        role = self._value("RelationType", element.get("RelationTypeID"))
        values = {"subject": [f"ofac-{ends[0]}"], "object": [f"ofac-{ends[1]}"], "role": [role or "Linked To"]}
        self.known.links.append(make_tree(f"ofac-{ends[0]}-link-{ends[1]}", "UnknownLink", values))

    def _entry(self, element: Element) -> None:
        entry = self.known.entries.get(element.get("ProfileID", ""))
        if entry is None:
            self._defect("ProfileID", "ofac_xml.reference", f"There is no profile {element.get('ProfileID')!r}.")
            return
        dates = [_date(one) for one in element.iter("Date")]
        programs = []
        for measure in element.iter("SanctionsMeasure"):
            comment = next((even(one.text or "") for one in measure.iter("Comment")), "")
            kind = self._value("SanctionsType", measure.get("SanctionsTypeID"))
            if kind == "Program" and comment != "":
                programs.append(comment)
                entry.take("program", comment, "program")
            elif comment != "":
                entry.note(comment, kind)
        said = {"program": "; ".join(programs), "listingDate": min((day for day in dates if day != ""), default="")}
        listed = self._value("List", element.get("ListID"))
        entry.act({"authority": AUTHORITY, "provisions": listed, "recordId": element.get("ID", ""), **said})


_TAKERS: dict[str, Callable[[_Section, Element], None]] = {
    "DateOfIssue": _Section._issued,
    "ReferenceValueSets": _Section._reference,
    "Location": _Section._location,
    "IDRegDocument": _Section._document,
    "DistinctParty": _Section._party,
    "ProfileRelationship": _Section._relation,
    "SanctionsEntry": _Section._entry,
}


def _date(element: Element) -> str:
    parts = {one.tag: even(one.text or "") for one in element}
    known = [parts.get("Year", ""), parts.get("Month", ""), parts.get("Day", "")]
    return "-".join(part.zfill(2) for part in known if part != "")


def _period(element: Element) -> str | None:
    """A period in the form of :mod:`comity.model.span`: a whole year and a whole month are that year and month."""
    points = [_date(one) for name in ("From", "To") for one in element.iter(name)]
    days = [day for day in points if day != ""]
    if len(days) == 0:
        return None
    first, last = min(days), max(days)
    about = "~" if any(one.get("Approximate") == "true" for one in element) else ""
    if first[4:] == "-01-01" and last == f"{first[:4]}-12-31":
        text = first[:4]
    elif first[:7] == last[:7] and first[7:] == "-01" and int(last[8:] or 0) >= 28:
        text = first[:7]
    elif first == last:
        text = first
    elif first[4:] == "-01-01" and last[4:] == "-12-31":
        text = f"{first[:4]}/{last[:4]}"
    else:
        text = f"{first}/{last}"
    span = span_of("/".join(f"{part}{about}" for part in text.split("/")))
    return span.text if span is not None else None


_DAY = "<Year>%s</Year><Month>%s</Month><Day>%s</Day>"
_FROM, _TO = _DAY % (1971, 1, 1), _DAY % (1971, 12, 31)
EXAMPLE = (
    '<?xml version="1.0" encoding="utf-8"?><Sanctions xmlns="http://www.un.org/sanctions/1.0"><DateOfIssue '
    f'CalendarTypeID="1">{_DAY % (2026, 11, 20)}</DateOfIssue><ReferenceValueSets>'
    '<AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1403">Name</AliasType></AliasTypeValues>'
    '<CountryValues><Country ID="11" ISO2="CU">Cuba</Country></CountryValues>'
    '<FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType><FeatureType ID="25">Location</FeatureType>'
    '<FeatureType ID="344">Digital Currency Address - XBT</FeatureType></FeatureTypeValues>'
    '<IDRegDocTypeValues><IDRegDocType ID="1571">Passport</IDRegDocType></IDRegDocTypeValues>'
    '<ListValues><List ID="1550">SDN List</List></ListValues>'
    '<LocPartTypeValues><LocPartType ID="1454">CITY</LocPartType></LocPartTypeValues>'
    '<NamePartTypeValues><NamePartType ID="1520">Last Name</NamePartType><NamePartType ID="1521">First Name'
    "</NamePartType></NamePartTypeValues>"
    '<PartySubTypeValues><PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>'
    '<PartyTypeValues><PartyType ID="1">Individual</PartyType></PartyTypeValues>'
    '<SanctionsTypeValues><SanctionsType ID="1">Program</SanctionsType></SanctionsTypeValues></ReferenceValueSets>'
    '<Locations><Location ID="70"><LocationCountry CountryID="11"/><LocationPart LocPartTypeID="1454">'
    "<LocationPartValue><Value>Havana</Value></LocationPartValue></LocationPart></Location></Locations>"
    '<IDRegDocuments><IDRegDocument ID="60" IDRegDocTypeID="1571" IdentityID="50" IssuedBy-CountryID="11">'
    "<IDRegistrationNo>A1234567</IDRegistrationNo></IDRegDocument></IDRegDocuments>"
    '<DistinctParties><DistinctParty FixedRef="9001"><Profile ID="9001" PartySubTypeID="4"><Identity ID="50">'
    '<Alias AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName ID="1"><DocumentedNamePart>'
    '<NamePartValue NamePartGroupID="1">LUKIC</NamePartValue></DocumentedNamePart><DocumentedNamePart>'
    '<NamePartValue NamePartGroupID="2">Drazen</NamePartValue></DocumentedNamePart></DocumentedName></Alias>'
    '<Alias AliasTypeID="1400" Primary="false" LowQuality="true"><DocumentedName ID="2"><DocumentedNamePart>'
    '<NamePartValue NamePartGroupID="1">THE CLERK</NamePartValue></DocumentedNamePart></DocumentedName></Alias>'
    '<NamePartGroups><MasterNamePartGroup><NamePartGroup ID="1" NamePartTypeID="1520"/></MasterNamePartGroup>'
    '<MasterNamePartGroup><NamePartGroup ID="2" NamePartTypeID="1521"/></MasterNamePartGroup></NamePartGroups>'
    '</Identity><Feature ID="1" FeatureTypeID="8"><FeatureVersion ID="1"><DatePeriod CalendarTypeID="1">'
    f'<Start Approximate="false"><From>{_FROM}</From><To>{_FROM}</To></Start>'
    f'<End Approximate="false"><From>{_TO}</From><To>{_TO}</To></End></DatePeriod></FeatureVersion></Feature>'
    '<Feature ID="2" FeatureTypeID="25"><FeatureVersion ID="2"><VersionLocation LocationID="70"/></FeatureVersion>'
    '</Feature><Feature ID="3" FeatureTypeID="344"><FeatureVersion ID="3"><VersionDetail DetailTypeID="1432">'
    "1Invented</VersionDetail></FeatureVersion></Feature></Profile></DistinctParty></DistinctParties>"
    '<SanctionsEntries><SanctionsEntry ID="9001" ProfileID="9001" ListID="1550"><EntryEvent ID="1"><Date>'
    f'{_DAY % (2026, 3, 4)}</Date></EntryEvent><SanctionsMeasure ID="1" SanctionsTypeID="1"><Comment>EXR</Comment>'
    "</SanctionsMeasure></SanctionsEntry></SanctionsEntries></Sanctions>"
).encode()

FORMAT = Format(
    name="ofac_advanced",
    title="OFAC lists, advanced XML",
    docs="sdn_advanced.xml or cons_advanced.xml.",
    example={"sdn_advanced.xml": EXAMPLE},
    recognises=recognises,
    read=read,
)
