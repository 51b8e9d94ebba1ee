"""Other systems at the door: yente's own client over a real server, and every refusal on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yente_client
from starlette.testclient import TestClient
from tests.federation import Federation, federation
from tests.web.desks import served
from tests.web.test_door import _routes

from comity.identity.service_key import Terms
from comity.ledger.leaf import Leaf, read_leaf
from comity.matching.hit import MODEL
from comity.node import at_hand, reference
from comity.node.callers import DISCLOSED, MADE, REFUSED, make_key, revoke_key
from comity.storage import log
from comity.web.app import create_app
from comity.web.service.app import PATH, create_service

SANCTIONS = (
    b'{"id":"L1","schema":"Person","properties":{"name":["Drazen Jan LUKIC"],"alias":["Drago"],'
    b'"birthDate":["1971-03-12"],"nationality":["ch"],"topics":["sanction"]}}\n'
    b'{"id":"L1-doc","schema":"Passport","properties":{"holder":["L1"],"number":["A1234567"],"country":["ch"]}}\n'
    b'{"id":"L2","schema":"Company","properties":{"name":["Varnholt Shipping Ltd"],"jurisdiction":["pa"]}}\n'
    b'{"id":"L3","schema":"Person","properties":{"name":["\xd0\x92\xd0\xbb\xd0\xb0\xd0\xb4\xd0\xb8\xd0\xbc\xd0\xb8\xd1\x80'
    b' \xd0\x9e\xd1\x80\xd0\xbb\xd0\xbe\xd0\xb2"],"nationality":["ru"]}}\n'
)
WATCH = b'{"id":"W1","schema":"Person","properties":{"name":["Drazen Lukic"],"nationality":["at"]}}\n'
ASKED = {"schema": "Person", "properties": {"name": ["Drazen Lukic"], "birthDate": ["1971-03-12"]}}


@dataclass
class Service:
    """The service of one node, called with a key."""

    world: Federation
    client: TestClient
    key: str

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(f"{PATH}{path}", headers={"authorization": f"ApiKey {self.key}"}, **kwargs)

    def match(self, queries: dict[str, Any], dataset: str = "default", **params: Any) -> Any:
        body = {"queries": queries}
        headers = {"authorization": f"Bearer {self.key}"}
        return self.client.post(f"{PATH}/match/{dataset}", json=body, params=params, headers=headers)

    def entries(self, name: str) -> list[Leaf]:
        with self.world.nodes["QM"].store.read() as unit:
            return [read_leaf(raw) for _, raw in log.entries(unit, name)]


def key_of(world: Federation, **changes: Any) -> str:
    terms = {"label": "visa desk", "agency": "QM.bureau", "scopes": ("screen",), "purposes": ("border_check",)}
    return make_key(world.nodes["QM"], Terms(**{**terms, **changes}), world.now)[0]


@contextmanager
def listed(folder: Path) -> Iterator[Federation]:
    with federation(folder) as made:
        node = made.nodes["QM"]
        reference.add_list(node.home, "sanctions", {"a.ftm.json": SANCTIONS}, made.now)
        reference.add_list(node.home, "watch", {"b.ftm.json": WATCH}, made.now)
        yield made


def service_of(world: Federation, **terms: Any) -> Service:
    client = TestClient(create_app(world.nodes["QM"]), base_url="http://arvenia.localhost:8470")
    return Service(world, client, key_of(world, **terms))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with listed(tmp_path) as made:
        yield made


@pytest.fixture
def service(world: Federation) -> Service:
    return service_of(world)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for tests that change nothing."""
    with listed(tmp_path_factory.mktemp("standing")) as made:
        yield service_of(made, per_minute=100_000)


