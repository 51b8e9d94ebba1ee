"""The automatic reading of a request: flags with the questions that a reviewer answers, never a decision.

What the colour's own checks would refuse is said again here, since a request may come from other software; words
that point to a private, family, moral, administrative or political matter raise questions; what the secretariat
holds of the person before is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from comity.model.packaged import packaged_bytes
from comity.policy.yamltext import read_yaml
from comity.procedures.form import Filled, Form
from comity.procedures.notice.checks import checks_of
from comity.procedures.notice.colours import COLOURS, form_of
from comity.procedures.table import Sight

READ = ("charges", "provisions", "facts", "offence", "asked", "assessment")
"""The fields in which words are looked for."""

_TREE: Any = read_yaml(packaged_bytes("comity.procedures.notice", "questions.yaml"), file="questions.yaml")
QUESTIONS: Sequence[Mapping[str, Any]] = _TREE["questions"]
"""What words raise which questions, by subject."""

_SENDER_ONLY = ("N-01", "N-04")
"""Findings that only concern whoever sends it."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One finding for the reviewer: ``code`` names it, ``says`` it, ``questions`` are to be answered."""

    code: str
    rule: str
    says: str
    questions: tuple[str, ...] = ()
    source: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """Something that the secretariat holds of the same person from before."""

    kind: str
    matter: str
    colour: str
    when: str
    source: str
    reasons: tuple[str, ...] = ()


def read_request(colour: str, values: Mapping[str, Any], files: Sequence[str], sight: Sight) -> Iterator[Flag]:
    """The flags of one request's content; ``values`` are its fields, ``files`` the names of those with a file."""
    known = COLOURS.get(colour)
    if known is None:
        return
    form = form_of(known)
    filled = Filled(form, {name: value for name, value in values.items() if form.field(name)}, dict.fromkeys(files, ()))
    for check in checks_of(known):
        try:
            findings = tuple(check(filled, sight))
        except (ValueError, OverflowError):  # what another member's node sent was read by no form here
            says = f"A value that this rule reads cannot be read: {check.__doc__ or check.__name__}"
            yield Flag("check.unreadable", "C-01", says, ("Ask the source for it again.",))
            continue
        for finding in findings:
            if finding.rule not in _SENDER_ONLY:
                yield Flag(f"check.{finding.rule}", finding.rule, finding.says, (finding.remedy,), "", finding.field)
    yield from _words(form, values)


def earlier(before: Sequence[Before], colour: str, within: str) -> Iterator[Flag]:
    """The flags of what is held from before; ``within`` is the first day that counts as lately for a blue notice."""
    for one in before:
        if one.kind == "protection":
            yield Flag(
                "before.protection",
                "C-07",
                "A matter about this person from this source was closed before.",
                ("Read the file before anything else; nobody is named to the source.",),
                "",
                "",
            )
        if one.kind == "protection_open":
            says = "A member confirmed protection of somebody like this person, on another matter."
            yield Flag("before.protection_open", "C-07", says, ("Read that matter before anything else.",))
        if one.kind in ("refused", "cancelled"):
            says = f"{one.colour.capitalize()} {one.kind} on {one.when}, asked for by {one.source}."
            yield Flag("before.refused", "C-03", says, ("What is new since then?",), "; ".join(one.reasons))
            if colour == "blue" and one.colour == "red" and one.when >= within:
                red = f"A red notice about this person was {one.kind} on {one.when}."
                yield Flag(
                    "before.blue_after_red",
                    "P-4.4",
                    red,
                    ("Does the blue notice ask for what was refused as red?",),
                )
        if one.kind == "data_subject":
            yield Flag(
                "before.data_subject",
                "C-03",
                "The person has asked about data held; it is not decided.",
                ("Consult whoever decides before approving.",),
            )


def _words(form: Form, values: Mapping[str, Any]) -> Iterator[Flag]:
    text = " \n".join(str(values[name]) for name in READ if name in values and form.field(name) is not None)
    for row, pattern in _patterns():
        found = sorted({hit.group(0).casefold() for hit in pattern.finditer(text)})
        if len(found) > 0:
            says = f"{row['says']} Words read: {', '.join(found)}."
            yield Flag(row["code"], row["rule"], says, tuple(row["questions"]), row["source"])


@cache
def _patterns() -> tuple[tuple[Mapping[str, Any], re.Pattern[str]], ...]:
    return tuple(
        (row, re.compile("|".join(rf"\b{re.escape(word)}\w*" for word in row["any"]), re.I)) for row in QUESTIONS
    )
