"""Checks of a finding: nothing leaves before the gates. Each docstring is the text that the officer reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comity.model.packaged import packaged_bytes
from comity.policy.yamltext import read_yaml
from comity.procedures.form import Filled
from comity.procedures.gates import gate_findings
from comity.procedures.table import Finding, Sight

PROTECTED_CODES: Mapping[str, str] = read_yaml(
    packaged_bytes("comity.procedures.located", "protected.yaml"), file="protected.yaml"
)["codes"]
"""What a travel document's code says of protection (ICAO Doc 9303 part 3)."""

_GATES = ("refugee", "claim", "convention_document", "minor", "victim")


def _document_code(sight: Sight) -> str:
    return str(sight.said.get("finding.open", {}).get("document_code", "")).upper()


def gates_are_clear(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A refugee, somebody who asks for asylum, the holder of a convention document, a minor and a victim stop the
    road before anything leaves the bureau (Comity domain 16, section 4)."""
    for name in _GATES:
        if filled.text(name) == "yes":
            field = filled.form.field(name)
            says = f"{name if field is None else field.label}: yes. Nothing leaves."
            yield Finding("P-4.1", name, says, "Take “Hold” while it is examined, or “Protect”.")
    code = _document_code(sight)
    if code in PROTECTED_CODES:
        says = f"The travel document says {code}: {PROTECTED_CODES[code]}. Nothing leaves."
        yield Finding("P-4.1", "convention_document", says, "Take “Protect”.")


def of_age(_: Filled, sight: Sight) -> Iterator[Finding]:
    """Nobody under either side's age of criminal responsibility is told of as a suspect."""
    if sight.facts.get("may_be_minor") is True:
        yield Finding("P-2", "minor", "The person may be a minor by the notice's own date of birth.", "Take “Protect”.")


def told_to_the_owner(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """The finding is told to the owner of the notice and to nobody else."""
    owner = str(sight.facts.get("about_owner", ""))
    given = filled.texts("to")
    if owner == "" or owner not in sight.members:
        yield Finding("R-11", "about", "There is no such notice or diffusion here.", "Open the finding from the hit.")
    elif tuple(given) != (owner,):
        says = f"It is told to {sight.members[owner]} alone, the owner of the notice."
        yield Finding("R-11", "to", says, f"Choose {sight.members[owner]}.")


def about_the_same(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """What is told is about the notice that the finding was opened for."""
    opened = str(sight.facts.get("terms", {}).get("finding.open", {}).get("about", ""))
    if filled.text("about") not in ("", opened):
        yield Finding("R-11", "about", "The finding was opened for another notice.", "Open a finding of its own.")


def nothing_stands_in_the_way(_: Filled, sight: Sight) -> Iterator[Finding]:
    """After the telling, too, nothing leaves while the finding is held or protected, and the outgoing gate is asked
    at every step (Comity domain 16, section 4)."""
    state = str(sight.states.get("finding", ""))
    if state not in ("cleared", "assured"):
        remedy = "Pass the gates again, or take back what was told."
        yield Finding("P-4.1", "", f"The finding is {state}: nothing leaves.", remedy)
    yield from gate_findings(sight, str(sight.facts.get("about_owner", "")), passed=state == "assured")


def still_stands(_: Filled, sight: Sight) -> Iterator[Finding]:
    """A notice that ended, was suspended or cancelled is not acted on."""
    if sight.facts.get("about_acts") is False:
        yield Finding("C-02", "about", "The notice may not be acted on any more.", "Close the finding.")


def outgoing_gate(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """What goes to a member whose law knows death or corporal punishment, or of which torture is reported, leaves
    only after a named senior officer has let it pass (Comity domain 16, section 4)."""
    for member in filled.texts("to"):
        yield from gate_findings(sight, member, passed=sight.states.get("finding") == "assured")


def gates_passed(_: Filled, sight: Sight) -> Iterator[Finding]:
    """The gates come before the telling."""
    if sight.states.get("finding") not in ("cleared", "assured"):
        yield Finding("P-4.1", "", "The gates are not passed.", "Verify the identity, then take “Gates”.")
