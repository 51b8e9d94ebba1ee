"""UN/EDIFACT text as segments (ISO 9735): separators as declared, release characters, stray blanks and line ends.

Own tokenizer, since carriers' real messages break rules that a list must survive: blanks before and inside the
service segments, line ends inside segments, a UNA that is missing, short or not kept to, a release character that
takes a segment's end with it, a last segment without its end. Each such thing is told to the reader of the message,
who decides; only text that holds no segment at all is refused.

A line end inside a segment carries nothing (carriers wrap at 69 characters, in the middle of words), unless UNA
names it as a separator. The repetition separator of syntax version 4 is left as it stands: no message read here
repeats an element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.errors import Defect, InputRefused

MAX_BYTES = 64 << 20
MAX_SEGMENTS = 2_000_000
MOST_DEFECTS = 200
"""Faults of form that are named one by one; what follows is counted."""
REMEDY = "Ask the carrier to correct it."


@dataclass(frozen=True, slots=True)
class Separators:
    """The service characters: component, element, release and segment end."""

    component: str = ":"
    element: str = "+"
    release: str = "?"
    end: str = "'"

    @property
    def has_release(self) -> bool:
        """Whether there is a release character at all; a blank in UNA says that there is none."""
        return self.release != " "


UNOB = Separators("\x1f", "\x1d", "?", "\x1c")
"""What an interchange at level B uses where it has no UNA (ISO 9735:1988): IS1, IS3 and IS4."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its tag, its elements as components, its number in the file (from 1)."""

    tag: str
    elements: tuple[tuple[str, ...], ...]
    number: int

    def get(self, element: int, component: int = 0) -> str:
        """One component, the empty text where it is not given; both count from 0."""
        if element >= len(self.elements) or component >= len(self.elements[element]):
            return ""
        return self.elements[element][component]

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"segment {self.number}"


def segments(name: str, data: bytes) -> tuple[tuple[Segment, ...], tuple[Defect, ...]]:
    """The segments of ``data`` and what is wrong with their form; raises :class:`InputRefused` for no EDIFACT."""
    text = _text(name, data)
    separators, body, odd = _separators(name, text)
    defects = [Defect("edifact.una", says, REMEDY, name, "segment 0") for says in odd]
    found: list[Segment] = []
    for number, (raw, fault) in enumerate(_split(body, separators), 1):
        if number > MAX_SEGMENTS:
            raise _refused(name, f"There are more than {MAX_SEGMENTS} segments in it.", "Split the file.")
        if fault != "":
            defects.append(Defect(f"edifact.{fault}", *_FAULTS[fault], name, f"segment {number}"))
        tag = raw[:3]
        if not (len(tag) == 3 and tag.isascii() and tag.isalnum() and tag == tag.upper()):
            says = f"{raw[:12]!r} is no segment."
            defects.append(Defect("edifact.segment", says, REMEDY, name, f"segment {number}"))
            continue
        found.append(Segment(tag, _elements(raw, separators), number))
    if len(found) == 0:
        raise _refused(name, "There is no EDIFACT segment in it.", "Check that this is an EDIFACT message.")
    return tuple(found), _told(name, defects)


def _told(name: str, defects: list[Defect]) -> tuple[Defect, ...]:
    """The defects of form, the first :data:`MOST_DEFECTS` one by one."""
    if len(defects) <= MOST_DEFECTS:
        return tuple(defects)
    more = len(defects) - MOST_DEFECTS
    place = defects[MOST_DEFECTS].place
    says = f"There are {more} more faults of form from here on."
    return (*defects[:MOST_DEFECTS], Defect("edifact.more", says, REMEDY, name, place))


_FAULTS = {
    "cut": (
        "The file ends inside a segment; what could be read of it is kept.",
        "Ask the carrier to send the whole message.",
    ),
    "release": (
        "A release character stands before the end of the segment; it is taken as the end, since a segment follows.",
        REMEDY,
    ),
}


def write_segments(segments: Iterable[tuple[str, ...]], separators: Separators = Separators()) -> bytes:
    """The text of segments, each a tag and its elements; the components of an element come already joined."""
    return "".join(separators.element.join(parts) + separators.end + "\n" for parts in segments).encode("utf-8")


def release(text: str, separators: Separators = Separators()) -> str:
    """``text`` with its service characters released."""
    special = (separators.component, separators.element, separators.release, separators.end)
    return "".join(separators.release + char if char in special else char for char in text)


