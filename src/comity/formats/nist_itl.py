"""Fingerprint files: ANSI/NIST-ITL 1-2011 (Update 2015) in the traditional encoding, read strictly and cleaned.

A file is a row of logical records. Records of tagged fields are ``T.NNN:value`` with GS between fields and FS at the
end, and begin with their own length; records of Types 3 to 6 begin with four bytes of length and one of the image's
designation. The first record, Type-1, says in 1.003 (CNT) which records follow, and that is held against what is
there. Sources: NIST SP 500-290 Ed. 3, chapters 5 to 8 and annex B.

Cleaning keeps what identifies: Type-1, finger and palm images and minutiae. What names or describes a person in
words (Type-2 and every comment and user-defined field) is left out, as are faces, irises, DNA and signatures: this
network takes them, if at all, by other fields. Pictures inside are not opened; their first bytes must be of the kind
that their record says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comity.errors import Defect, InputRefused

MEDIA = "application/x-nist-itl"
LIMIT = 60 << 20
RECORDS = 1000
FS, GS, RS, US = b"\x1c", b"\x1d", b"\x1e", b"\x1f"
TAGGED = frozenset({1, 2, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 98, 99})
BINARY = frozenset({3, 4, 5, 6, 7, 8})
KEPT = frozenset({1, 4, 9, 13, 14, 15})
"""Types that stay: the transaction, finger and palm images, minutiae."""
_HEADER = frozenset({2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 15})
"""Fields of Type-1 that stay: version, content, type, date, agencies, control numbers, resolution, domain, time."""
_COMMENT = 20
"""The field of a comment in image records."""
_USER = range(200, 999)
"""Fields whose meaning each user defines: in them stand names and case numbers."""
_MINUTIAE = (*range(2, 13), *range(126, 151), *range(300, 373))
_WORDS = frozenset({351, 362, 363})
"""Fields of Type-9 that an examiner fills with words."""
DATA = 999
_TAG = re.compile(rb"(\d{1,2})\.(\d{1,3}):")
_WSQ = b"\xff\xa0"
_SIGNATURES = {
    "WSQ20": (_WSQ,),
    "JPEGB": (b"\xff\xd8\xff",),
    "JPEGL": (b"\xff\xd8\xff",),
    "JP2": (b"\x00\x00\x00\x0cjP", b"\xff\x4f\xff\x51"),
    "JP2L": (b"\x00\x00\x00\x0cjP", b"\xff\x4f\xff\x51"),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
}
_HEAD_4 = 18
"""Bytes before the image in a Type-4 record."""


@dataclass(frozen=True, slots=True)
class Record:
    """One logical record: its type, its image designation (IDC), and its fields by number with their raw values.

    A binary record (Types 3 to 8) has no fields; ``raw`` are its exact bytes.
    """

    kind: int
    idc: int
    fields: tuple[tuple[int, bytes], ...]
    raw: bytes

    def field(self, number: int) -> bytes:
        """The value of one field, or the empty bytes."""
        return next((value for known, value in self.fields if known == number), b"")


def is_nist(data: bytes) -> bool:
    """Whether the bytes begin as such a file does: with the length of its Type-1 record."""
    return re.match(rb"0?1\.0{0,2}1:\d{1,10}\x1d", data) is not None


def read_nist(data: bytes, *, file: str = "prints") -> tuple[Record, ...]:
    """The records in ``data``; raises :class:`InputRefused` with every defect, by record and field."""
    if len(data) == 0 or len(data) > LIMIT:
        raise _refused([Defect("nist.size", f"The file has {len(data)} bytes.", f"Up to {LIMIT} are read.", file)])
    if not is_nist(data):
        says = "The file does not begin with a Type-1 record in the traditional encoding."
        raise _refused([Defect("nist.form", says, "Export it as a traditional ANSI/NIST-ITL file.", file, "record 1")])
    first, at = _tagged(data, 0, 1, file)
    wanted, defects = _content(first, file)
    records = [first]
    for n, (kind, idc) in enumerate(wanted, 2):
        record, at = _binary(data, at, n, kind, file) if kind in BINARY else _tagged(data, at, n, file)
        records.append(record)
        defects.extend(_fits(record, n, kind, idc, file))
    if at != len(data):
        says = f"{len(data) - at} bytes follow the last record that 1.003 names."
        defects.append(Defect("nist.rest", says, "Correct the content field.", file, f"offset {at}", "1.003"))
    if len(defects) > 0:
        raise _refused(defects)
    return tuple(records)


def clean_nist(data: bytes, *, file: str = "prints") -> bytes:
    """The file with what identifies and nothing that names; raises :class:`InputRefused`, also if no print is left."""
    records = read_nist(data, file=file)
    defects = [defect for n, record in enumerate(records, 1) for defect in _picture_faults(record, n, file)]
    kept = [record for record in records[1:] if record.kind in KEPT]
    if len(kept) == 0:
        says = "There is no fingerprint, palm print or set of minutiae in the file."
        defects.append(Defect("nist.no_prints", says, "Choose the file that holds the prints.", file, field="1.003"))
    if len(defects) > 0:
        raise _refused(defects)
    body = [one.raw if one.kind in BINARY else written(one.kind, _stays(one)) for one in kept]
    content = RS.join(
        (
            b"1" + US + str(len(kept)).encode(),
            *(f"{one.kind}".encode() + US + f"{one.idc:02d}".encode() for one in kept),
        )
    )
    head = [(3, content) if number == 3 else (number, value) for number, value in _stays(records[0])]
    return b"".join((written(1, head), *body))


def written(kind: int, fields: Sequence[tuple[int, bytes]]) -> bytes:
    """A tagged record of these fields, its length put before them."""
    rest = GS.join(f"{kind}.{number:03d}:".encode() + value for number, value in fields) + FS
    length = 0
    while True:
        head = f"{kind}.001:{length}".encode() + GS
        if len(head) + len(rest) == length:
            return head + rest
        length = len(head) + len(rest)


def _stays(record: Record) -> list[tuple[int, bytes]]:
    """The fields of a record that stay, its length left out."""
    if record.kind == 1:
        return [(n, v) for n, v in record.fields if n in _HEADER]
    if record.kind == 9:
        return [(n, v) for n, v in record.fields if n in _MINUTIAE and n not in _WORDS]
    return [(n, v) for n, v in record.fields if n not in (1, _COMMENT) and n not in _USER]


def _tagged(data: bytes, at: int, n: int, file: str) -> tuple[Record, int]:
    """(the record of tagged fields at an offset, the offset after it)."""
    place = f"record {n}"
    head = re.compile(rb"(\d{1,2})\.0{0,2}1:(\d{1,10})\x1d").match(data, at)
    if head is None:
        raise _refused([Defect("nist.length", "The record does not begin with its length.", "", file, place, "001")])
    kind, length = int(head[1]), int(head[2])
    end = at + length
    if kind not in TAGGED or length <= len(head[0]) or end > len(data) or data[end - 1 : end] != FS:
        says = f"The record says it has {length} bytes, and no record ends there."
        raise _refused([Defect("nist.length", says, "Fetch the file again.", file, place, f"{kind}.001")])
    fields = tuple(_fields(data[at : end - 1], kind, place, file))
    idc = b"0" if kind == 1 else next((value for number, value in fields if number == 2), b"")
    if not idc.isdigit() or len(idc) > 3:
        says = "The image designation is not a number."
        raise _refused([Defect("nist.idc", says, "Correct it.", file, place, f"{kind}.002")])
    return Record(kind, int(idc), fields, data[at:end]), end


def _fields(raw: bytes, kind: int, place: str, file: str) -> Iterator[tuple[int, bytes]]:
    """The fields in order; the last one, where it is image data, runs to the record's end whatever it holds."""
    at, before = 0, 0
    while at < len(raw):
        tag = _TAG.match(raw, at)
        if tag is None or int(tag[1]) != kind or int(tag[2]) <= before:
            says = "A field is not numbered as one of this record, or out of order."
            raise _refused([Defect("nist.field", says, "Export the file again.", file, place, f"{kind}.{before:03d}")])
        before = int(tag[2])
        end = len(raw) if before == DATA else raw.find(GS, tag.end())
        end = len(raw) if end < 0 else end
        yield before, raw[tag.end() : end]
        at = end + 1


