"""Sentences that stay apart from their values, so that a screen can say them in the reader's language and time.

The English text is the message's identity for gettext; values go into ``%(name)s``. A value may be a moment, which
each reader sees in their own time, or another sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Union

Value = Union[str, int, datetime, "Says"]


@dataclass(frozen=True, slots=True)
class Says:
    """One sentence: ``text`` with places for ``values``; ``many`` is its plural, chosen by ``n``."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    many: str = ""
    n: int = 1

    def __str__(self) -> str:
        text = self.text if self.many == "" or self.n == 1 else self.many
        return text % {name: _plain(value) for name, value in self.values.items()} if self.values else text


def says(text: str, **values: Value) -> Says:
    """A sentence with its values."""
    return Says(text, values)


def counted(one: str, many: str, n: int, **values: Value) -> Says:
    """A sentence about ``n`` things; ``%(n)s`` is the number."""
    return Says(one, {"n": n, **values}, many, n)


def _plain(value: Value) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else str(value)
