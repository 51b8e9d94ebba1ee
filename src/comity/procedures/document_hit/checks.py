"""Checks of a document hit. Each docstring is the text that the officer reads."""

from __future__ import annotations

from collections.abc import Iterator

from comity.procedures.form import Filled
from comity.procedures.gates import gate_findings
from comity.procedures.table import Finding, Sight


def _owner(sight: Sight) -> str:
    return str(sight.facts.get("record_owner", ""))


def told_to_the_owner(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A document hit is told to the owner of the record and to nobody else (rule TD-4)."""
    owner = _owner(sight)
    if owner == "" or owner not in sight.members:
        yield Finding("TD-4", "about", "There is no such record of a document here.", "Open it from the check.")
    elif owner == sight.member:
        yield Finding("TD-4", "about", "The record is your own.", "Put the record right, or act under your own law.")
    elif filled.texts("to") != (owner,):
        says = f"It is told to {sight.members[owner]} alone, the owner of the record."
        yield Finding("TD-4", "to", says, f"Choose {sight.members[owner]}.")


def as_the_register_says(_: Filled, sight: Sight) -> Iterator[Finding]:
    """The register says it of this number now: a slip of the pen troubles nobody abroad (rule TD-4)."""
    if _owner(sight) not in ("", sight.member) and sight.facts.get("record_says") is not True:
        says = "The register does not say this of that number now."
        yield Finding("TD-4", "number", says, "Look the number up again, as it stands on the document.")


def seen_before_now(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """The document was seen before it is told of (rule TD-4)."""
    seen = filled.text("seen_at").replace(" ", "T")
    if seen > sight.now[: len(seen)]:
        yield Finding("TD-4", "seen_at", "That hour has not come yet.", "Write the hour in UTC.")


def name_only_with_a_reason(filled: Filled, _: Sight) -> Iterator[Finding]:
    """A number needs no name; where one is given, it says why the owner needs it (rule TD-4)."""
    if filled.text("holder") != "" and filled.text("why_name") == "":
        yield Finding("TD-4", "why_name", "A name is given without a reason.", "Write why, or leave the name out.")


def protection_first(filled: Filled, _: Sight) -> Iterator[Finding]:
    """A refugee, somebody who asks for asylum and the holder of a convention document stop the road before anything
    leaves: a state may report the passport of whoever fled from it (Comity domain 16, section 4)."""
    if filled.text("protection") == "yes":
        says = "Protection is claimed or recognised. Nothing leaves."
        yield Finding("P-4.1", "protection", says, "Call your bureau; the owner of the record is not told.")


def outgoing_gate(_: Filled, sight: Sight) -> Iterator[Finding]:
    """Where somebody is, is told to a member whose law knows death or corporal punishment, or of which torture is
    reported, only after a named senior officer has let it pass (Comity domain 16, section 4)."""
    yield from gate_findings(sight, _owner(sight), passed=sight.states.get("gate") == "passed")


def register_put_right(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Who says that the record was not right has put it right first: nobody else is stopped by it (rule TD-4)."""
    if sight.facts.get("record_says") is True:
        says = f"The record {sight.facts.get('record_matter', '')!s:.8} still says it of this number."
        remedy = "Take “Found again”, “Correct” or “Withdraw” in the record first."
        yield Finding("TD-4", filled.form.fields[0].name, says, remedy)
