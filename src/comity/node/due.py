"""When something is due in a matter: the clocks of its table, over the law of both sides, as this node sees them.

Each clock says what is due, who owes it, when, by which rule, and whether that rule was signed by anybody. A clock
without a rule in the law has no hour and says so. Receipt clocks start when this node recorded the act, or where it
is another's, when that other is known to have recorded it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from comity.errors import RuleRefused
from comity.model.act import Header
from comity.model.track import is_correspondent, member_of, track_index, track_name
from comity.node.apart import apart
from comity.node.moment import instant
from comity.node.node import Node
from comity.node.story import Held
from comity.node.words import Says, says
from comity.policy.clocks import due
from comity.policy.profile import LawValue
from comity.procedures.table import Due

FIRST_YEAR, LAST_YEAR = 1900, 3000
"""A moment before or after these is nobody's deadline: it is read as if it were not there."""

_HOUR = re.compile(r"\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class DueLine:
    """One clock that runs or ran. ``at`` is None where no rule is recorded or it stands still; ``met`` is when it
    ended; ``rule`` is the sentence on where its length comes from, ``zone`` the owing member's time zone."""

    code: str
    says: str
    member: str
    party: str
    began: datetime
    at: datetime | None
    met: datetime | None
    stands: bool
    rule: str
    source: str
    standing: str
    zone: str
    binding: bool
    escalates: bool
    then: str

    def is_late(self, now: datetime) -> bool:
        """Whether it has passed and nobody has done it."""
        return self.met is None and self.at is not None and self.at < now

    @property
    def words(self) -> Says:
        """What is due and when, as a sentence; where there is no hour, why."""
        if self.at is None:
            stands = says("the clock stands until the question back is answered")
            why = stands if self.stands else says(self.rule)
            return says("%(what)s: %(why)s", what=says(self.says, when="…"), why=why)
        if "%(when)s" in self.says:
            return says(self.says, when=self.at)
        return says("%(what)s by %(when)s", what=says(self.says), when=self.at)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.met is None


@dataclass(frozen=True, slots=True)
class _Act:
    digest: str
    header: Header
    at: datetime


def dues_of(node: Node, held: Held) -> tuple[DueLine, ...]:
    """Every clock of a matter, the open ones first, the earliest hour first."""
    view = held.view
    if view is None:
        return ()
    applied = [
        _Act(stored.digest, held.headers[stored.digest], instant(stored.recorded))
        for stored in held.acts
        if view.outcomes[stored.digest].verdict in ("applied", "out_of_order")
    ]
    by_step: dict[str, list[_Act]] = {}
    for one in sorted(applied, key=lambda a: (a.at, a.header.time)):
        by_step.setdefault(f"{track_name(one.header.track)}.{one.header.step}", []).append(one)
    found = [line for rule in view.procedure.dues for line in _lines(node, held, rule, by_step)]
    far = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda line: (not line.is_open, line.at or far, line.code, line.party)))


def readable_dues(node: Node, held: Held) -> tuple[DueLine, ...]:
    """Every clock of a matter; none where they cannot be read, so that no other matter's clocks wait for it."""
    none: tuple[DueLine, ...] = ()
    return apart("clock.dues", str(held.row["matter"]), lambda: dues_of(node, held), none)


def _lines(node: Node, held: Held, rule: Due, by_step: Mapping[str, Sequence[_Act]]) -> Iterator[DueLine]:
    term, values = rule.only
    for start in by_step.get(rule.starts, ()):
        if term != "" and str(start.header.terms.get(term, "")) not in values:
            continue
        begun = max((start, *_restarts(by_step, rule, start)), key=lambda one: one.at)
        for party in _parties(node, held, rule, begun):
            yield _line(node, held, rule, by_step, begun, party)


def _restarts(by_step: Mapping[str, Sequence[_Act]], rule: Due, start: _Act) -> Iterator[_Act]:
    """The acts on the same track after which the clock runs anew."""
    for name in rule.restarts:
        yield from (one for one in by_step.get(name, ()) if one.header.track == start.header.track)


def _parties(node: Node, held: Held, rule: Due, start: _Act) -> tuple[str, ...]:
    """The parties that owe it, one clock each; the empty text where the owner or the reviewer owes it."""
    if rule.whose != "party":
        return ("",)
    index = track_index(start.header.track)
    if index != "":
        return (index,)
    owner = "" if held.view is None else member_of(held.view.owner)
    parties = held.seats.get("party", set()) - {owner, node.reviewer}
    if any(is_correspondent(party) for party in parties):  # theirs run on the track of their letters
        return tuple(sorted(party for party in parties if not is_correspondent(party)))
    return tuple(sorted(parties)) or ("",)


