"""The proof page of one act: what this node's ledger says of it, in sentences, and the file that proves it anywhere."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from comity.errors import RuleRefused
from comity.exchange.directory import Anchor
from comity.model.act import read_header
from comity.node.certificate import AnchorPaper, certify
from comity.node.node import Node
from comity.node.notary import prove
from comity.node.officer import context, principal
from comity.node.query import seen_matter
from comity.node.reading import purpose_of
from comity.node.seats import Seat
from comity.policy.facts import LogFacts
from comity.storage import acts as act_rows
from comity.storage import log
from comity.web.desk import Seated, Web, page, web_of

router = APIRouter()


@router.get("/proof/{act}.json")
def download(request: Request, seat: Seated, act: str) -> Response:
    """The proof as a file."""
    web = web_of(request)
    _may_prove(web, seat, act)
    raw = prove(web.node, act, web.now())
    name = f"proof-{web.node.member.lower()}-{act[:16]}.json"
    return Response(
        raw, media_type="application/json", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


@router.get("/proof/{act}")
def show(request: Request, seat: Seated, act: str) -> Response:
    """What the proof says, verified the way a stranger would."""
    web = web_of(request)
    _may_prove(web, seat, act)
    node = web.node
    with node.store.read() as unit:
        stored = act_rows.acts_by_digest(unit, [act])[act]
    header = read_header(stored.header)
    procedure = node.registry.get(header.procedure, header.version)
    step = None if procedure is None else procedure.step(header.step, header.track.partition("/")[0])
    return page(
        request,
        "proof.html",
        seat=seat,
        act=act,
        matter=header.matter,
        title=header.step if step is None else step.title,
        author=node.name(header.agency),
        certified=certify(prove(node, act, web.now()), _anchor(node)),
        may_open="administrator" not in seat.officer.roles,
    )


def _anchor(node: Node) -> AnchorPaper:
    directory = node.trust.directory.doc
    return AnchorPaper(node.network, Anchor(directory.secretariat, directory.threshold))


def _may_prove(web: Web, seat: Seat, act: str) -> None:
    """Whoever may see the matter, or runs the installation; raises :class:`RuleRefused`."""
    node, officer = web.node, seat.officer
    circumstances = context(purpose_of(officer), web.now())
    node.policies.decide(principal(node, officer), "prove", LogFacts(log.MAIN), circumstances).require()
    with node.store.read() as unit:
        stored = act_rows.acts_by_digest(unit, [act]).get(act)
        if stored is None:
            raise RuleRefused("There is no such act in this ledger.", rule="ledger.no_act")
        if "administrator" not in officer.roles:
            seen_matter(node, unit, officer, stored.matter, web.now())
