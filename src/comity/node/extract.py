"""A notice's public extract as a file: only of what is published, only with the source's consent, numbered.

Whoever may make it is the source's bureau or the secretariat. It is read, written down and registered like any
letter, so that a recall names it until somebody has taken it down again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.documents.letter import LANGUAGES, Draft, Figure, Line, Section, compose
from comity.documents.pdf import letter_pdf
from comity.errors import Defect, InputRefused, RuleRefused
from comity.model.track import track_name
from comity.node.letters import PRINTED, Made, Wanted, void
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.prints import Sheet, register
from comity.node.query import seen_matter
from comity.node.reading import Opened, Reader, files_of
from comity.node.story import Held
from comity.procedures.notice.colours import COLOURS, Colour
from comity.procedures.notice.extract import LABELS, is_open, printed_lines, public_extract

FORMS = {"json": "application/json", "pdf": "application/pdf"}
"""What an extract can be made as."""
KIND = "public"
MARKING = "TLP:CLEAR"
PLACE_LIMIT = 200
SHOWN = ("published", "reopened")
"""Statuses in which a notice has an extract."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The act that published the notice, and the colour it has."""

    act: str
    colour: Colour


def may_make(node: Node, officer: Officer, matter: str, now: datetime) -> bool:
    """Whether this officer may make a public extract of a matter as it stands."""
    with node.store.read() as unit:
        held, _ = seen_matter(node, unit, officer, matter, now)
    return _source(node, officer, held) is not None


def make_extract(node: Node, officer: Officer, matter: str, wanted: Wanted, now: datetime) -> Made:
    """The file of an extract; raises :class:`RuleRefused` or :class:`InputRefused` with every defect.

    ``wanted.place`` is where it is published, ``wanted.form`` one of :data:`FORMS`.
    """
    _check(wanted)
    with node.store.read() as unit:
        held, purpose = seen_matter(node, unit, officer, matter, now)
        source = _source(node, officer, held)
        if source is None:
            raise RuleRefused(
                "No public extract may be made of this.",
                rule="N-05",
                remedy="Only of a published notice, with the consent of the bureau that asked for it.",
            )
        reader = Reader(node, officer, purpose, now)
        reader.open(unit, held.row, {source.act: held.headers[source.act]})
    opened = reader.disclose().get(source.act, ())
    made, drawn = _extract(node, held, source, opened)
    with node.store.write() as unit:
        sheet = Sheet(matter, source.act, KIND, wanted.form, wanted.place.strip())
        copy = register(node, unit, officer, sheet, drawn, now)
    name = f"{copy.number.replace('/', '-')}.{wanted.form}"
    if wanted.form == "json":
        return Made(copy.number, name, FORMS["json"], json.dumps(made.tree, ensure_ascii=False, indent=1).encode())
    draft = Draft(
        kind=KIND,
        language=wanted.language,
        sender=(node.name(officer.agency), node.name(node.member)),
        recipient=(wanted.place.strip(),),
        marking=MARKING,
        matter=matter,
        sections=(Section(source.colour.title, made.lines, made.figures),),
        places={"presumption": PRESUMPTION if source.colour.needs_warrant else ""},
    )
    try:
        return Made(copy.number, name, FORMS["pdf"], letter_pdf(compose(draft, copy.number, now.date())))
    except Exception:
        void(node, copy, now)
        raise


PRESUMPTION = "A person sought is presumed innocent until a court has found otherwise."


@dataclass(frozen=True, slots=True)
class _Extract:
    tree: Mapping[str, Any]
    lines: tuple[Line, ...]
    figures: tuple[Figure, ...]


def _extract(node: Node, held: Held, source: _Source, opened: tuple[Opened, ...]) -> tuple[_Extract, list[str]]:
    """The extract, and the commitments of the parts that it was drawn from."""
    by_kind = {one.head.kind: one for one in opened if one.content is not None}
    used = [by_kind[kind] for kind in ("subject", "case", "portrait") if kind in by_kind]
    if "subject" not in by_kind:
        raise RuleRefused("The notice's content is not here any more.", rule="N-05", remedy="Open the matter again.")
    files = files_of(node, used)
    portrait = by_kind.get("portrait")
    picture = None if portrait is None else files.get(portrait.head.commitment)
    pictures = () if picture is None or picture[0] not in PRINTED else (picture,)
    case = by_kind.get("case")
    tree = public_extract(
        source.colour,
        f"{held.row['opened'][:4]}/{str(held.row['matter'])[:8]}",
        str(held.row["owner_member"]),
        _properties(by_kind["subject"]),
        {} if case is None or case.content is None else case.content.form or {},
        pictures,
    )
    names = node.members()
    lines = tuple(
        Line(label, tuple(names.get(value, value) for value in values) if label == LABELS["nationalities"] else values)
        for label, values in printed_lines(tree)
    )
    figures = tuple(Figure("Portrait", data) for _, data in pictures)
    return _Extract(tree, lines, figures), [one.head.commitment for one in used]


def _properties(one: Opened) -> Mapping[str, Any]:
    entity = None if one.content is None else one.content.entity
    return {} if entity is None else entity.get("properties", {})


def _source(node: Node, officer: Officer, held: Held) -> _Source | None:
    """The published notice that an extract may be made of by this officer, or None."""
    if held.row["procedure"] != "notice" or held.view is None or str(held.row["status"]) not in SHOWN:
        return None
    source = str(held.row["owner_member"]) == node.member
    bureau = source and officer.agency == node.bureau and "duty_officer" in officer.roles
    if not bureau and not (node.member == node.reviewer and "reviewer" in officer.roles):
        return None
    for digest, header in held.headers.items():
        if (track_name(header.track), header.step) != ("notice", "publish"):
            continue
        colour = COLOURS.get(str(header.terms.get("of", "")).removeprefix("submit_"))
        if (
            held.view.outcomes[digest].verdict == "applied"
            and colour is not None
            and is_open(colour, str(header.terms.get("extract", "")))
        ):
            return _Source(digest, colour)
    return None


def _check(wanted: Wanted) -> None:
    place = wanted.place.strip()
    tests = (
        (wanted.form in FORMS, "form", "An extract is a JSON file or a PDF.", "Choose one."),
        (wanted.language in LANGUAGES, "language", "No extract is written in that language.", "Choose one of four."),
        (place != "", "place", "Where it is published is missing.", "Write it down: a recall asks for it."),
        (len(place) <= PLACE_LIMIT, "place", f"At most {PLACE_LIMIT} characters are kept.", "Shorten it."),
    )
    defects = [Defect("N-05", says, remedy, field=field) for good, field, says, remedy in tests if not good]
    if len(defects) > 0:
        raise InputRefused("No extract was made.", defects)
