"""The records of a large XML list, one element at a time, from bytes that nobody vouches for.

UTF-8 only; a document type, which lists do not have and attacks need, is refused before anything is parsed, so no
entity is ever expanded and nothing is ever fetched. What was read is let go, so memory is bounded by one record.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from comity.formats.listing import Findings

DEEPEST = 24
LARGEST_RECORD = 100_000
"""Elements of one record."""
SLICE = 1 << 16
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the element, how it is called, its number among the records, and the names of its parents."""

    element: ElementTree.Element
    tag: str
    number: int
    under: tuple[str, ...]


def local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def records(name: str, data: bytes, wanted: Collection[str], findings: Findings) -> Iterator[Record]:
    """The root (number 0, without children) and every element called as one of ``wanted``, in order; what cannot
    be parsed ends in a defect."""
    if not _is_plain(name, data, findings):
        return
    parser: Any = ElementTree.XMLPullParser(events=("start", "end"))
    walk = _Walk(name, wanted, findings)
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        for at in range(0, len(body), SLICE):
            parser.feed(body[at : at + SLICE])
            for event, element in parser.read_events():
                yield from walk.step(event, element)
            if walk.is_over:
                return
        parser.close()
        for event, element in parser.read_events():
            yield from walk.step(event, element)
    except ElementTree.ParseError as error:
        line, column = error.position
        says = f"The XML breaks off or is broken ({error.args[0]})."
        findings.defect("xml.broken", says, "Fetch the file again; it may be cut.", name, f"line {line}:{column + 1}")
    except (ValueError, LookupError) as error:
        findings.defect("xml.broken", f"The XML cannot be read ({error}).", "Fetch the file again.", name)


def _is_plain(name: str, data: bytes, findings: Findings) -> bool:
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared[1].decode("ascii").lower() if declared is not None else "utf-8"
    if encoding not in ("utf-8", "us-ascii") or data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data:
        findings.defect("xml.encoding", "The XML is not UTF-8.", "Fetch the publisher's UTF-8 file.", name)
        return False
    at = data.find(b"<!DOCTYPE")
    if at >= 0 or b"<!ENTITY" in data:
        remedy = "Fetch the publisher's own file; a list has none."
        findings.defect("xml.doctype", "The XML declares a document type.", remedy, name, f"offset {max(at, 0)}")
        return False
    return True


class _Walk:
    """The events of one document turned into records."""

    def __init__(self, name: str, wanted: Collection[str], findings: Findings) -> None:
        self.name = name
        self.wanted = wanted
        self.findings = findings
        self.path: list[ElementTree.Element] = []
        self.inside = 0
        self.size = 0
        self.number = 0
        self.is_over = False

    def step(self, event: str, element: ElementTree.Element) -> Iterator[Record]:
        if self.is_over:
            return
        if event == "start":
            yield from self._start(element)
            return
        self.path.pop()
        if self.inside > 0:
            self.inside -= 1
            if self.inside == 0:
                self.number += 1
                under = tuple(local(one.tag) for one in self.path)
                yield Record(element, local(element.tag), self.number, under)
        if self.inside == 0 and len(self.path) > 0:
            self.path[-1].remove(element)

    def _start(self, element: ElementTree.Element) -> Iterator[Record]:
        self.path.append(element)
        if len(self.path) == 1:
            yield Record(element, local(element.tag), 0, ())
        if self.inside > 0:
            self.inside += 1
            self.size += 1
        elif len(self.path) > 1 and local(element.tag) in self.wanted:
            self.inside, self.size = 1, 0
        if len(self.path) > DEEPEST or self.size > LARGEST_RECORD:
            says = f"An element is nested deeper than {DEEPEST} or a record has over {LARGEST_RECORD:,} elements."
            self.findings.defect("xml.size", says, "This is no list; fetch it again.", self.name)
            self.is_over = True
