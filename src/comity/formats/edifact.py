"""UN/EDIFACT text as segments (ISO 9735): separators as declared, release characters, stray blanks and line ends.

Own tokenizer, since carriers' real messages break rules that a list must survive: blanks before and inside the
service segments, line ends inside segments, no UNA, a last segment without its end. Each such thing is told to
the reader of the message, who decides; only text that holds no segment at all is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.errors import Defect, InputRefused

MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Separators:
    """The service characters: component, element, release and segment end."""

    component: str = ":"
    element: str = "+"
    release: str = "?"
    end: str = "'"


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
    separators, body = _separators(name, text)
    defects: list[Defect] = []
    found: list[Segment] = []
    for number, (raw, is_ended) in enumerate(_split(body, separators), 1):
        if not is_ended:
            says = "The file ends inside a segment; what could be read of it is kept."
            remedy = "Ask the carrier to send the whole message."
            defects.append(Defect("edifact.cut", says, remedy, name, f"segment {number}"))
        tag = raw[:3]
        if not (len(tag) == 3 and tag.isascii() and tag.isalnum() and tag == tag.upper()):
            says = f"{raw[:12]!r} is no segment."
            defects.append(Defect("edifact.segment", says, "Ask the carrier to correct it.", name, f"segment {number}"))
            continue
        found.append(Segment(tag, tuple(_elements(raw, separators)), number))
    if len(found) == 0:
        raise _refused(name, "There is no EDIFACT segment in it.", "Check that this is a PAXLST message.")
    return tuple(found), tuple(defects)


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
    # UNOA and UNOB are ASCII, UNOC is Latin-1, UNOW and UNOY are UTF-8.
    encoding = "latin-1" if b"UNOC" in data[:64] else "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        says = f"Byte {data[error.start]:#04x} at offset {error.start} is not {encoding}."
        raise _refused(name, says, "Ask the carrier for a message in the character set it declares.") from error


def _separators(name: str, text: str) -> tuple[Separators, str]:
    body = text.lstrip("\ufeff \t\r\n\x00")
    if not body.startswith("UNA"):
        return Separators(), body
    declared = body[3:9]
    special = {declared[i] for i in (0, 1, 3, 5)} if len(declared) == 6 else set()
    if len(special - {" "}) + (" " in special) < 4 or any(char.isalnum() for char in special):
        raise _refused(name, f"The separators {declared!r} cannot be told apart.", "Ask the carrier to correct UNA.")
    return Separators(declared[0], declared[1], declared[3], declared[5]), body[9:]


def _split(body: str, separators: Separators) -> Iterator[tuple[str, bool]]:
    start, escaped = 0, False
    for index, char in enumerate(body):
        if escaped:
            escaped = False
        elif char == separators.release and separators.release != " ":
            escaped = True
        elif char == separators.end:
            yield _tidy(body[start:index]), True
            start = index + 1
    rest = _tidy(body[start:].strip("\x00\x1a"))
    if rest != "":
        yield rest, False


def _tidy(raw: str) -> str:
    """Line ends carry nothing, and blanks around a segment neither."""
    return raw.replace("\r", "").replace("\n", "").strip(" \t\x00")


def _elements(raw: str, separators: Separators) -> Iterator[tuple[str, ...]]:
    components: list[str] = []
    text: list[str] = []
    escaped = False
    elements: list[tuple[str, ...]] = []
    for char in raw:
        if escaped:
            text.append(char)
            escaped = False
        elif char == separators.release and separators.release != " ":
            escaped = True
        elif char in (separators.component, separators.element):
            components.append("".join(text).strip())
            text = []
            if char == separators.element:
                elements.append(tuple(components))
                components = []
        else:
            text.append(char)
    elements.append((*components, "".join(text).strip()))
    # The tag itself is element 0.
    yield from elements


def _refused(name: str, says: str, remedy: str) -> InputRefused:
    return InputRefused("The message cannot be read.", [Defect("edifact.unreadable", says, remedy, name)])
