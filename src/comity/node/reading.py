"""Reading content: decided for each part before it is opened, and written down as a disclosure before it is shown.

Parts are opened outside the writer. The transaction that writes the disclosure looks once more whether a part was
hidden meanwhile and drops it, so that nothing is shown after the commit of its recall.

Not handled here: which matters an officer may see at all (:mod:`comity.node.query`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from comity.errors import RuleRefused
from comity.formats.nist_itl import MEDIA as NIST
from comity.formats.nist_itl import is_nist
from comity.ledger.leaf import Leaf
from comity.model.act import Header, PartHead, read_header
from comity.model.content import Content, read_content
from comity.model.sealing import open_chunk, open_part
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer, context, principal
from comity.policy.decision import Decision
from comity.policy.facts import MatterFacts, PartFacts
from comity.policy.handling import until_day
from comity.procedures.table import Procedure
from comity.storage import acts as act_rows
from comity.storage import log
from comity.storage.acts import StoredPart
from comity.storage.rows import Batch, from_set

DISCLOSE = "desk:part:disclose"
ONCE_IN = timedelta(hours=1)
"""A line on a desk that refreshes itself is written down once in this time for each officer and act."""

_PURPOSE_OF_ROLE = {
    "duty_officer": "investigation",
    "supervisor": "investigation",
    "senior_officer": "investigation",
    "legal_officer": "administration",
    "second_line": "border_check",
    "reviewer": "compliance_review",
    "data_protection_officer": "compliance_review",
    "administrator": "administration",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A part as this officer has it: ``content`` if it may be read and is there, else None.

    ``stored`` is None where this node was never given the part; ``decision`` is None there too.
    """

    head: PartHead
    stored: StoredPart | None
    decision: Decision | None
    content: Content | None = None


@dataclass(slots=True)
class Looks:
    """Which lines an officer was shown lately; kept in memory, so a restart only writes down more."""

    last: dict[tuple[str, str], datetime] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fresh(self, pseudonym: str, acts: Iterable[str], now: datetime) -> set[str]:
        """Those of ``acts`` whose last look is longer ago than :data:`ONCE_IN`; they count as looked at now."""
        with self.lock:
            found = {a for a in acts if now - self.last.get((pseudonym, a), now - 2 * ONCE_IN) > ONCE_IN}
            self.last.update({(pseudonym, act): now for act in found})
            return found


def purpose_of(officer: Officer, procedure: Procedure | None = None) -> str:
    """The purpose that follows from the matter one is in, or else from one's role."""
    for step in () if procedure is None else procedure.steps:
        if len(officer.roles & set(step.roles)) > 0:
            return step.purpose
    return next((p for role, p in _PURPOSE_OF_ROLE.items() if role in officer.roles), "")


def matter_facts(row: Mapping[str, Any]) -> MatterFacts:
    """What the policies may know of a matter's row."""
    return MatterFacts(
        procedure=str(row["procedure"]),
        owner_member=str(row["owner_member"]),
        parties=frozenset(from_set(str(row["parties"]))),
        own_agencies=frozenset(from_set(str(row["own_agencies"]))),
    )


def part_facts(part: StoredPart, row: Mapping[str, Any]) -> PartFacts:
    """What the policies may know of a part."""
    matter = matter_facts(row)
    return PartFacts(
        kind=part.kind,
        tlp=part.handling.tlp,
        code=part.handling.code,
        purposes=frozenset(part.handling.purposes),
        until_day=until_day(part.handling),
        author_agency=part.agency,
        author_member=part.agency.partition(".")[0],
        hidden=part.hidden is not None,
        parties=matter.parties,
        own_agencies=matter.own_agencies,
    )


class Reader:
    """What one officer reads for one purpose, gathered, and then written down in one transaction."""

    def __init__(self, node: Node, officer: Officer, purpose: str, now: datetime, looks: Looks | None = None) -> None:
        self.node, self.officer, self.purpose, self.now = node, officer, purpose, now
        self._looks = looks
        self._found: dict[tuple[str, str], Opened] = {}

    def open(
        self,
        unit: Connection,
        row: Mapping[str, Any],
        headers: Mapping[str, Header],
        kinds: frozenset[str] | None = None,
    ) -> None:
        """Decides and opens the parts of these acts of one matter, those of ``kinds`` only if given."""
        heads = {
            (digest, head.commitment): head
            for digest, header in headers.items()
            for head in header.parts
            if kinds is None or head.kind in kinds
        }
        stored = act_rows.parts_by_commitment(unit, {commitment for _, commitment in heads})
        found = {
            key: self._decide(head, _of_author(stored.get(key[1]), headers[key[0]]), row) for key, head in heads.items()
        }
        wanted = [o.head.commitment for o in found.values() if o.decision is not None and o.decision.allowed]
        keys = self.node.keys.get(wanted)
        self._found.update({key: _unsealed(opened, keys) for key, opened in found.items()})

    def disclose(self) -> dict[str, tuple[Opened, ...]]:
        """Writes one entry for each act whose parts are shown; returns what may be shown, by act."""
        shown = {key for key, opened in self._found.items() if opened.content is not None}
        if len(shown) > 0:
            self._write_down(shown)
        by_act: dict[str, list[Opened]] = {}
        for (digest, _), opened in self._found.items():
            by_act.setdefault(digest, []).append(opened)
        return {digest: tuple(some) for digest, some in by_act.items()}

    def _decide(self, head: PartHead, part: StoredPart | None, row: Mapping[str, Any]) -> Opened:
        if part is None:
            return Opened(head, None, None)
        who, circumstances = principal(self.node, self.officer), context(self.purpose, self.now)
        return Opened(head, part, self.node.policies.decide(who, "read_part", part_facts(part, row), circumstances))

    def _write_down(self, shown: set[tuple[str, str]]) -> None:
        acts = {digest for digest, _ in shown}
        fresh = acts if self._looks is None else self._looks.fresh(self.officer.pseudonym, acts, self.now)
        if len(fresh) == 0:
            with self.node.store.read() as unit:
                self._drop_hidden(unit, shown)
            return
        with self.node.store.write() as unit:
            self._drop_hidden(unit, shown)
            self._leaves(unit, sorted(fresh))

    def _drop_hidden(self, unit: Connection, shown: set[tuple[str, str]]) -> None:
        """A part that a recall reached since it was opened is not shown."""
        present = act_rows.parts_by_commitment(unit, {commitment for _, commitment in shown})
        for key in shown:
            stored = present.get(key[1])
            if stored is None or stored.hidden is not None:
                self._found[key] = replace(self._found[key], content=None, stored=stored)

    def _leaves(self, unit: Connection, acts: Iterable[str]) -> None:
        writer, batch = log.LogWriter(unit), Batch()
        for digest in acts:
            rules = [
                opened.decision.rule
                for (act, _), opened in self._found.items()
                if act == digest and opened.content is not None and opened.decision is not None
            ]
            if len(rules) == 0:
                continue
            leaf = Leaf(
                index=0,
                time=stamp(self.now),
                tag=DISCLOSE,
                digest=digest,
                actor=f"{self.officer.agency}:{self.officer.pseudonym}",
                purpose=self.purpose,
                decision="allowed",
                rule=sorted(rules)[0],
            )
            writer.add(log.DISCLOSURE, leaf)
        writer.write(batch)
        batch.write(unit)


SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)
"""How the pictures and documents begin that are shown at all: a file is what its bytes are, never what it is called."""


def read_attachment(node: Node, officer: Officer, commitment: str, now: datetime) -> tuple[str, bytes]:
    """(media type, file) of one attachment; raises :class:`RuleRefused`. Written down like any other reading."""
    unknown = RuleRefused("There is no such file here.", rule="part.unknown", remedy="Open the matter again.")
    with node.store.read() as unit:
        part = act_rows.parts_by_commitment(unit, [commitment]).get(commitment)
        row = None if part is None else act_rows.matter_rows(unit, [part.matter]).get(part.matter)
        if part is None or row is None:
            raise unknown
        procedure = node.registry.get(str(row["procedure"]), int(row["version"]))
        reader = Reader(node, officer, purpose_of(officer, procedure), now)
        who, circumstances = principal(node, officer), context(reader.purpose, now)
        if not node.policies.decide(who, "list_matter", matter_facts(row), circumstances).allowed:
            raise unknown
        node.policies.decide(who, "read_part", part_facts(part, row), circumstances).require()
        chunks = act_rows.chunks_of(unit, [commitment]).get(commitment, [])
        carriers = sorted(act_rows.acts_of_parts(unit, [commitment]).get(commitment, ()))
        held = act_rows.acts_by_digest(unit, carriers[:1])
        headers = {digest: read_header(one.header) for digest, one in held.items()}
        reader.open(unit, row, headers)
    keys = node.keys.get([commitment])
    shown = [o for some in reader.disclose().values() for o in some if o.head.commitment == commitment]
    content = shown[0].content if len(shown) > 0 else None
    if content is None or content.attachment is None or commitment not in keys:
        raise unknown
    media, data = _file_in(chunks, keys[commitment][0])
    if media == "" or hashlib.sha256(data).hexdigest() != content.attachment.sha256:
        raise unknown
    return media, data


def files_of(node: Node, opened: Iterable[Opened]) -> dict[str, tuple[str, bytes]]:
    """commitment → (media type, file) of the attachments among parts that were opened and disclosed; those whose
    content is gone or damaged are left out."""
    wanted = {
        one.head.commitment: one.content.attachment
        for one in opened
        if one.content is not None and one.content.attachment is not None
    }
    with node.store.read() as unit:
        chunks = act_rows.chunks_of(unit, wanted)
    keys = node.keys.get(list(wanted))
    found = {name: _file_in(chunks[name], keys[name][0]) for name in wanted if name in chunks and name in keys}
    return {
        name: (media, data)
        for name, (media, data) in found.items()
        if media != "" and hashlib.sha256(data).hexdigest() == wanted[name].sha256
    }


def _file_in(chunks: Iterable[bytes], key: bytes) -> tuple[str, bytes]:
    """(media type by its signature or nothing, file) of sealed chunks."""
    data = b"".join(open_chunk(key, n, chunk) for n, chunk in enumerate(chunks))
    media = next((media for start, media in SIGNATURES if data.startswith(start)), "")
    return (NIST if media == "" and is_nist(data) else media), data


def _of_author(part: StoredPart | None, header: Header) -> StoredPart | None:
    """The part, if the act's own agency said it in this matter: a header that names somebody's part shows nothing."""
    if part is None or (part.agency, part.matter) != (header.agency, header.matter):
        return None
    return part


def _unsealed(opened: Opened, keys: Mapping[str, tuple[bytes, bytes]]) -> Opened:
    commitment, part = opened.head.commitment, opened.stored
    if part is None or part.sealed is None or part.hidden is not None or commitment not in keys:
        return opened
    return replace(opened, content=read_content(open_part(keys[commitment][0], commitment, part.sealed)))
