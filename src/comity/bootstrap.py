"""Settings, and the only place that names concrete parts: which store, which transport, which clock.

A home is one folder: ``node.json`` (settings), ``keys/ring.json`` (private keys), ``keys/parts.sqlite`` (part keys
and salts), ``comity.sqlite`` (everything else), ``lists/`` (reference lists), ``register/`` (documents, as digests).
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import Defect, InputRefused, OwnFault
from comity.exchange.transports.base import Transport
from comity.exchange.transports.http import HttpTransport
from comity.exchange.transports.imap import Mailbox
from comity.exchange.transports.memory import MemoryNetwork, MemoryTransport
from comity.exchange.transports.webhook import Hook
from comity.exchange.trust import Trust
from comity.identity.account import Grant, new_account
from comity.identity.passwords import decoy
from comity.identity.totp import new_secret
from comity.model.canon import encode
from comity.node import delivery, documents, exercise, intake
from comity.node.correspondents import load_offices
from comity.node.exercise.laws import publish_laws
from comity.node.exercise.week import play_week, settle
from comity.node.founding import (
    Founded,
    MemberPlan,
    found_network,
    public_bytes,
    read_ring,
    read_root,
    ring_text,
    without_root,
)
from comity.node.list_source import Schedule
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.profiles import stored_laws
from comity.node.reference import add_list
from comity.policy.engine import packaged_policies
from comity.policy.profile import LegalProfile, packs, unrecorded
from comity.procedures.registry import Registry, packaged_procedures
from comity.procedures.table import Procedure
from comity.storage import desk
from comity.storage.migrate import bring_up_to_date
from comity.storage.sqlite import SqliteKeys, SqliteStore

_HOOK_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
SECRET_BYTES = 16
"""Bytes that the secret of a national system has at least."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one home says of its node. ``procedures`` is a folder with further procedures, or empty; ``mailbox`` is
    where correspondents' answers come in; ``hooks`` are the national systems that are told of recalls; ``lists``
    the schedule by which lists are updated."""

    member: str
    network: str
    host: str = "127.0.0.1"
    port: int = 8470
    exercise: bool = False
    procedures: str = ""
    mailbox: Mapping[str, Any] = field(default_factory=dict)
    hooks: tuple[Mapping[str, Any], ...] = ()
    lists: Mapping[str, Any] = field(default_factory=dict)


def mailbox_of(home: Path) -> Mailbox | None:
    """The mailbox that a home reads answers from, or None; its password lies in ``keys/mailbox.secret``."""
    said = read_settings(home).mailbox
    if len(said) == 0:
        return None
    secret = home / "keys" / "mailbox.secret"
    if not secret.is_file():
        raise OwnFault("The mailbox has no password.", rule="mailbox.secret", remedy="Write keys/mailbox.secret.")
    try:
        return Mailbox(**said, password=secret.read_text("utf-8").strip())
    except TypeError as error:
        raise OwnFault(
            "The mailbox's settings cannot be read.",
            rule="mailbox.settings",
            remedy="In node.json: host, user, folder, port, tls.",
        ) from error


def utc_now() -> datetime:
    """The present moment; the only clock of the product."""
    return datetime.now(UTC)


def practice_clock(begins: datetime) -> Callable[[], datetime]:
    """A clock that shows ``begins`` now and runs on from there: an exercise can practise the night by day."""
    ahead = begins - utc_now()
    return lambda: utc_now() + ahead


def read_settings(home: Path) -> Settings:
    """The settings of a home; raises :class:`OwnFault` where there is no node."""
    path = home / "node.json"
    if not path.is_file():
        raise OwnFault(
            f"There is no node in {home}.",
            rule="home.none",
            remedy="Run `comity init DIR --member CODE` or `comity demo` first.",
        )
    said = json.loads(path.read_text("utf-8"))
    return Settings(**{**said, "hooks": tuple(said.get("hooks", ()))})


def make_home(home: Path, settings: Settings, founded: Founded, now: datetime) -> None:
    """Writes the home of one member of a newly founded network."""
    keys = home / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    os.chmod(home, 0o700)
    os.chmod(keys, 0o700)
    _write_private(_ring_file(home), ring_text(founded.keys[settings.member]))
    bring_up_to_date(home / "comity.sqlite")
    store = SqliteStore(home / "comity.sqlite")
    with store.write() as unit:
        at = stamp(now)
        desk.put_document(
            unit, kind=documents.DIRECTORY, subject=founded.network, version=1, raw=founded.directory, at=at
        )
        for member, raw in founded.lists.items():
            desk.put_document(unit, kind=documents.MEMBER_LIST, subject=member, version=1, raw=raw, at=at)
    store.close()
    SqliteKeys(keys / "parts.sqlite").close()
    _write_private(home / "node.json", json.dumps(asdict(settings), indent=1))


def open_node(
    home: Path,
    *,
    clock: Callable[[], datetime] = utc_now,
    draw: Callable[[int], bytes] = secrets.token_bytes,
    transport: Transport | None = None,
    extra: Iterable[Procedure] = (),
) -> Node:
    """The node of a home, its tables brought up to date, ready for work."""
    settings = read_settings(home)
    bring_up_to_date(home / "comity.sqlite")
    store = SqliteStore(home / "comity.sqlite")
    with store.read() as unit:
        trust = documents.stored_trust(unit, settings.network)
        laws = stored_laws(unit, {code: _profile(code, trust) for code in trust.lists}, trust.names)
    node = Node(
        member=settings.member,
        home=home,
        store=store,
        keys=SqliteKeys(home / "keys" / "parts.sqlite"),
        ring=read_ring(_ring_file(home).read_text("utf-8")),
        trust=trust,
        registry=Registry((*packaged_procedures(), *_folder_procedures(settings.procedures), *extra)),
        policies=packaged_policies(trust.names),
        laws=laws,
        transport=HttpTransport() if transport is None else transport,
        clock=clock,
        draw=draw,
        hooks=_hooks(home, settings),
        schedule=_schedule(settings),
    )
    with store.read() as unit:
        load_offices(node, unit)
    return node


def _hooks(home: Path, settings: Settings) -> tuple[Hook, ...]:
    """The national systems of a home; the secret of each lies in ``keys/hook-NAME.secret``."""
    found = []
    for said in settings.hooks:
        name, url = str(said.get("name", "")), str(said.get("url", ""))
        secret = home / "keys" / f"hook-{name}.secret"
        if _HOOK_NAME.fullmatch(name) is None or not secret.is_file():
            raise OwnFault(
                f"The national system {name!r} cannot be told of recalls.",
                rule="hook.settings",
                remedy="In node.json: name (small letters, digits) and url; its secret in keys/hook-NAME.secret.",
            )
        hook = Hook(name, url, secret.read_bytes().strip())
        if not hook.is_safe() or len(hook.secret) < SECRET_BYTES:
            raise OwnFault(
                f"The national system {name} is not called safely.",
                rule="hook.settings",
                remedy=f"Give an https address, and a secret of at least {SECRET_BYTES} bytes.",
            )
        found.append(hook)
    return tuple(found)


def _schedule(settings: Settings) -> Schedule:
    """The schedule by which the node updates its lists; off where the settings do not ask for it."""
    try:
        return msgspec.convert(dict(settings.lists), Schedule)
    except msgspec.ValidationError as error:
        raise OwnFault(
            f"The schedule of the lists cannot be read ({error}).",
            rule="lists.settings",
            remedy='In node.json: "lists": {"update": true, "proxy": "", "names": []}.',
        ) from error


def close_node(node: Node) -> None:
    """Closes a node's files."""
    node.store.close()
    node.keys.close()


