"""Officers' decisions about possible hits, as they bear on the next screening of the same agency.

What was decided stands in the acts; a row remembers only which pair a decided hit was about, as digests under this
node's secret. So a decision can be undone by deciding again, nothing has to be kept in step, and the rows name
nobody. One agency's decisions never speak for another, and no decision leaves the node.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from comity.matching.judgement import Judgement, Pair, settles
from comity.model.act import Header, read_header
from comity.model.content import read_content
from comity.model.sealing import open_part
from comity.node.moment import instant
from comity.node.node import Node
from comity.policy.roles import ROLES
from comity.procedures.machine import fold
from comity.storage import acts as act_rows
from comity.storage.judgements import JudgedHit, judged_hits, put_judged

PAIR = "pair"
"""The field of a hit's form that holds its pair."""


def pair_key(node: Node) -> bytes:
    """The secret under which pairs are kept; it follows from the node's vault key."""
    return hmac.new(node.ring.vault, b"comity-judged-pairs-1", hashlib.sha256).digest()


def earlier(node: Node, unit: Connection, agency: str, pairs: Iterable[Pair]) -> dict[Pair, tuple[Judgement, ...]]:
    """What officers of ``agency`` decided about each of these pairs, oldest first; pairs without any are left out."""
    wanted = {(pair.asked, pair.listed): pair for pair in pairs}
    rows = [
        row for row in judged_hits(unit, agency, {asked for asked, _ in wanted}) if (row.asked, row.listed) in wanted
    ]
    if len(rows) == 0:
        return {}
    said = _decisions(node, unit, agency, rows)
    found: dict[Pair, list[Judgement]] = {}
    for row in rows:
        found.setdefault(wanted[row.asked, row.listed], []).extend(said.get(row.hit, ()))
    return {pair: tuple(sorted(some, key=lambda one: (one.when, one.place))) for pair, some in found.items()}


def settled(node: Node, unit: Connection, agency: str, pairs: Iterable[Pair]) -> dict[Pair, Judgement]:
    """The pairs that a decision takes out of the way, with that decision."""
    last = {pair: settles(pair, said) for pair, said in earlier(node, unit, agency, pairs).items()}
    return {pair: one for pair, one in last.items() if one is not None}


def pair_form(pair: Pair) -> dict[str, object]:
    """A pair as it stands in a hit's form."""
    return {"asked": pair.asked, "listed": pair.listed, "one_person": pair.is_one_person}


def read_pair(form: Mapping[str, Any]) -> Pair | None:
    """The pair in a hit's form; None for hits made before pairs were."""
    said = form.get(PAIR)
    if not isinstance(said, Mapping):
        return None
    return Pair(str(said.get("asked", "")), str(said.get("listed", "")), bool(said.get("one_person", False)))


def judgement_form(judgement: Judgement) -> dict[str, object]:
    """A decision as it stands in the form of a hit that it takes out of the way."""
    when = judgement.when.isoformat()
    return {"decision": judgement.decision, "ground": judgement.ground, "role": judgement.role, "when": when}


def remember(node: Node, unit: Connection, reached: Iterable[tuple[str, Header]], at: str) -> None:
    """The effect of a decision: keeps which pair the decided hit was about, as far as the hit is still here."""
    wanted = {str(header.terms.get("hit", "")): header for _, header in reached}
    parts = act_rows.parts_by_commitment(unit, wanted)
    keys = node.keys.get(list(parts))
    for hit, part in parts.items():
        header = wanted[hit]
        if part.sealed is None or part.hidden is not None or hit not in keys or part.matter != header.matter:
            continue
        pair = read_pair(read_content(open_part(keys[hit][0], hit, part.sealed)).form or {})
        if pair is not None:
            put_judged(unit, JudgedHit(hit, header.agency, pair.asked, pair.listed, header.matter, at))


def _decisions(node: Node, unit: Connection, agency: str, rows: Iterable[JudgedHit]) -> dict[str, list[Judgement]]:
    """Every decision about these hits that counts in its matter, by hit."""
    hits = {row.hit: row.matter for row in rows}
    found: dict[str, list[Judgement]] = {}
    for stored in act_rows.acts_of(unit, sorted(set(hits.values()))).values():
        headers = {one.digest: read_header(one.header) for one in stored}
        first = next(iter(headers.values()))
        procedure = node.registry.get(first.procedure, first.version)
        if procedure is None:
            continue
        outcomes = fold(procedure, headers, node.reviewer).outcomes
        for digest, header in headers.items():
            hit = str(header.terms.get("hit", ""))
            if header.step != "decide" or header.agency != agency or hit not in hits:
                continue
            step = procedure.step(header.step, header.track)
            roles = () if step is None else tuple(ROLES[role].title for role in step.roles if role in ROLES)
            judgement = Judgement(
                decision=str(header.terms.get("decision", "")),
                ground=str(header.terms.get("ground", "")),
                role=" / ".join(roles),
                when=instant(header.time),
                place=f"{outcomes[digest].depth:08d}{digest}",
            )
            found.setdefault(hit, []).append(judgement)
    return found
