"""The doors at which other nodes call: bytes in, bytes out. Everything that matters is signed and sealed inside.

A carton that is refused as a whole is answered 400 with the rule in ``Comity-Rule``, an unsigned hint; everything
else is in the signed answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from comity.errors import PeerRefused
from comity.exchange.transports.http import CARTON_MEDIA, DOCUMENT_MEDIA, PULL_PATH, PUSH_PATH, RULE_HEADER
from comity.node import delivery, intake
from comity.node.node import Node
from comity.web.desk import web_of

router = APIRouter()

CARTON_LIMIT = 64 << 20
PULL_LIMIT = 1 << 20

_log = structlog.get_logger("comity.exchange")


@router.post(PUSH_PATH)
async def take_carton(request: Request) -> Response:
    """One carton; the answer is the signed receipts document."""
    return await _answer(request, CARTON_LIMIT, intake.receive, DOCUMENT_MEDIA)


@router.post(PULL_PATH)
async def take_pull(request: Request) -> Response:
    """One pull request; the answer is a carton, or nothing."""
    return await _answer(request, PULL_LIMIT, delivery.answer_pull, CARTON_MEDIA)


async def _answer(
    request: Request, limit: int, handle: Callable[[Node, bytes, datetime], bytes], media: str
) -> Response:
    raw = await _bounded(request, limit)
    if raw is None:
        return _refusal("exchange.oversize", 413)
    web = web_of(request)
    try:
        answer = await run_in_threadpool(handle, web.node, raw, web.now())
    except PeerRefused as refusal:
        _log.warning("exchange.refused", rule=refusal.rule)
        return _refusal(refusal.rule, 400)
    if answer == b"":
        return Response(status_code=204)
    return Response(answer, media_type=media)


async def _bounded(request: Request, limit: int) -> bytes | None:
    """The body, or None as soon as it is known to be longer than ``limit``."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        return None
    taken = bytearray()
    async for piece in request.stream():
        taken += piece
        if len(taken) > limit:
            return None
    return bytes(taken)


def _refusal(rule: str, status: int) -> Response:
    return Response(status_code=status, headers={RULE_HEADER: rule})
