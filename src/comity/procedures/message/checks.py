"""Checks of a message. Each docstring is the text that the officer reads."""

from __future__ import annotations

from collections.abc import Iterator

from comity.procedures.form import Filled
from comity.procedures.gates import gate_findings
from comity.procedures.table import Finding, Sight

NEEDS_REASON = ("flash", "urgent")
_ORDER = ("flash", "urgent", "priority", "routine")


def reason_for_urgency(filled: Filled, _: Sight) -> Iterator[Finding]:
    """Flash and urgent say why (rule E-02)."""
    if filled.text("level") in NEEDS_REASON and filled.text("reason") == "":
        yield Finding(
            "E-02", "reason", f"A {filled.text('level')} message says why it cannot wait.", "Write the reason."
        )


def to_others(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A message goes to other members of the network, or to correspondents that the bureau recorded."""
    known = {*sight.members, *sight.facts.get("correspondents", ())}
    for member in filled.texts("to"):
        if member == sight.member or member not in known:
            yield Finding("E-01", "to", f"{member} is not another active member.", "Choose from the list.")


def lower_only(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """The urgency is lowered by a supervisor with a reason; raising it takes a new message (rule E-05)."""
    terms = sight.facts.get("terms", {})
    before = str({**terms.get("ask.ask", {}), **terms.get("ask.lower", {})}.get("level", ""))
    now = filled.text("level")
    if before in _ORDER and now in _ORDER and _ORDER.index(now) <= _ORDER.index(before):
        yield Finding("E-05", "level", f"{now} is not below {before}.", "Send a new message to raise it.")


def outgoing_gate(_: Filled, sight: Sight) -> Iterator[Finding]:
    """What goes to a member whose law knows death or corporal punishment, or of which torture is reported, leaves
    only after a named senior officer has let it pass (Comity domain 16, section 4)."""
    yield from gate_findings(sight, sight.owner[: len("QM")], passed=sight.states.get("gate") == "passed")


def passed_on_with_consent(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """What another member said is passed on only with its consent, to whom and while it stands
    (Directive (EU) 2016/680 art. 35(1)(c))."""
    if filled.text("forwards") == "":
        return
    consent = sight.facts.get("consent", {})
    if consent.get("state") != "granted":
        yield Finding("E-01", "forwards", "There is no consent to passing it on.", "Ask for it on the matter first.")
        return
    until, asked = str(consent.get("until", "")), tuple(consent.get("to_whom", ()))
    if until != "" and until < sight.now[: len(until)]:
        yield Finding("E-01", "forwards", f"The consent ran until {until}.", "Ask for it again.")
    for member in filled.texts("to"):
        if member not in asked:
            yield Finding("E-01", "to", f"The consent does not name {member}.", "Ask for it on the matter first.")


def translation_has_text(filled: Filled, _: Sight) -> Iterator[Finding]:
    """A machine translation is marked unchecked and stands beside the original."""
    if filled.text("translation") == "machine" and filled.text("translated") == "":
        yield Finding("P-6", "translated", "The machine translation's text is missing.", "Paste it, or request one.")


def not_to_oneself(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Passing on is asked for members that did not get it yet."""
    for member in filled.texts("to_whom"):
        if member in (sight.member, sight.owner[: len("QM")]) or member not in sight.members:
            yield Finding("E-01", "to_whom", f"{member} is not another active member.", "Choose from the list.")
