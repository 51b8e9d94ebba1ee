"""The screening service as an application of its own, mounted beside the desk: bare JSON, no cookie, no page."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from comity.errors import ComityError
from comity.node.callers import Door
from comity.node.node import Node
from comity.web.service import check, reconcile, screening
from comity.web.service.batching import Batcher
from comity.web.service.described import SECURITY
from comity.web.service.door import Refused, as_json, refuse

PATH = "/api/screening"
"""Where a client is pointed at."""
CHECK_PATH = "/api/v1"
"""Where national systems ask whether somebody or something hits."""

_log = structlog.get_logger("comity.web")


def create_service(node: Node, door: Door | None = None) -> FastAPI:
    """The application; every route but the probes is closed without a key. ``door`` counts what each key asks."""
    app = FastAPI(title="Comity screening", docs_url=None, redoc_url=None, openapi_url=None, strict_content_type=False)
    app.state.node = node
    app.state.door = Door() if door is None else door
    app.include_router(screening.router)
    app.include_router(reconcile.router)
    app.add_exception_handler(Refused, refuse)
    app.add_exception_handler(HTTPException, _missing)
    app.add_exception_handler(ComityError, _fault)
    app.add_exception_handler(Exception, _fault)
    return app


def create_check(node: Node, door: Door | None = None) -> FastAPI:
    """The application of ``/api/v1``; its description is open, every answer closed without a key."""
    app = FastAPI(title="Comity check", version="1", docs_url=None, redoc_url=None, strict_content_type=False)
    known = Door() if door is None else door
    app.state.node = node
    app.state.checks = Batcher[check.Call, check.Reply](lambda calls: check.answer_calls(node, known, calls))
    app.include_router(check.router)
    app.add_exception_handler(HTTPException, _missing)
    app.add_exception_handler(Exception, _fault)
    made = app.openapi

    def described() -> dict[str, Any]:
        return {**made(), "components": {"securitySchemes": SECURITY}}

    app.openapi = described  # type: ignore[method-assign]
    return app


def _missing(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return as_json({"detail": str(error.detail)}, error.status_code)


def _fault(request: Request, error: Exception) -> Response:
    """Something broke here; the log has its kind and the answer no data."""
    rule = error.rule if isinstance(error, ComityError) else type(error).__name__
    _log.error("service.fault", path=getattr(request.scope.get("route"), "path", ""), error=rule)
    return as_json({"detail": "This node could not answer. Nothing was disclosed."}, 500)
