"""The card of a notice: what it means in this member's law, what the person is, and what to mind, in words.

A notice is no warrant. What may be done stands in the reading member's own profile; where it records nothing, the
card says to ask a lawyer (``domain/16-practice.md`` section 3). Warnings carry source and last day, and are left out
once that day has passed; notes on who the person is not stand with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from comity.model.track import track_name
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.reading import Opened
from comity.node.story import Held
from comity.node.words import Says, says
from comity.procedures.notice.colours import COLOURS

Course = Literal["detain", "refer", "protect", "none", "unknown"]

WORDS: Mapping[Course, str] = {
    "detain": "Detain may be lawful – call bureau",
    "refer": "Refer – second line: locate only",
    "protect": "Protect – speak apart",
    "none": "No legal effect here: refer – second line, call bureau",
    "unknown": "Refer – second line, call bureau",
}
"""What stands on a card for each course; never "stop" (domain 16, section 7)."""

_COURSES: Mapping[str, Course] = {"arrest": "detain", "locate": "refer", "none": "none"}


@dataclass(frozen=True, slots=True)
class Card:
    """What an officer reads first: the course in words, the rule behind it, and what is known of the person."""

    kind: str
    course: Course
    words: str
    rule: str
    source: str
    standing: str
    person: tuple[Says, ...]
    warnings: tuple[Says, ...]
    notes: tuple[str, ...]


def card_of(node: Node, held: Held, opened: Mapping[str, tuple[Opened, ...]], now: datetime) -> Card | None:
    """The card of a notice or a diffusion as this member reads it; None for other matters and erased ones."""
    kind, title, protects = _kind(held)
    if kind == "" or not held.row["shows"]:
        return None
    law = node.law(node.member, kind, now.date())
    course: Course = "protect" if protects else _COURSES.get(str(law.value), "unknown")
    said = _by_writer(held, opened)
    cases = [one.content.form or {} for one in _parts(said, "case")]
    return Card(
        kind=title,
        course=course,
        words=WORDS[course],
        rule=law.says,
        source=law.source,
        standing=law.standing,
        person=tuple(line for case in cases for line in _person(case)),
        warnings=tuple(line for case in cases for line in _warnings(case, stamp(now)[:10])),
        notes=tuple(str((one.content.form or {}).get("note", "")) for one in _parts(said, "distinct")),
    )


def _kind(held: Held) -> tuple[str, str, bool]:
    """(path of its effect in a profile, how it is called, whether the person is to be protected)."""
    for digest, header in held.headers.items():
        if not _counts(held, digest, ("owner",)):
            continue
        step = str(header.terms.get("of", header.step))
        colour = COLOURS.get(step.removeprefix("submit_")) if step.startswith("submit_") else None
        if held.row["procedure"] == "notice" and colour is not None:
            return f"effect.notice.{colour.code}", colour.title, colour.protects
        if held.row["procedure"] == "diffusion" and header.step == "send":
            aim = str(header.terms.get("aim", ""))
            return f"effect.diffusion.{aim}", "Diffusion", aim == "missing"
    return "", "", False


def _by_writer(held: Held, opened: Mapping[str, tuple[Opened, ...]]) -> Mapping[str, tuple[Opened, ...]]:
    """What the source and the secretariat said: a party's word reaches the card through the review alone."""
    return {digest: some for digest, some in opened.items() if _counts(held, digest, ("owner", "reviewer"))}


def _counts(held: Held, digest: str, writers: tuple[str, ...]) -> bool:
    """Whether an act was reached on a track of one of these writers."""
    if held.procedure is None or held.view is None or digest not in held.headers:
        return False
    kind = held.procedure.track(track_name(held.headers[digest].track))
    reached = held.view.outcomes[digest].verdict in ("applied", "out_of_order")
    return reached and kind is not None and kind.writer in writers


def _parts(opened: Mapping[str, tuple[Opened, ...]], kind: str) -> Iterator[Any]:
    yield from (one for some in opened.values() for one in some if one.head.kind == kind and one.content is not None)


def _person(case: Mapping[str, Any]) -> Iterable[Says]:
    """Line 1: accused, not convicted; or convicted, and how long is left."""
    standing = str(case.get("standing", ""))
    left = str(case.get("remaining_months", "") or case.get("sentence_months", ""))
    if standing == "accused":
        yield says("accused, not convicted")
    elif standing == "convicted" and left != "":
        yield says("convicted, %(n)s months left", n=left)
    elif standing == "convicted":
        yield says("convicted")


def _warnings(case: Mapping[str, Any], today: str) -> Iterable[Says]:
    text, until = str(case.get("warning", "")), str(case.get("warning_until", ""))
    if text != "" and (until == "" or until >= today):
        source = str(case.get("warning_source", "")) or "–"
        yield says("%(warning)s (source: %(source)s, until %(until)s)", warning=text, source=source, until=until or "–")
