"""What the golden receipts say."""

from __future__ import annotations

import msgspec
from tests.exchange.world import END, NETWORK, NOW

from comity.exchange.receipt import Receipt

_RECORDED = Receipt(network=NETWORK, member="QN", act="ab" * 32, delivery="cd" * 32, code="recorded", at=NOW)

RECEIPTS = tuple(
    msgspec.structs.replace(_RECORDED, **changes)
    for changes in (
        {},
        {"code": "not_understood"},
        {"code": "erased", "moment": "hidden"},
        {"code": "erased", "moment": "keyless"},
        {"code": "erased", "moment": "gone"},
        {"code": "restricted", "basis": "Data Act s. 4", "until": END},
        {"code": "kept", "basis": "Evidence Act s. 9"},
        {"code": "paper_outstanding", "count": 2},
        {"code": "expired"},
        {"code": "technical_refusal", "rule": "act.signature"},
    )
)
"""One of each code and moment."""
