"""What a node can be asked to do when an act is first reached. The closed list that tables may name.

Effects are declared here and run by :mod:`comity.node.effects`, at most once for each act and name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EffectKind:
    """What an effect does, in words.

    One that is ``own`` is done at the node of the act's author alone. One that reaches ``outside`` the node's own
    database is committed as started before it is done, and after a crash goes to an officer rather than being done
    twice. One that is ``at_once`` is done in the transaction that records the act.
    """

    says: str
    outside: bool = False
    own: bool = False
    at_once: bool = False


EFFECTS: Mapping[str, EffectKind] = {
    "alert": EffectKind("Shows the act on the desk of each agency that has to know of it."),
    "watch": EffectKind(
        "Screens travellers against the persons in this matter while it stands and has not run out.", own=True
    ),
    "adopt": EffectKind("Keeps a member's legal profile; rules read it from the day that it names."),
    "enlist": EffectKind(
        "Screens travellers against the persons in this matter at every member that received it, while it stands."
    ),
    "follow": EffectKind(
        "Takes the automatic step that follows, at the node that writes its track, in the name of the officer who "
        "ordered it."
    ),
    "mark": EffectKind(
        "Keeps, at the secretariat alone, keyed marks by which the person is known again after the content is gone."
    ),
    "unwatch_about": EffectKind(
        "Stops screening against the matter that a finding is about, at the node of the act's author alone.", own=True
    ),
    "unwatch_here": EffectKind("Stops screening against the matter at the node of the act's author alone.", own=True),
    "unforward": EffectKind("Recalls what this node passed on with consent, from whoever it was passed on to."),
    "unwatch": EffectKind("Stops screening travellers against the persons in this matter."),
    "prolong": EffectKind("Screens until the new last day, wherever the persons in this matter are screened against."),
    "register": EffectKind(
        "Keeps the documents that the matter reports in the register of every member that has it, while it stands.",
        at_once=True,
    ),
    "remember": EffectKind(
        "Remembers which pair a decision was about, so that the same false hit is not put to the officers again.",
        own=True,
    ),
}
