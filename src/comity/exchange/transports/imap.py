"""A mailbox folder that is read and never changed: IMAP with the folder opened read-only.

Only where a mailbox is configured does anything call out. Messages are fetched without marking them as seen, from
the first that was not fetched before; ``position`` is (the folder's validity, the last message's number).
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from comity.exchange.transports.base import PeerUnreachable

TIMEOUT = 20
AT_ONCE = 50
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SIZE_LIMIT = 40 << 20


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where answers come in. Without TLS only a server on this machine is called."""

    host: str
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    port: int = 993
    tls: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """Messages as they came, and the position after them."""

    messages: tuple[bytes, ...]
    position: tuple[int, int]
    too_large: int = 0


def fetch(box: Mailbox, position: tuple[int, int]) -> Fetched:
    """The messages that came since ``position``, at most :data:`AT_ONCE`; raises :class:`PeerUnreachable`."""
    try:
        with _open(box) as server:
            server.login(box.user, box.password)
            return _fetched(server, box, position)
    except (OSError, imaplib.IMAP4.error, ValueError, IndexError) as error:
        raise PeerUnreachable(f"The mailbox cannot be read: {type(error).__name__}.") from error


def _open(box: Mailbox) -> imaplib.IMAP4:
    if box.tls:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=TIMEOUT)
    if box.host not in LOOPBACK:
        raise ValueError("without TLS only this machine is called")
    return imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT)


def _fetched(server: imaplib.IMAP4, box: Mailbox, position: tuple[int, int]) -> Fetched:
    quoted = '"' + box.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    _good(server.select(quoted, readonly=True))
    validity = int(_first(server.response("UIDVALIDITY")[1]))
    last = position[1] if position[0] == validity else 0
    found = _good(server.uid("SEARCH", f"UID {last + 1}:*"))
    numbers = sorted(n for n in (int(word) for word in (_first(found) or b"").split()) if n > last)[:AT_ONCE]
    messages, large = [], 0
    for n in numbers:
        for raw in _message(server, n):
            if len(raw) > SIZE_LIMIT:
                large += 1
            else:
                messages.append(raw)
    return Fetched(tuple(messages), (validity, max(numbers, default=last)), large)


def _message(server: imaplib.IMAP4, number: int) -> Iterator[bytes]:
    for item in _good(server.uid("FETCH", str(number), "(BODY.PEEK[])")):
        if isinstance(item, tuple) and isinstance(item[1], bytes):
            yield item[1]


def _good(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error("refused")
    return answer[1]


def _first(found: object) -> bytes:
    first = found[0] if isinstance(found, list) and len(found) > 0 else None
    return first if isinstance(first, bytes) else b"0" if first is None else b""
