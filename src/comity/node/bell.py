"""A bell that wakes every worker: no one of them can swallow another's ring."""

from __future__ import annotations

import threading


class Bell:
    """Counts rings; a waiter says which ring it heard last and misses none."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    def set(self) -> None:
        """Rings: something was committed that somebody may have to act on."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, heard: int, seconds: float) -> int:
        """Waits until there is a ring after ``heard``, or so many seconds; returns the last ring."""
        with self._condition:
            if self._rings == heard:
                self._condition.wait(seconds)
            return self._rings