def test_yentes_own_client_works_unchanged(world: Federation) -> None:
    with served(world, "QM") as url:
        at_hand.loaded_lists(world.nodes["QM"], world.now)
        with yente_client.Client(api_key=key_of(world), base_url=url + PATH, app_name="test") as client:
            assert client.healthz().status == "ok"
            person = yente_client.Person(name="Drazen Lukic", birthDate="1971-03-12")
            answer = client.match(person, threshold=0.7)
            assert [one.id for one in answer.matches] == ["L1", "W1"]
            assert answer.top.caption == "Drazen Jan LUKIC"
            assert answer.top.target
            assert answer.top.datasets == ["sanctions"]
            assert "Names" in answer.top.explanations["name"].detail
            assert answer.top.contributing_explanations["birth_date"].score > 0
            assert [one.id for one in client.match(person, datasets=["watch"]).results] == ["W1"]
            assert client.match(yente_client.Company(name="Acme"), threshold=0.7).results == []
            found = client.search("lukic", datasets=["default"], schema="Person")
            assert {one.id for one in found.results} == {"L1", "W1"}
            assert found.facets["countries"].values[0].count == 1
            fetched = client.fetch("L1")
            assert [one.id for one in fetched.properties["identification"]] == ["L1-doc"]
            assert client.datasets().current == ["sanctions", "watch"]
            assert client.algorithms().best == MODEL
            with pytest.raises(yente_client.NotFoundError):
                client.fetch("nobody")
            with pytest.raises(yente_client.BadRequestError, match="Invalid algorithm"):
                client.match(person, algorithm="logic-v1")
        with (
            yente_client.Client(base_url=url + PATH, api_key="wrong") as stranger,
            pytest.raises(yente_client.AuthenticationError, match="not known"),
        ):
            stranger.match(person)


def test_no_route_answers_without_a_key_but_the_probes(world: Federation, service: Service) -> None:
    tried = 0
    for route in _routes(create_service(world.nodes["QM"])):
        path = PATH + route.path.replace("{dataset}", "default").replace("{name}", "L1")
        for headers in ({}, {"authorization": "ApiKey comity_" + "0" * 16 + "_" + "0" * 64}):
            answer = service.client.request(next(iter(route.methods)), path, headers=headers, json={"queries": {}})
            expected = {f"{PATH}/healthz": (200,), f"{PATH}/readyz": (200, 503)}.get(path, (401,))
            assert answer.status_code in expected, path
            tried += 1
    assert tried >= 20
    assert [one for one in service.entries(log.DISCLOSURE) if one.tag == DISCLOSED] == []
    assert "L1" not in service.client.get(f"{PATH}/openapi.json").text


def test_a_key_opens_its_scope_and_purposes_while_it_is_good(world: Federation, service: Service) -> None:
    def status(text: str, **headers: str) -> int:
        sent = {"authorization": f"ApiKey {text}", **headers}
        return int(service.client.get(f"{PATH}/catalog", headers=sent).status_code)

    short = key_of(world, term=timedelta(hours=1), purposes=("border_check", "missing_person"))
    assert status(short) == 200
    assert status(short, **{"x-comity-purpose": "missing_person"}) == 200
    assert status(short, **{"x-comity-purpose": "investigation"}) == 403
    assert status(key_of(world, scopes=("reconcile",))) == 403
    assert status(key_of(world, purposes=("administration",))) == 403
    assert status(short[:-1] + ("0" if short[-1] != "0" else "1")) == 401
    revoked = key_of(world)
    revoke_key(world.nodes["QM"], revoked.split("_")[1], world.now)
    assert status(revoked) == 403
    world.turn(3601)
    assert status(short) == 403
    causes = [one.rule for one in service.entries(log.MAIN) if one.tag == REFUSED]
    assert causes == ["purpose", "scope", "default-deny", "secret", "revoked", "expired"]


def test_misuse_is_noted_once_a_minute_and_a_key_in_the_address_opens_nothing(
    world: Federation, service: Service
) -> None:
    for _ in range(5):
        wrong = f"comity_{service.key.split('_')[1]}_{'0' * 64}"
        service.client.get(f"{PATH}/catalog", headers={"authorization": f"ApiKey {wrong}"})
        assert service.client.get(f"{PATH}/catalog?api_key={service.key}").status_code == 401
    assert len([one for one in service.entries(log.MAIN) if one.tag == REFUSED]) == 1
    assert len([one for one in service.entries(log.MAIN) if one.tag == MADE]) == 1


