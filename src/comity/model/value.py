"""One value in the vocabulary's own form: the same as FollowTheMoney makes it, sooner.

Most values of lists and messages are printable ASCII that FollowTheMoney would give back as it is, after four passes
over the text. Where that is plain to see, it is given back here; everything else goes through FollowTheMoney, countries
through :mod:`comity.model.territory`. A property test holds the two equal.
"""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache

from followthemoney.types import registry
from followthemoney.types.common import PropertyType

from comity.model.entity import vocabulary
from comity.model.territory import country_code

_BREAKS = (";", "<", "ESQ", ",,", ", ,", ",.", ", .", "  ")
"""What an address is changed for."""


@cache
def kind_of(schema: str, prop: str) -> str | None:
    """The name of the type of a property; None where the schema has no such property of its own."""
    found = vocabulary()[schema].get(prop)
    return None if found is None or found.stub else str(found.type.name)


PLAIN = frozenset(
    one.name for one in registry.types if type(one).clean_text is PropertyType.clean_text or one.name == "identifier"
)
"""Types that take every text as it is (identifiers do where no format is asked for)."""


def value_of(kind: str, text: str) -> str | None:
    """``text`` as a value of a type, or None where it is none."""
    if text.isascii() and text.isprintable():
        plain = text.strip(" ")
        if plain == "":
            return None
        if kind in PLAIN or (kind == "name" and plain[0] not in "\"'" and "  " not in plain):
            return plain
        if kind == "address" and not any(one in plain for one in _BREAKS):
            return plain
        if kind == "date" and _is_day(plain):
            return plain
    return country_code(text) if kind == "country" else _cleaned(kind, text)


def _is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written YYYY-MM-DD, in a year that the vocabulary takes."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or text[0] not in "12":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def clean(schema: str, prop: str, value: str) -> str | None:
    """``value`` in the vocabulary's own form, or None where the schema has no such property or it does not fit."""
    kind = kind_of(schema, prop)
    return None if kind is None else value_of(kind, value)


@lru_cache(maxsize=1 << 16)
def _cleaned(kind: str, text: str) -> str | None:
    cleaned: str | None = registry.get(kind).clean(text)
    return cleaned
