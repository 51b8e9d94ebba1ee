"""Passkeys of this node's officers: added by whoever has just signed in, used to sign in, removed again.

Each leaves an entry in the ledger, as signing in does: the pseudonym and what was done, nothing else. A passkey is
two factors in one, for the authenticator asks for a finger or a PIN, so neither password nor code is asked with it,
and failures of others at the password do not delay it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from comity.errors import Defect, InputRefused, RuleRefused
from comity.exchange.assertion import Assertion, counts_at, write_assertion
from comity.identity.account import Account, roles_at
from comity.identity.passkeys import (
    MOST,
    Passkey,
    Place,
    Spent,
    challenge_in,
    check_challenge,
    handle_in,
    new_challenge,
    parts_of,
    question,
    registered,
    registration,
    used,
)
from comity.identity.session import new_session
from comity.model.canon import decode, encode
from comity.node.action import Prepared
from comity.node.node import Node
from comity.node.seats import REFUSED, SIGNED_IN, Seat, note
from comity.storage import desk

FRESH = timedelta(minutes=10)
"""How recently somebody must have signed in to add or remove a passkey: an unattended desk gives none away."""
ADDED, REMOVED = "identity:passkey:add", "identity:passkey:remove"
SAYS = "The passkey was not accepted. Nobody was signed in."


def ask_to_sign_in(node: Node, place: Place, browser: str, now: datetime) -> str:
    """What the browser asks an authenticator to sign in; ``browser`` is the digest of its cookie."""
    return question(place, (), new_challenge(_key(node), f"sign-in {browser}", now, node.draw))


def sign_in_with(node: Node, place: Place, browser: str, answer: str, spent: Spent, now: datetime) -> str:
    """The token of a new session; raises :class:`RuleRefused` with the same words whatever was wrong."""
    account: Account | None = None
    try:
        challenge = challenge_in(answer)
        check_challenge(_key(node), f"sign-in {browser}", challenge, now)
        pseudonym = handle_in(answer).hex()
        with node.store.read() as unit:
            raw = desk.account_of(unit, pseudonym)
        account = None if raw is None else decode(raw, Account, what="account")
        kept = used(answer, place, challenge, () if account is None else account.passkeys, now)
        if account is None or len(roles_at(account, now)) == 0 or not spent.take(challenge, now):
            raise RuleRefused(SAYS, rule="passkey.role")
    except RuleRefused as refusal:
        with node.store.write() as unit:
            note(unit, account, REFUSED, refusal.rule, now)
        raise RuleRefused(SAYS, rule="signin", remedy="Try again, or sign in with password and code.") from refusal
    token, session = new_session(node.draw, account.login, now)
    with node.store.write() as unit:
        _keep(unit, account, kept)
        desk.put_session(unit, token=session.digest, login=account.login, data=encode(session))
        note(unit, account, SIGNED_IN, "passkey", now)
    return token


def passkeys_of(node: Node, seat: Seat) -> tuple[Passkey, ...]:
    """The officer's own passkeys, in the order in which they were added."""
    return _account(node, seat).passkeys


def is_fresh(seat: Seat, now: datetime) -> bool:
    """Whether the officer signed in recently enough to add or remove a passkey."""
    return now - seat.since <= FRESH


def ask_to_add(node: Node, seat: Seat, place: Place, now: datetime) -> str:
    """What the browser asks an authenticator for a new passkey; raises :class:`RuleRefused` as :func:`add` does."""
    account = _account(node, seat)
    _require_fresh(seat, now)
    challenge = new_challenge(_key(node), f"add {seat.digest}", now, node.draw)
    return registration(place, account.login, bytes.fromhex(account.pseudonym), account.passkeys, challenge)


def add(node: Node, seat: Seat, place: Place, name: str, answer: str, now: datetime) -> Passkey:
    """Adds a passkey; raises :class:`RuleRefused` if the sign-in is too old, the answer not ours or there are ten."""
    _require_fresh(seat, now)
    challenge = challenge_in(answer)
    check_challenge(_key(node), f"add {seat.digest}", challenge, now)
    made = registered(answer, place, challenge, name, now)
    with node.store.write() as unit:
        account = _stored(unit, seat.officer.login)
        if any(hmac.compare_digest(one.id, made.id) for one in account.passkeys):
            raise RuleRefused("This passkey is there already.", rule="passkey.known", remedy="Use another one.")
        if len(account.passkeys) >= MOST:
            raise RuleRefused(
                f"There are {MOST} passkeys already.", rule="passkey.most", remedy="Remove one that you do not use."
            )
        _put(unit, replace(account, passkeys=(*account.passkeys, made)))
        note(unit, account, ADDED, "", now)
    return made


