"""The consolidated list of the United Nations Security Council, XML.

Strict: an element that the publisher's schema does not name, a missing DATAID, name, list type or listing date, a
type of date or an alias quality of no known kind, and a DATAID given twice are defects. *NO* and *NA* are names.
Dates may be known to the year, to a span or about. An alias of low quality is a weak alias. Each entry's permanent
reference, programme, listing date and DATAID with its version are kept as the act that lists it.

What real editions do is understood: a date with an offset, a number inside the name or the note of a document,
several names in one alias parted by semicolons. Everything else that is free text stays as a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from comity.formats.base import Format, Reading, Rows, Tree, clean, refuse_empty
from comity.formats.list_dates import one_date, read_dates
from comity.formats.listing import Entry, Findings, is_number
from comity.formats.ofac_remarks import even
from comity.formats.xml_records import Record, records
from comity.model.collector import without_collector

AUTHORITY = "United Nations Security Council"
SCHEMAS = {"INDIVIDUAL": "Person", "ENTITY": "Organization"}
QUALITIES = {"good": "alias", "low": "weakAlias", "a.k.a.": "alias", "f.k.a.": "previousName", "": "alias"}
NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
PLAIN = frozenset({*NAMES, "DATAID", "VERSIONNUM", "UN_LIST_TYPE", "REFERENCE_NUMBER", "LISTED_ON", "DELISTED_ON"})
NEEDED = ("DATAID", "VERSIONNUM", "FIRST_NAME", "UN_LIST_TYPE", "REFERENCE_NUMBER", "LISTED_ON")
IGNORED = {"SORT_KEY": "made from the name", "SORT_KEY_LAST_MOD": "made from the dates", "LIST_TYPE": "says UN List"}
"""Elements that are not kept, and why."""
SKIPPED = PLAIN | IGNORED.keys()
PARTS = {
    "ALIAS": "QUALITY ALIAS_NAME DATE_OF_BIRTH CITY_OF_BIRTH COUNTRY_OF_BIRTH NOTE",
    "ADDRESS": "STREET CITY STATE_PROVINCE ZIP_CODE COUNTRY NOTE",
    "DATE_OF_BIRTH": "TYPE_OF_DATE NOTE DATE YEAR FROM_YEAR TO_YEAR",
    "PLACE_OF_BIRTH": "CITY STATE_PROVINCE COUNTRY NOTE",
    "DOCUMENT": "TYPE_OF_DOCUMENT TYPE_OF_DOCUMENT2 NUMBER ISSUING_COUNTRY DATE_OF_ISSUE CITY_OF_ISSUE "
    "COUNTRY_OF_ISSUE NOTE",
}
COMPOUND = {tag: {f"{tag}_{kind}": kind for kind in PARTS} for tag in SCHEMAS}
KNOWN = {kind: frozenset(names.split()) for kind, names in PARTS.items()}
WORDY = 4
"""A number of so many words has words in it."""
VALUES = frozenset({"TITLE", "DESIGNATION", "NATIONALITY", "LAST_DAY_UPDATED"})
_NUMBER = re.compile(r"[A-Z]{0,4}[ -]?\d[\dA-Z/-]{4,19}")
_PASSPORT = re.compile(r"pass?e?port|pasaporte", re.IGNORECASE)


@without_collector()
def read(files: Mapping[str, bytes], now: datetime) -> Reading:
    """The list's entries as ``un-DATAID``, with papers and acts; raises
    :class:`comity.errors.InputRefused`. ``now`` is not used."""
    refuse_empty(files, "UN list")
    findings = Findings()
    seen: dict[str, str] = {}
    trees: list[Tree] = []
    published = ""
    for name, data in files.items():
        entries = 0
        for record in records(name, data, SCHEMAS, findings):
            if record.number == 0:
                published = _published(record.element, name, findings)
                continue
            entries += 1
            trees.extend(_Reader(record, name, findings, seen).trees())
        findings.rows.append(Rows(name, entries))
        if entries == 0 and len(findings.defects) == 0:
            findings.defect("un.empty", "The list has no entries.", "Fetch the file again.", name)
    return findings.reading("UN list", tuple(trees), published)


def recognises(name: str, data: bytes) -> bool:
    """Whether the root is that of the UN's list."""
    return b"<CONSOLIDATED_LIST" in data[:2048]


