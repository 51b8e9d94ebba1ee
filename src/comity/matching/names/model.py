"""Which name model this is: a digest of its files, so that what was compiled under another one is known for stale."""

from __future__ import annotations

import hashlib
from functools import cache

from comity.matching.names import channel, parameters, rarity, words
from comity.model.packaged import packaged_bytes


@cache
def model_digest() -> str:
    """SHA-256 of the model files, in the order of their names."""
    files = sorted({words.TABLE, rarity.TABLE, parameters.FILE, *channel.MODELS.values()})
    found = hashlib.sha256()
    for name in files:
        data = packaged_bytes("comity.matching.names", name)
        found.update(f"{name}\n{len(data)}\n".encode() + data)
    return found.hexdigest()
