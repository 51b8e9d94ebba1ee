"""One subject as a compact record, and back: names as their texts, since a text gives its tokens again."""

from __future__ import annotations

import msgspec

from comity.matching.identifiers import Identifier
from comity.matching.names.likeness import name_of
from comity.matching.subject import Subject
from comity.model.span import span_of


class _Record(msgspec.Struct, frozen=True, array_like=True):
    id: str
    schema: str
    caption: str
    names: tuple[tuple[str, bool, int], ...]
    births: tuple[str, ...]
    birth_places: tuple[str, ...]
    countries: tuple[str, ...]
    genders: tuple[str, ...]
    identifiers: tuple[tuple[str, str, str], ...]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Record)


def pack(subject: Subject) -> bytes:
    """The record of a subject."""
    return _encoder.encode(
        _Record(
            subject.id,
            subject.schema,
            subject.caption,
            tuple((name.text, name.is_weak, name.kind) for name in subject.names),
            tuple(birth.text for birth in subject.births),
            subject.birth_places,
            subject.countries,
            subject.genders,
            tuple((one.kind, one.number, one.country) for one in subject.identifiers),
        )
    )


def unpack(record: bytes) -> Subject:
    """The subject of a record; equal to the one that was packed."""
    held = _decoder.decode(record)
    return Subject(
        id=held.id,
        schema=held.schema,
        caption=held.caption,
        names=tuple(name_of(text, is_weak, kind) for text, is_weak, kind in held.names),
        births=tuple(birth for birth in map(span_of, held.births) if birth is not None),
        birth_places=held.birth_places,
        countries=held.countries,
        genders=held.genders,
        identifiers=tuple(Identifier(*one) for one in held.identifiers),
    )
