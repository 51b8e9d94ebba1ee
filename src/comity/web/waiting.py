"""Steps that are prepared and wait for their officer's passkey: in memory, one for each session, some minutes long.

A node that ends loses them, and says truly that nothing was recorded.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from comity.errors import RuleRefused
from comity.identity.passkeys import GOOD_FOR
from comity.node.action import Prepared


@dataclass(frozen=True, slots=True)
class Waiting:
    """One prepared step: where its page leads once it is recorded (``{matter}`` and ``{act}`` stand for what was)."""

    prepared: Prepared
    where: str


class WaitingRoom:
    """The prepared steps of this node's desk."""

    def __init__(self) -> None:
        self._held: dict[str, Waiting] = {}
        self._lock = threading.Lock()

    def put(self, session: str, one: Waiting, now: datetime) -> None:
        """Keeps a step for a session in place of the one before."""
        with self._lock:
            self._held = {name: held for name, held in self._held.items() if now - held.prepared.at <= GOOD_FOR}
            self._held[session] = one

    def get(self, session: str, digest: str, now: datetime) -> Waiting:
        """The step that waits; raises :class:`RuleRefused` if it is another one or waited too long."""
        with self._lock:
            held = self._held.get(session)
        if held is None or held.prepared.digest != digest or now - held.prepared.at > GOOD_FOR:
            raise RuleRefused(
                "This step waited too long for its signature, or another one took its place.",
                rule="act.assertion_late",
                remedy="Open the matter and take the step again.",
            )
        return held
