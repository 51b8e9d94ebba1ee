"""A letter as PDF: laid out by Typst, with fonts of our own embedded, tagged and searchable in every script.

Typst shapes and orders Arabic, needs nothing of the system and fetches nothing: the one template and the fonts lie
in this package. Fonts are brought by set-up; without them nothing is printed in a stand-in. Arabic is set in Amiri:
its letters are whole glyphs, so that they are found as text, where fonts that set dots apart are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from importlib.resources import as_file, files
from typing import Any, Literal

import typst

from comity.documents.letter import Letter, set_apart
from comity.errors import OwnFault
from comity.model.packaged import packaged_bytes, packaged_names

FONTS = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "Amiri-Regular.ttf", "Amiri-Bold.ttf")
ROUNDS = 100
"""Characters without a letter in our fonts that one letter may hold."""
_NO_GLYPH = re.compile(r"the text `\"(.*?)\"`")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
STANDARD: Literal["a-2u"] = "a-2u"
"""PDF/A-2u: kept for long, and every character can be found as text."""


def letter_pdf(letter: Letter) -> bytes:
    """The letter's PDF; raises :class:`OwnFault` where the fonts are not there."""
    if not set(FONTS) <= _there():
        raise OwnFault("The fonts of letters are not set up.", rule="letter.fonts", remedy="Run `make demo` again.")
    data = json.dumps(_tree(letter), ensure_ascii=False)
    for _ in range(ROUNDS):
        try:
            return _laid_out(letter, data)
        except typst.TypstError as error:
            lacking = _lacking(str(error))
            if len(lacking) == 0:
                raise OwnFault("The letter could not be laid out.", rule="letter.pdf") from error
            for sign in lacking:
                data = data.replace(sign, f"[U+{ord(sign):04X}]")
    raise OwnFault(
        "The letter holds too many characters that our fonts lack.",
        rule="letter.fonts",
        remedy="Send it as a Word document.",
    )


def _laid_out(letter: Letter, data: str) -> bytes:
    with as_file(files("comity.documents").joinpath("fonts")) as fonts:
        return typst.compile(
            packaged_bytes("comity.documents", "letters/letter.typ"),
            format="pdf",
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)]),
            ignore_system_fonts=True,
            sys_inputs={"letter": data},
            pdf_standards=[STANDARD],
            timestamp=datetime.combine(letter.day, time(), UTC),
        )


def _lacking(says: str) -> set[str]:
    """The characters that Typst says it has no letter for: they are printed by their number, never left out."""
    return {sign for shown in _NO_GLYPH.findall(says) for sign in _signs(shown) if ord(sign) > 0x7F}


def _signs(shown: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), shown)


def _there() -> set[str]:
    """The fonts that set-up has laid out."""
    if "/fonts" not in packaged_names("comity.documents", "", ""):
        return set()
    return {name.rpartition("/")[2] for name in packaged_names("comity.documents", "fonts", ".ttf")}


def _tree(letter: Letter) -> dict[str, Any]:
    def own(texts: Iterable[str]) -> list[str]:
        return [set_apart(letter, text) for text in texts]

    return {
        "language": letter.language,
        "number": set_apart(letter, letter.number),
        "date": letter.words.day(letter.day),
        "marking": letter.marking,
        "sender": own(letter.sender),
        "recipient": own(letter.recipient),
        "subject": letter.subject,
        "references": [(label, set_apart(letter, value)) for label, value in letter.references],
        "paragraphs": letter.paragraphs,
        "sections": [
            {
                "title": one.title,
                "lines": [{"label": line.label, "values": own(line.values)} for line in one.lines],
                "figures": [
                    {"label": figure.label, "data": list(figure.data), "page": figure.is_page} for figure in one.figures
                ],
            }
            for one in letter.sections
        ],
        "closing": letter.closing,
        "words": letter.words.frame,
    }
