"""Ways to move bytes between two nodes. Concrete ones are named by :mod:`comity.bootstrap` alone."""

from __future__ import annotations

from comity.exchange.transports.base import PeerUnreachable, Transport
from comity.exchange.transports.http import HttpTransport
from comity.exchange.transports.memory import MemoryTransport

TRANSPORTS: tuple[type[HttpTransport] | type[MemoryTransport], ...] = (HttpTransport, MemoryTransport)
"""All transports; each has a ``name`` and a docstring that is its title in the reference."""

__all__ = ["TRANSPORTS", "HttpTransport", "MemoryTransport", "PeerUnreachable", "Transport"]
