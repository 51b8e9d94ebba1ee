"""What a call to ``/api/v1/check`` asks, read strictly: every defect at once, each with its field, rule and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from comity.errors import Defect, InputRefused, PeerRefused
from comity.formats.asked_document import AskedDocument, Typed, read_asked
from comity.formats.document_checks import Doubt, Page, check_document
from comity.model.canon import decode_tree
from comity.model.entity import clean_value, vocabulary
from comity.node.checking import PersonAsked

LARGEST = 1 << 20
"""Bytes of one call."""
PERSONS, DOCUMENTS = 100, 1_000
"""Persons and documents in one call, at most."""
MOST_NAMES, LONGEST_NAME, MOST_IDENTIFIERS = 50, 500, 20
THRESHOLD, LIMIT, MOST_HITS = 0.7, 5, 50
ID = re.compile(r"[\x21-\x7e]{1,64}")
SEXES = {"M": "male", "F": "female", "X": "other", "": ""}
_TOP = frozenset({"purpose", "persons", "documents", "threshold", "limit"})
_PERSON = frozenset(
    {"id", "name", "names", "first_name", "last_name", "birth_date", "nationality", "sex", "identifiers", "lists"}
)
_DOCUMENT = frozenset({"id", "kind", "country", "number", "mrz"})


@dataclass(frozen=True, slots=True)
class DocumentQuestion:
    """A question about a document: the caller's name for it, what is asked, and what its zone shows by itself."""

    id: str
    asked: AskedDocument
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One call's questions."""

    purpose: str
    persons: tuple[PersonAsked, ...]
    documents: tuple[DocumentQuestion, ...]
    threshold: float
    limit: int

    @property
    def count(self) -> int:
        """How many questions it asks."""
        return len(self.persons) + len(self.documents)


def read_call(body: bytes, today: date) -> Asked:
    """The questions in a body; raises :class:`InputRefused` with every defect."""
    try:
        tree = decode_tree(body, what="call", limit=LARGEST)
    except PeerRefused as error:
        defect = Defect("check.json", error.says, "Send one JSON object in UTF-8.", field="body")
        raise InputRefused("The call cannot be read.", [defect]) from error
    defects = list(_unknown(tree, _TOP, ""))
    persons = _many(tree, "persons", PERSONS, defects)
    documents = _many(tree, "documents", DOCUMENTS, defects)
    if len(persons) + len(documents) == 0 and len(defects) == 0:
        defects.append(_defect("check.nothing", "Nothing is asked.", "Give persons or documents.", "persons"))
    asked = Asked(
        _text(tree, "purpose", "purpose", defects),
        tuple(_person(one, n, defects) for n, one in enumerate(persons)),
        tuple(_document(one, n, today, defects) for n, one in enumerate(documents)),
        _number(tree, "threshold", THRESHOLD, 0.0, 1.0, defects),
        int(_number(tree, "limit", LIMIT, 1, MOST_HITS, defects)),
    )
    _require_distinct(asked, defects)
    if len(defects) > 0:
        raise InputRefused("The call cannot be answered.", defects)
    return asked


def _many(tree: Mapping[str, Any], name: str, most: int, defects: list[Defect]) -> list[Mapping[str, Any]]:
    found = tree.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        defects.append(_defect("check.shape", f"{name} is no list of objects.", "See /api/v1/openapi.json.", name))
        return []
    if len(found) > most:
        says = f"{len(found)} {name} are asked about; {most} are the most in one call."
        defects.append(_defect("check.many", says, "Send several calls.", name))
        return []
    return found


def _person(one: Mapping[str, Any], n: int, defects: list[Defect]) -> PersonAsked:
    at = f"persons[{n}]"
    defects.extend(_unknown(one, _PERSON, at))
    name = _id(one, f"p{n + 1}", at, defects)
    names = [*_texts(one, "name", at, defects), *_texts(one, "names", at, defects)]
    if len(names) > MOST_NAMES or any(len(text) > LONGEST_NAME for text in names):
        says = f"A person has at most {MOST_NAMES} names of {LONGEST_NAME} characters."
        defects.append(_defect("check.names", says, "Leave out what is no name.", f"{at}.names"))
        names = []
    parts = {"firstName": _texts(one, "first_name", at, defects), "lastName": _texts(one, "last_name", at, defects)}
    whole = " ".join(word for some in parts.values() for word in some[:1])
    numbers = _texts(one, "identifiers", at, defects)
    if len(numbers) > MOST_IDENTIFIERS:
        says = f"A person has at most {MOST_IDENTIFIERS} identifiers."
        defects.append(_defect("check.identifiers", says, "Leave some out.", f"{at}.identifiers"))
    if len(names) == 0 and whole == "" and len(numbers) == 0:
        says, remedy = "The person has no name and no number.", "Give names, first_name and last_name, or identifiers."
        defects.append(_defect("check.nameless", says, remedy, f"{at}.names"))
    values = {
        "name": [*names, *([whole] if whole != "" and len(names) == 0 else [])],
        **parts,
        "birthDate": _cleaned(one, "birth_date", "birthDate", "Write it 1971-03-12, 1971-03 or 1971.", at, defects),
        "nationality": _cleaned(one, "nationality", "nationality", "Give two or three letters.", at, defects),
        "gender": _sex(one, at, defects),
        "idNumber": numbers,
    }
    tree = {"id": name, "schema": "Person", "properties": {key: some for key, some in values.items() if len(some) > 0}}
    return PersonAsked(name, tree, tuple(_texts(one, "lists", at, defects)))


