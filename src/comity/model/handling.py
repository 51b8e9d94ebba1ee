"""On what terms a part may be seen and passed on, as its author wrote it. Judged in :mod:`comity.policy`."""

from __future__ import annotations

import msgspec

TLP = ("RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR")
"""Traffic Light Protocol 2.0 (FIRST), strictest first."""

HANDLING_CODES = ("H3", "H2", "H1", "H0")
"""Handling codes of European police cooperation, strictest first: H0 free police use; H1 not as evidence
without consent; H2 not passed on without consent; H3 other restrictions, see the caveat."""


class Handling(msgspec.Struct, frozen=True, omit_defaults=True):
    """Terms of one part.

    ``purposes`` are codes of :data:`comity.policy.purposes.PURPOSES`; an empty tuple allows none. ``until`` is an
    ISO date after which the part is not to be shown. ``evaluation`` is the 4x4 source and information grade,
    for example "B2". ``caveat`` is a code or short text without personal data, for it stands in the signed header.
    """

    tlp: str = "AMBER"
    code: str = "H1"
    purposes: tuple[str, ...] = ()
    until: str = ""
    evaluation: str = ""
    caveat: str = ""