def test_every_answer_is_written_down_with_its_purpose_and_without_a_name(service: Service) -> None:
    assert service.match({"q1": ASKED, "q2": ASKED}).headers["x-batch-size"] == "2"
    assert service.get("/search/default?q=lukic").status_code == 200
    assert service.get("/entities/L1").status_code == 200
    assert service.get("/entities/nobody").status_code == 404
    leaves = [one for one in service.entries(log.DISCLOSURE) if one.tag == DISCLOSED]
    name = service.key.split("_")[1]
    assert [(one.actor, one.purpose, one.rule) for one in leaves] == [(f"QM.bureau:{name}", "border_check", "S-03")] * 3


def test_answers_have_yentes_shape(standing: Service) -> None:
    answer = standing.match({"q1": {**ASKED, "id": "mine"}}, limit=1, threshold=0.99, cutoff=0.5).json()
    assert answer["limit"] == 1
    one = answer["responses"]["q1"]
    assert one["status"] == 200
    assert one["total"] == {"value": 2, "relation": "eq"}
    assert one["query"] == {**ASKED, "id": "mine"}
    (hit,) = one["results"]
    assert {"id", "caption", "schema", "properties", "datasets", "referents", "target", "score", "match"} <= set(hit)
    assert hit["match"] is (hit["score"] >= 0.99)
    assert all({"score", "detail", "query", "candidate"} <= set(e) for e in hit["explanations"].values())


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, ["L1", "W1"]),
        ({"limit": 1}, ["L1"]),
        ({"threshold": 1.0}, []),
        ({"include_dataset": "watch"}, ["W1"]),
        ({"exclude_dataset": "watch"}, ["L1"]),
        ({"exclude_entity_ids": "L1"}, ["W1"]),
        ({"exclude_schema": "Person"}, []),
        ({"exclude_schema": "LegalEntity"}, []),
        ({"topics": "sanction"}, ["L1"]),
        ({"topics": ["sanction", "role.pep"]}, ["L1"]),
        ({"algorithm": MODEL}, ["L1", "W1"]),
    ],
)
def test_match_keeps_to_what_was_asked(standing: Service, params: dict[str, Any], ids: list[str]) -> None:
    results = standing.match({"q": ASKED}, **params).json()["responses"]["q"]["results"]
    assert [one["id"] for one in results] == ids