def _document(one: Mapping[str, Any], n: int, today: date, defects: list[Defect]) -> DocumentQuestion:
    at = f"documents[{n}]"
    defects.extend(_unknown(one, _DOCUMENT, at))
    name = _id(one, f"d{n + 1}", at, defects)
    given = {field: _text(one, field, f"{at}.{field}", defects) for field in ("kind", "country", "number", "mrz")}
    try:
        asked = read_asked(Typed(**given), today)
    except InputRefused as error:
        defects.extend(Defect(d.rule, d.says, d.remedy, "", d.place, f"{at}.{d.field}") for d in error.defects)
        return DocumentQuestion(name, AskedDocument(()), ())
    doubts = () if asked.zone is None else check_document(asked.zone, Page(), today)
    return DocumentQuestion(name, asked, doubts)


def _cleaned(one: Mapping[str, Any], name: str, prop: str, remedy: str, at: str, defects: list[Defect]) -> list[str]:
    found = []
    for text in _texts(one, name, at, defects):
        clean = clean_value(vocabulary()["Person"], prop, text)
        if clean is None:
            says = f"{text[:40]!r} cannot be read."
            defects.append(_defect(f"check.{name}", says, remedy, f"{at}.{name}"))
        else:
            found.append(clean)
    return found


def _sex(one: Mapping[str, Any], at: str, defects: list[Defect]) -> list[str]:
    found = _text(one, "sex", f"{at}.sex", defects)
    if found not in SEXES:
        defects.append(_defect("check.sex", f"{found[:20]!r} cannot be read.", "Give M, F or X.", f"{at}.sex"))
        return []
    return [] if found == "" else [SEXES[found]]


def _id(one: Mapping[str, Any], usual: str, at: str, defects: list[Defect]) -> str:
    found = one.get("id", usual)
    if not isinstance(found, str) or ID.fullmatch(found) is None:
        says = "The id is not 1 to 64 visible ASCII characters."
        defects.append(_defect("check.id", says, "Give a short id of your own, or none.", f"{at}.id"))
        return usual
    return found


def _require_distinct(asked: Asked, defects: list[Defect]) -> None:
    for what, ids in (("persons", [p.id for p in asked.persons]), ("documents", [d.id for d in asked.documents])):
        if len(set(ids)) < len(ids):
            says = f"Two of the {what} have the same id."
            defects.append(_defect("check.repeated", says, "Give each an id of its own.", what))


def _texts(one: Mapping[str, Any], name: str, at: str, defects: list[Defect]) -> list[str]:
    found = one.get(name, [])
    some = found if isinstance(found, list) else [found]
    if not all(isinstance(text, str) for text in some):
        defects.append(_defect("check.text", f"{name} is no text.", "Give a text, or a list of texts.", f"{at}.{name}"))
        return []
    return [" ".join(text.split()) for text in some if text.strip() != ""]


def _text(one: Mapping[str, Any], name: str, field: str, defects: list[Defect]) -> str:
    found = one.get(name, "")
    if not isinstance(found, str):
        defects.append(_defect("check.text", f"{name} is no text.", "Give a text.", field))
        return ""
    return found


def _number(
    tree: Mapping[str, Any], name: str, usual: float, least: float, most: float, defects: list[Defect]
) -> float:
    found: Any = tree.get(name, usual)
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if not is_number or not least <= found <= most or (isinstance(usual, int) and not isinstance(found, int)):
        says = f"{name} is no number from {least} to {most}."
        defects.append(_defect("check.number", says, f"Leave it out for {usual}.", name))
        return usual
    return float(found)


def _unknown(one: Mapping[str, Any], known: frozenset[str], at: str) -> Iterator[Defect]:
    for name in sorted(one.keys() - known):
        says = f"The field {name[:40]!r} is not known."
        field = f"{at}.{name}" if at != "" else name
        yield _defect("check.unknown", says, f"Known: {', '.join(sorted(known))}.", field[:120])


def _defect(rule: str, says: str, remedy: str, field: str) -> Defect:
    return Defect(rule, says, remedy, field=field)
