"""The W3C Reconciliation API 0.2, as OpenRefine calls it: manifest, queries, and suggestions.

A candidate is never marked as certain, so that no tool takes one over by itself: a person decides. There is no
preview, since this node's pages are shown in nobody's frame. Answers may be read from any origin, because none
depends on a cookie.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form, Query, Request
from followthemoney.schema import Schema
from starlette.responses import Response

from comity.errors import InputRefused
from comity.matching.subject import is_comparable
from comity.model.entity import vocabulary
from comity.node import service
from comity.node.at_hand import Loaded
from comity.node.example import ANYTHING, Example, example_of
from comity.node.service import Found, Scope
from comity.web.service.door import Call, Reconciling, Refused
from comity.web.service.screening import BATCH, MOST_MATCHES, lists_or_404

router = APIRouter()

LEAST = 0.5
CANDIDATES = 5
SPACE = "https://followthemoney.tech/explorer/schemata/"
"""The space of types and properties: the FollowTheMoney vocabulary."""
OPEN = {"access_control_allow_origin": "*"}


class Narrowed(msgspec.Struct):
    """A property whose values narrow a query."""

    pid: str
    v: Any


class ReconQuery(msgspec.Struct, forbid_unknown_fields=True):
    """One query of a batch (Reconciliation API 0.2, section 4.2)."""

    query: str | None = None
    type: str | list[str] | None = None
    limit: int = CANDIDATES
    properties: list[Narrowed] = []
    type_strict: str | None = None


@router.get("/reconcile/{dataset}")
def manifest(request: Request, call: Reconciling, dataset: str, queries: str | None = None) -> Response:
    """What this service can do; or, with ``queries``, the answers to them."""
    lists = lists_or_404(call, dataset, Scope())
    if queries is not None:
        return _answers(call, lists, queries)
    where = str(request.url_for("manifest", dataset=dataset))
    key = f"?{request.url.query}" if request.url.query != "" else ""
    paths = {what: {"service_url": where, "service_path": f"/suggest/{what}{key}"} for what in _SUGGEST}
    content = {
        "versions": ["0.2"],
        "name": f"{call.node.name(call.node.member)}: {dataset}",
        "identifierSpace": f"{where}#",
        "schemaSpace": SPACE,
        "defaultTypes": [_type(schema) for schema in _types(call, lists)],
        "view": {"url": str(request.url_for("fetch", name="ID")).replace("ID", "{{id}}")},
        "batchSize": BATCH // 2,
        "suggest": paths,
        "authentication": {"type": "apiKey", "name": "api_key", "in": "query"},
    }
    return call.answer(content, **OPEN)


@router.post("/reconcile/{dataset}")
def reconcile(call: Reconciling, dataset: str, queries: Annotated[str, Form()]) -> Response:
    """The candidates for each query of a batch."""
    return _answers(call, lists_or_404(call, dataset, Scope()), queries)


_SUGGEST = ("entity", "property", "type")


@router.get("/reconcile/{dataset}/suggest/entity")
def suggest_entity(
    call: Reconciling, dataset: str, prefix: str = "", cursor: Annotated[int, Query(ge=0, le=9_000)] = 0
) -> Response:
    """Entities whose names hold the words typed so far."""
    call.count(1)
    lists = lists_or_404(call, dataset, Scope())
    found = service.search(call.node, lists, prefix, ANYTHING, Scope(), begins=True)
    page = service.page_of(found, limit=10, offset=cursor).page
    result = [
        {
            "id": one.tree["id"],
            "name": one.caption,
            "description": _described(one),
            "notable": [_type(vocabulary()[one.tree["schema"]])],
        }
        for one in page
    ]
    return call.answer({"result": result}, **OPEN)


@router.get("/reconcile/{dataset}/suggest/property")
def suggest_property(call: Reconciling, dataset: str, prefix: str = "") -> Response:
    """Properties that take part in matching and whose name or label holds what was typed."""
    lists = lists_or_404(call, dataset, Scope())
    held = {prop.name: prop for schema in _types(call, lists) for prop in schema.properties.values() if prop.matchable}
    typed = prefix.strip().casefold()
    kept = [one for one in held.values() if not one.stub and typed in f"{one.name} {one.label}".casefold()]
    result = [{"id": one.name, "name": one.label, "description": one.description or ""} for one in kept]
    return call.answer({"result": sorted(result, key=lambda one: str(one["name"]))}, **OPEN)


@router.get("/reconcile/{dataset}/suggest/type")
def suggest_type(call: Reconciling, dataset: str, prefix: str = "") -> Response:
    """Types of things in the dataset whose name holds what was typed."""
    typed = prefix.strip().casefold()
    kept = _types(call, lists_or_404(call, dataset, Scope()))
    result = [_type(one) for one in kept if typed in f"{one.name} {one.label}".casefold()]
    return call.answer({"result": result}, **OPEN)


def _answers(call: Call, lists: tuple[Loaded, ...], text: str) -> Response:
    try:
        asked = msgspec.json.decode(text, type=dict[str, ReconQuery])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refused(400, f"The queries cannot be read: {error}") from error
    if len(asked) > BATCH:
        raise Refused(400, f"Too many queries in one batch (limit: {BATCH})")
    examples = {name: list(_examples(name, query)) for name, query in asked.items()}
    call.count(len(asked))
    content = {}
    for name, query in asked.items():
        limit = max(1, min(query.limit, MOST_MATCHES))
        found = [
            one
            for example in examples[name]
            for one in service.match(call.node, lists, example, Scope(), least=LEAST, limit=limit).found
        ]
        best = {one.hit.match: one for one in sorted(found, key=lambda one: one.hit.score)}
        ranked = sorted(best.values(), key=lambda one: (-one.hit.score, one.hit.match))
        content[name] = {"result": [_candidate(one) for one in ranked[:limit]]}
    return call.answer(content, **OPEN)


def _examples(name: str, query: ReconQuery) -> Iterable[Example]:
    """The query as one example for each type that it names."""
    if query.query is None and len(query.properties) == 0:
        raise Refused(400, f"The query {name} has neither text nor properties.")
    values: dict[str, list[Any]] = {"name": [query.query]} if query.query is not None else {}
    for one in query.properties:
        given = one.v if isinstance(one.v, list) else [one.v]
        texts = [value.get("name") or value.get("id") if isinstance(value, dict) else value for value in given]
        values.setdefault(one.pid.rpartition(":")[2], []).extend(texts)
    types = query.type if isinstance(query.type, list) else [query.type or ANYTHING]
    for schema in types[:10] or [ANYTHING]:
        try:
            yield example_of(name, schema, values)
        except InputRefused as refusal:
            raise Refused(400, refusal.says) from refusal


def _candidate(found: Found) -> dict[str, Any]:
    return {
        "id": found.hit.match,
        "name": found.listed.caption,
        "description": _described(found.listed),
        "type": [_type(vocabulary()[found.listed.tree["schema"]])],
        "score": found.hit.score,
        "match": False,
        "features": [{"id": reason.feature, "value": reason.weight} for reason in found.hit.reasons],
    }


def _described(listed: service.Listed) -> str:
    """What tells namesakes apart: year of birth, countries, the list."""
    born = sorted(value[:4] for value in listed.tree["properties"].get("birthDate", ()))
    countries = sorted(code.upper() for code in service.countries_of(listed))[:3]
    return ", ".join([*born[:1], *countries, listed.source.name])


def _types(call: Call, lists: tuple[Loaded, ...]) -> list[Schema]:
    counts = service.schemas_of(call.node, lists)
    known = [name for name in counts if is_comparable(name)]
    return [vocabulary()[name] for name in sorted(known, key=lambda name: (-counts[name], name))]


def _type(schema: Schema) -> dict[str, str]:
    return {"id": schema.name, "name": schema.label}
