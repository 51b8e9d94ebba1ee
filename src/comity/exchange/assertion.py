"""An officer's own assertion on a grave act: a passkey's signature over the digest of the act's header.

Whoever holds a node's signing key can write acts of its agencies. Where an agency lists its officers' keys, signed by
the member's root and not by the node, a grave act counts only with the assertion of the officer that it names, so the
node's key alone forges none. WebAuthn level 2, section 7.2; the signature count is its owner's node's to watch.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import webauthn
from webauthn.helpers import bytes_to_base64url, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse, PublicKeyCredentialType

from comity.errors import PeerRefused
from comity.exchange.member_list import Agency, OfficerKey
from comity.model.act import Act
from comity.model.canon import decode, encode

LIMIT = 16 * 1024
ON_THE_WAY = timedelta(days=3)
"""How long after an agency's first officer's key an older act may still come without an assertion. Afterwards a date
before that key is no way around it."""
_UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)


class Assertion(msgspec.Struct, frozen=True):
    """What an authenticator gave: which credential, what the browser says it was asked, what it says of itself, and
    the signature over both."""

    id: bytes
    client: bytes
    data: bytes
    signature: bytes


def write_assertion(assertion: Assertion) -> bytes:
    """The bytes that go with the act."""
    return encode(assertion)


def is_asked(agency: Agency | None, written: datetime, now: datetime) -> bool:
    """Whether a grave act of this agency, dated ``written`` and here at ``now``, counts only with an assertion."""
    if agency is None or len(agency.officers) == 0:
        return False
    first = min(key.begins for key in agency.officers)
    return written >= first or now >= first + ON_THE_WAY


def check_assertion(act: Act, agency: Agency, written: datetime) -> OfficerKey:
    """The officer's key that asserted this act; raises :class:`PeerRefused` if none of the agency's did, in force at
    ``written``."""
    if act.assertion == b"":
        raise _refused(
            f"The act {act.header.step} of {agency.id} lacks its officer's assertion.", "act.assertion_missing"
        )
    held = decode(act.assertion, Assertion, what="assertion", limit=LIMIT)
    key = _key_of(agency.officers, act.header.officer, held.id, written)
    if key is None:
        raise _refused(
            f"The act {act.header.step} of {agency.id} is asserted by a key that its officer does not have.",
            "act.assertion_key",
        )
    try:
        origin = parse_client_data_json(held.client).origin
        webauthn.verify_authentication_response(
            credential=_credential(held),
            expected_challenge=bytes.fromhex(act.digest),
            expected_rp_id=key.host,
            expected_origin=origin if urlsplit(origin).hostname == key.host else f"https://{key.host}",
            credential_public_key=key.public,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise _refused(
            f"The officer's assertion on {act.header.step} of {agency.id} is not good.", "act.assertion_bad"
        ) from error
    return key


def counts_at(key: OfficerKey, at: datetime) -> bool:
    """Whether the key asserts what is written at this moment."""
    return key.begins <= at < (key.ends if key.revoked is None else min(key.ends, key.revoked))


def _key_of(officers: Iterable[OfficerKey], officer: str, id_: bytes, at: datetime) -> OfficerKey | None:
    held = (key for key in officers if (key.officer, key.id) == (officer, id_) and counts_at(key, at))
    return next(held, None)


def _credential(held: Assertion) -> AuthenticationCredential:
    return AuthenticationCredential(
        id=bytes_to_base64url(held.id),
        raw_id=held.id,
        response=AuthenticatorAssertionResponse(held.client, held.data, held.signature),
        type=PublicKeyCredentialType.PUBLIC_KEY,
    )


def _refused(says: str, rule: str) -> PeerRefused:
    return PeerRefused(
        says, rule=rule, remedy="Call the agency on a number that you know; its officer takes the step again."
    )
