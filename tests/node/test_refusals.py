"""What a node refuses from a peer: with a reason, a ledger entry and a row in quarantine, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.federation import Federation, federation
from tests.node.test_road import send, statements, status, step

from comity.errors import PeerRefused
from comity.exchange.delivery import delivery_of
from comity.exchange.directory import sign_directory
from comity.exchange.envelope import Outgoing, pack_carton
from comity.ledger.leaf import read_leaf
from comity.model.act import Act, read_header
from comity.node import delivery, documents, intake
from comity.procedures.registry import Registry
from comity.storage import acts as act_rows
from comity.storage import log, post, schema


def cartons(world: Federation, sender: str, recipient: str) -> list[bytes]:
    """The cartons that one node would send to another now."""
    node = world.nodes[sender]
    found = []
    before = None
    while (loaded := delivery._load(node, recipient, before, world.now)) is not None:
        found.append(loaded.carton)
        before = loaded
    return found


def refusals(world: Federation, member: str) -> list[str]:
    """Rules of the refusals in a node's ledger."""
    with world.nodes[member].store.read() as unit:
        leaves = [read_leaf(raw) for _, raw in log.entries(unit, log.MAIN)]
        rows = [row["rule"] for row in post.quarantined(unit)]
    found = [leaf.rule for leaf in leaves if leaf.tag == "exchange:envelope:refuse"]
    assert sorted(found) == sorted(rows)
    return found


def acts(world: Federation, member: str) -> int:
    with world.nodes[member].store.read() as unit:
        return unit.execute(select(func.count()).select_from(schema.act)).scalar_one()


def test_carton_for_somebody_else_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        send(world)
        [carton] = cartons(world, "QM", "QN")
        with pytest.raises(PeerRefused):
            intake.receive(world.nodes["QO"], carton, world.now)
        assert refusals(world, "QO") == ["carton.wrong_recipient"]
        assert acts(world, "QO") == 0


