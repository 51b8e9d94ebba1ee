"""What every request passes before any page: its Host is ours, its body is bounded, its answer carries our headers.

No inline script or style is ever allowed, nothing is loaded from another origin, and no answer with content is kept
by a browser. A request that another site's page made is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}
BODY_LIMIT = 24 << 20
"""Bytes of one request to a page: a portrait of 20 MiB and its form."""
EXCHANGE = "/exchange/"
"""Paths that other nodes call; they bound their own bodies."""
STATIC = "/static/"


class TooLarge(Exception):
    """The body of a request is larger than its path allows."""


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        dressed = _dressed(scope["path"], send)
        headers = {name.lower(): value for name, value in scope["headers"]}
        if _host(headers.get(b"host", b"")) not in self._hosts:
            await PlainTextResponse("This node does not answer under that name.", 421)(scope, receive, dressed)
            return
        if scope["method"] not in ("GET", "HEAD") and headers.get(b"sec-fetch-site", b"none") not in (
            b"none",
            b"same-origin",
        ):
            await PlainTextResponse("The request came from another site's page.", 403)(scope, receive, dressed)
            return
        await self._bounded(scope, receive, dressed, headers.get(b"content-length", b""))

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, length: bytes) -> None:
        if scope["path"].startswith(EXCHANGE):
            await self._app(scope, receive, send)
            return
        too_large = PlainTextResponse(f"A request has at most {BODY_LIMIT >> 20} MiB. Nothing was recorded.", 413)
        if length.isdigit() and int(length) > BODY_LIMIT:
            await too_large(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_LIMIT:
                raise TooLarge
            return message

        try:
            await self._app(scope, counted, send)
        except TooLarge:
            await too_large(scope, receive, send)


def _dressed(path: str, send: Send) -> Send:
    """``send`` that adds our headers; what is not a static file is kept by no browser."""
    cache = b"public, max-age=3600" if path.startswith(STATIC) else b"no-store"

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = {name.encode(): value.encode() for name, value in HEADERS.items()} | {b"cache-control": cache}
            kept = [(name, value) for name, value in message["headers"] if name.lower() not in ours]
            message = {**message, "headers": [*kept, *ours.items()]}
        await send(message)

    return dressed


def _host(value: bytes) -> str:
    """The name in a Host header, without the port."""
    text = value.decode("latin-1").strip().lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0]
