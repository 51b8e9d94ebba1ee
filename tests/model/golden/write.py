"""Writes the golden act: ``python -m tests.model.golden.write``. Never overwrites: every later version reads it."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.model.act import FORMAT, Header, make_part, matter_id, sign_act
from comity.model.content import Content, content_bytes
from comity.model.handling import Handling

FILE = Path(__file__).with_name("act-1.json")


def golden() -> dict[str, object]:
    """One signed act with one part, all of it from fixed bytes."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    entity = {"id": "QM.bureau:00", "schema": "Person", "properties": {"name": ["Ilka Jorun Varnholt"]}}
    handling = Handling(tlp="AMBER", code="H1", purposes=("border_check", "investigation"))
    part = make_part("subject", handling, content_bytes(Content(entity=entity)), bytes(range(32, 64)))
    header = Header(
        format=FORMAT,
        network="ab" * 16,
        id="cd" * 16,
        matter=matter_id("QM.bureau", "ef" * 16),
        track="owner",
        procedure="diffusion",
        version=1,
        step="send",
        prev="01" * 32,
        seen=(),
        agency="QM.bureau",
        key="act-1",
        officer="2" * 16,
        time="2026-11-22T09:00:00.000Z",
        terms={"aim": "wanted", "nonce": "ef" * 16, "valid_until": "2031-05-31"},
        parts=(part.head,),
    )
    act = sign_act(header, key)
    return {
        "header": act.raw.decode(),
        "signature": act.signature.hex(),
        "digest": act.digest,
        "public": key.public_key().public_bytes_raw().hex(),
        "salt": part.salt.hex(),
        "part": part.data.decode(),
    }


if __name__ == "__main__":
    if not FILE.exists():
        FILE.write_text(json.dumps(golden(), indent=1, ensure_ascii=False) + "\n", "utf-8")
