"""The language of procedure tables: tracks, ranked moves and facts, guards, statuses. All of it is data.

A procedure is read aloud from its table: who may take which step, on which track, from which state to which, on
what legal basis, with which checks and effects. :mod:`comity.procedures.machine` folds acts through it;
:mod:`comity.procedures.audit` refuses a table that is not whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from comity.model.act import Header
from comity.policy.profile import LawValue, LegalProfile, unrecorded
from comity.procedures.form import Filled, Form

Writer = Literal["owner", "owner_member", "party", "reviewer"]
Seat = Literal["owner", "party", "parties", "reviewer"]
Kind = Literal["protective", "neutral", "permissive", "terminal"]

LEVELS = {"narrow": 1, "suspend": 2, "withdraw": 3, "cancel": 4, "erase": 5}
"""How far a protective step goes; the further one prevails."""


@dataclass(frozen=True, slots=True)
class Rank:
    """What a step does to what may be done next; ``level`` orders protective steps and is 0 elsewhere."""

    kind: Kind
    level: int = 0


NEUTRAL = Rank("neutral")
PERMISSIVE = Rank("permissive")
TERMINAL = Rank("terminal")


def protective(reach: str) -> Rank:
    """The rank of a protective step: narrow, suspend, withdraw, cancel or erase."""
    return Rank("protective", LEVELS[reach])


@dataclass(frozen=True, slots=True)
class Track:
    """One line of acts. ``audience`` are the seats that get its acts; the writer's own member always does.

    ``one_per`` is "party" for a track that exists once per party (``reply/QN``), empty for a single one. An empty
    ``audience`` is an own-member track: nothing on it ever leaves the node. Whoever writes an ``awaited`` one is shown
    as waited for until it is open. One that is ``paper`` exists for each
    correspondent without a node and for nobody else.
    """

    name: str
    title: str
    writer: Writer
    start: str
    audience: tuple[Seat, ...] = ()
    one_per: Literal["", "party"] = ""
    final: tuple[str, ...] = ()
    awaited: bool = True
    paper: bool = False


VOUCHED = "vouched"
"""The term that holds what an act vouches for: commitments of parts, and terms as :func:`as_vouched` writes them."""


def as_vouched(name: str, value: object) -> str:
    """A term and its value as an act vouches for them."""
    return f"{name}={value}"


class Ancestry(Protocol):
    """What an act's own ancestry says, which every reader who holds it sees alike."""

    def state(self, track: str) -> str:
        """The state of ``track`` (of the same party, where there is one per party) in the act's ancestry."""

    def officer(self, track: str, step: str) -> str:
        """The officer who last took ``step`` on ``track``, or the empty text."""

    def vouched(self, track: str) -> frozenset[str]:
        """The commitments and terms that the acts on ``track`` vouched for."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition folded by every reader, from ancestry and header alone; ``test`` returns a reason or None."""

    tracks: tuple[str, ...]
    test: Callable[[Ancestry, Header], str | None]


def in_state(track: str, *states: str) -> Guard:
    """Only while ``track`` was in one of ``states`` for the author."""

    def test(ancestry: Ancestry, _: Header) -> str | None:
        state = ancestry.state(track)
        return None if state in states else f"the {track} track was {state}"

    return Guard((track,), test)


def only_vouched(track: str, *terms: str) -> Guard:
    """With no part and none of ``terms`` but as an act on ``track`` vouched for them: what was reviewed is what is
    said. An act that vouches for no value of a term, as those made before terms were vouched for, binds none."""

    def test(ancestry: Ancestry, header: Header) -> str | None:
        vouched = ancestry.vouched(track)
        beyond = {head.commitment for head in header.parts} - vouched
        if len(beyond) > 0:
            return f"it holds {len(beyond)} parts that nobody reviewed"
        for name in terms:
            bound = any(one.startswith(as_vouched(name, "")) for one in vouched)
            if bound and as_vouched(name, header.terms.get(name, "")) not in vouched:
                return f"its {name} is not what was reviewed"
        return None

    return Guard((track,), test)


def other_officer_than(track: str, step: str) -> Guard:
    """Two persons: the officer differs from the one who took ``step`` on ``track``."""

    def test(ancestry: Ancestry, header: Header) -> str | None:
        return "the same officer took both steps" if ancestry.officer(track, step) == header.officer else None

    return Guard((track,), test)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: ``rule`` id, the ``field`` it concerns, what it ``says``; a ``flag`` does not refuse."""

    rule: str
    field: str
    says: str
    remedy: str = ""
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What a check may look at besides the form: all of it passed in.

    ``said`` are the values of this member's own earlier forms in the matter, by ``track.step``; ``profiles`` the
    legal profiles in force by member; ``charter`` the member whose profile holds the network's common rules.
    """

    member: str
    agency: str
    officer: str
    now: str
    members: Mapping[str, str]
    states: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    profiles: Mapping[str, LegalProfile] = field(default_factory=dict)
    charter: str = ""
    owner: str = ""

    def law(self, member: str, path: str) -> LawValue:
        """What ``member``'s profile says under ``path``; where it says nothing, to ask a lawyer."""
        profile = self.profiles.get(member)
        return (profile or unrecorded(member, self.members.get(member, member))).value(path)

    def rule(self, path: str) -> LawValue:
        """What the network's charter says under ``path``."""
        return self.law(self.charter, path)


