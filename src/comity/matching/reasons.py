"""How a comparison is said: features, their outcomes, and the sentence of each outcome.

A feature's docstring is what officers read: its first line says what the feature is worth, its other lines are the
sentences of its outcomes, with places for values. A feature without them cannot be registered, and an outcome
without a sentence cannot be said. The sentence and its values stay apart, so that a screen can say it in the
reader's language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from comity.matching.hit import Reason
from comity.matching.names.likeness import Likeness, Name
from comity.matching.subject import Subject
from comity.model.packaged import packaged_text

WEIGHTS = "weights-3.json"


@dataclass(frozen=True, slots=True)
class NamePair:
    """The names that speak most for it, or the main names if none agree; ``evidence`` in log-odds."""

    query: Name
    match: Name
    likeness: Likeness
    evidence: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One feature's outcome, its weight in log-odds, and the values that its sentence names."""

    outcome: str
    weight: float
    values: Mapping[str, str] = field(default_factory=dict)


Judge = Callable[[Subject, Subject, NamePair], Finding | None]


@dataclass(frozen=True, slots=True)
class Feature:
    """One comparison: ``docs`` for users, ``texts`` by outcome, ``judge`` gives the finding or None for no word."""

    name: str
    docs: str
    texts: dict[str, str]
    judge: Judge

    def reason(self, finding: Finding) -> Reason:
        """The finding in words."""
        return Reason(self.name, self.texts[finding.outcome], finding.weight, finding.values)


def feature(judge: Judge) -> Feature:
    """Makes a feature of a function; its docstring must give one line of docs and an ``outcome: sentence`` each."""
    name = getattr(judge, "__name__", "")
    lines = [line.strip() for line in (judge.__doc__ or "").strip().splitlines() if line.strip() != ""]
    texts = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    if len(lines) < 2 or len(texts) != len(lines) - 1:
        raise ValueError(f"the feature {name} does not say what its outcomes mean")
    return Feature(name.strip("_"), lines[0], texts, judge)


@cache
def weights(name: str) -> Mapping[str, float]:
    """The log-odds of each outcome of one feature, from the packaged file that says where each comes from."""
    held = json.loads(packaged_text("comity.matching", WEIGHTS))
    return {outcome: float(weight) for outcome, weight in held["weights"][name].items()}
