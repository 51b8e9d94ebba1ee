"""Checks of a request for a notice: each docstring is what the officer reads, each length stands in the law."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from comity.policy.ages import may_be_under
from comity.policy.clocks import due
from comity.procedures.form import Filled
from comity.procedures.notice.colours import Colour, minimum_of
from comity.procedures.table import Check, Finding, Sight

LEGAL = "Ask your lawyer for the rule, and record it in the legal profile."


def penalty_threshold(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """An accused person's offence carries at least the penalty that the charter names; of several, one does
    (Rules on the Processing of Data art. 83)."""
    if filled.text("standing") != "accused":
        return
    least = sight.rule("threshold.red.accused_months")
    months = [int(text) for text in filled.texts("penalty_months")]
    if not isinstance(least.value, int):
        yield Finding("R-01", "penalty_months", least.says, LEGAL)
    elif len(months) == 0:
        yield Finding("R-01", "penalty_months", "The maximum penalty is missing.", "Give it in months for each charge.")
    elif max(months) < least.value:
        says = f"The highest maximum penalty is {max(months)} months; {least.value} are needed ({least.source})."
        yield _below("R-01", "penalty_months", says, filled)


def _below(rule: str, field: str, says: str, filled: Filled) -> Finding:
    """Below a threshold: refused, or a flag where an exception is asked for with reasons (rule R-05)."""
    remedy = "Use another colour, or ask for an exception with reasons (R-05)."
    return Finding(rule, field, says, remedy, flag=filled.text("exception") != "")


def sentence_threshold(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A convicted person has at least the sentence that the charter names, imposed or left to serve
    (Rules on the Processing of Data art. 83)."""
    if filled.text("standing") != "convicted":
        return
    least = sight.rule("threshold.red.convicted_months")
    months = [int(filled.text(name)) for name in ("remaining_months", "sentence_months") if filled.text(name) != ""]
    if not isinstance(least.value, int):
        yield Finding("R-02", "remaining_months", least.says, LEGAL)
    elif len(months) == 0:
        yield Finding("R-02", "remaining_months", "Sentence imposed or left to serve is missing.", "Give it in months.")
    elif months[0] < least.value:
        says = f"{months[0]} months are imposed or left to serve; {least.value} are needed ({least.source})."
        yield _below("R-02", "remaining_months", says, filled)


def standing_is_said(filled: Filled, _: Sight) -> Iterator[Finding]:
    """A red notice says whether the person is accused or convicted."""
    if filled.text("standing") == "":
        yield Finding("R-07", "standing", "Whether the person is accused or convicted is missing.", "Choose one.")


def absence(filled: Filled, _: Sight) -> Iterator[Finding]:
    """A conviction in absence says whether the person was notified, had a lawyer, and has a right to a new trial."""
    if filled.text("absentia") != "yes":
        return
    for name in ("absentia_notified", "absentia_lawyer", "absentia_retrial"):
        if filled.text(name) == "":
            field = filled.form.field(name)
            yield Finding("R-10", name, f"{name if field is None else field.label}: missing.", "Answer yes or no.")


def extradition(filled: Filled, _: Sight) -> Iterator[Finding]:
    """Extradition will be sought; a warrant that no judge issued can be appealed to one
    (Rules on the Processing of Data art. 84)."""
    if filled.text("assurance") == "not_sought":
        yield Finding("R-09", "assurance", "A red notice needs that extradition will be sought.", "Use a blue notice.")
    if filled.text("issued_by") == "other" and filled.text("appeal") == "":
        yield Finding(
            "R-09", "appeal", "Who decides on appeal is missing.", "A warrant of no judge needs an appeal to one."
        )


