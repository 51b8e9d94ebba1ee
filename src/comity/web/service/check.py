"""``POST /api/v1/check``: hit or no hit, for persons and documents, in one call.

``hit`` is true, false, or null where something could not be asked and nothing else hit: that is never *no hit*. The
same ``Idempotency-Key`` with the same bytes gets the same answer and leaves no second line in the log. Nothing is
answered before its questions are written down; calls that come together are written down together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from comity.errors import ComityError, Defect, InputRefused, RuleRefused
from comity.identity.service_key import id_of
from comity.matching.hit import Hit
from comity.model.canon import encode
from comity.node import checking, following, kept_answers, look_ups
from comity.node.at_hand import Loaded, Unread, lists_at_hand
from comity.node.callers import Caller, Door, Knock, callers_of, kept_keys
from comity.node.checking import DocumentAnswer, PersonAnswer, Who
from comity.node.moment import stamp
from comity.node.node import Node
from comity.storage.kept_answers import KeptAnswer
from comity.web.service.asked import LARGEST, Asked, DocumentQuestion, read_call
from comity.web.service.batching import Batcher
from comity.web.service.described import OPERATION
from comity.web.service.door import PURPOSE_HEADER

router = APIRouter()

IDEMPOTENCY = "idempotency-key"
POSSIBLE = "Possible: a person decides."
CONFIRM = "Possible: confirm with the owner first; by itself no ground to detain."
_JSON = "application/json"
_UNREAD = InputRefused("The call was not read.")

_log = structlog.get_logger("comity.web")


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came."""

    key: str
    purpose: str
    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A call that may be answered: whose it is, what it asks, the digest of that."""

    call: Call
    asked: Asked
    persons: Caller | None
    documents: Caller | None
    digest: str

    @property
    def caller(self) -> Caller:
        """Who asks; both scopes are one key."""
        found = self.persons or self.documents
        assert found is not None
        return found

    @property
    def kept(self) -> tuple[str, str]:
        """Under what its answer is kept."""
        return self.caller.key.id, self.call.name


@router.post("/check", openapi_extra=OPERATION)
async def check(request: Request) -> Response:
    """Whether persons stand in the lists, and documents in the register of stolen and lost ones."""
    return await reply_to(request.app.state.checks, request)


class Straight:
    """ASGI middleware that answers this one call past every other route, since it comes a thousand times as often."""

    def __init__(self, app: ASGIApp, path: str, checks: Batcher[Call, Reply]) -> None:
        self._app, self._path, self._checks = app, path, checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            answer = await reply_to(self._checks, Request(scope, receive))
        except ClientDisconnect:
            return
        await answer(scope, receive, send)


async def reply_to(batcher: Batcher[Call, Reply], request: Request) -> Response:
    """The answer to one call, or a refusal; a fault of ours discloses nothing."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            reply = _refusal(413, _too_large())
            return Response(reply.body, reply.status, media_type=_JSON)
    headers = request.headers
    scheme, _, text = headers.get("authorization", "").partition(" ")
    key = text.strip() if scheme.lower() in ("apikey", "bearer") else ""
    call = Call(key, headers.get(PURPOSE_HEADER, ""), headers.get(IDEMPOTENCY, ""), bytes(body))
    try:
        reply = await batcher.ask(call)
    except Exception as error:  # whatever broke, the caller is told that nothing was disclosed
        _log.error("check.fault", error=error.rule if isinstance(error, ComityError) else type(error).__name__)
        reply = _refusal(500, InputRefused("This node could not answer. Nothing was disclosed."))
    return Response(reply.body, reply.status, reply.headers, media_type=_JSON)


def answer_calls(node: Node, door: Door, calls: Sequence[Call]) -> list[Reply]:
    """The replies to calls that came together; one that is refused leaves the others alone."""
    now = node.clock()
    replies: dict[int, Reply] = {}
    ready: dict[int, _Ready] = {}
    for n, found in enumerate(_let_in(node, door, calls, now)):
        if isinstance(found, Reply):
            replies[n] = found
        else:
            ready[n] = found
    replies.update(_answered(node, door, ready, now))
    return [replies[n] for n in range(len(calls))]


