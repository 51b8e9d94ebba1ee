"""Fetching a published file: only what changed, only so large, only so long; nothing half-fetched is given out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from comity.errors import PeerRefused

CONNECT, READ, WHOLE = 10.0, 30.0, 600.0
"""Seconds for a connection, between two pieces, and for one file."""
REDIRECTS = 5


class Fetched(msgspec.Struct, frozen=True):
    """What is remembered of a file: the server's marks of it, its digest, and when it was fetched (UTC)."""

    etag: str
    modified: str
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """One file as it was fetched; ``data`` is None where the server says that it has not changed."""

    data: bytes | None
    mark: Fetched


def client(proxy: str = "") -> httpx.Client:
    """A client through ``proxy``, or through the one that the environment names."""
    return httpx.Client(
        proxy=proxy or None,
        follow_redirects=True,
        max_redirects=REDIRECTS,
        timeout=httpx.Timeout(READ, connect=CONNECT),
        headers={"user-agent": "comity", "accept-encoding": "gzip, identity"},
    )


def fetch(through: httpx.Client, url: str, known: Fetched | None, largest: int, now: datetime) -> Found:
    """One file of at most ``largest`` bytes; raises :class:`PeerRefused` for everything else."""
    marks: Mapping[str, str] = {}
    if known is not None:
        marks = {
            name: mark for name, mark in (("if-none-match", known.etag), ("if-modified-since", known.modified)) if mark
        }
    try:
        with through.stream("GET", url, headers=marks) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED and known is not None:
                return Found(None, known)
            if answer.status_code != httpx.codes.OK:
                raise _refused(url, f"answered {answer.status_code}")
            data = _body(answer, url, largest)
            said = answer.headers
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _refused(url, f"did not give it whole ({error or type(error).__name__})") from error
    digest = hashlib.sha256(data).hexdigest()
    mark = Fetched(said.get("etag", ""), said.get("last-modified", ""), digest, now)
    if known is not None and known.sha256 == digest:
        return Found(None, mark)  # a server without marks gave the same bytes again
    return Found(data, mark)


def _body(answer: httpx.Response, url: str, largest: int) -> bytes:
    pieces, size, until = [], 0, time.monotonic() + WHOLE
    for piece in answer.iter_bytes():
        size += len(piece)
        if size > largest:
            raise _refused(url, f"gave more than {largest:,} bytes")
        if time.monotonic() > until:
            raise _refused(url, f"took more than {WHOLE:.0f} seconds")
        pieces.append(piece)
    return b"".join(pieces)


def _refused(url: str, says: str) -> PeerRefused:
    shown = httpx.URL(url).copy_with(query=None, userinfo=b"") if "://" in url else url
    return PeerRefused(
        f"The publisher at {shown} {says}.",
        rule="lists.fetch",
        remedy="Try again later, or bring the files in with --from-dir.",
        recorded="The list stays as it was.",
    )
