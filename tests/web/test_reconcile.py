"""The Reconciliation API 0.2 as a spreadsheet tool calls it, held to the fields that the specification knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.web.test_service import Service, listed, service_of

from comity.ledger.leaf import read_leaf
from comity.node.callers import DISCLOSED
from comity.storage import log
from comity.web.service.app import PATH


class Kind(msgspec.Struct, forbid_unknown_fields=True):
    """A type (0.2, section 2.4)."""

    id: str
    name: str
    description: str = ""
    broader: list[Any] = []


class Feature(msgspec.Struct, forbid_unknown_fields=True):
    """A matching feature (section 4.3)."""

    id: str
    value: float | bool


class Candidate(msgspec.Struct, forbid_unknown_fields=True):
    """A candidate (section 4.3)."""

    id: str
    name: str
    score: float
    description: str = ""
    features: list[Feature] = []
    match: bool = False
    type: list[Kind] = []


class Result(msgspec.Struct, forbid_unknown_fields=True):
    """The candidates of one query."""

    result: list[Candidate]


class Suggestion(msgspec.Struct, forbid_unknown_fields=True):
    """A suggested entity, property or type (section 6)."""

    id: str
    name: str
    description: str = ""
    notable: list[Kind] = []


class Suggestions(msgspec.Struct, forbid_unknown_fields=True):
    """The answer of a suggest service."""

    result: list[Suggestion]


class Place(msgspec.Struct, forbid_unknown_fields=True):
    """Where a suggest service lies."""

    service_url: str
    service_path: str


class Suggest(msgspec.Struct, forbid_unknown_fields=True):
    """The suggest services of a manifest."""

    entity: Place
    property: Place
    type: Place


class View(msgspec.Struct, forbid_unknown_fields=True):
    """Where an entity is looked at."""

    url: str


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """A service manifest (section 3); the first four fields are required."""

    versions: list[str]
    name: str
    identifierSpace: str  # noqa: N815
    schemaSpace: str  # noqa: N815
    defaultTypes: list[Kind] = []  # noqa: N815
    documentation: str = ""
    view: View | None = None
    batchSize: int | None = None  # noqa: N815
    suggest: Suggest | None = None
    authentication: dict[str, str] = {}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with listed(tmp_path_factory.mktemp("recon")) as made:
        yield service_of(made, scopes=("reconcile",), per_minute=100_000)


def at(service: Service, path: str) -> Any:
    mark = "&" if "?" in path else "?"
    return service.client.get(f"{PATH}/reconcile/default{path}{mark}api_key={service.key}")


def asked(service: Service, queries: dict[str, Any]) -> Any:
    return service.client.post(f"{PATH}/reconcile/default?api_key={service.key}", data={"queries": json.dumps(queries)})


def test_the_manifest_leads_to_every_service_with_the_key(service: Service) -> None:
    answer = at(service, "")
    found = msgspec.json.decode(answer.content, type=Manifest)
    assert "0.2" in found.versions
    assert answer.headers["access-control-allow-origin"] == "*"
    assert found.view is not None
    assert "{{id}}" in found.view.url
    assert {one.id for one in found.defaultTypes} == {"Person", "Company"}
    assert found.suggest is not None
    for place in (found.suggest.entity, found.suggest.property, found.suggest.type):
        assert place.service_url == f"http://arvenia.localhost:8470{PATH}/reconcile/default"
        where = urlsplit(place.service_url + place.service_path)
        shown = service.client.get(f"{where.path}?{where.query}&prefix=na")
        msgspec.json.decode(shown.content, type=Suggestions)
        assert shown.headers["access-control-allow-origin"] == "*"


def test_candidates_come_in_order_with_features_and_none_is_certain(service: Service) -> None:
    queries = {
        "q0": {"query": "Drazen Lukic", "type": "Person", "limit": 3},
        "q1": {"query": "Drazen Lukic", "properties": [{"pid": "Person:birthDate", "v": "1971-03-12"}]},
        "q2": {"query": "Varnholt Shipping", "type": ["Company", "Organization"], "type_strict": "any"},
        "q3": {"query": "Drazen Lukic", "properties": [{"pid": "nationality", "v": [{"id": "at", "name": "Austria"}]}]},
        "q4": {"query": "Nobody Atall"},
        "q5": {"properties": [{"pid": "name", "v": "Drazen Lukic"}], "limit": 1},
    }
    post, get = asked(service, queries), at(service, f"?queries={json.dumps(queries)}")
    assert post.status_code == 200
    assert post.content == get.content
    found = msgspec.json.decode(post.content, type=dict[str, Result])
    assert {name: result.result[0].id for name, result in found.items() if name in ("q1", "q2", "q3")} == {
        "q1": "L1",
        "q2": "L2",
        "q3": "W1",
    }
    assert [len(found[name].result) for name in ("q0", "q4", "q5")] == [2, 0, 1]
    every = [one for result in found.values() for one in result.result]
    assert not any(one.match for one in every)
    assert all(len(one.features) > 0 and 0.0 <= one.score <= 1.0 for one in every)
    for result in found.values():
        scores = [one.score for one in result.result]
        assert scores == sorted(scores, reverse=True)
        assert len({one.id for one in result.result}) == len(scores)


def test_what_is_typed_is_suggested(service: Service) -> None:
    def ids(path: str) -> list[str]:
        return [one.id for one in msgspec.json.decode(at(service, path).content, type=Suggestions).result]

    assert ids("/suggest/entity?prefix=varn") == ["L2"]
    assert set(ids("/suggest/entity?prefix=drazen luk")) == {"L1", "W1"}
    assert ids("/suggest/entity?prefix=drazen luk&cursor=1") == ids("/suggest/entity?prefix=drazen luk")[1:]
    assert ids("/suggest/type?prefix=comp") == ["Company"]
    assert "birthDate" in ids("/suggest/property?prefix=birth")
    assert ids("/suggest/property?prefix=zzzz") == []


@pytest.mark.parametrize(
    "queries",
    [
        "{",
        "[]",
        '{"q": {}}',
        '{"q": {"query": "x", "colour": "red"}}',
        '{"q": {"query": "x", "type": "Nonsense"}}',
        '{"q": {"query": "x", "limit": "many"}}',
        json.dumps({f"q{n}": {"query": "x"} for n in range(101)}),
    ],
)
def test_a_bad_batch_is_refused_whole(service: Service, queries: str) -> None:
    answer = service.client.post(f"{PATH}/reconcile/default?api_key={service.key}", data={"queries": queries})
    assert answer.status_code == 400
    assert answer.json()["detail"] != ""


def test_each_answer_is_disclosed_and_another_scope_opens_nothing(service: Service) -> None:
    def count() -> int:
        with service.world.nodes["QM"].store.read() as unit:
            return sum(read_leaf(raw).tag == DISCLOSED for _, raw in log.entries(unit, log.DISCLOSURE))

    before = count()
    assert asked(service, {"q": {"query": "Drazen Lukic"}}).status_code == 200
    assert at(service, "/suggest/entity?prefix=a").status_code == 200
    assert count() == before + 2
    assert service.client.get(f"{PATH}/reconcile/nowhere?api_key={service.key}").status_code == 404
    assert service.get("/catalog").status_code == 403
    assert service.client.get(f"{PATH}/reconcile/default").status_code == 401
    assert count() == before + 2
