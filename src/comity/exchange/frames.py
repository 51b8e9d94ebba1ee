"""Length-prefixed binary frames: bounded before anything is copied or parsed.

A block is a 32-bit big-endian length followed by that many bytes. Every reader names the largest block it will
take, so a lying length costs nothing. There is no compression anywhere in the exchange: the length of compressed
text tells of its content, and a small input that unpacks to a large one is a way to fill a peer's memory.
"""

from __future__ import annotations

from comity.errors import PeerRefused


def block(data: bytes) -> bytes:
    """``data`` behind its length."""
    return len(data).to_bytes(4, "big") + data


class FrameReader:
    """Reads one buffer from start to end; every error is :class:`PeerRefused` under ``rule``.

    ``what`` names the buffer in messages ("carton", "delivery").
    """

    __slots__ = ("_at", "_raw", "_rule", "_what")

    def __init__(self, raw: bytes | memoryview, *, what: str, rule: str) -> None:
        self._raw = memoryview(raw)
        self._at = 0
        self._what = what
        self._rule = rule

    @property
    def position(self) -> int:
        """Offset of the next byte."""
        return self._at

    def take(self, size: int, field: str) -> bytes:
        """The next ``size`` bytes."""
        end = self._at + size
        if end > len(self._raw):
            raise self._refused(f"ends inside its {field}, at offset {self._at}")
        taken = bytes(self._raw[self._at : end])
        self._at = end
        return taken

    def number(self, field: str, limit: int) -> int:
        """The next 32-bit number, at most ``limit``."""
        value = int.from_bytes(self.take(4, field), "big")
        if value > limit:
            raise self._refused(f"announces {value} for its {field}; at most {limit} are taken")
        return value

    def block(self, field: str, limit: int) -> bytes:
        """The next block, of at most ``limit`` bytes."""
        return self.take(self.number(field, limit), field)

    def end(self) -> None:
        """Refuses anything that is left over."""
        left = len(self._raw) - self._at
        if left > 0:
            raise self._refused(f"has {left} bytes after its end")

    def _refused(self, says: str) -> PeerRefused:
        return PeerRefused(f"The {self._what} {says}.", rule=self._rule, remedy="Ask the sender to send it again.")