def root_key(home: Path, file: Path | None = None) -> Ed25519PrivateKey:
    """The member's root key, from its own file or, until it was taken out, from the home; raises
    :class:`InputRefused` where it is in neither."""
    path = _ring_file(home) if file is None else file
    try:
        found = read_root(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _no_root(path) from error
    if found is None:
        raise _no_root(path)
    return found


def take_root_out(home: Path, file: Path) -> None:
    """Moves the member's root key out of the home into a file that must not exist yet: the file first, so that the
    key is never nowhere."""
    text = _ring_file(home).read_text("utf-8")
    if read_root(text) is None:
        raise _no_root(_ring_file(home))
    if file.exists():
        says = f"{file} exists."
        raise InputRefused("The root key was not moved.", [Defect("root.file", says, "Name a new file.", str(file))])
    ring, root = without_root(text)
    _write_private(file, root)
    _write_private(_ring_file(home), ring)


def _no_root(path: Path) -> InputRefused:
    says = f"The member's root key is not in {path}."
    return InputRefused("Nothing was signed.", [Defect("root.none", says, "Name its file with --root.", str(path))])


def _ring_file(home: Path) -> Path:
    return home / "keys" / "ring.json"


def _profile(member: str, trust: Trust) -> LegalProfile:
    """A member's legal profile until it publishes one: nothing is recorded.

    The charter, which is the reviewing member's, falls back on the unsigned example of a network's common rules; in
    an exercise every member falls back on every example.
    """
    profile = unrecorded(member, trust.names[member])
    if trust.exercise:
        return replace(profile, packs=tuple(packs().values()))
    return replace(profile, packs=(packs()["network"],)) if member == trust.directory.doc.reviewer else profile


def _folder_procedures(folder: str) -> list[Procedure]:
    """The procedures in a folder of one's own, each a Python package that offers ``PROCEDURES``."""
    found: list[Procedure] = []
    if folder == "":
        return found
    for path in sorted(Path(folder).glob("*/__init__.py")):
        name = f"comity_procedures_{path.parent.name}"
        spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(path.parent)])
        if spec is None or spec.loader is None:
            raise OwnFault(f"The procedure in {path.parent} cannot be loaded.", rule="procedure.load")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        found.extend(module.PROCEDURES)
    return found