def remove(node: Node, seat: Seat, id_: str, now: datetime) -> None:
    """Removes one of the officer's own passkeys, by its id in hex."""
    _require_fresh(seat, now)
    with node.store.write() as unit:
        account = _stored(unit, seat.officer.login)
        left = tuple(one for one in account.passkeys if one.id.hex() != id_)
        if len(left) == len(account.passkeys):
            says = "There is no such passkey."
            raise InputRefused(says, [Defect("passkey.unknown", says, "Load the page again.", field="passkey")])
        _put(unit, replace(account, passkeys=left))
        note(unit, account, REMOVED, "", now)


def ask_to_assert(node: Node, seat: Seat, place: Place, prepared: Prepared) -> str:
    """What the browser asks an authenticator for a grave step; raises :class:`RuleRefused` if none of the officer's
    passkeys is listed by the member."""
    return question(place, _listed(node, seat, place, prepared), bytes.fromhex(prepared.digest))


def assert_act(node: Node, seat: Seat, place: Place, prepared: Prepared, answer: str, now: datetime) -> bytes:
    """The assertion in an authenticator's answer, as it goes with the act; raises :class:`RuleRefused`."""
    held = _listed(node, seat, place, prepared)
    kept = used(answer, place, bytes.fromhex(prepared.digest), held, now)
    with node.store.write() as unit:
        _keep(unit, _stored(unit, seat.officer.login), kept)
    return write_assertion(Assertion(*parts_of(answer)))


def _listed(node: Node, seat: Seat, place: Place, prepared: Prepared) -> tuple[Passkey, ...]:
    """The officer's passkeys for this host that the member lists and that count now."""
    agency = node.trust.agency(seat.officer.agency)
    officers = () if agency is None else agency.officers
    listed = {one.id for one in officers if one.officer == seat.officer.pseudonym and counts_at(one, prepared.at)}
    held = tuple(one for one in _account(node, seat).passkeys if one.id in listed and one.host == place.host)
    if len(held) == 0:
        raise RuleRefused(
            f"{prepared.title} is a grave step: it counts with a listed passkey of yours alone; you have none here.",
            rule="act.assertion_missing",
            remedy="Add a passkey to your account; then whoever keeps your member's root key lists it.",
        )
    return held


def _keep(unit: Connection, account: Account, passkey: Passkey) -> None:
    """Puts a used passkey in place of what it was, over the account as it is now."""
    now_stored = _stored(unit, account.login)
    if all(one.id != passkey.id for one in now_stored.passkeys):
        raise RuleRefused(SAYS, rule="signin", remedy="Sign in with password and code.")
    kept = tuple(passkey if one.id == passkey.id else one for one in now_stored.passkeys)
    _put(unit, replace(now_stored, passkeys=kept))


def _put(unit: Connection, account: Account) -> None:
    desk.put_account(unit, login=account.login, pseudonym=account.pseudonym, data=encode(account))


def _stored(unit: Connection, login: str) -> Account:
    raw = desk.account(unit, login)
    if raw is None:
        raise RuleRefused("There is no such account any more.", rule="signin", remedy="Ask the administrator.")
    return decode(raw, Account, what="account")


def _account(node: Node, seat: Seat) -> Account:
    with node.store.read() as unit:
        return _stored(unit, seat.officer.login)


def _require_fresh(seat: Seat, now: datetime) -> None:
    if not is_fresh(seat, now):
        raise RuleRefused(
            "Passkeys are changed only within ten minutes of signing in.",
            rule="passkey.fresh",
            remedy="Sign out and in again, then change them.",
        )


def _key(node: Node) -> bytes:
    return hmac.new(node.ring.vault, b"comity-passkeys-1", hashlib.sha256).digest()
