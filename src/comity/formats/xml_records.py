"""The records of a large XML list, one element at a time, from bytes that nobody vouches for.

UTF-8 only; a document type, which lists do not have and attacks need, is refused before anything is parsed, so no
entity is ever expanded and nothing is ever fetched. What was read is let go, so memory is bounded by one record.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
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
    """One record: the element, how it is called, its number among the records, and the names of its parents.

    Elements of the root's own namespace are called by their local names; one of another keeps its namespace, so that
    no reader takes it for one of the list's.
    """

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
    try:
        yield from _walk(_batches(data.removeprefix(b"\xef\xbb\xbf")), name, wanted, findings)
    except ElementTree.ParseError as error:
        line, column = error.position
        says = f"The XML breaks off or is broken ({error.args[0]})."
        findings.defect("xml.broken", says, "Fetch the file again; it may be cut.", name, f"line {line}:{column + 1}")
    except (ValueError, LookupError) as error:
        findings.defect("xml.broken", f"The XML cannot be read ({error}).", "Fetch the file again.", name)


def _batches(body: bytes) -> Iterator[Iterator[tuple[str, ElementTree.Element]]]:
    parser: Any = ElementTree.XMLPullParser(events=("start", "end"))
    for at in range(0, len(body), SLICE):
        parser.feed(body[at : at + SLICE])
        yield parser.read_events()
    parser.close()
    yield parser.read_events()


class _Names(dict[str, str]):
    """The names of elements as they are told: local ones of the root's own namespace, the others as they are."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self.space = root[: root.rfind("}") + 1]

    def __missing__(self, tag: str) -> str:
        self[tag] = found = tag.removeprefix(self.space)
        return found


def _walk(
    batches: Iterator[Iterator[tuple[str, ElementTree.Element]]],
    name: str,
    wanted: Collection[str],
    findings: Findings,
) -> Iterator[Record]:
    """The events of one document turned into records. Long for one function, since it runs for every element."""
    path: list[ElementTree.Element] = []
    names = _Names("")
    inside = size = number = 0
    for event, element in chain.from_iterable(batches):
        if event == "end":
            if inside > 1:
                inside -= 1
                continue
            if inside == 1:
                inside = 0
                number += 1
                yield Record(element, local(element.tag), number, tuple(local(one.tag) for one in path))
            else:
                path.pop()
            if len(path) > 0:
                path[-1].remove(element)
            continue
        if inside > 0:
            element.tag = names[element.tag]
            inside += 1
            size += 1
        elif len(path) == 0:
            names = _Names(element.tag)
            path.append(element)
            yield Record(element, local(element.tag), 0, ())
        elif local(element.tag) in wanted:
            element.tag = names[element.tag]
            inside, size = 1, 0
        else:
            path.append(element)
        if len(path) + inside > DEEPEST or size > LARGEST_RECORD:
            says = f"An element is nested deeper than {DEEPEST} or a record has over {LARGEST_RECORD:,} elements."
            findings.defect("xml.size", says, "This is no list; fetch it again.", name)
            return


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
