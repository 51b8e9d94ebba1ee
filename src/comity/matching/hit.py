"""What screening proposes: a possible hit, with the reasons an officer reads before deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MODEL = "comity-3"
"""Version of the features, weights, tables and channels; it stands in every hit."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one feature says; ``weight`` is its log-odds, positive for the same, negative for another.

    ``text`` is the sentence with places for ``values``, as it stands in the catalogues of the interface's languages.
    """

    feature: str
    text: str
    weight: float
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """The sentence in English."""
        return self.text % self.values

    def to_json(self) -> dict[str, object]:
        """The reason as one plain tree, with the sentence apart from its values."""
        told = {"feature": self.feature, "says": self.says, "weight": self.weight}
        return {**told, "text": self.text, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Hit:
    """A possible hit. ``score`` is the logistic of the summed weights at an even prior: evidence, not the chance
    that it is the same person. A hit without reasons cannot be made. ``ended`` is the last day (ISO) on which the list
    named the entry, where that day is over; the empty text otherwise."""

    query: str
    match: str
    score: float
    caption: str
    reasons: tuple[Reason, ...]
    list: str
    list_version: str
    model: str = MODEL
    ended: str = ""

    def __post_init__(self) -> None:
        if len(self.reasons) == 0:
            raise ValueError("a hit without reasons")

    def to_json(self) -> dict[str, object]:
        """The hit as one plain tree, as written to JSON lines."""
        told = {
            "query": self.query,
            "match": self.match,
            "score": self.score,
            "caption": self.caption,
            "reasons": [{"feature": r.feature, "says": r.says, "weight": r.weight} for r in self.reasons],
            "list": self.list,
            "list_version": self.list_version,
            "model": self.model,
        }
        return told if self.ended == "" else {**told, "ended": self.ended}


BANDS: tuple[tuple[float, str], ...] = ((0.9, "much agrees"), (0.8, "several things agree"), (0.0, "something agrees"))
"""Least score and the words for it on screens, which never show a percentage."""


def band(score: float) -> str:
    """The words for a score."""
    return next(words for least, words in BANDS if score >= least)
