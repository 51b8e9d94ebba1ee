"""Who calls: the key in the request, the purpose, the rate; and answers and refusals as bare JSON.

Every route but the two probes asks for a caller, and gets none without a good key. The key stands in the
``Authorization`` header after ``ApiKey`` or ``Bearer``; only a key made for reconciling may stand in the address,
since spreadsheet tools can send no header.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import Depends, Request
from starlette.responses import Response

from comity.errors import RuleRefused
from comity.node.callers import Caller, Door, caller_of, disclose
from comity.node.node import Node

PURPOSE_HEADER = "x-comity-purpose"
IN_ADDRESS = "api_key"


class Refused(Exception):
    """A call that is answered with a status and one sentence."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Call:
    """One call by a known caller."""

    node: Node
    door: Door
    caller: Caller

    def count(self, queries: int) -> None:
        """Counts so many queries against the caller's rate; raises :class:`Refused` (429) if that is too many now."""
        wait = self.door.wait_for(self.caller.key, queries, self.node.clock())
        if wait > 0:
            seconds = str(math.ceil(wait))
            raise Refused(429, f"More than {self.caller.key.per_minute} queries a minute.", retry_after=seconds)

    def answer(self, content: object, **headers: str) -> Response:
        """Content as JSON, written down as a disclosure before it leaves."""
        disclose(self.node, self.caller, self.node.clock())
        return as_json(content, headers={name.replace("_", "-"): value for name, value in headers.items()})


def as_json(content: object, status: int = 200, *, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")


def refuse(_: Request, error: Exception) -> Response:
    """A refusal in yente's shape."""
    assert isinstance(error, Refused)
    return as_json({"detail": error.detail}, error.status, headers=error.headers)


def _call(scope: str) -> Callable[[Request], Call]:
    def called(request: Request) -> Call:
        node: Node = request.app.state.node
        door: Door = request.app.state.door
        text, purpose = _key_in(request, scope), request.headers.get(PURPOSE_HEADER, "")
        try:
            caller = caller_of(node, door, text, scope, purpose, node.clock())
        except RuleRefused as refusal:
            if refusal.rule == "key.none":
                says = "No API key provided." if text == "" else "The API key is not known."
                raise Refused(401, says, www_authenticate="ApiKey, Bearer") from refusal
            raise Refused(403, f"{refusal.says} [{refusal.rule}] {refusal.remedy}") from refusal
        return Call(node, door, caller)

    return called


def _key_in(request: Request, scope: str) -> str:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("apikey", "bearer"):
        return text.strip()
    return request.query_params.get(IN_ADDRESS, "") if scope == "reconcile" else ""


Screening = Annotated[Call, Depends(_call("screen"))]
Reconciling = Annotated[Call, Depends(_call("reconcile"))]
