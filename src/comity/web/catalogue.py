"""Gathering every text that officers read: ``python -m comity.web.catalogue`` writes ``locale/messages.pot``.

Texts come from templates and from sentences of the node (as ``babel.cfg`` says), from the tables and forms of all
packaged procedures, from the features of the scorer, and from roles, purposes and the desk's headings. Each
language's own file is brought up to date with what is new, and keeps what was translated.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from comity.formats.asked_document import MISREAD, NO_NUMBER
from comity.matching.features import FEATURES
from comity.model.travel_document import KINDS, STATES
from comity.node.aboard import LABELS
from comity.node.card import WORDS
from comity.node.checking import NO_REGISTER
from comity.node.list_keeping import REFUSALS
from comity.node.rota import DUTIES
from comity.node.shown_document import DOCUMENT_DECISIONS
from comity.node.watching import OUTCOMES
from comity.policy.purposes import PURPOSES
from comity.policy.roles import ROLES
from comity.procedures.form import Form
from comity.procedures.located.checks import PROTECTED_CODES
from comity.procedures.notice.colours import COLOURS
from comity.procedures.notice.findings import QUESTIONS
from comity.procedures.registry import packaged_procedures
from comity.procedures.screening.table import DECISIONS, GROUNDS
from comity.procedures.table import Procedure
from comity.web.language import languages
from comity.web.pages.check import PRINTED
from comity.web.pages.desk import GROUPS
from comity.web.pages.law import TOPICS

KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "says": None,
    "counted": (1, 2),
}
"""The functions whose first arguments are texts."""


def table_texts(procedure: Procedure) -> Iterator[str]:
    """Every text of one procedure that an officer reads."""
    yield from (procedure.title, procedure.summary)
    yield from (track.title for track in procedure.tracks)
    yield from (status.says for status in procedure.statuses)
    for step in procedure.steps:
        yield from (step.title, step.says)
        yield from form_texts(step.form)


def form_texts(form: Form | None) -> Iterator[str]:
    """Every text of one form."""
    for field in () if form is None else form.fields:
        yield field.label
        if field.hint != "":
            yield field.hint
        yield from (title for _, title in field.choices)


def register_texts() -> Iterator[str]:
    """The texts of all packaged procedures, roles, purposes and headings."""
    for procedure in packaged_procedures():
        yield from table_texts(procedure)
    yield from (role.title for role in ROLES.values())
    yield from (purpose.title for purpose in PURPOSES.values())
    yield from (title for _, title in (*GROUPS, *DECISIONS, *GROUNDS))
    yield from (text for feature in FEATURES for text in feature.texts.values())
    yield "Not understood here"
    yield from (due.says for procedure in packaged_procedures() for due in procedure.dues)
    yield from (title for _, title in (*TOPICS, *DUTIES, *OUTCOMES))
    yield from WORDS.values()
    yield from LABELS
    yield from DOCUMENT_DECISIONS.values()
    yield from (label for _, label in PRINTED)
    yield from (words for _, words in (*KINDS, *STATES))
    yield from (NO_REGISTER, NO_NUMBER, MISREAD)
    yield from REFUSALS
    yield from PROTECTED_CODES.values()
    yield from (text for colour in COLOURS.values() for text in (colour.title, colour.purpose))
    for row in QUESTIONS:
        yield from row["questions"]


def gather(package: Path, config: Path) -> Catalog:
    """Every text, with where it stands."""
    with config.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(project="comity", charset="utf-8", creation_date=None, fuzzy=False)
    for name, _, message, comments, context in extract_from_dir(str(package), methods, options, KEYWORDS):
        found.add(message, locations=[(name, None)], auto_comments=comments, context=context)  # type: ignore[list-item]
    for text in register_texts():
        found.add(text, locations=[("procedures", None)])  # type: ignore[list-item]
    return found


def write(folder: Path, template: Catalog) -> None:
    """Writes ``messages.pot`` and brings each language's file up to date."""
    with (folder / "messages.pot").open("wb") as file:
        write_po(file, template, width=120, sort_output=True, omit_header=True)
    for code in languages():
        path = folder / code / "LC_MESSAGES" / "messages.po"
        if not path.is_file():
            continue
        with path.open("rb") as file:
            catalogue = read_po(file, code)
        catalogue.update(template, no_fuzzy_matching=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True, ignore_obsolete=True)


def main() -> None:
    """Run from the repository's folder, where ``babel.cfg`` lies."""
    with as_file(files("comity")) as package:
        write(package / "web" / "locale", gather(package, Path("babel.cfg")))


if __name__ == "__main__":
    main()
