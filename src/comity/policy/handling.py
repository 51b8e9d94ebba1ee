"""The terms of a part, judged: for reading, for passing on, and for a document drawn from several parts.

A part keeps its own terms wherever it goes. The strictest terms of several parts exist only for a *derived*
document; where no purpose or no audience is left that all parts allow, the derivation is refused and the parts that
clash are named.

Reading is decided by ``policies/part.cedar`` over the facts made here. That a passing-on leaves towards a country
with the death penalty, or concerns a refugee, is not judged here but by the protection gates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from comity.errors import Defect, RuleRefused
from comity.model.handling import HANDLING_CODES, TLP, Handling
from comity.policy.decision import Decision
from comity.policy.purposes import PURPOSES

NO_END = 2_932_896
"""The day number of 9999-12-31, for a part without an end date."""

_EPOCH = date(1970, 1, 1)
_SOURCE = "domain rules D-08 and D-09: originator control"


@dataclass(frozen=True, slots=True)
class Source:
    """One part that a derived document draws on: its name for the reader, its terms, and who may see it."""

    name: str
    handling: Handling
    audience: frozenset[str]


@dataclass(frozen=True, slots=True)
class Derived:
    """The terms of a derived document."""

    handling: Handling
    audience: frozenset[str]


@dataclass(frozen=True, slots=True)
class Consent:
    """An author's recorded consent to one passing-on: ``act`` is the digest of the act that gave it.

    ``until`` is an ISO date or empty for no end.
    """

    act: str
    author_member: str
    recipient_member: str
    purposes: frozenset[str]
    until: str = ""


@dataclass(frozen=True, slots=True)
class Passing:
    """A part about to be passed on by its holder."""

    handling: Handling
    author_member: str
    recipient_member: str
    purpose: str


def day_number(day: date) -> int:
    """Days since 1970-01-01, as policies compare them."""
    return (day - _EPOCH).days


def until_day(handling: Handling) -> int:
    """The last day on which the part is shown, as a day number; :data:`NO_END` where none is set."""
    return NO_END if handling.until == "" else day_number(date.fromisoformat(handling.until))


def handling_defects(handling: Handling, *, field: str = "handling") -> Iterator[Defect]:
    """All that is wrong with the terms an officer chose."""
    if handling.tlp not in TLP:
        yield _defect(f"{field}.tlp", f"There is no TLP label {handling.tlp!r}.", f"Choose one of {', '.join(TLP)}.")
    if handling.code not in HANDLING_CODES:
        choices = ", ".join(reversed(HANDLING_CODES))
        yield _defect(f"{field}.code", f"There is no handling code {handling.code!r}.", f"Choose one of {choices}.")
    if handling.code == "H3" and handling.caveat == "":
        yield _defect(f"{field}.caveat", "Handling code H3 needs its caveat in words.", "Write the caveat.")
    if len(handling.purposes) == 0:
        yield _defect(f"{field}.purposes", "The part allows no purpose: nobody could read it.", "Choose a purpose.")
    for purpose in handling.purposes:
        if purpose not in PURPOSES:
            choices = ", ".join(PURPOSES)
            yield _defect(f"{field}.purposes", f"There is no purpose {purpose!r}.", f"Choose among {choices}.")
    if handling.until != "" and not _is_day(handling.until):
        yield _defect(f"{field}.until", f"{handling.until!r} is not a date.", "Write it as 2026-12-31.")


def strictest(sources: Sequence[Source]) -> Derived:
    """The terms under which a document drawn from ``sources`` may exist; raises :class:`RuleRefused` on a clash."""
    if len(sources) == 0:
        raise RuleRefused("A derived document needs at least one part.", rule="H-00", remedy="Choose a part.")
    purposes = frozenset.intersection(*(frozenset(one.handling.purposes) for one in sources))
    audience = frozenset.intersection(*(one.audience for one in sources))
    if len(purposes) == 0:
        _clash(sources, [frozenset(one.handling.purposes) for one in sources], "purpose", "H-01")
    if len(audience) == 0:
        _clash(sources, [one.audience for one in sources], "reader", "H-02")
    terms = [one.handling for one in sources]
    grades = {one.evaluation for one in terms}
    merged = Handling(
        tlp=min((one.tlp for one in terms), key=TLP.index),
        code=min((one.code for one in terms), key=HANDLING_CODES.index),
        purposes=tuple(sorted(purposes)),
        until=min((one.until for one in terms if one.until != ""), default=""),
        evaluation=grades.pop() if len(grades) == 1 else "",
        caveat="; ".join(dict.fromkeys(one.caveat for one in terms if one.caveat != "")),
    )
    return Derived(merged, audience)


def may_pass_on(passing: Passing, consents: Sequence[Consent], today: date) -> Decision:
    """Whether a holder may pass a part on: with the author's recorded consent, which names recipient and purpose.

    Free are: back to the author; and TLP:CLEAR or TLP:GREEN under H0 or H1 within the author's purposes. A danger
    to life excuses the missing consent, and the author is told at once.
    """
    author, handling = passing.author_member, passing.handling
    if passing.recipient_member == author:
        return Decision(True, "H-10", "It goes back to its author.", source=_SOURCE)
    if today > _last_day(handling.until):
        way = f"Ask {author}'s bureau whether it still stands."
        return Decision(False, "H-11", "The time for which the author gave this part is over.", way, _SOURCE)
    given = next((one for one in consents if _covers(one, passing, today)), None)
    if given is not None:
        return Decision(True, "H-12", f"{author} consented in act {given.act[:16]}.", source=_SOURCE)
    free = handling.tlp in ("CLEAR", "GREEN") and handling.code in ("H0", "H1")
    if free and passing.purpose in handling.purposes:
        reason = f"TLP:{handling.tlp} with {handling.code} leaves it free for this purpose."
        return Decision(True, "H-13", reason, source="Traffic Light Protocol 2.0")
    if passing.purpose == "life_at_risk":
        reason = "A life is at risk; the consent that is missing is asked for afterwards."
        return Decision(True, "H-14", reason, f"Tell {author}'s bureau at once, and record why.", _SOURCE)
    reason = f"{author} has not consented that {passing.recipient_member} gets this part for this purpose."
    return Decision(False, "H-15", reason, f"Ask {author}'s bureau for consent.", _SOURCE)


def _covers(consent: Consent, passing: Passing, today: date) -> bool:
    return (
        consent.author_member == passing.author_member
        and consent.recipient_member == passing.recipient_member
        and passing.purpose in consent.purposes
        and today <= _last_day(consent.until)
    )


def _last_day(until: str) -> date:
    return date.max if until == "" else date.fromisoformat(until)


def _clash(sources: Sequence[Source], sets: Sequence[frozenset[str]], what: str, rule: str) -> NoReturn:
    """Raises, naming a group of parts that have nothing in common and from which none can be spared."""
    group = list(range(len(sources)))
    for i in range(len(sources)):
        fewer = [j for j in group if j != i]
        if len(fewer) > 0 and len(frozenset.intersection(*(sets[j] for j in fewer))) == 0:
            group = fewer
    names = ", ".join(sources[i].name for i in group)
    raise RuleRefused(
        f"No {what} is allowed by all of these parts: {names}.",
        rule=rule,
        remedy="Leave one of them out, or ask its author for consent.",
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _defect(field: str, says: str, remedy: str) -> Defect:
    return Defect(rule="handling", says=says, remedy=remedy, field=field)
