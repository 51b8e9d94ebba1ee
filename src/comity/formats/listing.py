"""One listed entity while its record is read, and what was wrong or odd on the way.

What the vocabulary knows becomes a property; what it does not know, or what does not fit, is kept word for word as
a note under its own label. Nothing of a record is dropped without a word.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from comity.errors import Defect, InputRefused
from comity.formats.base import Notice, Reading, Rows, Tree, clean, make_tree
from comity.formats.ofac_remarks import even
from comity.model.entity import ROUGH

MOST_DEFECTS = 1000
"""Defects kept of one input; more say nothing new and would only fill the memory."""
TOLERATED = 20
"""Oddities of one kind that are told as notices; more mean that this is another file."""
LONGEST_NUMBER = 20
LONGEST_VALUE = 1 << 14
"""Characters; what is longer is no name, place or number, and is kept as a note."""
_NAMES = frozenset({"name", "alias", "weakAlias", "previousName", "firstName", "lastName", "middleName"})


@dataclass(slots=True)
class Findings:
    """What is wrong and what is odd in one input."""

    defects: list[Defect] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    rows: list[Rows] = field(default_factory=list)

    def defect(self, rule: str, says: str, remedy: str, file: str = "", place: str = "", name: str = "") -> None:
        """Adds one defect, up to :data:`MOST_DEFECTS`."""
        if len(self.defects) < MOST_DEFECTS:
            self.defects.append(Defect(rule, says, remedy, file, place, name))

    def reading(self, what: str, trees: tuple[Tree, ...], published: str = "") -> Reading:
        """The reading, or :class:`InputRefused` with every defect."""
        if len(self.defects) > 0:
            raise InputRefused(f"The {what} cannot be read.", self.defects)
        for label, count in sorted(self.kept.items()):
            value = "value" if count == 1 else "values"
            self.notices.append(Notice(f"{count} {value} of {label} in no known form: kept as notes."))
        return Reading(trees, tuple(self.notices), published=published, rows=tuple(self.rows))


class Entry:
    """One listed entity: its values, its papers and the acts that list it."""

    __slots__ = ("_acts", "_findings", "_papers", "entity_id", "schema", "values")

    def __init__(self, entity_id: str, schema: str, findings: Findings) -> None:
        self.entity_id = entity_id
        self.schema = schema
        self.values: dict[str, list[str]] = {}
        self._findings = findings
        self._papers: dict[str, Tree] = {}
        self._acts: dict[str, Tree] = {}

    def add(self, prop: str, value: str) -> bool:
        """Adds one value if it fits the schema, and says whether it did; an empty one is nothing to add."""
        text = even(value) if value != "" else ""
        if text == "":
            return True
        if len(text) > LONGEST_VALUE:
            return False
        fitting = clean(self.schema, prop, text)
        if fitting is None:
            return False
        self.values.setdefault(prop, []).append(text if prop in ROUGH or prop in _NAMES else fitting)
        return True

    def take(self, prop: str, value: str, label: str) -> None:
        """Adds one value, or keeps it as a note that begins with ``label``."""
        if value != "" and not self.add(prop, value):
            self._findings.kept[label] += 1
            self.note(value, label)

    def note(self, text: str, label: str = "") -> None:
        """Keeps a text word for word; one of control characters alone is a defect, since there is no word in it."""
        plain = even(text) if text != "" else ""
        if plain != "" and clean(self.schema, "notes", plain) is None:
            says = f"{plain[:12]!r} holds control characters and nothing else."
            self._findings.defect("value.control", says, "Fetch the file again.", place=self.entity_id, name=label)
        elif plain != "":
            self.values.setdefault("notes", []).append(f"{label}: {plain}" if label != "" else plain)

    def paper(self, kind: str, number: str, *, is_passport: bool, more: Mapping[str, str]) -> None:
        """A document with its number; ``more`` holds country, startDate, endDate, authority and summary."""
        if not self.add("passportNumber" if is_passport else "idNumber", number):
            self.note(number, kind)  # a thing that bears no papers
        schema = "Passport" if is_passport else "Identification"
        values = {"holder": [self.entity_id], "type": [even(kind)], "number": [even(number)]}
        for prop, value in more.items():
            fitting = clean(schema, prop, even(value)) if value != "" and not value.isspace() else ""
            if fitting is None:
                self.note(f"{number}: {value}", prop)
            elif fitting != "":
                values[prop] = [fitting]
        tree = make_tree("", schema, {name: found for name, found in values.items() if found[0] != ""})
        self._papers[digest(repr(tree))] = tree

    def wallet(self, currency: str, address: str) -> None:
        """A wallet that the entity holds."""
        tree = make_tree("", "CryptoWallet", {"holder": [self.entity_id], "publicKey": [address]})
        if currency != "":
            tree["properties"]["currency"] = [currency]
        self._papers[digest(repr(tree))] = tree

    def act(self, values: Mapping[str, str]) -> None:
        """A listing: the authority's act with its programme, dates and reason; what does not fit is a note."""
        found: dict[str, list[str]] = {"entity": [self.entity_id]}
        for prop, value in values.items():
            text = even(value) if value != "" else ""
            fitting = clean("Sanction", prop, text) if text != "" else ""
            if fitting is None:
                self._findings.kept[prop] += 1
                self.note(value, prop)
            elif fitting != "":
                found[prop] = [fitting]
        tree = make_tree("", "Sanction", found)
        self._acts[digest(repr(tree))] = tree

    def trees(self) -> Iterator[Tree]:
        """The entity, then its papers and the acts that list it."""
        yield make_tree(self.entity_id, self.schema, self.values)
        for key, tree in self._papers.items():
            word = "wallet" if tree["schema"] == "CryptoWallet" else "doc"
            tree["id"] = f"{self.entity_id}-{word}-{key}"
            yield tree
        for key, tree in self._acts.items():
            tree["id"] = f"{self.entity_id}-act-{key}"
            yield tree


def is_number(key: str) -> bool:
    """Whether a publisher's own number of an entry is one, and short enough to name it by."""
    return key.isascii() and key.isdigit() and len(key) <= LONGEST_NUMBER


def digest(text: str) -> str:
    """A short name for what has none of its own."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
