"""A pull: what a node that was away, or found a gap, asks of a peer, signed by its own node.

It says how far each lane has arrived, and which acts (predecessors that nobody sent) it lacks. The answer is an
ordinary carton, sealed to the asker, so an overheard pull that is repeated gives nothing to anybody else. Its
time must be within ten minutes of the receiver's, with an error code of its own (``pull.clock``), so that a wrong
clock is never taken for a wrong key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from comity.errors import PeerRefused
from comity.exchange.lanes import LanePositions
from comity.exchange.signed import (
    Counter,
    Digest,
    Instant,
    KeyId,
    MemberCode,
    NetworkId,
    NodeSigner,
    Ordinal,
    Signature,
    join_signed,
    split_signed,
)
from comity.exchange.trust import NodeClaim, Trust, check_node_claim
from comity.model.canon import decode, encode

FORMAT = "comity-pull-1"
LIMIT = 128 * 1024
SKEW = timedelta(minutes=10)
MAX_ACTS = 512


class PullRequest(msgspec.Struct, frozen=True):
    """What ``sender`` asks of ``recipient``.

    ``incarnation`` is the asker's own; ``lanes`` count in ``source``, the incarnation in which the asker knows
    the recipient (0: not at all). If the recipient has a later one by now, it starts from the beginning.
    ``acts`` are digests of acts that are wanted by name.
    """

    network: NetworkId
    exercise: bool
    sender: MemberCode
    recipient: MemberCode
    incarnation: Ordinal
    key: KeyId
    time: Instant
    source: Counter
    lanes: LanePositions
    acts: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=MAX_ACTS)] = ()
    format: str = FORMAT

    def after(self, lane: str, incarnation: int) -> int:
        """The number after which to send on ``lane``, for a recipient now in ``incarnation``."""
        if self.source != incarnation:
            return 0
        return self.lanes.urgent if lane == "urgent" else self.lanes.ordinary


def sign_pull(
    *,
    signer: NodeSigner,
    recipient: str,
    trust: Trust,
    now: datetime,
    source: int = 0,
    after: LanePositions | None = None,
    acts: Sequence[str] = (),
) -> bytes:
    """The signed request; ``after`` is how far each lane has arrived without a gap."""
    request = PullRequest(
        network=trust.network,
        exercise=trust.exercise,
        sender=signer.member,
        recipient=recipient,
        incarnation=signer.incarnation,
        key=signer.key_id,
        time=now,
        source=source,
        lanes=LanePositions() if after is None else after,
        acts=tuple(acts[:MAX_ACTS]),
    )
    signed = encode(request)
    return join_signed(signed, (Signature(key=signer.key_id, sig=signer.key.sign(signed)),))


def read_pull(raw: bytes, *, trust: Trust, own: str, now: datetime) -> PullRequest:
    """The request in ``raw``, if it is for ``own`` and from a member's node; raises :class:`PeerRefused` (``pull.…``).

    A suspended member may ask; it is given its urgent lane only (:meth:`Trust.may_receive`).
    """
    signed, signatures = split_signed(raw, what="pull request", limit=LIMIT)
    request = decode(signed, PullRequest, what="pull request", limit=LIMIT)
    for good, says, rule in (
        (request.format == FORMAT, f"The pull has the format {request.format[:40]!r}.", "pull.format"),
        (request.exercise == trust.exercise, "Exercise and live network do not mix.", "pull.exercise_mix"),
        (request.network == trust.network, f"The pull is of network {request.network}.", "pull.network"),
        (request.recipient == own, f"The pull is addressed to {request.recipient}.", "pull.wrong_recipient"),
        (request.sender != own, "The pull is this node's own.", "pull.unknown_sender"),
        (trust.may_receive(request.sender, "urgent").allowed, "The asker gets nothing here.", "pull.unknown_sender"),
        (len(signatures) == 1 and signatures[0].key == request.key, "One signature is needed.", "pull.signature"),
    ):
        if not good:
            raise _refused(says, rule)
    check_node_claim(trust, "pull", NodeClaim(request.sender, request.key, signatures[0].sig, signed), now)
    if abs(now - request.time) > SKEW:
        raise _refused(f"The pull says it is {request.time.isoformat()}; here it is {now.isoformat()}.", "pull.clock")
    return request


def _refused(says: str, rule: str) -> PeerRefused:
    return PeerRefused(says, rule=rule, remedy="The asker is told this rule; check address, list and clock.")
