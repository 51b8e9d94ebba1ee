"""What a report of documents says at the moment: the act that reports, and those that took single documents out.

A pure function of the fold, so that every node has the same documents in its register, in whatever order the acts
came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comity.model.act import Header
from comity.procedures.machine import MatterView, ancestors
from comity.procedures.travel_document.table import IN_FORCE, ONE_BY_ONE, RECORD


@dataclass(frozen=True, slots=True)
class Standing:
    """The ``act`` whose documents stand, and the acts by which single ones were ``taken_out``."""

    act: str
    taken_out: tuple[str, ...] = ()


def standing_of(view: MatterView, headers: Mapping[str, Header]) -> Standing | None:
    """What stands now; None where the matter reports nothing, or no more."""
    shown = view.tracks.get(RECORD)
    if shown is None or shown.state not in IN_FORCE:
        return None
    act = shown.head
    while act != "" and (headers[act].step == ONE_BY_ONE or view.outcomes[act].verdict != "applied"):
        act = headers[act].prev if headers[act].prev in headers else ""
    if act == "":
        return None
    before = ancestors(headers, act)
    out = [
        digest
        for digest, header in headers.items()
        if (header.step, header.track) == (ONE_BY_ONE, RECORD)
        and digest not in before
        and (view.outcomes[digest].verdict == "applied" or digest in shown.standing)
    ]
    return Standing(act, tuple(sorted(out)))
