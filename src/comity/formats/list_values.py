"""Several values in one cell, as tables of lists hold them: separators, lettered lists, names in parentheses."""

from __future__ import annotations

import re
import unicodedata

_LETTERED = re.compile(r"(?:^|(?<=[\s,;\"]))\(?(?:[a-z]{1,2}|[ivx]{1,4})\)[\s,]*(?=\S)")
_ENDING = re.compile(r"(?P<name>[^()]*[^()\s])\s*\((?P<inside>[^()]+)\)")
_KNOWN_AS = re.compile(r"(?:a\.k\.a\.?|aka|also known as)[:\s]+", re.IGNORECASE)
_AND = re.compile(r"\s*(?:[,/;]|\band/or\b|\band\b|\bor\b)\s*")
_NUMBER = re.compile(r"(?<![\w.])(?:[A-ZА-Я]{1,3}[ -]?)?\d(?:[\dA-Z]|[ /-](?=\d)){3,19}(?![\w])")
_PLAIN = re.compile(r"[A-ZА-Я0-9][A-ZА-Я0-9 /.-]{1,24}", re.IGNORECASE)
_DATES = re.compile(r"\b\d{1,2}[./]\d{1,2}[./]\d{4}")


def split_cell(text: str, how: str) -> list[str]:
    """The values of one cell; ``how`` is one of :data:`comity.formats.table_mapping.SPLITS`."""
    if how == "":
        return [text]
    if how in ("list", "names"):
        plain = text.strip().strip('"')
        lettered = [part.strip(" ,;\"'") for part in (_LETTERED.split(plain) if ")" in plain else (plain,))]
        parts = [one for part in lettered for one in _outside(part, ";")]
        found = [part.strip(' ,"') for part in parts]
        return [one for part in found for one in (_named(part) if how == "names" else [part]) if one != ""]
    return [part.strip() for part in text.split(how) if part.strip() != ""]


def split_countries(text: str) -> list[str]:
    """*Russian, Swiss* and *Syrian/Lebanese* taken apart."""
    return [part for part in _AND.split(text) if part != ""]


def numbers_in(text: str) -> tuple[str, ...] | None:
    """The numbers of documents in a text that may say more; None where it is not plain which they are."""
    plain = re.sub(r"\([^()]*\)", " ", text).strip(" .,;")
    parts = [part.strip() for part in plain.split(",")]
    if all(_is_number(part) for part in parts):
        return tuple(parts)
    found = set(_NUMBER.findall(_DATES.sub(" ", plain)))
    return tuple(found) if len(found) == 1 else None


def _is_number(text: str) -> bool:
    has_word = any(len(word) > 4 and word.isalpha() for word in text.split())
    is_plain = _PLAIN.fullmatch(text) is not None and any(letter.isdigit() for letter in text)
    return is_plain and not has_word and len(text.split()) < 4


def _outside(text: str, separator: str) -> list[str]:
    """``text`` split at a separator that stands outside parentheses; one that never closes counts as none."""
    opened = text.count("(") if separator in text else 0
    if opened == 0 or opened != text.count(")"):
        return text.split(separator)
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == separator and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _named(text: str) -> list[str]:
    """A name and, where its parentheses hold a name in another script or one after *a.k.a.*, that one too."""
    found = _ENDING.fullmatch(text)
    if found is None:
        return [text]
    known = _KNOWN_AS.match(found["inside"])
    if known is not None:
        return [found["name"], *split_names(found["inside"][known.end() :])]
    if _script(found["inside"]) != _script(found["name"]):
        return [found["name"], found["inside"].strip()]
    return [text]


def split_names(text: str) -> list[str]:
    """*Larysa X, Larisa X or Larysa Y* taken apart."""
    return [part.strip() for part in re.split(r",|\bor\b|;", text) if part.strip() != ""]


def _script(text: str) -> str:
    first = next((letter for letter in text if letter.isalpha()), "")
    return unicodedata.name(first, "NONE").split()[0] if first != "" else "NONE"
