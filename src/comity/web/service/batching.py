"""Calls that come while others are being answered are answered together: one reading, one writing, one commit.

The event loop only takes calls in and gives answers back; a few threads do the work, each with everything that
waits. A call alone is answered at once; under load the cost of a commit is shared by all that wait for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

THREADS = 2
MOST = 64
"""Calls that are answered together at most, so that nobody waits for too many others."""


class Batcher(Generic[Q, A]):
    """Answers calls with ``work``, which gives one answer for each call, in order. Threads start with the first
    call and end with the process."""

    def __init__(self, work: Callable[[Sequence[Q]], Sequence[A]]) -> None:
        self._work = work
        self._waiting: deque[tuple[Q, asyncio.AbstractEventLoop, asyncio.Future[A]]] = deque()
        self._wake = threading.Condition()
        self._threads: list[threading.Thread] = []

    async def ask(self, call: Q) -> A:
        """The answer to one call; an error of the work is raised to every call that it was for."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[A] = loop.create_future()
        with self._wake:
            if len(self._threads) == 0:
                self._start()
            self._waiting.append((call, loop, future))
            self._wake.notify()
        return await future

    def _start(self) -> None:
        for _ in range(THREADS):
            thread = threading.Thread(target=self._run, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _run(self) -> None:
        while True:
            with self._wake:
                while len(self._waiting) == 0:
                    self._wake.wait()
                taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            try:
                answers = self._work([call for call, _, _ in taken])
                told = [partial(_tell, one[2], answer) for one, answer in zip(taken, answers, strict=True)]
            except Exception as error:  # whoever asked is told, and the thread outlives it
                told = [partial(_fail, one[2], error) for one in taken]
            for loop in {id(one[1]): one[1] for one in taken}.values():
                mine = [tell for tell, one in zip(told, taken, strict=True) if one[1] is loop]
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_all, mine)


def _all(told: Sequence[Callable[[], None]]) -> None:
    for tell in told:
        tell()


def _tell(future: asyncio.Future[A], answer: A) -> None:
    if not future.done():
        future.set_result(answer)


def _fail(future: asyncio.Future[A], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
