"""The European Union's consolidated financial sanctions list, XML by the publisher's schema 1.1.

Strict: an element or attribute that the schema does not name, a missing one that it requires, a code that it does not
allow, and a logicalId given twice are defects. Birth dates in another calendar than the Gregorian are kept as notes,
never converted. A name that the list marks as strong is a name or an alias, any other a weak alias. A document that
the list knows as false, lost, expired or revoked says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from comity.formats.base import Format, Reading, Rows, Tree, clean, refuse_empty
from comity.formats.list_dates import one_date, read_dates
from comity.formats.listing import Entry, Findings, is_number
from comity.formats.ofac_remarks import even
from comity.formats.xml_records import Record, local, records
from comity.model.collector import without_collector

AUTHORITY = "Council of the European Union"
BY_CLASS = {"P": "Person", "E": "Organization"}
COUNTRY = "countryIso2Code countryDescription region"
OPERABLE = "logicalId"
DETAIL = f"{OPERABLE} regulationLanguage"
ATTRIBUTES = {
    "sanctionEntity": f"{OPERABLE} delistingDate designationDate designationDetails unitedNationId euReferenceNumber",
    "regulation": f"{OPERABLE} regulationType organisationType publicationDate entryIntoForceDate numberTitle "
    "programme",
    "regulationSummary": "regulationType publicationDate numberTitle publicationUrl",
    "corrigendum": "regulationType publicationDate numberTitle publicationUrl",
    "subjectType": "code classificationCode",
    "nameAlias": f"{DETAIL} firstName middleName lastName wholeName function gender title nameLanguage strong",
    "citizenship": f"{DETAIL} acquisitionDate disenfranchisementDate {COUNTRY}",
    "birthdate": f"{DETAIL} circa calendarType city zipCode birthdate dayOfMonth monthOfYear year yearRangeFrom "
    f"yearRangeTo place {COUNTRY}",
    "address": f"{DETAIL} city street poBox zipCode place asAtListingTime {COUNTRY}",
    "identification": f"{DETAIL} diplomatic knownExpired knownFalse reportedLost revokedByIssuer issueDate issuedBy "
    f"latinNumber nameOnDocument number validFrom validTo identificationTypeCode identificationTypeDescription "
    f"{COUNTRY}",
    "contactInfo": "key value",
    "additionalInformation": "key value",
    "remark": "",
    "publicationUrl": "",
}
KNOWN = {name: frozenset(names.split()) for name, names in ATTRIBUTES.items()}
CHILDREN = {
    "sanctionEntity": "remark additionalInformation regulation subjectType nameAlias citizenship birthdate address "
    "identification",
    "regulation": "remark additionalInformation publicationUrl corrigendum",
    "nameAlias": "remark additionalInformation regulationSummary",
    "citizenship": "remark additionalInformation regulationSummary",
    "birthdate": "remark additionalInformation regulationSummary",
    "address": "remark additionalInformation regulationSummary contactInfo",
    "identification": "remark additionalInformation regulationSummary",
}
ALLOWED = {name: frozenset(names.split()) for name, names in CHILDREN.items()}
REQUIRED = {
    "sanctionEntity": ("logicalId",),
    "regulation": ("publicationDate", "entryIntoForceDate", "numberTitle", "programme"),
    "subjectType": ("code", "classificationCode"),
    "birthdate": ("calendarType",),
    "identification": ("identificationTypeCode",),
}
CALENDARS = frozenset({"GREGORIAN", "ISLAMIC", "BUDDHIST", "COPTIC", "ETHIOPIC"})
FLAGS = {
    "diplomatic": "diplomatic",
    "knownExpired": "known to have expired",
    "knownFalse": "known to be false",
    "reportedLost": "reported lost",
    "revokedByIssuer": "revoked by its issuer",
}
DOCUMENTS = {"taxid": "taxNumber", "regnumber": "registrationNumber", "imo": "imoNumber", "swiftbic": "swiftBic"}
"""Codes of identification that are a property of their own; every other is a document."""
CONTACTS = {"EMAIL": "email", "PHONE": "phone", "MOBILE": "phone", "FAX": "phone", "WEB": "website"}


@without_collector()
def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The list's entries as ``eu-LOGICALID``, with papers and acts; raises
    :class:`comity.errors.InputRefused`. ``now`` is not used."""
    refuse_empty(files, "EU list")
    findings = Findings()
    trees: list[Tree] = []
    seen: dict[str, str] = {}
    published = ""
    for name, data in files.items():
        entries = 0
        for record in records(name, data, ("sanctionEntity",), findings):
            if record.number == 0:
                published = _published(record, name, findings)
                continue
            entries += 1
            trees.extend(_Reader(record, name, findings, seen).trees())
        findings.rows.append(Rows(name, entries))
        if entries == 0 and len(findings.defects) == 0:
            findings.defect("eu.empty", "The list has no entries.", "Fetch the file again.", name)
    return findings.reading("EU list", tuple(trees), published)