def _text(name: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _refused(name, f"The file has {len(data)} bytes; at most {MAX_BYTES} are read.", "Split the file.")
    # UNOA and UNOB are ASCII, UNOC is Latin-1, UNOW and UNOY are UTF-8; IATA's own messages are ASCII.
    encoding = "latin-1" if b"UNOC" in data[:64] else "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        says = f"Byte {data[error.start]:#04x} at offset {error.start} is not {encoding}."
        raise _refused(name, says, "Ask the carrier for a message in the character set it declares.") from error


def _separators(name: str, text: str) -> tuple[Separators, str, list[str]]:
    """The separators, the text after UNA, and what is odd about the declaration."""
    body = text.lstrip("\ufeff \t\r\n\x00")
    if not body.startswith("UNA"):
        return _undeclared(body)
    declared, rest = body[3:9], body[9:]
    odd = []
    if declared[5:] in ("\r", "\n") and declared[4:5] not in ("", " ", "*"):
        declared, rest = f"{declared[:2]}.{declared[2:5]}", body[8:]
        odd.append("UNA has five characters; the mark for decimals is missing.")
    special = {declared[i] for i in (0, 1, 3, 5)} if len(declared) == 6 else set()
    if len(special) < 4 or any(char.isalnum() for char in special):
        raise _refused(name, f"The separators {declared!r} cannot be told apart.", "Ask the carrier to correct UNA.")
    found = Separators(declared[0], declared[1], declared[3], declared[5])
    if found.end not in rest and (used := _end(rest, found.element)) not in ("", *special):
        odd.append(f"UNA names {found.end!r} as the end of segments; {used!r} is used.")
        found = Separators(found.component, found.element, found.release, used)
    return found, rest, odd


def _undeclared(body: str) -> tuple[Separators, str, list[str]]:
    """What the first segments show, where there is no UNA: the standard's own separators need no word."""
    element = body[3:4]
    if element == UNOB.element:
        return UNOB, body, []
    head = _HEAD.match(body)
    if head is None or element.isalnum():
        return Separators(), body, []
    component = head[1] or head[2]
    end = _end(body, element) or Separators().end
    if (component, element, end) == (":", "+", "'") or len({component, element, end}) < 3:
        return Separators(), body, []
    says = (
        f"There is no UNA, and {component!r}, {element!r} and {end!r} separate; they were told from the first segments."
    )
    return Separators(component, element, end=end), body, [says]


_HEAD = re.compile(r"UNB[^\w\s][A-Z]{4}([^\w\s])\d|UNH[^\w\s][^'\n]{1,40}?[A-Z]{6}([^\w\s])[D\d]")


def _end(body: str, element: str) -> str:
    """The character before the second service segment, the empty text where there is none."""
    found = re.search(rf"([^\w\s])\s*(?:UN[GH]|BGM|MSG){re.escape(element)}", body[3:4096])
    return found[1] if found is not None else ""


_TAGS = frozenset(
    (
        "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "BGM", "RFF", "DTM", "NAD", "CTA", "COM", "TDT", "LOC", "ATT", "MEA",
        "GEI", "FTX", "EMP", "NAT", "DOC", "CNT", "AUT", "MSG", "ORG", "TVL", "EQN", "SRC", "RCI", "SSR", "DAT", "IFT",
        "REF", "EBD", "FAR", "SSD", "TIF", "FTI", "TKT", "MON", "PTK", "TXD", "FOP", "ADD", "TRI", "TBD", "ABI", "SAC",
        "APD", "RPI", "LTS", "TRA", "ERC", "ERP",
    )
)  # fmt: skip
"""What may follow a segment, where a release character stands before its end."""


def _split(body: str, separators: Separators) -> Iterator[tuple[str, str]]:
    """The raw segments in order, each with its fault or the empty text."""
    end = separators.end
    if end not in "\r\n":
        body = body.replace("\r", "").replace("\n", "")
    pieces = body.split(end)
    rest = pieces.pop().strip("\x00\x1a \t\r\n")
    if separators.has_release and separators.release in body:
        yield from _released(pieces, separators, rest)
        return
    for raw in pieces:
        tidy = raw.strip(" \t\x00\r\n")
        if tidy != "" or end not in "\r\n":
            yield tidy, ""
    if rest != "":
        yield rest, "cut"


def _released(pieces: list[str], separators: Separators, rest: str) -> Iterator[tuple[str, str]]:
    """The same where some ends may be released: an odd number of release characters before an end makes it text."""
    mark, held = separators.release, []
    for n, raw in enumerate(pieces):
        held.append(raw)
        fault = ""
        if (len(raw) - len(raw.rstrip(mark))) % 2 == 1:
            follows = (pieces[n + 1] if n + 1 < len(pieces) else rest).lstrip(" \t\x00")
            if not (follows[:3] in _TAGS and follows[3:4] in (separators.element, "")):
                continue
            held[-1], fault = raw[:-1], "release"
        yield separators.end.join(held).strip(" \t\x00\r\n"), fault
        held = []
    if len(held) > 0 or rest != "":
        yield separators.end.join([*held, rest]).strip(), "cut"


def _elements(raw: str, separators: Separators) -> tuple[tuple[str, ...], ...]:
    """The tag itself is element 0."""
    if separators.has_release and separators.release in raw:
        return tuple(_unreleased(raw, separators))
    component = separators.component
    if " " in raw or "\t" in raw:
        return tuple([tuple([text.strip() for text in one.split(component)]) for one in raw.split(separators.element)])
    return tuple([tuple(one.split(component)) for one in raw.split(separators.element)])


def _unreleased(raw: str, separators: Separators) -> Iterator[tuple[str, ...]]:
    components: list[str] = []
    text: list[str] = []
    escaped = False
    for char in raw:
        if escaped:
            text.append(char)
            escaped = False
        elif char == separators.release:
            escaped = True
        elif char in (separators.component, separators.element):
            components.append("".join(text).strip())
            text = []
            if char == separators.element:
                yield tuple(components)
                components = []
        else:
            text.append(char)
    yield (*components, "".join(text).strip())


def _refused(name: str, says: str, remedy: str) -> InputRefused:
    return InputRefused("The message cannot be read.", [Defect("edifact.unreadable", says, remedy, name)])
