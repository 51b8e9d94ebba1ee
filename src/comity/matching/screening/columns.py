"""The columns of one list: what the kernels run on, as plain read-only arrays that a file can hold.

Four tables: the distinct tokens, sorted by length and text; the names, by owner and text; the names without spaces;
and the owners, sorted by id. Offsets are 64 bits; numbers of tokens, names and owners 32.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Halves = NDArray[np.uint16]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Hashes = NDArray[np.uint64]


class Tokens(NamedTuple):
    """Distinct tokens. ``codes[starts[t]:starts[t + 1]]`` is the text of token t, ``own`` its own script's letters;
    ``masks`` letter masks, ``by_hash``/``hashed`` tokens by the hash of their text, ``rests``/``directory`` those
    of at most nine letters by what deletions leave of them, ``classes`` the sorted ids with
    ``class_tokens[class_starts[c]:…]``, ``wholes`` whether a letter more would make each another word,
    ``consonants`` those of the channel, ``branch…`` and ``leaf…`` the forest of the scripts that have a channel
    (:mod:`comity.matching.screening.forest`), ``names[name_starts[t]:…]`` the names that hold token t, up to
    ``initial_ends[t]`` those with a token of one letter."""

    codes: Bytes
    starts: Longs
    own: Halves
    own_starts: Longs
    scripts: Bytes
    weights: Ints
    masks: Hashes
    lengths: Longs
    by_hash: Hashes
    hashed: Ints
    rests: Hashes
    directory: Ints
    classes: Longs
    class_starts: Longs
    class_tokens: Ints
    wholes: Bytes
    consonants: Bytes
    branch_starts: Longs
    branches: Longs
    branch_weights: Longs
    leaf_starts: Longs
    leaf_tokens: Ints
    name_starts: Longs
    initial_ends: Longs
    names: Ints


class Names(NamedTuple):
    """Names. ``tokens[starts[n]:starts[n + 1]]`` with a tag and a cost each; ``weights`` their tokens' sum,
    ``initials`` how many have one letter, ``letters`` which letters these are and, 32 bits above, those that longer
    ones begin with; ``pair_hashes``/``pair_names`` neighbours written as one word."""

    starts: Longs
    tokens: Ints
    tags: Bytes
    costs: Ints
    owners: Ints
    weights: Ints
    initials: Bytes
    letters: Hashes
    weak: Bytes
    pair_hashes: Hashes
    pair_names: Ints


class Joined(NamedTuple):
    """Names without spaces: ``codes[starts[n]:starts[n + 1]]`` is that of name n, ``masks`` its letter mask; names by
    the hash of the whole, and by four letters at a fixed place, each sorted by (four letters << 11 | length)."""

    codes: Bytes
    starts: Longs
    masks: Hashes
    by_hash: Hashes
    hashed: Ints
    front: Longs
    front_names: Ints
    back: Longs
    back_names: Ints
    middle: Longs
    middle_names: Ints
    later: Longs
    later_names: Ints


class Owners(NamedTuple):
    """Owners. ``kinds`` is each one's place in the table of schemas; ``years[year_starts[o]:…]`` the birth years;
    ``identifier_hashes``/``identifier_owners`` who holds a number, by the hash of its key."""

    kinds: Bytes
    year_starts: Longs
    years: Ints
    identifier_hashes: Hashes
    identifier_owners: Ints


@dataclass(frozen=True, slots=True)
class Columns:
    """One list in columns; ``records`` holds each owner's record, ``ids`` each owner's id, both UTF-8 or bytes in a
    row; ``schemas`` the names of the schemas that ``owners.kinds`` points to."""

    tokens: Tokens
    names: Names
    joined: Joined
    owners: Owners
    records: Bytes
    record_starts: Longs
    ids: Bytes
    id_starts: Longs
    schemas: tuple[str, ...]

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Every column under its name, as a snapshot keeps it."""
        arrays: dict[str, NDArray[np.generic]] = {}
        for table, held in (
            ("tokens", self.tokens),
            ("names", self.names),
            ("joined", self.joined),
            ("owners", self.owners),
        ):
            arrays |= {f"{table}.{field}": array for field, array in held._asdict().items()}
        return arrays | {
            "records": self.records,
            "record_starts": self.record_starts,
            "ids": self.ids,
            "id_starts": self.id_starts,
            "schemas": np.frombuffer("\n".join(self.schemas).encode(), dtype=np.uint8),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Columns:
        """The columns of :meth:`to_arrays`; raises ``KeyError`` where one is missing."""
        return cls(
            tokens=_table(Tokens, "tokens", arrays),
            names=_table(Names, "names", arrays),
            joined=_table(Joined, "joined", arrays),
            owners=_table(Owners, "owners", arrays),
            records=_frozen(arrays["records"]),
            record_starts=_frozen(arrays["record_starts"]),
            ids=_frozen(arrays["ids"]),
            id_starts=_frozen(arrays["id_starts"]),
            schemas=tuple(bytes(arrays["schemas"]).decode().split("\n")) if len(arrays["schemas"]) > 0 else (),
        )

    @property
    def count(self) -> int:
        """How many owners there are."""
        return len(self.record_starts) - 1

    def id_of(self, owner: int) -> str:
        """The id of an owner."""
        return bytes(self.ids[self.id_starts[owner] : self.id_starts[owner + 1]]).decode()

    def owners_of(self, ids: Collection[str]) -> list[int]:
        """The owners with these ids; ids that nobody has are passed over."""
        wanted = {one.encode() for one in ids}
        found = []
        for one in wanted:
            low, high = 0, self.count
            while low < high:
                middle = (low + high) // 2
                low, high = (middle + 1, high) if self._id(middle) < one else (low, middle)
            while low < self.count and self._id(low) == one:
                found.append(low)
                low += 1
        return found

    def _id(self, owner: int) -> bytes:
        return bytes(self.ids[self.id_starts[owner] : self.id_starts[owner + 1]])

    def record_of(self, owner: int) -> bytes:
        """The record of an owner."""
        return bytes(self.records[self.record_starts[owner] : self.record_starts[owner + 1]])


Table = TypeVar("Table", Tokens, Names, Joined, Owners)


def _table(kind: type[Table], table: str, arrays: Mapping[str, NDArray[np.generic]]) -> Table:
    return kind(*(_frozen(arrays[f"{table}.{field}"]) for field in kind._fields))


def _frozen(array: NDArray[np.generic]) -> Any:
    """Read-only, so that a mapped file and fresh columns are one type to the kernels."""
    array.flags.writeable = False
    return array
