"""The outgoing gate: what the receiver's law demands before anything leaves towards it.

Whether it was passed is a state of the sender's own track; who passed it, and on which assurances, is in its form.
"""

from __future__ import annotations

from collections.abc import Iterator

from comity.procedures.table import Finding, Sight

REMEDY = "A senior officer takes “Let it pass the outgoing gate” first, with assurances."
_PUNISHMENTS = (("death", "the death penalty"), ("corporal", "corporal punishment"))


def gate_findings(sight: Sight, receiver: str, *, passed: bool) -> Iterator[Finding]:
    """One finding for each punishment or report of torture that stands in the way (Comity domain 16, section 4)."""
    if passed:
        return
    name = sight.members.get(receiver, receiver)
    for path, what in _PUNISHMENTS:
        law = sight.law(receiver, f"punishment.{path}")
        if law.value is not None and len(law.value) > 0:
            says = f"{name}'s law knows {what} for: {', '.join(law.value)}. {law.says}"
            yield Finding("P-4.2", "", says, REMEDY)
    torture = sight.rule("report.torture")
    if torture.value is not None and receiver in torture.value:
        yield Finding("P-4.2", "", f"Torture is reported of {name} ({torture.source}). {torture.says}", REMEDY)
