"""Telling a national system of a recall, and believing only its signed word that it erased.

One POST of signed JSON for each recall and system; the answer counts only if it is signed under the same secret,
names this recall and says that it was erased, and when. Both signatures are HMAC-SHA-256 over a context, the moment
and the body. Called only where the settings name a system; over TLS, or on this machine.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import httpx
import msgspec

from comity.errors import InputRefused, PeerRefused
from comity.exchange.signed import Digest, Instant, MemberCode, NetworkId, Text
from comity.exchange.transports.base import PeerUnreachable
from comity.model.canon import decode, encode

FORMAT = "comity-recall-1"
SIGNATURE = "comity-signature"
TIMEOUT = 10.0
ANSWER_LIMIT = 64 << 10
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ASKED, _ANSWERED = b"comity-recall-1\n", b"comity-recalled-1\n"


@dataclass(frozen=True, slots=True)
class Hook:
    """One national system: its name here, where it listens, and the secret that both sides sign with."""

    name: str
    url: str
    secret: bytes = field(repr=False)

    def is_safe(self) -> bool:
        """Whether what is sent there cannot be read on the way."""
        parts = urlsplit(self.url)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


class RecallCall(msgspec.Struct, frozen=True):
    """What a system is told: no content, only what it knows its copies by.

    ``acts`` are digests of the acts whose parts were recalled, ``references`` the commitments of those parts; the
    same ``recall`` may come again and is answered the same.
    """

    network: NetworkId
    member: MemberCode
    matter: str
    recall: Digest
    acts: tuple[Digest, ...]
    references: tuple[Digest, ...]
    at: Instant
    format: str = FORMAT


class RecallAnswer(msgspec.Struct, frozen=True):
    """What a system answers: whether it erased, and when."""

    recall: Digest
    erased: bool
    at: Instant
    says: Text = ""


def signature_of(secret: bytes, body: bytes, *, answer: bool = False) -> str:
    """The signature of a call's body, or of an answer's."""
    return hmac.new(secret, (_ANSWERED if answer else _ASKED) + body, hashlib.sha256).hexdigest()


def call(hook: Hook, told: RecallCall) -> datetime:
    """Tells one system; returns when it says that it erased.

    Raises :class:`PeerUnreachable` where asking again may help and :class:`PeerRefused` for an answer that does not
    count.
    """
    if not hook.is_safe():
        raise PeerRefused(f"{hook.name} is not called over TLS.", rule="hook.tls", remedy="Give its https address.")
    body = encode(told)
    headers = {SIGNATURE: signature_of(hook.secret, body), "content-type": "application/json"}
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", hook.url, content=body, headers=headers) as answer,
        ):
            raw = b""
            for chunk in answer.iter_bytes():
                raw += chunk
                if len(raw) > ANSWER_LIMIT:
                    raise _refused(hook, "hook.size", "answered too much")
            status, signature = answer.status_code, answer.headers.get(SIGNATURE, "")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PeerUnreachable(f"{hook.name} does not answer.", rule="hook.unreachable") from error
    if status != httpx.codes.OK:
        raise PeerUnreachable(f"{hook.name} answered {status}.", rule="hook.status")
    return read_answer(hook, raw, signature, told.recall)


def read_answer(hook: Hook, raw: bytes, signature: str, recall: str) -> datetime:
    """When the system says that it erased; raises :class:`PeerRefused` for any answer that does not say so."""
    expected = signature_of(hook.secret, raw, answer=True)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise _refused(hook, "hook.signature", "did not sign its answer with the common secret")
    try:
        answer = decode(raw, RecallAnswer, what="answer", limit=ANSWER_LIMIT)
    except InputRefused as error:
        raise _refused(hook, "hook.form", "gave an answer that cannot be read") from error
    if answer.recall != recall:
        raise _refused(hook, "hook.recall", "answered another recall")
    if not answer.erased:
        raise _refused(hook, "hook.not_erased", "has not erased yet")
    return answer.at


def _refused(hook: Hook, rule: str, says: str) -> PeerRefused:
    return PeerRefused(f"{hook.name} {says}.", rule=rule, remedy="Ask whoever runs it.")