@pytest.mark.parametrize(
    ("queries", "params", "status", "says"),
    [
        ({}, {}, 400, "No queries provided."),
        ({f"q{n}": ASKED for n in range(101)}, {}, 400, "Too many queries in one batch (limit: 100)"),
        ({"q": {"schema": "Nonsense", "properties": {}}}, {}, 400, "Non-matchable schema"),
        ({"q": {"schema": "Address", "properties": {}}}, {}, 400, "Non-matchable schema"),
        ({"q": {"schema": "Person", "properties": {"name": ["x"] * 201}}}, {}, 400, "201 values"),
        ({"q": {"properties": {}}}, {}, 422, "schema"),
        ({"q": ASKED}, {"limit": 501}, 422, "limit"),
        ({"q": ASKED}, {"threshold": 2}, 422, "threshold"),
        ({"q": ASKED}, {"algorithm": "logic-v2"}, 400, "Invalid algorithm: logic-v2"),
        ({"q": ASKED}, {"changed_since": "2024-01-01"}, 400, "changed_since"),
        ({"q": ASKED}, {"exclude_entity_ids": ["x"] * 51}, 422, "exclude_entity_ids"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    standing: Service, queries: dict[str, Any], params: dict[str, Any], status: int, says: str
) -> None:
    before = len(standing.entries(log.DISCLOSURE))
    answer = standing.match(queries, **params)
    assert answer.status_code == status
    assert says in json.dumps(answer.json()["detail"])
    assert len(standing.entries(log.DISCLOSURE)) == before


def test_an_unknown_dataset_and_an_unreadable_body_are_refused(standing: Service) -> None:
    assert standing.match({"q": ASKED}, "nowhere").json() == {"detail": "No such dataset."}
    headers = {"authorization": f"ApiKey {standing.key}", "content-type": "application/json"}
    assert standing.client.post(f"{PATH}/match/default", content=b"{", headers=headers).status_code == 422
    assert standing.client.post(f"{PATH}/nothing", headers=headers).json() == {"detail": "Not Found"}


def test_values_that_do_not_fit_are_left_out_and_said(standing: Service) -> None:
    properties = {
        "firstName": "Drazen",
        "lastName": ["Lukic"],
        "nationality": "Switzerland",
        "birthDate": ["12th of never"],
        "shoeSize": ["44"],
        "gender": [None, {"a": 1}],
    }
    one = standing.match({"q": {"schema": "Person", "properties": properties}}).json()["responses"]["q"]
    assert one["query"]["properties"]["name"] == ["Drazen Lukic"]
    assert one["query"]["properties"]["nationality"] == ["ch"]
    assert {hit["id"] for hit in one["results"]} == {"L1", "W1"}
    left = [notice.split(" was")[0] for notice in one["notices"]]
    assert left == ["q: birthDate", "q: shoeSize", "q: gender", "q: gender"]


def test_search_finds_words_in_any_script_and_pages_through(standing: Service) -> None:
    def ids(query: str) -> list[str]:
        return [one["id"] for one in standing.get(f"/search/default?{query}").json()["results"]]

    assert ids("q=lukic") == ["L1", "W1"]
    assert ids("q=lukic&limit=1&offset=1") == ["W1"]
    assert ids("q=drago lukic") == ["L1"]
    assert ids("q=орлов") == ids("q=orlov") == ["L3"]
    assert ids("q=lukic&countries=CH") == ["L1"]
    assert ids("q=lukic&datasets=watch") == ["W1"]
    assert ids("q=&schema=Company") == ["L2"]
    assert ids("q=lukic&filter=birthDate:1971-03-12") == ["L1"]
    assert ids('q="lukic" OR * NEAR(') == []
    assert ids("q=Drazen Jann Lukicc&fuzzy=true") == ["L1", "W1"]
    assert standing.get("/search/default?q=a&sort=x").status_code == 400
    assert standing.get("/search/default?q=a&schema=Nope").status_code == 400
    assert standing.get("/search/default?q=a&filter=nope").status_code == 400


def test_a_key_asks_no_more_than_its_rate(world: Federation, service: Service) -> None:
    service.key = key_of(world, per_minute=10)
    assert service.match({f"q{n}": ASKED for n in range(9)}).status_code == 200
    refused = service.match({"a": ASKED, "b": ASKED})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "6"
    assert service.match({"a": ASKED}).status_code == 200
    world.turn(30)
    assert service.match({f"q{n}": ASKED for n in range(5)}).status_code == 200


def test_a_new_version_answers_at_once_and_the_old_one_is_let_go(world: Federation, service: Service) -> None:
    node = world.nodes["QM"]
    assert service.get("/readyz").status_code == 503
    assert len(service.match({"q": ASKED}).json()["responses"]["q"]["results"]) == 2
    first = dict(node.screens.lists)
    assert service.get("/readyz").json() == {"status": "ok"}
    service.match({"q": ASKED})
    assert all(node.screens.lists[key] is index for key, index in first.items())
    reference.add_list(node.home, "watch", {"b.ftm.json": WATCH.replace(b"Lukic", b"Marek")}, world.now)
    assert [one["id"] for one in service.match({"q": ASKED}).json()["responses"]["q"]["results"]] == ["L1"]
    assert len(node.screens.lists) == 2
    assert node.screens.records.keys() <= node.screens.lists.keys()


def test_an_old_list_says_so_in_every_answer(world: Federation, service: Service) -> None:
    assert service.match({"q": ASKED}).json()["notices"] == []
    world.turn(timedelta(days=9).total_seconds())
    notices = service.match({"q": ASKED}).json()["notices"]
    assert [one.split(":")[0] for one in notices] == ["sanctions", "watch"]
    assert "do not act on it" in notices[0]
