"""Writes the golden files: run once for each new format, never over files that exist.

python -m tests.exchange.golden.write
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.exchange.golden.content import RECEIPTS
from tests.exchange.world import (
    NETWORK,
    NOW,
    Desk,
    first_directory,
    kem,
    list_doc,
    make_trust,
    pack,
    person_part,
    signed_list,
    signer,
)

from comity.exchange.envelope import Outgoing
from comity.exchange.receipt import sign_receipts
from comity.model.act import digest_of

HERE = Path(__file__).parent


def main() -> None:
    """Writes each file that is not there yet."""
    trust = make_trust()
    delivery = Desk().delivery(person_part(), b'{"form":{"note":"second part"}}')
    carton = pack(
        Outgoing("act", "urgent", 1, delivery),
        Outgoing("member_list", "ordinary", 1, signed_list(list_doc("QM"))),
        trust=trust,
    )
    keys = {"recipient": "QN", "kem": kem("QN").secret.hex(), "act": digest_of(delivery.header)}
    files = {
        "directory-1.signed": first_directory().raw,
        **{f"member-list-1-{code}.signed": signed_list(list_doc(code)) for code in ("QM", "QN")},
        "carton-1.bin": carton,
        "carton-1.keys.json": json.dumps(keys, indent=1).encode() + b"\n",
        "receipts-1.signed": sign_receipts(RECEIPTS, signer=signer("QN"), recipient="QM", network=NETWORK, now=NOW),
    }
    for name, raw in files.items():
        if not (HERE / name).exists():
            (HERE / name).write_bytes(raw)


if __name__ == "__main__":
    main()
