"""An act on its way into the store: verified, opened, read and found in order before any writer is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from comity.errors import InputRefused, PeerRefused
from comity.exchange.delivery import Delivery, SealedPart
from comity.formats.nist_itl import MEDIA as NIST
from comity.model.act import Act, Part
from comity.model.content import Content, read_content
from comity.model.entity import Statement, entity_statements, is_own
from comity.model.sealing import chunk_address

TAKEN = ("image/jpeg", "image/png", NIST)
"""The only media that are taken from anybody: pictures that show who somebody is, and fingerprint files."""


@dataclass(frozen=True, slots=True)
class ReadPart:
    """One part as it will be kept: its sealed bytes, its content, and the statements of its entity."""

    part: Part
    sealed: SealedPart
    content: Content
    statements: tuple[Statement, ...] = ()
    chunks: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One act and those of its parts that came with it, in order.

    ``sender`` is the member it came from, this node's own for an officer's step; ``delivery`` the delivery's
    identity; ``sources`` names, for a part made here from others, the parts it was made from;
    ``parties`` the members that the officer addressed; ``dies`` when a part is erased by itself.
    """

    act: Act
    sender: str
    delivery: str
    parts: tuple[ReadPart, ...] = ()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parties: tuple[str, ...] = ()
    dies: Mapping[str, str] = field(default_factory=dict)


def read_arrival(
    act: Act,
    parts: tuple[Part, ...],
    delivery: Delivery,
    *,
    sender: str,
    identity: str,
    sources: Mapping[str, tuple[str, ...]] | None = None,
) -> Arrival:
    """The arrival, if each part can be read and states only what its agency may; raises :class:`PeerRefused`."""
    sealed = {one.commitment: one for one in delivery.parts}
    chunks = {chunk_address(chunk): chunk for chunk in delivery.chunks}
    read = tuple(_read(act.header.agency, part, sealed[part.head.commitment], chunks) for part in parts)
    return Arrival(act, sender, identity, read, sources or {})


def _read(agency: str, part: Part, sealed: SealedPart, chunks: Mapping[str, bytes]) -> ReadPart:
    content = read_content(part.data)
    if content.by not in ("", agency):
        raise PeerRefused(
            f"A part that another agency says came in an act of {agency}.",
            rule="part.author",
            remedy="Each agency says its own parts; what another one said is passed on in words of one's own.",
        )
    said: tuple[Statement, ...] = ()
    held: tuple[bytes, ...] = ()
    if content.entity is not None:
        if not is_own(str(content.entity.get("id", "")), agency):
            raise PeerRefused(
                f"A part of {agency} states about an entity that is not its own.",
                rule="part.entity",
                remedy="An agency states about its own entities only.",
            )
        try:
            said = entity_statements(part.head.commitment, content.entity)
        except InputRefused as error:
            says = "; ".join(defect.says for defect in error.defects[:3])
            raise PeerRefused(f"A part's entity cannot be read: {says}", rule="part.entity") from error
    if content.attachment is not None:
        if content.attachment.media not in TAKEN:
            raise PeerRefused(
                f"An attachment of type {content.attachment.media[:40]!r} is not taken.",
                rule="part.media",
                remedy="Only JPEG and PNG pictures and fingerprint files travel as attachments.",
            )
        missing = [address for address in content.attachment.chunks if address not in chunks]
        if len(missing) > 0:
            raise PeerRefused(
                "An attachment came without all of its pieces.", rule="part.chunks", remedy="Ask for it again."
            )
        held = tuple(chunks[address] for address in content.attachment.chunks)
    return ReadPart(part, sealed, content, said, held)
