"""Telling a system of an event: one signed POST, as the Standard Webhooks specification has it.

The signature is HMAC-SHA-256 over id, moment and body, so that a system can tell our call from anybody else's and an
old one from a new one. The name is resolved once, every address it has is looked at, and the call goes to the address
that was looked at: a name that leads into our own network is refused unless the administrator allowed that. No
redirect is followed, no proxy taken from the environment, and the answer's body is never read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import socket
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from comity.errors import PeerRefused
from comity.exchange.transports.base import PeerUnreachable
from comity.exchange.transports.webhook import LOOPBACK

PREFIX = "whsec_"
TIMEOUT = 10.0
"""Seconds for connecting, and between two bytes; an answer's head comes in one."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Aim:
    """Where a system listens, and whether that may be inside our own network."""

    url: str
    inside: bool
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What is sent: the event's id, the same in every attempt, and its body."""

    name: str
    body: bytes


def secret_text(secret: bytes) -> str:
    """A secret as the specification writes it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers_of(secret: bytes, told: Told, now: datetime) -> dict[str, str]:
    """The headers that prove who calls and when."""
    moment = str(int(now.timestamp()))
    signed = f"{told.name}.{moment}.".encode() + told.body
    signature = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": told.name,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
        "content-type": "application/json",
        "user-agent": "comity",
    }


def why_unsafe(url: str, *, inside: bool) -> str:
    """Why an address may not be called at all, whatever its name leads to; the empty text if it may."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return "It is no address."
    if parts.host == "" or parts.userinfo != b"" or parts.fragment != "":
        return "It is no plain address."
    if parts.scheme == "https":
        return ""
    if parts.scheme == "http" and inside and parts.host in LOOPBACK:
        return ""
    return "It is not called over TLS."


def tell(aim: Aim, told: Told, now: datetime) -> None:
    """Tells one system; returns once it took the event (2xx).

    Raises :class:`PeerUnreachable` where asking again may help and :class:`PeerRefused` for an address that may not
    be called, and for an answer that leads elsewhere.
    """
    unsafe = why_unsafe(aim.url, inside=aim.inside)
    if unsafe != "":
        raise PeerRefused(unsafe, rule="event.address", remedy="Give an https address.")
    url = httpx.URL(aim.url)
    address = _resolved(url, inside=aim.inside)
    headers = {**headers_of(aim.secret, told, now), "host": url.netloc.decode("ascii")}
    extensions = {"sni_hostname": url.host}
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST", url.copy_with(host=str(address)), content=told.body, headers=headers, extensions=extensions
            ) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PeerUnreachable("The system does not answer.", rule="event.unreachable") from error
    if 300 <= status < 400:
        raise PeerRefused(
            "The system sends us elsewhere.", rule="event.redirect", remedy="Give the address that it means."
        )
    if not 200 <= status < 300:
        raise PeerUnreachable(f"The system answered {status}.", rule="event.status")


def is_outside(address: Address) -> bool:
    """Whether an address is one of the open Internet, by itself and not as a wrapping of another."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = (address.ipv4_mapped, address.sixtofour, address.teredo)
        if any(one is not None for one in wrapped) or address in _NAT64:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _resolved(url: httpx.URL, *, inside: bool) -> Address:
    """The address to call; one that leads into our own network refuses the name as a whole."""
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PeerUnreachable("The system's name leads nowhere.", rule="event.name") from error
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if len(addresses) == 0:
        raise PeerUnreachable("The system's name leads nowhere.", rule="event.name")
    if not inside and not all(is_outside(one) for one in addresses):
        raise PeerRefused(
            "The system's name leads into our own network.",
            rule="event.inside",
            remedy="The administrator may allow it: comity hooks add … --inside.",
        )
    return addresses[0]
