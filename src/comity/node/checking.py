"""Asking the lists and the register about persons and documents, for whoever may ask, with every question written down.

An answer knows three outcomes: a possible hit, nothing found, and *not checked*, which is never the second: a list
or the register that could not be asked, a question that cannot be answered so. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import structlog

from comity.errors import ComityError
from comity.formats.asked_document import AskedDocument
from comity.matching.hit import Hit
from comity.matching.subject import subject_of
from comity.node import look_ups, register
from comity.node.at_hand import Loaded, Unread
from comity.node.look_ups import Question
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.node.register import Finding
from comity.policy.facts import ScreeningFacts

Outcome = Literal["hit", "none", "not_checked"]
NO_LIST = "No list is loaded."
NO_REGISTER = "The register of documents could not be asked."
CALL_BYTES = 8

_log = structlog.get_logger("comity.node")


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """A question about a person: the caller's name for it, the person as a tree, the lists meant, or all."""

    id: str
    tree: dict[str, Any]
    lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """What the lists say of a person: possible hits, best first, and (list, why) of what was not asked."""

    outcome: Outcome
    hits: tuple[Hit, ...]
    asked: tuple[str, ...]
    not_asked: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """What the register says of a document; ``why`` it was not checked, or the empty text."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks, for what, and under which rule that is allowed."""

    actor: str
    purpose: str
    rule: str


def may_look_up(node: Node, officer: Officer, purpose: str, now: datetime) -> Who:
    """The officer as one who may ask for a purpose; raises :class:`RuleRefused` for anybody else."""
    facts = ScreeningFacts("document", officer.agency)
    decision = node.policies.decide(principal(node, officer), "screen", facts, context(purpose, now))
    decision.require()
    return Who(look_ups.actor_of(officer), purpose, decision.rule)


def look_documents_up(
    node: Node, who: Who, asked: Sequence[AskedDocument], now: datetime
) -> tuple[str, list[DocumentAnswer]]:
    """(number of the call, answers) about documents; written down before they are returned."""
    answers = ask_register(node, asked)
    call = node.draw(CALL_BYTES).hex()
    questions = [document_question(node, who, *pair) for pair in zip(asked, answers, strict=True)]
    with node.store.write() as unit:
        look_ups.write_down(unit, questions, call, now)
    return call, answers


def ask_register(node: Node, asked: Sequence[AskedDocument]) -> list[DocumentAnswer]:
    """What the register says of each; a register that cannot be asked leaves all *not checked*."""
    flat = [document for one in asked for document in one.documents]
    try:
        found = iter(register.look_up(node, flat))
    except (ComityError, OSError) as error:
        _log.error("register.unasked", member=node.member, error=getattr(error, "rule", type(error).__name__))
        return [DocumentAnswer("not_checked", (), NO_REGISTER) for _ in asked]
    return [_answer(one, tuple(finding for _ in one.documents for finding in next(found))) for one in asked]


def _answer(asked: AskedDocument, findings: tuple[Finding, ...]) -> DocumentAnswer:
    if len(findings) > 0:
        return DocumentAnswer("hit", tuple(dict.fromkeys(findings)))
    if asked.doubt != "":
        return DocumentAnswer("not_checked", (), asked.doubt)
    return DocumentAnswer("none", ())


def ask_lists(
    lists: Sequence[Loaded], unread: Sequence[Unread], asked: PersonAsked, *, threshold: float, limit: int
) -> PersonAnswer:
    """What the lists say of a person; a list that cannot be asked leaves the person *not checked* if no other hits."""
    subject = subject_of(asked.tree)
    meant = [one for one in lists if len(asked.lists) == 0 or one.name in asked.lists]
    missing = [(one.name, one.why) for one in unread if len(asked.lists) == 0 or one.name in asked.lists]
    known = {one.name for one in lists} | {one.name for one in unread}
    missing += [(name, "There is no list of this name.") for name in asked.lists if name not in known]
    if len(meant) + len(missing) == 0:
        missing.append(("", NO_LIST))
    hits = [hit for one in meant for hit in one.index.screen(subject, threshold=threshold, limit=limit)]
    best = sorted(hits, key=lambda hit: (-hit.score, hit.list, hit.match))[:limit]
    outcome: Outcome = "hit" if len(best) > 0 else "not_checked" if len(missing) > 0 else "none"
    return PersonAnswer(outcome, tuple(best), tuple(one.name for one in meant), tuple(missing))


def document_question(node: Node, who: Who, asked: AskedDocument, answer: DocumentAnswer) -> Question:
    """A question about a document as it is written down: under the first kind that it may have."""
    digest = b"" if len(asked.documents) == 0 else look_ups.document_digest(node, asked.documents[0])
    told = told_of(answer.findings)
    return Question(who.actor, who.purpose, who.rule, "document", digest, answer.outcome, told)


def person_question(node: Node, who: Who, asked: PersonAsked, answer: PersonAnswer) -> Question:
    """A question about a person as it is written down."""
    digest = look_ups.person_digest(node, asked.tree["properties"])
    return Question(who.actor, who.purpose, who.rule, "person", digest, answer.outcome)


def told_of(findings: Iterable[Finding]) -> str:
    """A digest of what the register says, by which a changed record is known; empty where it says nothing."""
    said = sorted(((asdict(one)) for one in findings), key=repr)
    return "" if len(said) == 0 else look_ups.told_digest(said)