def _published(root: Element, name: str, findings: Findings) -> str:
    if root.tag != "CONSOLIDATED_LIST":
        findings.defect("un.root", f"The root is {root.tag!r}.", "Expected CONSOLIDATED_LIST.", name)
        return ""
    stamp = root.get("dateGenerated", "")
    day = one_date(stamp[:10], ("iso",))
    if day is None:
        says = f"dateGenerated is {stamp!r}, no date."
        findings.defect("un.date", says, "Fetch the file again.", name, "CONSOLIDATED_LIST", "dateGenerated")
    return day or ""


class _Reader:
    """One INDIVIDUAL or ENTITY on its way to an entry."""

    def __init__(self, record: Record, file: str, findings: Findings, seen: dict[str, str]) -> None:
        self.tag = record.tag
        self.element = record.element
        self.file = file
        self.findings = findings
        self.plain = {one.tag: even(one.text) if one.text else "" for one in record.element if one.tag in PLAIN}
        self.place = f"{record.tag} {record.number} ({self.plain.get('DATAID', 'no DATAID')})"
        self.seen = seen
        self.act: dict[str, str] = {}

    def _defect(self, name: str, rule: str, says: str, remedy: str = "Fetch the file again.") -> None:
        self.findings.defect(rule, says, remedy, self.file, self.place, name)

    def trees(self) -> Iterator[Tree]:
        missing = [name for name in NEEDED if self.plain.get(name, "") == ""]
        for name in missing:
            self._defect(name, "un.missing", f"{name} is missing or empty.")
        key = self.plain.get("DATAID", "")
        if key in self.seen:
            self._defect("DATAID", "un.repeated", f"DATAID {key} stands in {self.seen[key]} already.")
        self.seen.setdefault(key, self.place)
        if not is_number(key) or not is_number(self.plain.get("VERSIONNUM", "")):
            self._defect("DATAID", "un.number", "DATAID and VERSIONNUM are not both numbers.")
        entry = Entry(f"un-{key}", SCHEMAS[self.tag], self.findings)
        self._names(entry)
        self._listing()
        for part in self.element:
            if part.tag not in SKIPPED:
                self._part(entry, part)
        entry.act(self.act)
        yield from entry.trees()

    def _names(self, entry: Entry) -> None:
        words = [self.plain[name] for name in NAMES if self.plain.get(name, "") != ""]
        if not entry.add("name", " ".join(words)) and self.plain.get("FIRST_NAME", "") != "":
            self._defect("FIRST_NAME", "un.name", f"{' '.join(words)!r} is no name.")
        entry.add("topics", "sanction")
        entry.take("program", self.plain.get("UN_LIST_TYPE", ""), "program")

    def _listing(self) -> None:
        self.act = {
            "authority": AUTHORITY,
            "unscId": self.plain.get("REFERENCE_NUMBER", ""),
            "program": self.plain.get("UN_LIST_TYPE", ""),
            "recordId": f"{self.plain.get('DATAID', '')} version {self.plain.get('VERSIONNUM', '')}",
        }
        for name, prop in (("LISTED_ON", "listingDate"), ("DELISTED_ON", "endDate")):
            written = self.plain.get(name, "")
            when = one_date(written, ("iso",)) if written != "" else ""
            if when is None:
                self._defect(name, "un.date", f"{written!r} is no date.")
            elif when != "":
                self.act[prop] = when

    def _part(self, entry: Entry, part: Element) -> None:
        kind = COMPOUND[self.tag].get(part.tag)
        if kind is not None:
            self._compound(entry, kind, part)
        elif part.tag in VALUES:
            self._values(entry, part)
        elif part.tag == "NAME_ORIGINAL_SCRIPT":
            entry.take("name", part.text or "", "name in the original script")
        elif part.tag == "COMMENTS1":
            entry.note(part.text or "")
        elif part.tag == "GENDER":
            if even(part.text or "").lower() not in ("", "unknown"):
                entry.take("gender", part.text or "", "gender")
        elif part.tag in ("SUBMITTED_BY", "SUBMITTED_ON"):
            entry.note(part.text or "", part.tag.replace("_", " ").capitalize())
        elif part.tag == "NATIONALITY2":
            entry.take("nationality", part.text or "", "nationality")
        else:
            remedy = "Ask for a reader of the new schema; nothing was loaded."
            self._defect(part.tag, "un.element", f"The schema has no element {part.tag!r} here.", remedy)

    def _values(self, entry: Entry, part: Element) -> None:
        texts = [even(value.text or "") for value in part if value.tag == "VALUE"]
        if any(value.tag != "VALUE" for value in part):
            self._defect(part.tag, "un.element", f"{part.tag} holds something else than VALUE.")
        for text in texts:
            if part.tag == "LAST_DAY_UPDATED":
                when = one_date(text, ("iso", "day_first"))
                if text != "" and when is None:
                    self._defect(part.tag, "un.date", f"{text!r} is no date.")
                self.act["modifiedAt"] = max(self.act.get("modifiedAt", ""), when or "")
            elif part.tag == "NATIONALITY":
                entry.take("nationality", text, "nationality")
            else:
                entry.take("title" if part.tag == "TITLE" else "position", text, part.tag.lower())

    def _compound(self, entry: Entry, kind: str, part: Element) -> None:
        held: dict[str, str] = {}
        known = KNOWN[kind]
        has_text = False
        for one in part:
            tag, text = one.tag, one.text
            if tag not in known or tag in held or len(one) > 0:
                self._defect(tag, "un.element", f"{part.tag} holds {tag!r}, unknown here or given twice.")
            held[tag] = "" if text is None else even(text)
            has_text = has_text or held[tag] != ""
        if has_text:
            _TAKERS[kind](self, entry, held)

    def _alias(self, entry: Entry, held: Mapping[str, str]) -> None:
        prop = QUALITIES.get(held.get("QUALITY", "").lower())
        text = held.get("ALIAS_NAME", "")
        if prop is None:
            remedy = "Expected Good, Low, a.k.a. or f.k.a."
            self._defect("QUALITY", "un.quality", f"There is no quality {held['QUALITY']!r}.", remedy)
            return
        names = text.split(";") if "(" not in text else [text]
        for name in names:
            entry.take(prop, name, "alias")
        birth = held.get("DATE_OF_BIRTH", "")
        dates = read_dates(birth, ("iso", "day_first", "words", "rough")) or () if birth != "" else ()
        for day in dates:
            entry.take("birthDate", day, "birth date of an alias")
        if birth != "" and len(dates) == 0:
            entry.note(birth, f"{text}, born")
        place = _joined(held, "CITY_OF_BIRTH", "COUNTRY_OF_BIRTH")
        if place != "":
            entry.note(place, f"{text}, born in")
        entry.note(held.get("NOTE", ""), text)

    def _address(self, entry: Entry, held: Mapping[str, str]) -> None:
        place = _joined(held, "STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
        country = held.get("COUNTRY", "")
        if place != country:
            entry.take("address", place, "address")
        if country != "":
            entry.take("country", country, "country")
        note = held.get("NOTE", "")
        if note != "":
            entry.note(note, f"Address {place}" if place != "" else "Address")

    def _born(self, entry: Entry, held: Mapping[str, str]) -> None:
        kind = held.get("TYPE_OF_DATE", "")
        if kind not in ("EXACT", "APPROXIMATELY", "BETWEEN", ""):
            remedy = "Expected EXACT, APPROXIMATELY or BETWEEN."
            self._defect("TYPE_OF_DATE", "un.date_type", f"There is no type {kind!r}.", remedy)
            return
        entry.note(held.get("NOTE", ""), "Date of birth")
        written = held.get("DATE") or held.get("YEAR") or ""
        if held.get("FROM_YEAR", "") != "" or held.get("TO_YEAR", "") != "":
            written = f"between {held.get('FROM_YEAR', '')} and {held.get('TO_YEAR', '')}"
        if written == "":
            return
        about = "about " if kind == "APPROXIMATELY" else ""
        dates = read_dates(f"{about}{written}", ("iso", "rough"))
        if dates is None:
            self._defect("DATE", "un.date", f"{written!r} is no date of birth.")
            return
        for day in dates:
            entry.take("birthDate", day, "birth date")

    def _birthplace(self, entry: Entry, held: Mapping[str, str]) -> None:
        place = _joined(held, "CITY", "STATE_PROVINCE", "COUNTRY")
        entry.take("birthPlace", place, "birth place")
        entry.take("birthCountry", held.get("COUNTRY", ""), "birth country")
        entry.note(held.get("NOTE", ""), "Place of birth")

    def _document(self, entry: Entry, held: Mapping[str, str]) -> None:
        kind = " / ".join(
            dict.fromkeys(held[name] for name in ("TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2") if held.get(name, "") != "")
        )
        note = held.get("NOTE", "")
        given = held.get("NUMBER", "")
        number = given if len(given.split()) < WORDY else ""
        if number == "":  # the number stands inside words, here or in another element
            texts = (given, held.get("TYPE_OF_DOCUMENT2", ""), note)
            number = next((found[0] for text in texts if (found := _NUMBER.search(text)) is not None), given)
            note = "; ".join(text for text in (given, note) if text not in ("", number))
        country = held.get("ISSUING_COUNTRY", "") or held.get("COUNTRY_OF_ISSUE", "")
        if number == "":
            self.findings.kept["document"] += 1
            entry.note("; ".join(text for text in (kind, country, note) if text != ""), "Document")
            return
        place = _joined(held, "CITY_OF_ISSUE", "COUNTRY_OF_ISSUE")
        issued = held.get("DATE_OF_ISSUE", "")
        day = (one_date(issued, ("iso", "day_first", "words")) or issued) if issued != "" else ""
        code = clean("Passport", "country", country) if country != "" else ""
        more = {"startDate": day, "authority": place, "summary": note, "country": code or country}
        entry.paper(kind or "Document", number, is_passport=_PASSPORT.search(kind) is not None, more=more)


_TAKERS = {
    "ALIAS": _Reader._alias,
    "ADDRESS": _Reader._address,
    "DATE_OF_BIRTH": _Reader._born,
    "PLACE_OF_BIRTH": _Reader._birthplace,
    "DOCUMENT": _Reader._document,
}


def _joined(held: Mapping[str, str], *names: str) -> str:
    return ", ".join(dict.fromkeys(held[name].strip(", ") for name in names if held.get(name, "") != ""))


EXAMPLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-11-20T10:00:00.000-05:00"><INDIVIDUALS><INDIVIDUAL>
<DATAID>990001</DATAID><VERSIONNUM>2</VERSIONNUM><FIRST_NAME>DRAZEN</FIRST_NAME><SECOND_NAME>LUKIC</SECOND_NAME>
<UN_LIST_TYPE>Exercise</UN_LIST_TYPE><REFERENCE_NUMBER>QXi.001</REFERENCE_NUMBER><LISTED_ON>2026-03-04</LISTED_ON>
<COMMENTS1>Invented.</COMMENTS1>
<NATIONALITY><VALUE>Cuba</VALUE></NATIONALITY><LIST_TYPE><VALUE>UN List</VALUE></LIST_TYPE>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Clerk</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ADDRESS><CITY>Havana</CITY><COUNTRY>Cuba</COUNTRY></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE>
<FROM_YEAR>1970</FROM_YEAR><TO_YEAR>1972</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_PLACE_OF_BIRTH/>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>A1234567</NUMBER></INDIVIDUAL_DOCUMENT>
<SORT_KEY/><SORT_KEY_LAST_MOD/></INDIVIDUAL></INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>
"""

FORMAT = Format(
    name="un_sc",
    title="UN Security Council consolidated list, XML",
    docs="The consolidated list as the Security Council publishes it, individuals and entities in one file.",
    example={"consolidated.xml": EXAMPLE},
    recognises=recognises,
    read=read,
)
