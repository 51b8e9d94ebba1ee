"""Compiled functions: numba's, kept on disk between runs as long as no source of matching changes.

numba looks only at the file a function stands in before it loads what it compiled earlier; a function that was
compiled into another one, from another file, would go on living there in its old form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

from comity.model.packaged import packaged_bytes, packaged_tree

Function = TypeVar("Function", bound=Callable[..., Any])


def _stamp() -> str:
    found = hashlib.sha256()
    dates = ("span.py", packaged_bytes("comity.model", "span.py"))
    for name, data in (dates, *packaged_tree("comity.matching", ".py")):
        found.update(f"{name}\n{len(data)}\n".encode() + data)
    return found.hexdigest()


STAMP = _stamp()
"""Digest of every source of matching and of how dates are read: what another one made may mean something else."""


def compiled(function: Function) -> Function:
    """The function, compiled at its first call and kept for later runs."""
    return _kept(function, forceinline=False)


def inlined(function: Function) -> Function:
    """As :func:`compiled`, and part of each function that calls it: for steps so short that handing over the arrays
    costs as much as they do."""
    return _kept(function, forceinline=True)


def _kept(function: Function, *, forceinline: bool) -> Function:
    dispatcher: Any = njit(cache=True, forceinline=forceinline)(function)
    dispatcher._cache._cache_file._source_stamp = STAMP
    return cast(Function, dispatcher)
