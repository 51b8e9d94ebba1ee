"""Who sits at this node's desk: accounts, signing in, and sessions, over :mod:`comity.identity` and the store.

A refusal leaves an entry without personal data: the pseudonym where the account exists, nothing typed by anybody.
Signing in by one click exists only in an exercise, where all persons are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from comity.errors import Defect, InputRefused, RuleRefused
from comity.identity.account import Account, Grant, new_account, roles_at
from comity.identity.passwords import COST, Cost, hash_password
from comity.identity.session import Ended, Session, new_session, resume, token_digest
from comity.identity.signin import Refused, SignedIn
from comity.identity.signin import sign_in as try_sign_in
from comity.identity.totp import new_secret, provisioning_uri
from comity.ledger.leaf import Leaf
from comity.model.canon import decode, encode
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.storage import desk, log
from comity.storage.rows import Batch

TOUCH = timedelta(minutes=1)
"""How often the last use of a session is written."""

REFUSED = "identity:signin:refuse"
SIGNED_IN = "identity:signin:allow"


@dataclass(frozen=True, slots=True)
class Seat:
    """An officer at the desk: the session under which this request came."""

    officer: Officer
    digest: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A new account, with what its owner needs once: ``uri`` is read by an authenticator."""

    account: Account
    uri: str


def create_account(
    node: Node,
    login: str,
    password: str,
    agency: str,
    roles: tuple[str, ...],
    now: datetime,
    *,
    until: datetime | None = None,
    nationality: str = "",
    cost: Cost = COST,
) -> Made:
    """Makes and stores an account; raises :class:`InputRefused` with every defect."""
    grants = tuple(Grant(role, now, until) for role in roles)
    secret = new_secret(node.draw)
    hashed = hash_password(password, login, node.draw, cost=cost)
    account = replace(new_account(login, node.draw(8).hex(), agency, grants, (hashed, secret)), nationality=nationality)
    _store_new(node, account)
    return Made(account, provisioning_uri(secret, login, f"Comity {node.name(node.member)}"))


def create_exercise_account(
    node: Node, login: str, agency: str, roles: tuple[str, ...], now: datetime, *, nationality: str = ""
) -> Account:
    """An invented officer of an exercise, without password; raises :class:`RuleRefused` on a live network."""
    _require_exercise(node)
    account = replace(
        new_account(login, node.draw(8).hex(), agency, tuple(Grant(role, now) for role in roles), ("", "")),
        nationality=nationality,
    )
    _store_new(node, account)
    return account


def set_kin(node: Node, login: str, names: tuple[str, ...]) -> Account:
    """Sets the family names of an officer and of near relatives; raises :class:`InputRefused` for an unknown login."""
    with node.store.write() as unit:
        raw = desk.account(unit, login)
        if raw is None:
            says = f"There is no account {login!r}."
            raise InputRefused("Nothing was changed.", [Defect("account", says, "comity accounts list names them.")])
        account = replace(decode(raw, Account, what="account"), kin=tuple(sorted({" ".join(n.split()) for n in names})))
        desk.put_account(unit, login=login, pseudonym=account.pseudonym, data=encode(account))
    return account


def accounts(node: Node) -> list[Account]:
    """Every account, by login."""
    with node.store.read() as unit:
        return [decode(raw, Account, what="account") for raw in desk.accounts(unit)]


def sign_in(node: Node, login: str, password: str, code: str, now: datetime, *, cost: Cost = COST) -> str:
    """The token of a new session; raises :class:`RuleRefused` with the same words whatever was wrong."""
    with node.store.read() as unit:
        raw = desk.account(unit, login)
    known = None if raw is None else decode(raw, Account, what="account")
    outcome = try_sign_in(known, password, code, now, cost=cost)
    if isinstance(outcome, SignedIn) and outcome.rehash:
        hashed = hash_password(password, login, node.draw, cost=cost)
        outcome = SignedIn(replace(outcome.account, password_hash=hashed), outcome.roles, False)
    token, session = new_session(node.draw, login, now)
    with node.store.write() as unit:
        if desk.account(unit, login) != raw:
            outcome = Refused(None, "delayed")
        if outcome.account is not None:
            account = outcome.account
            desk.put_account(unit, login=login, pseudonym=account.pseudonym, data=encode(account))
        if isinstance(outcome, SignedIn):
            desk.put_session(unit, token=session.digest, login=login, data=encode(session))
        _note(unit, known, outcome, now)
    if isinstance(outcome, Refused):
        raise RuleRefused(outcome.says, rule="signin", remedy="Ask the administrator if it goes on.")
    return token