def _binary(data: bytes, at: int, n: int, kind: int, file: str) -> tuple[Record, int]:
    length = int.from_bytes(data[at : at + 4], "big")
    least = _HEAD_4 if kind in (3, 4, 5, 6) else 5
    if length < least or at + length > len(data):
        says = f"The record says it has {length} bytes; {len(data) - at} are left."
        raise _refused([Defect("nist.length", says, "Fetch the file again.", file, f"record {n}", f"{kind}.001")])
    return Record(kind, data[at + 4], (), data[at : at + length]), at + length


def _content(first: Record, file: str) -> tuple[list[tuple[int, int]], list[Defect]]:
    """What 1.003 names: (type, IDC) of each record that follows; what cannot be read stops the reading."""
    where = {"file": file, "place": "record 1", "field": "1.003"}
    pairs = [subfield.split(US) for subfield in first.field(3).split(RS)]
    if any(len(pair) != 2 or not all(word.isdigit() and len(word) <= 4 for word in pair) for pair in pairs):
        raise _refused([Defect("nist.content", "The content field cannot be read.", "Export it again.", **where)])
    numbers = [(int(kind), int(idc)) for kind, idc in pairs]
    defects = []
    if numbers[0] != (1, len(numbers) - 1):
        says = f"It names {len(numbers) - 1} records and says that {numbers[0][1]} follow."
        defects.append(Defect("nist.content", says, "Correct the count.", **where))
    unknown = sorted({kind for kind, _ in numbers[1:]} - TAGGED - BINARY)
    if len(unknown) > 0 or len(numbers) > RECORDS or any(kind == 1 for kind, _ in numbers[1:]):
        says = f"It names records of types that are not known ({unknown}), too many, or a second Type-1."
        raise _refused([Defect("nist.content", says, "Export it again.", **where)])
    if not first.field(2).isdigit():
        says = "The version of the standard is not given."
        defects.append(Defect("nist.version", says, "Export it again.", file, "record 1", "1.002"))
    return numbers[1:], defects