@pytest.mark.parametrize(
    ("mangle", "rule"),
    [
        (lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), "carton.signature"),
        (lambda raw: raw[: len(raw) // 2], "carton."),
        (lambda raw: b"comity-carton-9" + raw[15:], "carton."),
        (lambda raw: b"", "carton."),
        (lambda raw: b"[" * 1_000_000, "carton."),
        (lambda raw: raw + bytes(65 << 20), "carton.oversize"),
    ],
)
def test_mangled_carton_is_refused_and_recorded(tmp_path: Path, mangle: object, rule: str) -> None:
    with federation(tmp_path) as world:
        send(world)
        [carton] = cartons(world, "QM", "QN")
        with pytest.raises(PeerRefused) as refused:
            intake.receive(world.nodes["QN"], mangle(carton), world.now)  # type: ignore[operator]
        assert refused.value.rule.startswith(rule)
        assert refusals(world, "QN") == [refused.value.rule]
        assert acts(world, "QN") == 0


def test_replayed_carton_is_recorded_once_and_answered_alike(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        send(world)
        [carton] = cartons(world, "QM", "QN")
        first = intake.receive(world.nodes["QN"], carton, world.now)
        again = intake.receive(world.nodes["QN"], carton, world.now)
        assert acts(world, "QN") == 1
        assert first == again


def test_act_of_another_member_is_not_taken_from_its_holder(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, to=["QN"])
        world.settle()
        node = world.nodes["QN"]
        with node.store.read() as unit:
            [stored] = act_rows.acts_of(unit, [matter])[matter]
        act = Act(read_header(stored.header), stored.header, stored.signature, stored.digest)
        outgoing = [Outgoing("act", "ordinary", 1, delivery_of(act))]
        signer, draw = node.ring.signer, node.draw
        carton = pack_carton(outgoing, signer=signer, recipient="QO", trust=node.trust, now=world.now, draw=draw)
        intake.receive(world.nodes["QO"], carton, world.now)
        assert refusals(world, "QO") == ["act.third_party"]
        assert acts(world, "QO") == 0


def test_act_under_an_unknown_version_is_kept_and_said_so(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        world.nodes["QN"].registry = Registry(())
        matter = send(world, to=["QN"])
        world.settle()
        assert status(world, "QN", matter) == "not_understood"
        with world.nodes["QM"].store.read() as unit:
            [act] = act_rows.acts_of(unit, [matter])[matter]
            codes = {r.code for r in post.receipts_of(unit, [act.digest]) if r.member == "QN"}
        assert codes == {"not_understood"}


def test_rolled_back_and_frozen_directory_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        doc = node.trust.directory.doc
        keys = list(world.founded.officers.items())
        newer = sign_directory(_changed(doc, version=2), keys[:2])
        with node.store.write() as unit:
            documents.adopt(node, unit, documents.DIRECTORY, newer, world.now)
        assert node.trust.directory.doc.version == 2
        for raw, rule in (
            (world.founded.directory, "directory.rollback"),
            (sign_directory(_changed(doc, version=3), keys[:1]), "directory.signatures"),
            (
                sign_directory(
                    _changed(doc, version=3, issued=world.now - timedelta(days=2), expires=world.now), keys[:2]
                ),
                "directory.expired",
            ),
        ):
            with pytest.raises(PeerRefused) as refused, node.store.write() as unit:
                documents.adopt(node, unit, documents.DIRECTORY, raw, world.now)
            assert refused.value.rule == rule
        assert node.trust.directory.doc.version == 2


def test_rolled_back_directory_from_a_peer_leaves_an_entry_and_changes_nothing(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        _set_status(world, "QO", "suspended")
        node = world.nodes["QS"]
        old = world.founded.directory
        outgoing = [Outgoing("directory", "urgent", 1, old)]
        carton = pack_carton(
            outgoing, signer=node.ring.signer, recipient="QN", trust=node.trust, now=world.now, draw=node.draw
        )
        intake.receive(world.nodes["QN"], carton, world.now)
        assert refusals(world, "QN") == ["directory.rollback"]
        assert world.nodes["QN"].trust.directory.doc.version == 2


def test_suspended_member_may_withdraw_and_nothing_else(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        _set_status(world, "QM", "suspended")
        step(world, "QM", matter, "owner.update", news="Seen again.")
        world.settle(3)
        before = acts(world, "QN")
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle(20)
        assert status(world, "QN", matter) == "withdrawn"
        assert statements(world, "QN") == []
        assert acts(world, "QN") > before


def test_member_that_left_gets_nothing(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        _set_status(world, "QO", "left")
        matter = send(world, to=["QN"])
        world.settle()
        assert status(world, "QN", matter) == "sent"
        assert acts(world, "QO") == 0
        with pytest.raises(PeerRefused):
            intake.receive(world.nodes["QN"], cartons_of_left(world), world.now)


def cartons_of_left(world: Federation) -> bytes:
    node = world.nodes["QO"]
    trust, node.trust = node.trust, node.trust
    signer = node.ring.signer
    return pack_carton([], signer=signer, recipient="QN", trust=trust, now=world.now, draw=node.draw)


def _set_status(world: Federation, member: str, state: str) -> None:
    """A new directory, signed by the secretariat's officers and taken in by everybody."""
    doc = world.nodes["QS"].trust.directory.doc
    members = tuple(_changed(m, status=state) if m.code == member else m for m in doc.members)
    raw = sign_directory(
        _changed(doc, version=doc.version + 1, members=members), list(world.founded.officers.items())[:2]
    )
    for node in world.nodes.values():
        with node.store.write() as unit:
            documents.adopt(node, unit, documents.DIRECTORY, raw, world.now)


def _changed(struct: object, **changes: object) -> object:
    from msgspec.structs import replace as changed

    return changed(struct, **changes)  # type: ignore[type-var]
