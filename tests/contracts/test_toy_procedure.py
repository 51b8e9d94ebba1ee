"""A procedure in a folder of its own walks through desk, command line and exchange, without another file touched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from fastapi.testclient import TestClient
from tests.federation import federation, officer

from comity import bootstrap
from comity.node import seats
from comity.storage import acts as act_rows
from comity.web.app import create_app

FOLDER = Path(__file__).resolve().parents[2] / "docs/how-to/line_check"


def _secret(html: str) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="(csrf|key)" value="([^"]*)"', html)
    return dict(fields)


def test_toy_procedure_walks_through_desk_command_line_and_exchange(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "own/line_check")
    with federation(tmp_path / "nodes", procedures=str(tmp_path / "own")) as world:
        node = world.nodes["QM"]
        seats.create_exercise_account(node, "duty", "QM.bureau", ("duty_officer",), world.now)
        client = TestClient(create_app(node, hosts=("testserver",)), base_url="http://testserver")
        page = client.get("/sign-in").text
        client.post("/sign-in/exercise", data={**_secret(page), "login": "duty"})
        procedure = node.registry.current("line_check")
        assert procedure is not None
        opening = next(step for step in procedure.steps if step.opens and step.on == "call")
        path = f"/matters/new/line_check/call.{opening.name}"
        page = client.get(path).text
        assert opening.title in page
        example = procedure.example[f"call.{opening.name}"]
        data = {**_secret(page), **{k: v for k, v in example.items() if k != "to"}, "to": ["QN"]}
        answer = client.post(path, data=data, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        matter = re.findall(r"[0-9a-f]{32}", answer.headers["location"])[0]
        world.settle()
        world.crash("QN")
        reply = next(step for step in procedure.steps if step.on == "reply" and not step.automatic)
        _answer_by_command(tmp_path, world.folder / "QN", matter, procedure.example, reply.name, world)
        world.open("QN")
        world.settle()
        story = client.get(f"/matters/{matter}").text
        assert reply.title in story
        with node.store.read() as unit:
            assert len(act_rows.acts_of(unit, [matter])[matter]) >= 2


def _answer_by_command(folder: Path, home: Path, matter: str, example: object, step: str, world: object) -> None:
    """The other bureau answers from its command line."""
    form = folder / "answer.json"
    form.write_text(json.dumps(dict(example).get(f"reply.{step}", {})))  # type: ignore[call-overload]
    _account(home, world)
    command = [sys.executable, "-m", "comity.cli", "do", "line_check", f"reply.{step}", "--matter", matter]
    command += ["--form", str(form), "--home", str(home), "--as", "duty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _account(home: Path, world: object) -> None:
    node = bootstrap.open_node(home)
    seats.create_exercise_account(node, "duty", officer("QN").agency, ("duty_officer",), node.clock())
    bootstrap.close_node(node)
