"""``/api/v1/check``: hit, nothing found, not checked; once for one key; nothing unwritten, nobody unasked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from tests.federation import Federation, federation
from tests.node.documents import lose_files, report, take_back
from tests.web.desks import served
from tests.web.test_service import SANCTIONS, WATCH

from comity.identity.service_key import Terms
from comity.ledger.leaf import Leaf, read_leaf
from comity.node import kept_answers, look_ups, notary, reference
from comity.node.callers import make_key, revoke_key
from comity.node.node import Node
from comity.node.register import FOLDER
from comity.storage import log
from comity.storage import look_ups as rows
from comity.web.app import create_app
from comity.web.service import check
from comity.web.service.app import CHECK_PATH, create_check

PERSON = {"id": "mine", "names": ["Drazen Lukic"], "birth_date": "1971-03-12", "nationality": "CHE", "sex": "M"}
STOLEN = {"kind": "P", "country": "qm", "number": "QM 4471-902"}
FREE = {"kind": "P", "country": "QM", "number": "QM0000001"}
ZONE = "P<QM<LUKIC<<DRAZEN<<<<<<<<<<<<<<<<<<<<<<<<<<\nQM44719027QM<7103128M3001019<<<<<<<<<<<<<<02"


@dataclass
class Desk:
    """A national system with a key."""

    world: Federation
    client: TestClient
    key: str

    @property
    def node(self) -> Node:
        return self.world.nodes["QM"]

    def ask(self, *, key: str = "", **body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.key}"}
        headers.update({"idempotency-key": key} if key != "" else {})
        return self.client.post(f"{CHECK_PATH}/check", content=json.dumps(body), headers=headers)

    def rows(self) -> list[rows.LookUp]:
        with self.node.store.read() as unit:
            return list(rows.after(unit, 1))

    def entries(self, tag: str) -> list[Leaf]:
        with self.node.store.read() as unit:
            leaves = [read_leaf(raw) for _, raw in log.entries(unit, log.DISCLOSURE)]
        return [leaf for leaf in leaves if leaf.tag == tag]


def key_of(world: Federation, **changes: Any) -> str:
    scopes, purposes = ("screen", "documents"), ("border_check", "investigation")
    terms = {"label": "border", "agency": "QM.bureau", "scopes": scopes, "purposes": purposes}
    return make_key(world.nodes["QM"], Terms(**{**terms, **changes}), world.now)[0]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with federation(tmp_path, ("QM", "QN", "QS")) as world:
        node = world.nodes["QM"]
        reference.add_list(node.home, "sanctions", {"a.ftm.json": SANCTIONS}, world.now)
        reference.add_list(node.home, "watch", {"b.ftm.json": WATCH}, world.now)
        report(node, "P", "qm", "QM4471902", "stolen", "2026-11-03")
        yield Desk(world, TestClient(create_app(node), base_url="http://arvenia.localhost:8470"), key_of(world))


def defects(answer: httpx.Response) -> list[tuple[str, str]]:
    """(field, rule) of every defect; each has words and a remedy."""
    told = answer.json()["defects"]
    assert all(one["says"] != "" and one["remedy"] != "" for one in told)
    return [(one["field"], one["rule"]) for one in told]


def test_persons_and_documents_are_answered_in_one_call(desk: Desk) -> None:
    answer = desk.ask(persons=[PERSON], documents=[STOLEN, FREE]).json()
    assert (answer["hit"], answer["checked"]) == (True, True)
    (person,) = answer["persons"]
    assert (person["id"], person["outcome"], person["says"]) == ("mine", "hit", "Possible: a person decides.")
    assert [hit["match"] for hit in person["hits"]] == ["L1", "W1"]
    assert all(len(hit["reasons"]) > 0 and hit["list"] != "" for hit in person["hits"])
    stolen, free = answer["documents"]
    assert (stolen["id"], stolen["outcome"], free["id"], free["outcome"]) == ("d1", "hit", "d2", "none")
    assert stolen["says"] == "Possible: confirm with the owner first; by itself no ground to detain."
    (finding,) = stolen["findings"]
    assert {**finding, "matter": ""} == {
        "state": "stolen", "country": "qm", "said_on": "2026-11-03", "owner": "QM", "owner_name": "Arvenia",
        "matter": "", "blank_range": False,
    }  # fmt: skip
    assert free["says"].startswith("Nothing reported under this number, 2026-11-22T")
    assert [(one["list"], one["age_days"], one["warning"]) for one in answer["lists"]] == [
        ("sanctions", 0, ""), ("watch", 0, ""),
    ]  # fmt: skip


def test_nothing_found_is_false_and_old_lists_say_so(desk: Desk) -> None:
    desk.world.turn(timedelta(days=9).total_seconds())
    answer = desk.ask(persons=[{"names": "Nobody Whatsoever"}], documents=[FREE]).json()
    assert answer["hit"] is False
    assert answer["persons"][0]["says"].startswith("Nothing found in 2 lists, 2026-12-01T")
    assert all("do not act on it" in one["warning"] and one["age_days"] == 9 for one in answer["lists"])
    assert "lists" in desk.ask(documents=[FREE]).json()


@pytest.mark.rule("TD-7")
def test_a_list_that_cannot_be_read_is_not_checked_and_takes_no_other_with_it(desk: Desk) -> None:
    for path in (desk.node.home / "lists" / "watch" / "versions").rglob("*"):
        if path.is_file() and path.name != "meta.json":
            path.write_bytes(b"broken")
    answer = desk.ask(persons=[{"names": "Nobody Whatsoever"}]).json()
    assert (answer["hit"], answer["checked"]) == (None, False)
    assert answer["persons"][0]["outcome"] == "not_checked"
    assert answer["persons"][0]["says"] == "Not checked: No version of it can be read."
    assert answer["not_asked"] == [{"list": "watch", "why": "No version of it can be read."}]
    hit = desk.ask(persons=[PERSON]).json()
    assert (hit["hit"], hit["checked"]) == (True, True)
    assert [one["match"] for one in hit["persons"][0]["hits"]] == ["L1"]
    assert desk.ask(persons=[{**PERSON, "lists": "sanctions"}]).json()["persons"][0]["not_asked"] == []
    assert desk.ask(persons=[{"names": "Nobody", "lists": ["no-such"]}]).json()["hit"] is None


@pytest.mark.rule("TD-7")
def test_a_register_that_cannot_be_asked_is_not_checked_and_never_nothing(desk: Desk) -> None:
    lose_files(desk.node)
    answer = desk.ask(persons=[{"names": "Nobody Whatsoever"}], documents=[FREE]).json()
    assert (answer["hit"], answer["checked"]) == (None, False)
    assert answer["documents"][0]["outcome"] == "not_checked"
    assert answer["persons"][0]["outcome"] == "none"
    assert [one.outcome for one in desk.rows()] == ["none", "not_checked"]
    assert (desk.node.home / FOLDER).is_dir()


def test_a_zone_is_asked_as_printed_and_a_bad_check_digit_is_no_answer(desk: Desk) -> None:
    hit = desk.ask(documents=[{"mrz": ZONE}]).json()
    assert hit["documents"][0]["outcome"] == "hit"
    other = ZONE.replace("QM4471902", "QM4471903")
    wrong = desk.ask(documents=[{"mrz": other}]).json()
    assert (wrong["hit"], wrong["documents"][0]["outcome"]) == (None, "not_checked")
    assert "check digit" in wrong["documents"][0]["says"]
    assert any("document number" in doubt["says"] for doubt in wrong["documents"][0]["doubts"])
    nowhere = desk.ask(documents=[{"mrz": ZONE.replace("P<QM<", "P<UTO")}]).json()
    assert nowhere["documents"][0]["outcome"] == "not_checked"


def test_every_question_is_a_row_without_a_name_and_every_hit_an_entry(desk: Desk) -> None:
    desk.ask(persons=[PERSON, {"names": "Nobody Whatsoever"}], documents=[STOLEN, FREE], purpose="investigation")
    made = desk.rows()
    key = desk.key.split("_")[1]
    assert [(row.about, row.outcome) for row in made] == [
        ("person", "hit"), ("person", "none"), ("document", "hit"), ("document", "none"),
    ]  # fmt: skip
    assert {(row.actor, row.purpose) for row in made} == {(f"QM.bureau:{key}", "investigation")}
    assert {row.rule for row in made} == {"S-03", "S-04"}
    assert all(b"Lukic" not in row.raw() and b"4471902" not in row.raw() for row in made)
    assert [leaf.actor for leaf in desk.entries(look_ups.HIT)] == [f"QM.bureau:{key}"] * 2
    assert desk.entries(look_ups.BATCH) == []
    desk.world.turn(61)
    assert look_ups.seal_due(desk.node, desk.world.now)
    assert not look_ups.seal_due(desk.node, desk.world.now)
    (batch,) = desk.entries(look_ups.BATCH)
    assert batch.count == 4
    assert all(report.difference is None for report in notary.audit(desk.node))


def test_the_same_key_and_bytes_get_the_same_answer_and_leave_no_second_line(desk: Desk) -> None:
    first = desk.ask(key="a-1", documents=[STOLEN])
    lines = len(desk.rows())
    desk.world.turn(3600)
    again = desk.ask(key="a-1", documents=[STOLEN])
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(desk.rows()) == lines
    other = desk.ask(key="a-1", documents=[FREE])
    assert other.status_code == 409
    assert defects(other) == [("Idempotency-Key", "idempotency.other")]
    assert desk.ask(key="a-1", documents=[STOLEN], purpose="investigation").status_code == 409
    assert len(desk.rows()) == lines
    second = Desk(desk.world, desk.client, key_of(desk.world))
    assert second.ask(key="a-1", documents=[FREE]).status_code == 200
    desk.world.turn(kept_answers.KEPT.total_seconds() + 1)
    assert desk.ask(key="a-1", documents=[FREE]).json()["hit"] is False
    assert kept_answers.forget_due(desk.node, desk.world.now) == 1


def test_one_key_sent_many_times_at_once_is_answered_once(desk: Desk) -> None:
    with served(desk.world, "QM") as url, ThreadPoolExecutor(8) as pool:

        def ask(_: int) -> bytes:
            headers = {"authorization": f"ApiKey {desk.key}", "idempotency-key": "burst"}
            answer = httpx.post(f"{url}{CHECK_PATH}/check", json={"documents": [STOLEN]}, headers=headers, timeout=60)
            assert answer.status_code == 200
            return answer.content

        assert len(set(pool.map(ask, range(40)))) == 1
    assert len(desk.rows()) == 1


def test_what_was_recalled_is_not_told_again_from_a_kept_answer(desk: Desk) -> None:
    assert desk.ask(key="a-1", documents=[STOLEN]).json()["hit"] is True
    take_back(desk.node, "QM4471902", desk.world.now)
    again = desk.ask(key="a-1", documents=[STOLEN])
    assert again.json()["hit"] is False
    assert "idempotency-replayed" not in again.headers


def test_a_key_opens_its_scopes_and_purposes_alone(desk: Desk) -> None:
    persons = Desk(desk.world, desk.client, key_of(desk.world, scopes=("screen",)))
    assert persons.ask(persons=[PERSON]).status_code == 200
    assert persons.ask(persons=[PERSON], documents=[STOLEN]).status_code == 403
    assert Desk(desk.world, desk.client, key_of(desk.world, scopes=("documents",))).ask(persons=[PERSON]).is_error
    assert desk.ask(documents=[STOLEN], purpose="missing_person").status_code == 403
    admin = Desk(desk.world, desk.client, key_of(desk.world, purposes=("administration",)))
    refused = admin.ask(documents=[STOLEN])
    assert refused.status_code == 403
    assert defects(refused)[0][1] == "default-deny"
    lines = len(desk.rows())
    assert Desk(desk.world, desk.client, "").ask(documents=[STOLEN]).status_code == 401
    assert Desk(desk.world, desk.client, "comity_" + "0" * 16 + "_" + "0" * 64).ask(nonsense=1).status_code == 401
    revoke_key(desk.node, desk.key.split("_")[1], desk.world.now)
    assert desk.ask(documents=[STOLEN]).status_code == 403
    assert len(desk.rows()) == lines


def test_a_key_asks_no_more_questions_than_its_rate(desk: Desk) -> None:
    slow = Desk(desk.world, desk.client, key_of(desk.world, per_minute=10))
    headers = {"authorization": f"Bearer {slow.key}"}
    assert desk.client.get("/api/screening/catalog", headers=headers).status_code == 200
    assert slow.ask(documents=[{**FREE, "id": str(n)} for n in range(9)]).status_code == 200
    refused = slow.ask(documents=[FREE, {**FREE, "id": "x"}])
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "6")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("persons", "check.nothing")]),
        ({"persons": {}}, [("persons", "check.shape")]),
        ({"persons": [{}]}, [("persons[0].names", "check.nameless")]),
        ({"persons": [{"names": ["A B"], "birth_date": "soon"}]}, [("persons[0].birth_date", "check.birth_date")]),
        (
            {"persons": [{"names": ["A B"], "sex": "male", "nationality": "Nowhereland", "age": 4}]},
            [
                ("persons[0].age", "check.unknown"),
                ("persons[0].nationality", "check.nationality"),
                ("persons[0].sex", "check.sex"),
            ],
        ),
        (
            {"documents": [{"kind": "X", "country": "??", "number": "-"}]},
            [
                ("documents[0].kind", "check.kind"),
                ("documents[0].country", "check.country"),
                ("documents[0].number", "check.number"),
            ],
        ),
        ({"documents": [{"mrz": "P<UTO"}]}, [("documents[0].mrz", "mrz.size")]),
        ({"documents": [{"mrz": ZONE, **STOLEN}]}, [("documents[0].mrz", "check.mrz")]),
        ({"documents": [FREE, STOLEN], "limit": 0}, [("limit", "check.number")]),
        ({"documents": [{**FREE, "id": "a"}, {**FREE, "id": "a"}]}, [("documents", "check.repeated")]),
        ({"documents": [FREE] * 1001}, [("documents", "check.many")]),
        (
            {"documents": [FREE], "threshold": "high", "colour": 1},
            [("colour", "check.unknown"), ("threshold", "check.number")],
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_every_defect(desk: Desk, body: dict[str, Any], expected: Any) -> None:
    answer = desk.ask(**body)
    assert answer.status_code == 422
    assert defects(answer) == expected
    assert answer.json()["recorded"] == "Nothing was recorded."
    assert desk.rows() == []


def test_a_body_that_is_none_is_refused(desk: Desk) -> None:
    headers = {"authorization": f"Bearer {desk.key}"}
    for body, status in ((b"{", 422), (b"[]", 422), (b'{"a":1,"a":2}', 422), (b"x" * ((1 << 20) + 1), 413)):
        answer = desk.client.post(f"{CHECK_PATH}/check", content=body, headers=headers)
        assert answer.status_code == status
        assert defects(answer)[0][0] == "body"
    bad = {**headers, "idempotency-key": "two words"}
    assert desk.client.post(f"{CHECK_PATH}/check", json={"documents": [FREE]}, headers=bad).status_code == 422


def test_what_comes_without_a_known_key_is_not_even_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(check, "read_call", read)
    for key in ("", "nonsense", "comity_" + "0" * 16 + "_" + "0" * 64):
        assert Desk(desk.world, desk.client, key).ask(documents=[FREE] * 9).status_code == 401


def test_the_description_names_every_field_that_is_read(desk: Desk) -> None:
    told = create_check(desk.node).openapi()["paths"]["/check"]["post"]
    body = told["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert set(body) == {"purpose", "persons", "documents", "threshold", "limit"}
    answer = desk.ask(persons=[PERSON], documents=[STOLEN]).json()
    shape = told["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    assert set(answer) == set(shape)
    for part in ("persons", "documents", "lists"):
        assert set(answer[part][0]) == set(shape[part]["items"]["properties"])
    hits = shape["persons"]["items"]["properties"]["hits"]["items"]["properties"]
    assert set(answer["persons"][0]["hits"][0]) == set(hits)
    assert desk.client.get(f"{CHECK_PATH}/openapi.json").status_code == 200