def _line(node: Node, held: Held, rule: Due, by_step: Mapping[str, Sequence[_Act]], start: _Act, party: str) -> DueLine:
    owner = "" if held.view is None else member_of(held.view.owner)
    member = {"party": party, "owner": owner, "reviewer": node.reviewer}[rule.whose]
    law = _law(node, held, rule, start, owner, party, by_step)
    began = _moment(start, rule.since)
    ended = _first_after(by_step, rule.ends, start, party)
    zone = node.trust.lists[member].doc.timezone if member in node.trust.lists else "UTC"
    stands, paused = _pauses(by_step, rule, start, party, ended)
    at = None if stands else _at(node, rule, law, start, began, zone, member)
    return DueLine(
        code=rule.code,
        says=rule.says,
        member=member,
        party=party,
        began=began,
        at=None if at is None else at + paused,
        met=None if ended is None else ended.at,
        stands=stands,
        rule=law.says,
        source=law.source,
        standing=law.standing,
        zone=zone,
        binding=rule.binding,
        escalates=rule.escalates,
        then=rule.then,
    )


def _law(
    node: Node, held: Held, rule: Due, start: _Act, owner: str, party: str, by_step: Mapping[str, Sequence[_Act]]
) -> LawValue:
    """The length in the law; words in braces come from the latest act that says them."""
    terms = dict(start.header.terms)
    for some in by_step.values():
        for one in some:
            if one.header.track == start.header.track and one.at >= start.at:
                terms.update({k: v for k, v in one.header.terms.items() if f"{{{k}}}" in rule.path})
    path = rule.path.format_map(_Terms(terms))
    member = {"charter": node.reviewer, "owner": owner, "party": party}[rule.law]
    return node.law(member, path, start.at.date())


class _Terms(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "unknown"


def _moment(start: _Act, since: str) -> datetime:
    """When a clock began: at the moment that the act names, else, or where that is none, when it was recorded."""
    text = str(start.header.terms.get(since, "")) if since != "" else ""
    if text == "":
        return start.at
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T")).replace(tzinfo=UTC)
    except ValueError:
        return start.at
    return moment if _is_plausible(moment) else start.at


def _is_plausible(moment: datetime) -> bool:
    """Whether any zone's clock can show it: what another member wrote never makes a page fail here."""
    return FIRST_YEAR <= moment.year < LAST_YEAR


def _at(node: Node, rule: Due, law: LawValue, start: _Act, began: datetime, zone: str, member: str) -> datetime | None:
    if isinstance(law.value, str) and _HOUR.fullmatch(law.value) is not None:
        return _next_hour(began, law.value, zone)
    if not isinstance(law.value, int) or isinstance(law.value, bool):
        return None
    try:
        if rule.before != "":
            last = datetime.fromisoformat(str(start.header.terms.get(rule.before, ""))).replace(tzinfo=UTC)
            at = due(last, -law.value, law.unit)
            return at if _is_plausible(at) else None
        profile = node.laws.profile(member, start.at.date())
        calendar = None if profile is None else profile.calendar()
        local = began.astimezone(ZoneInfo(zone))
        at = due(local, law.value, law.unit, calendar)
        return at.astimezone(UTC) if _is_plausible(at) else None
    except (RuleRefused, ValueError):
        return None


def _next_hour(began: datetime, hour: str, zone: str) -> datetime:
    """The next time that a member's clock shows ``hour`` after ``began``."""
    local = began.astimezone(ZoneInfo(zone))
    first = datetime.combine(local.date(), time.fromisoformat(hour), ZoneInfo(zone))
    return (first if first > local else first + timedelta(days=1)).astimezone(UTC)


def _first_after(by_step: Mapping[str, Sequence[_Act]], names: Sequence[str], start: _Act, party: str) -> _Act | None:
    """The first act of these steps after the start that concerns this party."""
    some = [one for name in names for one in by_step.get(name, ()) if _concerns(one, party) and one.at >= start.at]
    some = [one for one in some if one.digest != start.digest]
    return min(some, key=lambda one: one.at, default=None)


def _concerns(one: _Act, party: str) -> bool:
    index = track_index(one.header.track)
    return index == "" or party in ("", index)


def _pauses(
    by_step: Mapping[str, Sequence[_Act]], rule: Due, start: _Act, party: str, ended: _Act | None
) -> tuple[bool, timedelta]:
    """(whether the clock stands still now, how long it has stood still before)."""
    total, stands = timedelta(), False
    for begins, ends in rule.pauses:
        for pause in by_step.get(begins, ()):
            if not _concerns(pause, party) or pause.at < start.at:
                continue
            resumed = _first_after(by_step, (ends,), pause, party)
            if resumed is None:
                stands = ended is None
            else:
                total += resumed.at - pause.at
    return stands, total
