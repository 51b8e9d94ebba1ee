"""``/match``, ``/search``, ``/entities``, ``/catalog``, ``/algorithms`` and the probes, as yente answers them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from comity.errors import InputRefused
from comity.matching.hit import MODEL
from comity.model.entity import vocabulary
from comity.node import service
from comity.node.at_hand import Loaded, is_ready, warm
from comity.node.example import Example, example_of
from comity.node.node import Node
from comity.node.service import Scope
from comity.web.service import shapes
from comity.web.service.door import Call, Refused, Screening, as_json

router = APIRouter()

MATCH_PAGE, MOST_MATCHES, BATCH = 5, 500, 100
PAGE, MOST_PAGE, FARTHEST = 10, 500, 9_499
THRESHOLD = 0.7
Texts = Annotated[list[str], Query()]


class AskedEntity(BaseModel):
    """One query by example."""

    id: str | None = None
    schema_: str = Field(alias="schema")
    properties: dict[str, str | list[Any]]


class AskedMatches(BaseModel):
    """A batch of queries, by names that the caller chooses."""

    queries: dict[str, AskedEntity]
    weights: dict[str, float] = {}
    config: dict[str, str | int | float | bool | None] = {}


@router.post("/match/{dataset}")
def match(
    call: Screening,
    asked: AskedMatches,
    dataset: str,
    limit: Annotated[int, Query(ge=1, le=MOST_MATCHES)] = MATCH_PAGE,
    threshold: Annotated[float, Query(ge=0, le=1)] = THRESHOLD,
    cutoff: Annotated[float | None, Query(ge=0, le=1)] = None,
    algorithm: str = "best",
    include_dataset: Texts = [],  # noqa: B006 - FastAPI copies it
    exclude_dataset: Texts = [],  # noqa: B006
    exclude_schema: Texts = [],  # noqa: B006
    topics: Texts = [],  # noqa: B006
    exclude_entity_ids: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006
    changed_since: str | None = None,
) -> Response:
    """Screens each query against the lists of a dataset."""
    _require_known(algorithm, asked, changed_since)
    scope = Scope(
        include=frozenset(include_dataset),
        exclude=frozenset(exclude_dataset),
        exclude_schema=frozenset(exclude_schema),
        exclude_ids=frozenset(exclude_entity_ids),
        topics=frozenset(topics),
    )
    lists = lists_or_404(call, dataset, scope)
    examples = {name: _example(name, one) for name, one in asked.queries.items()}
    call.count(len(examples))
    least = threshold if cutoff is None else min(cutoff, threshold)
    responses = {}
    for name, example in examples.items():
        found = service.match(call.node, lists, example, scope, least=least, limit=limit)
        responses[name] = shapes.matches_shape(example, asked.queries[name].id, found, threshold)
    content = {"responses": responses, "limit": limit, "notices": warnings(lists)}
    return call.answer(content, x_batch_size=str(len(responses)))


@router.get("/search/{dataset}")
def search(
    call: Screening,
    dataset: str,
    q: str = "",
    schema: str = "Thing",
    include_dataset: Texts = [],  # noqa: B006
    exclude_dataset: Texts = [],  # noqa: B006
    exclude_schema: Texts = [],  # noqa: B006
    countries: Texts = [],  # noqa: B006
    topics: Texts = [],  # noqa: B006
    datasets: Texts = [],  # noqa: B006
    filter: Texts = [],  # noqa: B006
    limit: Annotated[int, Query(ge=0, le=MOST_PAGE)] = PAGE,
    offset: Annotated[int, Query(ge=0, le=FARTHEST)] = 0,
    sort: Texts = [],  # noqa: B006
    fuzzy: bool = False,
    simple: bool = False,
    target: bool | None = None,
    changed_since: str | None = None,
    facets: Texts = ["countries", "topics", "datasets"],  # noqa: B006
    filter_op: str = "OR",
) -> Response:
    """Finds entities by words; ``simple`` and full syntax are read alike: every word has to be there."""
    _require_searchable(schema, sort, target, changed_since, facets, filter_op)
    if any(":" not in one for one in filter):
        raise Refused(400, "Invalid filter: write field:value.")
    scope = Scope(
        include=frozenset((*include_dataset, *datasets)),
        exclude=frozenset(exclude_dataset),
        exclude_schema=frozenset(exclude_schema),
        topics=frozenset(topics),
        countries=frozenset(code.lower() for code in countries),
        values=tuple((one.partition(":")[0], one.partition(":")[2]) for one in filter),
        every=filter_op == "AND",
    )
    lists = lists_or_404(call, dataset, scope)
    call.count(1)
    found = service.search(call.node, lists, q, schema, scope)
    if fuzzy and q.strip() != "":
        found = service.search_fuzzily(call.node, lists, q, schema, scope)
    page = service.page_of(found, limit=limit, offset=offset)
    return call.answer(shapes.search_shape(page, limit, offset, facets))


@router.get("/entities/{name}")
def fetch(call: Screening, name: str, nested: bool = True) -> Response:
    """One entity, with the papers it holds unless ``nested`` is off."""
    call.count(1)
    found = service.entity(call.node, name, call.node.clock())
    if found is None:
        raise Refused(404, "No such entity!")
    listed, held = found
    return call.answer(shapes.entity_shape(listed, held if nested else ()))


@router.get("/catalog")
def catalog(call: Screening) -> Response:
    """The lists, and how old they are."""
    return call.answer(shapes.catalog_shape(service.datasets(call.node, call.node.clock())))


@router.get("/algorithms")
def algorithms(call: Screening) -> Response:
    """How this node scores."""
    return call.answer(shapes.algorithms_shape())


@router.get("/healthz")
def healthz() -> Response:
    """Whether the node is up."""
    return as_json({"status": "ok"})


@router.get("/readyz")
def readyz(request: Request) -> Response:
    """Whether every list is at hand."""
    node: Node = request.app.state.node
    if is_ready(node, node.clock()):
        return as_json({"status": "ok"})
    warm(node)
    raise Refused(503, "The lists are being loaded.")


def lists_or_404(call: Call, dataset: str, scope: Scope) -> tuple[Loaded, ...]:
    """The lists of a dataset; raises :class:`Refused` if there is none of that name."""
    lists = service.lists_of(call.node, dataset, scope, call.node.clock())
    if lists is None:
        raise Refused(404, "No such dataset.")
    return lists


def warnings(lists: tuple[Loaded, ...]) -> list[str]:
    """What has to be said about lists that are old or held."""
    return [f"{one.name}: {one.warning}" for one in lists if one.warning != ""]


def _example(name: str, one: AskedEntity) -> Example:
    try:
        return example_of(name, one.schema_, one.properties)
    except InputRefused as refusal:
        raise Refused(400, f"Cannot parse example entity: {refusal.says}") from refusal


def _require_known(algorithm: str, asked: AskedMatches, changed_since: str | None) -> None:
    """What would change the answer and is not done here is refused, never passed over."""
    if algorithm.strip().lower() not in ("best", MODEL):
        raise Refused(400, f"Invalid algorithm: {algorithm}")
    if len(asked.weights) > 0:
        raise Refused(400, f"The weights of {MODEL} are estimated and cannot be set.")
    if len(asked.config) > 0:
        raise Refused(400, f"Invalid configuration parameter: {next(iter(asked.config))} for algorithm {MODEL}")
    if len(asked.queries) == 0:
        raise Refused(400, "No queries provided.")
    if len(asked.queries) > BATCH:
        raise Refused(400, f"Too many queries in one batch (limit: {BATCH})")
    _refuse_since(changed_since)


def _require_searchable(
    schema: str, sort: list[str], target: bool | None, since: str | None, facets: list[str], filter_op: str
) -> None:
    if vocabulary().get(schema) is None:
        raise Refused(400, "Invalid schema")
    if len(sort) > 0 or target is not None:
        raise Refused(400, "The parameters sort and target are not known here.")
    if any(one not in shapes.FACETS for one in facets) or filter_op not in ("OR", "AND"):
        raise Refused(400, "Invalid facet or filter_op.")
    _refuse_since(since)


def _refuse_since(since: str | None) -> None:
    if since is not None:
        raise Refused(400, "changed_since is not known here: lists do not say when an entity changed.")