def _fits(record: Record, n: int, kind: int, idc: int, file: str) -> Iterator[Defect]:
    if (record.kind, record.idc) != (kind, idc):
        says = f"1.003 names Type-{kind} with IDC {idc}; here stands Type-{record.kind} with IDC {record.idc}."
        yield Defect("nist.content", says, "Correct the content field.", file, f"record {n}", f"{record.kind}.002")


def _picture_faults(record: Record, n: int, file: str) -> Iterator[Defect]:
    """Whether an image record that stays holds what it says: a file may not carry a picture of another kind."""
    if record.kind == 4:
        image = record.raw[_HEAD_4:]
        size = int.from_bytes(record.raw[13:15], "big") * int.from_bytes(record.raw[15:17], "big")
        if not (image.startswith(_WSQ) if record.raw[17] == 1 else record.raw[17] == 0 and len(image) == size):
            says = "The image is neither WSQ nor uncompressed, as its record says."
            yield Defect("nist.image", says, "Export it again.", file, f"record {n}", "4.009")
    if record.kind not in (13, 14, 15):
        return
    name = record.field(11).decode("ascii", "replace")
    data = record.field(DATA)
    begins = any(data.startswith(start) for start in _SIGNATURES.get(name, ()))
    good = _raw_size(record) == len(data) if name == "NONE" else begins
    if not good and len(data) > 0:
        says = f"The image is not what field {record.kind}.011 says ({name[:10]!r})."
        yield Defect("nist.image", says, "Export it again.", file, f"record {n}", f"{record.kind}.999")


def _raw_size(record: Record) -> int:
    """Bytes of an image that is not compressed: width times height, by the bits of a pixel."""
    words = [record.field(number) for number in (6, 7, 12)]
    if not all(word.isdigit() and len(word) <= 6 for word in words):
        return -1
    width, height, bits = (int(word) for word in words)
    return width * height * max(1, bits // 8)


def _refused(defects: list[Defect]) -> InputRefused:
    return InputRefused("The fingerprint file was not taken.", defects)