def recognises(name: str, data: bytes) -> bool:
    """Whether the root is that of the EU's export."""
    return b"http://eu.europa.ec/fpi/fsd/export" in data[:2048]


def _published(record: Record, name: str, findings: Findings) -> str:
    stamp = record.element.get("generationDate", "")
    day = one_date(stamp[:10], ("iso",))
    if record.tag != "export" or day is None:
        says = f"The root is {record.tag!r} of {stamp!r}."
        findings.defect("eu.root", says, "Expected export with its generationDate.", name)
    return day or ""


class _Reader:
    """One sanctionEntity on its way to an entry."""

    def __init__(self, record: Record, file: str, findings: Findings, seen: dict[str, str]) -> None:
        self.element = record.element
        self.file = file
        self.findings = findings
        key = record.element.get("logicalId", "")
        self.place = f"sanctionEntity {record.number} ({key or 'no logicalId'})"
        self.key = key
        if key != "" and not is_number(key):
            self._defect("logicalId", "eu.number", f"{key[:40]!r} is no number.")
        if key in seen:
            self._defect("logicalId", "eu.repeated", f"It stands in {seen[key]} already.")
        seen.setdefault(key, self.place)

    def _defect(self, name: str, rule: str, says: str, remedy: str = "Fetch the file again.") -> None:
        self.findings.defect(rule, says, remedy, self.file, self.place, name)

    def trees(self) -> Iterator[Tree]:
        self._check(self.element)
        parts: dict[str, list[Element]] = {}
        for part in self.element:
            parts.setdefault(part.tag, []).append(part)
        entry = Entry(f"eu-{self.key}", self._schema(parts.get("subjectType", [])), self.findings)
        entry.add("topics", "sanction")
        self._names(entry, parts.get("nameAlias", []))
        for part in parts.get("citizenship", []):
            self._citizen(entry, part.attrib)
        for part in parts.get("birthdate", []):
            self._born(entry, part.attrib)
        for part in parts.get("address", []):
            self._address(entry, part)
        for part in parts.get("identification", []):
            self._document(entry, part.attrib)
        for part in self.element.iter("remark"):
            entry.note(part.text or "")
        for part in self.element.iter("additionalInformation"):
            entry.note(part.get("value", ""), part.get("key", ""))
        self._act(entry, parts.get("regulation", []))
        yield from entry.trees()

    def _check(self, element: Element) -> None:
        """Names and attributes by the schema, all the way down."""
        name = element.tag
        known = KNOWN[name]
        for attribute in element.attrib:
            if attribute not in known and local(attribute) not in known:
                self._defect(attribute, "eu.attribute", f"{name} has no attribute {attribute!r} in schema 1.1.")
        for attribute in REQUIRED.get(name, ()):
            if element.get(attribute, "") == "":
                self._defect(attribute, "eu.missing", f"{name} lacks {attribute}.")
        allowed = ALLOWED.get(name, frozenset())
        for child in element:
            if child.tag not in allowed:
                says = f"{name} has no element {local(child.tag)!r} in schema 1.1."
                self._defect(name, "eu.element", says, "Ask for a reader of the new schema; nothing was loaded.")
            else:
                self._check(child)

    def _schema(self, kinds: list[Element]) -> str:
        if len(kinds) != 1 or kinds[0].get("classificationCode") not in BY_CLASS:
            says = "It has not exactly one subjectType with a classification of P or E."
            self._defect("subjectType", "eu.subject", says)
            return "LegalEntity"
        return BY_CLASS[kinds[0].get("classificationCode", "")]

    def _names(self, entry: Entry, names: list[Element]) -> None:
        has_name = False
        for one in names:
            held = one.attrib
            words = [held.get(name, "") for name in ("firstName", "middleName", "lastName")]
            text = even(held.get("wholeName", "")) or even(" ".join(words))
            is_strong = self._flag(held, "strong")
            prop = "weakAlias" if is_strong is False else "alias" if has_name else "name"
            has_name = has_name or prop == "name"
            if text != "":
                entry.take(prop, text, "name")
            for source, into in (("function", "position"), ("title", "title")):
                if held.get(source, "") != "":
                    entry.take(into, held[source], source)
            if held.get("gender", "?") != "?":
                entry.take("gender", held["gender"], "gender")
        if not has_name:
            weak = entry.values.pop("weakAlias", [])
            entry.values["name"] = weak[:1]
            entry.values["weakAlias"] = weak[1:]
            if len(weak) == 0:
                self._defect("nameAlias", "eu.name", "The entry has no name.")

    def _flag(self, held: Mapping[str, str], name: str) -> bool | None:
        text = held.get(name, "")
        if text == "":
            return None
        if text not in ("true", "false", "1", "0"):
            self._defect(name, "eu.flag", f"{text!r} is neither true nor false.")
        return text in ("true", "1")

    def _date(self, held: Mapping[str, str], name: str) -> str:
        text = held.get(name, "")
        if text == "":
            return ""
        day = one_date(text, ("iso",))
        if day is None:
            self._defect(name, "eu.date", f"{text!r} is no date.")
        return day or ""

    def _citizen(self, entry: Entry, held: Mapping[str, str]) -> None:
        country = _country(held)
        if country != "":
            entry.take("nationality", country, "citizenship")
        for name, says in (("acquisitionDate", "acquired"), ("disenfranchisementDate", "lost")):
            day = self._date(held, name)
            if day != "":
                entry.note(f"{country} {says} {day}", "Citizenship")

    def _born(self, entry: Entry, held: Mapping[str, str]) -> None:
        about = "about " if self._flag(held, "circa") else ""
        written = held.get("birthdate", "")
        year, month, day = (held.get(name, "") for name in ("year", "monthOfYear", "dayOfMonth"))
        if written == "" and held.get("yearRangeFrom", "") != "":
            written = f"between {held['yearRangeFrom']} and {held.get('yearRangeTo', '')}"
        elif written == "" and year != "":
            written = "-".join([year, *(part.zfill(2) for part in (month, day if month != "" else "") if part != "")])
        if held.get("calendarType") not in CALENDARS:
            self._defect("calendarType", "eu.calendar", f"There is no calendar {held.get('calendarType')!r}.")
        elif held.get("calendarType") != "GREGORIAN":
            entry.note(f"{written} ({held['calendarType'].title()} calendar)", "Born")
        elif written != "":
            dates = read_dates(f"{about}{written}", ("iso", "rough"))
            if dates is None:
                self._defect("birthdate", "eu.date", f"{about}{written!r} is no date of birth.")
            for one in dates or ():
                entry.take("birthDate", one, "birth date")
        country = _country(held)
        entry.take("birthPlace", _joined(held, "place", "city", "zipCode", "region", country=country), "birth place")
        entry.take("birthCountry", country, "birth country")

    def _address(self, entry: Entry, part: Element) -> None:
        country = _country(part.attrib)
        names = ("street", "poBox", "place", "city", "zipCode", "region")
        text = _joined(part.attrib, *names, country=country)
        if text != country:
            entry.take("address", text, "address")
        entry.take("country", country, "country")
        if self._flag(part.attrib, "asAtListingTime"):
            entry.note(text, "Address at the time of listing")
        for one in part:
            if one.tag == "contactInfo":
                prop = CONTACTS.get(one.get("key", "").upper(), "")
                if prop == "" or not entry.add(prop, one.get("value", "")):
                    entry.note(one.get("value", ""), one.get("key", "").capitalize())

    def _document(self, entry: Entry, held: Mapping[str, str]) -> None:
        code = held.get("identificationTypeCode", "")
        number = even(held.get("number", "")) or even(held.get("latinNumber", ""))
        kind = even(held.get("identificationTypeDescription", "")) or code
        said = [words for name, words in FLAGS.items() if self._flag(held, name)]
        if held.get("nameOnDocument", "") != "":
            said.append(f"in the name of {even(held['nameOnDocument'])}")
        country = _country(held)
        start = self._date(held, "validFrom") or self._date(held, "issueDate")
        more = {
            "country": clean("Passport", "country", country) or country,
            "startDate": start,
            "endDate": self._date(held, "validTo"),
            "authority": held.get("issuedBy", ""),
            "summary": "; ".join(said),
        }
        if number == "":
            self.findings.kept["document"] += 1
            entry.note(", ".join(text for text in (country, *said) if text != ""), kind)
        elif code in DOCUMENTS and entry.add(DOCUMENTS[code], number):
            entry.note("; ".join(said), number)
        else:
            entry.paper(kind, number, is_passport="passport" in f"{code} {kind}".lower(), more=more)

    def _act(self, entry: Entry, regulations: list[Element]) -> None:
        if len(regulations) != 1:
            self._defect("regulation", "eu.regulation", "It has not exactly one regulation.")
        for one in regulations:
            held = one.attrib
            url = next((child.text or "" for child in one if child.tag == "publicationUrl"), "")
            entry.take("program", held.get("programme", ""), "programme")
            entry.act(
                {
                    "authority": AUTHORITY,
                    "program": held.get("programme", ""),
                    "provisions": held.get("numberTitle", ""),
                    "date": self._date(held, "publicationDate"),
                    "startDate": self._date(held, "entryIntoForceDate"),
                    "listingDate": self._date(self.element.attrib, "designationDate"),
                    "endDate": self._date(self.element.attrib, "delistingDate"),
                    "reason": self.element.get("designationDetails", ""),
                    "unscId": self.element.get("unitedNationId", ""),
                    "recordId": self.element.get("euReferenceNumber", ""),
                    "sourceUrl": url,
                }
            )


