"""The reader's language: catalogues read from ``locale/*/LC_MESSAGES/messages.po``, one file for each language.

A language is added by its one file; no step compiles it. Texts of procedures, forms and roles go through the same
catalogue when a page is made.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from comity.model.packaged import packaged_bytes, packaged_names

SOURCE = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the desk: ``direction`` is ``ltr`` or ``rtl``."""

    code: str
    title: str
    direction: str
    texts: NullTranslations

    def say(self, text: str) -> str:
        """``text`` in this language, or as it is."""
        return self.texts.gettext(text) if text != "" else ""

    def count(self, one: str, many: str, n: int) -> str:
        """The form of a sentence that ``n`` asks for."""
        return self.texts.ngettext(one, many, n)


@cache
def languages() -> Mapping[str, Language]:
    """Every language by its code, the source language first."""
    found = {SOURCE: _language(SOURCE, NullTranslations())}
    for path in packaged_names("comity.web", "locale", ""):
        code = path.rpartition("/")[2]
        if "." not in code:
            found[code] = _language(code, _texts(code))
    return found


def choose(wanted: str, accepted: str) -> Language:
    """The language that was ``wanted`` by choice, else the best of an Accept-Language header, else the source's."""
    known = languages()
    if wanted in known:
        return known[wanted]
    ranked = sorted((_weighed(one) for one in accepted.split(",")[:20]), reverse=True)
    for weight, code in ranked:
        if weight > 0 and code in known:
            return known[code]
    return known[SOURCE]


def _weighed(range_: str) -> tuple[float, str]:
    code, _, rest = range_.strip().partition(";")
    weight = rest.strip().removeprefix("q=") if rest != "" else "1"
    number = float(weight) if weight.replace(".", "", 1).isdigit() else 0.0
    return number, code.partition("-")[0].lower()


def _language(code: str, texts: NullTranslations) -> Language:
    locale = Locale.parse(code)
    return Language(code, locale.get_display_name(code) or code, locale.text_direction, texts)


def _texts(code: str) -> GNUTranslations:
    catalogue = read_po(io.BytesIO(packaged_bytes("comity.web", f"locale/{code}/LC_MESSAGES/messages.po")), code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
