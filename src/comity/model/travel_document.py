"""Travel documents as a register knows them: kinds, states, the number as it is compared, and ranges of blanks.

A register answers for a number, a kind and a country, and never for a name. Two numbers are the same if they are
the same letters and digits; nothing is folded (``O`` is not ``0``), so that no other document is ever stopped.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

KINDS = (
    ("P", "passport"),
    ("I", "identity card"),
    ("V", "visa"),
    ("R", "refugee or stateless person's travel document"),
    ("O", "other travel document"),
)
STATES = (
    ("stolen", "stolen"),
    ("lost", "lost"),
    ("stolen_blank", "stolen blank"),
    ("revoked", "revoked"),
    ("invalidated", "invalidated"),
)
KEY_BYTES = 12
"""Bytes of a key: that any of a billion questions to a hundred million documents meets a false agreement has a chance
of about 10^-12; a false silence there is none."""
LONGEST = 40
"""Characters of the longest number that is taken."""
WIDEST = 18
"""Digits that a range counts with at most."""
_KEPT = re.compile(r"[^A-Z0-9]")
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Document:
    """One document: kind of :data:`KINDS`, issuer as two letters, the number as written."""

    kind: str
    country: str
    number: str


@dataclass(frozen=True, slots=True)
class BlankRange:
    """Blanks with one prefix and as many digits, from the first to the last number, both included."""

    kind: str
    country: str
    prefix: str
    width: int
    first: int
    last: int

    @property
    def series(self) -> str:
        """What its blanks have in common, as :func:`series_of` writes it."""
        return f"{self.kind}/{self.country}/{self.prefix}/{self.width}"

    def holds(self, document: Document) -> bool:
        """Whether a document is one of them."""
        found = series_of(document)
        return found is not None and found[0] == self.series and self.first <= found[1] <= self.last


def plain_number(text: str) -> str:
    """The number as it is compared: capital letters and digits alone."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return _KEPT.sub("", unicodedata.normalize("NFKC", text).upper())


def counted_number(text: str) -> tuple[str, str] | None:
    """(what stands before, the digits at the end) of a number that can be counted on, or None."""
    plain = plain_number(text)
    prefix = plain.rstrip(_DIGITS)
    width = len(plain) - len(prefix)
    return (prefix, plain[len(prefix) :]) if 0 < width <= WIDEST else None


def blank_range(kind: str, country: str, first: str, last: str) -> BlankRange | None:
    """The range between two numbers, or None where they do not count up from one to the other."""
    low, high = counted_number(first), counted_number(last)
    if low is None or high is None or low[0] != high[0] or len(low[1]) != len(high[1]):
        return None
    begins, ends = int(low[1]), int(high[1])
    return None if begins > ends else BlankRange(kind, country.lower(), low[0], len(low[1]), begins, ends)


def series_of(document: Document) -> tuple[str, int] | None:
    """(the series that a document's number belongs to, its place there), or None where it cannot be counted on."""
    counted = counted_number(document.number)
    if counted is None:
        return None
    prefix, digits = counted
    return f"{document.kind}/{document.country.lower()}/{prefix}/{len(digits)}", int(digits)


def document_key(secret: bytes, document: Document) -> bytes:
    """What a register keeps instead of the number: :data:`KEY_BYTES` bytes under a secret of the node (32 bytes)."""
    return document_keys(secret, (document,))[0]


def document_keys(secret: bytes, documents: Iterable[Document]) -> list[bytes]:
    """The key of each document, in order."""
    begun = hashlib.blake2b(digest_size=KEY_BYTES, key=secret)
    keys = []
    for document in documents:
        digest = begun.copy()
        digest.update(f"{document.kind}\0{document.country.lower()}\0{plain_number(document.number)}".encode())
        keys.append(digest.digest())
    return keys
