"""A letter as data: what it says, under which marking, from whom to whom; and its words in four languages.

The words are data of the package (``letters/LANGUAGE.yaml``): a text for each kind of letter, the labels of what is
quoted, and the grounds by the table's own codes. What people typed is quoted as it is and never translated. How a
letter is laid out stands in :mod:`comity.documents.pdf` and :mod:`comity.documents.word`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import yaml
from babel.dates import format_date

from comity.errors import OwnFault
from comity.model.packaged import packaged_bytes

LANGUAGES = ("en", "fr", "es", "ar")
"""The languages that letters are written in."""
KINDS = ("refusal", "return", "question", "message", "recall", "reminder", "extract", "public")
"""What a letter is for: a notice's refusal, a request returned, a question to the source, a message, its recall, a
reminder, an extract of a matter, and a notice's public extract."""


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled value, or several."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that is printed: JPEG or PNG bytes under a label; ``is_page`` for a scan that must stay readable."""

    label: str
    data: bytes
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the letter under a title of its own."""

    title: str
    lines: tuple[Line, ...]
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, complete. ``marking`` stands on every page; ``number`` is that of the register of prints."""

    kind: str
    language: str
    number: str
    day: date
    marking: str
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    subject: str
    references: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    words: Words


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language: frame, texts by kind, labels and coded values by their English text."""

    language: str
    frame: Mapping[str, str]
    kinds: Mapping[str, Mapping[str, Any]]
    texts: Mapping[str, str]

    def say(self, text: str) -> str:
        """A label, a title or a coded value of a table in this language, or as it is."""
        return self.texts.get(text, text)

    def day(self, day: date) -> str:
        """A day in words."""
        return format_date(day, "d MMMM y", locale=self.language)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a letter is made from: the office's lines, whom it goes to, what it is about and what it quotes.

    ``places`` fill the words' places (``{number}``, ``{day}``, ``{ground}``, …).
    """

    kind: str
    language: str
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    marking: str
    matter: str
    references: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)


@cache
def words_of(language: str) -> Words:
    """The words of a language; raises :class:`OwnFault` for one without."""
    if language not in LANGUAGES:
        raise OwnFault(f"No letters are written in {language!r}.", rule="letter.language")
    tree = yaml.safe_load(packaged_bytes("comity.documents", f"letters/{language}.yaml"))
    return Words(language, tree["frame"], tree["kinds"], tree["texts"])


def compose(draft: Draft, number: str, day: date) -> Letter:
    """The letter under its number; labels and coded values are said in its language."""
    words = words_of(draft.language)
    kind = words.kinds[draft.kind]
    said = {name: words.say(value) for name, value in draft.places.items()}
    places = {**said, "number": number, "matter": draft.matter[:8]}
    base = [(words.frame["number"], number), (words.frame["matter"], draft.matter[:8])]
    more = [(words.frame.get(label, words.say(label)), value) for label, value in draft.references]
    return Letter(
        kind=draft.kind,
        language=draft.language,
        number=number,
        day=day,
        marking=draft.marking,
        sender=draft.sender,
        recipient=draft.recipient,
        subject=_filled(str(kind["subject"]), places),
        references=(*base, *more),
        paragraphs=_all_filled(kind["text"], places),
        sections=tuple(_said(words, section) for section in draft.sections),
        closing=_all_filled(kind.get("closing", ()), places),
        words=words,
    )


def _said(words: Words, section: Section) -> Section:
    lines = (Line(words.say(line.label), tuple(words.say(value) for value in line.values)) for line in section.lines)
    figures = (Figure(words.say(one.label), one.data, one.is_page) for one in section.figures)
    return Section(words.say(section.title), tuple(lines), tuple(figures))


def _filled(text: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        text = text.replace("{" + name + "}", value)
    return text


def _all_filled(texts: Sequence[str], places: Mapping[str, str]) -> tuple[str, ...]:
    """The paragraphs, those left out whose only content is an empty place."""
    return tuple(text for text in (_filled(one, places).strip() for one in texts) if text != "")


def set_apart(letter: Letter, text: str) -> str:
    """A quoted value with its own direction, so that a number or a name keeps its order among Arabic words."""
    return f"\u2068{text}\u2069" if letter.language == "ar" else text


def letter_text(letter: Letter) -> str:
    """The letter as plain text, as the body of a mail: the same words in the same order."""
    words = letter.words
    blocks = [
        letter.marking,
        f"{words.frame['from']}: {', '.join(letter.sender)}\n{words.frame['to']}: {', '.join(letter.recipient)}",
        "\n".join(f"{label}: {value}" for label, value in letter.references),
        letter.subject,
        *letter.paragraphs,
        *(
            "\n".join((section.title, *(f"{line.label}: {'; '.join(line.values)}" for line in section.lines)))
            for section in letter.sections
        ),
        *letter.closing,
        letter.marking,
    ]
    return "\n\n".join(blocks) + "\n"