def old_enough(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Nobody under either side's age of criminal responsibility is wanted; anyone under age is first assessed as a
    victim (Comity domain 16, section 2)."""
    born, today = filled.text("birth_date"), sight.now[: len("2026-11-22")]
    own = sight.law(sight.member, "age.criminal_responsibility")
    if isinstance(own.value, int) and may_be_under(born, own.value, today):
        yield Finding(
            "P-2",
            "birth_date",
            "The person may be under your age of criminal responsibility.",
            "A red notice is not possible; consider a yellow one.",
        )
    for member in sorted(set(sight.members) - {sight.member, sight.charter} - set(filled.texts("withheld"))):
        theirs = sight.law(member, "age.criminal_responsibility")
        if isinstance(theirs.value, int) and may_be_under(born, theirs.value, today):
            says = f"The person may be under the age of criminal responsibility of {sight.members[member]}."
            yield Finding("P-2", "withheld", says, f"Withhold it from {sight.members[member]}.")
    first = sight.rule("threshold.victim_first_years")
    if isinstance(first.value, int) and may_be_under(born, first.value, today):
        says = "The person may be a minor: assess first as a victim, with the best interests of the child."
        yield Finding("P-2.minor", "birth_date", says, "Confirm with the guardian authority before sending.", flag=True)


def term(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """The term lies in the future and is no longer than the charter allows for this kind of data
    (Rules on the Processing of Data art. 49)."""
    until = filled.text("valid_until")
    if until == "":
        return
    if until <= sight.now[: len(until)]:
        yield Finding("S-04", "valid_until", f"{until} is not in the future.", "Choose a later day.")
    unknown = filled.form.field("last_name") is None and filled.form.field("prints") is not None
    longest = sight.rule("retention.notice.biometrics_unknown" if unknown else "retention.notice.nominal")
    if isinstance(longest.value, int):
        last = due(datetime.fromisoformat(sight.now), longest.value, longest.unit).date().isoformat()
        if until > last:
            says = f"{until} is beyond {longest.value} {longest.unit} ({longest.source})."
            yield Finding("S-04", "valid_until", says, f"Choose a day up to {last}; it can be extended with reasons.")


def warnings(filled: Filled, _: Sight) -> Iterator[Finding]:
    """A warning carries its source and the day until which it stands."""
    if filled.text("warning") != "":
        for name, what in (("warning_source", "source"), ("warning_until", "last day")):
            if filled.text(name) == "":
                yield Finding("P-3", name, f"The warning's {what} is missing.", "Give it, or leave the warning out.")


def withheld(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Members that must not get it are known, and somebody is left to get it."""
    for member in filled.texts("withheld"):
        if member not in sight.members or member == sight.member:
            yield Finding("N-04", "withheld", f"{member} is not another active member.", "Choose from the list.")
    if set(sight.members) <= {sight.member, sight.charter, *filled.texts("withheld")}:
        yield Finding("N-04", "withheld", "Nobody is left to get it.", "Withhold it from fewer members.")


def who_may_ask(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Only a bureau, or an international entity that the network authorised, asks for a notice."""
    if sight.agency not in sight.facts.get("bureaus", (sight.agency,)):
        yield Finding("N-01", "", f"{sight.agency} is no bureau.", "Ask your national bureau to send the request.")


def by_the_secretariat(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A special notice on the measures of the Security Council is made by the secretariat, under its arrangement."""
    if sight.member != sight.charter:
        yield Finding("N-01", "", "Only the secretariat makes this notice, from the committee's list.", "Write to it.")


def extract_needs_consent(colour: Colour) -> Check:
    """The check that an extract is made public only where the colour allows it."""

    def check(filled: Filled, _: Sight) -> Iterator[Finding]:
        if colour.code == "yellow" and filled.text("extract") == "yes" and filled.text("privacy") == "":
            yield Finding("N-05", "privacy", "An extract needs that national law on privacy allows it.", "Answer it.")

    check.__doc__ = "A public extract needs the consent of the bureau that asks (rule N-05)."
    return check


def switched_on(colour: Colour) -> Check:
    """The check that the charter has switched this colour on, and that the member's quota is not used up."""

    def check(_: Filled, sight: Sight) -> Iterator[Finding]:
        on, quota = sight.rule(f"{colour.switch}.enabled"), sight.rule(f"{colour.switch}.quota")
        taking = sight.rule(f"{colour.switch}.participants").value or ()
        if on.value is not True:
            yield Finding(
                "N-02", "", f"{colour.title}s are switched off in this network ({on.says})", "Ask the secretariat."
            )
        elif sight.member not in taking:
            yield Finding("N-02", "", "Your member does not take part in this pilot.", "Ask the secretariat.")
        used = sight.facts.get("requests", {}).get(f"submit_{colour.code}", 0)
        if isinstance(quota.value, int) and used >= quota.value:
            yield Finding(
                "N-02", "", f"The quota of {quota.value} is used up.", "Withdraw one, or ask the secretariat."
            )

    check.__doc__ = f"{colour.title}s are a switch of the charter, with a quota for each member."
    return check


def checks_of(colour: Colour) -> tuple[Check, ...]:
    """Everything that is checked before a request of this colour leaves."""
    found: list[Check] = [minimum_of(colour), who_may_ask, term, withheld]
    if colour.needs_warrant:
        found += [standing_is_said, penalty_threshold, sentence_threshold, absence, extradition, old_enough]
    if "warning" in colour.optional:
        found.append(warnings)
    if "extract" in colour.optional:
        found.append(extract_needs_consent(colour))
    if colour.who == "reviewer":
        found.append(by_the_secretariat)
    if colour.switch != "":
        found.append(switched_on(colour))
    return tuple(found)


def two_persons(_: Filled, sight: Sight) -> Iterator[Finding]:
    """Two persons review: whoever decides is not the one who examined (Comity domain 16; rule C-03)."""
    first = sight.facts.get("officers", {}).get("examination.examine", "")
    if first == "":
        yield Finding(
            "C-01", "", "Nobody has examined it yet.", "Another reviewer examines it first, article by article."
        )
    elif first == sight.officer:
        yield Finding("C-01", "", "You examined it yourself.", "Another reviewer decides.")


def _examined_anew(sight: Sight, track: str, what: str) -> Iterator[Finding]:
    """Somebody else examined it with what the track says now before them."""
    steps = ("examination.examine", "examination.examine_again")
    found = {who for step, who, seen in sight.facts.get("abreast", ()) if step in steps and track in seen}
    if len(found) == 0:
        yield Finding("C-03", "", f"Nobody has examined {what}.", "Another reviewer examines it again first.")
    elif found == {sight.officer}:
        yield Finding("C-03", "", f"You examined {what} yourself.", "Another reviewer decides.")


def widening_by_two(_: Filled, sight: Sight) -> Iterator[Finding]:
    """What widens a notice is reviewed as a request is: one reviewer examines it, another decides
    (Rules on the Processing of Data art. 46, 86; rules C-03, S-05)."""
    yield from _examined_anew(sight, "request", "what was widened")


def standing_by_two(_: Filled, sight: Sight) -> Iterator[Finding]:
    """That a notice stands after extradition was refused is decided as a request is: one reviewer examines it again,
    another decides; to cancel it takes one (Rules on the Processing of Data art. 128; rules C-03, R-12)."""
    yield from _examined_anew(sight, "clearance", "it since the review was opened again")


def another_nationality(_: Filled, sight: Sight) -> Iterator[Finding]:
    """A reviewer of the requesting member's nationality does not review its request."""
    nationality = sight.facts.get("nationality", "")
    if nationality == "":
        yield Finding("C-03", "", "Your account has no nationality recorded.", "Ask the administrator to record it.")
    elif nationality == sight.owner[:2]:
        yield Finding("C-03", "", "You are a national of the requesting member.", "Another reviewer takes it.")


def suspension_term(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A suspension lasts at most as long as the charter says, then it is lifted or the notice withdrawn
    (Rules on the Processing of Data art. 81)."""
    longest, until = sight.rule("clock.notice.suspension"), filled.text("until")
    if until != "" and isinstance(longest.value, int):
        last = due(datetime.fromisoformat(sight.now), longest.value, longest.unit).date().isoformat()
        if not sight.now[: len(until)] < until <= last:
            yield Finding("S-01", "until", f"{until} is not within {longest.value} {longest.unit}.", f"Up to {last}.")


def extension_term(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A new term has reasons, ends later than the one before, and is no longer than a first one
    (Rules on the Processing of Data art. 50)."""
    said = sight.facts.get("terms", {})
    now = max(str(said.get(step, {}).get("valid_until", "")) for step in ("notice.publish", "notice.extend"))
    if filled.text("valid_until") <= now:
        yield Finding("S-04", "valid_until", f"It runs until {now} already.", "Choose a later day, or withdraw it.")
    yield from term(filled, sight)


def not_published(_: Filled, sight: Sight) -> Iterator[Finding]:
    """What is published is withdrawn, not taken back."""
    if "notice" in sight.states:
        yield Finding("S-02", "", "It is published.", "Withdraw it.")


def published(_: Filled, sight: Sight) -> Iterator[Finding]:
    """Only what is published can be widened."""
    if sight.states.get("notice") not in ("published", "suspended"):
        yield Finding("S-05", "", "It is not published.", "Answer the secretariat instead.")


def widens(filled: Filled, _: Sight) -> Iterator[Finding]:
    """What widens a notice is reviewed before anybody else sees it."""
    if filled.text("widens") == "no":
        yield Finding("S-05", "widens", "It widens nothing.", "Tell everybody at once: “Tell what has changed”.")


def does_not_widen(filled: Filled, _: Sight) -> Iterator[Finding]:
    """What widens a notice is reviewed before anybody else sees it."""
    if filled.text("widens") == "yes":
        yield Finding("S-05", "widens", "It widens what is asked.", "Send it through review: “Widen, through review”.")


def not_refused(_: Filled, sight: Sight) -> Iterator[Finding]:
    """What was refused is asked for anew, not approved."""
    if sight.states.get("review") == "refused":
        yield Finding("C-01", "", "It was refused.", "The source asks anew.")
