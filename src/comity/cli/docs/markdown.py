"""Writing Markdown, and turning docstrings into it: roles and literal blocks as our modules use them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from inspect import cleandoc

_ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")
_LITERAL = re.compile(r"``([^`]+)``")
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing where there are no rows."""
    body = [f"| {' | '.join(cell(one) for one in row)} |" for row in rows]
    if len(body) == 0:
        return ""
    return "\n".join((f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body)) + "\n"


def cell(text: str) -> str:
    """The text on one line, with its bars kept apart from the table's."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """The text as code; nothing for the empty text."""
    return f"`{text}`" if text != "" else ""


def codes(texts: Iterable[str]) -> str:
    """Several codes in one cell."""
    return ", ".join(code(text) for text in texts)


def fence(text: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def page(title: str, intro: str, *sections: str) -> str:
    """One whole page of the reference."""
    made = "<!-- Made by `comity docs` from the code; edit the code, not this page. -->"
    return "\n".join((made, "", f"# {title}", "", intro.strip(), "", *sections)).rstrip() + "\n"


def section(title: str, *blocks: str, level: int = 2) -> str:
    """A heading and what stands under it; empty blocks are left out."""
    return "\n\n".join((f"{'#' * level} {title}", *(one.rstrip() for one in blocks if one != ""))) + "\n"


def inline(text: str) -> str:
    """Roles and double backticks of a docstring as code."""
    return _LITERAL.sub(r"`\1`", _ROLE.sub(lambda found: f"`{found[1]}`", text))


def sentence(doc: str | None) -> str:
    """The first sentence of a docstring on one line."""
    text = " ".join(cleandoc(doc or "").split("\n\n", 1)[0].split())
    found = _SENTENCE.match(text)
    return inline(found[1] if found is not None else text)


def prose(doc: str | None) -> str:
    """A whole docstring; a block that is indented after ``::`` becomes code."""
    out: list[str] = []
    literal: list[str] = []
    is_literal = False
    for line in cleandoc(doc or "").splitlines():
        if is_literal and (line.startswith("    ") or line == ""):
            literal.append(line[4:])
            continue
        if is_literal:
            out += ["", fence("\n".join(literal).strip("\n")), ""]
            literal, is_literal = [], False
        is_literal = line.endswith("::")
        out.append(inline(line.replace("::", ":")) if is_literal else inline(line))
    if is_literal:
        out += ["", fence("\n".join(literal).strip("\n"))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip() + "\n"
