"""Every error that Comity raises on purpose, split by who has to act.

    ComityError
    ├── InputRefused      the input's: a file, form or argument breaks a rule; lists every defect at once
    ├── PeerRefused       the peer's: an envelope, receipt or directory from another member cannot be accepted
    ├── PeerUnreachable   nobody's fault: the line or the peer is down (:mod:`comity.exchange.transports.base`)
    ├── RuleRefused       a rule's refusal: policy, gate or procedure says no, and says what is lawful instead
    └── OwnFault          ours: a tampered store, a broken invariant, a missing file of this installation

Each says what failed, whether anything was recorded, and what to do next. A raw ``ValueError`` that escapes a
reader is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with one input.

    ``file`` is the name the user gave; ``place`` is the row, segment or byte offset in words ("row 12",
    "segment 8", "offset 310"); ``field`` the field's standard name; ``rule`` a stable identifier;
    ``says`` what is wrong; ``remedy`` what the user can do about it.
    """

    rule: str
    says: str
    remedy: str
    file: str = ""
    place: str = ""
    field: str = ""

    def __str__(self) -> str:
        where = ", ".join(word for word in (self.file, self.place, self.field) if word != "")
        head = f"{where}: " if where != "" else ""
        return f"{head}{self.says} [{self.rule}] {self.remedy}"


class ComityError(Exception):
    """The root: ``says`` what failed, ``recorded`` what was kept of it, ``remedy`` what to do next."""

    def __init__(self, says: str, *, rule: str = "", remedy: str = "", recorded: str = "Nothing was recorded.") -> None:
        super().__init__(says)
        self.says = says
        self.rule = rule
        self.remedy = remedy
        self.recorded = recorded

    def __str__(self) -> str:
        rule = f" [{self.rule}]" if self.rule != "" else ""
        return " ".join(word for word in (f"{self.says}{rule}", self.recorded, self.remedy) if word != "")

    def as_dict(self) -> dict[str, object]:
        """The same content for ``--json`` and the machine API."""
        return {"says": self.says, "rule": self.rule, "remedy": self.remedy, "recorded": self.recorded}


class InputRefused(ComityError):
    """A file, form or argument that breaks a rule; ``defects`` holds all of them, in reading order."""

    def __init__(self, says: str, defects: Iterable[Defect] = (), *, recorded: str = "Nothing was recorded.") -> None:
        super().__init__(says, rule="input.refused", recorded=recorded)
        self.defects = tuple(defects)

    def __str__(self) -> str:
        return "\n".join((f"{self.says} {self.recorded}", *(f"  {defect}" for defect in self.defects)))

    def as_dict(self) -> dict[str, object]:
        return {**ComityError.as_dict(self), "defects": [asdict(defect) for defect in self.defects]}


class PeerRefused(ComityError):
    """Bytes from another member that cannot be accepted; ``rule`` is the refusal code the peer is told."""


class RuleRefused(ComityError):
    """A rule says no; ``remedy`` names the lawful way, if there is one."""


class OwnFault(ComityError):
    """This installation's own state is wrong; an administrator has to act."""