def _country(held: Mapping[str, str]) -> str:
    """The country's code, or its description where the code says *unknown* (00)."""
    code = held.get("countryIso2Code", "")
    if code not in ("", "00") and clean("Person", "country", code) is not None:
        return code
    text = even(held.get("countryDescription", ""))
    return "" if text.upper() in ("UNKNOWN", "") else text


def _joined(held: Mapping[str, str], *names: str, country: str) -> str:
    said = held.get("countryDescription", "").title() if country != "" else ""
    parts = [even(held[name]).strip(", ") for name in names if held.get(name, "") != ""]
    return ", ".join(dict.fromkeys(part for part in (*parts, said) if part != ""))


_DETAIL = (
    'regulationLanguage="en" logicalId="%d"><regulationSummary regulationType="regulation" '
    'publicationDate="2026-03-04" numberTitle="2026/1 (OJ L1)"/>'
)
EXAMPLE = (
    '<?xml version="1.0" encoding="UTF-8"?><export xmlns="http://eu.europa.ec/fpi/fsd/export" '
    'generationDate="2026-11-20T10:00:00.000+01:00" globalFileId="1"><sanctionEntity designationDate="2026-03-04" '
    'designationDetails="" unitedNationId="" euReferenceNumber="EU.9001.1" logicalId="9001"><remark>Invented.</remark>'
    '<regulation regulationType="regulation" organisationType="council" publicationDate="2026-03-04" '
    'entryIntoForceDate="2026-03-05" numberTitle="2026/1 (OJ L1)" programme="EXR" logicalId="1">'
    "<publicationUrl>https://example.org/2026-1</publicationUrl></regulation>"
    '<subjectType code="person" classificationCode="P"/>'
    '<nameAlias firstName="Drazen" middleName="" lastName="Lukic" wholeName="Drazen Lukic" function="Director" '
    f'gender="M" title="" nameLanguage="" strong="true" {_DETAIL % 2}</nameAlias>'
    f'<nameAlias wholeName="The Clerk" strong="false" {_DETAIL % 3}</nameAlias>'
    f'<citizenship region="" countryIso2Code="CU" countryDescription="CUBA" {_DETAIL % 4}</citizenship>'
    '<birthdate circa="false" calendarType="GREGORIAN" city="Havana" birthdate="1971-03-12" dayOfMonth="12" '
    f'monthOfYear="3" year="1971" countryIso2Code="CU" countryDescription="CUBA" {_DETAIL % 5}</birthdate>'
    '<address city="Havana" street="4 Quay Street" asAtListingTime="false" countryIso2Code="CU" '
    f'countryDescription="CUBA" {_DETAIL % 6}<contactInfo key="EMAIL" value="lukic@example.org"/></address>'
    '<identification diplomatic="false" knownExpired="false" knownFalse="false" reportedLost="true" '
    'revokedByIssuer="false" number="A1234567" identificationTypeCode="passport" '
    'identificationTypeDescription="National passport" countryIso2Code="CU" countryDescription="CUBA" '
    f"{_DETAIL % 7}</identification></sanctionEntity></export>"
).encode()

FORMAT = Format(
    name="eu_fsf",
    title="EU consolidated financial sanctions list, XML",
    docs="The consolidated list of persons, groups and entities as the Commission's financial sanctions files give it.",
    example={"eu_fsf.xml": EXAMPLE},
    recognises=recognises,
    read=read,
)