def _write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner reads, whole or not at all."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def found_exercise(folder: Path, now: datetime, *, first_port: int = exercise.FIRST_PORT) -> tuple[Path, ...]:
    """The homes of an exercise network in ``folder``, founded at the first call and left alone afterwards."""
    plans = exercise.exercise_plans(first_port)
    homes = tuple(folder / plan.name.lower() for plan in plans)
    if all((home / "node.json").is_file() for home in homes):
        return homes
    founded = found_network(plans, reviewer=exercise.SECRETARIAT, exercise=True, now=now, draw=secrets.token_bytes)
    for n, (plan, home) in enumerate(zip(plans, homes, strict=True)):
        settings = Settings(plan.code, founded.network, exercise.host_of(plan.name), first_port + n, exercise=True)
        make_home(home, settings, founded, now)
        _fill_exercise(home, plan.code, now)
    _write_private(folder / "anchor.json", anchor_text(founded))
    _publish_laws(homes, now)
    return homes


def _publish_laws(homes: Iterable[Path], now: datetime) -> None:
    """The invented members' law, published and delivered before anything runs."""
    network = MemoryNetwork()
    nodes = dict(_on_one_line(home, network, [now]) for home in homes)
    try:
        publish_laws(nodes, now)
        settle(nodes, now)
    finally:
        for node in nodes.values():
            close_node(node)


def fill_week(homes: Iterable[Path], begins: datetime) -> int:
    """Plays a believable week on the nodes of an exercise before they run; returns how many matters it opened."""
    shown = [begins]
    network = MemoryNetwork()
    nodes = dict(_on_one_line(home, network, shown) for home in homes)
    try:
        return play_week(nodes, begins, lambda now: shown.__setitem__(0, now))
    finally:
        for node in nodes.values():
            close_node(node)


def _on_one_line(home: Path, network: MemoryNetwork, shown: list[datetime]) -> tuple[str, Node]:
    """(member, node) of a home, on a line within this process; ``shown`` holds what its clock shows."""
    settings = read_settings(home)
    url = f"http://{settings.host}:{settings.port}"
    node = open_node(home, clock=lambda: shown[0], transport=MemoryTransport(network, url))

    def take(raw: bytes) -> bytes:
        return intake.receive(node, raw, shown[0])

    def answer(raw: bytes) -> bytes:
        return delivery.answer_pull(node, raw, shown[0])

    network.register(url, take, answer)
    return settings.member, node


def found_own(home: Path, plan: MemberPlan, settings: Settings, now: datetime) -> Founded:
    """A live network of one: a member with its own secretariat, useful alone, and able to take others in later."""
    founded = found_network((plan,), reviewer=plan.code, exercise=False, now=now, draw=secrets.token_bytes)
    make_home(home, replace(settings, network=founded.network), founded, now)
    _write_private(home / "anchor.json", anchor_text(founded))
    officers = {name: key.private_bytes_raw().hex() for name, key in founded.officers.items()}
    _write_private(home / "keys" / "secretariat.json", json.dumps(officers, indent=1))
    return founded


def _fill_exercise(home: Path, member: str, now: datetime) -> None:
    """Invented officers, whom only the exercise's own sign-in page lets in, and the invented list."""
    store = SqliteStore(home / "comity.sqlite")
    with store.write() as unit:
        for login, agency, roles, nationality in exercise.cast_of(member):
            made = new_account(
                login,
                secrets.token_hex(8),
                agency,
                tuple(Grant(role, now) for role in roles),
                (decoy(), new_secret(secrets.token_bytes)),
            )
            account = msgspec.structs.replace(made, nationality=nationality)
            desk.put_account(unit, login=login, pseudonym=account.pseudonym, data=encode(account))
    store.close()
    add_list(home, exercise.LIST_NAME, exercise.list_files(), now, form="ofac-sdn")


def anchor_text(founded: Founded) -> str:
    """What another machine needs to trust this network's proofs: the officers' keys and how many must sign."""
    keys = {name: public_bytes(key).hex() for name, key in founded.officers.items()}
    return json.dumps({"network": founded.network, "threshold": 2, "keys": keys}, indent=1)
