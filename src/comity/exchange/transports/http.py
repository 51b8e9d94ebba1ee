"""Cartons over HTTP: ``POST /exchange/v1/cartons`` and ``POST /exchange/v1/pull``, bytes in, bytes out.

Everything that matters is signed and sealed inside; TLS, where the url says https, is a second coat. The client
follows no redirect, takes no proxy from the environment, keeps no cookie, asks for no compression and bounds what
it reads, in bytes and in time. A node answers a carton that it opened with its signed receipts document and 200,
refused envelopes named in it; one that it cannot open with 400 and the rule in ``Comity-Rule``: an unsigned hint.

Names under ``.localhost`` are dialled as 127.0.0.1 with their Host header kept, for resolvers differ on them
(RFC 6761 section 6.3).
"""

from __future__ import annotations

import re
import ssl
import time
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import ClassVar

import httpx

from comity.errors import PeerRefused
from comity.exchange.transports.base import PeerUnreachable

PUSH_PATH = "/exchange/v1/cartons"
PULL_PATH = "/exchange/v1/pull"
CARTON_MEDIA = "application/vnd.comity.carton"
DOCUMENT_MEDIA = "application/vnd.comity.signed+json"
RULE_HEADER = "Comity-Rule"
_RULE = re.compile(r"[a-z0-9._-]{1,80}")


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Seconds to connect, between two bytes, and for a whole call; bytes of a receipts document and of a carton."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 120.0
    receipts: int = (1 << 20) + (64 << 10)
    carton: int = 64 << 20


class HttpTransport:
    """Over HTTP or HTTPS, connections kept alive; one instance serves all peers and may be shared by threads."""

    name: ClassVar[str] = "http"

    def __init__(self, limits: HttpLimits | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self._limits = HttpLimits() if limits is None else limits
        self._client = httpx.Client(
            timeout=httpx.Timeout(self._limits.read, connect=self._limits.connect),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=60),
            headers={"Accept-Encoding": "identity", "User-Agent": "comity"},
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            verify=True if tls is None else tls,
        )

    def push(self, url: str, carton: bytes) -> bytes:
        """Hands over ``carton``; gives the peer's signed receipts document."""
        return self._post(url, PUSH_PATH, carton, CARTON_MEDIA, self._limits.receipts)

    def pull(self, url: str, request: bytes) -> bytes:
        """Asks with a signed pull request; gives a carton, or nothing."""
        return self._post(url, PULL_PATH, request, DOCUMENT_MEDIA, self._limits.carton)

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()

    def __enter__(self) -> HttpTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _post(self, url: str, path: str, body: bytes, media: str, limit: int) -> bytes:
        try:
            target, headers, extensions = _dial(url, path)
            headers["Content-Type"] = media
            with self._client.stream("POST", target, content=body, headers=headers, extensions=extensions) as answer:
                _check_status(answer, url)
                return self._read(answer, url, limit)
        except httpx.InvalidURL as error:
            raise PeerRefused(
                f"{url} is not an address.", rule="transport.url", remedy="Ask the secretariat to mend the directory."
            ) from error
        except httpx.HTTPError as error:
            raise PeerUnreachable(f"{url} cannot be reached: {type(error).__name__}.") from error

    def _read(self, answer: httpx.Response, url: str, limit: int) -> bytes:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise _refused(url, "answers with compressed bytes", "transport.encoding")
        until = time.monotonic() + self._limits.total
        taken = bytearray()
        for piece in answer.iter_raw():
            taken += piece
            if len(taken) > limit:
                raise _refused(url, f"answers with more than {limit} bytes", "transport.oversize")
            if time.monotonic() > until:
                raise PeerUnreachable(f"{url} took longer than {self._limits.total} seconds to answer.")
        return bytes(taken)


def _dial(url: str, path: str) -> tuple[httpx.URL, dict[str, str], dict[str, str]]:
    target = httpx.URL(url.rstrip("/") + path)
    if target.scheme not in ("http", "https") or target.host == "" or not 0 < (target.port or 80) < 65536:
        raise httpx.InvalidURL(url)
    if target.host != "localhost" and not target.host.endswith(".localhost"):
        return target, {}, {}
    host = target.netloc.decode("ascii")
    return target.copy_with(host="127.0.0.1"), {"Host": host}, {"sni_hostname": target.host}


def _check_status(answer: httpx.Response, url: str) -> None:
    status = answer.status_code
    if status in (200, 204):
        return
    if status in (408, 425, 429) or status >= 500:
        wait = answer.headers.get("Retry-After", "")
        raise PeerUnreachable(f"{url} answers {status}.", wait=min(int(wait), 3600) if wait.isdecimal() else 0)
    if 300 <= status < 400:
        raise _refused(url, f"sends us elsewhere ({status})", "transport.redirect")
    named = answer.headers.get(RULE_HEADER, "")
    hint = f" and names the rule {named}" if _RULE.fullmatch(named) is not None else ""
    raise _refused(url, f"answers {status}{hint}", "transport.status")


def _refused(url: str, says: str, rule: str) -> PeerRefused:
    return PeerRefused(
        f"{url} {says}.", rule=rule, remedy="Check the member's address in the directory, then telephone."
    )
