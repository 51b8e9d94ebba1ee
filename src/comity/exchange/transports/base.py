"""What every transport does: hand a carton over, ask for one, and tell *unreachable* from *refused*."""

from __future__ import annotations

from typing import ClassVar, Protocol

from comity.errors import ComityError


class PeerUnreachable(ComityError):
    """The line or the peer is down, or too slow: nothing is known of what arrived; send the same again later.

    It stands beside :class:`comity.errors.PeerRefused` in the tree and not below it, so that nothing which marks
    a delivery as refused can catch it. ``wait`` is the number of seconds the peer asked for, or 0.
    """

    def __init__(self, says: str, *, rule: str = "peer.unreachable", wait: int = 0) -> None:
        super().__init__(
            says,
            rule=rule,
            remedy="It is sent again by itself; telephone if it cannot wait.",
            recorded="It stays queued.",
        )
        self.wait = wait


class Transport(Protocol):
    """Moves bytes to the node that answers at ``url``; knows nothing of what they mean.

    Both calls raise :class:`PeerUnreachable` where sending again may help, and
    :class:`comity.errors.PeerRefused` (``transport.…``) where it will not.
    """

    name: ClassVar[str]

    def push(self, url: str, carton: bytes) -> bytes:
        """Hands over ``carton``; the answer is the peer's signed receipts document."""

    def pull(self, url: str, request: bytes) -> bytes:
        """Asks with a signed pull request; the answer is a carton, or empty if nothing waits."""
