"""Subjects read, in any order and in as many places as there are processes, into plain rows; nothing else is kept.

:mod:`comity.matching.screening.building` sorts them into columns.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.matching.names.likeness import Name
from comity.matching.names.tokens import Token
from comity.matching.screening.letters import codes_of
from comity.matching.screening.records import pack
from comity.matching.subject import Subject


class Gathered:
    """What is read so far, in the order of reading; it can be sent to another process."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.records = bytearray()
        self.record_ends = array("q")
        self.kinds = array("B")
        self.schemas: dict[str, int] = {}
        self.years = array("i")
        self.year_ends = array("q")
        self.identifiers = array("Q")
        self.identifier_owners = array("i")
        self.tokens: dict[Token, int] = {}
        self.name_ends = array("q")
        self.name_tokens = array("i")
        self.tags = array("B")
        self.costs = array("i")
        self.name_owners = array("i")
        self.weak = array("B")
        self.joined = bytearray()
        self.joined_ends = array("q")

    def add(self, subject: Subject) -> None:
        owner = len(self.ids)
        self.ids.append(subject.id)
        self.records += pack(subject)
        self.record_ends.append(len(self.records))
        self.kinds.append(self.schemas.setdefault(subject.schema, len(self.schemas)))
        self.years.extend(birth_years(subject))
        self.year_ends.append(len(self.years))
        for one in subject.identifiers:
            self.identifiers.append(hash_of_key(one.key))
            self.identifier_owners.append(owner)
        for name in sorted(subject.names, key=lambda name: name.text):
            self._add_name(name, owner)

    def _add_name(self, name: Name, owner: int) -> None:
        tokens = self.tokens
        for token in name.tokens:
            number = tokens.get(token)
            if number is None:
                number = tokens[token] = len(tokens)
            self.name_tokens.append(number)
        self.tags.extend(name.tags)
        self.costs.extend(name.costs)
        self.name_ends.append(len(self.name_tokens))
        self.name_owners.append(owner)
        self.weak.append(name.is_weak)
        self.joined += codes_of(name.joined)
        self.joined_ends.append(len(self.joined))

    def parts(self) -> Iterator[tuple[str, Any]]:
        """Everything, part by part, for :meth:`put` in another process; a part given is forgotten here."""
        for name in tuple(vars(self)):
            yield name, vars(self).pop(name)

    def forget(self, *names: str) -> None:
        """Lets parts go that are not needed any more."""
        for name in names:
            delattr(self, name)

    def put(self, part: tuple[str, Any]) -> None:
        """Takes in one of :meth:`parts`."""
        setattr(self, *part)

    def absorb(self, other: Gathered) -> None:
        """Adds what was read elsewhere; ``other`` is used up."""
        owners = len(self.ids)
        self.ids += other.ids
        _extend(self.record_ends, other.record_ends, len(self.records))
        self.records += other.records
        other.forget("ids", "records", "record_ends")
        schemas = [self.schemas.setdefault(schema, len(self.schemas)) for schema in other.schemas]
        self.kinds.extend(schemas[kind] for kind in other.kinds)
        _extend(self.year_ends, other.year_ends, len(self.years))
        self.years += other.years
        self.identifiers += other.identifiers
        _extend(self.identifier_owners, other.identifier_owners, owners)
        numbers = np.array([self.tokens.setdefault(token, len(self.tokens)) for token in other.tokens], dtype=np.int32)
        _extend(self.name_ends, other.name_ends, len(self.name_tokens))
        self.name_tokens.frombytes(numbers[np.frombuffer(other.name_tokens, dtype=np.int32)].tobytes())
        self.tags += other.tags
        self.costs += other.costs
        _extend(self.name_owners, other.name_owners, owners)
        self.weak += other.weak
        _extend(self.joined_ends, other.joined_ends, len(self.joined))
        self.joined += other.joined


def gather(subjects: Iterable[Subject]) -> Gathered:
    """Reads ``subjects``."""
    gathered = Gathered()
    for subject in subjects:
        gathered.add(subject)
    return gathered


def _extend(values: array[int], more: array[int], by: int) -> None:
    """Adds ``more``, each greater by ``by``."""
    kind = np.dtype(np.int64 if more.typecode == "q" else np.int32)
    held: NDArray[Any] = np.frombuffer(more, dtype=kind)
    values.frombytes((held + kind.type(by)).tobytes())


def hash_of_key(key: str) -> int:
    """The 64-bit hash of an identifier's key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


def birth_years(subject: Subject) -> list[int]:
    """Every year that a birth date of the subject covers."""
    return sorted({year for birth in subject.births for year in birth.years})
