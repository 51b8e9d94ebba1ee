"""The answer of a rule: never a bare yes or no."""

from __future__ import annotations

from dataclasses import dataclass

from comity.errors import RuleRefused


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed, under which rule, why, and what is lawful instead.

    ``rule`` is the rule's identifier, ``reason`` and ``way`` are sentences for the officer, ``way`` empty where
    there is no lawful way; ``source`` is the article or design rule behind it.
    """

    allowed: bool
    rule: str
    reason: str
    way: str = ""
    source: str = ""

    def require(self) -> None:
        """Raises :class:`RuleRefused` with rule, reason and way unless this is allowed."""
        if not self.allowed:
            raise RuleRefused(self.reason, rule=self.rule, remedy=self.way)
