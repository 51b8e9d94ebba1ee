"""The form of an exercise fills itself in with the invented example, and only there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient
from tests.contracts.test_toy_procedure import _secret
from tests.federation import federation

from comity.node import seats
from comity.node.node import Node
from comity.web.app import create_app

FORM = "/matters/new/diffusion/owner.send"


def _client(node: Node) -> TestClient:
    client = TestClient(create_app(node, hosts=("testserver",)), base_url="http://testserver")
    page = client.get("/sign-in").text
    client.post("/sign-in/exercise", data={**_secret(page), "login": "duty"})
    return client


def test_exercise_form_is_filled_in_with_the_example(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QM"]
        seats.create_exercise_account(node, "duty", "QM.bureau", ("duty_officer",), world.now)
        client = _client(node)
        assert "Varnholt" not in client.get(FORM).text
        filled = client.get(f"{FORM}?example=1").text
        assert 'value="Varnholt"' in filled
        assert filled.count("checked") >= 4


def test_live_network_offers_no_example(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QM"]
        seats.create_exercise_account(node, "duty", "QM.bureau", ("duty_officer",), world.now)
        client = _client(node)
        doc = node.trust.directory.doc
        live = replace(
            node.trust.directory,
            doc=type(doc)(**{**{f: getattr(doc, f) for f in doc.__struct_fields__}, "exercise": False}),
        )
        node.trust = replace(node.trust, directory=live)
        shown = client.get(f"{FORM}?example=1").text
        assert "Varnholt" not in shown
        assert "example=1" not in shown