def signed_in(node: Node, login: str, password: str, code: str, now: datetime, *, cost: Cost = COST) -> Officer:
    """The officer who signs in for one command, without a session that stays; raises :class:`RuleRefused`. In an
    exercise the login alone does, as at its desk."""
    token = (
        exercise_sign_in(node, login, now) if node.exercise else sign_in(node, login, password, code, now, cost=cost)
    )
    officer = officer_of(node, token, now)
    sign_out(node, token)
    assert officer is not None
    return officer


def exercise_sign_in(node: Node, login: str, now: datetime) -> str:
    """The token of a new session of an invented officer; raises :class:`RuleRefused` outside an exercise."""
    _require_exercise(node)
    with node.store.read() as unit:
        raw = desk.account(unit, login)
    if raw is None:
        raise RuleRefused("There is no such officer in this exercise.", rule="signin", remedy="Choose another one.")
    account = decode(raw, Account, what="account")
    token, session = new_session(node.draw, login, now)
    with node.store.write() as unit:
        desk.put_session(unit, token=session.digest, login=login, data=encode(session))
        _note(unit, account, SignedIn(account, roles_at(account, now), False), now)
    return token


def seat_of(node: Node, token: str, now: datetime, *, touch: bool = True) -> Seat | Ended:
    """Who uses this token, or why nobody does any more. ``touch`` counts it as use by a person."""
    with node.store.read() as unit:
        found = desk.session(unit, token_digest(token))
        raw = None if found is None else desk.account(unit, found[0])
    if found is None or raw is None:
        return Ended("token", "Please sign in.")
    kept, account = decode(found[1], Session, what="session"), decode(raw, Account, what="account")
    session = resume(kept, token, now)
    roles = roles_at(account, now)
    if isinstance(session, Ended) or len(roles) == 0:
        with node.store.write() as unit:
            desk.end_session(unit, kept.digest)
        return session if isinstance(session, Ended) else Ended("token", "Please sign in.")
    if touch and now - kept.seen > TOUCH:
        with node.store.write() as unit:
            desk.put_session(unit, token=session.digest, login=account.login, data=encode(session))
    officer = Officer(account.login, account.pseudonym, account.agency, roles, account.nationality)
    return Seat(officer, kept.digest, kept.since)


def officer_of(node: Node, token: str, now: datetime) -> Officer | None:
    """The officer who uses this token, or None."""
    seat = seat_of(node, token, now)
    return seat.officer if isinstance(seat, Seat) else None


def sign_out(node: Node, token: str) -> None:
    """Ends a session."""
    with node.store.write() as unit:
        desk.end_session(unit, token_digest(token))


def _store_new(node: Node, account: Account) -> None:
    known = {agency.id for agency in node.trust.lists[node.member].doc.agencies}
    if account.agency not in known:
        says = f"{account.agency} is no agency of this member."
        raise InputRefused(
            "The account was not made.",
            [Defect("account", says, f"Known: {', '.join(sorted(known))}.", field="agency")],
        )
    with node.store.write() as unit:
        if desk.account(unit, account.login) is not None:
            defect = Defect("account", f"{account.login} is taken.", "Choose another login.", field="login")
            raise InputRefused("The account was not made.", [defect])
        desk.put_account(unit, login=account.login, pseudonym=account.pseudonym, data=encode(account))


def _require_exercise(node: Node) -> None:
    if not node.exercise:
        raise RuleRefused(
            "Only an exercise signs in without a password.", rule="signin.live", remedy="Use password and code."
        )


def note(unit: Connection, account: Account | None, tag: str, rule: str, now: datetime) -> None:
    """An entry of the ledger about an account: whose (as a pseudonym), what, and for a refusal the rule."""
    leaf = Leaf(
        index=0,
        time=stamp(now),
        tag=tag,
        digest="",
        actor="unknown" if account is None else f"{account.agency}:{account.pseudonym}",
        purpose="",
        decision="refused" if tag == REFUSED else "allowed",
        rule=rule,
    )
    writer, batch = log.LogWriter(unit), Batch()
    writer.add(log.MAIN, leaf)
    writer.write(batch)
    batch.write(unit)


def _note(unit: Connection, account: Account | None, outcome: SignedIn | Refused, now: datetime) -> None:
    if isinstance(outcome, Refused):
        note(unit, account, REFUSED, outcome.cause, now)
    else:
        note(unit, account, SIGNED_IN, "", now)