def _let_in(node: Node, door: Door, calls: Sequence[Call], now: datetime) -> Iterator[_Ready | Reply]:
    """Each call with its caller and its questions, or the reply that refuses it; what comes without a key that is
    known here is not even read."""
    kept = kept_keys(node, (call.key for call in calls))
    asked = [_read(call, now) if id_of(call.key) in kept else _UNREAD for call in calls]
    knocks: list[Knock] = []
    places: list[list[int]] = []
    for call, one in zip(calls, asked, strict=True):
        scopes = _scopes(one) if isinstance(one, Asked) else ["documents", "screen"]
        purpose = one.purpose if isinstance(one, Asked) and one.purpose != "" else call.purpose
        places.append(list(range(len(knocks), len(knocks) + len(scopes))))
        knocks.extend(Knock(call.key, scope, purpose) for scope in scopes)
    callers = callers_of(node, door, knocks, now, kept)
    for call, one, mine in zip(calls, asked, places, strict=True):
        found = {knocks[n].scope: callers[n] for n in mine}
        refusals = [who for who in found.values() if isinstance(who, RuleRefused)]
        if isinstance(one, InputRefused):
            bad = len(refusals) == len(found)
            yield _unlet(call, refusals[0]) if bad else _refusal(422, one)
        elif len(refusals) > 0:
            yield _unlet(call, refusals[0])
        else:
            good = {scope: who for scope, who in found.items() if isinstance(who, Caller)}
            purpose = next(iter(good.values())).purpose
            digest = hashlib.sha256(purpose.encode() + b"\0" + call.body).hexdigest()
            yield _Ready(call, one, good.get("screen"), good.get("documents"), digest)


def _read(call: Call, now: datetime) -> Asked | InputRefused:
    try:
        asked = read_call(call.body, now.date())
    except InputRefused as refusal:
        return refusal
    if not kept_answers.good_name(call.name):
        says = "The key is not 1 to 128 visible ASCII characters."
        defect = Defect("idempotency.key", says, "Use a random identifier.", field="Idempotency-Key")
        return InputRefused("The call cannot be answered.", [defect])
    return asked


def _scopes(asked: Asked) -> list[str]:
    return [name for name, some in (("documents", asked.documents), ("screen", asked.persons)) if len(some) > 0]


def _answered(node: Node, door: Door, ready: dict[int, _Ready], now: datetime) -> Iterator[tuple[int, Reply]]:
    """Replies from what is kept, then the rest: asked together, written down together."""
    with node.store.read() as unit:
        known = kept_answers.stored(unit, {one.kept for one in ready.values() if one.call.name != ""}, now)
    fresh: dict[int, _Ready] = {}
    for n, one in ready.items():
        if one.kept in known and one.call.name != "":
            yield n, _again(known[one.kept], one.digest)
            continue
        wait = door.wait_for(one.caller.key, one.asked.count, now)
        if wait > 0:
            yield n, _too_often(one.caller, wait)
        else:
            fresh[n] = one
    if len(fresh) > 0:
        yield from _fresh(node, fresh, now)


@dataclass(frozen=True, slots=True)
class _Made:
    """One call's answers before they are written down."""

    call: str
    persons: tuple[PersonAnswer, ...]
    documents: tuple[DocumentAnswer, ...]
    body: bytes


def _fresh(node: Node, fresh: dict[int, _Ready], now: datetime) -> Iterator[tuple[int, Reply]]:
    asks_lists = any(len(one.asked.persons) > 0 for one in fresh.values())
    lists, unread = lists_at_hand(node, now) if asks_lists else ((), ())
    flat = [question.asked for one in fresh.values() for question in one.asked.documents]
    documents = iter(checking.ask_register(node, flat) if len(flat) > 0 else [])
    made: dict[int, _Made] = {}
    for n, one in fresh.items():
        asked = one.asked
        mine = tuple(next(documents) for _ in asked.documents)
        found = tuple(
            checking.ask_lists(lists, unread, person, threshold=asked.threshold, limit=asked.limit)
            for person in asked.persons
        )
        call = node.draw(checking.CALL_BYTES).hex()
        shape = _shape(node, call, asked, found, mine, (lists, unread), now)
        made[n] = _Made(call, found, mine, encode(shape))
    with node.store.write() as unit:
        yield from list(_written(node, unit, fresh, made, now))


def _written(
    node: Node, unit: Connection, fresh: dict[int, _Ready], made: dict[int, _Made], now: datetime
) -> Iterator[tuple[int, Reply]]:
    """Each reply, its questions written down; of two calls under one key the first is answered and the second gets
    the same."""
    known = kept_answers.stored(unit, {one.kept for one in fresh.values() if one.call.name != ""}, now)
    follow = following.keys_that_follow(unit)
    lines: list[tuple[str, list[look_ups.Question]]] = []
    for n, one in fresh.items():
        if one.call.name != "" and one.kept in known:
            yield n, _again(known[one.kept], one.digest)
            continue
        lines.append((made[n].call, list(_questions(node, one, made[n]))))
        if one.call.name != "":
            matters = {finding.matter for answer in made[n].documents for finding in answer.findings}
            answer = KeptAnswer(*one.kept, one.digest, stamp(now), tuple(sorted(matters)), made[n].body)
            kept_answers.keep(unit, answer)
            known[one.kept] = answer
        if one.caller.key.id in follow:
            asked = [document.asked for document in one.asked.documents]
            pairs = list(zip(asked, made[n].documents, strict=True))
            following.follow(node, unit, one.caller.key.id, made[n].call, pairs, now)
        yield n, Reply(200, made[n].body)
    look_ups.write_all(unit, lines, now)


