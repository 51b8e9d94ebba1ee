"""The register of correspondents: offices of the same channel that have no node, kept by the bureau.

They may be addressed like members; what is said to them becomes letters (:mod:`comity.procedures.paper`). A change
of the register is an entry of the ledger. Codes are given out once and never again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from comity.errors import Defect, InputRefused, RuleRefused
from comity.ledger.leaf import Leaf
from comity.model.track import is_correspondent
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.storage import log, paper
from comity.storage.paper import Correspondent
from comity.storage.rows import Batch

LANGUAGES = ("en", "fr", "es", "ar")
"""The languages that letters are written in."""
KEEPERS = frozenset({"duty_officer", "supervisor"})
"""Roles at the bureau that keep the register."""
LIMIT = 400
"""Characters of one value."""


def load_offices(node: Node, unit: Connection) -> None:
    """Lets the node say correspondents by name, those of old matters included."""
    node.offices = {one.code: one.name for one in paper.correspondents(unit, every=True)}


def may_keep(node: Node, officer: Officer) -> bool:
    """Whether an officer keeps the register: those of the bureau do."""
    return officer.agency == node.bureau and len(officer.roles & KEEPERS) > 0


def record_correspondent(node: Node, officer: Officer | None, one: Correspondent, now: datetime) -> Correspondent:
    """Adds a correspondent (without a code) or changes one; raises with every defect.

    ``officer`` is None for whoever has the folder and works on the command line.
    """
    if officer is not None and not may_keep(node, officer):
        raise RuleRefused("The bureau keeps the register.", rule="correspondent.bureau", remedy="Ask your bureau.")
    defects = list(_defects(one))
    if len(defects) > 0:
        raise InputRefused("The correspondent was not recorded.", defects)
    with node.store.write() as unit:
        known = {held.code: held for held in paper.correspondents(unit, every=True)}
        if one.code != "" and one.code not in known:
            raise RuleRefused(f"There is no correspondent {one.code}.", rule="correspondent.unknown")
        code = one.code if one.code != "" else f"X{1 + max((int(held[1:]) for held in known), default=0)}"
        kept = replace(one, code=code, at=stamp(now))
        paper.put_correspondent(unit, kept)
        load_offices(node, unit)
        _write_down(node, unit, officer, kept, now)
    return kept


def _defects(one: Correspondent) -> Iterator[Defect]:
    if one.name.strip() == "":
        yield Defect("form.required", "The name is missing.", "Write the office's name.", field="name")
    if one.address.strip() == "" and one.mail.strip() == "":
        says = "Neither an address nor an e-mail address is given."
        yield Defect("correspondent.address", says, "Give one of them.", field="address")
    if one.mail.strip() != "" and ("@" not in one.mail or any(mark in one.mail for mark in " \r\n,;")):
        yield Defect("correspondent.mail", f"{one.mail!r} is no e-mail address.", "Give one address.", field="mail")
    for language in one.languages.split(","):
        if language.strip() not in LANGUAGES:
            says = f"Letters are not written in {language.strip()!r}."
            yield Defect("correspondent.language", says, f"Choose of {', '.join(LANGUAGES)}.", field="languages")
    if one.code != "" and not is_correspondent(one.code):
        yield Defect("correspondent.code", f"{one.code} is no correspondent's code.", "As X1.", field="code")
    for name in ("name", "channel", "address", "mail", "phone"):
        if len(getattr(one, name)) > LIMIT:
            yield Defect("form.too_long", f"At most {LIMIT} characters are kept.", "Shorten it.", field=name)


def _write_down(node: Node, unit: Connection, officer: Officer | None, one: Correspondent, now: datetime) -> None:
    actor = node.bureau if officer is None else f"{officer.agency}:{officer.pseudonym}"
    leaf = Leaf(
        index=0,
        time=stamp(now),
        tag="desk:correspondent:record",
        digest="",
        actor=actor,
        purpose="administration",
        decision="done" if one.active else "ended",
        rule=one.code,
    )
    writer, batch = log.LogWriter(unit), Batch()
    writer.add(log.MAIN, leaf)
    writer.write(batch)
    batch.write(unit)
