"""Passkeys (WebAuthn level 2): made and used with the officer's own finger or PIN, bound to this node's name.

A challenge is signed, not stored: it says when it was made and what for. It is good for some minutes and once.
Nothing of the authenticator's make is asked for or kept.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import webauthn
from msgspec.structs import replace
from webauthn.helpers import (
    base64url_to_bytes,
    parse_authentication_credential_json,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from comity.errors import RuleRefused

GOOD_FOR = timedelta(minutes=3)
"""How long a challenge may be answered."""
MOST = 10
"""Passkeys of one account."""
LONGEST_NAME = 60
_STAMP, _RANDOM, _MAC = 8, 16, 32
_UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What the library raises for an answer that no authenticator gave."""


class Passkey(msgspec.Struct, frozen=True):
    """One passkey: ``id`` and ``public`` (COSE) as the authenticator gave them, ``counter`` its last signature count,
    ``host`` the name of the node that it is bound to."""

    id: bytes
    public: bytes
    counter: int
    name: str
    host: str
    added: datetime
    used: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The page that asks: its origin (``https://qm.example``), and a name of the node for the authenticator."""

    origin: str
    name: str

    @property
    def host(self) -> str:
        """The name that passkeys are bound to."""
        return urlsplit(self.origin).hostname or ""


class Spent:
    """The challenges that were answered and are still young; none is answered twice."""

    def __init__(self) -> None:
        self._taken: dict[bytes, datetime] = {}
        self._lock = threading.Lock()

    def take(self, challenge: bytes, now: datetime) -> bool:
        """Marks a challenge as answered; False if it was already."""
        with self._lock:
            self._taken = {one: at for one, at in self._taken.items() if now - at <= GOOD_FOR}
            if challenge in self._taken:
                return False
            self._taken[challenge] = now
            return True


def new_challenge(key: bytes, about: str, now: datetime, draw: Callable[[int], bytes]) -> bytes:
    """56 bytes to be signed by an authenticator; ``about`` binds them to one purpose and one browser."""
    head = int(now.timestamp()).to_bytes(_STAMP, "big") + draw(_RANDOM)
    return head + _mac(key, about, head)


def check_challenge(key: bytes, about: str, challenge: bytes, now: datetime) -> None:
    """Raises :class:`RuleRefused` unless ``challenge`` was made for ``about`` within :data:`GOOD_FOR`."""
    head, mac = challenge[: _STAMP + _RANDOM], challenge[_STAMP + _RANDOM :]
    if len(mac) != _MAC or not hmac.compare_digest(mac, _mac(key, about, head)):
        raise _refused("The answer is not to a question that this page asked.", "passkey.challenge")
    age = now.timestamp() - int.from_bytes(head[:_STAMP], "big")
    if not -1 <= age <= GOOD_FOR.total_seconds():
        raise _refused("The answer came too late.", "passkey.late")


def registration(place: Place, login: str, handle: bytes, held: Sequence[Passkey], challenge: bytes) -> str:
    """What the browser asks an authenticator for a new passkey, as JSON; ``handle`` is the pseudonym's 8 bytes."""
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=place.name,
        user_name=login,
        user_id=handle,
        challenge=challenge,
        timeout=int(GOOD_FOR.total_seconds() * 1000),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.id) for one in held if one.host == place.host],
    )
    return webauthn.options_to_json(options)


def registered(answer: str, place: Place, challenge: bytes, name: str, now: datetime) -> Passkey:
    """The new passkey in a browser's answer; raises :class:`RuleRefused` if it is not one of ours or nobody was
    verified."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise _refused("The passkey was not added: the answer is not valid.", "passkey.registration") from error
    plain = " ".join(name.split())[:LONGEST_NAME]
    return Passkey(made.credential_id, made.credential_public_key, made.sign_count, plain or "Passkey", place.host, now)


def question(place: Place, held: Sequence[Passkey], challenge: bytes) -> str:
    """What the browser asks an authenticator, as JSON; with no passkeys named, any that it has for this node."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        challenge=challenge,
        timeout=int(GOOD_FOR.total_seconds() * 1000),
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.id) for one in held if one.host == place.host],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def challenge_in(answer: str) -> bytes:
    """The challenge that a browser's answer is to; raises :class:`RuleRefused` for what is no answer."""
    try:
        data = msgspec.json.decode(answer)["response"]["clientDataJSON"]
        return parse_client_data_json(base64url_to_bytes(data)).challenge
    except _UNREADABLE as error:
        raise _refused("The answer of the authenticator cannot be read.", "passkey.answer") from error


def handle_in(answer: str) -> bytes:
    """The user handle in an answer, empty where there is none; raises :class:`RuleRefused` for what is no answer."""
    return _read(answer).response.user_handle or b""


def parts_of(answer: str) -> tuple[bytes, bytes, bytes, bytes]:
    """(credential id, client data, authenticator data, signature) of an answer; raises :class:`RuleRefused`."""
    read = _read(answer)
    said = read.response
    return read.raw_id, said.client_data_json, said.authenticator_data, said.signature


def _read(answer: str) -> AuthenticationCredential:
    try:
        return parse_authentication_credential_json(answer)
    except _UNREADABLE as error:
        raise _refused("The answer of the authenticator cannot be read.", "passkey.answer") from error


def used(answer: str, place: Place, challenge: bytes, held: Sequence[Passkey], now: datetime) -> Passkey:
    """The passkey that gave this answer, as it is to be kept now.

    Raises :class:`RuleRefused` if none of ``held`` did, nobody was verified, or its count went back, as a copy's does.
    """
    id_ = _read(answer).raw_id
    known = next((one for one in held if hmac.compare_digest(one.id, id_) and one.host == place.host), None)
    if known is None:
        raise _refused("This passkey is not known here.", "passkey.unknown")
    try:
        done = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=known.public,
            credential_current_sign_count=known.counter,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise _refused("The passkey's answer is not valid.", "passkey.signature") from error
    return replace(known, counter=done.new_sign_count, used=now)


def _mac(key: bytes, about: str, head: bytes) -> bytes:
    return hmac.new(key, b"comity-passkey-1\n" + about.encode() + b"\n" + head, hashlib.sha256).digest()


def _refused(says: str, rule: str) -> RuleRefused:
    return RuleRefused(says, rule=rule, remedy="Try again, or sign in with password and code.")