def _questions(node: Node, one: _Ready, made: _Made) -> Iterator[look_ups.Question]:
    for person, found in zip(one.asked.persons, made.persons, strict=True):
        yield checking.person_question(node, _who(one.persons), person, found)
    for document, answer in zip(one.asked.documents, made.documents, strict=True):
        yield checking.document_question(node, _who(one.documents), document.asked, answer)


def _who(caller: Caller | None) -> Who:
    assert caller is not None
    return Who(look_ups.actor_of(caller.officer), caller.purpose, caller.rule)


def _shape(
    node: Node,
    call: str,
    asked: Asked,
    persons: tuple[PersonAnswer, ...],
    documents: tuple[DocumentAnswer, ...],
    at_hand: tuple[tuple[Loaded, ...], tuple[Unread, ...]],
    now: datetime,
) -> dict[str, Any]:
    outcomes = [*(answer.outcome for answer in persons), *(answer.outcome for answer in documents)]
    checked = "not_checked" not in outcomes
    return {
        "check": call,
        "at": stamp(now),
        "hit": True if "hit" in outcomes else False if checked else None,
        "checked": checked,
        "persons": [_person_shape(one.id, answer, now) for one, answer in zip(asked.persons, persons, strict=True)],
        "documents": [
            _document_shape(node, one, answer, now) for one, answer in zip(asked.documents, documents, strict=True)
        ],
        "lists": [_list_shape(one, now) for one in at_hand[0]],
        "not_asked": [{"list": one.name, "why": one.why} for one in at_hand[1]],
    }


def _person_shape(name: str, answer: PersonAnswer, now: datetime) -> dict[str, Any]:
    missing = [{"list": of, "why": why} for of, why in answer.not_asked]
    if answer.outcome == "hit":
        says = POSSIBLE
    elif answer.outcome == "none":
        count = len(answer.asked)
        says = f"Nothing found in {count} {'list' if count == 1 else 'lists'}, {stamp(now)}."
    else:
        says = f"Not checked: {missing[0]['why']}"
    hits = [_hit_shape(hit) for hit in answer.hits]
    return {"id": name, "outcome": answer.outcome, "says": says, "hits": hits, "not_asked": missing}


def _hit_shape(hit: Hit) -> dict[str, Any]:
    told = hit.to_json()
    del told["query"]
    return told


def _document_shape(node: Node, one: DocumentQuestion, answer: DocumentAnswer, now: datetime) -> dict[str, Any]:
    if answer.outcome == "hit":
        says = CONFIRM
    elif answer.outcome == "none":
        says = f"Nothing reported under this number, {stamp(now)}."
    else:
        says = f"Not checked: {answer.why}"
    found = [{**asdict(finding), "owner_name": node.name(finding.owner)} for finding in answer.findings]
    doubts = [{"field": doubt.field, "says": doubt.says, "mark": doubt.mark} for doubt in one.doubts]
    return {"id": one.id, "outcome": answer.outcome, "says": says, "findings": found, "doubts": doubts}


def _list_shape(one: Loaded, now: datetime) -> dict[str, Any]:
    version = one.version
    return {
        "list": version.name,
        "version": version.version,
        "published": version.published,
        "seen": stamp(version.seen),
        "age_days": (now - version.seen).days,
        "entities": version.entities,
        "warning": one.warning,
    }


def _again(known: KeptAnswer, digest: str) -> Reply:
    try:
        kept_answers.require_same(known, digest)
    except InputRefused as refusal:
        return _refusal(409, refusal)
    return Reply(200, known.body, {"idempotency-replayed": "true"})


def _too_often(caller: Caller, wait: float) -> Reply:
    says = f"More than {caller.key.per_minute} questions a minute."
    defect = Defect("key.rate", says, "Wait as long as Retry-After says.", field="Authorization")
    return _refusal(429, InputRefused(says, [defect]), retry_after=str(math.ceil(wait)))


def _too_large() -> InputRefused:
    says = f"A call has at most {LARGEST >> 20} MiB."
    return InputRefused(says, [Defect("check.size", says, "Send several calls.", field="body")])


def _unlet(call: Call, refusal: RuleRefused) -> Reply:
    if refusal.rule == "key.none":
        says = "No API key provided." if call.key == "" else "The API key is not known."
        defect = Defect("key.none", says, "Send Authorization: ApiKey KEY.", field="Authorization")
        return _refusal(401, InputRefused(says, [defect]), www_authenticate="ApiKey, Bearer")
    field_ = "purpose" if "purpose" in refusal.says else "Authorization"
    return _refusal(403, InputRefused(refusal.says, [Defect(refusal.rule, refusal.says, refusal.remedy, field=field_)]))


def _refusal(status: int, refusal: InputRefused, **headers: str) -> Reply:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, encode(refusal.as_dict()), told)
