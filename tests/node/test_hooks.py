"""National systems are told of every recall, and nothing counts as done before they say, signed, that they erased."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.federation import Federation, federation, officer
from tests.node.test_prints import codes, diffusion, withdraw

from comity.errors import OwnFault, PeerRefused
from comity.exchange.transports.webhook import Hook, RecallAnswer, read_answer, signature_of
from comity.model.canon import encode
from comity.node import hooks
from comity.node.letters import paper_of
from comity.storage import acts as act_rows
from comity.storage import paper

SECRET = b"0123456789abcdef-common"
RECALL = "a" * 64


def client() -> ModuleType:
    """The reference client, as whoever runs a national system would start from."""
    path = Path(__file__).resolve().parents[2] / "examples" / "national_system.py"
    spec = importlib.util.spec_from_file_location("national_system", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def system(world: Federation, secret: bytes = SECRET) -> Iterator[tuple[Any, int]]:
    """(its register, its port) of a national system on this machine."""
    module = client()
    register = module.Register()
    server = module.serve(0, secret, register, lambda: world.now)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield register, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def hook(world: Federation, port: int, member: str = "QN") -> None:
    """Sets a member's node up to tell a national system of recalls."""
    home = world.folder / member
    said = json.loads((home / "node.json").read_text())
    said["hooks"] = [{"name": "border", "url": f"http://127.0.0.1:{port}/recalls"}]
    (home / "node.json").write_text(json.dumps(said))
    (home / "keys" / "hook-border.secret").write_bytes(SECRET)
    world.crash(member)
    world.open(member)


def test_the_last_receipt_waits_until_the_national_system_says_that_it_erased(tmp_path: Path) -> None:
    with federation(tmp_path) as world, system(world) as (register, port):
        hook(world, port)
        matter = diffusion(world)
        node = world.nodes["QN"]
        with node.store.read() as unit:
            acts = act_rows.acts_of(unit, [matter])[matter]
            parts = [
                part.commitment
                for some in act_rows.parts_of_acts(unit, [a.digest for a in acts]).values()
                for part in some
            ]
        register.copies = {matter: "whole", parts[0]: "a copy", "another": "stays"}
        withdraw(world, matter)
        assert ("QN", "erased", "keyless") in codes(world, "QM")
        assert ("QN", "erased", "gone") not in codes(world, "QM")
        (line,) = paper_of(node, officer("QN"), matter, world.now).systems
        assert str(line) == "The national system border has not answered yet."
        assert hooks.call_due(node, world.now)
        assert register.copies == {"another": "stays"}
        world.settle()
        assert ("QN", "erased", "gone") in codes(world, "QM")
        assert paper_of(node, officer("QN"), matter, world.now).systems == ()
        assert not hooks.call_due(node, world.now + timedelta(hours=1))


def test_a_system_that_is_down_is_called_again_with_growing_pauses(tmp_path: Path) -> None:
    with federation(tmp_path) as world, system(world) as (_, port):
        hook(world, 1)
        matter = diffusion(world)
        withdraw(world, matter)
        node = world.nodes["QN"]
        assert not hooks.call_due(node, world.now)
        with node.store.read() as unit:
            (debt,) = hooks.unanswered(unit)
        assert (debt.state, debt.tries, debt.problem) == ("due", 1, "hook.unreachable")
        assert not hooks.call_due(node, world.now)
        with node.store.read() as unit:
            assert hooks.unanswered(unit)[0].tries == 1
        hook(world, port)
        world.now += timedelta(minutes=1)
        assert hooks.call_due(world.nodes["QN"], world.now)
        world.settle()
        assert ("QN", "erased", "gone") in codes(world, "QM")


def test_a_call_that_a_crash_broke_off_is_made_again(tmp_path: Path) -> None:
    with federation(tmp_path) as world, system(world) as (register, port):
        hook(world, port)
        matter = diffusion(world)
        withdraw(world, matter)
        node = world.nodes["QN"]
        with node.store.write() as unit:
            (debt,) = hooks.unanswered(unit)
            paper.change_debt(unit, debt, {"state": "started", "tries": 1})
        world.crash("QN")
        world.open("QN")
        assert hooks.call_due(world.nodes["QN"], world.now)
        assert len(register.answered) == 1


def test_an_answer_under_another_secret_does_not_count(tmp_path: Path) -> None:
    with federation(tmp_path) as world, system(world, b"another secret, not ours") as (register, port):
        hook(world, port)
        matter = diffusion(world)
        withdraw(world, matter)
        assert not hooks.call_due(world.nodes["QN"], world.now)
        assert register.answered == {}
        assert ("QN", "erased", "gone") not in codes(world, "QM")


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (RecallAnswer("b" * 64, True, datetime(2026, 11, 22, tzinfo=UTC)), "hook.recall"),
        (RecallAnswer(RECALL, False, datetime(2026, 11, 22, tzinfo=UTC)), "hook.not_erased"),
    ],
)
def test_only_an_answer_that_says_this_recall_was_erased_counts(answer: RecallAnswer, rule: str) -> None:
    one = Hook("border", "https://border.example", SECRET)
    raw = encode(answer)
    with pytest.raises(PeerRefused) as refused:
        read_answer(one, raw, signature_of(SECRET, raw, answer=True), RECALL)
    assert refused.value.rule == rule
    with pytest.raises(PeerRefused) as refused:
        read_answer(one, raw, signature_of(SECRET, raw), RECALL)  # our own call's signature sent back
    assert refused.value.rule == "hook.signature"
    with pytest.raises(PeerRefused):
        read_answer(one, b"[]", signature_of(SECRET, b"[]", answer=True), RECALL)


def test_settings_that_would_send_in_the_clear_stop_the_node(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        home = world.folder / "QN"
        said = json.loads((home / "node.json").read_text())
        said["hooks"] = [{"name": "border", "url": "http://border.example/recalls"}]
        (home / "node.json").write_text(json.dumps(said))
        (home / "keys" / "hook-border.secret").write_bytes(SECRET)
        world.crash("QN")
        with pytest.raises(OwnFault):
            world.open("QN")


def test_a_system_taken_out_of_the_settings_holds_nothing_up(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        hook(world, 1)
        matter = diffusion(world)
        withdraw(world, matter)
        world.nodes["QN"].hooks = ()
        assert hooks.call_due(world.nodes["QN"], world.now)
        world.settle()
        assert ("QN", "erased", "gone") in codes(world, "QM")
