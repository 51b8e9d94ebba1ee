"""Making parts: from a filled form to sealed content, with fresh ids, salts and keys."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from comity.documents.incoming import PDF, read_document
from comity.documents.picture import read_portrait, read_scan
from comity.exchange.delivery import SealedPart
from comity.formats.document_list import read_document_list
from comity.formats.nist_itl import MEDIA as NIST
from comity.formats.nist_itl import clean_nist, is_nist
from comity.model.act import make_part
from comity.model.content import Attachment, Content, content_bytes
from comity.model.entity import entity_statements
from comity.model.handling import Handling
from comity.model.sealing import KEY_BYTES, SALT_BYTES, chunk_address, seal_chunk, seal_part
from comity.model.track import is_correspondent
from comity.node.arrival import ReadPart
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.procedures.form import Field, File, Filled, PartSpec

DOCUMENTS = "documents"
"""What a field of kind file keeps whose rows are read and whose file is not kept."""
CHUNK = 1 << 20
"""Bytes of an attachment in one sealed piece."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A part to be: its kind, terms and content; ``file`` is what an attachment's manifest describes.

    ``sources`` are commitments of parts it is made from, or ``#n`` for the nth part of the same act: recalling one
    of them recalls it. ``dies`` is when it is
    erased by itself, as a stamp, or empty.
    """

    kind: str
    handling: Handling
    content: Content
    file: bytes = b""
    sources: tuple[str, ...] = ()
    dies: str = ""


def drafts_of(
    node: Node, officer: Officer, filled: Filled, parties: tuple[str, ...], now: datetime
) -> tuple[Draft, ...]:
    """The parts that a form makes, empty ones left out; raises :class:`InputRefused` for a file that is refused."""
    found: list[Draft] = []
    for spec in filled.form.parts:
        found.extend(_files(filled, spec))
        content = _with_lists(filled, spec, now, _content(node, officer, filled, spec, parties))
        if content is not None:
            found.append(Draft(spec.kind, spec.handling, content, sources=_about(filled)))
    return tuple(found)


def _about(filled: Filled) -> tuple[str, ...]:
    """The parts that the officer's words are about."""
    return tuple(text for field in filled.form.fields if field.about for text in filled.texts(field.name))


def _content(node: Node, officer: Officer, filled: Filled, spec: PartSpec, parties: tuple[str, ...]) -> Content | None:
    if spec.fill == "addressees":
        members = [party for party in parties if not is_correspondent(party)]
        offices = [node.name(party) for party in parties if is_correspondent(party)]
        return Content(form={"members": members, **({"correspondents": offices} if len(offices) > 0 else {})})
    if spec.schema != "":
        return Content(entity=filled.entity(spec, f"{officer.agency}:{node.draw(8).hex()}"))
    plain = filled.plain(spec)
    return Content(form=plain) if len(plain) > 0 else None


def _with_lists(filled: Filled, spec: PartSpec, now: datetime, content: Content | None) -> Content | None:
    """The content with the lines of each list of documents: read here, so that what leaves is rows, never a file."""
    found: dict[str, list[str]] = {}
    for field in filled.form.fields:
        if field.keeps == DOCUMENTS and field.part == spec.kind:
            for file in filled.files.get(field.name, ()):
                records = read_document_list(file.name, file.data, stamp(now)[:10], field=field.name)
                found.setdefault(field.name, []).extend(record.line for record in records)
    form = None if content is None else content.form
    return content if len(found) == 0 else Content(form={**(form or {}), **found})


def _files(filled: Filled, spec: PartSpec) -> list[Draft]:
    """One attachment for each file, cleaned as its field says."""
    found = []
    for field in filled.form.fields:
        if field.kind != "file" or field.part != spec.kind or field.keeps == DOCUMENTS:
            continue
        for file in filled.files.get(field.name, ()):
            data, media, ending = _cleaned(field, file)
            manifest = Attachment(
                name=f"{field.name}.{ending}",
                media=media,
                size=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                chunks=(),
                label=field.label,
            )
            found.append(Draft(spec.kind, spec.handling, Content(attachment=manifest), data))
    return found


def _cleaned(field: Field, file: File) -> tuple[bytes, str, str]:
    """(bytes as they are kept, media type, ending); raises :class:`InputRefused` for a file that is refused."""
    if field.keeps == "document":
        document = read_document(file.name, file.data, field=field.name)
        return document.data, document.media, "pdf" if document.media == PDF else "jpg"
    if field.keeps == "fingerprints" and is_nist(file.data):
        return clean_nist(file.data, file=file.name), NIST, "an2"
    read = read_scan if field.keeps in ("scan", "fingerprints") else read_portrait
    picture = read(file.name, file.data, field=field.name)
    return picture.data, picture.media, "jpg"


def resolved(draft: Draft, parts: Sequence[ReadPart]) -> Draft:
    """The draft with each ``#n`` among its sources replaced by the commitment of that part."""
    named = {f"#{n}": part.sealed.commitment for n, part in enumerate(parts)}
    return replace(draft, sources=tuple(named.get(source, source) for source in draft.sources))


def seal_draft(node: Node, draft: Draft, agency: str) -> ReadPart:
    """The part as ``agency`` says it, as it is kept and sent: sealed once, under a key of its own."""
    key, salt = node.draw(KEY_BYTES), node.draw(SALT_BYTES)
    content = draft.content
    chunks: tuple[bytes, ...] = ()
    if content.attachment is not None:
        pieces = [draft.file[first : first + CHUNK] for first in range(0, len(draft.file), CHUNK)]
        chunks = tuple(seal_chunk(key, index, piece) for index, piece in enumerate(pieces))
        manifest = content.attachment
        content = Content(
            attachment=Attachment(
                name=manifest.name,
                media=manifest.media,
                size=manifest.size,
                sha256=manifest.sha256,
                chunks=tuple(chunk_address(chunk) for chunk in chunks),
                label=manifest.label,
            )
        )
    content = structs.replace(content, by=agency)
    part = make_part(draft.kind, draft.handling, content_bytes(content), salt)
    sealed = SealedPart(part.head.commitment, seal_part(key, part.head.commitment, part.data), key, salt)
    said = () if content.entity is None else entity_statements(part.head.commitment, content.entity)
    return ReadPart(part, sealed, content, said, chunks)
