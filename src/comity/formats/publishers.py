"""Who publishes which list, as ``publishers.yaml`` says it; nothing is fetched here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

from comity.model.packaged import packaged_bytes
from comity.policy.yamltext import read_yaml


class Publisher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list's publisher: ``every`` in hours, ``largest`` in MiB of one file, ``files`` name to address; ``old`` is
    after how many days without a word of the publisher the list is called old."""

    title: str
    format: str
    every: int = 24
    largest: int = 64
    old: int = 7
    files: Mapping[str, str] = {}


@cache
def publishers() -> dict[str, Publisher]:
    """Every publisher that the package knows, by the name of its list."""
    tree = read_yaml(packaged_bytes("comity.formats", "publishers.yaml"), file="publishers.yaml")
    return msgspec.convert(tree, dict[str, Publisher])