Check = Callable[[Filled, Sight], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Effect:
    """Work that a node does when an act is first reached, at most once.

    ``name`` is one of :data:`comity.procedures.effects.EFFECTS`. A ``coercive`` one names the step that reverses
    it and the clock that limits it. ``step`` is the automatic step, written ``track.step``, that a *follow* takes.
    """

    name: str
    step: str = ""
    coercive: bool = False
    reversed_by: tuple[str, ...] = ()
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a table. ``says`` is the text that the officer reads beside the button.

    ``opens`` marks the step that begins a track: its target does not depend on anything before, and its ``prev``
    is 32 random bytes. ``also`` are steps, written ``track.step``, that the author's node takes in the same
    transaction on each of its matching tracks. ``erases`` names the tracks whose parts the step recalls.
    ``settles`` marks the owner's answer on a line that decides which of the party's moves came before an ending.
    ``hand`` marks the three steps of handing a track to another agency. ``carries`` are kinds of parts that an
    automatic step takes along, unchanged, from what its own member said in the matter before. ``vouches`` are kinds
    of parts of the matter's owner that the step names, in the term :data:`VOUCHED`, by commitment: those that the
    author's node holds when it is taken. ``vouches_terms`` are terms of the matter's opening act that it names there
    too; "of" is the opening's own step.
    """

    name: str
    on: str
    fact: bool
    frm: tuple[str, ...]
    to: str
    basis: str
    says: str
    title: str
    roles: tuple[str, ...]
    rank: Rank = NEUTRAL
    opens: bool = False
    form: Form | None = None
    checks: tuple[Check, ...] = ()
    requires: tuple[Check, ...] = ()
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    also: tuple[str, ...] = ()
    erases: tuple[str, ...] = ()
    settles: bool = False
    closes: str = ""
    hand: Literal["", "offer", "accept", "decline"] = ""
    purpose: str = "investigation"
    grave: bool = False
    automatic: bool = False
    carries: tuple[str, ...] = ()
    vouches: tuple[str, ...] = ()
    vouches_terms: tuple[str, ...] = ()

    @property
    def urgent(self) -> bool:
        """Whether its deliveries travel on the urgent lane: what protects never waits for what does not."""
        return self.rank.kind == "protective" or self.rank.kind == "terminal"


def Move(name: str, **row: Any) -> Step:  # noqa: N802 (reads as a table row)
    """A step that changes what may happen next."""
    return Step(name=name, fact=False, **row)


def Fact(name: str, **row: Any) -> Step:  # noqa: N802
    """A step that reports what happened; it is never undone. Without ``to`` it leaves the state."""
    return Step(name=name, fact=True, **{"to": "", **row})


@dataclass(frozen=True, slots=True)
class Status:
    """One possible state of the whole matter: it applies if any track named ``track`` shows one of ``states``.

    ``shows`` tells whether content may be seen while the matter has this status, ``acts`` whether anything may be
    done on the strength of it, ``ended`` whether nothing more is expected.
    """

    code: str
    says: str
    track: str
    states: tuple[str, ...]
    shows: bool = True
    acts: bool = True
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A clock of a procedure: what is due, from which step on, until one of which; the length stands in the law.

    ``starts``, ``ends`` and ``pauses`` name steps as ``track.step``; where both start and end stand on tracks that
    exist once per party, each party has a clock of its own. ``path`` leads to the length, in the profile of ``law``:
    "charter" for the network's common rules, or a seat; words in braces are terms of the starting act. ``whose`` is
    who is waited for. ``pauses`` are pairs of steps between which the clock stands still. ``binding`` says that
    somebody's liberty or life depends on it. ``only`` is (term of the starting act, its values) for a clock that does
    not always run; ``then`` the automatic step that the starting member's node takes when nobody was in time.
    ``before`` names a day in the starting act from which the length counts back. One that ``escalates`` goes to the
    next duty officer and then to the supervisor when it has passed. ``since`` names the moment in the starting act
    from which it is counted, where that is not the time of recording. ``restarts`` are steps after which it runs anew,
    from their time and by their terms.
    """

    code: str
    says: str
    starts: str
    ends: tuple[str, ...]
    path: str
    whose: Literal["owner", "party", "reviewer"]
    law: Literal["charter", "owner", "party"] = "charter"
    pauses: tuple[tuple[str, str], ...] = ()
    binding: bool = False
    only: tuple[str, tuple[str, ...]] = ("", ())
    then: str = ""
    before: str = ""
    escalates: bool = False
    since: str = ""
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Procedure:
    """A way of cooperating. ``statuses`` are in order of precedence: the first that applies is the matter's.

    ``term`` names the tracks that share one term: what their writer said on any of them is kept until the latest last
    day that one of these acts names, at every holder, and is erased by itself then.
    """

    kind: str
    version: int
    title: str
    summary: str
    tracks: tuple[Track, ...]
    steps: tuple[Step, ...]
    statuses: tuple[Status, ...]
    clocks: Mapping[str, str] = field(default_factory=dict)
    dues: tuple[Due, ...] = ()
    term: tuple[str, ...] = ()
    example: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def track(self, name: str) -> Track | None:
        """The track called ``name``."""
        return self._tracks.get(name)

    def step(self, name: str, on: str) -> Step | None:
        """The step called ``name`` on the track called ``on``."""
        return self._steps.get((on, name))

    def level(self, track: str, state: str) -> int:
        """How far protection went in ``state``: the level of the protective step that leads there, else 0."""
        return self._levels.get((track, state), 0)

    @cached_property
    def _tracks(self) -> dict[str, Track]:
        return {track.name: track for track in self.tracks}

    @cached_property
    def _steps(self) -> dict[tuple[str, str], Step]:
        return {(step.on, step.name): step for step in self.steps}

    @cached_property
    def _levels(self) -> dict[tuple[str, str], int]:
        levels: dict[tuple[str, str], int] = {}
        for step in self.steps:
            key = (step.on, step.to)
            levels[key] = max(levels.get(key, 0), step.rank.level)
        return levels
