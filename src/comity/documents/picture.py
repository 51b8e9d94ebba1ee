"""Portraits and scans: told by their signature, opened within bounds, turned upright, resized, without metadata.

A picture is evidence of who somebody is. Nothing here recognises faces, and nothing but still pictures of a few
kinds is taken at all: what a file says of itself (name, declared type) is not believed.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from comity.errors import Defect, InputRefused

LIMIT = 20 << 20
"""Bytes read at most."""
PIXELS = 50_000_000
"""Pixels opened at most: a small file can claim to be huge."""
EDGE = 1200
"""The longer edge of a portrait that is kept, in pixels."""
SCAN_EDGE = 3500
"""The longer edge of a scan: a page of A4 at 300 dots per inch stays readable."""

_KINDS = {"JPEG": "image/jpeg", "PNG": "image/png"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: JPEG without metadata."""

    data: bytes
    media: str
    width: int
    height: int


def read_portrait(name: str, data: bytes, *, field: str = "portrait") -> Picture:
    """The portrait in ``data``; raises :class:`InputRefused` for anything that is not a JPEG or PNG picture."""
    return _read(name, data, field, EDGE)


def read_scan(name: str, data: bytes, *, field: str = "scan") -> Picture:
    """The scan of a document in ``data``, made anew without metadata, large enough to be read; raises alike."""
    return _read(name, data, field, SCAN_EDGE)


def _read(name: str, data: bytes, field: str, edge: int) -> Picture:
    if len(data) == 0 or len(data) > LIMIT:
        raise _refused(name, field, "picture.size", f"The file has {len(data)} bytes.", f"Attach up to {LIMIT} bytes.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(_KINDS)) as picture:
                if picture.width * picture.height > PIXELS:
                    raise _refused(
                        name, field, "picture.pixels", "The picture claims too many pixels.", "Make it smaller."
                    )
                return _cleaned(picture, edge)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        raise _refused(
            name, field, "picture.kind", "The file is not a JPEG or PNG picture.", "Attach a JPEG or PNG picture."
        ) from error


def _cleaned(picture: Image.Image, edge: int) -> Picture:
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((edge, edge))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=88, optimize=True)
    return Picture(out.getvalue(), "image/jpeg", bare.width, bare.height)


def _refused(name: str, field: str, rule: str, says: str, remedy: str) -> InputRefused:
    return InputRefused("The picture was not attached.", [Defect(rule, says, remedy, file=name, field=field)])
