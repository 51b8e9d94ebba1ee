"""Spreading work over processes that share the lists, in order and in bounded memory.

Workers take the lists' columns over by fork, once, and share their memory; each has room of its own for what it works
out. A worker whose parent was killed ends by
itself.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from comity.matching.screening.index import Index

Chunk = TypeVar("Chunk")
Done = TypeVar("Done")
AHEAD = 4
"""Chunks that may wait for each worker: enough to keep it busy, few enough to stay small."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every chunk: which lists, the least score, and how many hits for one query."""

    indices: tuple[Index, ...]
    threshold: float
    limit: int


def spread(
    asked: Asked, job: Callable[[Asked, Chunk], Done], chunks: Iterable[Chunk], *, workers: int
) -> Iterator[Done]:
    """What ``job`` makes of each chunk, in the order of the chunks, the same for any number of ``workers``.

    ``job`` is a function of a module; ``chunks`` is read only a little ahead of what is taken.
    """
    if workers <= 1:
        for chunk in chunks:
            yield job(asked, chunk)
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _begin, (asked, os.getpid())) as pool:
        waiting: deque[Future[Done]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_work, job, chunk))
            if len(waiting) >= workers * AHEAD:
                yield waiting.popleft().result()
        while len(waiting) > 0:
            yield waiting.popleft().result()


_ASKED: list[Asked] = []
"""What this worker was begun with."""


def _begin(asked: Asked, parent: int) -> None:
    # What the parent holds is not searched for garbage here: that takes a quarter of a second and copies its pages.
    gc.freeze()
    _ASKED[:] = [replace(asked, indices=tuple(index.fresh() for index in asked.indices))]
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _work(job: Callable[[Asked, Any], Any], chunk: Any) -> Any:
    return job(_ASKED[0], chunk)
