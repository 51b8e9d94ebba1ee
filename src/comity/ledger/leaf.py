"""One entry of the ledger: that something was done, by whom, for what, under which rule. Never what was said.

The entry is hashed as the exact bytes stored, so a reader keeps them; fields that a later version adds are read
past and stay under the hash. Every text is a code from a fixed alphabet, which leaves no room for a name: a person
appears as a pseudonym that only the agency can resolve.
"""

from __future__ import annotations

import re

import msgspec

from comity.errors import OwnFault, PeerRefused
from comity.ledger.tree import leaf_hash
from comity.model.canon import decode, encode

RECORD = "record"
"""The action of a tag: the act was recorded."""
ERASE = "erase"
"""The action of a tag: a moment of erasure was reached; ``moment`` says which."""
REFUSE = "refuse"
"""The action of a tag: something that came in was refused under ``rule``."""

MOMENTS = ("hidden", "keyless", "gone")
"""The recorded moments of an erasure, in order."""

LEAF_LIMIT = 4096

_FORMS = {
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"),
    "tag": re.compile(r"[a-z][a-z0-9_-]{0,31}(:[a-z][a-z0-9_-]{0,31}){2}"),
    "digest": re.compile(r"([0-9a-f]{64})?"),
    "actor": re.compile(r"[A-Za-z0-9.:_-]{1,80}"),
    "purpose": re.compile(r"[a-z_]{0,40}"),
    "decision": re.compile(r"[a-z][a-z_]{0,31}"),
    "rule": re.compile(r"[A-Za-z0-9._-]{0,64}"),
    "moment": re.compile("|".join(("", *MOMENTS))),
    "root": re.compile(r"([0-9a-f]{64})?"),
}


class Leaf(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry.

    ``time`` is RFC 3339 in UTC; ``tag`` is ``source:subject:action``; ``digest`` the act's header digest (64 hex
    digits), the same at all holders, or empty where there is no act; ``actor`` a pseudonym or an agency;
    ``decision`` a word such as ``allowed`` or ``refused``; ``rule`` the identifier of the rule that gave it;
    ``moment`` one of :data:`MOMENTS` on erasures only; ``root`` the root of another log, or of a batch
    of ``count`` rows, that this entry anchors.
    """

    index: int
    time: str
    tag: str
    digest: str
    actor: str
    purpose: str
    decision: str
    rule: str
    moment: str = ""
    root: str = ""
    count: int = 0

    @property
    def action(self) -> str:
        """The last word of the tag."""
        return self.tag.rpartition(":")[2]


def leaf_bytes(leaf: Leaf) -> bytes:
    """The bytes to store and to hash; raises :class:`OwnFault` for an entry that no reader would accept."""
    wrong = _wrong(leaf)
    if len(wrong) > 0:
        raise OwnFault(
            f"The ledger entry's {', '.join(wrong)} would not be readable.",
            rule="ledger.leaf",
            remedy="Report this to the makers of Comity with the action that was taken.",
        )
    return encode(leaf)


def read_leaf(raw: bytes) -> Leaf:
    """The entry in ``raw``; raises :class:`PeerRefused` naming each field that does not have its form."""
    leaf = decode(raw, Leaf, what="ledger entry", limit=LEAF_LIMIT)
    wrong = _wrong(leaf)
    if len(wrong) > 0:
        raise PeerRefused(
            f"The ledger entry's {', '.join(wrong)} cannot be read.",
            rule="ledger.leaf",
            remedy="Ask the sender which version of Comity wrote it.",
        )
    return leaf


def hash_of(raw: bytes) -> bytes:
    """The leaf hash of the stored bytes of an entry."""
    return leaf_hash(raw)


def _wrong(leaf: Leaf) -> list[str]:
    wrong = [name for name, form in _FORMS.items() if form.fullmatch(getattr(leaf, name)) is None]
    if leaf.index < 0:
        wrong.insert(0, "index")
    if leaf.count < 0:
        wrong.append("count")
    if (leaf.action == ERASE) != (leaf.moment != "") and "moment" not in wrong:
        wrong.append("moment")
    return wrong
