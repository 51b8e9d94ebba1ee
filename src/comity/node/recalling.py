"""Recalls: which protective acts stand in a matter, whose parts they reach, and the first moment of an erasure.

A recall is effective on its own member's parts, or on any if the reviewer says it, and on whatever was made from them.
It is looked at again whenever anything of its matter is recorded, so that what comes late is hidden at once. The other
two moments come later (:mod:`comity.node.erasure`).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from comity.ledger.leaf import Leaf
from comity.model.act import Header
from comity.model.track import member_of, track_name
from comity.node.hooks import owe_hooks
from comity.node.node import Node
from comity.procedures.machine import MatterView
from comity.procedures.table import Step
from comity.storage import acts as act_rows
from comity.storage import log
from comity.storage.rows import Batch


def recalls_of(view: MatterView, headers: Mapping[str, Header]) -> dict[str, Step]:
    """The protective acts that stand in a matter: reached, or taking effect although they still wait."""
    standing = {digest for shown in view.tracks.values() for digest in shown.standing}
    found: dict[str, Step] = {}
    for digest, header in headers.items():
        step = view.procedure.step(header.step, track_name(header.track))
        if step is None or step.rank.kind != "protective":
            continue
        if digest in standing or view.outcomes[digest].verdict == "applied":
            found[digest] = step
    return found


def hide_recalled(
    node: Node, unit: Connection, view: MatterView, headers: Mapping[str, Header], at: str
) -> frozenset[str]:
    """Hides what the matter's recalls reach, and everything made from it; writes a leaf for each act erased."""
    hidden: set[str] = set()
    writer = log.LogWriter(unit)
    for digest, step in recalls_of(view, headers).items():
        if len(step.erases) == 0:
            continue
        reached = act_rows.with_derived(unit, _reach(node, unit, headers, digest, step))
        parts = act_rows.parts_by_commitment(unit, reached).values()
        speaker = headers[digest].agency
        taken = [p for p in parts if p.hidden is not None and _is_taken_over(node, p, digest, headers)]
        fresh = [p for p in parts if p.hidden is None]
        act_rows.hide_again(unit, [p.commitment for p in taken], at=at, recall=digest)
        act_rows.hide(unit, [p.commitment for p in fresh], at=at, recall=digest)
        _erase_leaves(node, unit, writer, [*fresh, *taken], digest, speaker, at)
        if len(fresh) + len(taken) > 0:
            owe_hooks(node, unit, digest, at)
        hidden |= {p.commitment for p in fresh}
    batch = Batch()
    writer.write(batch)
    batch.write(unit)
    return frozenset(hidden)


def _is_taken_over(node: Node, part: act_rows.StoredPart, digest: str, headers: Mapping[str, Header]) -> bool:
    """Whether a part that the reviewer's cancellation hid is recalled by its author afterwards.

    Its author does not know of the cancellation, and is answered by the same receipts, in the same time, as if
    there had been none (domain 16, section 4).
    """
    before = headers.get(part.recall or "")
    if before is None or part.recall == digest or member_of(before.agency) != node.reviewer:
        return False
    speaker = member_of(headers[digest].agency)
    return speaker == member_of(part.agency) and speaker != node.reviewer


def _reach(node: Node, unit: Connection, headers: Mapping[str, Header], digest: str, step: Step) -> list[str]:
    """The parts that a recall is effective on: its own member's, or any if the reviewer says it.

    Whose a part is stands in its own row: naming somebody's commitment in a header makes nobody its author.
    """
    speaker, matter = member_of(headers[digest].agency), headers[digest].matter
    named = [
        head.commitment
        for header in headers.values()
        if track_name(header.track) in step.erases
        for head in header.parts
    ]
    return [
        part.commitment
        for part in act_rows.parts_by_commitment(unit, named).values()
        if part.matter == matter and speaker in (member_of(part.agency), node.reviewer)
    ]


def _erase_leaves(
    node: Node,
    unit: Connection,
    writer: log.LogWriter,
    parts: list[act_rows.StoredPart],
    recall: str,
    speaker: str,
    at: str,
) -> None:
    carriers = act_rows.acts_of_parts(unit, [p.commitment for p in parts])
    for digest in sorted({digest for digests in carriers.values() for digest in digests}):
        erase_leaf(node, writer, digest, speaker, "hidden", recall, at)


def erase_leaf(node: Node, writer: log.LogWriter, digest: str, agency: str, moment: str, recall: str, at: str) -> None:
    """One moment of the erasure of one act's parts, in the main log and in the pair log of whoever recalled it.

    ``agency`` is the one that recalled: a cancellation by the reviewer leaves no trace in the author's pair log.
    """
    leaf = Leaf(
        index=0,
        time=at,
        tag="vault:part:erase",
        digest=digest,
        actor=node.bureau,
        purpose="",
        decision="done",
        rule=recall,
        moment=moment,
    )
    writer.add(log.MAIN, leaf)
    if not node.is_own(agency):
        writer.add(log.pair(member_of(agency)), leaf)
