"""What lies inside a part: a form, one entity, or the manifest of an attachment.

Part bytes are one JSON object with exactly one of the keys ``form``, ``entity`` and ``attachment``, and ``by``, the
agency that says it. The kind of a part stands in the header; its content only here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from comity.model.canon import decode, encode


class Attachment(msgspec.Struct, frozen=True):
    """The manifest of one sealed file: ``chunks`` are SHA-256 digests (hex) of the sealed chunks, in order.

    ``media`` is the type found by signature, ``size`` and ``sha256`` describe the file in the clear.
    """

    name: str
    media: str
    size: int
    sha256: str
    chunks: tuple[str, ...]
    label: str = ""


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part's content; ``entity`` is a FollowTheMoney entity as a plain tree.

    ``by`` is the agency that says it, inside what the commitment binds, so that nobody who was given the part can
    deliver it as their own; empty in parts made before it was written.
    """

    form: dict[str, Any] | None = None
    entity: dict[str, Any] | None = None
    attachment: Attachment | None = None
    by: str = ""


def content_bytes(content: Content) -> bytes:
    """The bytes that a commitment binds."""
    return encode(content)


def read_content(data: bytes) -> Content:
    """The content in ``data``; raises :class:`comity.errors.PeerRefused`."""
    return decode(data, Content, what="part", limit=8 << 20)
